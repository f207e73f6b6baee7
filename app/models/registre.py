"""The register of columns (RGPD, article 30): what the base holds, column by column."""

from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Column, String, Text

from . import catalogue
from .base import Nature


@dataclass(frozen=True)
class LigneDuRegistre:
    """A column: where it is, what it is called, what it holds, whether its story is kept."""

    objet: str
    table: str
    colonne: str
    libelle: str
    nature: str
    dans_le_journal: str
    a_l_anonymisation: str


TITRES = (
    "Objet",
    "Table",
    "Colonne",
    "Libellé",
    "Nature",
    "Dans le journal",
    "À l’anonymisation du dossier",
)
"""One a field of ``LigneDuRegistre``."""


def lignes() -> list[LigneDuRegistre]:
    """Every column of every table that a model maps, table after table."""
    return [
        _ligne(table, colonne)
        for table, classe in catalogue.noms().items()
        for colonne in classe.__table__.c
    ]


def en_tableau() -> list[tuple[str, ...]]:
    """The titles, then the lines."""
    return [TITRES, *(astuple(ligne) for ligne in lignes())]


def _ligne(table: str, colonne: Column[Any]) -> LigneDuRegistre:
    declaration = catalogue.declaration_de(table)
    nature: Nature = colonne.info["nature"]
    return LigneDuRegistre(
        declaration.libelle or "Fonctionnement de Tandem",
        table,
        colonne.name,
        colonne.info["libelle"],
        nature.value,
        "oui" if declaration.auditee and colonne.info.get("audit", True) else "non",
        _sort(table, colonne),
    )


def _sort(table: str, colonne: Column[Any]) -> str:
    """What becomes of it when the file is anonymised (``acces/conservation.sql``)."""
    if table != "jeune" and not catalogue.suit_un_jeune(table):
        return "sans objet"
    if table == "jeune" and colonne.name == "date_naissance":
        return "floutée"
    texte = isinstance(colonne.type, String | Text) and not colonne.foreign_keys
    if texte and colonne.info.get("anonymisee", True):
        return "effacée"
    return "gardée"
