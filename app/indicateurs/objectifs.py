"""An objective of the convention against the figure: reached, not reached, not to be concluded."""

from dataclasses import dataclass
from decimal import Decimal

from .chiffres import FINE, Chiffre, en_francais, hauteur
from .definitions import DEFINITIONS, Indicateur, Repartition, Taux

SENS = {"AU_MOINS": "au moins", "AU_PLUS": "au plus"}
MESURABLES: dict[str, Indicateur] = {
    code: i for code, i in DEFINITIONS.items() if i.au_contrat and not isinstance(i, Repartition)
}
"""The indicators that may have an objective: one number says all of each."""


@dataclass(frozen=True)
class Constat:
    indicateur: Indicateur
    attendu: str
    """« au moins 70 % »"""
    resultat: str
    atteint: bool | None
    """None: the figure does not allow to conclude."""

    @property
    def verdict(self) -> str:
        """Of the objective, as a status."""
        return {True: "Atteint", False: "Non atteint", None: "À apprécier"}[self.atteint]

    @property
    def cible(self) -> str:
        """The same of the target: « Atteinte »."""
        return {True: "Atteinte", False: "Non atteinte", None: "À apprécier"}[self.atteint]


def nombre_dit(cible: float | Decimal) -> str:
    """70, and 70,5 when it has decimals."""
    return en_francais(cible, 2).removesuffix("0").removesuffix("0").removesuffix(",")


def attendu(indicateur: Indicateur, sens: str, cible: Decimal) -> str:
    """« au moins 70 % », « au plus 30 »."""
    nombre = nombre_dit(cible)
    if isinstance(indicateur, Taux):
        nombre += f"{FINE}%"
    return f"{SENS[sens]} {nombre}"


def constater(sens: str, cible: Decimal, chiffre: Chiffre) -> Constat:
    """Compare a figure with its objective.

    A rate that must not be read alone (few answers, low completeness, nobody) is shown and proves
    nothing.
    """
    indicateur = chiffre.indicateur
    atteint = _atteint(sens, cible, hauteur(chiffre))
    return Constat(indicateur, attendu(indicateur, sens, cible), chiffre.texte, atteint)


def _atteint(sens: str, cible: Decimal, mesure: float | None) -> bool | None:
    if mesure is None:
        return None
    if sens == "AU_MOINS":
        return mesure >= cible
    return mesure <= cible
