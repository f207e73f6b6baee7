"""Where to find one's way: help, site map, and what the law asks to say of accessibility."""

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app import accessibilite
from app.securite import CONNECTE


class AideView(BaseView):
    """Help and site map, for everyone who has an account."""

    route_base = ""
    class_permission_name = CONNECTE
    default_view = "index"

    @expose("/aide/")
    @has_access
    @permission_name("lire")
    def index(self):
        return render_template("aide.html", fil=_fil())

    @expose("/plan-du-site/")
    @has_access
    @permission_name("lire")
    def plan(self):
        return render_template("plan.html", fil=_fil())


class Accessibilite(BaseView):
    """The accessibility statement: the law wants it open to all, hence before any sign-in."""

    route_base = "/accessibilite"
    default_view = "index"

    @expose("/")
    def index(self):
        resultat = accessibilite.dernier_resultat()
        return render_template("accessibilite.html", resultat=resultat)


def _fil() -> list[tuple[str, str]]:
    return [("Accueil", f"{request.script_root}/")]


VUES = (AideView, Accessibilite)
