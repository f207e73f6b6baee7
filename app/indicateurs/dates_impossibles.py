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
_DERNIERE_NAISSANCE = "(select max(ne.date_naissance) from jeune ne)"
PHRASE = (
    "Une date de cette fiche ne peut pas être : un fait daté d’après aujourd’hui, d’avant la"
    " naissance du jeune, ou d’un autre siècle. Corrigez-la."
)


def requetes() -> Iterator[tuple[str, str, str]]:
    """(table, what a record is called, the query that lists those whose date cannot be).

    It binds ``:aujourd_hui``. Only the records with a date of before the last birth, of after today
    or of another century are set beside their youth.
    """
    for classe, nom in _SURVEILLEES.items():
        yield classe.__tablename__, nom, _requete(classe.__table__)


def _requete(table: Table) -> str:
    colonnes = colonnes_de_date(table)
    conditions = {c.name: condition_de(c, _JOUR) for c in colonnes}
    suspectes = " or ".join(condition_de(c, _JOUR, _DERNIERE_NAISSANCE) for c in colonnes)
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


def condition_de(
    colonne: Column[Any],
    aujourd_hui: str = "acces.aujourd_hui()",
    naissance: str = "j.date_naissance",
) -> str:
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
        conditions.append(f"{nom} < {naissance}")
    return f"({' or '.join(conditions)})"
