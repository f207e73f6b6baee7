"""« Définitions et délais ».

Each indicator as its sentence, each number with its unit, the day it counts from, its source.
"""

from dataclasses import dataclass

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app import indicateurs as figures
from app import menu
from app.menu import AuMenu
from app.regles.parametres import PARAMETRES
from app.securite import CONNECTE


@dataclass(frozen=True)
class PageDesDefinitions:
    """What the figures are made of; nothing of the base."""

    indicateurs = tuple(figures.DEFINITIONS.values())
    regles_communes = figures.REGLES_COMMUNES
    parametres = tuple(PARAMETRES.values())


class DefinitionsView(BaseView):
    route_base = "/definitions"
    class_permission_name = CONNECTE
    default_view = "index"
    au_menu = AuMenu(menu.COMPTES, 55, "Définitions et délais", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        fil = [("Accueil", f"{request.script_root}/")]
        return render_template("tandem/definitions.html", page=PageDesDefinitions(), fil=fil)


VUES = (DefinitionsView,)
