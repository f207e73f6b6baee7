"""The screens. A module of this package that names its views in ``VUES`` is found by itself."""

import importlib
import pkgutil

from flask import current_app
from flask_appbuilder import AppBuilder


def declarer(appbuilder: AppBuilder) -> None:
    from app.views.socle import gabarits, saisie

    app = current_app._get_current_object()
    saisie.declarer(app)
    gabarits.declarer(app)
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        for vue in getattr(importlib.import_module(module.name), "VUES", ()):
            appbuilder.add_view_no_menu(vue)
