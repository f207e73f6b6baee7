"""Handing over a portfolio: what becomes of each binôme, who may take it over.

A binôme that runs is ended the day before and another one opened, so that each figure, each table
of the past, keeps its own; the arguments are rows that have the named attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

UN_JOUR = timedelta(days=1)
COORDONNATEUR = "COORDONNATEUR"
REFERENT = "REFERENT"
EN_DOUBLE_AU_PLUS = 92
"""Days of overlap: a season."""


class BinomeDeLAgent(Protocol):
    """The binôme that changes hands."""

    @property
    def du(self) -> date: ...
    @property
    def au(self) -> date | None: ...
    @property
    def mds_id(self) -> int: ...
    @property
    def coordonnateur_id(self) -> int | None: ...
    @property
    def referent_id(self) -> int | None: ...
    @property
    def est_temporaire(self) -> bool: ...


class AgentLu(Protocol):
    """Who takes over."""

    @property
    def id(self) -> int: ...
    @property
    def nom(self) -> str: ...
    @property
    def mds_ids(self) -> Sequence[int]: ...
    @property
    def du(self) -> date | None: ...
    @property
    def au(self) -> date | None: ...


@dataclass(frozen=True)
class Passation:
    """From which agent (number), from which day, until which (None: for good), days of overlap."""

    de: int
    du: date
    jusqu_au: date | None = None
    en_double: int = 0

    @property
    def est_temporaire(self) -> bool:
        return self.jusqu_au is not None


@dataclass(frozen=True)
class PassationDuBinome:
    """What a binôme becomes: the days that stay, those that change hands, those that come back."""

    veille: date | None
    """Its last day as it is; None when it has not begun: it changes hands itself."""
    du: date
    au: date | None
    retour_du: date | None = None
    """First day of the return; None when there is none."""
    en_double_jusqu_au: date | None = None


def decouper(binome: BinomeDeLAgent, passation: Passation) -> PassationDuBinome:
    """Each piece follows the one before without a day between; the last ends as the binôme did."""
    debut = max(binome.du, passation.du)
    fin = binome.au
    retour = None
    if passation.jusqu_au is not None and (fin is None or fin > passation.jusqu_au):
        fin = passation.jusqu_au
        retour = fin + UN_JOUR
    veille = passation.du - UN_JOUR if binome.du < passation.du else None
    en_double = None
    if passation.en_double:
        en_double = debut + timedelta(days=passation.en_double - 1)
        if fin is not None:
            en_double = min(en_double, fin)
    return PassationDuBinome(veille, debut, fin, retour, en_double)


def comme(binome: BinomeDeLAgent, agent: int) -> str:
    """As what the agent is in the binôme."""
    return COORDONNATEUR if binome.coordonnateur_id == agent else REFERENT


def refus(binome: BinomeDeLAgent, vers: AgentLu, passation: Passation) -> str:
    """Why this binôme does not change hands; empty when it does."""
    return _du_binome(binome, passation) or _du_receveur(binome, vers, passation)


def _du_binome(binome: BinomeDeLAgent, passation: Passation) -> str:
    if binome.au is not None and binome.au < passation.du:
        return f"Ce binôme finit le {binome.au:%d/%m/%Y}, avant le jour choisi."
    if passation.jusqu_au is not None and binome.du > passation.jusqu_au:
        return f"Ce binôme commence le {binome.du:%d/%m/%Y}, après le remplacement."
    if binome.est_temporaire and (passation.est_temporaire or passation.en_double):
        return "C’est déjà un remplacement : il ne se passe que pour de bon, sans jours en double."
    return ""


def _du_receveur(binome: BinomeDeLAgent, vers: AgentLu, passation: Passation) -> str:
    if vers.id == passation.de:
        return f"{vers.nom} est déjà la personne qui passe la main."
    if vers.id in (binome.coordonnateur_id, binome.referent_id):
        return f"{vers.nom} est déjà dans ce binôme."
    if vers.mds_ids and binome.mds_id not in vers.mds_ids:
        return f"{vers.nom} ne travaille pas dans la MDS de ce jeune."
    piece = decouper(binome, passation)
    if vers.du is not None and vers.du > piece.du:
        return f"{vers.nom} n’est en fonction qu’à partir du {vers.du:%d/%m/%Y}."
    if vers.au is None:
        return ""
    if vers.au < piece.du:
        return f"{vers.nom} n’est plus en fonction depuis le {vers.au:%d/%m/%Y}."
    if passation.est_temporaire and piece.au is not None and vers.au < piece.au:
        return f"{vers.nom} quitte ses fonctions le {vers.au:%d/%m/%Y}, avant la fin."
    return ""
