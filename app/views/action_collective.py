"""« Actions individuelles ou collectives »: one action, one rencontre per youth, saved together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, select
from wtforms import Field
from wtforms.validators import ValidationError

from app import acces, menu
from app.erreurs import CHOIX_NON_VALABLE
from app.extensions import db
from app.menu import AuMenu
from app.models import ActionCollective, Jeune, Rencontre
from app.regles.age import aujourd_hui
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import Element, elements, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs import Champ, ChampDate, ChampTexte, ChampTexteLong, Formulaire
from app.views.socle.champs_choix import ChampListe, ChampMds, ChampReference
from app.views.socle.fiche import Onglet, ajouter_a, retour_local
from app.views.socle.page import Fil, adresse

from .rencontre import verifier_statut

MAX_JEUNES = 40
"""The youths entered at once."""
PRESENT = {"TENUE": True, "ABSENCE": False, "EXCUSE": False}


class ChampJeunes(Champ):
    """The youths chosen so far, as ticked boxes: all visible, or the form is refused."""

    rendu = "jeunes"

    def process_formdata(self, valuelist) -> None:
        self.saisie = ""
        self.data = []
        for brut in valuelist[: MAX_JEUNES + 1]:
            numero = saisie.numero(brut)
            if numero is None:
                raise ValueError(CHOIX_NON_VALABLE)
            if numero not in self.data:
                self.data.append(numero)

    def preparer(self, actuelle) -> None:
        self.data = self.data or []
        self.fiches = list(
            db.session.scalars(select(Jeune).where(Jeune.id.in_(self.data)).order_by(Jeune.nom_tri))
        )

    def pre_validate(self, form) -> None:
        if self.process_errors:
            return
        if not self.data:
            raise ValidationError("Choisissez au moins un jeune.")
        if len(self.data) > MAX_JEUNES:
            raise ValidationError(f"{MAX_JEUNES} jeunes au plus à la fois.")
        if len(self.fiches) != len(self.data):
            raise ValidationError(CHOIX_NON_VALABLE)


class FormulaireCollectif(Formulaire):
    intitule = ChampTexte("Intitulé", requis=True, taille=200)
    le = ChampDate("Le", requis=True)
    mds_id = ChampMds("MDS qui organise", ressource="action_collective", acte="creer", requis=True)
    type_code = ChampListe("Type", liste="type_rencontre", requis=True)
    statut_code = ChampListe(
        "Statut",
        liste="statut_rencontre",
        requis=True,
        aide="Le même pour tous ; corrigez ensuite l’absent sur sa fiche.",
    )
    lieu_code = ChampListe("Lieu", liste="lieu_rencontre")
    description = ChampTexteLong(
        "Description", aide="Reprise comme compte rendu de chaque rencontre."
    )
    jeunes = ChampJeunes("Jeunes choisis", requis=True)
    un_jeune = ChampReference("Ajouter un jeune", table="jeune")

    def choisir(self) -> bool:
        """Move the youth typed to the list of those chosen; False when the words name none."""
        if not self.un_jeune.validate(self):
            return False
        if self.un_jeune.data and self.un_jeune.data not in self.jeunes.data:
            self.jeunes.data.append(self.un_jeune.data)
            self.jeunes.preparer(None)
        self.un_jeune.data = None
        self.un_jeune.saisie = None
        self.un_jeune.mots = None
        return True


@dataclass(frozen=True)
class PageCollectif:
    """The form of a new collective action.

    ``jeton`` lets it be saved once; ``retour`` is where to go afterwards.
    """

    titre: str
    fil: Fil
    form: FormulaireCollectif
    jeton: uuid.UUID
    retour: str

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        """What to correct, field by field."""
        erreurs = []
        for champ in self.form:
            erreurs += [(champ, phrase) for phrase in champ.errors]
        return erreurs

    @property
    def generales(self) -> list[str]:
        """What to correct in the whole."""
        return self.form.form_errors


class ActionCollectiveView(VueTandem):
    datamodel = SQLAInterface(ActionCollective)
    route_base = "/actions-collectives"
    ressource = "action_collective"
    nom = "une action collective"
    pluriel = "Actions collectives"
    aide_liste = "Ateliers, sorties, visites à plusieurs : une action, et une rencontre par jeune."
    list_columns = ["intitule", "le", "lieu_code", "mds_id"]
    add_columns = ["intitule", "le", "mds_id", "lieu_code", "description"]
    edit_columns = ["intitule", "le", "lieu_code", "description"]
    search_columns = ["lieu_code", "mds_id", "le"]
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
        depart = {"le": aujourd_hui(), "statut_code": "TENUE", "type_code": "COLLECTIF"}
        recu = None
        if request.method == "POST":
            recu = request.form
        form = FormulaireCollectif(recu, data=depart)
        form.preparer()
        jeton = formulaire.jeton_recu()
        code = 200
        if request.method == "POST":
            if deja := formulaire.deja_envoye(jeton):
                return self._suite(deja)
            choisi = form.choisir()
            if "choisir" not in request.form:
                if choisi and (numero := self._enregistrer(form, jeton)):
                    return self._suite(numero)
                code = 422
        page = PageCollectif(
            self.add_title, self.fil(), form, jeton or uuid.uuid4(), retour_local("")
        )
        return render_template("tandem/collectif.html", page=page, fil=page.fil), code

    def _enregistrer(self, form: FormulaireCollectif, jeton) -> str | int | None:
        valide = form.validate()
        verifier_statut(form)
        if not valide or form.form_errors or any(c.errors for c in form):
            return None
        if deja := formulaire.reserver(jeton, "action_collective"):
            return deja
        action = ActionCollective(
            **{c: form[c].data for c in ("intitule", "le", "lieu_code", "mds_id", "description")}
        )
        db.session.add(action)
        if not formulaire.ecrire(form):
            return None
        numero = action.id
        nombre = len(form.jeunes.data)
        db.session.add_all(
            Rencontre(
                jeune_id=jeune,
                action_id=numero,
                type_code=form.type_code.data,
                le=form.le.data,
                statut_code=form.statut_code.data,
                lieu_code=form.lieu_code.data,
                compte_rendu=form.description.data,
                jeune_present=PRESENT.get(form.statut_code.data),
            )
            for jeune in form.jeunes.data
        )
        if not formulaire.ecrire(form):
            return None
        formulaire.retenir(jeton, numero)
        if not formulaire.ecrire(form, conclure=True):
            return None
        pluriel = "s" * (nombre > 1)
        flash(f"Action enregistrée, avec {nombre} rencontre{pluriel}.", "succes")
        return numero


def _inscrits(action: ActionCollective) -> Sequence[Row]:
    requete = (
        select(
            Rencontre.id,
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
