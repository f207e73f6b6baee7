"""What a convention is worth.

« 52 000 € par an pour un ETP », advance at signature, balance on objectives and bilan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .age import ajouter_mois

MOIS_PAR_AN = 12
AVANCE, SOLDE = "AVANCE", "SOLDE"


@dataclass(frozen=True)
class Financement:
    """In euros, to the cent; advance and balance always add up to the amount."""

    mois: Fraction
    montant: Decimal
    avance: Decimal
    solde: Decimal
    avance_versee: Decimal
    solde_verse: Decimal
    autres: Decimal
    """Payments that are neither."""

    @property
    def verse(self) -> Decimal:
        return self.avance_versee + self.solde_verse + self.autres

    @property
    def reste(self) -> Decimal:
        """Still to be paid; negative when too much was."""
        return self.montant - self.verse

    @property
    def avance_restante(self) -> Decimal:
        return max(self.avance - self.avance_versee, Decimal(0))


def mois_couverts(du: date, au: date) -> Fraction:
    """Whole months from the first day, then the days left over as a share of the month they begin.

    Both days included.
    """
    fin, entiers = au + timedelta(days=1), 0
    while ajouter_mois(du, entiers + 1) <= fin:
        entiers += 1
    depart = ajouter_mois(du, entiers)
    return entiers + Fraction((fin - depart).days, (ajouter_mois(du, entiers + 1) - depart).days)


def financer(
    etp: Decimal,
    montant_etp: Decimal,
    avance_pourcent: int,
    du: date,
    au: date,
    versements: Iterable[tuple[str, Decimal]],
) -> Financement:
    """``versements``: (type, amount) of each payment made."""
    mois = mois_couverts(du, au)
    montant = au_centime(Fraction(etp) * Fraction(montant_etp) * mois / MOIS_PAR_AN)
    avance = au_centime(Fraction(montant) * avance_pourcent / 100)
    verses = list(versements)
    avance_versee, solde_verse = (
        sum((m for t, m in verses if t == type_), Decimal(0)) for type_ in (AVANCE, SOLDE)
    )
    autres = sum((m for t, m in verses if t not in (AVANCE, SOLDE)), Decimal(0))
    return Financement(mois, montant, avance, montant - avance, avance_versee, solde_verse, autres)


def au_centime(valeur: Fraction) -> Decimal:
    """Half up, whatever the number of decimals."""
    return (Decimal(valeur.numerator) / Decimal(valeur.denominator)).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
