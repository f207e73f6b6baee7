"""The menu: each screen says its own entry; here are the groups, and what a person is shown.

A screen declares ``au_menu = AuMenu("Suivi des jeunes", 20)``; an entry without right is hidden.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from app import acces
from app.models.declaration import DeclarationRefusee
from app.securite import CONNECTE

SUIVI = "Suivi des jeunes"
PARTENARIAT = "Partenariat"
COMPTES = "Rendre compte"
MOYENS = "Moyens"
ADMINISTRATION = "Administration"
GROUPES = ("", SUIVI, PARTENARIAT, COMPTES, MOYENS, ADMINISTRATION)
"""In their order; the first has no title."""


@dataclass(frozen=True)
class AuMenu:
    """What a screen says of its entry: the group, the place in it, and the label.

    Without label, what its records are called; without right, that of reading them.
    """

    groupe: str
    rang: int = 900
    libelle: str = ""
    route: str = ""
    acte: str = "lire"


@dataclass(frozen=True)
class Entree:
    """An entry: where it leads (endpoint), and the right that it asks for."""

    libelle: str
    endpoint: str
    ressource: str
    acte: str = "lire"
    condition: Callable[[], bool] | None = None


Groupes = dict[str, dict[tuple[int, str], Entree]]
"""Group → (place, label) → entry."""


def _groupes(app: Flask) -> Groupes:
    groupes: Groupes = app.extensions.setdefault("tandem_menu", {titre: {} for titre in GROUPES})
    return groupes


def ajouter(app: Flask, groupe: str, rang: int, entree: Entree) -> None:
    """Put an entry in a group; a group that nobody knows comes last, under its own title."""
    _groupes(app).setdefault(groupe, {})[rang, entree.libelle] = entree


def inscrire(app: Flask, vue: Any) -> None:
    """Put in the menu what a screen declares of itself."""
    declarees = getattr(vue, "au_menu", ())
    if isinstance(declarees, AuMenu):
        declarees = (declarees,)
    nom = type(vue).__name__
    for d in declarees:
        if d.groupe not in GROUPES:
            raise DeclarationRefusee(
                f"{nom} : le menu n’a pas de groupe « {d.groupe} » ; les groupes sont :"
                f" {', '.join(g for g in GROUPES if g)}."
            )
        route = d.route or vue.default_view
        libelle = d.libelle or vue.pluriel
        entree = Entree(libelle, f"{nom}.{route}", vue.class_permission_name, d.acte)
        ajouter(app, d.groupe, d.rang, entree)


def groupes(app: Flask) -> list[tuple[str, list[Entree]]]:
    """Every entry, in order; last in each group, what ``add_view(…, category=…)`` adds to it."""
    for lien in app.extensions.get("liens_de_menu", ()):
        entree = Entree(lien.libelle, lien.endpoint, lien.ressource, condition=lien.condition)
        ajouter(app, lien.categorie, 1000, entree)
    return [
        (titre, [entrees[place] for place in sorted(entrees)])
        for titre, entrees in _groupes(app).items()
    ]


@functools.lru_cache(maxsize=512)
def _adresse(endpoint: str, racine: str) -> str:
    """The address of an entry: the same for every request made under the same root."""
    return url_for(endpoint)


def composer() -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The menu of whoever asks: (group, [(label, address, is the current page)])."""
    perimetre = acces.perimetre()
    ici = request.endpoint or ""
    liste = f"{ici.partition('.')[0]}.list"
    composes = []
    for titre, entrees in _menu(current_app):
        visibles = [
            (e.libelle, _adresse(e.endpoint, request.script_root), e.endpoint in (ici, liste))
            for e in entrees
            if e.ressource == CONNECTE or perimetre.peut(e.ressource, e.acte)
            if e.condition is None or e.condition()
        ]
        if visibles:
            composes.append((titre, visibles))
    return composes


def _menu(app: Flask) -> list[tuple[str, list[Entree]]]:
    """Sorted once, when the first page is asked for."""
    if "tandem_menu_range" not in app.extensions:
        app.extensions["tandem_menu_range"] = groupes(app)
    range_: list[tuple[str, list[Entree]]] = app.extensions["tandem_menu_range"]
    return range_
