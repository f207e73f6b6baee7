"""« Ce ne sont pas les mêmes personnes »: said of two files that look alike, and taken back."""

from flask import abort, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import or_, select

from app import acces
from app.extensions import db
from app.models import Distinction, Jeune
from app.views.socle import choix
from app.views.socle.fiche import retour_local


def de(jeune: Jeune) -> list[Distinction]:
    """What was said of this youth and of others, the latest first."""
    d_eux = or_(Distinction.jeune_id == jeune.id, Distinction.autre_id == jeune.id)
    return list(
        db.session.scalars(select(Distinction).where(d_eux).order_by(Distinction.id.desc()))
    )


def des_deux(un: Jeune, autre: Jeune) -> Distinction | None:
    return next((d for d in de(un) if autre.id in (d.jeune_id, d.autre_id)), None)


def dire(un: Jeune, autre: Jeune) -> None:
    """Add it to the current transaction; said once."""
    if des_deux(un, autre) is None:
        db.session.add(Distinction.entre(un, autre, str(current_user)))
        db.session.flush()


def deux_dossiers() -> tuple[Jeune, Jeune]:
    """The two files that the request names, both within the person's reach; 404 otherwise."""
    un = choix.demande("jeune", "jeune")
    autre = choix.demande("jeune", "autre")
    perimetre = acces.perimetre()
    permis = [perimetre.peut("fusion", "creer", jeune.mds_id) for jeune in (un, autre)]
    if un.id == autre.id or not all(permis):
        abort(404)
    return un, autre


class DistinctionView(BaseView):
    route_base = "/distinctions"
    class_permission_name = "fusion"

    @expose("/dire", methods=["POST"])
    @has_access
    @permission_name("creer")
    def dire(self):
        un, autre = deux_dossiers()
        dire(un, autre)
        db.session.commit()
        flash(
            f"Les dossiers {un.code} et {autre.code} sont ceux de deux jeunes :"
            " ils ne sont plus proposés.",
            "succes",
        )
        return redirect(retour_local(f"{request.script_root}/jeunes/{un.id}"))

    @expose("/<numero:cle>/retirer", methods=["POST"])
    @has_access
    @permission_name("creer")
    def retirer(self, cle: int):
        """The pair is proposed again."""
        dite = db.session.get(Distinction, cle)
        if dite is None or not acces.perimetre().peut("fusion", "creer", dite.mds_id):
            abort(404)
        jeune_id = dite.jeune_id
        db.session.delete(dite)
        db.session.commit()
        flash(
            "C’est noté : ces deux dossiers seront de nouveau proposés s’ils se ressemblent.",
            "succes",
        )
        return redirect(retour_local(f"{request.script_root}/jeunes/{jeune_id}"))


VUES = (DistinctionView,)
