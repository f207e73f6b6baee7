"""What every part of an invented history draws from: the Département around, and one life.

One generator of random numbers for all: the order of the draws decides the data, so a draw that is
moved changes everything after it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from app.regles.age import anniversaire

Lignes = dict[str, list[dict]]
"""Rows to insert, by table."""
DEUX_ANS = 760
T = TypeVar("T")


@dataclass(frozen=True)
class Equipe:
    """Who works in one MDS: référents ASE, coordonnateur, partners as (number, type)."""

    referents: list[str]
    coordonnateur: str
    partenaires: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Decor:
    """What all the youths share; ``le`` is the day on which the base is looked at."""

    r: Random
    lignes: Lignes
    equipes: dict[int, Equipe]
    code_rencontre: Callable[[], str]
    le: date


@dataclass
class Vie:
    """One youth; ``horizon`` is the last day that was lived, the day of the death if they died."""

    decor: Decor
    id: int
    mds: int
    repere: date
    naissance: date
    deces: bool
    horizon: date
    mesures: list[dict] = field(default_factory=list)

    @property
    def r(self) -> Random:
        return self.decor.r

    @property
    def le(self) -> date:
        return self.decor.le

    @property
    def equipe(self) -> Equipe:
        return self.decor.equipes[self.mds]

    @property
    def majorite(self) -> date:
        return anniversaire(self.naissance, 18)

    @property
    def sortie_ase(self) -> date | None:
        """The last day under a mesure, once it has passed."""
        fin = self.mesures[-1]["au"]
        if fin is None or fin > self.horizon:
            return None
        return fin

    def ajouter(self, table: str, **champs) -> dict:
        """One row more about this youth."""
        ligne = {"jeune_id": self.id, "mds_id": self.mds, **champs}
        self.decor.lignes[table].append(ligne)
        return ligne

    def ajouter_une_fois(self, table: str, champ: str, valeur, **champs) -> None:
        """One row a youth and a value: the base refuses the same one twice on one day."""
        for ligne in self.decor.lignes[table][-2:]:
            if ligne["jeune_id"] == self.id and ligne[champ] == valeur:
                return
        self.ajouter(table, **{champ: valeur}, **champs)

    def vecu(self, jour: date) -> date | None:
        """The day itself; None when it was not lived."""
        return au_plus(jour, self.horizon)

    def plus_tard(self, jour: date, au_moins: int, moins_de: int) -> date:
        """Some days after ``jour``, drawn."""
        return jour + jours(self.r.randrange(au_moins, moins_de))


def naitre(decor: Decor, numero: int, mds: int) -> Vie:
    """A youth found in the last two years, most of them before they come of age."""
    r = decor.r
    le = decor.le
    repere = le - jours(r.randrange(3, DEUX_ANS))
    ages = (r.uniform(15.8, 17.7), r.uniform(17.7, 18.6), r.uniform(18.6, 20.6))
    age = r.choices(ages, cum_weights=(74, 90, 100))[0]
    naissance = repere - jours(int(age * 365.25))
    connu = (le - repere).days
    deces = r.random() < 0.002 and connu > 90
    horizon = le
    if deces:
        horizon = repere + jours(r.randrange(60, connu))
    return Vie(decor, numero, mds, repere, naissance, deces, horizon)


def parfois(r: Random, chance: float, tirer: Callable[[], T]) -> T | None:
    """What ``tirer`` draws, ``chance`` times out of one; otherwise None, and it draws nothing."""
    if r.random() < chance:
        return tirer()
    return None


def jours(n: int) -> timedelta:
    return timedelta(days=n)


def ouvre(jour: date) -> date:
    """The day itself, or the Monday after a week-end."""
    samedi = 5
    if jour.weekday() < samedi:
        return jour
    return jour + jours(7 - jour.weekday())


def au_plus(jour: date, horizon: date) -> date | None:
    """The day itself; None after the horizon."""
    if jour > horizon:
        return None
    return jour
