"""The home page: what waits for the person who is logged in, and the way to what they do most."""

from datetime import timedelta

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user

from app import acces
from app.regles.age import aujourd_hui
from app.roles import ROLES
from app.securite import CONNECTE
from app.views import demande, transfert
from app.views.pages import a_faire, a_venir, envoi, etat
from app.views.socle.affichage import nom_mds

DESTINATIONS = {
    "rencontres": "/rencontres/?a_jour=non",
    "rdv": "/a-faire/#rdv",
    "etapes": "/a-faire/#etapes",
    "alertes": "/alertes/?en_cours=oui",
    "demandes": "/demandes/?etat=sans_reponse",
    "transferts": "/transferts/?etat=a_repondre",
}


class Accueil(BaseView):
    route_base = ""
    class_permission_name = CONNECTE

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        perimetre, le = acces.perimetre(), aujourd_hui()
        habilitations = sorted(
            (ROLES[role].libelle, "toutes les MDS" if mds is None else nom_mds(mds))
            for role, mds in perimetre.habilitations
        )
        return render_template(
            "accueil.html",
            prenom=current_user.first_name,
            habilitations=habilitations,
            compteurs=[
                *a_faire.compteurs(perimetre, le),
                *transfert.compteurs(perimetre),
                *demande.compteurs(perimetre),
            ],
            destinations=DESTINATIONS,
            rencontres=a_venir.rencontres(perimetre, le),
            obligations=a_venir.obligations_a_prevoir(perimetre, le),
            au_plus=a_venir.AU_PLUS,
            jours=a_venir.JOURS,
            jusqu_au=le + timedelta(days=a_venir.JOURS),
            le=le,
            plusieurs_mds=_plusieurs(perimetre.mds("jeune", "lire")),
            demandes=demande.proches(perimetre, a_venir.AU_PLUS),
            natures=demande.regles.NATURES,
            nom_mds=nom_mds,
            rappel=envoi.rappel(perimetre, le),
            taches=etat.alertes(),
            cherche=perimetre.peut("jeune", "lire"),
            cree=perimetre.peut("jeune", "creer"),
        )


def _plusieurs(ou) -> bool:
    return ou is acces.TOUTES or len(ou) > 1


VUES = (Accueil,)
