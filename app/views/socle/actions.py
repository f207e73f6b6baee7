"""``@action`` of Flask-AppBuilder: what a developer adds to a record, or to those ticked in a list.

The framework calls the function with ``datamodel.get(pk)``, without ``base_filters``, and with None
for a record that one does not see. Here each record is read again through the wall and held: one
that is not visible is a 404, one where the act is not allowed a 403. A confirmation is asked on a
page, and the audit log keeps which action was made on each record.

The right is the name of the action, or what ``method_permission_name`` says: ``{"clore":
"modifier"}``; some role of ``app/roles.py`` must give it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, g, redirect, render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.actions import ActionItem
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.exc import DBAPIError

from app import acces, journal
from app.erreurs import expliquer
from app.extensions import db
from app.models.declaration import DeclarationRefusee
from app.roles import ROLES
from app.views.socle.fiche import retour_local

MAXIMUM = 100
"""The records of one action: the longest page of a list."""


@dataclass
class PageDeConfirmation:
    """What is about to be done, to which records."""

    action: ActionItem
    adresse: str
    fiches: list[tuple[str, str]]
    """(key, title)"""
    retour: str
    fil: list[tuple[str, str]]


class Actions(ModelView):
    """The routes of the actions; mixed into ``VueTandem``."""

    def acte_de(self, action: ActionItem) -> str:
        """The right that the action asks for."""
        return self.get_action_permission_name(action.name).removeprefix("can_")

    def verifier_les_actions(self) -> None:
        """An action that no role may make is told at start."""
        for action in self.actions.values():
            acte = self.acte_de(action)
            if not any(acte in role.actes(self.ressource) for role in ROLES.values()):
                raise DeclarationRefusee(
                    f"{type(self).__name__} : l’action « {action.name} » demande le droit"
                    f" « {acte} » sur « {self.ressource} », qu’aucun rôle ne donne ; ajoutez-le à"
                    " app/roles.py ou nommez un droit existant par method_permission_name."
                )

    def actions_permises(self, fiche=None) -> list[ActionItem]:
        """Those of the list, or of one record, that the person may make."""
        perimetre = acces.perimetre()
        if fiche is None:
            multiples = [a for a in self.actions.values() if a.multiple]
            return [a for a in multiples if perimetre.peut(self.ressource, self.acte_de(a))]
        seules = [a for a in self.actions.values() if a.single]
        return [a for a in seules if self.peut_sur(self.acte_de(a), fiche)]

    @expose("/action/<nom>/<cle>", methods=["POST"])
    @has_access
    @permission_name("lire")
    def agir(self, nom: str, cle: str):
        """An action on one record, from its page."""
        action = self._trouver_action(nom, seule=True)
        (fiche,) = self._fiches(action, [cle])
        return self._agir(action, [fiche], fiche, f"action/{nom}/{cle}")

    @expose("/action_post", methods=["POST"])
    @has_access
    @permission_name("lire")
    def agir_sur_plusieurs(self):
        """An action on the records ticked in the list, at most a page of them."""
        action = self._trouver_action(request.form.get("action", ""), seule=False)
        cles = list(dict.fromkeys(request.form.getlist("rowid")))
        if not cles:
            flash("Cochez au moins une fiche.", "attention")
            return redirect(self._retour())
        if len(cles) > MAXIMUM:
            abort(400)
        fiches = self._fiches(action, cles)
        return self._agir(action, fiches, fiches, "action_post")

    def _trouver_action(self, nom: str, *, seule: bool) -> ActionItem:
        action = self.actions.get(nom)
        if action is None or not (action.single if seule else action.multiple):
            abort(404)
        return action

    def _fiches(self, action: ActionItem, cles: list[str]) -> list:
        """The records, under the row-level policies.

        They are locked when the person may change them: the policies hide from « for update » what
        they may only read.
        """
        acte = self.acte_de(action)
        fiches = [self.obtenir(cle) for cle in cles]
        if not all(self.peut_sur(acte, fiche) for fiche in fiches):
            journal.consigner("refus", table=self.modele.__tablename__, detail={"acte": acte})
            db.session.commit()
            g.refus_ecrit = True
            abort(403)
        for fiche in fiches:
            if self.peut_sur("modifier", fiche):
                self.obtenir(str(self.cle(fiche)), verrou=True)
                db.session.refresh(fiche)
        return fiches

    def _agir(self, action: ActionItem, fiches: Sequence, argument, route: str):
        if action.confirmation and request.form.get("confirmee") != "oui":
            return self._confirmer(action, fiches, route)
        for fiche in fiches:  # before: the action may delete them
            journal.consigner(
                "action",
                table=self.modele.__tablename__,
                cle=self.cle(fiche),
                jeune_id=getattr(fiche, "jeune_id", None),
                detail={"action": action.name},
            )
        try:
            reponse = action.func(argument)
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(expliquer(erreur)[0], "erreur")
            return redirect(self._retour())
        return reponse or redirect(self._retour())

    def _retour(self) -> str:
        return retour_local(f"{request.script_root}{self.route_base}/")

    def _confirmer(self, action: ActionItem, fiches: Sequence, route: str) -> str:
        page = PageDeConfirmation(
            action,
            f"{request.script_root}{self.route_base}/{route}",
            [(str(self.cle(f)), self.titre(f)) for f in fiches],
            self._retour(),
            self.fil(),
        )
        return render_template("confirmer.html", page=page, fil=page.fil)
