"""The records that the rules of today would refuse, although they are already there.

Recorded before a rule, or by a door that was open: listed by ``flask tandem verifier-donnees``;
those of youths wait among the anomalies before sending.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Table, text

from app.extensions import db
from app.models import BORNEES, Jeune, catalogue
from app.models.dates import colonnes_de_date
from app.models.formes import formes_de
from app.regles.presences import ABSENCES, ABSENT_ET_PRESENT

from .dates_impossibles import condition_de

DATE_IMPOSSIBLE = "Cette date ne peut pas être."
ABSENT_MAIS_PRESENT = (
    f"x.statut_code in ({', '.join(repr(statut) for statut in ABSENCES)}) and x.jeune_present"
)
"""In SQL, of a rencontre ``x``."""


@dataclass(frozen=True)
class SaisieRefusee:
    """A value that a rule refuses: what record, of which youth, which column, why."""

    table: str
    fiche: str
    numero: int
    dossier: str | None
    colonne: str
    phrase: str


def coordonnees_fausses() -> str:
    """Of a youth ``x``, in SQL: a phone or an e-mail that is none."""
    fautes = formes_de(Jeune.__table__, recits=False)
    return " or ".join(faute.fautive("x") for faute in fautes)


def lister() -> Iterator[SaisieRefusee]:
    """Every one that the acting account reads, noun by noun."""
    for table, classe in catalogue.noms().items():
        libelle = classe.declaration.libelle
        for colonne, condition, phrase in _fautes(classe):
            requete = text(
                f"select x.id, {_dossier(classe.__table__)} where {condition} order by x.id"
            )
            for numero, dossier in db.session.execute(requete):
                dite = classe.__table__.c[colonne].info["libelle"]
                yield SaisieRefusee(table, libelle or table, numero, dossier, dite, phrase)


def _fautes(classe: type) -> Iterator[tuple[str, str, str]]:
    """(column, condition in SQL, sentence) of each rule of a noun."""
    table: Table = classe.__table__  # type: ignore[attr-defined]  # a mapped class has one
    if classe in BORNEES:
        for colonne in colonnes_de_date(table):
            yield colonne.name, condition_de(colonne), DATE_IMPOSSIBLE
    declaration = classe.declaration  # type: ignore[attr-defined]  # so has each noun
    for forme in formes_de(table, declaration.classeur is not None):
        yield forme.colonne, forme.fautive("x"), forme.phrase
    if table.name == "rencontre":
        yield "jeune_present", ABSENT_MAIS_PRESENT, ABSENT_ET_PRESENT


def _dossier(table: Table) -> str:
    """The code of the youth of a record, and where it is read."""
    if table.name == "jeune":
        return "x.code from jeune x join jeune j on j.id = x.id"
    if "jeune_id" in table.c:
        return f"j.code from {table.name} x join jeune j on j.id = x.jeune_id"
    return f"cast(null as text) from {table.name} x"
