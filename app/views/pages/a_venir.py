"""What comes next, on the home page: the rencontres of the fortnight, and the meetings due now that
nobody has planned."""

from datetime import date, timedelta

from sqlalchemy import Row, select

from app.acces import Perimetre
from app.extensions import db
from app.models import Jeune, Mds, Rencontre
from app.models.nomenclature import TypeRencontre
from app.regles.obligations import A_PREVOIR
from app.views.pages.obligations import Case, calendrier

JOURS = 14
AU_PLUS = 6
"""Lines shown; beyond, a link leads to the whole list."""


def rencontres(perimetre: Perimetre, le: date) -> list[Row]:
    """The next rencontres planned, the nearest first: one more than is shown, so that the page
    knows there are others."""
    if not perimetre.peut("rencontre", "lire"):
        return []
    requete = (
        select(
            Rencontre.id,
            Rencontre.le,
            TypeRencontre.libelle.label("type"),
            Jeune.prenom,
            Jeune.nom,
            Mds.nom.label("mds"),
        )
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .join(TypeRencontre, TypeRencontre.code == Rencontre.type_code)
        .join(Mds, Mds.id == Rencontre.mds_id)
        .where(
            Rencontre.statut_code == "PREVUE", Rencontre.le.between(le, le + timedelta(days=JOURS))
        )
        .order_by(Rencontre.le, Jeune.nom_tri, Rencontre.id)
        .limit(AU_PLUS + 1)
    )
    return list(db.session.execute(requete))


def obligations_a_prevoir(perimetre: Perimetre, le: date) -> list[Case]:
    """The meetings of the running month, quarter… that are neither held nor planned, where the
    person may plan them."""
    if not perimetre.peut("instance", "creer"):
        return []
    return [
        case
        for _, lignes in calendrier(le.year, perimetre, le, en_cours=True)
        for ligne in lignes
        for case in ligne
        if case.etat == A_PREVOIR and case.ajouter
    ]
