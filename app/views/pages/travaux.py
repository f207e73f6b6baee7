"""« Mes fichiers »: the long work that a person asked for, how far it is, the file that waits."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import fichiers, journal, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Travail
from app.models.travail import FINI, STATUTS
from app.securite import CONNECTE
from app.travaux import file
from app.views.socle.fichiers import envoyer_fichier
from app.views.socle.page import fil_d_ariane

DERNIERS = 30
"""Pieces of work that the page lists."""
RAFRAICHIR = 2
"""Seconds before a page that waits looks again."""


@dataclass(frozen=True)
class PageTravaux:
    """What the person asked lately, the latest first."""

    travaux: list[Travail]
    statuts: dict[str, str]
    fil: list[tuple[str, str]]


@dataclass(frozen=True)
class PageTravail:
    """One piece of work."""

    travail: Travail
    statut: str
    fil: list[tuple[str, str]]


class TravauxView(BaseView):
    """Only one's own: the base shows no other."""

    route_base = "/travaux"
    class_permission_name = CONNECTE
    default_view = "index"
    au_menu = AuMenu(menu.COMPTES, 80, "Mes fichiers", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        derniers = select(Travail).order_by(Travail.id.desc()).limit(DERNIERS)
        page = PageTravaux(list(db.session.scalars(derniers)), STATUTS, fil_d_ariane())
        return render_template("travaux.html", page=page)

    @expose("/<numero:numero>")
    @has_access
    @permission_name("lire")
    def voir(self, numero: int) -> Response | tuple[str, int, dict[str, str]]:
        """How far it is; what came of an import or of a sending is told on its own page."""
        travail = _trouver(numero)
        if importation := travail.demande.get("importation"):
            return redirect(url_for("ClasseurView.voir", numero=importation))
        if travail.statut == FINI and "envoi" in travail.demande:
            return redirect(url_for("EnvoiView.show", cle=travail.demande["envoi"]))
        page = PageTravail(
            travail, STATUTS[travail.statut], fil_d_ariane(("Mes fichiers", f"{self.route_base}/"))
        )
        entetes = {}
        if travail.attend_ou_court:
            entetes["Refresh"] = str(RAFRAICHIR)
        return render_template("travail.html", page=page), 200, entetes

    @expose("/<numero:numero>/fichier")
    @has_access
    @permission_name("lire")
    def fichier(self, numero: int) -> Response:
        """The file, from whatever node; the audit log says that it was fetched."""
        travail = _trouver(numero)
        if not travail.a_un_fichier:
            abort(404)
        contenu = fichiers.ouvrir_fichier(file.USAGE, numero)
        if contenu is None:
            flash("Ce fichier n’est plus là : demandez-le à nouveau.", "erreur")
            return redirect(url_for(".voir", numero=numero))
        travail.recupere_le = travail.recupere_le or db.func.now()
        journal.consigner("travail_recupere", table="travail", cle=numero)
        db.session.execute(select(func.acces.sortie_recuperee(numero)))
        nom = travail.fichier or "fichier"
        mime = travail.mime or "application/octet-stream"
        db.session.commit()
        return envoyer_fichier(contenu, nom, mime)

    @expose("/<numero:numero>/abandonner", methods=["POST"])
    @has_access
    @permission_name("lire")
    def abandonner(self, numero: int) -> Response:
        if file.abandonner(_trouver(numero)):
            flash("C’est abandonné : rien n’a été gardé.", "succes")
        else:
            flash("Ce travail était déjà terminé.", "attention")
        db.session.commit()
        return redirect(url_for(".voir", numero=numero))


def _trouver(numero: int) -> Travail:
    return db.session.get(Travail, numero) or abort(404)


VUES = (TravauxView,)
