"""The dates of the nouns: which ones tell a fact, and the bounds that the base keeps on all."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Date, Table

from app.regles.dates import (
    APRES_DES_FAITS,
    AVANT_NAISSANCE,
    DERNIER_JOUR,
    FUTUR,
    HORS_DU_SIECLE,
    PREMIER_JOUR,
)

from .base import PHRASES, controle

FAIT = "fait"
"""The key of ``info``: True, or the statuses (« TENUE ABSENCE ») with which the record tells a
fact."""


def colonnes_de_date(table: Table) -> list[Column[Any]]:
    return [colonne for colonne in table.c if isinstance(colonne.type, Date)]


def est_un_fait(colonne: Column[Any], lire: Callable[[str], Any]) -> bool:
    """What has been seen or done, given the other values of the record."""
    fait = colonne.info.get(FAIT)
    if isinstance(fait, str):
        return lire("statut_code") in fait.split()
    return bool(fait)


def faits_de(table: Table) -> Iterator[tuple[str, str]]:
    """(column, statuses with which its record tells a fact; "" = always) of each fact."""
    for colonne in colonnes_de_date(table):
        fait = colonne.info.get(FAIT)
        if isinstance(fait, str):
            yield colonne.name, fait
        elif fait:
            yield colonne.name, ""


def contrainte_du_fait(table: str, colonne: str) -> str:
    """What the base says that a fact dated after today broke."""
    return f"ck_{table}_{colonne}_futur"


def dates_d_une_vie(table: Table) -> list[str]:
    """The dates of a record of a youth, none of which comes before their birth."""
    return [
        colonne.name
        for colonne in colonnes_de_date(table)
        if naissance_avant(colonne) and colonne.name != "date_naissance"
    ]


def contrainte_de_naissance(table: str, colonne: str) -> str:
    """What the base says that a date before the birth broke."""
    return f"ck_{table}_{colonne}_naissance"


NAISSANCE_TARDIVE = "ck_jeune_date_naissance_vie"
"""What the base says that a birth moved after what is already recorded broke."""


def borner(tables: Iterable[Table]) -> None:
    """No date out of two centuries in the base, whatever the door."""
    for table in tables:
        conditions = [
            f"{colonne.name} between date '{PREMIER_JOUR}' and date '{DERNIER_JOUR}'"
            for colonne in colonnes_de_date(table)
        ]
        if conditions:
            nom = f"ck_{table.name}_dates"
            table.append_constraint(controle(nom, " and ".join(conditions), HORS_DU_SIECLE))


def dire(tables: Iterable[Table]) -> None:
    """The sentences of a fact to come and of a date before the birth.

    Triggers refuse them (``acces/installation.py``): a check would refuse the records that are
    already there.
    """
    for table in tables:
        for nom, _ in faits_de(table):
            PHRASES[contrainte_du_fait(table.name, nom)] = (FUTUR, nom)
        for nom in dates_d_une_vie(table):
            PHRASES[contrainte_de_naissance(table.name, nom)] = (AVANT_NAISSANCE, nom)
    PHRASES[NAISSANCE_TARDIVE] = (APRES_DES_FAITS, "date_naissance")


def naissance_avant(colonne: Column[Any]) -> bool:
    """The date is one of the life of a youth: never before their birth."""
    return colonne.table.name == "jeune" or "jeune_id" in colonne.table.c
