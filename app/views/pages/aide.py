"""Where to find one's way: help, site map, and what the law asks to say of accessibility."""

import functools
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import current_app, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.securite import CONNECTE

RESULTAT = "accessibilite.json"
"""Beside the application: what the tests found the last time, written by them."""


@dataclass(frozen=True)
class Resultat:
    """The last run of the tests of accessibility: how many pages were examined, what was found."""

    le: date
    pages: int
    violations: int
    largeurs: tuple[int, ...]
    conformite: str
    """In the words of the law: without an audit of the RGAA, « non conforme »."""


@functools.cache
def lire_le_resultat(dossier: str) -> Resultat:
    lu = json.loads((Path(dossier) / RESULTAT).read_text(encoding="utf-8"))
    return Resultat(
        date.fromisoformat(lu["le"]),
        lu["pages"],
        lu["violations"],
        tuple(lu["largeurs"]),
        lu["conformite"],
    )


def conformite() -> str:
    """The words of the footer."""
    return lire_le_resultat(current_app.root_path).conformite


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
        resultat = lire_le_resultat(current_app.root_path)
        return render_template("accessibilite.html", resultat=resultat)


def _fil() -> list[tuple[str, str]]:
    return [("Accueil", f"{request.script_root}/")]


VUES = (AideView, Accessibilite)
