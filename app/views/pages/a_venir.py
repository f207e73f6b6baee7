"""What comes next, on the home page: rencontres, meetings to plan, tables that are missing."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, select

from app import departement
from app.acces import Perimetre, Toutes, des_mds, mds_lues
from app.echanges.tableau.mensuel import du_mois
from app.extensions import db
from app.models import Envoi, Jeune, Rencontre
from app.regles import envois
from app.regles.age import ajouter_mois
from app.regles.obligations import A_PREVOIR
from app.views.en_attente import PREVUE, vivant
from app.views.pages.obligations import Case, calendrier
from app.views.portefeuille import TOUS, de_qui, du_portefeuille
from app.views.socle.affichage import elements
from app.views.socle.ordre_prepare import OrdrePrepare

DIMANCHE = 6
"""As ``date.weekday`` numbers it."""
AU_PLUS = 6
"""Lines shown; beyond, a link leads to the whole list."""
MOIS_REGARDES = 12
"""How far back a monthly table that was never sent is still claimed."""


@dataclass(frozen=True)
class Retard:
    """A month whose table some territories have not sent."""

    mois: date
    territoires: list[str]

    @property
    def du_mois(self) -> str:
        return du_mois(self.mois)


def fin_de_la_semaine_suivante(le: date) -> date:
    """The Sunday after the coming one: on a Friday, this week alone would say little."""
    return le + timedelta(days=DIMANCHE - le.weekday() + 7)


def rencontres(perimetre: Perimetre, le: date, qui: str = TOUS) -> Sequence[Row]:
    """Those planned this week and the next, the nearest first: one more than is shown, if any."""
    if not perimetre.peut("rencontre", "lire"):
        return []
    premieres = _premieres_rencontres(mds_lues(Rencontre), de_qui(qui), le)
    return premieres.lire()


@functools.lru_cache(maxsize=256)
def _premieres_rencontres(mds: frozenset[int] | None, agent: int | None, le: date) -> OrdrePrepare:
    """Written once a day for those who see the same youths."""
    prevues = (
        *des_mds(Rencontre, mds),
        Rencontre.statut_code == PREVUE,
        Rencontre.le.between(le, fin_de_la_semaine_suivante(le)),
        vivant(Rencontre.jeune_id),
        *du_portefeuille(Rencontre.jeune_id, agent),
    )
    # Names are read of those alone that are shown.
    dans_l_ordre = (Rencontre.le, Rencontre.heure, Rencontre.id)
    premieres = select(Rencontre.id).where(*prevues).order_by(*dans_l_ordre).limit(AU_PLUS + 1)
    return OrdrePrepare.de(
        select(
            Rencontre.id,
            Rencontre.le,
            Rencontre.heure,
            Rencontre.duree,
            Rencontre.jeune_id,
            Rencontre.mds_id,
            Rencontre.type_code,
            Jeune.prenom,
            Jeune.nom,
        )
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .where(Rencontre.id.in_(premieres.scalar_subquery()))
        .order_by(Rencontre.le, Rencontre.heure, Jeune.nom_tri, Rencontre.id)
    )


def obligations_a_prevoir(perimetre: Perimetre, le: date) -> list[Case]:
    """The meetings of the running month, quarter… neither held nor planned, that one may plan."""
    if not perimetre.peut("instance", "creer"):
        return []
    a_prevoir = []
    for _, lignes in calendrier(le.year, perimetre, le, en_cours=True):
        for ligne in lignes:
            a_prevoir += [case for case in ligne if case.etat == A_PREVOIR and case.ajouter]
    return a_prevoir


def tableaux_en_retard(perimetre: Perimetre, le: date) -> list[Retard]:
    """The months before the one that the reminder speaks of, whose table is still missing.

    At most twelve back, the oldest first: without it, a table forgotten in January is on no home
    page in March.
    """
    if not perimetre.peut("envoi", "lire"):
        return []
    rappele = envois.mois_a_rendre(le)
    anciens = [ajouter_mois(rappele, -n) for n in range(MOIS_REGARDES, 0, -1)]
    dus = [mois for mois in anciens if mois in envois.mois_attendus(mois.year, le)]
    requete = select(Envoi.mois, Envoi.mds_id).where(
        Envoi.mois.in_(dus), Envoi.envoye_le.is_not(None)
    )
    envoyes = {(mois, mds_id) for mois, mds_id in db.session.execute(requete)}
    retards = []
    for mois in dus:
        manquent = [nom for mds_id, nom in _territoires(perimetre) if (mois, mds_id) not in envoyes]
        if manquent:
            retards.append(Retard(mois, manquent))
    return retards


def _territoires(perimetre: Perimetre) -> list[tuple[int | None, str]]:
    """(MDS, name) of those whose tables the person reads; None: the Département's own."""
    noms = {int(code): mds.libelle for code, mds in elements("mds")["mds"].items()}
    permises = perimetre.mds("envoi", "lire")
    lues: list[tuple[int | None, str]] = [une for une in noms.items() if une[0] in permises]
    if isinstance(permises, Toutes):
        lues.insert(0, (None, departement.courant().territoire(None)))
    return lues
