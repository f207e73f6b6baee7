"""The menu by task: each screen says its own entry; here are the tasks, and what a person is shown.

A screen declares ``au_menu = AuMenu(SUIVI, 20)``; an entry without right is hidden, and a task
without entry with it. The entries of a task are shown where one stands, and on the site map.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, current_app, request, url_for

from app import acces
from app.models.declaration import DeclarationRefusee
from app.roles import ROLES, Role
from app.securite import CONNECTE

ACCUEIL = ""
SUIVI = "Jeunes"
RENDEZ_VOUS = "Rendez-vous"
COMITES = "Comités et permanences"
PARTENARIAT = "Partenaires"
COMPTES = "Tableaux et indicateurs"
ADMINISTRATION = "Administration"
ICONES = {
    ACCUEIL: "accueil",
    SUIVI: "jeunes",
    RENDEZ_VOUS: "rendez-vous",
    COMITES: "comites",
    PARTENARIAT: "partenaires",
    COMPTES: "tableaux",
    ADMINISTRATION: "administration",
}
"""Task → its drawing in ``_icones.html``; in their order, the first being called by its entry."""
GROUPES = tuple(ICONES)
EN_VUE = 8
"""Entries of a task in view; the others are folded under them."""


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


@dataclass(frozen=True, eq=False)
class Entree:
    """An entry: where it leads (endpoint), and the right that it asks for."""

    libelle: str
    endpoint: str
    ressource: str
    acte: str = "lire"
    condition: Callable[[], bool] | None = None


Groupes = dict[str, dict[tuple[int, str], Entree]]
"""Group → (place, label) → entry."""
Rangees = tuple[tuple[str, tuple[Entree, ...]], ...]
"""The groups in their order, each with its entries in theirs."""


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
        (titre, list(dict(sorted(entrees.items())).values()))
        for titre, entrees in _groupes(app).items()
    ]


@functools.lru_cache(maxsize=512)
def adresse(endpoint: str, racine: str) -> str:
    """The address of an entry: the same for every request made under the same root."""
    return url_for(endpoint)


@dataclass(frozen=True, eq=False)
class Lien:
    """An entry as it is shown; ``ici``: « page » on the page itself, « true » on what it holds."""

    libelle: str
    adresse: str
    ici: str = ""


@dataclass(frozen=True, eq=False)
class TacheDuMenu:
    """A task as it is shown: it leads to its first entry."""

    titre: str
    icone: str
    adresse: str
    ici: str
    entrees: tuple[Lien, ...] = ()

    @property
    def en_vue(self) -> tuple[Lien, ...]:
        """The first ones; all of them rather than one alone under a fold."""
        return self.entrees if len(self.entrees) <= EN_VUE + 1 else self.entrees[:EN_VUE]

    @property
    def repliees(self) -> tuple[Lien, ...]:
        return self.entrees[len(self.en_vue) :]

    @property
    def depliee(self) -> bool:
        """Whether one stands in what is folded."""
        return any(lien.ici for lien in self.repliees)


def composer(*, tout: bool = False) -> tuple[TacheDuMenu, ...]:
    """The menu of whoever asks: the entries of the task where one stands, or of all of them."""
    ouvertes = tuple(
        (titre, tuple(e for e in entrees if e.condition is None or e.condition()))
        for titre, entrees in _permises(_menu(current_app), _mes_roles())
    )
    return _composer(ouvertes, _lieu(request.endpoint or ""), request.script_root, tout)


def _lieu(endpoint: str) -> str:
    """Where one stands: without an entry, inside the screen that ``sous_le_menu`` names."""
    vue = getattr(current_app.view_functions.get(endpoint), "__self__", None)
    sous = getattr(vue, "sous_le_menu", "")
    return f"{sous}.dedans" if sous else endpoint


def _mes_roles() -> tuple[Role, ...]:
    """As they are now: a role whose rights change is another one."""
    return tuple(ROLES[role] for role, _ in acces.perimetre().habilitations)


@functools.lru_cache(maxsize=256)
def _permises(rangees: Rangees, roles: tuple[Role, ...]) -> Rangees:
    """The entries that these roles open, in whatever MDS."""
    return tuple(
        (titre, tuple(e for e in entrees if _est_permise(e.ressource, e.acte, roles)))
        for titre, entrees in rangees
    )


@functools.lru_cache(maxsize=512)
def _composer(ouvertes: Rangees, endpoint: str, racine: str, tout: bool) -> tuple[TacheDuMenu, ...]:
    taches = []
    for titre, entrees in ouvertes:
        # What is open to everyone does not make a task by itself: it is on the site map.
        if not entrees or not (tout or titre == ACCUEIL or _demande_un_droit(entrees)):
            continue
        liens = [Lien(e.libelle, adresse(e.endpoint, racine), _ici(e, endpoint)) for e in entrees]
        taches.append(_tache(titre, _une_seule(liens), tout=tout))
    return tuple(taches)


def _une_seule(liens: list[Lien]) -> list[Lien]:
    """The page itself is marked alone, without the entry of the screen that it belongs to."""
    if all(lien.ici != "page" for lien in liens):
        return liens
    return [lien if lien.ici == "page" else replace(lien, ici="") for lien in liens]


def _tache(titre: str, liens: list[Lien], *, tout: bool) -> TacheDuMenu:
    premier = liens[0]
    ici = "true" if any(lien.ici for lien in liens) else ""
    if len(liens) == 1:
        ici = premier.ici
    montres = tuple(liens) if len(liens) > 1 and (tout or ici) else ()
    icone = ICONES.get(titre, "partenaires")
    return TacheDuMenu(titre or premier.libelle, icone, premier.adresse, ici, montres)


def _est_permise(ressource: str, acte: str, roles: tuple[Role, ...]) -> bool:
    return ressource == CONNECTE or any(acte in role.actes(ressource) for role in roles)


def _demande_un_droit(entrees: tuple[Entree, ...]) -> bool:
    return any(e.ressource != CONNECTE for e in entrees)


def _ici(entree: Entree, endpoint: str) -> str:
    if entree.endpoint == endpoint:
        return "page"
    vue, _, route = entree.endpoint.partition(".")
    est_la_premiere = route in ("list", "index")
    return "true" if est_la_premiere and vue == endpoint.partition(".")[0] else ""


@dataclass(frozen=True, eq=False)
class Raccourci:
    """An entry of the bar of phones; ``plus``: the one that adds."""

    libelle: str
    icone: str
    endpoint: str
    ressource: str
    acte: str = "lire"
    plus: bool = False


AU_BAS = 4
"""Entries of the bar, beside the menu."""
RACCOURCIS = (
    Raccourci("Accueil", "accueil", "Accueil.index", CONNECTE),
    Raccourci("Jeunes", "jeunes", "JeuneView.list", "jeune"),
    Raccourci("Rencontre", "plus", "RencontreRapideView.nouvelle", "rencontre", "creer", plus=True),
    Raccourci("Agenda", "rendez-vous", "RencontreView.list", "rencontre"),
    Raccourci("Tableaux", "tableaux", "TableauView.index", "tableau"),
    Raccourci("Indicateurs", "tableaux", "IndicateursView.index", "chiffre"),
    Raccourci("Réunions", "comites", "InstanceView.list", "instance"),
)
"""What a person does away from their desk, the most used first; the first four are shown."""


@dataclass(frozen=True, eq=False)
class Acces:
    """A shortcut as it is shown."""

    libelle: str
    icone: str
    adresse: str
    plus: bool
    ici: bool


def raccourcis() -> tuple[Acces, ...]:
    """The bar of phones, for whoever asks."""
    connus = tuple(r for r in RACCOURCIS if r.endpoint in current_app.view_functions)
    return _raccourcis(connus, _mes_roles(), request.endpoint or "", request.script_root)


@functools.lru_cache(maxsize=512)
def _raccourcis(
    connus: tuple[Raccourci, ...], roles: tuple[Role, ...], endpoint: str, racine: str
) -> tuple[Acces, ...]:
    ouverts = [r for r in connus if _est_permise(r.ressource, r.acte, roles)]
    return tuple(
        Acces(r.libelle, r.icone, adresse(r.endpoint, racine), r.plus, r.endpoint == endpoint)
        for r in ouverts[:AU_BAS]
    )


def _menu(app: Flask) -> Rangees:
    """Sorted once, when the first page is asked for."""
    if "tandem_menu_range" not in app.extensions:
        app.extensions["tandem_menu_range"] = tuple(
            (titre, tuple(entrees)) for titre, entrees in groupes(app)
        )
    rangees: Rangees = app.extensions["tandem_menu_range"]
    return rangees
