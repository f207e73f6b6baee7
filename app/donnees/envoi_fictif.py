"""The monthly tables that the demonstration sends: on time, one late, one missing, one rectified.

A table is dated of the day on which it would have been sent, and says that the demonstration sent
it; the audit log has the true day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select

from app import acces
from app.echanges.tableau.envoi import ouvrir_un_envoi, sceller
from app.echanges.tableau.fige import contenu_fige
from app.echanges.tableau.mensuel import calculer_le_mois
from app.extensions import db
from app.models import Alerte, Envoi, Mds
from app.regles import envois as regles
from app.regles.age import PARIS, ajouter_mois
from app.regles.parametres import CONVENTION

from .service_fictif import QUI

EN_RETARD = "CAL"
JOURS_DE_RETARD = 4
MANQUANT = "TER"
RECTIFIE = "ART"


def combien_de_mois(jeunes: int) -> int:
    """None in a base made to measure: a table of an MDS of 17,000 youths takes tens of seconds."""
    if jeunes > 2000:
        return 0
    if jeunes >= 200:
        return 4
    return 1


def envoyer(graine: int, le: date, combien: int, avance: Callable[[int], None]) -> None:
    """The tables of the last months, each in a transaction of its own."""
    r = Random(graine)
    mois = _mois(le, combien)
    # The Département last, as it receives those of its MDS.
    territoires = [*db.session.scalars(select(Mds).order_by(Mds.code)), None]
    milieu = len(mois) // 2
    avant_dernier = len(mois) - 2
    for rang, un_mois in enumerate(mois):
        for mds in territoires:
            code = getattr(mds, "code", None)
            if code != MANQUANT or rang != avant_dernier:
                ecart = _ecart(code, r, retard=rang == milieu)
                envoye_le = regles.a_rendre_le(un_mois) + timedelta(days=ecart)
                _envoyer(Depart(un_mois, mds, envoye_le), r)
            avance(1)
    if combien > 1 and mois:
        rectifie = next(mds for mds in territoires if mds and mds.code == RECTIFIE)
        _rectifier(mois[-1], rectifie, le, r)


def _mois(le: date, combien: int) -> list[date]:
    """The last ``combien`` months to hand in on that day, since the convention began."""
    courant = le.replace(day=1)
    if le < regles.a_rendre_le(ajouter_mois(le, -1)):
        courant = ajouter_mois(courant, -1)
    tous = [ajouter_mois(courant, -n) for n in range(combien, 0, -1)]
    return [mois for mois in tous if mois >= CONVENTION]


def _ecart(code: str | None, r: Random, *, retard: bool) -> int:
    """Days after the day on which the table is due; negative before."""
    if code is None:
        return -1
    if retard and code == EN_RETARD:
        return JOURS_DE_RETARD
    return r.randrange(-6, 0)


@dataclass(frozen=True)
class Depart:
    """One table to send; ``motif`` for a rectificatif."""

    mois: date
    mds: Mds | None
    le: date
    motif: str = ""


def _envoyer(depart: Depart, r: Random) -> None:
    instant = datetime.combine(depart.le, time(r.randrange(9, 17), r.randrange(60)), PARIS)
    envoi = ouvrir_un_envoi(depart.mois, depart.mds, depart.motif)
    envoi.prepare_par = QUI
    envoi.prepare_le = instant - timedelta(hours=20)
    if depart.mds is not None and r.random() < 0.7:
        envoi.verifie_par = QUI
        envoi.verifie_le = instant - timedelta(hours=2)
    db.session.flush()
    rapport = calculer_le_mois(depart.mois, depart.mds)
    rapport = replace(rapport, prepare_par=QUI, prepare_le=instant)
    sceller(envoi, rapport, "La saisie du mois n’est pas achevée dans la MDS.")
    db.session.commit()


def _rectifier(mois: date, mds: Mds, le: date, r: Random) -> None:
    """A record found after the table had left."""
    envoye = select(Envoi).where(Envoi.mois == mois, Envoi.mds_id == mds.id)
    suivis = contenu_fige(db.session.scalars(envoye).one())["jeunes"]
    if not suivis:
        return
    acces.agir_pour(acces.contexte().acteur, motif="Signalement retrouvé après l’envoi")
    db.session.add(
        Alerte(
            jeune_id=suivis[0]["numero"],
            motif_code="AUTRE",
            du=mois + timedelta(days=11),
            signalee_par="Lieu d’accueil",
        )
    )
    db.session.flush()
    acces.agir_pour(acces.contexte().acteur, motif="")
    envoye_le = min(regles.a_rendre_le(mois) + timedelta(days=8), le)
    _envoyer(Depart(mois, mds, envoye_le, "Une alerte du mois manquait."), r)
