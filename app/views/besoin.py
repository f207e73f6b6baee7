"""The needs of the youths, one a line; the six of an interview are written on its own page."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from app import menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Besoin, Rencontre
from app.regles.age import aujourd_hui
from app.regles.parametres import AGE_ENTRETIEN
from app.views import portefeuille
from app.views.socle.base import VueTandem
from app.views.socle.fiche import OngletDuJeune
from app.views.socle.page import adresse


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
        route="/entretiens-17/dernier",
    )

    def initiales(self) -> dict:
        return {"entretien_le": aujourd_hui()}

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """The projet that this need is part of, when its interview is recorded."""
        rencontre = db.session.scalar(
            select(Rencontre.id)
            .where(
                Rencontre.jeune_id == fiche.jeune_id,
                Rencontre.type_code == "ENTRETIEN_17",
                Rencontre.le == fiche.entretien_le,
                Rencontre.statut_code == "TENUE",
            )
            .limit(1)
        )
        if rencontre is None:
            return []
        return [("Imprimer le projet", adresse(f"/entretiens-17/{rencontre}/imprimer"))]


VUES = (BesoinView,)
