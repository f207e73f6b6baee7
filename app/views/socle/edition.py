"""Adding, changing and deleting a record.

Within the person's rights, once, and never over somebody else's change.
"""

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import inspect
from wtforms import Field

from app.extensions import db
from app.views.socle import choix, dates, formulaire, saisie
from app.views.socle.affichage import cible_de
from app.views.socle.champs import Formulaire
from app.views.socle.fiche import retour_local
from app.views.socle.formulaire import Conflit
from app.views.socle.lecture import exiger_un_motif

AUTRE_CHOSE = (
    "Ce formulaire avait déjà été enregistré. Ce que vous y avez changé depuis n’est pas dans la"
    " fiche : modifiez-la."
)


@dataclass
class PageDeFormulaire:
    """A form to fill in, or one that was refused."""

    form: Formulaire
    fil: list[tuple[str, str]]
    titre: str
    sections: list[tuple[str, dict]]
    jeton: uuid.UUID
    parents: dict[str, object]
    """The records that the address gives, by column: shown, not asked."""
    conflit: Conflit | None
    version: int | None
    sous_titre: str = ""
    adresse: str = ""
    """The record that is changed; none for a new one."""
    annuler: str = ""
    encore: str = ""
    """« une autre » or « un autre »: what the second button adds after this record."""
    retour: str = field(default_factory=lambda: retour_local(""))

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        """Each refusal with its field."""
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def generales(self) -> Sequence[str]:
        """The refusals of the whole record."""
        return self.form.form_errors


class Edition(ModelView):
    """The routes that write; mixed into ``VueTandem``."""

    def parents(self) -> dict[str, object]:
        """The records that the address names as parents (``?jeune=12``), by column.

        404 for one that is not visible.
        """
        trouves = {}
        for colonne, table in self._parents_possibles:
            if demande := request.args.get(colonne.removesuffix("_id")):
                numero = saisie.numero(demande)
                parent = None if numero is None else choix.trouver(table, numero)
                if parent is None:
                    abort(404)
                trouves[colonne] = parent
        return trouves

    @functools.cached_property
    def _parents_possibles(self) -> list[tuple[str, str]]:
        """(column, table) of what the form chooses by typing its name."""
        visees = [
            (prop.nom, cible_de(prop.colonne))
            for prop in map(self.propriete, self.add_columns)
            if prop.colonne is not None
        ]
        return [(nom, table) for nom, table in visees if table in choix.CHERCHABLES]

    @expose("/ajouter", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def add(self):
        parents = self.parents()
        jeton = formulaire.jeton_recu()
        if request.method == "GET":
            numeros = {c: self.cle(p) for c, p in parents.items()}
            form = self.add_form(data={**self.initiales(), **numeros})
            form.preparer()
            return self._formulaire(form, None, parents=parents)
        form = self.add_form(request.form)
        for colonne, parent in parents.items():
            form[colonne].reprendre_la_fiche(self.cle(parent), parent)
        form.preparer()
        fiche = self.modele()
        if self._valide(form, fiche):
            if deja := formulaire.reserver_un_numero(jeton, fiche):
                return self._deja_envoye(form, deja)
            if self._creer(form, fiche, jeton):
                flash(self.add_row_message, "succes")
                return self._suite(self.cle(fiche))
        elif deja := formulaire.deja_envoye(jeton):
            # by the other click, whose record is the « duplicate » found here
            return self._deja_envoye(form, deja)
        return self._formulaire(form, None, parents=parents, jeton=jeton), 422

    def _creer(self, form, fiche, jeton) -> bool:
        """Write a new record and what comes with it; False when something refuses it."""
        numerotee = getattr(fiche, "id", None) is not None
        self.process_form(form, True)
        formulaire.remplir(form, fiche, creation=True)
        self.avant_ecriture(fiche, creation=True)
        if not self._accepte(form, self.pre_add, fiche):
            return False
        db.session.add(fiche)
        if not formulaire.ecrire(form):
            return False
        if not numerotee:
            formulaire.retenir(jeton, self.cle(fiche))
        self.apres_creation(fiche)
        if not formulaire.ecrire(form, conclure=True):
            return False
        self.post_add(fiche)
        db.session.commit()
        return True

    def _accepte(self, form, controle, fiche) -> bool:
        """Show what ``pre_add`` or ``pre_update`` refuses by a ``ValueError``, and keep nothing."""
        try:
            controle(fiche)
        except ValueError as refus:
            db.session.rollback()
            formulaire.refuser(form, str(refus))
            return False
        return True

    def initiales(self) -> dict:
        """The values a new form proposes."""
        return {}

    @expose("/<cle>/modifier", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def edit(self, cle: str):
        jeton = formulaire.jeton_recu()
        fiche = self._a_modifier(cle)
        if request.method == "GET":
            jeune_id = self.jeune_de(fiche)
            if jeune_id is not None:
                exiger_un_motif(jeune_id)
            form = self.edit_form(obj=fiche)
            form.preparer(fiche)
            self.prefill_form(form, cle)
            return self._formulaire(form, fiche)
        # What is refused below gives the token back: the same form may be sent again.
        if formulaire.reserver(jeton, self.modele.__tablename__, cle):
            # by the other click, which held the record until now
            form = self.edit_form(request.form)
            form.preparer(self.obtenir(cle))
            return self._deja_envoye(form, cle)
        version = getattr(fiche, "version", None)
        form = self.edit_form(request.form)
        form.preparer(fiche)
        complets = formulaire.trancher(form, fiche)
        lue = saisie.numero(request.form.get("version"))
        if version is not None and lue is None:
            abort(400)
        if self._valide(form, fiche):
            conflit = None if lue is None else formulaire.conflit(form, fiche, lue)
            if not complets or (conflit and conflit.differences):
                conflit = conflit or formulaire.conflit(form, fiche, -1)
                db.session.rollback()
                return self._formulaire(
                    form, self.obtenir(cle), jeton=jeton, conflit=conflit, version=version
                ), 409
            if self._modifier(form, fiche):
                flash(self.edit_row_message, "succes")
                return self._suite(cle)
        db.session.rollback()
        return self._formulaire(form, self.obtenir(cle), jeton=jeton, version=lue or version), 422

    def _a_modifier(self, cle: str):
        """The record, locked when it is about to be written; 404 unseen, 403 where it is only read.

        The wall hides what may not be written from whoever locks it.
        """
        fiche = None
        if request.method == "POST":
            fiche = self.chercher_la_fiche(cle, verrou=True)
        if fiche is None:
            fiche = self.obtenir(cle)
            if request.method == "POST":
                abort(403)
        if not self.peut_sur("modifier", fiche):
            abort(403)
        return fiche

    def _modifier(self, form, fiche) -> bool:
        """Write the changes; False when something refuses them."""
        self.process_form(form, False)
        formulaire.remplir(form, fiche, creation=False)
        self.avant_ecriture(fiche, creation=False)
        if not self._accepte(form, self.pre_update, fiche):
            return False
        if not formulaire.ecrire(form, conclure=True):
            return False
        self.post_update(fiche)
        db.session.commit()
        return True

    def _valide(self, form, fiche) -> bool:
        self._verifier(form, fiche)
        if any(c.errors for c in form) and inspect(fiche).persistent:
            self._laisser_ce_qui_etait(form, fiche)
        return not any(c.errors for c in form) and not form.form_errors

    def _verifier(self, form, fiche) -> None:
        form.validate()
        self.valider(form, fiche)
        dates.verifier(form, self.modele, fiche)

    def _laisser_ce_qui_etait(self, form, fiche) -> None:
        """What the record already broke is not refused again: it would block another field.

        It is, to whoever changes that very field.
        """
        avant = self.edit_form(obj=fiche)
        avant.preparer(fiche)
        self._verifier(avant, fiche)
        for champ in form:
            connues = avant[champ.name].errors if champ.name in avant else ()
            if connues and champ.data == avant[champ.name].data and not champ.process_errors:
                champ.errors = [phrase for phrase in champ.errors if phrase not in connues]

    def _formulaire(self, form, fiche, **autres) -> str:
        """The page of a form: of a new record when ``fiche`` is None."""
        parents = autres.get("parents") or {}
        page = PageDeFormulaire(
            form=form,
            fil=self.fil(fiche, parents.get("jeune_id")),
            titre=self.add_title,
            sections=self.add_fieldsets,
            jeton=autres.get("jeton") or uuid.uuid4(),
            parents=parents,
            conflit=autres.get("conflit"),
            version=autres.get("version") or getattr(fiche, "version", None),
        )
        page.annuler = page.retour or page.fil[-1][1]
        page.encore = f"{self.nom.partition(' ')[0]} autre"
        if fiche is not None:
            page.titre = self.edit_title
            page.sous_titre = self.titre(fiche)
            page.sections = self.edit_fieldsets
            page.adresse = self._adresse(self.cle(fiche))
            page.annuler = page.retour or page.adresse
        return render_template(self.form_template, vue=self, page=page, fil=page.fil, fiche=fiche)

    @expose("/<cle>/supprimer", methods=["GET", "POST"])
    @has_access
    @permission_name("supprimer")
    def delete(self, cle: str):
        fiche = self.obtenir(cle)
        if not self.peut_sur("supprimer", fiche):
            abort(403)
        fil = self.fil(fiche)
        titre = self.titre(fiche)
        apres = retour_local(fil[-1][1])
        refus = None
        if request.method == "POST":
            refus = formulaire.changee_depuis(fiche) or self._supprimer(fiche)
            if refus is None:
                flash(self.delete_row_message + self.suite_suppression, "succes")
                return redirect(apres)
        page = render_template(
            self.delete_template,
            vue=self,
            cle=cle,
            titre=titre,
            fil=fil,
            retour=retour_local(""),
            refus=refus,
            version=getattr(fiche, "version", None),
        )
        return (page, 409) if refus else page

    @property
    def suite_suppression(self) -> str:
        """What can still be done for a record that was deleted."""
        if self._suit_un_jeune:
            return " L’historique du dossier permet de la rétablir."
        return ""

    def _supprimer(self, fiche) -> str | None:
        """Delete for good; the sentence of the refusal, if any."""
        try:
            self.pre_delete(fiche)
        except ValueError as erreur:
            db.session.rollback()
            return str(erreur)
        db.session.delete(fiche)
        refus = formulaire.conclure()
        if refus is None:
            self.post_delete(fiche)
            db.session.commit()
        return refus

    def _adresse(self, cle) -> str:
        return f"{request.script_root}{self.route_base}/{cle}"

    def _deja_envoye(self, form, cle: str):
        """After a form that was sent already: what it says besides is not lost without a word."""
        fiche = self.chercher_la_fiche(cle)
        if fiche is not None and formulaire.dit_autre_chose(form, fiche):
            flash(AUTRE_CHOSE, "attention")
        return self._suite(cle)

    def _suite(self, cle):
        """After saving: one more when asked, else where the person came from, else the record."""
        if request.form.get("encore"):
            return redirect(f"{request.script_root}{request.full_path.rstrip('?')}")
        return redirect(retour_local(self._adresse(cle)))
