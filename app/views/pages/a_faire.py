"""What waits for the person who is logged in (M1, M2, M4, M5): counted on the home page, listed by
name on one page."""

from collections import defaultdict
from datetime import date, timedelta

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ARRAY, Integer, Row, and_, any_, func, literal, or_, select, true

from app import acces
from app.acces import Perimetre, mds_permises
from app.extensions import db
from app.models import (
    Accompagnement,
    Alerte,
    Etape,
    Jeune,
    Mds,
    Mesure,
    Rencontre,
    Situation,
)
from app.models.nomenclature import SituationPro, TypeMesure
from app.regles import parametres as p
from app.regles.age import ajouter_mois, anniversaire, aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.regles.echeances import EN_RETARD, RENCONTRES, Echeance, Faits, echeances
from app.regles.parcours import limite_rdv
from app.views.en_attente import alertes_ouvertes, rdv_a_fixer, rencontres_a_mettre_a_jour
from app.views.socle.compteur import EXACT_JUSQUE, Compteur

MAX_LIGNES = 100
EXAMINES = 100
"""Youths whose steps are computed for one page."""


def compteurs(perimetre: Perimetre, le: date) -> list[Compteur]:
    """The four figures of the home page; none for who reads no youth."""
    if not perimetre.peut("jeune", "lire"):
        return []
    limite = le - timedelta(days=p.DELAI_RDV_JOURS.valeur)
    rdv = _bornes(Jeune, Jeune.contact_le, *rdv_a_fixer(le))
    a_fixer, tard = db.session.execute(
        select(func.count(), func.count().filter(rdv.c.contact_le < limite))
    ).one()
    rencontres = db.session.scalar(
        select(func.count()).select_from(
            _bornes(Rencontre, Rencontre.le, *rencontres_a_mettre_a_jour(le))
        )
    )
    alertes = db.session.scalar(
        select(func.count()).select_from(_bornes(Alerte, Alerte.du, *alertes_ouvertes(le)))
    )
    dues, toutes = etapes_en_retard(le)
    etapes = len(dues)
    return [
        Compteur(
            "rencontres",
            rencontres,
            "rencontre passée à mettre à jour",
            "rencontres passées à mettre à jour",
        ),
        Compteur(
            "rdv",
            a_fixer,
            "rendez-vous tripartite à fixer",
            "rendez-vous tripartites à fixer",
            tard,
        ),
        Compteur(
            "etapes",
            etapes,
            "étape légale en retard",
            "étapes légales en retard",
            etapes,
            not toutes,
        ),
        Compteur("alertes", alertes, "alerte ouverte", "alertes ouvertes"),
    ]


def _bornes(modele, colonne, *conditions):
    """The first rows that meet the conditions, no more than are counted."""
    return (
        select(colonne).where(*mds_permises(modele), *conditions).limit(EXACT_JUSQUE + 1).subquery()
    )


def liste_des_rdv(le: date) -> list[tuple[Row, date]]:
    """The youths whose rendez-vous is to be fixed, the latest first, with the last day in time."""
    premiers = (
        select(Jeune.id)
        .where(*mds_permises(Jeune), *rdv_a_fixer(le))
        .order_by(Jeune.contact_le, Jeune.id)
    )
    jeunes = db.session.execute(
        _jeunes()
        .where(Jeune.id.in_(premiers.limit(MAX_LIGNES + 1).scalar_subquery()))
        .order_by(Jeune.contact_le, Jeune.nom_tri)
    )
    return [(jeune, limite_rdv(jeune.contact_le)) for jeune in jeunes]


def etapes_en_retard(le: date) -> tuple[list[tuple[Row, Echeance]], bool]:
    """The steps of the law that are late and can still be done, the oldest first; and whether
    everyone was examined.

    At most ``EXAMINES`` youths, the eldest first: the page keeps its speed where an MDS follows
    thousands of them.
    """
    jeunes = db.session.execute(
        _jeunes().where(_concernes(le)).order_by(Jeune.date_naissance, Jeune.id).limit(EXAMINES + 1)
    ).all()
    toutes = len(jeunes) <= EXAMINES
    jeunes = jeunes[:EXAMINES]
    numeros = any_(literal([jeune.id for jeune in jeunes], ARRAY(Integer)))

    def par_jeune(ordre) -> dict[int, list[Row]]:
        groupes = defaultdict(list)
        for ligne in db.session.execute(ordre):
            groupes[ligne.jeune_id].append(ligne)
        return groupes

    mesures = par_jeune(
        select(
            Mesure.jeune_id,
            Mesure.id,
            Mesure.du,
            Mesure.au,
            Mesure.motif_fin_code,
            TypeMesure.jeune_majeur,
        )
        .join(TypeMesure, TypeMesure.code == Mesure.type_code)
        .where(Mesure.jeune_id == numeros)
    )
    sejours = par_jeune(
        select(Accompagnement.jeune_id, Accompagnement.du, Accompagnement.au).where(
            Accompagnement.jeune_id == numeros
        )
    )
    rencontres = par_jeune(
        select(Rencontre.jeune_id, Rencontre.type_code, Rencontre.le, Rencontre.statut_code).where(
            Rencontre.jeune_id == numeros, Rencontre.type_code.in_(RENCONTRES.values())
        )
    )
    situations = par_jeune(
        select(
            Situation.jeune_id,
            Situation.observee_le,
            Situation.situation_pro_code,
            SituationPro.parcours,
        )
        .outerjoin(SituationPro, SituationPro.code == Situation.situation_pro_code)
        .where(Situation.jeune_id == numeros)
    )
    decisions = par_jeune(select(*Etape.__table__.c).where(Etape.jeune_id == numeros))
    tard = [
        (jeune, echeance)
        for jeune in jeunes
        for echeance in echeances(
            Faits(
                jeune.date_naissance,
                mesures[jeune.id],
                sejours[jeune.id],
                rencontres[jeune.id],
                situations[jeune.id],
                decisions[jeune.id],
            ),
            le,
            dues=True,
        )
        if echeance.etat == EN_RETARD
    ]
    return sorted(tard, key=lambda x: (x[1].du, x[0].nom_tri)), toutes


def _jeunes():
    return (
        select(
            Jeune.id,
            Jeune.nom,
            Jeune.prenom,
            Jeune.code,
            Jeune.nom_tri,
            Jeune.date_naissance,
            Jeune.contact_le,
            Jeune.mds_id,
            Mds.nom.label("mds"),
        )
        .join(Mds, Mds.id == Jeune.mds_id)
        .where(*mds_permises(Jeune), Jeune.nom_tri != NOM_ANONYME)
    )


def _concernes(le: date):
    """The youths of whom a step can be late on that day: the rule itself decides, on these only."""

    def ne_entre(ans_min: int, ans_max: int):
        """Turned ``ans_min``, and ``ans_max`` less than the months during which a step is asked
        for."""
        return and_(
            Jeune.date_naissance <= anniversaire(le, -ans_min) + timedelta(days=1),
            Jeune.date_naissance
            >= ajouter_mois(anniversaire(le, -ans_max), -p.RELAIS_FERME_MOIS.valeur)
            - timedelta(days=1),
        )

    fin_proche = Mesure.au.between(le, le + timedelta(days=max(p.FIN_DE_MESURE_JOURS.valeur)))
    sortie = Mesure.au.between(
        ajouter_mois(le, -p.ENTRETIEN_APRES_SORTIE_FERME_MOIS.valeur) - timedelta(days=3),
        ajouter_mois(le, -p.ENTRETIEN_APRES_SORTIE_MOIS.valeur) + timedelta(days=3),
    )
    # Asked of each youth on the way, the eldest first, until enough are found: « in » would first
    # read every mesure.
    une_mesure = (
        select(true())
        .where(Mesure.jeune_id == Jeune.id, or_(fin_proche, sortie))
        .limit(1)
        .scalar_subquery()
    )
    return or_(ne_entre(17, 18), ne_entre(21, 21), ne_entre(25, 25), une_mesure)


class AFaireView(BaseView):
    """The two lists that are computed: rendez-vous to fix, steps of the law that are late."""

    route_base, class_permission_name = "/a-faire", "jeune"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        le = aujourd_hui()
        etapes, toutes = etapes_en_retard(le)
        return render_template(
            "tandem/a_faire.html",
            rdv=liste_des_rdv(le),
            etapes=etapes[:MAX_LIGNES],
            etapes_en_tout=len(etapes),
            le=le,
            examines=None if toutes else EXAMINES,
            maximum=MAX_LIGNES,
            fixe=acces.perimetre().mds("rencontre", "creer"),
            fil=[("Accueil", f"{request.script_root}/")],
        )


VUES = (AFaireView,)
