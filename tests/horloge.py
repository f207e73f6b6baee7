"""A clock that the tests set: the day that it is for the application and for its base.

Only the day of what is followed moves (``app.regles.age.aujourd_hui``, ``acces.aujourd_hui``):
sessions, rights, locks and the audit log keep the real time. Nothing of the application can be told
another day; the tests replace its two functions, in a server and a base of their own.
"""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from pathlib import Path

from app.regles import age

FONCTIONS = ("aujourd_hui", "dernier_jour_d_un_fait")
MIDI = 12


class HorlogeDeTest:
    """``ecrire`` runs a statement as the owner of the base; the server reads the day in a file."""

    def __init__(self, fichier: Path, ecrire: Callable[[str], None]):
        self.fichier = fichier
        self.ecrire = ecrire

    def mettre(self, jour: date) -> None:
        """From now on it is that day, for whatever is asked of the server and of the base."""
        for fonction in FONCTIONS:
            self.ecrire(
                f"create or replace function acces.{fonction}() returns date"
                f" language sql stable as $$ select date '{jour}' $$"
            )
        self.fichier.write_text(jour.isoformat())


def suivre(fichier: Path) -> None:
    """In the process of a server: read the day in this file; the real one until it is written."""

    class Montre(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            if not fichier.exists():
                return datetime.now(tz)
            jour = date.fromisoformat(fichier.read_text())
            return datetime(jour.year, jour.month, jour.day, MIDI, tzinfo=tz)

    age.datetime = Montre
