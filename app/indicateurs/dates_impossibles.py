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
PHRASE = (
    "Une date de cette fiche ne peut pas être : un fait daté d’après aujourd’hui, d’avant la"
    " naissance du jeune, ou d’un autre siècle. Corrigez-la."
)


def requetes() -> Iterator[tuple[str, str, str]]:
    """(table, what a record is called, the query that lists those whose date cannot be).

    It binds ``:aujourd_hui``.
    """
    for classe, nom in _SURVEILLEES.items():
        yield classe.__tablename__, nom, _requete(classe.__table__)


def _requete(table: Table) -> str:
    conditions = {
        colonne.name: condition_de(colonne, ":aujourd_hui") for colonne in colonnes_de_date(table)
    }
    fautives = ", ".join(f"case when {si} then x.{nom} end" for nom, si in conditions.items())
    ou = " or ".join(conditions.values())
    if table.name == "jeune":
        qui = "x.id as jeune_id"
        source = "jeune x join jeune j on j.id = x.id"
    elif "jeune_id" in table.c:
        qui = "x.jeune_id"
        source = f"{table.name} x join jeune j on j.id = x.jeune_id"
    else:
        qui = "cast(null as int) as jeune_id"
        source = f"{table.name} x"
    return (
        f"select {qui}, x.mds_id, x.id as fiche_id, coalesce({fautives}) as le"
        f" from {source} where {ou}"
    )


def condition_de(colonne: Column[Any], aujourd_hui: str = "acces.aujourd_hui()") -> str:
    """In SQL, that the date of the record ``x`` of the youth ``j`` cannot be."""
    nom = f"x.{colonne.name}"
    conditions = [f"{nom} not between date '{PREMIER_JOUR}' and date '{DERNIER_JOUR}'"]
    fait = colonne.info.get(FAIT)
    if isinstance(fait, str):
        statuts = ", ".join(f"'{statut}'" for statut in fait.split())
        conditions.append(f"{nom} > {aujourd_hui} and x.statut_code in ({statuts})")
    elif fait:
        conditions.append(f"{nom} > {aujourd_hui}")
    if naissance_avant(colonne) and colonne.name != "date_naissance":
        conditions.append(f"{nom} < j.date_naissance")
    return f"({' or '.join(conditions)})"
