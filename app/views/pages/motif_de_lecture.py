"""« Pourquoi lire ce dossier »: outside one's own portfolio, where the MDS has chosen to ask."""

from dataclasses import dataclass

from flask import abort, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from app import acces, journal
from app.connexion.chemins import chemin_local
from app.extensions import db
from app.models import Jeune
from app.regles.finalites import LETTRES, dit_pourquoi
from app.views.socle import choix, saisie
from app.views.socle.page import adresse, fil_d_ariane


@dataclass(frozen=True)
class PageMotif:
    """What is asked, of which file, and where to go afterwards."""

    jeune: Jeune
    retour: str
    manque: bool = False
    lettres: int = LETTRES


class MotifDeLectureView(BaseView):
    route_base = "/motif-de-lecture"
    sous_le_menu = "JeuneView"
    class_permission_name = "jeune"
    default_view = "index"

    @expose("/<numero:jeune>", methods=["GET", "POST"])
    @has_access
    @permission_name("lire")
    def index(self, jeune: int) -> Response | str | tuple[str, int]:
        dossier = choix.trouver("jeune", jeune) or abort(404)
        retour = chemin_local(request.args.get("retour", "")) or adresse(f"/jeunes/{jeune}")
        page = PageMotif(dossier, retour)
        if request.method == "POST":
            mots = saisie.ligne_saisie("motif", 300)
            if dit_pourquoi(mots):
                acces.agir_pour(acces.contexte().acteur, motif=mots)
                journal.consigner("lecture_justifiee", table="jeune", cle=jeune, jeune_id=jeune)
                db.session.commit()
                return redirect(retour)
            page = PageMotif(dossier, retour, manque=True)
        fil = fil_d_ariane(("Jeunes", "/jeunes/"))
        rendue = render_template("tandem/motif_de_lecture.html", page=page, fil=fil)
        return (rendue, 422) if page.manque else rendue


VUES = (MotifDeLectureView,)
