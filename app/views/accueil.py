"""The home page: what waits for the person who is logged in, and the way to what they do most."""

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user

from app import acces
from app.regles.age import aujourd_hui
from app.roles import ROLES
from app.securite import CONNECTE

from . import a_faire, envoi
from .affichage import nom_mds

DESTINATIONS = {
    "rencontres": "/rencontres/?a_jour=non",
    "rdv": "/a-faire/#rdv",
    "etapes": "/a-faire/#etapes",
    "alertes": "/alertes/?en_cours=oui",
}


class Accueil(BaseView):
    route_base = ""
    class_permission_name = CONNECTE

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        perimetre = acces.perimetre()
        habilitations = sorted(
            (ROLES[role].libelle, "toutes les MDS" if mds is None else nom_mds(mds))
            for role, mds in perimetre.habilitations
        )
        return render_template(
            "accueil.html", prenom=current_user.first_name, habilitations=habilitations,
            compteurs=a_faire.compteurs(perimetre, aujourd_hui()), destinations=DESTINATIONS,
            rappel=envoi.rappel(perimetre, aujourd_hui()), cherche=perimetre.peut("jeune", "lire"), cree=perimetre.peut("jeune", "creer"),
        )  # fmt: skip


VUES = (Accueil,)
