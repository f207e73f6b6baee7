"""What every template may use: the menu, the words for values, the addresses of static files (with
their fingerprint)."""

import functools
import hashlib
from pathlib import Path

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from app import menu
from app.views.socle.affichage import en_html, en_texte

MILLE = "\u202f"


@functools.cache
def _empreinte(dossier: str, nom: str) -> str:
    return hashlib.sha256((Path(dossier) / nom).read_bytes()).hexdigest()[:12]


def statique(nom: str) -> str:
    """The address of a file of ``static/``; it changes with its content, so that browsers may keep
    it a year."""
    return f"{request.script_root}/static/{nom}?v={_empreinte(current_app.static_folder, nom)}"


def nombre(valeur: int) -> str:
    """12 345 in the French way."""
    return f"{valeur:,}".replace(",", MILLE)


def minuscule(libelle: str) -> str:
    """A label inside a sentence: its first letter alone changes, « référent ASE », « SMS »."""
    if libelle[1:2].isupper():
        return libelle
    return libelle[:1].lower() + libelle[1:]


def mon_compte() -> str | None:
    """The page of one's own account."""
    return url_for("MonCompte.index") if "MonCompte.index" in current_app.view_functions else None


def declarer(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        statique=statique, menu=menu.composer, compte=current_user, mon_compte=mon_compte
    )
    app.jinja_env.filters.update(
        valeur=lambda v: en_html(en_texte(v)), texte=en_texte, nombre=nombre, minuscule=minuscule
    )
