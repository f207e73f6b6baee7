"""The needs of the youths, one a line; the six of an interview are written on its own page."""

from flask_appbuilder.models.sqla.interface import SQLAInterface

from app import menu
from app.menu import AuMenu
from app.models.besoin import Besoin
from app.regles.age import aujourd_hui
from app.regles.parametres import AGE_ENTRETIEN
from app.views import portefeuille
from app.views.socle.base import VueTandem
from app.views.socle.fiche import OngletDuJeune


class BesoinView(VueTandem):
    datamodel = SQLAInterface(Besoin)
    route_base = "/besoins"
    ressource = "besoin"
    nom = "un besoin"
    pluriel = "Besoins et projet d’autonomie"
    aide_liste = (
        f"Ce que l’entretien des {AGE_ENTRETIEN.dit} a trouvé : où en est le jeune, ce qui est"
        " prévu, par qui, pour quand."
    )
    list_columns = [
        "jeune_id",
        "domaine_code",
        "action",
        "qui",
        "pour_le",
        "entretien_le",
        "mds_id",
    ]
    add_columns = ["jeune_id", "domaine_code", "entretien_le", "etat", "action", "qui", "pour_le"]
    search_columns = ["domaine_code", "mds_id", "pour_le", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Besoin.jeune_id),
        "quand": ("Pour le", {"passe": ("Jour passé", lambda: Besoin.pour_le < aujourd_hui())}),
    }
    base_order = ("pour_le", "desc")
    au_menu = AuMenu(menu.SUIVI, 76, "Besoins")
    onglet = OngletDuJeune(
        ("domaine", "etat", "action", "qui", "pour_le", "entretien_le"),
        "Écrire les six besoins",
        61,
        tri=("-entretien_le", "id"),
        route="/entretiens-17",
    )

    def initiales(self) -> dict:
        return {"entretien_le": aujourd_hui()}


VUES = (BesoinView,)
