"""One screen per list of codes.

An item is retired, never deleted; what it counts for in the figures is set once, or from a day on.
"""

import re
from collections.abc import Callable

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Select, func, literal, select, union_all

from app import menu
from app.extensions import db
from app.menu import AuMenu
from app.models import LISTES
from app.models.nomenclature import Nomenclature
from app.regles.age import aujourd_hui
from app.regles.texte import majuscule, plier
from app.views.socle import formulaire
from app.views.socle.base import Liens, VueTandem

TITRES = {table: classe.declaration.libelle for table, classe in LISTES.items()}
CHOIX = {
    "stable": [("oui", "Oui"), ("non", "Non"), ("à confirmer", "À confirmer")],
    "stable_avant": [("oui", "Oui"), ("non", "Non"), ("à confirmer", "À confirmer")],
    "parcours": [
        ("scolaire", "Scolaire"),
        ("pro", "Professionnel"),
        ("accompagnement", "Accompagnement"),
        ("aucun", "Aucun"),
    ],
}
LIBELLES = {"stable": "Stable", "alternance": "En alternance"}
AIDE = (
    "Un élément qui ne sert plus se retire : les fiches qui l’emploient le gardent, il n’est plus"
    " proposé."
)
COMMUNES = ["code", "libelle", "ordre", "retire_le"]
DEPUIS_UN_JOUR = {"logement": ["stable", "stable_depuis", "stable_avant"]}
"""List → what may change from a day on: the figures of what happened before keep the former value;
the rest of what an item counts for is set once."""
DEPUIS_QUAND = (
    "Dites le premier jour où la nouvelle valeur compte : les sorties d’avant gardent l’ancienne."
)


class NomenclatureView(VueTandem):
    """What the lists share; ``_vue`` makes one class per list."""

    ressource = "nomenclature"
    sous_le_menu = "ListesView"
    nom = "un élément"
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    base_order = ("ordre", "asc")
    description_columns = {
        "code": (
            "Lettres sans accent, chiffres et _ ; il ne change plus ensuite, les exports"
            " l’emploient."
        ),
    }
    filtres_propres = {}

    def titre(self, fiche) -> str:
        return f"{self.pluriel} : {fiche.libelle}"

    def au_dessus(self) -> Liens:
        return [*super().au_dessus(), ("Listes de codes", f"{request.script_root}/listes/")]

    def cachees(self, fiche) -> set[str]:
        """An item that is still offered has no day of retirement to give."""
        return set() if fiche.retire_le else {"retire_le"}

    def initiales(self) -> dict:
        dernier = db.session.scalar(select(func.max(self.modele.ordre))) or 0
        return {"ordre": dernier + 1}

    def valider(self, form, fiche) -> None:
        if "code" in form and form.code.data:
            form.code.data = form.code.data.upper()
            if not re.fullmatch(r"[A-Z0-9_]{1,30}", form.code.data, re.ASCII):
                formulaire.refuser(
                    form,
                    "Utilisez des lettres sans accent, des chiffres et _ (30 au plus).",
                    "code",
                )
        if "stable_depuis" in form:
            _garder_l_ancienne_valeur(form, fiche)


def _garder_l_ancienne_valeur(form, fiche) -> None:
    """A new value of « stable » counts from a day on; without a word, the former one is kept."""
    if "code" in form or form.stable.data == fiche.stable:  # an item that begins has no past
        return
    if form.stable_depuis.data in (None, fiche.stable_depuis):
        formulaire.refuser(form, DEPUIS_QUAND, "stable_depuis")
    if form.stable_avant.data == fiche.stable_avant:
        form.stable_avant.data = fiche.stable


def _vue(table: str, liste: type[Nomenclature]) -> type[NomenclatureView]:
    """The class of the screens of one list."""
    propres = [c.name for c in liste.__table__.c if c.name not in COMMUNES]
    colonnes = ["libelle", "code", *propres, "ordre", "retire_le"]
    actif = liste.retire_le.is_(None)
    choix = {colonne: CHOIX[colonne] for colonne in propres if colonne in CHOIX}
    etats = {
        "actifs": ("Proposés", lambda: actif | (liste.retire_le > aujourd_hui())),
        "retires": ("Retirés", lambda: liste.retire_le <= aujourd_hui()),
    }
    return type(
        f"{liste.__name__}View",
        (NomenclatureView,),
        {
            "datamodel": SQLAInterface(liste),
            "route_base": f"/listes/{table}",
            "pluriel": TITRES[table],
            "add_title": f"Ajouter un élément : {TITRES[table]}",
            "edit_title": f"Modifier un élément : {TITRES[table]}",
            "list_columns": colonnes,
            "en_bref": [*propres, "retire_le"],
            "add_columns": ["code", "libelle", *propres, "ordre"],
            "edit_columns": ["libelle", *DEPUIS_UN_JOUR.get(table, []), "ordre", "retire_le"],
            "show_columns": colonnes,
            "choix": choix,
            "formatters_columns": {
                "famille": lambda famille: majuscule(famille or ""),
                **{c: _libelle(options) for c, options in choix.items()},
            },
            "label_columns": {c: v for c, v in LIBELLES.items() if c in propres},
            "filtres_propres": {"etat": ("État", etats)},
            "aide_liste": AIDE,
        },
    )


def _libelle(options: list[tuple[str, str]]) -> Callable[[str | None], str]:
    """How a code of these options is shown."""
    libelles = dict(options)
    return lambda code: libelles.get(code or "", "")


class ListesView(BaseView):
    """The way to each list."""

    route_base = "/listes"
    class_permission_name = "nomenclature"
    au_menu = AuMenu(menu.ADMINISTRATION, 40, "Listes de codes", "index", acte="modifier")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        comptes = union_all(*(_compte(table, liste) for table, liste in LISTES.items()))
        lus = {table: (nombre, retires) for table, nombre, retires in db.session.execute(comptes)}
        listes = [
            (titre, f"listes/{table}/", *lus[table])
            for table, titre in sorted(TITRES.items(), key=lambda item: plier(item[1]))
        ]
        return render_template("tandem/listes.html", listes=listes)


def _compte(table: str, liste: type[Nomenclature]) -> Select:
    """How many items the list has, and how many are retired."""
    retires = func.count().filter(liste.retire_le <= aujourd_hui())
    return select(
        literal(table).label("liste"), func.count().label("nombre"), retires.label("retires")
    ).select_from(liste)


VUES = (ListesView, *(_vue(table, classe) for table, classe in LISTES.items()))
