"""The log of the partnership, its conventions and what partners offer (M7, M9)."""

from collections.abc import Sequence
from datetime import date

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import aliased

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import ActionPartenariat, ConventionPartenaire, DispositifPropose, Partenaire
from app.models.partenariat import DEMARCHAGE
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.parametres import RENOUVELLEMENT_CONVENTION_MOIS
from app.views import portefeuille
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.socle import saisie
from app.views.socle.affichage import PARTOUT, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet, ajouter_a, vue_de
from app.views.socle.page import adresse
from app.views.socle.periode import VuePeriode, VueQuiSeTermine

AU_PLUS = 100
"""Rows of a tab; beyond, the list shows the rest."""


def a_suivre() -> ColumnElement[bool]:
    """A next step that is not done yet."""
    return and_(ActionPartenariat.suite.is_not(None), ActionPartenariat.suite_faite_le.is_(None))


def suite_due(le: date | None = None) -> ColumnElement[bool]:
    """A next step to be done that day (today), or late."""
    return and_(a_suivre(), ActionPartenariat.suite_le <= (le or aujourd_hui()))


def a_renouveler(le: date | None = None) -> ColumnElement[bool]:
    """A convention that ends soon, or has ended, that day (today), and that no later one of its
    partner follows."""
    suivante = aliased(ConventionPartenaire)
    renouvelee = (
        select(suivante.id)
        .where(suivante.partenaire_id == ConventionPartenaire.partenaire_id)
        .where(suivante.du > ConventionPartenaire.du)
        .exists()
    )
    bientot = ajouter_mois(le or aujourd_hui(), RENOUVELLEMENT_CONVENTION_MOIS.valeur)
    return and_(
        ConventionPartenaire.au <= bientot, not_(ConventionPartenaire.sans_suite), not_(renouvelee)
    )


def court() -> ColumnElement[bool]:
    """A convention that binds today."""
    le = aujourd_hui()
    fin = or_(ConventionPartenaire.au.is_(None), ConventionPartenaire.au >= le)
    return and_(ConventionPartenaire.du <= le, fin)


class VueDuPartenaire(VueTandem):
    """What is kept on the page of a partner, by whoever keeps the partner."""

    def peut_sur(self, acte: str, fiche) -> bool:
        tient = "lire" if acte == "lire" else "modifier"
        return super().peut_sur(acte, fiche) and vue_de("partenaire").peut_sur(
            tient, fiche.partenaire
        )


class ActionPartenariatView(VueQuiSeTermine):
    datamodel = SQLAInterface(ActionPartenariat)
    route_base = "/actions-de-partenariat"
    ressource = "action_partenariat"
    nom = "une action de partenariat"
    pluriel = "Actions de partenariat"
    aide_liste = (
        "Qui a été démarché, visité, informé ; où la mission a été présentée ; ce qui doit suivre."
    )
    list_columns = [
        *("le", "genre_code", "partenaire_id", "par", "suite", "suite_le", "suite_faite_le"),
        "mds_id",
    ]
    add_fieldsets = [
        ("", {"fields": ["genre_code", "partenaire_id", "le", "agent_id", "mds_id", "recit"]}),
        ("Ce qui doit suivre", {"fields": ["suite", "suite_le", "suite_faite_le"]}),
    ]
    show_fieldsets = [
        ("", {"fields": ["genre_code", "partenaire_id", "le", "par", "mds_id", "recit"]}),
        add_fieldsets[1],
    ]
    champs_propres = {"agent_id": ChampAgent("Par", nom_dans="par", aide="Qui s’en est chargé.")}
    formatters_columns = {"mds_id": lambda v: v or PARTOUT}
    search_columns = ["genre_code", "mds_id", "le", "suite_le", "partenaire_id"]
    filtres_propres = {
        "pas": (
            "Pas suivant",
            {
                "a_faire": ("À faire", a_suivre),
                "retard": ("À faire aujourd’hui ou en retard", suite_due),
                "fait": ("Fait", lambda: ActionPartenariat.suite_faite_le.is_not(None)),
            },
        )
    }
    base_order = ("le", "desc")
    debut = "le"
    fin = "suite_faite_le"
    verbe = "Pas suivant fait aujourd’hui"
    au_menu = AuMenu(menu.PARTENARIAT, 35)

    def est_en_cours(self, fiche) -> bool:
        return fiche.suite is not None and fiche.suite_faite_le is None

    def initiales(self) -> dict:
        """Today, by oneself, where the partner of the address is, or where one works."""
        agent = portefeuille.moi()
        valeurs = {"le": aujourd_hui(), "agent_id": agent.id if agent else None}
        partenaire = _partenaire_demande()
        ou = acces.perimetre().mds("action_partenariat", "creer")
        if isinstance(ou, acces.Toutes):
            return valeurs
        siennes = sorted(ou)
        if partenaire is not None:
            siennes = [mds for mds in siennes if mds in partenaire.mds_ids] or siennes
        return valeurs | {"mds_id": siennes[0] if len(siennes) == 1 else None}

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)

    def apres_creation(self, fiche) -> None:
        """The first time a partner is approached is a date of the partner too."""
        if fiche.genre_code != DEMARCHAGE or fiche.partenaire_id is None:
            return
        partenaire = db.session.get(Partenaire, fiche.partenaire_id)
        if partenaire is not None and partenaire.demarche_le is None:
            partenaire.demarche_le = fiche.le


def _partenaire_demande() -> Partenaire | None:
    numero = saisie.numero(request.args.get("partenaire"))
    return None if numero is None else db.session.get(Partenaire, numero)


class ConventionPartenaireView(VueDuPartenaire, VuePeriode):
    datamodel = SQLAInterface(ConventionPartenaire)
    route_base = "/conventions-de-partenariat"
    ressource = "convention_partenaire"
    nom = "une convention de partenariat"
    pluriel = "Conventions de partenariat"
    aide_liste = "Ce qui lie un partenaire, d’un jour à un autre. La suivante la renouvelle."
    list_columns = ["partenaire_id", "objet", "du", "au", "signee_le", "sans_suite"]
    add_columns = ["partenaire_id", "objet", "du", "au", "signee_le", "sans_suite"]
    edit_columns = ["objet", "du", "au", "signee_le", "sans_suite"]
    search_columns = ["du", "au", "signee_le", "partenaire_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "en_cours": ("En cours", court),
                "a_renouveler": ("À renouveler", a_renouveler),
                "finie": ("Finie", lambda: ConventionPartenaire.au < aujourd_hui()),
            },
        )
    }
    au_menu = AuMenu(menu.PARTENARIAT, 36)

    def titre(self, fiche) -> str:
        return fiche.objet


class DispositifProposeView(VueDuPartenaire):
    datamodel = SQLAInterface(DispositifPropose)
    route_base = "/dispositifs-proposes"
    ressource = "dispositif_propose"
    nom = "un dispositif proposé"
    pluriel = "Dispositifs proposés"
    aide_liste = "Ce que chaque partenaire propose aux jeunes, et pour qui."
    list_columns = ["nom", "partenaire_id", "pour_qui", "ferme_le"]
    add_columns = ["partenaire_id", "nom", "pour_qui", "ferme_le"]
    edit_columns = ["nom", "pour_qui", "ferme_le"]
    search_columns = ["nom", "partenaire_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "ouvert": ("Proposés", lambda: _propose()),
                "ferme": ("Fermés", lambda: DispositifPropose.ferme_le <= aujourd_hui()),
            },
        )
    }
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.PARTENARIAT, 37)

    def titre(self, fiche) -> str:
        return fiche.nom


def _propose() -> ColumnElement[bool]:
    ferme = DispositifPropose.ferme_le
    return or_(ferme.is_(None), ferme > aujourd_hui())


def noms_des_dispositifs() -> Sequence[str]:
    """Those that partners offer today, for whoever types one."""
    requete = select(DispositifPropose.nom).where(_propose()).distinct()
    return db.session.scalars(requete.order_by(DispositifPropose.nom).limit(200)).all()


def onglets_de(partenaire: Partenaire, *, tient: bool) -> list[Onglet]:
    """What is done with a partner, what binds it, what it offers; on its page."""
    return [_actions(partenaire), _conventions(partenaire, tient), _dispositifs(partenaire, tient)]


def _actions(partenaire: Partenaire) -> Onglet:
    requete = (
        select(ActionPartenariat)
        .where(ActionPartenariat.partenaire_id == partenaire.id)
        .order_by(ActionPartenariat.le.desc(), ActionPartenariat.id.desc())
        .limit(AU_PLUS)
    )
    lues = db.session.scalars(requete).all()
    onglet = Onglet(
        "actions",
        "Actions",
        ["Le", "Action", "Par", "Pas suivant"],
        [_ligne_action(action) for action in lues],
        compte=str(len(lues)),
        vide="Ce partenaire n’a pas encore été démarché.",
        tout_voir=adresse(f"/actions-de-partenariat/?partenaire={partenaire.id}"),
    )
    if acces.perimetre().peut("action_partenariat", "creer"):
        ou = ajouter_a("/actions-de-partenariat", "partenaire", partenaire.id, "actions")
        onglet.ajouter = ("Noter une action", ou)
    return onglet


def _ligne_action(action: ActionPartenariat) -> tuple[str, list]:
    cellules = [
        en_texte(action.le),
        str(action.genre),
        en_cellule(action.par or ""),
        en_cellule(_suite(action)),
    ]
    return adresse(f"/actions-de-partenariat/{action.id}"), cellules


def _suite(action: ActionPartenariat) -> str:
    """« Rappeler, pour le 12/12/2026 », « Rappeler, fait le 10/12/2026 »."""
    if action.suite_faite_le is not None:
        return f"{action.suite}, fait le {en_texte(action.suite_faite_le)}"
    if action.suite_le is not None:
        return f"{action.suite}, pour le {en_texte(action.suite_le)}"
    return action.suite or ""


def _conventions(partenaire: Partenaire, tient: bool) -> Onglet:
    requete = (
        select(ConventionPartenaire, a_renouveler())
        .where(ConventionPartenaire.partenaire_id == partenaire.id)
        .order_by(ConventionPartenaire.du.desc())
        .limit(AU_PLUS)
    )
    lues = db.session.execute(requete).all()
    onglet = Onglet(
        "conventions",
        "Conventions",
        ["Objet", "Du", "Au", "Signée le"],
        [_ligne_convention(convention, finit) for convention, finit in lues],
        compte=str(len(lues)),
        vide="Aucune convention n’est enregistrée.",
    )
    if tient:
        ou = ajouter_a("/conventions-de-partenariat", "partenaire", partenaire.id, "conventions")
        onglet.ajouter = ("Ajouter une convention", ou)
    return onglet


def _ligne_convention(convention: ConventionPartenaire, finit: bool) -> tuple[str, list]:
    au = en_texte(convention.au) or "sans terme"
    if finit:
        au = f"{au}, à renouveler"
    cellules = [convention.objet, en_texte(convention.du), au]
    cellules.append(en_cellule(en_texte(convention.signee_le)))
    return adresse(f"/conventions-de-partenariat/{convention.id}"), cellules


def _dispositifs(partenaire: Partenaire, tient: bool) -> Onglet:
    requete = select(DispositifPropose).where(DispositifPropose.partenaire_id == partenaire.id)
    lus = db.session.scalars(requete.order_by(DispositifPropose.nom).limit(AU_PLUS)).all()
    onglet = Onglet(
        "dispositifs",
        "Dispositifs",
        ["Dispositif", "Pour qui", "Fermé le"],
        [_ligne_dispositif(dispositif) for dispositif in lus],
        compte=str(len(lus)),
        vide="Aucun dispositif n’est enregistré.",
    )
    if tient:
        ou = ajouter_a("/dispositifs-proposes", "partenaire", partenaire.id, "dispositifs")
        onglet.ajouter = ("Ajouter un dispositif", ou)
    return onglet


def _ligne_dispositif(dispositif: DispositifPropose) -> tuple[str, list]:
    dits = (dispositif.pour_qui or "", en_texte(dispositif.ferme_le))
    cellules = [dispositif.nom, *(en_cellule(dit) for dit in dits)]
    return adresse(f"/dispositifs-proposes/{dispositif.id}"), cellules


VUES = (ActionPartenariatView, ConventionPartenaireView, DispositifProposeView)
