"""The screens. A module of this package that names its views in ``VUES`` is found by itself."""

import importlib
import pkgutil

from flask import Flask
from flask_appbuilder import AppBuilder

from app import menu
from app.models import catalogue
from app.models.declaration import attraper


def declarer(app: Flask, appbuilder: AppBuilder) -> None:
    """Make every screen; what one of them declares wrongly is told in one French sentence."""
    from app.views.socle import gabarits, saisie

    catalogue.verifier()
    saisie.declarer(app)
    gabarits.declarer(app)
    for nom in _modules():
        fichier = f"{nom.replace('.', '/')}.py"
        try:
            for classe in getattr(importlib.import_module(nom), "VUES", ()):
                menu.inscrire(app, appbuilder.add_view_no_menu(classe))
        except (TypeError, AttributeError, NameError, KeyError, ImportError) as erreur:
            raise attraper(fichier, erreur) from erreur


def _modules() -> list[str]:
    return [module.name for module in pkgutil.walk_packages(__path__, f"{__name__}.")]
