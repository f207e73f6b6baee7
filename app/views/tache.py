"""Tâches: who does what for a youth or an instance, and for when (M8, M10).

In the file of the youth, on the page of the instance, in a list, on the home page.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, Row, and_, inspect, select
from sqlalchemy.orm import joinedload

from app import menu
from app.acces import Perimetre, des_mds, mds_lues
from app.extensions import db
from app.menu import AuMenu
from app.models import Instance, Jeune, Tache, TacheInstance
from app.regles.age import aujourd_hui
from app.regles.echeances import TITRES
from app.views import en_attente, etat_des_taches, portefeuille
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.etat_des_taches import EtatDesTaches
from app.views.socle import saisie
from app.views.socle.affichage import en_cellule, en_texte
from app.views.socle.compteur import Compteur, combien
from app.views.socle.fiche import Onglet, OngletDuJeune, ajouter_a, vue_de
from app.views.socle.ordre_prepare import OrdrePrepare
from app.views.socle.page import adresse
from app.views.socle.periode import VueQuiSeTermine

AU_PLUS = 8
"""Tâches shown on the home page; beyond, a link leads to the list."""


def ouvertes() -> ColumnElement[bool]:
    return and_(_ouverte(Tache), en_attente.vivant(Tache.jeune_id))


def _ouverte(classe: type[Tache] | type[TacheInstance]) -> ColumnElement[bool]:
    return and_(classe.faite_le.is_(None), classe.abandon.is_(None))


@dataclass(frozen=True)
class LigneDeTache:
    """A task on the home page."""

    adresse: str
    quoi: str
    pour_qui: str
    """The youth, or the instance."""
    par: str | None
    le: date | None


@dataclass(frozen=True)
class TachesDeLAccueil:
    """The open ones, the nearest first, one more than is shown if there is; how many are late."""

    prochaines: list[LigneDeTache]
    compteurs: list[Compteur]


def regarder(perimetre: Perimetre, le: date, qui: str) -> TachesDeLAccueil:
    """Those of the youths that are asked for, and those that instances gave to the person.

    The late ones are counted for whoever keeps them; nothing is said where none waits.
    """
    lues = _lire_celles_des_jeunes(perimetre, le, qui)
    compteurs = []
    if lues and lues[0].en_retard and perimetre.peut("tache", "modifier"):
        nombre = lues[0].en_retard
        compteurs = [Compteur("taches", nombre, "tâche en retard", "tâches en retard")]
    toutes = [
        LigneDeTache(f"/taches/{t.id}", t.quoi, f"{t.prenom} {t.nom}", t.pour, t.pour_le)
        for t in lues
    ]
    toutes += _des_instances(perimetre)
    toutes.sort(key=lambda t: t.le or date.max)
    return TachesDeLAccueil(toutes[: AU_PLUS + 1], compteurs)


def _lire_celles_des_jeunes(perimetre: Perimetre, le: date, qui: str) -> Sequence[Row]:
    """The first ones, each with how many of all are late: one statement."""
    if not perimetre.peut("tache", "lire"):
        return []
    premieres = _premieres(mds_lues(Tache), portefeuille.de_qui(qui), le)
    return premieres.lire()


@functools.lru_cache(maxsize=256)
def _premieres(mds: frozenset[int] | None, agent: int | None, le: date) -> OrdrePrepare:
    """Written once a day for those who see the same youths."""
    siennes = (
        *des_mds(Tache, mds),
        ouvertes(),
        *portefeuille.du_portefeuille(Tache.jeune_id, agent),
    )
    numeros = select(Tache.id).where(*siennes).order_by(Tache.pour_le, Tache.id)
    en_retard = combien(select(Tache.id).where(*siennes, Tache.pour_le < le)).scalar_subquery()
    return OrdrePrepare.de(
        select(
            Tache.id,
            Tache.quoi,
            Tache.pour,
            Tache.pour_le,
            Jeune.prenom,
            Jeune.nom,
            en_retard.label("en_retard"),
        )
        .join(Jeune, Jeune.id == Tache.jeune_id)
        .where(Tache.id.in_(numeros.limit(AU_PLUS + 1).scalar_subquery()))
        .order_by(Tache.pour_le, Tache.id)
    )


def _des_instances(perimetre: Perimetre) -> Iterator[LigneDeTache]:
    agent = portefeuille.moi()
    if agent is None or not perimetre.peut("tache_instance", "lire"):
        return
    requete = (
        select(TacheInstance)
        .options(joinedload(TacheInstance.instance).joinedload(Instance.type))
        .where(
            TacheInstance.agent_id == agent.id,
            _ouverte(TacheInstance),
        )
        .order_by(TacheInstance.pour_le.nulls_last(), TacheInstance.id)
        .limit(AU_PLUS + 1)
    )
    for t in db.session.scalars(requete):
        yield LigneDeTache(f"/taches-d-instance/{t.id}", t.quoi, str(t.instance), t.pour, t.pour_le)


class TacheView(EtatDesTaches, VueQuiSeTermine):
    datamodel = SQLAInterface(Tache)
    route_base = "/taches"
    ressource = "tache"
    nom = "une tâche"
    pluriel = "Tâches"
    aide_liste = "Qui fait quoi pour un jeune, et pour quand. Les plus proches d’abord."
    calculees_de = ["jeune_id", "pour_le", "faite_le", "abandon"]
    list_columns = ["jeune_id", "quoi", "pour", "pour_le", "etat", "faite_le", "mds_id"]
    en_bref = ["quoi", "pour", "pour_le", "etat"]
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
    au_menu = AuMenu(menu.SUIVI, 35)
    onglet = OngletDuJeune(
        ("quoi", "pour", "pour_le", "etat", "faite_le", "abandon"),
        "Ajouter une tâche",
        15,
        tri=("pour_le",),
        calculees={"etat": etat_des_taches.dans_le_dossier("pour_le")},
    )

    def initiales(self) -> dict:
        """In the address, ``?etape=`` and ``?le=``: the step that it serves, and its day."""
        agent = portefeuille.moi()
        famille = request.args.get("etape", "").split(":")[0]
        quoi, _ = TITRES.get(famille, (None, ""))
        return {
            "agent_id": agent.id if agent else None,
            "quoi": quoi,
            "pour_le": saisie.jour_demande(),
        }

    def est_en_cours(self, fiche) -> bool:
        return fiche.faite_le is None and fiche.abandon is None

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)


class TacheInstanceView(EtatDesTaches, VueQuiSeTermine):
    datamodel = SQLAInterface(TacheInstance)
    route_base = "/taches-d-instance"
    ressource = "tache_instance"
    nom = "une tâche d’une instance"
    pluriel = "Tâches des instances"
    aide_liste = "Ce qu’une permanence ou un comité a donné à faire, sans nommer de jeune."
    calculees_de = ["pour_le", "faite_le", "abandon"]
    list_columns = ["instance_id", "quoi", "pour", "pour_le", "etat", "faite_le"]
    en_bref = ["quoi", "pour", "pour_le", "etat"]
    add_columns = ["instance_id", "quoi", "agent_id", "pour_le", "faite_le", "abandon"]
    edit_columns = ["quoi", "agent_id", "pour_le", "faite_le", "abandon"]
    show_columns = ["instance_id", "quoi", "pour", "pour_le", "faite_le", "abandon"]
    champs_propres = {"agent_id": ChampAgent("Qui", nom_dans="pour", aide="Qui s’en charge.")}
    search_columns = ["pour_le", "instance_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "ouverte": ("À faire", lambda: _ouverte(TacheInstance)),
                "faite": ("Faite", lambda: TacheInstance.faite_le.is_not(None)),
                "abandonnee": ("Abandonnée", lambda: TacheInstance.abandon.is_not(None)),
            },
        )
    }
    base_order = ("pour_le", "asc")
    fin = "faite_le"
    verbe = "Faite aujourd’hui"
    au_menu = AuMenu(menu.COMITES, 30)

    def peut_sur(self, acte: str, fiche) -> bool:
        """Where one keeps the instance."""
        tient = "lire" if acte == "lire" else "modifier"
        return super().peut_sur(acte, fiche) and vue_de("instance").peut_sur(tient, fiche.instance)

    def est_en_cours(self, fiche) -> bool:
        return fiche.faite_le is None and fiche.abandon is None

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        """Given by hand to somebody else, it is no longer held for whoever was replaced."""
        if inspect(fiche).attrs.agent_id.history.has_changes():
            fiche.remplace_id = None
            fiche.remplace_jusqu_au = None


def onglet_de(instance: Instance, *, peut_ajouter: bool) -> Onglet:
    """The tasks that an instance gave, on its page."""
    requete = select(TacheInstance).where(TacheInstance.instance_id == instance.id)
    siennes = db.session.scalars(requete.order_by(TacheInstance.pour_le.nulls_last())).all()
    onglet = Onglet(
        "taches",
        "Tâches",
        ["Quoi", "Qui", "Pour le", "État", "Faite le"],
        [_ligne_de(t) for t in siennes],
        compte=str(len(siennes)),
        vide="Aucune tâche n’a été donnée.",
    )
    if peut_ajouter:
        ou = ajouter_a("/taches-d-instance", "instance", instance.id, "taches")
        onglet.ajouter = ("Ajouter une tâche", ou)
    return onglet


def _ligne_de(t: TacheInstance) -> tuple[str, list]:
    fait = en_texte(t.faite_le) or t.abandon or ""
    cellules = [
        t.quoi,
        en_cellule(t.pour or ""),
        en_cellule(en_texte(t.pour_le)),
        etat_des_taches.de_la_ligne(t, t.pour_le),
        en_cellule(fait),
    ]
    return adresse(f"/taches-d-instance/{t.id}"), cellules


VUES = (TacheView, TacheInstanceView)
