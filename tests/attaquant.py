"""An attacker who misses nothing: all that the printed figures and the definitions say together,
given to an exact solver.

The unknowns are persons: how many there are of each kind (what each criterion of the definitions
answers of them), in each table. Every figure is a sum of these kinds, so that whatever binds two
figures (I7 with I8, S1 with I5, I7 and I9, parts and wholes) is in the equations without being
told. Nothing here says how a kind is counted: the criteria do, in the base.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy

PETITS = range(1, 5)
PEU = 9
"""A number of a few persons: from there on it is told by tens."""
PERSONNES = 500
"""More than there are of any kind."""

Cellule = tuple
"""(table, column, line): what it is called does not matter here."""
Somme = Mapping[int, float]
"""Variable → coefficient."""


@dataclass
class Attaque:
    """Numbers of persons (unknown), and what is known of sums of them."""

    dire_les_petits: bool = True
    """Whether the attacker is told to the unit even the few persons that it is told of."""
    modele: highspy.Highs = field(default_factory=highspy.Highs)
    cellules: dict[Cellule, dict[int, float]] = field(default_factory=dict)
    vrais: dict[Cellule, int] = field(default_factory=dict)
    """The true numbers of the cells: what is looked for."""
    _confies: set[Cellule] = field(default_factory=set)
    _vus: list[Sequence[float]] = field(default_factory=list)
    """The tables found so far that agree with all that is known: one that gives a cell a number
    that is not from 1 to 4 spares the solver."""

    def __post_init__(self) -> None:
        self.modele.silent()
        self.modele.setOptionValue("mip_rel_gap", 1.0)

    def inconnue(self, haut: float = PERSONNES) -> int:
        """A number of persons, from 0."""
        self.modele.addVar(0, haut)
        numero = self.modele.getNumCol() - 1
        self.modele.changeColIntegrality(numero, highspy.HighsVarType.kInteger)
        return numero

    def cellule(self, nom: Cellule, variables: Iterable[int], vrai: int) -> None:
        """A figure: the sum of these."""
        self.cellules[nom] = _ajouter({}, dict.fromkeys(variables, 1), 1)
        self.vrais[nom] = vrai

    def ecart(self, nom: Cellule, grande: Cellule, petites: Iterable[Cellule]) -> None:
        """What a subtraction gives: a figure without the others."""
        self.cellules[nom] = dict(self.cellules[grande])
        self.vrais[nom] = self.vrais[grande]
        for petite in petites:
            _ajouter(self.cellules[nom], self.cellules[petite], -1)
            self.vrais[nom] -= self.vrais[petite]

    def savoir(self, nom: Cellule, bas: float, haut: float) -> None:
        """What is printed of a figure says that it lies there."""
        self.borner(self.cellules[nom], bas, haut)

    def confier(self, nom: Cellule) -> None:
        """The attacker is told this number: it is not one to find."""
        self._confies.add(nom)
        vrai = self.vrais[nom]
        if self.dire_les_petits or not 0 < abs(vrai) <= PEU:
            self.savoir(nom, vrai, vrai)
        else:
            self.savoir(nom, -PEU, PEU)

    def confier_l_ordre(self, petite: Cellule, grandes: Iterable[Cellule]) -> None:
        """The attacker is told that a figure is at most the sum of others, when that is true."""
        nom = ("ordre", petite, *grandes)
        self.ecart(nom, petite, grandes)
        if self.vrais[nom] <= 0:
            self.savoir(nom, -highspy.kHighsInf, 0)
        del self.cellules[nom], self.vrais[nom]

    def borner(self, somme: Somme, bas: float, haut: float) -> None:
        self._vus.clear()
        self._ligne(somme, bas, haut)

    def trouves(self) -> list[Cellule]:
        """The cells of which nothing else than a number from 1 to 4 agrees with all that is
        known."""
        cherches = [
            nom for nom, vrai in self.vrais.items() if vrai in PETITS and nom not in self._confies
        ]
        self._imaginer(cherches)
        restent = self._jamais_autres(cherches)
        while restent:
            self._imaginer(restent)
            avant, restent = restent, self._jamais_autres(restent)
            if restent == avant:
                break
        return [nom for nom in restent if not self._autrement(self.cellules[nom])]

    def _jamais_autres(self, noms: Iterable[Cellule]) -> list[Cellule]:
        """Those that are from 1 to 4 in all that was found so far."""
        return [nom for nom in noms if not self._vu_autrement(self.cellules[nom])]

    def _vu_autrement(self, somme: Somme) -> bool:
        return any(round(_valeur(somme, vu)) not in PETITS for vu in self._vus)

    def _autrement(self, somme: Somme) -> bool:
        """Another number, or nobody, would do as well."""
        if self._vu_autrement(somme):
            return True
        bornes = ((-highspy.kHighsInf, PETITS[0] - 1), (PETITS[-1] + 1, highspy.kHighsInf))
        return any(self._possible(somme, bas, haut) for bas, haut in bornes)

    def _imaginer(self, noms: Iterable[Cellule]) -> None:
        """Two tables that agree with all that is known: as few persons as can be, then as many."""
        somme: dict[int, float] = {}
        for nom in noms:
            _ajouter(somme, self.cellules[nom], 1)
        for sens in (1, -1):
            for variable, combien in somme.items():
                self.modele.changeColCost(variable, sens * combien)
            assert self._resoudre(), "the true numbers agree with what is known"
        for variable in somme:
            self.modele.changeColCost(variable, 0)

    def _ligne(self, somme: Somme, bas: float, haut: float) -> None:
        self.modele.addRow(bas, haut, len(somme), list(somme), list(somme.values()))

    def _possible(self, somme: Somme, bas: float, haut: float) -> bool:
        self._ligne(somme, bas, haut)
        existe = self._resoudre()
        self.modele.deleteRows(1, [self.modele.getNumRow() - 1])
        return existe

    def _resoudre(self) -> bool:
        self.modele.run()
        etat = self.modele.getModelStatus()
        assert etat in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
        if etat == highspy.HighsModelStatus.kInfeasible:
            return False
        self._vus.append(self.modele.getSolution().col_value)
        return True


def _ajouter(somme: dict[int, float], autre: Somme, signe: int) -> dict[int, float]:
    for variable, combien in autre.items():
        somme[variable] = somme.get(variable, 0) + signe * combien
    return somme


def _valeur(somme: Somme, personnes: Sequence[float]) -> float:
    return sum(combien * personnes[variable] for variable, combien in somme.items())
