"""A figure: its values, its rounding, its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.regles.age import ajouter_mois

from .definitions import Indicateur, Taux
from .reperes import Reperes

PAS = {"mois": 1, "trimestre": 3}
TROP_PEU = "trop peu de réponses"
SANS_OBJET = "sans objet"
FINE = "\u202f"
"""The narrow space that French puts before « % »."""


@dataclass(frozen=True)
class Decompte:
    """How many rows share an answer and, for postes and meetings, the sum of what they carry."""

    reponse: str
    modalite: str | None
    dont: bool | None
    nombre: int
    valeur: Decimal | None


@dataclass(frozen=True)
class Chiffre:
    """One figure: what the contract says of it, and what a person reads."""

    indicateur: Indicateur
    valeurs: dict[str, Any]
    """The keys and types of the JSON."""
    nombre: int
    """How many are counted: persons, « oui » of a rate, postes, meetings."""
    texte: str
    complement: str = ""
    """What must be read beside it: completeness, groups set apart, expected numbers. Empty:
    nothing."""
    completude: float | None = None
    """Percent of known answers of a rate; None when there is nobody or when it does not apply."""
    alerte: bool = False
    """The figure is too incomplete to be read as a rate."""
    secret: bool = False
    """Its « oui » and « non » would tell what someone answered alone: no screen, no table shows
    them."""
    delais: dict[int | None, int] | None = None
    """I3d: how many waited so many days for their first rendez-vous; None: those who are still
    waiting."""

    @property
    def code(self) -> str:
        return self.indicateur.code


def pourcent(partie: int, total: int) -> float:
    """One decimal, half up: 1 of 16 is 6.3."""
    return (2000 * partie + total) // (2 * total) / 10


def pourcentages(nombres: Sequence[int]) -> list[float]:
    """One decimal each, 100.0 in all: largest remainder; equal remainders, the first one."""
    total = sum(nombres)
    if not total:
        return []
    dixiemes = [1000 * n // total for n in nombres]
    par_reste = sorted(
        range(len(nombres)), key=lambda rang: (-(1000 * nombres[rang] % total), rang)
    )
    for rang in par_reste[: 1000 - sum(dixiemes)]:
        dixiemes[rang] += 1
    return [dixieme / 10 for dixieme in dixiemes]


def echeances(du: date, au: date, echeance: str) -> list[date]:
    """The ends of month (of quarter: 31/3, 30/6, 30/9, 31/12) that lie in the period."""
    fin = du.replace(day=1)
    tous = []
    while (fin := ajouter_mois(fin, 1)) <= au + timedelta(days=1):
        if (fin.month - 1) % PAS[echeance] == 0:
            tous.append(fin - timedelta(days=1))
    return tous


def attendues(du: date, au: date, echeance: str, mds: str | None, reperes: Reperes) -> int:
    """One per end of month (of quarter) in the period, for each MDS open that day."""
    return sum(reperes.mds_ouvertes(le, mds) for le in echeances(du, au, echeance))


def en_francais(nombre: float | Decimal, decimales: int = 0) -> str:
    """1 234,5"""
    return f"{nombre:,.{decimales}f}".replace(",", FINE).replace(".", ",")


def en_pourcent(valeur: float, decimales: int = 1) -> str:
    """69,6 % for a rate; the completeness is said without decimal."""
    return f"{en_francais(valeur, decimales)}{FINE}%"


def en_euros(montant: float | Decimal) -> str:
    """353 600 €, and 1 234,50 € when there are cents."""
    return f"{en_francais(montant, 2).removesuffix(',00')}{FINE}€"


def hauteur(chiffre: Chiffre) -> float | None:
    """What a chart draws: the rate, or the number; nothing when the rate must not be read alone."""
    if not isinstance(chiffre.indicateur, Taux):
        return chiffre.nombre
    if not chiffre.texte.endswith("%") or chiffre.alerte:
        return None
    oui = int(chiffre.valeurs["oui"])
    return pourcent(oui, oui + int(chiffre.valeurs["non"]))
