"""An objective of the convention against the figure: reached, not reached, or not to be concluded."""

from dataclasses import dataclass
from decimal import Decimal

from .chiffres import Chiffre, en_francais, hauteur
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
        return {True: "atteint", False: "non atteint", None: "à apprécier"}[self.atteint]


def attendu(indicateur: Indicateur, sens: str, cible: Decimal) -> str:
    nombre = en_francais(cible, 2).rstrip("0").rstrip(",") if cible % 1 else en_francais(cible)
    return f"{SENS[sens]} {nombre}" + ("\u202f%" if isinstance(indicateur, Taux) else "")


def constater(sens: str, cible: Decimal, chiffre: Chiffre) -> Constat:
    """A rate that must not be read alone (few answers, low completeness, nobody) is shown and
    proves nothing."""
    mesure = hauteur(chiffre)
    atteint = None if mesure is None else mesure >= cible if sens == "AU_MOINS" else mesure <= cible
    return Constat(
        chiffre.indicateur, attendu(chiffre.indicateur, sens, cible), chiffre.texte, atteint
    )
