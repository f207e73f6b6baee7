"""The texts of the nouns that have a form, phones and e-mails, and those that have a length alone.

Triggers refuse them (``acces/installation.py``): a check would refuse the records that are already
there.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Table, Text

from app.regles.coordonnees import (
    COURRIEL,
    PAS_UN_COURRIEL,
    PAS_UN_TELEPHONE,
    TAILLE_DU_RECIT,
    TELEPHONE,
    au_plus,
)

from .base import PHRASES

_ICI = "<colonne>"
_FORMES = {"telephone": (TELEPHONE, PAS_UN_TELEPHONE), "courriel": (COURRIEL, PAS_UN_COURRIEL)}


class FormeExigee(NamedTuple):
    """What the base refuses of a column."""

    colonne: str
    contrainte: str
    faute: str
    """In SQL, of ``_ICI``."""
    phrase: str

    def fautive(self, ligne: str) -> str:
        """In SQL, that the text of this row (« new », « x ») cannot be."""
        return self.faute.replace(_ICI, f"{ligne}.{self.colonne}")


def formes_de(table: Table, recits: bool = True) -> Iterator[FormeExigee]:
    """``recits``: the texts of several lines are bounded too."""
    for nom, (forme, phrase) in _FORMES.items():
        if nom in table.c:
            contrainte = f"ck_{table.name}_{nom}_forme"
            yield FormeExigee(nom, contrainte, f"{_ICI} !~ '{forme}'", phrase)
    for colonne in table.c:
        if recits and isinstance(colonne.type, Text) and colonne.computed is None:
            contrainte = f"ck_{table.name}_{colonne.name}_longueur"
            faute = f"length({_ICI}) > {TAILLE_DU_RECIT}"
            yield FormeExigee(colonne.name, contrainte, faute, f"{au_plus(TAILLE_DU_RECIT)}.")


def dire(noms: Iterable[Any]) -> None:
    """The sentences of what the base refuses; a noun that declares nothing is told elsewhere."""
    for classe in noms:
        declaration = getattr(classe, "declaration", None)
        avec_recits = declaration is not None and declaration.classeur is not None
        for forme in formes_de(classe.__table__, avec_recits):
            PHRASES[forme.contrainte] = (forme.phrase, forme.colonne)
