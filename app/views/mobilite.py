"""Mobilités: another département, ERASMUS+; from when to when, where, who is there (M7)."""

from flask_appbuilder.models.sqla.interface import SQLAInterface

from app import menu
from app.menu import AuMenu
from app.models.mobilite import Mobilite
from app.views import portefeuille
from app.views.socle.fiche import OngletDuJeune
from app.views.socle.periode import VueQuiSeTermine, en_cours


class MobiliteView(VueQuiSeTermine):
    datamodel = SQLAInterface(Mobilite)
    route_base = "/mobilites"
    ressource = "mobilite"
    nom = "une mobilité"
    pluriel = "Mobilités"
    aide_liste = (
        "Les jeunes partis dans un autre département ou à l’étranger : le suivi continue, avec"
        " quelqu’un sur place."
    )
    list_columns = ["jeune_id", "genre_code", "ou", "du", "au", "contact", "mds_id"]
    add_columns = ["jeune_id", "genre_code", "ou", "du", "au", "contact", "precision"]
    search_columns = ["genre_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = {"qui": portefeuille.filtre_qui(Mobilite.jeune_id), **en_cours(Mobilite)}
    verbe = "Revenu aujourd’hui"
    au_menu = AuMenu(menu.SUIVI, 92)
    onglet = OngletDuJeune(
        ("genre", "ou", "du", "au", "contact", "precision"), "Ajouter une mobilité", 55
    )


VUES = (MobiliteView,)
