"""A number on the home page, the words beside it, and the list that it opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, FromClause, Select, func, select, true

from app.acces import Perimetre
from app.extensions import db
from app.views.socle import filtres
from app.views.socle.fiche import vue_de

EXACT_JUSQUE = 1000
"""Beyond, lists and the home page say « plus de 1 000 »: nobody acts on the exact number, and
counting everything costs more than showing a page."""


@dataclass(frozen=True)
class Compteur:
    """A number on the home page, and the list behind it."""

    cle: str
    nombre: int
    singulier: str
    pluriel: str
    en_retard: int = 0
    au_moins: bool = False
    """More were left unexamined: the number is a minimum."""

    @property
    def plus_de(self) -> int:
        """The round number that is passed, when counting stopped there."""
        return EXACT_JUSQUE if self.nombre > EXACT_JUSQUE else 0

    @property
    def retard(self) -> str:
        """What of it is late; nothing where the label says it already."""
        if not self.en_retard or self.plus_de or "en retard" in self.libelle:
            return ""
        return "en retard" if self.en_retard == self.nombre else f"dont {self.en_retard} en retard"

    @property
    def libelle(self) -> str:
        return self.pluriel if self.nombre > 1 else self.singulier


@dataclass(frozen=True)
class DemandeDeCompteur:
    """A counter that is not counted yet."""

    ligne: Select
    """Of one line: the number, and what else the counter says."""
    dire: Callable[..., Compteur]
    """What the line becomes."""
    meme_a_zero: bool = True


def combien(trouves: Select) -> Select:
    """One line: how many rows are found, no more than is told."""
    return select(func.count()).select_from(trouves.limit(EXACT_JUSQUE + 1).subquery())


def compter_ensemble(demandes: Sequence[DemandeDeCompteur]) -> list[Compteur]:
    """The counters, whatever their number, in one statement."""
    if not demandes:
        return []
    lignes = [demande.ligne.subquery() for demande in demandes]
    ensemble: FromClause = lignes[0]
    for ligne in lignes[1:]:
        ensemble = ensemble.join(ligne, true())
    valeurs = iter(db.session.execute(select(*lignes).select_from(ensemble)).one())
    compteurs = []
    for demande, ligne in zip(demandes, lignes, strict=True):
        compteur = demande.dire(*islice(valeurs, len(ligne.c)))
        if compteur.nombre or demande.meme_a_zero:
            compteurs.append(compteur)
    return compteurs


@dataclass(frozen=True)
class ListeComptee:
    """A list under some filters, whose records are counted: the number opens that very list."""

    libelle: str
    table: str
    filtres: dict[str, str]
    compte: ColumnElement[int] | None = None
    """Its number, where one calculation gives that of several lists."""
    singulier: str = ""
    """Its label beside 0 or 1, where it is another."""

    @cached_property
    def adresse(self) -> str:
        return f"{vue_de(self.table).route_base}/?{urlencode(self.filtres)}"

    def dire(self, nombre: int) -> str:
        """The label, beside this number."""
        return self.libelle if nombre > 1 else self.singulier or self.libelle

    def lue_par(self, perimetre: Perimetre) -> bool:
        return perimetre.peut(vue_de(self.table).ressource, "lire")

    @property
    def nombre(self) -> ColumnElement[int]:
        """The count of what the list itself selects, no more than is told."""
        if self.compte is not None:
            return self.compte
        vue = vue_de(self.table)
        return combien(vue.requete(filtres.demande_pour(vue, self.filtres))).scalar_subquery()


def compter(listes: Sequence[ListeComptee]) -> list[int]:
    """How many records each list holds, 1,001 for more than that; one statement for all."""
    if not listes:
        return []
    return list(db.session.execute(select(*(liste.nombre for liste in listes))).one())
