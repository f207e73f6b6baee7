"""Flask-AppBuilder without what Tandem has no use for: its API, its tokens and its rate limits.

They would bring Marshmallow, apispec, JSON Schema, PyJWT, limits and, with the types of
SQLAlchemy-Utils, four other databases: a tenth of each process. Imported before the framework,
which it reads.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


class NonLu:
    """In the place of each class that is not read."""

    def __init__(self, *_: object, **__: object) -> None:
        refuser()


class SansVue:
    """What describes the API: the framework makes it, and Tandem never registers its views."""

    def __init__(self, appbuilder: Any) -> None: ...


def refuser(*_: object, **__: object) -> None:
    raise RuntimeError(
        "Cette partie de Flask-AppBuilder (API, jetons, limites) n’est pas lue : voir app/cadre.py."
    )


def expose(url: str, methods: tuple[str, ...]) -> Callable[[Callable], Callable]:
    """Of a class that nobody makes, no route is declared."""
    return lambda methode: methode


SES_COMPTES = ("ApiKey", "Group", "Permission", "PermissionViewMenu", "Role", "User", "ViewMenu")
A_LEUR_PLACE: dict[str, dict[str, Any]] = {
    "flask_appbuilder.api": {"BaseApi": NonLu, "ModelRestApi": NonLu, "expose": expose},
    "flask_appbuilder.api.manager": {"OpenApiManager": SansVue},
    "flask_appbuilder.security.api": {"SecurityApi": NonLu},
    "flask_appbuilder.security.sqla.apis": {f"{nom}Api": NonLu for nom in SES_COMPTES},
    "flask_jwt_extended": {
        "JWTManager": NonLu,
        "current_user": None,
        "verify_jwt_in_request": refuser,
    },
    "flask_limiter": {"Limiter": NonLu, "RequestLimit": NonLu},
    "flask_limiter.util": {"get_remote_address": refuser},
    "jwt": {"decode": refuser},
    "sqlalchemy_utils.types.uuid": {"UUIDType": NonLu},
}
"""Module → what the rest of the framework takes from it."""


def lire() -> None:
    """Unless a command of Flask has already read the framework whole; others find the libraries."""
    if "flask_appbuilder" in sys.modules:
        return
    for nom, contenu in A_LEUR_PLACE.items():
        module = ModuleType(nom)
        vars(module).update(contenu)
        sys.modules[nom] = module
    import_module("flask_appbuilder.security.sqla.manager")
    for nom in A_LEUR_PLACE:
        if not nom.startswith("flask_appbuilder"):
            del sys.modules[nom]


lire()
