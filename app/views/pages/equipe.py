"""What each coordonnateur of an MDS carries, for its responsable: youths, silences, rendez-vous."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import ARRAY, ColumnElement, Integer, Subquery, any_, func, literal, select

from app.acces import Perimetre, Toutes, mds_permises
from app.extensions import db
from app.models import Agent, Binome, Jeune
from app.regles.conservation import NOM_ANONYME
from app.regles.parametres import SANS_NOUVELLES_JOURS
from app.views.en_attente import court, muet, rdv_a_fixer

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


def charges(
    perimetre: Perimetre, le: date, a_fixer: Sequence[int] | None = None
) -> list[ChargeDeLAgent]:
    """One statement; nothing for whoever is responsable of no MDS, or of the whole Département.

    ``a_fixer``: the youths of these MDS whose rendez-vous is to be fixed, when they are known.
    """
    if "RESPONSABLE" not in perimetre.roles:
        return []
    if isinstance(perimetre.mds("jeune", "lire"), Toutes):
        return []
    comptes = _compter(le, a_fixer)
    requete = (
        select(Agent.id, Agent.nom, comptes.c.jeunes, comptes.c.muets, comptes.c.a_fixer)
        .join(comptes, comptes.c.coordonnateur_id == Agent.id)
        .order_by(comptes.c.jeunes.desc(), Agent.nom)
        .limit(AU_PLUS)
    )
    return [ChargeDeLAgent(*ligne) for ligne in db.session.execute(requete)]


def _compter(le: date, a_fixer: Sequence[int] | None) -> Subquery:
    """Coordonnateur → their youths of today, and how many of them two lists hold.

    What the lists hold is read once, whole, in indexes: an MDS follows thousands of youths.
    """
    lus = select(Jeune.id).where(*mds_permises(Jeune), *rdv_a_fixer(le))
    des_rdv: ColumnElement[bool] = Binome.jeune_id.in_(lus)
    if a_fixer is not None:
        des_rdv = Binome.jeune_id == any_(literal(a_fixer, ARRAY(Integer)))
    anonymes = select(Jeune.id).where(*mds_permises(Jeune), Jeune.nom_tri == NOM_ANONYME)
    return (
        select(
            Binome.coordonnateur_id,
            func.count().label("jeunes"),
            func.count().filter(muet(Binome.jeune_id, SILENCE, le)).label("muets"),
            func.count().filter(des_rdv).label("a_fixer"),
        )
        .where(*mds_permises(Binome), *court(Binome, le), Binome.jeune_id.not_in(anonymes))
        .group_by(Binome.coordonnateur_id)
        .subquery()
    )
