"""The records of the base whose dates cannot be, listed before each sending.

What the doors refuse from now on (``regles/dates.py``).
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table

from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Enquete,
    Frein,
    Instance,
    Jeune,
    Mesure,
    Mobilisation,
    Rattachement,
    Rencontre,
    Situation,
)
from app.models.dates import FAIT, colonnes_de_date, naissance_avant
from app.regles.dates import DERNIER_JOUR, PREMIER_JOUR

_SURVEILLEES = {
    Jeune: "dossier",
    Rattachement: "rattachement",
    Accompagnement: "accompagnement",
    Mesure: "mesure ASE",
    Binome: "binôme",
    Alerte: "alerte",
    Situation: "situation",
    Frein: "frein",
    Enquete: "enquête",
    Mobilisation: "mobilisation",
    Rencontre: "rencontre",
    Instance: "permanence ou comité",
}
"""The nouns that figures read, and what their records are called."""
_JOUR = ":aujourd_hui"
BORNES = f"""
bornes as (  -- no date of before is later than every birth
  select greatest(date '{PREMIER_JOUR}', max(date_naissance)) as naissance
  from (select date_naissance from jeune offset 0) j  -- not the last days of all, bucket by bucket
)
"""
"""What the queries read besides the tables."""
PHRASE = (
    "Une date de cette fiche ne peut pas être : un fait daté d’après aujourd’hui, d’avant la"
    " naissance du jeune, ou d’un autre siècle. Corrigez-la."
)


def requetes() -> Iterator[tuple[str, str, str]]:
    """(table, what a record is called, the query that lists those whose date cannot be).

    It reads ``BORNES`` and binds ``:aujourd_hui``. Only the records with a date of before the last
    birth, of after today or of another century are set beside their youth.
    """
    for classe, nom in _SURVEILLEES.items():
        yield classe.__tablename__, nom, _requete(classe.__table__)


def _requete(table: Table) -> str:
    colonnes = colonnes_de_date(table)
    conditions = {c.name: condition_de(c, _JOUR) for c in colonnes}
    suspectes = " or ".join(map(_suspecte, colonnes))
    fautives = ", ".join(f"case when {si} then x.{nom} end" for nom, si in conditions.items())
    ou = " or ".join(conditions.values())
    source = f"(select x.* from {table.name} x where {suspectes}) x"
    if table.name == "jeune":
        qui = "x.id as jeune_id"
        source += " join jeune j on j.id = x.id"
    elif "jeune_id" in table.c:
        qui = "x.jeune_id"
        source += " join jeune j on j.id = x.jeune_id"
    else:
        qui = "cast(null as int) as jeune_id"
    return (
        f"select {qui}, x.mds_id, x.id as fiche_id, coalesce({fautives}) as le"
        f" from {source} where {ou}"
    )


def _suspecte(colonne: Column[Any]) -> str:
    """In SQL, what every date that cannot be is, without its youth."""
    if _suit_la_naissance(colonne):
        return _hors_bornes(colonne, _JOUR, "(select naissance from bornes)")
    return _hors_bornes(colonne, _JOUR)


def condition_de(
    colonne: Column[Any],
    aujourd_hui: str = "acces.aujourd_hui()",
    naissance: str = "j.date_naissance",
) -> str:
    """In SQL, that the date of the record ``x`` of the youth ``j`` cannot be."""
    condition = _hors_bornes(colonne, aujourd_hui)
    if _suit_la_naissance(colonne):
        condition += f" or x.{colonne.name} < {naissance}"
    return f"({condition})"


def _suit_la_naissance(colonne: Column[Any]) -> bool:
    return naissance_avant(colonne) and colonne.name != "date_naissance"


def _hors_bornes(
    colonne: Column[Any], aujourd_hui: str, premier: str = f"date '{PREMIER_JOUR}'"
) -> str:
    """In SQL, that it is of another century, or that a fact is dated of after today."""
    nom = f"x.{colonne.name}"
    condition = f"{nom} not between {premier} and date '{DERNIER_JOUR}'"
    fait = colonne.info.get(FAIT)
    if fait:
        condition += f" or {nom} > {aujourd_hui}"
    if isinstance(fait, str):
        statuts = ", ".join(f"'{statut}'" for statut in fait.split())
        condition += f" and x.statut_code in ({statuts})"
    return condition
