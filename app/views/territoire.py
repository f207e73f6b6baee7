"""The MDS and the directory of their services (M16): read by all, kept by the administrator."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Agent, Mds, Service
from app.regles.age import aujourd_hui
from app.regles.territoire import refus_d_ouverture
from app.views.socle import formulaire
from app.views.socle.affichage import PARTOUT, en_cellule
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet, ajouter_a
from app.views.socle.page import adresse

INTERLOCUTEURS = 100
"""Agents of a service that its page shows."""
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

    def onglets(self, fiche) -> list[Onglet]:
        """Whom to call there: the agents of the service, of those that one reads."""
        if not acces.perimetre().peut("agent", "lire"):
            return []
        return [_interlocuteurs(fiche)]


def _interlocuteurs(service: Service) -> Onglet:
    en_fonction = or_(Agent.au.is_(None), Agent.au >= aujourd_hui())
    requete = select(Agent).where(Agent.service_ids.contains([service.id]), en_fonction)
    requete = requete.options(joinedload(Agent.fonction))
    agents = db.session.scalars(requete.order_by(Agent.nom).limit(INTERLOCUTEURS)).all()
    onglet = Onglet(
        "interlocuteurs",
        "Interlocuteurs",
        ["Nom", "Fonction", "Téléphone", "Courriel"],
        [_ligne_agent(agent) for agent in agents],
        compte=str(len(agents)),
        vide="Aucun agent de l’annuaire ne dit travailler dans ce service.",
    )
    if acces.perimetre().peut("agent", "creer"):
        onglet.ajouter = (
            "Ajouter un interlocuteur",
            ajouter_a("/agents", "service", service.id, "interlocuteurs"),
        )
    return onglet


def _ligne_agent(agent: Agent) -> tuple[str, list]:
    fonction = str(agent.fonction) if agent.fonction else ""
    dits = (fonction, agent.telephone or "", agent.courriel or "")
    return adresse(f"/agents/{agent.id}"), [agent.nom, *(en_cellule(dit) for dit in dits)]


VUES = (MdsView, ServiceView)
