"""What an import would do.

The rows of each sheet beside those of the base, to be created, changed or refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.echanges.reprise.feuilles import ChampDeReprise, FeuilleDeReprise
from app.echanges.reprise.lecture import CelluleRefusee, Lecture, LigneLue, Valeur


@dataclass
class Plan:
    """What an import would do. A row that is refused is in none of the lists."""

    creations: dict[str, list[LigneLue]] = field(default_factory=dict)
    modifications: dict[str, list[LigneLue]] = field(default_factory=dict)
    etats: dict[str, "Etat"] = field(default_factory=dict)
    inchanges: int = 0
    contradictions: dict[str, list[int]] = field(default_factory=dict)
    """Sentence → rows of « Rencontres » that come in all the same."""
    gardees: int = 0
    """Empty cells that leave what the base has."""
    refus: list[CelluleRefusee] = field(default_factory=list)
    jeunes: dict[str, "Connu"] = field(default_factory=dict)
    """Folded code → youth of the base."""
    partenaires: dict[str, int] = field(default_factory=dict)
    """Folded name → number of the partner in the base."""
    orthographe: dict[str, str] = field(default_factory=dict)
    """Folded reference → as it is written where it is defined, else where it was last seen."""
    codes_mds: dict[int, str] = field(default_factory=dict)

    @property
    def crees(self) -> int:
        return sum(map(len, self.creations.values()))

    @property
    def modifies(self) -> int:
        return sum(map(len, self.modifications.values()))


@dataclass(frozen=True, slots=True)
class Connu:
    """A youth of the base, as far as the rows that refer to it need."""

    id: int
    mds_id: int


Cle = tuple[Any, ...]
"""What identifies a row, its texts folded."""


class Etat:
    """The rows of one sheet and those of the base, by key."""

    def __init__(self, feuille: FeuilleDeReprise, lecture: Lecture):
        self.feuille = feuille
        self.lecture = lecture
        self.index: dict[Cle, LigneLue] = {}
        """Key → row of the file, in their order; of two rows with one key, the first."""
        self.base: dict[Cle, tuple[Valeur, ...]] = {}
        """Key → row of the base; a reference in it is a folded code or name, as in the rows of the
        file."""
        attributs = ["id", "version", *(champ.attribut for champ in feuille.champs)]
        self.places = {attribut: place for place, attribut in enumerate(attributs)}
        """Attribute → its place in a row of the base."""

    def valeur(self, ligne: LigneLue, attribut: str) -> Valeur:
        """The value once the import is done.

        That of the file if it has the column, else that of the base.
        """
        rang = self.lecture.rangs.get(attribut)
        if rang is not None:
            return ligne.valeurs[rang]
        if ligne.existant is None:
            return None
        return ligne.existant[self.places[attribut]]

    def cle(self, valeur_de: Callable[[str], Valeur]) -> Cle | None:
        """The key of a row, texts folded; None when a part of it is missing."""
        cle = []
        for attribut in self.feuille.cle:
            valeur = valeur_de(attribut)
            champ = self.feuille.par_attribut[attribut]
            if valeur is None and champ.requis:
                return None
            if valeur is not None and champ.genre == "texte":
                valeur = self.feuille.plier(valeur)
            cle.append(valeur)
        return tuple(cle)


def en_clair(
    champ: ChampDeReprise, valeur: Valeur, codes_mds: dict[int, str], orthographe: dict[str, str]
) -> str:
    """A value as the workbook writes it: JJ/MM/AAAA, Oui or Non, codes."""
    if valeur is None:
        return ""
    if champ.genre in ("jeune", "partenaire"):
        return orthographe.get(valeur) or str(valeur)
    if champ.genre == "mds":
        return codes_mds[valeur]
    if champ.genre == "mds_liste":
        return ";".join(codes_mds[numero] for numero in valeur)
    if isinstance(valeur, bool):
        return "Oui" if valeur else "Non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, time):
        return f"{valeur:%H:%M}"
    return str(valeur)
