"""« Les miens »: the youths whom the acting account accompanies, as référent or coordonnateur (M3).

An account is an agent when a responsable or the administrator tied the two; its youths are those of
the binômes that run today. Lists begin with them, for whoever has some; the last choice is kept.
"""

import functools
from collections.abc import Callable, Collection, Mapping
from datetime import date

from flask import g
from flask_login import current_user
from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    func,
    or_,
    select,
    text,
    true,
)

from app.acces import perimetre
from app.extensions import db
from app.models import Agent, Binome, Compte
from app.models.agent import AgentDuCompte
from app.regles.age import aujourd_hui
from app.views.socle.filtres_colonnes import Filtre
from app.views.socle.page import adresse
from app.views.socle.par_version import ParVersion
from app.views.socle.valeurs import Choix

MIENS = "miens"
TOUS = "tous"
_MOI = text("select id, a_des_jeunes from acces.mon_agent()")
Numero = SQLColumnExpression[int] | SQLColumnExpression[int | None]
"""A column that holds the number of a youth, or of an agent."""
Condition = Callable[[int], ColumnElement[bool]]
"""The number of an agent → a condition on the rows of a list."""
_AGENTS_GARDES: ParVersion[Choix] = ParVersion("version_des_agents")
"""Of this process: habilitations → agents offered."""
MAX_AGENTS = 500
"""Agents offered in a filter; beyond, their list is the way."""


def moi() -> AgentDuCompte | None:
    """The agent that the account is; read once, with the session where there is one."""
    if "mon_agent" not in g:
        ligne = db.session.execute(_MOI).one_or_none()
        g.mon_agent = ligne and AgentDuCompte(*ligne)
    agent: AgentDuCompte | None = g.mon_agent
    return agent


def a_des_jeunes() -> bool:
    """Whether the person accompanies somebody."""
    agent = moi()
    return agent is not None and agent.a_des_jeunes


def mon_nom() -> str | None:
    """The name of the agent that the account is, as the directory writes it."""
    agent = moi()
    return None if agent is None else db.session.scalar(select(Agent.nom).filter_by(id=agent.id))


def choix_habituel() -> str:
    """« miens » for whoever has a portfolio and did not ask otherwise the last time."""
    agent = moi()
    if agent is None or not agent.a_des_jeunes:
        return TOUS
    return getattr(current_user, "portefeuille", None) or MIENS


def retenir(choix: str) -> None:
    """Keep the choice for the next time, in the current transaction."""
    agent = moi()
    if agent is not None and agent.a_des_jeunes and choix != choix_habituel():
        compte = db.session.get_one(Compte, current_user.id)
        compte.portefeuille = choix


def demande(args: Mapping[str, str]) -> str:
    """What a page is asked to show; another word than the two is « tous »."""
    choix = args.get("qui") or choix_habituel()
    if choix != MIENS or moi() is None:
        return TOUS
    return MIENS


def _en_cours(le: date) -> tuple[ColumnElement[bool], ...]:
    return Binome.du <= le, or_(Binome.au.is_(None), Binome.au >= le)


def est_le_sien(numero: int | None, le: date) -> ColumnElement[bool]:
    """The agent is in the binôme, or follows the youth beside the one who takes over."""
    en_double = and_(Binome.remplace_id == numero, Binome.en_double_jusqu_au >= le)
    return or_(Binome.coordonnateur_id == numero, Binome.referent_id == numero, en_double)


def suivis_par(numero: int | None) -> Select[int]:
    """The youths that an agent accompanies today; nobody's for no agent.

    Those handed over stay as long as the two agents follow them together.
    """
    return _suivis_par(numero, aujourd_hui())


@functools.lru_cache(maxsize=256)
def _suivis_par(numero: int | None, le: date) -> Select[int]:
    """Written once a day for each agent: a page asks it of each of its lists."""
    return select(Binome.jeune_id).where(est_le_sien(numero, le), *_en_cours(le))


def de_qui(choix: str) -> int | None:
    """The agent whose youths alone are asked for; None: all of them."""
    agent = moi()
    if choix != MIENS or agent is None:
        return None
    return agent.id


def les_siens(colonne: Numero, choix: str = MIENS) -> tuple[ColumnElement[bool], ...]:
    """The condition « one of mine » on the number of a youth; none when all are asked for."""
    return du_portefeuille(colonne, de_qui(choix))


def du_portefeuille(colonne: Numero, numero: int | None) -> tuple[ColumnElement[bool], ...]:
    """The youth is followed by this agent; no condition without one."""
    if numero is None:
        return ()
    return (colonne.in_(suivis_par(numero)),)


def filtre_qui(colonne: Numero) -> Filtre:
    """« Les miens / Ma MDS » above a list; ``colonne``: the number of the youth."""

    def appliquer(valeur: str) -> ColumnElement[bool]:
        for condition in les_siens(colonne, valeur):
            return condition
        return true()

    return Filtre(
        "qui",
        "Jeunes suivis",
        "liste",
        appliquer,
        _qui_proposer,
        habitude=_habitude,
        retenir=retenir,
        sans={"qui": TOUS},
    )


def _habitude() -> str:
    """Nothing is said to whoever sees all by habit."""
    choix = choix_habituel()
    return choix if choix == MIENS else ""


def _qui_proposer() -> Choix:
    tous = [(TOUS, "Ma MDS")]
    return tous if moi() is None else [(MIENS, "Les miens"), *tous]


def filtres_des_agents(colonne: Numero) -> dict[str, Filtre]:
    """The filters « Coordonnateur » and « Référent ASE » of the youths followed today."""

    def de_ses_jeunes(membre: Numero) -> Condition:
        return lambda n: colonne.in_(
            select(Binome.jeune_id).where(membre == n, *_en_cours(aujourd_hui()))
        )

    return _les_deux(de_ses_jeunes)


def filtres_des_membres() -> dict[str, Filtre]:
    """The same of the binômes themselves, whether they run or not."""

    def de_ses_binomes(membre: Numero) -> Condition:
        return lambda n: membre == n

    return _les_deux(de_ses_binomes)


def _les_deux(condition: Callable[[Numero], Condition]) -> dict[str, Filtre]:
    membres = (
        ("coordonnateur", "Coordonnateur", Binome.coordonnateur_id),
        ("referent", "Référent ASE", Binome.referent_id),
    )
    return {
        nom: Filtre(nom, libelle, "liste", condition(membre), _agents, lire=int)
        for nom, libelle, membre in membres
    }


def _agents() -> Choix:
    """The agents that one sees, by name; the same for all the filters of a page.

    Kept by this process for those who hold the same habilitations, until an agent is written.
    """
    if "agents_proposes" not in g:
        g.agents_proposes = _AGENTS_GARDES.obtenir(perimetre().habilitations, _lire_les_agents)
    proposes: Choix = g.agents_proposes
    return proposes


def _lire_les_agents() -> Choix:
    requete = select(Agent.id, Agent.nom).order_by(Agent.recherche).limit(MAX_AGENTS)
    return [(str(numero), nom) for numero, nom in db.session.execute(requete)]


def nommer(numeros: Collection[int]) -> dict[int, str]:
    """Number → name of these agents, of those that one sees, by name; read when they are not all
    offered in filters."""
    offerts = {int(numero): nom for numero, nom in _agents() if int(numero) in numeros}
    if len(offerts) == len(numeros):
        return offerts
    voulus = select(Agent.id, Agent.nom).where(Agent.id.in_(sorted(numeros)))
    lus = db.session.execute(voulus.order_by(Agent.recherche))
    return {ligne.id: ligne.nom for ligne in lus}


def passer_la_main(demande: Mapping[str, str]) -> list[tuple[str, str]]:
    """The link of a list filtered on one agent, or on one's own youths, for whoever may."""
    if not perimetre().peut("binome", "modifier"):
        return []
    numero = demande.get("coordonnateur") or demande.get("referent")
    agent = moi() if demande.get("qui") == MIENS else None
    if not numero and agent is not None and agent.a_des_jeunes:
        numero = str(agent.id)
    return [("Passer la main", adresse(f"/passer-la-main/?de={numero}"))] if numero else []


def compter_les_jeunes(numero: int) -> int:
    """How many youths an agent accompanies today, among those that one sees."""
    requete = select(func.count()).select_from(suivis_par(numero).distinct().subquery())
    return db.session.scalar(requete) or 0
