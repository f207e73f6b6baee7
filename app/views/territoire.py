"""The nine MDS and the directory of their services (M16): read by all, kept by the administrator,
never deleted."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from app import menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Mds, Service
from app.views.socle.affichage import PARTOUT, en_cellule
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet

TYPES_DE_SERVICE = (("SEF", "SEF"), ("SLAI", "SLAI"), ("DPID", "DPID"), ("AUTRE", "Autre"))


class MdsView(VueTandem):
    datamodel = SQLAInterface(Mds)
    route_base = "/mds"
    ressource = "mds"
    nom = "une MDS"
    pluriel = "Maisons Département Solidarité"
    exclude_route_methods = {"download", "action", "action_post", "delete", "add"}
    list_columns = ["nom", "code"]
    add_columns = ["nom", "code"]
    edit_columns = ["nom"]
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.ADMINISTRATION, 50, "MDS", acte="modifier")

    def onglets(self, fiche) -> list[Onglet]:
        services = db.session.scalars(
            select(Service).where(Service.mds_id == fiche.id).order_by(Service.type, Service.nom)
        ).all()
        return [
            Onglet(
                "services",
                "Services",
                ["Nom", "Type", "Téléphone", "Courriel"],
                [
                    (
                        f"{request.script_root}/services/{s.id}",
                        [
                            s.nom,
                            s.type,
                            en_cellule(s.telephone or ""),
                            en_cellule(s.courriel or ""),
                        ],
                    )
                    for s in services
                ],
                compte=str(len(services)),
            )
        ]


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
