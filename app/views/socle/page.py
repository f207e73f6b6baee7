"""What the pages share: the breadcrumb above them, and how an act that is done is told."""

from flask import flash, request

from app.views.socle import formulaire

Fil = list[tuple[str, str]]
"""The breadcrumb: (label, address) from the home page down, the page itself left out."""


def adresse(chemin: str) -> str:
    """The address of a path of this application, wherever it is mounted."""
    return f"{request.script_root}{chemin}"


def fil_d_ariane(*suite: tuple[str, str]) -> Fil:
    """Home, then the pages above this one: (label, path)."""
    return [("Accueil", adresse("/")), *((libelle, adresse(chemin)) for libelle, chemin in suite)]


def conclure_et_dire(fait: str) -> bool:
    """Commit, and tell the person: ``fait``, or why the base refuses; True when it is done."""
    if refus := formulaire.conclure():
        flash(refus, "erreur")
        return False
    flash(fait, "succes")
    return True
