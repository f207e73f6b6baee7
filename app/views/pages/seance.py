"""The comité de suivi being held: one screen a youth, saved as it is typed (M10).

Each form of the screen is sent by the script as one types, or by its own button; what comes back is
the part of the page that it changed (``seance.js``).
"""

from collections.abc import Sequence

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse

from app import erreurs, horloge
from app.extensions import db
from app.views import comite as comites
from app.views.pages.page_de_seance import PageDeSeance, composer
from app.views.pages.saisie_de_seance import (
    ConflitDeSeance,
    dire_ce_qu_il_en_est,
    donner_une_tache,
    ecrire_la_decision,
    noter_les_presents,
    noter_vu,
    peut,
    peut_tenir,
    trouver_le_point,
)
from app.views.socle.lecture import noter_la_lecture

Rendu = str | Response | Reponse | tuple[str | Response, int]
MORCEAUX: dict[str, tuple[str, ...]] = {
    "decision": ("ordre",),
    "taches": ("taches", "ordre"),
    "decidees": ("decidees",),
    "presents": ("presents",),
}
"""What was sent → the parts of the page that it changes."""


class SeanceView(BaseView):
    route_base = "/seances"
    class_permission_name = "point_de_comite"

    @expose("/<numero:cle>/jeunes/<numero:jeune>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int, jeune: int) -> Rendu:
        page = composer(comites.trouver(cle), jeune)
        if page is None:
            return _n_est_plus_la(cle)
        noter_la_lecture("jeune", jeune, jeune)
        rendue = _rendre(page)
        db.session.commit()
        return rendue

    @expose("/<numero:cle>/jeunes/<numero:jeune>/decision", methods=["POST"])
    @has_access
    @permission_name("lire")
    def decider(self, cle: int, jeune: int) -> Rendu:
        """The decision of this youth; asked again when somebody else changed it meanwhile."""
        point = trouver_le_point(cle, jeune)
        conflit = None
        if peut("decision", point):
            conflit = ecrire_la_decision(point)
        if conflit is None and peut_tenir(point):
            noter_vu(point)
        return _repondre(cle, jeune, "decision", conflit=conflit)

    @expose("/<numero:cle>/jeunes/<numero:jeune>/tache", methods=["POST"])
    @has_access
    @permission_name("lire")
    def donner(self, cle: int, jeune: int) -> Rendu:
        """One more task: what, who, for when."""
        point = trouver_le_point(cle, jeune)
        if not peut("tache", point):
            abort(403)
        fautes = donner_une_tache(point)
        if not fautes and peut_tenir(point):
            point.est_vu = True
        return _repondre(cle, jeune, "taches", fautes=fautes)

    @expose("/<numero:cle>/jeunes/<numero:jeune>/suite", methods=["POST"])
    @has_access
    @permission_name("lire")
    def suivre(self, cle: int, jeune: int) -> Rendu:
        """Say what became of a decision or of a task: done, put off, given up."""
        point = trouver_le_point(cle, jeune)
        refus = dire_ce_qu_il_en_est(point)
        if refus:
            db.session.rollback()
        return _repondre(cle, jeune, "decidees", refus=refus)

    @expose("/<numero:cle>/jeunes/<numero:jeune>/presences", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def noter_les_presents(self, cle: int, jeune: int) -> Rendu:
        """Who is there; a name typed joins the list."""
        comite = comites.trouver(cle)
        if not comites.peut_ecrire(comite):
            abort(403)
        return _repondre(cle, jeune, "presents", refus=noter_les_presents(comite))


def _n_est_plus_la(cle: int) -> Reponse:
    flash(
        "Ce jeune n’est pas à l’ordre du jour, ou n’y est plus : il a pu changer de MDS.",
        "attention",
    )
    return redirect(url_for("ComiteView.show", cle=cle))


def _rendre(page: PageDeSeance) -> str:
    fil = comites.fil_du_comite(page.comite)
    return render_template("tandem/seance.html", page=page, fil=fil)


def _repondre(
    cle: int,
    jeune: int,
    partie: str,
    *,
    conflit: ConflitDeSeance | None = None,
    fautes: Sequence[str] = (),
    refus: str = "",
) -> Rendu:
    """Keep what was written, then give the part of the page to the script, or the whole page."""
    if refus_de_la_base := _conclure(fautes or conflit):
        refus = refus_de_la_base
    page = composer(comites.trouver(cle), jeune)
    if page is None:
        return _n_est_plus_la(cle)
    page.conflit = conflit
    page.refus = refus
    page.partie = partie
    page.erreurs_de_tache = tuple(fautes)
    faux = bool(conflit or fautes or refus)
    if "application/json" not in request.headers.get("Accept", ""):
        if faux:
            return _rendre(page), 409 if conflit else 422
        return redirect(f"{page.adresse(page.point)}#{partie}")
    reponse = jsonify(_pour_le_script(page, partie))
    if not faux:
        return reponse
    return reponse, 409 if conflit else 422


def _conclure(faux: object) -> str:
    """Commit, or forget what was asked; the sentence of what the base refused."""
    if faux:
        db.session.rollback()
        return ""
    try:
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return erreurs.expliquer(erreur)[0]
    return ""


def _pour_le_script(page: PageDeSeance, partie: str) -> dict[str, object]:
    dit: dict[str, object] = {
        "heure": comites.heure(horloge.maintenant()),
        "version": page.version,
        "refus": page.refus or " ".join(page.erreurs_de_tache),
        "morceaux": {},
    }
    if page.conflit is not None:
        dit["conflit"] = {
            "qui": page.conflit.qui,
            "quand": page.conflit.quand,
            "texte": page.dire(page.conflit.texte),
            "version": page.conflit.version,
        }
        return dit
    if not dit["refus"] or partie == "presents":
        dit["morceaux"] = {nom: _morceau(page, nom) for nom in MORCEAUX[partie]}
    return dit


def _morceau(page: PageDeSeance, nom: str) -> str:
    return render_template("tandem/_seance.html", page=page, morceau=nom)


VUES = (SeanceView,)
