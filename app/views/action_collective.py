"""« Actions individuelles ou collectives »: one action, one rencontre per youth, saved together."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import abort, flash, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, select
from wtforms import Field
from wtforms.validators import ValidationError

from app import acces, menu
from app.connexion import textes
from app.erreurs import CHOIX_NON_VALABLE
from app.extensions import db
from app.menu import AuMenu
from app.models import ActionCollective, Jeune, Rencontre
from app.regles.age import aujourd_hui
from app.views import portefeuille
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import Element, elements, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs import Champ, ChampDate, ChampTexte, ChampTexteLong, Formulaire
from app.views.socle.champs_choix import ChampListe, ChampMds, ChampReference
from app.views.socle.fiche import Onglet, ajouter_a, retour_local
from app.views.socle.page import Fil, adresse

MAX_JEUNES = 60
"""The youths entered at once."""
PRESENCES = {"TENUE": "Présent", "ABSENCE": "Absent", "EXCUSE": "Excusé"}
"""The status of the rencontre of each youth → what the sheet says."""


class ChampJeunes(Champ):
    """The youths chosen so far, as ticked boxes: all visible, or the form is refused.

    Beside each, whether they came (``presence-<number>``); present unless said otherwise.
    """

    rendu = "jeunes"
    presences = PRESENCES

    def process_formdata(self, valuelist) -> None:
        self.saisie = ""
        self.data = []
        for brut in valuelist[: MAX_JEUNES + 1]:
            numero = saisie.numero(brut)
            if numero is None:
                raise ValueError(CHOIX_NON_VALABLE)
            if numero not in self.data:
                self.data.append(numero)

    def statut_de(self, numero: int) -> str:
        """The status that the sheet gives to this youth."""
        dit = request.form.get(f"presence-{numero}", "")
        return dit if dit in PRESENCES else "TENUE"

    def ajouter(self, numeros: Iterable[int]) -> None:
        """Put these youths in the list too; one that is too many is refused, never dropped."""
        self.data = [*dict.fromkeys([*self.data, *numeros])]
        self.preparer(None)

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
        if self.un_jeune.data:
            self.jeunes.ajouter([self.un_jeune.data])
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
    a_des_jeunes: bool
    """The person accompanies somebody: « Ajouter mes jeunes »."""

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
        depart = {"le": aujourd_hui(), "type_code": "COLLECTIF"}
        recu = textes.rendu()
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
            if "les_miens" in request.form:
                form.jeunes.ajouter(_les_miens())
            elif "choisir" not in request.form:
                if choisi and (numero := self._enregistrer(form, jeton)):
                    return self._suite(numero)
                code = 422
        page = PageCollectif(
            self.add_title,
            self.fil(),
            form,
            jeton or uuid.uuid4(),
            retour_local(""),
            _a_des_jeunes(),
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
        fil = self.fil(action)
        return render_template("tandem/emargement.html", page=page, fil=fil)

    def boutons(self, fiche) -> list[tuple[str, str]]:
        if not acces.perimetre().peut("rencontre", "lire", fiche.mds_id):
            return []
        return [("Feuille d’émargement", adresse(f"{self.route_base}/{fiche.id}/emargement"))]

    def _enregistrer(self, form: FormulaireCollectif, jeton) -> str | int | None:
        if not form.validate():
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
        db.session.add_all(_rencontre(form, jeune, action_id=numero) for jeune in form.jeunes.data)
        if not formulaire.ecrire(form):
            return None
        formulaire.retenir(jeton, numero)
        if not formulaire.ecrire(form, conclure=True):
            return None
        pluriel = "s" * (nombre > 1)
        flash(f"Action enregistrée, avec {nombre} rencontre{pluriel}.", "succes")
        return numero


@dataclass(frozen=True)
class PageDEmargement:
    """What is printed for the youths to sign."""

    action: ActionCollective
    inscrits: Sequence[Row]
    lignes_vides: int = 6
    """For those who come without having been registered."""


def _rencontre(form: FormulaireCollectif, jeune: int, action_id: int) -> Rencontre:
    """Planned when the day is to come; else what the sheet says of this youth."""
    statut = form.jeunes.statut_de(jeune)
    present: bool | None = statut == "TENUE"
    if form.le.data > aujourd_hui():
        statut = "PREVUE"
        present = None
    return Rencontre(
        jeune_id=jeune,
        action_id=action_id,
        type_code=form.type_code.data,
        le=form.le.data,
        statut_code=statut,
        lieu_code=form.lieu_code.data,
        compte_rendu=form.description.data,
        jeune_present=present,
    )


def _a_des_jeunes() -> bool:
    agent = portefeuille.moi()
    return agent is not None and agent.a_des_jeunes


def _les_miens() -> Sequence[int]:
    """The youths that the person accompanies, by name; one more than a sheet holds, if there is."""
    siens = select(Jeune.id).where(*portefeuille.les_siens(Jeune.id)).order_by(Jeune.nom_tri)
    if not _a_des_jeunes():
        return []
    return db.session.scalars(siens.limit(MAX_JEUNES + 1)).all()


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
