"""A record's page: its tabs, where it links to, and where one goes back to afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from flask import request
from markupsafe import Markup

from app.acces import Perimetre
from app.views.socle.affichage import en_cellule
from app.views.socle.lignes_de_liste import ColonnesDeListe

_BASES: dict[str, tuple[str, str]] = {}
"""Table → (address of its list, resource); filled by the views as they are made."""
_VUES: dict[str, Any] = {}
"""Table → its screens."""


@dataclass(frozen=True)
class Calculee:
    """A column of a tab that is made from several: its title, and the row → text."""

    libelle: str
    valeur: Callable[..., str]

    def texte(self, ligne: Any, dossier: Any) -> str:
        return self.valeur(ligne)


@dataclass(frozen=True)
class CalculeeDuDossier(Calculee):
    """A column whose text depends on the other records of the youth too: (row, file) → text."""

    def texte(self, ligne: Any, dossier: Any) -> str:
        return self.valeur(ligne, dossier)


@dataclass(frozen=True)
class OngletDuJeune:
    """The tab of a noun in the file of a youth, declared by its screens (``onglet``)."""

    colonnes: tuple[str, ...]
    """A column, what it points to without ``_code`` nor ``_id``, or one of ``calculees``."""
    ajouter: str = ""
    """« Signaler une alerte »; by default « Ajouter » and the noun."""
    rang: int = 900
    """The place of the tab among the others."""
    tri: tuple[str, ...] = ()
    """Columns in order, « - » in front: the latest first. By default the latest start first."""
    calculees: dict[str, Calculee] = field(default_factory=dict)
    route: str = ""
    """The page that the button opens for a youth; by default the form of the noun."""
    gabarit: str = ""
    """The template that shows its rows (``LigneDuJeune``); by default a table."""


@dataclass(frozen=True)
class LigneDuJeune:
    """A record in a tab of the file, as its template shows it."""

    adresse: str
    ligne: Any
    textes: dict[str, str]
    """Column → what it says, cut when it is long; empty when nothing is known."""
    actes: Markup

    def cellules(self, *, avec_actes: bool) -> list[Markup]:
        """The row of a table, its acts at the end for whoever may act."""
        dites = [en_cellule(texte) for texte in self.textes.values()]
        return [*dites, self.actes] if avec_actes else dites


@dataclass
class Onglet:
    """A tab: a table bounded to its latest rows, or free ``contenu``.

    ``lignes``: (address of the record, cells).
    """

    code: str
    titre: str
    colonnes: list[str] = field(default_factory=list)
    lignes: list[tuple[str, list]] = field(default_factory=list)
    compte: str = ""
    ajouter: tuple[str, str] | None = None
    """(label, address) of « Ajouter », which knows the parent and comes back to this tab."""
    tout_voir: str = ""
    vide: str = "Rien n’est enregistré."
    contenu: Markup | None = None
    en_retard: bool = False
    parties: list["Onglet"] = field(default_factory=list)
    """Rubrics that people read together, under one tab."""

    def rangees(self) -> Iterator[tuple[str, Any, Markup]]:
        """Of each row: the address of its record, its first cell, the others in their tags."""
        colonnes = ColonnesDeListe.intitulees(self.colonnes)
        for adresse, cellules in self.lignes:
            yield adresse, cellules[0], colonnes.remplir(cellules, {})


def inscrire(vue) -> None:
    """Keep the screens of a table; the first that are made."""
    _BASES.setdefault(vue.modele.__tablename__, (vue.route_base, vue.ressource))
    _VUES.setdefault(vue.modele.__tablename__, vue)


def vues() -> dict[str, Any]:
    """Table → its screens, in the order in which they were made."""
    return _VUES


def vue_de(table: str) -> Any:
    """The screens of a table, when there are some."""
    return _VUES.get(table)


def base_de(table: str, perimetre: Perimetre) -> str | None:
    """The address of a table's screens (« /jeunes/ »), when the person may open them."""
    if table not in _BASES:
        return None
    route, ressource = _BASES[table]
    return f"{request.script_root}{route}/" if perimetre.peut(ressource, "lire") else None


def ajouter_a(route: str, parent: str, numero: int, onglet: str) -> str:
    """The address that adds a child of the record shown and comes back to the tab ``onglet``."""
    retour = quote(f"{request.path}#{onglet}", safe="")
    return f"{request.script_root}{route}/ajouter?{parent}={numero}&retour={retour}"


def liste_d_origine(route: str) -> str:
    """The list of ``route`` with its filters, when the page was opened from there; else nothing.

    Told by « retour » once the person acts on the record, by the browser before.
    """
    base = f"{request.script_root}{route}/"
    venue = retour_local("").partition("#")[0]
    if not venue and request.referrer:
        d_ou = urlsplit(request.referrer)
        if d_ou.netloc == request.host and d_ou.query:
            venue = f"{d_ou.path}?{d_ou.query}"
    return venue if venue.startswith(f"{base}?") else ""


def retour_local(defaut: str) -> str:
    """Where the address says to come back; only a path of this very application."""
    retour = request.values.get("retour", "")
    if (
        not retour.startswith("/")
        or retour.startswith(("//", "/\\"))
        or not retour.isprintable()
        or "\\" in retour
    ):
        return defaut
    morceaux = urlsplit(retour)
    return defaut if morceaux.scheme or morceaux.netloc else retour
