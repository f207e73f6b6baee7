"""What leaves Tandem: written with the file, in its transaction, with the youths inside.

Who, through what and why come from the transaction (``acces.agir_pour``); the base writes them,
and the line of the audit log, in one function (``acces/sorties.sql``).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import Forbidden

from app.acces import installation  # noqa: F401  (its sentences)
from app.extensions import db
from app.models.base import PHRASES
from app.regles.parametres import PLAFOND_LIGNES
from app.regles.texte import accorder, en_milliers

_NOTER = text(
    "select acces.noter_sortie(cast(:sortie as jsonb), cast(cast(:jeunes as text) as int[]))"
)
_PLACE = text("select acces.emporte_du_jour(), acces.plafond_du_jour(:defaut)")
_DU_JEUNE = text("select * from acces.sorties_du_jeune(:jeune)")


PLAFOND = "ck_plafond_du_jour"
PAR_LES_FILTRES = "avec les filtres de la liste"


class PlafondAtteint(Forbidden):
    """The person has taken away as many rows today as their MDS allows: the file is not given."""

    description = PHRASES[PLAFOND][0]


@dataclass(frozen=True)
class FichierSorti:
    """A file that leaves: what it is called, its table in the audit log, how many rows."""

    objet: str
    table: str
    lignes: int = 0
    jeunes: Iterable[int | None] = ()
    """The numbers of the youths inside, in any order, told as often as one likes."""
    cle: str | int | None = None
    jeune_id: int | None = None
    """The youth whose file it is, when it is one file."""
    filtres: str = ""
    recherche: str = ""
    """The words that were looked for."""
    une_fois_par_jour: bool = False
    """A program reads it again all day: noted once, unless another youth came in."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What the audit log keeps besides."""


def noter(fichier: FichierSorti) -> None:
    """Write that this file leaves; it stands if the transaction stands."""
    sortie = {
        "objet": fichier.objet[:300],
        "table": fichier.table,
        "cle": None if fichier.cle is None else str(fichier.cle),
        "jeune_id": fichier.jeune_id,
        "lignes": fichier.lignes,
        "filtres": fichier.filtres or None,
        "recherche": fichier.recherche[:500] or None,
        "une_fois_par_jour": fichier.une_fois_par_jour,
        "detail": fichier.detail,
        "plafond": PLAFOND_LIGNES.valeur,
    }
    numeros = sorted({numero for numero in fichier.jeunes if numero is not None})
    # As one text: the driver takes eight times as long to write a long list.
    jeunes = f"{{{','.join(map(str, numeros))}}}"
    valeurs = {"sortie": json.dumps(sortie, ensure_ascii=False, default=str), "jeunes": jeunes}
    try:
        db.session.execute(_NOTER, valeurs)
    except DBAPIError as erreur:
        if getattr(getattr(erreur.orig, "diag", None), "constraint_name", "") != PLAFOND:
            raise
        db.session.rollback()
        raise PlafondAtteint from erreur


def reste_du_jour() -> int | None:
    """How many rows the person may still take away today; None: as many as they like."""
    emporte, plafond = _place_du_jour()
    return None if plafond is None else max(plafond - emporte, 0)


def plafond_atteint(lignes: int, moins: str = PAR_LES_FILTRES) -> PlafondAtteint | None:
    """Why a file of so many rows may not leave today; None when it may.

    ``noter`` decides once it is written: nobody waits for a file that would be refused then.
    ``moins``: how to ask for fewer rows, in words.
    """
    emporte, plafond = _place_du_jour()
    if plafond is None or emporte + lignes <= plafond:
        return None
    if not lignes:
        return PlafondAtteint()
    return PlafondAtteint(
        f"Ce fichier aurait {accorder(lignes, 'ligne', 'lignes')}. Aujourd’hui, vous en avez"
        f" emporté {en_milliers(emporte)} sur {en_milliers(plafond)} permises : il n’a pas été"
        f" préparé. Demandez moins de lignes, par exemple {moins} ; votre responsable"
        " peut aussi lever ce plafond pour la journée."
    )


def refuser_au_dela(combien: Callable[[], int], moins: str) -> None:
    """Refuse a file whose rows would pass the ceiling of the day (``plafond_atteint``); they are
    counted only for whoever has a ceiling."""
    if reste_du_jour() is None:
        return
    if refus := plafond_atteint(combien(), moins):
        raise refus


def _place_du_jour() -> tuple[int, int | None]:
    """(rows taken away today, how many may be)."""
    emporte, plafond = db.session.execute(_PLACE, {"defaut": PLAFOND_LIGNES.valeur}).one()
    return int(emporte), None if plafond is None else int(plafond)


def sorties_du_jeune(jeune_id: int) -> list[Row[Any]]:
    """Where the data of this youth went, latest first; nothing for whoever may not know it."""
    return list(db.session.execute(_DU_JEUNE, {"jeune": jeune_id}))
