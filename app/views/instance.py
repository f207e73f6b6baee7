"""Permanences, comités, COPIL, formations (M10): who came, what was decided for each youth."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Row, and_, select

from app import acces, menu
from app.acces import Perimetre, Toutes
from app.extensions import db
from app.menu import AuMenu
from app.models import Decision, Instance, Jeune, Participant, Service
from app.regles.age import aujourd_hui
from app.regles.parametres import COMITE_TECHNIQUE_SEMAINES
from app.regles.presences import A_VENIR
from app.views import etat_des_taches, tache
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.etat_des_taches import EtatDesTaches
from app.views.socle import formulaire, recit, saisie
from app.views.socle.affichage import PARTOUT, Propriete, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs import ChampTexteLong
from app.views.socle.champs_choix import ChampMds
from app.views.socle.fiche import Calculee, Onglet, OngletDuJeune, ajouter_a, vue_de
from app.views.socle.page import adresse

COMPTE_RENDU = {"compte_rendu"}
"""What may name a youth."""


PERMANENCE = "PERMANENCE"


def _seul_sef(mds: int | None) -> int | None:
    """The SEF of the MDS, when it has one alone."""
    requete = select(Service.id).where(Service.mds_id == mds, Service.type == "SEF").limit(2)
    siens = db.session.scalars(requete).all()
    return siens[0] if len(siens) == 1 else None


def peut_tenir(perimetre: Perimetre, acte: str, mds_id: int | None) -> bool:
    """The same as the policy of ``instance``.

    An MDS's meetings are kept by whoever follows youths there.
    """
    return perimetre.peut("instance", acte, mds_id) and (
        mds_id is None or perimetre.peut("jeune", "lire", mds_id)
    )


def _lit_tous_les_comptes_rendus(perimetre: Perimetre) -> bool:
    """Whether the person reads the youths wherever they read the meetings."""
    suivies = perimetre.mds("jeune", "lire")
    instances = perimetre.mds("instance", "lire")
    if isinstance(suivies, Toutes):
        return True
    return not isinstance(instances, Toutes) and instances <= suivies


class ChampMdsDesJeunes(ChampMds):
    """The MDS where the person follows youths.

    None: the whole Département, if they act everywhere.
    """

    def preparer(self, actuelle) -> None:
        super().preparer(actuelle)
        suivies = acces.perimetre().mds("jeune", "lire")
        self.choix = [
            (code, nom) for code, nom in self.choix if int(code) in suivies or int(code) == actuelle
        ]


class InstanceView(VueTandem):
    datamodel = SQLAInterface(Instance)
    route_base = "/instances"
    ressource = "instance"
    nom = "une réunion"
    pluriel = "Permanences et comités"
    add_title = "Ajouter une permanence ou un comité"
    aide_liste = (
        "Permanence au SEF chaque mois, comité de suivi chaque trimestre, comité de pilotage chaque"
        f" année, comité technique toutes les {COMITE_TECHNIQUE_SEMAINES.en_lettres}, formations."
    )
    list_columns = [
        "type_code",
        "le",
        "statut_code",
        "mds_id",
        "service_id",
        "coordonnateur_present",
        "jeunes_recus",
    ]
    add_fieldsets = [
        ("", {"fields": ["type_code", "mds_id", "service_id", "le", "statut_code", "code"]}),
        ("Déroulement", {"fields": ["coordonnateur_present", "jeunes_recus", "compte_rendu"]}),
    ]
    search_columns = [
        "type_code",
        "statut_code",
        "mds_id",
        "service_id",
        "coordonnateur_present",
        "le",
    ]
    filtres_propres = {
        "a_jour": (
            "Suivi",
            {
                "non": (
                    "Passées, à mettre à jour",
                    lambda: and_(Instance.statut_code == "PREVUE", Instance.le < aujourd_hui()),
                ),
                "prevues": (
                    "À venir",
                    lambda: and_(Instance.statut_code == "PREVUE", Instance.le >= aujourd_hui()),
                ),
            },
        )
    }
    formatters_columns = {"mds_id": lambda v: v or PARTOUT}
    base_order = ("le", "desc")
    champs_propres = {
        "mds_id": ChampMdsDesJeunes(
            "MDS",
            ressource="instance",
            acte="creer",
            requis=False,
            aide="Vide : tout le Département.",
        )
    }
    au_menu = AuMenu(menu.COMITES, 10)

    def peut_sur(self, acte: str, fiche) -> bool:
        if acte == "lire":
            return acces.perimetre().peut("instance", acte, fiche.mds_id)
        return peut_tenir(acces.perimetre(), acte, fiche.mds_id)

    def cachees(self, fiche) -> set[str]:
        """Minutes of an MDS are for whoever may read its youths."""
        if recit.lit_le_compte_rendu(fiche.mds_id):
            return set()
        return COMPTE_RENDU

    def exportees(self, toutes: bool) -> list[Propriete]:
        """The minutes leave only with who may read the youths wherever the meetings are."""
        exportees = super().exportees(toutes)
        if _lit_tous_les_comptes_rendus(acces.perimetre()):
            return exportees
        return [colonne for colonne in exportees if colonne.nom not in COMPTE_RENDU]

    def initiales(self) -> dict:
        """Held today, or planned when the address says so (``?type=PERMANENCE&mds=2&prevue=1``)."""
        valeurs: dict = {
            "type_code": request.args.get("type"),
            "mds_id": saisie.numero(request.args.get("mds")),
        }
        if valeurs["type_code"] == PERMANENCE:
            valeurs["service_id"] = _seul_sef(valeurs["mds_id"])
        if request.args.get("prevue") == "1":
            return valeurs | {"statut_code": "PREVUE"}
        valeurs |= {"le": aujourd_hui(), "statut_code": "TENUE"}
        if "COORDONNATEUR" in acces.perimetre().roles:
            valeurs["coordonnateur_present"] = True
        return valeurs

    def valider(self, form, fiche) -> None:
        if form.le.data and form.le.data > aujourd_hui() and form.statut_code.data == "TENUE":
            formulaire.refuser(form, A_VENIR, "statut_code")
        service = form.service_id.fiche() if form.service_id.data else None
        mds = form.mds_id.data if "mds_id" in form else fiche.mds_id
        if service is not None and service.mds_id not in (None, mds):
            formulaire.refuser(form, "Ce service est celui d’une autre MDS.", "service_id")

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """A permanence has its attendance sheet, for whoever keeps it and writes rencontres."""
        perimetre = acces.perimetre()
        if fiche.type_code != PERMANENCE or not self.peut_sur("modifier", fiche):
            return []
        if not perimetre.peut("action_collective", "creer", fiche.mds_id):
            return []
        ou = adresse(f"/actions-collectives/ajouter?instance={fiche.id}")
        return [("Feuille de présence", ou)]

    def onglets(self, fiche) -> list[Onglet]:
        tient = self.peut_sur("modifier", fiche)
        onglets = [
            _participants(fiche, peut_ajouter=tient),
            tache.onglet_de(fiche, peut_ajouter=tient),
        ]
        if acces.perimetre().peut("decision", "lire"):
            onglets.append(_decisions(fiche))
        return onglets


def _participants(instance: Instance, *, peut_ajouter: bool) -> Onglet:
    requete = select(Participant).where(Participant.instance_id == instance.id)
    presents = db.session.scalars(requete.order_by(Participant.nom)).all()
    onglet = Onglet(
        "participants",
        "Participants",
        ["Nom", "Fonction", "Présent"],
        [_ligne_participant(participant) for participant in presents],
        compte=str(len(presents)),
        vide="Aucun participant n’est inscrit.",
    )
    if peut_ajouter:
        ou = ajouter_a("/participants", "instance", instance.id, "participants")
        onglet.ajouter = ("Ajouter un participant", ou)
    return onglet


def _ligne_participant(participant: Participant) -> tuple[str, list]:
    cellules = [
        participant.nom,
        en_cellule(participant.fonction or ""),
        en_cellule(en_texte(participant.est_present)),
    ]
    return adresse(f"/participants/{participant.id}"), cellules


def _decisions(instance: Instance) -> Onglet:
    requete = (
        select(
            Decision.id,
            Jeune.prenom,
            Jeune.nom,
            Decision.decision,
            Decision.pour,
            Decision.echeance_le,
            Decision.faite_le,
            Decision.abandon,
            Jeune.deces_le,
        )
        .join(Jeune, Jeune.id == Decision.jeune_id)
        .where(Decision.instance_id == instance.id)
        .order_by(Jeune.nom_tri)
        .limit(200)
    )
    prises = db.session.execute(requete).all()
    onglet = Onglet(
        "decisions",
        "Décisions",
        ["Jeune", "Décision", "Par", "À faire pour le", "État"],
        [_ligne_decision(decision) for decision in prises],
        compte=str(len(prises)),
        vide="Aucune décision n’est enregistrée.",
    )
    en_comite = instance.type_code == "COMITE_SUIVI"
    if en_comite and acces.perimetre().peut("decision", "creer"):
        ou = ajouter_a("/decisions", "instance", instance.id, "decisions")
        onglet.ajouter = ("Ajouter une décision", ou)
    return onglet


def _ligne_decision(decision: Row) -> tuple[str, list]:
    cellules = [
        f"{decision.prenom} {decision.nom}",
        decision.decision,
        en_cellule(decision.pour or ""),
        en_cellule(en_texte(decision.echeance_le)),
        etat_des_taches.de_la_ligne(decision, decision.echeance_le, decision.deces_le),
    ]
    return adresse(f"/decisions/{decision.id}"), cellules


class ParticipantView(VueTandem):
    datamodel = SQLAInterface(Participant)
    route_base = "/participants"
    sous_le_menu = "InstanceView"
    ressource = "participant"
    nom = "un participant"
    pluriel = "Participants"
    list_columns = ["nom", "fonction", "instance_id", "est_present"]
    add_columns = ["instance_id", "nom", "fonction", "est_present"]
    edit_columns = ["nom", "fonction", "est_present"]
    search_columns = ["est_present", "instance_id"]
    base_order = ("nom", "asc")

    def peut_sur(self, acte: str, fiche) -> bool:
        """Where one keeps the meeting."""
        return super().peut_sur(acte, fiche) and vue_de("instance").peut_sur(
            "modifier", fiche.instance
        )

    def titre(self, fiche) -> str:
        return fiche.nom


def _comite(ligne: Row) -> str:
    return f"Comité du {en_texte(ligne.instance)}" if ligne.instance else ""


class ChampDecision(ChampTexteLong):
    taille = Decision.__table__.c.decision.type.length
    rangees = 2


class DecisionView(EtatDesTaches, VueTandem):
    datamodel = SQLAInterface(Decision)
    route_base = "/decisions"
    sous_le_menu = "ComiteView"
    ressource = "decision"
    nom = "une décision"
    pluriel = "Décisions"
    aide_liste = "Ce que le comité de suivi a décidé pour un jeune."
    list_columns = [
        "jeune_id",
        "instance_id",
        "decision",
        "pour",
        "echeance_le",
        "etat",
        "faite_le",
        "mds_id",
    ]
    en_bref = ["instance_id", "decision", "pour", "echeance_le", "etat"]
    echeance = "echeance_le"
    calculees_de = ["jeune_id", "echeance_le", "faite_le", "abandon"]
    add_columns = ["instance_id", "jeune_id", "decision", "agent_id", "echeance_le"]
    edit_columns = ["decision", "agent_id", "echeance_le", "faite_le", "abandon"]
    show_columns = [
        "instance_id",
        "jeune_id",
        "decision",
        "pour",
        "echeance_le",
        "faite_le",
        "abandon",
        "mds_id",
    ]
    champs_propres = {
        "decision": ChampDecision("Décision", requis=True),
        "agent_id": ChampAgent("Par", nom_dans="pour", aide="Qui s’en charge."),
    }
    search_columns = ["mds_id", "echeance_le", "jeune_id", "instance_id"]
    onglet = OngletDuJeune(
        ("instance", "decision", "pour", "echeance_le", "etat", "faite_le"),
        "Ajouter une décision",
        100,
        tri=("-id",),
        calculees={
            "instance": Calculee("Comité", _comite),
            "etat": etat_des_taches.dans_le_dossier("echeance_le"),
        },
    )

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)
        if "instance_id" not in form or not form.instance_id.data:
            return
        instance = form.instance_id.fiche()
        if instance is not None and instance.type_code != "COMITE_SUIVI":
            formulaire.refuser(form, "Une décision se prend en comité de suivi.", "instance_id")


VUES = (InstanceView, ParticipantView, DecisionView)
