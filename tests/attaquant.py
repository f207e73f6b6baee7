"""An attacker who misses nothing: all that the printed figures and the definitions say together,
given to an exact solver.

The unknowns are persons: how many there are of each kind (what each criterion of the definitions
answers of them), in each territory. Every figure is a sum of these kinds, so that whatever binds
two figures (I7 with I8, S1 with I5, I7 and I9, parts and wholes) is in the equations without
being told. Nothing here says how a kind is counted: the criteria do, in the base.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy

Cellule = tuple
"""(territory, column, line): what it is called does not matter here."""


@dataclass
class Attaque:
    """Numbers of persons (unknown), and what is known of sums of them."""

    modele: highspy.Highs = field(default_factory=highspy.Highs)
    cellules: dict[Cellule, dict[int, int]] = field(default_factory=dict)
    """Cell → variable → coefficient."""
    _vus: list[list[int]] = field(default_factory=list)
    """The tables found so far that agree with all that is known: one that gives a cell another
    number than the true one spares the solver."""

    def __post_init__(self) -> None:
        self.modele.silent()

    def inconnue(self) -> int:
        """A number of persons, from 0."""
        self._vus.clear()
        self.modele.addVar(0, highspy.kHighsInf)
        numero = self.modele.getNumCol() - 1
        self.modele.changeColIntegrality(numero, highspy.HighsVarType.kInteger)
        return numero

    def cellule(self, nom: Cellule, variables: Iterable[int]) -> None:
        """A figure: the sum of these."""
        somme: dict[int, int] = {}
        for variable in variables:
            somme[variable] = somme.get(variable, 0) + 1
        self.cellules[nom] = somme

    def borner(self, somme: Mapping[int, float], bas: float, haut: float) -> None:
        self._vus.clear()
        self._ajouter(somme, bas, haut)

    def _ajouter(self, somme: Mapping[int, float], bas: float, haut: float) -> None:
        self.modele.addRow(bas, haut, len(somme), list(somme), list(somme.values()))

    def savoir(self, nom: Cellule, bas: int, haut: int) -> None:
        """What is printed of a figure says that it lies there."""
        self.borner(self.cellules[nom], bas, haut)

    def au_plus(self, petite: Cellule, grande: Cellule) -> None:
        somme: dict[int, float] = dict(self.cellules[grande])
        for variable, combien in self.cellules[petite].items():
            somme[variable] = somme.get(variable, 0) - combien
        self.borner(somme, 0, highspy.kHighsInf)

    def egaler(self, total: Cellule, parts: Iterable[Cellule], ecart: int) -> None:
        """The total is the sum of its parts, but for a difference that the attacker is held to
        know."""
        somme: dict[int, float] = dict(self.cellules[total])
        for part in parts:
            for variable, combien in self.cellules[part].items():
                somme[variable] = somme.get(variable, 0) - combien
        self.borner(somme, ecart, ecart)

    def trouve(self, nom: Cellule, vrai: int) -> bool:
        """No other number than the true one agrees with all that is known."""
        somme = self.cellules[nom]
        if any(_valeur(somme, vu) != vrai for vu in self._vus):
            return False
        return not any(
            self._possible(nom, bas, haut)
            for bas, haut in ((vrai + 1, highspy.kHighsInf), (0, vrai - 1))
            if bas <= haut
        )

    def _possible(self, nom: Cellule, bas: float, haut: float) -> bool:
        self._ajouter(self.cellules[nom], bas, haut)
        self.modele.run()
        etat = self.modele.getModelStatus()
        personnes = self.modele.getSolution().col_value
        rang = self.modele.getNumRow() - 1
        self.modele.deleteRows(1, [rang])
        assert etat in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
        if etat == highspy.HighsModelStatus.kInfeasible:
            return False
        self._vus.append([round(x) for x in personnes])
        return True


def _valeur(somme: Mapping[int, int], personnes: Sequence[int]) -> int:
    return sum(combien * personnes[variable] for variable, combien in somme.items())
