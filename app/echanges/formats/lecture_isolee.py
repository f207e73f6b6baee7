"""A file of rows read in a process of its own: a hostile one takes neither memory nor time here.

``ouvrir`` starts the process (``enfant.py``), which is light: it loads neither the framework nor
the base. What it sends back is read as plain values, dates included, and nothing else.
"""

import datetime
import io
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from app.echanges.formats.examen import ClasseurRefuse, Limites

Ligne = tuple[int, list[Any], dict[int, str] | None]

MEGA = 1_000_000
PETIT = 2 * MEGA
"""A file under that size has the first bounds, else the second ones; then those of a command."""
MEMOIRES = (700 * MEGA, 1_400 * MEGA, 8_000 * MEGA)
SECONDES = (20, 120, 1_800)
LENTEUR = 10
"""A busy machine may give the process a tenth of a processor: it is waited for that much longer."""
DE_L_ECRAN = 30 * MEGA
TROP_LOURD = (
    "Ce fichier demande trop de mémoire ou de temps pour être lu. Supprimez-en les feuilles, les"
    " lignes et les mises en forme inutiles, ou découpez-le en plusieurs classeurs."
)
_LANCER = (
    "import sys, types\n"
    "app = types.ModuleType('app'); app.__path__ = [sys.argv[1]]; sys.modules['app'] = app\n"
    "from app.echanges.formats.enfant import lire\n"
    "lire(*sys.argv[2:])"
)
"""The package without its own start, which loads the whole application."""
_PERMIS = {nom: getattr(datetime, nom) for nom in ("date", "datetime", "time", "timedelta")}


class _ValeursSimples(pickle.Unpickler):
    """Dates besides the values that need no class; anything else is refused."""

    def find_class(self, module: str, nom: str) -> Any:
        if module == "datetime" and nom in _PERMIS:
            return _PERMIS[nom]
        raise pickle.UnpicklingError(f"unexpected {module}.{nom}")


@dataclass(frozen=True)
class FeuilleAnnoncee:
    """What is known of a sheet before its rows are read."""

    nom: str
    nombre: int
    est_cachee: bool
    lignes_cachees: list[int]
    commentaires: list[tuple[int, int, str]]
    """(row, column), from 1, and the text."""
    colorees: dict[int, int]
    """Row → cells with a background."""

    def sous(self, titres: int) -> tuple[list[tuple[int, int, str]], int]:
        """The comments, and the number of coloured cells, below the row of headings."""
        commentaires = [dit for dit in self.commentaires if dit[0] > titres]
        return commentaires, sum(n for rang, n in self.colorees.items() if rang > titres)


class FichierDeLignes(Protocol):
    """Sheets, whose rows come when they are asked for."""

    feuilles: list[FeuilleAnnoncee]

    def lignes(self, rang: int) -> Iterator[Ligne]: ...


class FichierOuvert:
    """The sheets of a file, read by a process of its own."""

    def __init__(self, enfant: subprocess.Popen[bytes]):
        self._enfant = enfant
        self._entree: IO[bytes] = enfant.stdin or io.BytesIO()
        self._sortie = enfant.stdout or io.BytesIO()
        self.feuilles = [FeuilleAnnoncee(**dite) for dite in self._recevoir("feuilles")]

    def lignes(self, rang: int) -> Iterator[Ligne]:
        """The rows of the sheet of this rank; to be read to the end before another is asked."""
        try:
            self._entree.write(b"%d\n" % rang)
            self._entree.flush()
        except OSError:
            raise ClasseurRefuse(TROP_LOURD) from None
        while (lot := self._recevoir("lignes")) is not None:
            yield from lot

    def _recevoir(self, attendu: str) -> Any:
        """What a message holds; None at the end of a sheet. Raises ClasseurRefuse."""
        try:
            genre, contenu = _ValeursSimples(self._sortie).load()
        except (EOFError, pickle.UnpicklingError):
            raise ClasseurRefuse(TROP_LOURD) from None
        if genre == "refus":
            raise ClasseurRefuse(contenu)
        return contenu if genre == attendu else None


@contextmanager
def ouvrir(chemin: Path, limites: Limites) -> Iterator[FichierOuvert]:
    """Start the reading of a file; its process ends with the block. Raises ClasseurRefuse."""
    taille = chemin.stat().st_size
    rang = 2
    if limites.octets <= DE_L_ECRAN:
        rang = int(taille > PETIT)
    bornes = f"{MEMOIRES[rang]},{SECONDES[rang]}"
    dites = f"{limites.octets},{limites.lignes},{limites.colonnes},{limites.cases or 0}"
    paquet = Path(__file__).parents[2]
    commande = [sys.executable, "-I", "-c", _LANCER, str(paquet), str(chemin), dites, bornes]
    enfant = subprocess.Popen(  # noqa: S603
        commande, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    # Of its CPU the process counts the time by itself; one that only waits is ended from here.
    fin = threading.Timer(LENTEUR * SECONDES[rang], enfant.kill)
    fin.daemon = True
    fin.start()
    try:
        yield FichierOuvert(enfant)
    finally:
        fin.cancel()
        enfant.kill()
        enfant.communicate()
