"""Tâches: who does what for a youth, and for when (M8); in the file, a list, the home page."""

from collections.abc import Sequence
from datetime import date

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, Row, and_, func, select

from app import menu
from app.acces import Perimetre
from app.extensions import db
from app.menu import AuMenu
from app.models import Jeune
from app.models.tache import Tache
from app.regles.age import aujourd_hui
from app.views import portefeuille
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.socle.compteur import EXACT_JUSQUE, Compteur
from app.views.socle.fiche import OngletDuJeune
from app.views.socle.periode import VueQuiSeTermine

AU_PLUS = 8
"""Tâches shown on the home page; beyond, a link leads to the list."""


def ouvertes() -> ColumnElement[bool]:
    return and_(Tache.faite_le.is_(None), Tache.abandon.is_(None))


def prochaines(perimetre: Perimetre, qui: str) -> Sequence[Row]:
    """The open ones, the nearest first: one more than is shown, if there is."""
    if not perimetre.peut("tache", "lire"):
        return []
    requete = (
        select(Tache.id, Tache.quoi, Tache.pour, Tache.pour_le, Jeune.prenom, Jeune.nom)
        .join(Jeune, Jeune.id == Tache.jeune_id)
        .where(ouvertes(), *portefeuille.les_siens(Tache.jeune_id, qui))
        .order_by(Tache.pour_le.nulls_last(), Tache.id)
        .limit(AU_PLUS + 1)
    )
    return db.session.execute(requete).all()


def compteurs(perimetre: Perimetre, le: date, qui: str) -> list[Compteur]:
    """The tâches whose day has passed, for whoever keeps them; nothing where none waits."""
    if not perimetre.peut("tache", "modifier"):
        return []
    siennes = portefeuille.les_siens(Tache.jeune_id, qui)
    en_retard = select(Tache.id).where(ouvertes(), Tache.pour_le < le, *siennes)
    bornees = en_retard.limit(EXACT_JUSQUE + 1).subquery()
    nombre = db.session.scalar(select(func.count()).select_from(bornees)) or 0
    if not nombre:
        return []
    return [Compteur("taches", nombre, "tâche en retard", "tâches en retard")]


class TacheView(VueQuiSeTermine):
    datamodel = SQLAInterface(Tache)
    route_base = "/taches"
    ressource = "tache"
    nom = "une tâche"
    pluriel = "Tâches"
    aide_liste = "Qui fait quoi pour un jeune, et pour quand. Les plus proches d’abord."
    list_columns = ["jeune_id", "quoi", "pour", "pour_le", "faite_le", "mds_id"]
    add_columns = ["jeune_id", "quoi", "agent_id", "pour_le", "faite_le", "abandon"]
    show_columns = ["jeune_id", "quoi", "pour", "pour_le", "faite_le", "abandon", "mds_id"]
    champs_propres = {"agent_id": ChampAgent("Qui", nom_dans="pour", aide="Qui s’en charge.")}
    search_columns = ["mds_id", "pour_le", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Tache.jeune_id),
        "etat": (
            "État",
            {
                "ouverte": ("À faire", ouvertes),
                "retard": ("En retard", lambda: and_(ouvertes(), Tache.pour_le < aujourd_hui())),
                "faite": ("Faite", lambda: Tache.faite_le.is_not(None)),
                "abandonnee": ("Abandonnée", lambda: Tache.abandon.is_not(None)),
            },
        ),
    }
    base_order = ("pour_le", "asc")
    fin = "faite_le"
    verbe = "Faite aujourd’hui"
    au_menu = AuMenu(menu.SUIVI, 95)
    onglet = OngletDuJeune(
        ("quoi", "pour", "pour_le", "faite_le", "abandon"),
        "Ajouter une tâche",
        15,
        tri=("pour_le",),
    )

    def initiales(self) -> dict:
        agent = portefeuille.moi()
        return {"agent_id": agent.id if agent else None}

    def est_en_cours(self, fiche) -> bool:
        return fiche.faite_le is None and fiche.abandon is None

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)


VUES = (TacheView,)
