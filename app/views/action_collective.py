"""« Actions individuelles ou collectives »: one action, one rencontre per youth, saved together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, select

from app import acces, menu
from app.connexion import textes
from app.extensions import db
from app.menu import AuMenu
from app.models import ActionCollective, Instance, Jeune, Rencontre
from app.regles.age import aujourd_hui
from app.regles.texte import minuscule
from app.sorties_de_donnees import FichierSorti, noter
from app.views import portefeuille, presence
from app.views.champ_agent import ChampAgents
from app.views.socle import formulaire
from app.views.socle.affichage import Element, elements, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet, ajouter_a, retour_local
from app.views.socle.motif import dire_pourquoi
from app.views.socle.page import adresse


class ActionCollectiveView(VueTandem):
    datamodel = SQLAInterface(ActionCollective)
    route_base = "/actions-collectives"
    ressource = "action_collective"
    nom = "une action collective"
    pluriel = "Actions collectives"
    aide_liste = "Ateliers, sorties, visites à plusieurs : une action, et une rencontre par jeune."
    list_columns = ["intitule", "le", "theme_code", "lieu_code", "mds_id"]
    add_columns = [
        *("intitule", "le", "mds_id", "theme_code", "lieu_code", "adresse", "agents"),
        "description",
    ]
    edit_columns = [
        *("intitule", "le", "theme_code", "lieu_code", "adresse", "agents", "description"),
    ]
    champs_propres = {
        "agents": ChampAgents("Professionnels rencontrés", aide="Leurs noms, « ; » entre eux.")
    }
    search_columns = ["theme_code", "lieu_code", "mds_id", "le"]
    base_order = ("le", "desc")
    au_menu = AuMenu(menu.RENDEZ_VOUS, 20)

    def onglets(self, fiche) -> list[Onglet]:
        if not acces.perimetre().peut("rencontre", "lire"):
            return []
        inscrits = _inscrits(fiche)
        statuts = elements("statut_rencontre")["statut_rencontre"]
        return [
            Onglet(
                "jeunes",
                "Jeunes inscrits",
                ["Jeune", "Statut", "Présent"],
                [_ligne_inscrit(inscrit, statuts) for inscrit in inscrits],
                compte=str(len(inscrits)),
                vide="Aucun jeune n’est inscrit.",
                ajouter=_inscrire(fiche),
            )
        ]

    @expose("/ajouter", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def add(self):
        """The action and one rencontre per youth; « Ajouter à la liste » only chooses one more."""
        permanence = presence.permanence_demandee()
        depart = {"le": aujourd_hui(), "type_code": "COLLECTIF"}
        if permanence is not None:
            depart = presence.depart_de(permanence)
        recu = textes.rendu()
        if request.method == "POST":
            recu = request.form
        form = presence.FormulaireCollectif(recu, data=depart)
        form.preparer()
        jeton = formulaire.jeton_recu()
        code = 200
        if request.method == "POST":
            if deja := formulaire.deja_envoye(jeton):
                return self._suite(deja)
            choisi = form.choisir()
            if "les_miens" in request.form:
                form.jeunes.ajouter(presence.les_miens())
            elif "choisir" not in request.form:
                if choisi and (numero := self._enregistrer(form, jeton, permanence)):
                    return self._suite(numero)
                code = 422
        titre = self.add_title
        if permanence is not None:
            titre = f"Feuille de présence : {minuscule(str(permanence))}"
        page = presence.PageCollectif(
            titre,
            self.fil(),
            form,
            jeton or uuid.uuid4(),
            retour_local(""),
            portefeuille.a_des_jeunes(),
            permanence,
        )
        return render_template("tandem/collectif.html", page=page, fil=page.fil), code

    @expose("/<numero:cle>/emargement")
    @has_access
    @permission_name("lire")
    def emargement(self, cle: int):
        """The sheet to print and sign: the youths registered, and lines for the others."""
        action = self.obtenir(str(cle))
        if not acces.perimetre().peut("rencontre", "lire", action.mds_id):
            abort(403)
        page = PageDEmargement(action, _inscrits(action))
        rendue = render_template("tandem/emargement.html", page=page, fil=self.fil(action))
        dire_pourquoi("REUNION", "Feuille d’émargement d’une action collective")
        noter(
            FichierSorti(
                "Feuille d’émargement, imprimée",
                "action_collective",
                len(page.inscrits),
                [rencontre.jeune_id for rencontre in page.inscrits],
                cle=cle,
            )
        )
        db.session.commit()
        return rendue

    def boutons(self, fiche) -> list[tuple[str, str]]:
        if not acces.perimetre().peut("rencontre", "lire", fiche.mds_id):
            return []
        return [("Feuille d’émargement", adresse(f"{self.route_base}/{fiche.id}/emargement"))]

    def _enregistrer(
        self, form: presence.FormulaireCollectif, jeton, permanence: Instance | None
    ) -> str | int | None:
        if not form.validate():
            return None
        orientes = form.orientes()
        if orientes and form.le.data > aujourd_hui():
            formulaire.refuser(form, "Une orientation se prend le jour même, pas d’avance.", "le")
            return None
        if deja := formulaire.reserver(jeton, "action_collective"):
            return deja
        action = ActionCollective(**{c: form[c].data for c in presence.DE_L_ACTION})
        if permanence is not None:
            action.instance_id = permanence.id
        db.session.add(action)
        if not formulaire.ecrire(form):
            return None
        numero = action.id
        nombre = len(form.jeunes.data)
        db.session.add_all(
            presence.rencontre(form, jeune, action_id=numero) for jeune in form.jeunes.data
        )
        db.session.add_all(
            presence.orientation(form, jeune, motif) for jeune, motif in orientes.items()
        )
        if permanence is not None:
            presence.tenir(permanence, form)
        if not formulaire.ecrire(form):
            return None
        formulaire.retenir(jeton, numero)
        if not formulaire.ecrire(form, conclure=True):
            return None
        pluriel = "s" * (nombre > 1)
        dit = f"Action enregistrée, avec {nombre} rencontre{pluriel}"
        if orientes:
            dit = f"{dit} et {len(orientes)} orientation{'s' * (len(orientes) > 1)}"
        flash(f"{dit}.", "succes")
        return numero


@dataclass(frozen=True)
class PageDEmargement:
    """What is printed for the youths to sign."""

    action: ActionCollective
    inscrits: Sequence[Row]
    lignes_vides: int = 6
    """For those who come without having been registered."""


def _inscrits(action: ActionCollective) -> Sequence[Row]:
    requete = (
        select(
            Rencontre.id,
            Rencontre.jeune_id,
            Jeune.prenom,
            Jeune.nom,
            Rencontre.statut_code,
            Rencontre.jeune_present,
        )
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .where(Rencontre.action_id == action.id)
        .order_by(Jeune.nom_tri)
        .limit(200)
    )
    return db.session.execute(requete).all()


def _ligne_inscrit(inscrit: Row, statuts: dict[str, Element]) -> tuple[str, list]:
    cellules = [
        f"{inscrit.prenom} {inscrit.nom}",
        statuts[inscrit.statut_code].libelle,
        en_cellule(en_texte(inscrit.jeune_present)),
    ]
    return adresse(f"/rencontres/{inscrit.id}"), cellules


def _inscrire(action: ActionCollective) -> tuple[str, str] | None:
    if not acces.perimetre().peut("rencontre", "creer"):
        return None
    return "Inscrire un jeune", ajouter_a("/rencontres", "action", action.id, "jeunes")


VUES = (ActionCollectiveView,)
