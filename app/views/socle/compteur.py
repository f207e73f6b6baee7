"""A number on the home page, the words beside it, and the list that it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import ScalarSelect, func, select

from app.acces import Perimetre
from app.extensions import db
from app.views.socle import filtres
from app.views.socle.fiche import vue_de

EXACT_JUSQUE = 1000
"""Beyond, the home page says « plus de 1 000 »: nobody acts on the exact number."""


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
class ListeComptee:
    """A list under some filters, whose records are counted: the number opens that very list."""

    libelle: str
    table: str
    filtres: dict[str, str]

    @property
    def adresse(self) -> str:
        return f"{vue_de(self.table).route_base}/?{urlencode(self.filtres)}"

    def lue_par(self, perimetre: Perimetre) -> bool:
        return perimetre.peut(vue_de(self.table).ressource, "lire")

    @property
    def nombre(self) -> ScalarSelect[int]:
        """The count of what the list itself selects, no more than is told."""
        vue = vue_de(self.table)
        trouvees = vue.requete(filtres.demande_pour(vue, self.filtres)).limit(EXACT_JUSQUE + 1)
        return select(func.count()).select_from(trouvees.subquery()).scalar_subquery()


def compter(listes: Sequence[ListeComptee]) -> list[int]:
    """How many records each list holds, 1,001 for more than that; one statement for all."""
    if not listes:
        return []
    return list(db.session.execute(select(*(liste.nombre for liste in listes))).one())
