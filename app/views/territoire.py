"""The MDS and the directory of their services (M16): read by all, kept by the administrator."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Mds, Service
from app.regles.age import aujourd_hui
from app.regles.territoire import refus_d_ouverture
from app.views.socle import formulaire
from app.views.socle.affichage import PARTOUT, en_cellule
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet
from app.views.socle.page import adresse

TYPES_DE_SERVICE = (("SEF", "SEF"), ("SLAI", "SLAI"), ("DPID", "DPID"), ("AUTRE", "Autre"))


class MdsView(VueTandem):
    datamodel = SQLAInterface(Mds)
    route_base = "/mds"
    ressource = "mds"
    nom = "une MDS"
    pluriel = "Maisons Département Solidarité"
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    list_columns = ["nom", "code", "ouverte_le"]
    add_columns = ["nom", "code", "ouverte_le"]
    edit_columns = ["nom"]
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.ADMINISTRATION, 50, "MDS", acte="modifier")

    def initiales(self) -> dict:
        return {"ouverte_le": aujourd_hui()}

    def valider(self, form, fiche) -> None:
        if "ouverte_le" in form and (
            refus := refus_d_ouverture(form.ouverte_le.data, aujourd_hui())
        ):
            formulaire.refuser(form, refus, "ouverte_le")

    def boutons(self, fiche) -> list[tuple[str, str]]:
        if not acces.perimetre().peut("service", "creer"):
            return []
        return [("Ajouter un service", f"{request.script_root}/services/ajouter")]

    def onglets(self, fiche) -> list[Onglet]:
        services = db.session.scalars(
            select(Service).where(Service.mds_id == fiche.id).order_by(Service.type, Service.nom)
        ).all()
        return [
            Onglet(
                "services",
                "Services",
                ["Nom", "Type", "Téléphone", "Courriel"],
                [_ligne(service) for service in services],
                compte=str(len(services)),
            )
        ]


def _ligne(service: Service) -> tuple[str, list]:
    cellules = [
        service.nom,
        service.type,
        en_cellule(service.telephone or ""),
        en_cellule(service.courriel or ""),
    ]
    return adresse(f"/services/{service.id}"), cellules


class ServiceView(VueTandem):
    datamodel = SQLAInterface(Service)
    route_base = "/services"
    ressource = "service"
    nom = "un service"
    pluriel = "Annuaire des services"
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    list_columns = ["nom", "type", "mds_id", "telephone", "courriel"]
    add_columns = ["nom", "type", "mds_id", "telephone", "courriel"]
    edit_columns = ["nom", "type", "telephone", "courriel"]
    choix = {"type": TYPES_DE_SERVICE}
    formatters_columns = {
        "type": lambda v: dict(TYPES_DE_SERVICE).get(v, ""),
        "mds_id": lambda v: v or PARTOUT,
    }
    description_columns = {"type": ""}
    search_columns = ["type", "mds_id"]
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.PARTENARIAT, 40)


VUES = (MdsView, ServiceView)
