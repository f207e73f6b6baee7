"""The means (M14, M15): postes of coordonnateur and their equipment, conventions and payments."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import get_template_attribute, request, url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from app import acces, menu
from app.echanges.bilan.contenu import etats_des_conventions
from app.echanges.bilan.document import ce_que_dit_le_solde, lignes_de_financement
from app.extensions import db
from app.indicateurs.chiffres import en_euros
from app.indicateurs.objectifs import MESURABLES, SENS, attendu, nombre_dit
from app.menu import AuMenu
from app.models import Convention, Objectif, Poste, Versement
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.parametres import AVANCE_POURCENT, DUREE_CONVENTION_MOIS, MONTANT_PAR_ETP
from app.views.champ_agent import ChampAgent, ecrire_les_agents, exiger
from app.views.socle.affichage import en_texte
from app.views.socle.base import Liens, VueTandem
from app.views.socle.fiche import Onglet, ajouter_a, base_de
from app.views.socle.periode import VuePeriode, en_cours

TYPES_DE_VERSEMENT = (("AVANCE", "Avance"), ("SOLDE", "Solde"), ("AUTRE", "Autre"))


def euros(montant) -> str:
    if montant is None:
        return ""
    return en_euros(montant)


class PosteView(VuePeriode):
    datamodel = SQLAInterface(Poste)
    route_base = "/postes"
    ressource = "poste"
    nom = "un poste"
    pluriel = "Postes de coordonnateur"
    list_columns = [
        "coordonnateur",
        "etp",
        "du",
        "au",
        "telephone_fourni_le",
        "ordinateur_fourni_le",
        "frais_deplacement",
    ]
    add_fieldsets = [
        ("", {"fields": ["agent_id", "etp", "du", "au"]}),
        (
            "Équipement de mobilité",
            {"fields": ["telephone_fourni_le", "ordinateur_fourni_le", "frais_deplacement"]},
        ),
    ]
    show_fieldsets = [
        ("", {"fields": ["coordonnateur", "etp", "du", "au"]}),
        add_fieldsets[1],
    ]
    champs_propres = {"agent_id": ChampAgent("Coordonnateur", nom_dans="coordonnateur")}
    search_columns = ["frais_deplacement", "du", "au"]
    filtres_propres = en_cours(Poste)
    au_menu = AuMenu(menu.PARTENARIAT, 70, "Postes")

    def valider(self, form, fiche) -> None:
        exiger(form, "agent_id")
        ecrire_les_agents(form, fiche)


class ConventionView(VueTandem):
    datamodel = SQLAInterface(Convention)
    route_base = "/conventions"
    ressource = "convention"
    nom = "une convention"
    pluriel = "Conventions"
    list_columns = ["numero", "operateur", "du", "au", "etp", "montant_etp", "signee_le"]
    add_fieldsets = [
        ("", {"fields": ["numero", "operateur", "du", "au", "signee_le", "bilan_recu_le"]}),
        ("Montants", {"fields": ["etp", "montant_etp", "avance_pourcent"]}),
        ("Observations", {"fields": ["observations"]}),
    ]
    formatters_columns = {"montant_etp": euros}
    search_columns = ["du", "au"]
    base_order = ("du", "desc")
    au_menu = AuMenu(menu.PARTENARIAT, 60)

    def initiales(self) -> dict:
        du = aujourd_hui().replace(month=1, day=1)
        return {
            "du": du,
            "au": ajouter_mois(du, DUREE_CONVENTION_MOIS.valeur) - timedelta(days=1),
            "montant_etp": MONTANT_PAR_ETP.valeur,
            "avance_pourcent": AVANCE_POURCENT.valeur,
        }

    def onglets(self, fiche) -> list[Onglet]:
        types = dict(TYPES_DE_VERSEMENT)
        lignes = db.session.scalars(
            select(Versement).where(Versement.convention_id == fiche.id).order_by(Versement.le)
        ).all()
        ajouter = (
            "Ajouter un versement",
            ajouter_a("/versements", "convention", fiche.id, "versements"),
        )
        return [
            *self._calculs(fiche),
            Onglet(
                "versements",
                "Versements",
                ["Versé le", "Type", "Montant"],
                [
                    (
                        f"{request.script_root}/versements/{v.id}",
                        [en_texte(v.le), types[v.type], euros(v.montant)],
                    )
                    for v in lignes
                ],
                compte=str(len(lignes)),
                vide="Aucun versement n’est enregistré.",
                ajouter=ajouter if self.peut_sur("modifier", fiche) else None,
            ),
        ]

    def _calculs(self, fiche: Convention) -> list[Onglet]:
        """How the amount is computed.

        And the objectives against the figures of the convention until today.
        """
        (suivi,) = etats_des_conventions([fiche], aujourd_hui())
        financement = get_template_attribute("_convention.html", "financement")
        objectifs = get_template_attribute("_convention.html", "objectifs")
        periode = urlencode({"du": suivi.du, "au": suivi.jusqu_au, "mds": ""})
        liens = {}
        for constat in suivi.constats:
            code = constat.indicateur.code
            liens[code] = f"{url_for('IndicateursView.personnes', code=code)}?{periode}"
        ajouter = (
            "Ajouter un objectif",
            ajouter_a("/objectifs", "convention", fiche.id, "objectifs"),
        )
        return [
            Onglet(
                "financement",
                "Financement",
                contenu=financement(lignes_de_financement(suivi), ce_que_dit_le_solde(suivi)),
            ),
            Onglet(
                "objectifs",
                "Objectifs",
                contenu=objectifs(suivi, liens) if suivi.constats else None,
                compte=str(len(suivi.constats)),
                vide="Aucun objectif n’est enregistré.",
                ajouter=ajouter if acces.perimetre().peut("objectif", "creer") else None,
                tout_voir=f"{request.script_root}/objectifs/?convention={fiche.id}",
            ),
        ]


class VueDesConventions(VueTandem):
    """What a convention holds: its list is reached from theirs."""

    sous_le_menu = "ConventionView"

    def au_dessus(self) -> Liens:
        conventions = base_de("convention", acces.perimetre())
        return [*super().au_dessus(), *([("Conventions", conventions)] if conventions else [])]


class ObjectifView(VueDesConventions):
    datamodel = SQLAInterface(Objectif)
    route_base = "/objectifs"
    ressource = "objectif"
    nom = "un objectif"
    pluriel = "Objectifs"
    aide_liste = "Ce que la convention attend de chaque indicateur, pour tout le Département."
    list_columns = ["indicateur", "sens", "cible", "convention_id"]
    add_columns = ["convention_id", "indicateur", "sens", "cible", "observations"]
    edit_columns = ["indicateur", "sens", "cible", "observations"]
    choix = {
        "indicateur": [(code, f"{code} – {i.titre}") for code, i in MESURABLES.items()],
        "sens": [(code, mot.capitalize()) for code, mot in SENS.items()],
    }
    formatters_columns = {
        "indicateur": lambda v: f"{v} – {MESURABLES[v].titre}" if v in MESURABLES else v,
        "sens": lambda v: SENS.get(v, "").capitalize(),
        "cible": lambda v: "" if v is None else nombre_dit(v),
    }
    search_columns = ["indicateur", "convention_id"]
    base_order = ("id", "asc")

    def titre(self, fiche) -> str:
        i = MESURABLES.get(fiche.indicateur)
        if i is None:
            return fiche.indicateur
        return f"{fiche.indicateur} : {attendu(i, fiche.sens, fiche.cible)}"


class VersementView(VueDesConventions):
    datamodel = SQLAInterface(Versement)
    route_base = "/versements"
    ressource = "versement"
    nom = "un versement"
    pluriel = "Versements"
    list_columns = ["convention_id", "type", "montant", "le"]
    add_columns = ["convention_id", "type", "montant", "le"]
    edit_columns = ["type", "montant", "le"]
    choix = {"type": TYPES_DE_VERSEMENT}
    formatters_columns = {"type": lambda v: dict(TYPES_DE_VERSEMENT).get(v, ""), "montant": euros}
    description_columns = {"type": ""}
    search_columns = ["type", "le", "convention_id"]
    base_order = ("le", "desc")

    def titre(self, fiche) -> str:
        return f"Versement du {en_texte(fiche.le)}"


VUES = (PosteView, ConventionView, ObjectifView, VersementView)
