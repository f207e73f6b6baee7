"""When a youth was last met, and when they will be next: told and sorted in the list of youths."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import ScalarSelect, Select, and_, func, select

from app.acces import mds_permises
from app.models import Jeune, Rencontre
from app.views.en_attente import PREVUE, TENUE

DERNIER = "dernier_contact"
PROCHAIN = "prochain_rdv"


class NouvellesDuJeune(NamedTuple):
    """The last rencontre held with the youth there, and the next one planned; None: no such day."""

    dernier_contact: date | None = None
    prochain_rdv: date | None = None


AUCUNE = NouvellesDuJeune()


def _tenue(le: date):
    return and_(
        Rencontre.statut_code == TENUE, Rencontre.jeune_present.is_(True), Rencontre.le <= le
    )


def _prevue(le: date):
    return and_(Rencontre.statut_code == PREVUE, Rencontre.le >= le)


def trier(requete: Select[int], tri: str, le: date) -> Select[int]:
    """The youths by one of these days; who was never met comes before who was met long ago."""
    if tri.removeprefix("-") == PROCHAIN:
        prochains = _prochains(le)
        requete = requete.outerjoin(prochains, prochains.c.jeune_id == Jeune.id)
        jour = prochains.c.le
        ordre = jour.asc().nulls_last()
    else:
        jour = _dernier(le)
        ordre = jour.asc().nulls_first()
    if tri.startswith("-"):
        ordre = jour.desc().nulls_last()
    return requete.order_by(ordre, Jeune.nom_tri, Jeune.id)


def _prochains(le: date):
    """What is planned is little: gathered once, then joined."""
    prevues = select(Rencontre.jeune_id, func.min(Rencontre.le).label("le"))
    return (
        prevues.where(*mds_permises(Rencontre), _prevue(le)).group_by(Rencontre.jeune_id).subquery()
    )


def _dernier(le: date) -> ScalarSelect[date]:
    """Looked for from the end of the rencontres of each youth: the first one that fits."""
    return (
        select(Rencontre.le)
        .where(Rencontre.jeune_id == Jeune.id, _tenue(le))
        .order_by(Rencontre.le.desc())
        .limit(1)
        .scalar_subquery()
    )
