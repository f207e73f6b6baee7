"""What each coordonnateur of an MDS carries, for its responsable: youths, silences, rendez-vous."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Subquery, and_, func, select

from app.acces import Perimetre, Toutes, mds_permises
from app.extensions import db
from app.models import Agent, Binome, Jeune
from app.regles.conservation import NOM_ANONYME
from app.regles.parametres import SANS_NOUVELLES_JOURS
from app.views.en_attente import court, rdv_a_fixer, sans_nouvelles

SILENCE = SANS_NOUVELLES_JOURS.valeur
AU_PLUS = 20
"""Coordonnateurs shown, those who carry the most first."""


@dataclass(frozen=True)
class ChargeDeLAgent:
    """A coordonnateur and their youths of today; each number is that of a filtered list."""

    agent_id: int
    nom: str
    jeunes: int
    sans_nouvelles: int
    a_fixer: int

    @property
    def nombres(self) -> list[tuple[int, str]]:
        """(number, query string of the list of the youths)"""
        filtres: list[tuple[int, dict[str, str]]] = [
            (self.jeunes, {}),
            (self.sans_nouvelles, {"nouvelles": str(SILENCE)}),
            (self.a_fixer, {"attention": "rdv"}),
        ]
        qui = {"coordonnateur": self.agent_id}
        return [(nombre, urlencode({**qui, **plus})) for nombre, plus in filtres]


def charges(perimetre: Perimetre, le: date) -> list[ChargeDeLAgent]:
    """One statement; nothing for whoever is responsable of no MDS, or of the whole Département."""
    if "RESPONSABLE" not in perimetre.roles:
        return []
    if isinstance(perimetre.mds("jeune", "lire"), Toutes):
        return []
    suivis = _compter(le)
    muets = _compter(le, sans_nouvelles(SILENCE, le))
    a_fixer = _compter(le, *rdv_a_fixer(le))
    requete = (
        select(
            Agent.id,
            Agent.nom,
            suivis.c.jeunes,
            func.coalesce(muets.c.jeunes, 0),
            func.coalesce(a_fixer.c.jeunes, 0),
        )
        .join(suivis, suivis.c.coordonnateur_id == Agent.id)
        .outerjoin(muets, muets.c.coordonnateur_id == Agent.id)
        .outerjoin(a_fixer, a_fixer.c.coordonnateur_id == Agent.id)
        .order_by(suivis.c.jeunes.desc(), Agent.nom)
        .limit(AU_PLUS)
    )
    return [ChargeDeLAgent(*ligne) for ligne in db.session.execute(requete)]


def _compter(le: date, *conditions: ColumnElement[bool]) -> Subquery:
    """Coordonnateur → how many of their youths of today meet the conditions of a list.

    Conditions of rows, not of a count: PostgreSQL then joins, and reads no table whole.
    """
    return (
        select(Binome.coordonnateur_id, func.count().label("jeunes"))
        .join(Jeune, and_(Jeune.id == Binome.jeune_id, Jeune.mds_id == Binome.mds_id))
        .where(
            *mds_permises(Binome),
            *court(Binome, le),
            Jeune.nom_tri != NOM_ANONYME,
            *conditions,
        )
        .group_by(Binome.coordonnateur_id)
        .subquery()
    )
