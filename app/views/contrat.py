"""Contrats jeune majeur asked for, contrats d’engagement jeune proposed, and the answers (M4)."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Row, exists, select

from app import menu
from app.acces import perimetre
from app.extensions import db
from app.menu import AuMenu
from app.models import Mesure
from app.models.contrat import DemandeCjm, PropositionCej
from app.models.nomenclature import TypeMesure
from app.regles import contrats
from app.regles.age import aujourd_hui
from app.regles.echeances import ACCEPTEE, REFUSEE
from app.regles.parametres import AGE_CONTRAT_JEUNE_MAJEUR
from app.views import portefeuille
from app.views.dossier import Dossier
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Calculee, CalculeeDuDossier, OngletDuJeune, base_de


def _decision(ligne: Row) -> str:
    """« Acceptée le 12/03/2026, jusqu’au 11/09/2026 », « Refusée le … : sans ressources »."""
    if not ligne.decision:
        return "Attendue"
    dit = f"{ligne.decision} le {en_texte(ligne.decidee_le)}"
    if ligne.jusqu_au:
        dit += f", jusqu’au {en_texte(ligne.jusqu_au)}"
    return f"{dit} : {ligne.motif}" if ligne.motif else dit


def _reponse(ligne: Row) -> str:
    if not ligne.reponse:
        return "Attendue"
    return f"{ligne.reponse} le {en_texte(ligne.repondue_le)}"


def _renouvellement(ligne: Row, d: Dossier) -> str:
    """« Renouvelle le contrat du 12/03/2026 », « Première demande »."""
    if not ligne.est_renouvellement:
        return "Première demande"
    renouvele = contrats.renouvele(ligne.demandee_le, d.lignes["mesure"], d.lignes["demande_cjm"])
    return f"Renouvelle le contrat du {en_texte(renouvele.le)}" if renouvele else "Renouvellement"


def a_eu_un_contrat(jeune: int) -> bool:
    """The youth has had a contrat jeune majeur: a mesure, or a request that was accepted."""
    mesures = exists().where(
        Mesure.jeune_id == jeune,
        Mesure.type_code == TypeMesure.code,
        TypeMesure.jeune_majeur.is_(True),
    )
    acceptees = exists().where(DemandeCjm.jeune_id == jeune, DemandeCjm.decision_code == ACCEPTEE)
    return bool(db.session.scalar(select(mesures | acceptees)))


def _contrat_renouvele(fiche: DemandeCjm) -> contrats.ContratLu | None:
    mesures = (
        select(Mesure.id, Mesure.du, TypeMesure.jeune_majeur)
        .join(TypeMesure, TypeMesure.code == Mesure.type_code)
        .where(Mesure.jeune_id == fiche.jeune_id)
    )
    demandes = select(DemandeCjm).where(DemandeCjm.jeune_id == fiche.jeune_id)
    return contrats.renouvele(
        fiche.demandee_le,
        db.session.execute(mesures).all(),
        db.session.scalars(demandes).all(),
    )


class DemandeCjmView(VueTandem):
    datamodel = SQLAInterface(DemandeCjm)
    route_base = "/demandes-cjm"
    ressource = "demande_cjm"
    nom = "une demande de contrat jeune majeur"
    pluriel = "Contrats jeune majeur demandés"
    add_title = "Demander un contrat jeune majeur"
    aide_liste = (
        "Demandé, décidé, renouvelé. Un jeune peut revenir et en demander un autre jusqu’à "
        f"{AGE_CONTRAT_JEUNE_MAJEUR.dit} : chaque demande est une fiche."
    )
    list_columns = [
        "jeune_id",
        "demandee_le",
        "est_renouvellement",
        "decision_code",
        "decidee_le",
        "jusqu_au",
        "mds_id",
    ]
    add_fieldsets = [
        ("", {"fields": ["jeune_id", "demandee_le", "est_renouvellement"]}),
        ("Décision", {"fields": ["decision_code", "decidee_le", "jusqu_au", "motif"]}),
    ]
    search_columns = ["decision_code", "est_renouvellement", "mds_id", "demandee_le", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(DemandeCjm.jeune_id),
        "etat": (
            "État",
            {"attendue": ("Décision attendue", lambda: DemandeCjm.decision_code.is_(None))},
        ),
    }
    base_order = ("demandee_le", "desc")
    au_menu = AuMenu(menu.SUIVI, 72, "Contrats jeune majeur")
    onglet = OngletDuJeune(
        ("demandee_le", "renouvellement", "decision"),
        "Noter une demande",
        62,
        tri=("-demandee_le",),
        calculees={
            "renouvellement": CalculeeDuDossier("Demande", _renouvellement),
            "decision": Calculee("Décision", _decision),
        },
    )

    def initiales(self) -> dict:
        jeune = saisie.numero(request.args.get("jeune"))
        return {
            "demandee_le": aujourd_hui(),
            "est_renouvellement": jeune is not None and a_eu_un_contrat(jeune),
        }

    def valider(self, form, fiche) -> None:
        """The same rules as the base, beside the field that is missing."""
        decision = form.decision_code.data
        if decision and not form.decidee_le.data:
            formulaire.refuser(form, "Donnez le jour de la décision.", "decidee_le")
        if form.decidee_le.data and not decision:
            formulaire.refuser(form, "Dites ce qui a été décidé ce jour-là.", "decision_code")
        if decision == REFUSEE and not form.motif.data:
            formulaire.refuser(form, "Dites pourquoi la demande est refusée.", "motif")
        if form.jusqu_au.data and decision != ACCEPTEE:
            formulaire.refuser(form, "Seul un contrat accepté a une fin.", "jusqu_au")

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """The contrat that the request renews, for whoever reads it."""
        renouvele = _contrat_renouvele(fiche) if fiche.est_renouvellement else None
        if renouvele is None or not (base := base_de(renouvele.table, perimetre())):
            return []
        return [(f"Contrat renouvelé, du {en_texte(renouvele.le)}", f"{base}{renouvele.id}")]

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        mot = "Modifier" if ligne.decision_code else "Noter la décision"
        return [(mot, f"{adresse}/modifier")], []


class PropositionCejView(VueTandem):
    datamodel = SQLAInterface(PropositionCej)
    route_base = "/propositions-cej"
    ressource = "proposition_cej"
    nom = "une proposition de contrat d’engagement jeune"
    pluriel = "CEJ proposés"
    add_title = "Noter un contrat d’engagement jeune proposé"
    aide_liste = "Les contrats d’engagement jeune (CEJ) proposés, et ce que les jeunes ont répondu."
    list_columns = ["jeune_id", "proposee_le", "reponse_code", "repondue_le", "mds_id"]
    add_columns = ["jeune_id", "proposee_le", "reponse_code", "repondue_le", "precision"]
    search_columns = ["reponse_code", "mds_id", "proposee_le", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(PropositionCej.jeune_id),
        "etat": (
            "État",
            {"attendue": ("Réponse attendue", lambda: PropositionCej.reponse_code.is_(None))},
        ),
    }
    base_order = ("proposee_le", "desc")
    au_menu = AuMenu(menu.SUIVI, 74, "CEJ")
    onglet = OngletDuJeune(
        ("proposee_le", "reponse", "precision"),
        "Noter une proposition",
        63,
        tri=("-proposee_le",),
        calculees={"reponse": Calculee("Réponse", _reponse)},
    )

    def initiales(self) -> dict:
        return {"proposee_le": aujourd_hui()}

    def valider(self, form, fiche) -> None:
        if form.reponse_code.data and not form.repondue_le.data:
            formulaire.refuser(form, "Donnez le jour de la réponse.", "repondue_le")
        if form.repondue_le.data and not form.reponse_code.data:
            formulaire.refuser(form, "Dites ce que le jeune a répondu.", "reponse_code")

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        mot = "Modifier" if ligne.reponse_code else "Noter la réponse"
        return [(mot, f"{adresse}/modifier")], []


VUES = (DemandeCjmView, PropositionCejView)
