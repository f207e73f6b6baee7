"""The filter of a column: Flask-AppBuilder's classes, ours among them, and the control of each.

``FILTRES`` is registered in the framework's ``SQLAFilterConverter`` (``ConvertisseurDeFiltres``): a
type of column, the classes that narrow it. A class of the framework, or a developer's own
(``BaseFilter`` with a ``name`` and ``apply(query, value)``), is added to a column by
``search_filters = {"montant": [FilterGreater]}``, to a type by a converter of one's own; it is
asked in our panel (``?montant_gt=1 000,50``) and gets a value of the type of the column.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.filters import (
    FilterEqual,
    SQLAFilterConverter,
    get_field_setup_query,
)
from sqlalchemy import ColumnElement, Select, func, literal, true
from sqlalchemy import any_ as sql_any

from app import acces
from app.models.declaration import DeclarationRefusee
from app.regles.texte import plier
from app.views.socle import saisie
from app.views.socle.affichage import VIDE, Propriete, cible_de, elements, numeros_de
from app.views.socle.valeurs import Choix, choix_d_enum, lecteur, lire_enum, minuit

NON_RENSEIGNE = "-"
"""The value of « Non renseigné » in an address."""
LETTRES = 200
"""The longest text that is searched."""
Bornes = tuple[Any, Any]
"""First and last value, both included; None for no limit."""


@dataclass
class Filtre:
    """A control above a list, and how its value narrows the list.

    ``genre``: « liste » (``proposer`` gives its choices), « parent » (a record of ``table``),
    « periode » (two dates), « entre » (two numbers) or « saisie » (one value). ``lire`` makes the
    typed text a value; ``appliquer`` makes a value a condition, unless ``classe`` applies it.
    """

    nom: str
    libelle: str
    genre: str
    appliquer: Callable[[Any], ColumnElement] | None = None
    proposer: Callable[[], Choix] = list
    liste: str | None = None
    table: str = ""
    lire: Callable[[str], Any] = str
    classe: BaseFilter | None = None
    type_html: str = "text"
    habitude: Callable[[], str] | None = None
    """The value of a list that is asked without any filter; empty: none."""
    retenir: Callable[[str], None] | None = None
    """Keeps the value that the person chose, for the next time."""
    sans: dict[str, str] = field(default_factory=dict)
    """What the address says when the filter is taken away, lest the habit come back."""

    @property
    def noms(self) -> tuple[str, ...]:
        """The names of its values in the address."""
        suffixes = {"periode": ("_du", "_au"), "entre": ("_min", "_max")}
        return tuple(self.nom + s for s in suffixes.get(self.genre, ("",)))

    def restreindre(self, requete: Select, valeur) -> Select:
        if self.classe is not None:
            return self.classe.apply(requete, valeur)
        if self.appliquer is None:
            return requete
        return requete.where(self.appliquer(valeur))


class FiltreColonne(BaseFilter):
    """One of our filters: a condition on the column, and the control that asks its value."""

    genre = "saisie"

    def condition(self, colonne, valeur) -> ColumnElement:
        raise NotImplementedError

    def apply(self, query, value):
        requete, colonne = get_field_setup_query(query, self.model, self.column_name)
        return requete.where(self.condition(colonne, value))

    def controle(self, vue, prop: Propriete) -> Filtre:
        return Filtre(prop.nom, prop.libelle, self.genre, lire=lecteur(prop), classe=self)


class FiltreContient(FiltreColonne):
    """Each word typed, whatever its accents and case."""

    name = "Contient"

    def condition(self, colonne, valeur) -> ColumnElement:
        ou = func.acces.plier(colonne)
        mots = plier(valeur[:LETTRES]).split()[:8]
        return _et(ou.contains(mot, autoescape=True) for mot in mots)


class FiltreEntre(FiltreColonne):
    """From a number to another, both included."""

    genre = "entre"
    name = "Entre"

    def condition(self, colonne, valeur: Bornes) -> ColumnElement:
        premiere, derniere = valeur
        conditions = [true()]
        if premiere is not None:
            conditions.append(colonne >= premiere)
        if derniere is not None:
            conditions.append(colonne <= derniere)
        return _et(conditions)


class FiltrePeriode(FiltreEntre):
    """From a day to another, both included."""

    genre = "periode"


class FiltreInstants(FiltreEntre):
    """From the first midnight to the last, in Paris.

    Moments, not days: PostgreSQL compares a moment with a day by a function that may not be run
    before the policies, hence without an index.
    """

    genre = "periode"

    def condition(self, colonne, valeur: Bornes) -> ColumnElement:
        du, au = valeur
        conditions = [true()]
        if du is not None:
            conditions.append(colonne >= minuit(du))
        if au is not None:
            conditions.append(colonne < minuit(au + timedelta(days=1)))
        return _et(conditions)

    def controle(self, vue, prop: Propriete) -> Filtre:
        return Filtre(prop.nom, prop.libelle, self.genre, lire=saisie.lire_date, classe=self)


class FiltreListe(FiltreColonne):
    """A value of a list, or none."""

    genre = "liste"
    name = "Est"

    def condition(self, colonne, valeur) -> ColumnElement:
        if valeur == NON_RENSEIGNE:
            return colonne.is_(None)
        return colonne == valeur

    def choix(self, vue, prop: Propriete) -> Choix:
        raise NotImplementedError

    def lire(self, texte: str):
        return texte

    def controle(self, vue, prop: Propriete) -> Filtre:
        vides = []
        if _colonne(prop).nullable:
            vides.append((NON_RENSEIGNE, VIDE))
        return Filtre(
            prop.nom,
            prop.libelle,
            self.genre,
            proposer=lambda: self.choix(vue, prop) + vides,
            liste=self.liste(prop),
            lire=lambda texte: texte if texte == NON_RENSEIGNE else self.lire(texte),
            classe=self,
        )

    def liste(self, prop: Propriete) -> str | None:
        """The list of the base that is read for the choices."""
        return None


class FiltreNomenclature(FiltreListe):
    def liste(self, prop: Propriete) -> str:
        return cible_de(_colonne(prop)) or ""

    def choix(self, vue, prop: Propriete) -> Choix:
        nom = self.liste(prop)
        return [(e.code, e.libelle) for e in elements(nom)[nom].values()]


class FiltreMds(FiltreListe):
    def liste(self, prop: Propriete) -> str:
        return "mds"

    def lire(self, texte: str) -> int:
        return int(texte)

    def choix(self, vue, prop: Propriete) -> Choix:
        permises = acces.perimetre().mds(vue.ressource, "lire")
        toutes = elements("mds")["mds"].items()
        return [(code, e.libelle) for code, e in toutes if int(code) in permises]


class FiltrePlusieurs(FiltreListe):
    """One of those that a record has several of: a service of an agent."""

    def liste(self, prop: Propriete) -> str:
        return numeros_de(_colonne(prop)) or ""

    def lire(self, texte: str) -> int:
        return int(texte)

    def choix(self, vue, prop: Propriete) -> Choix:
        table = self.liste(prop)
        return [(numero, e.libelle) for numero, e in elements(table)[table].items()]

    def condition(self, colonne, valeur) -> ColumnElement:
        return literal(valeur) == sql_any(colonne)


class FiltreUneDesMds(FiltreMds):
    """One of the MDS of a record that has several."""

    def condition(self, colonne, valeur) -> ColumnElement:
        return literal(valeur) == sql_any(colonne)


class FiltreChoix(FiltreListe):
    """One of the ``choix`` of the view."""

    def choix(self, vue, prop: Propriete) -> Choix:
        return list(vue.choix[prop.nom])


class FiltreEnum(FiltreListe):
    def choix(self, vue, prop: Propriete) -> Choix:
        return choix_d_enum(_colonne(prop).type)

    def lire(self, texte: str):
        return lire_enum(self.datamodel.list_columns[self.column_name].type, texte)


class FiltreOuiNon(FiltreListe):
    def choix(self, vue, prop: Propriete) -> Choix:
        return [("oui", "Oui"), ("non", "Non")]

    def lire(self, texte: str) -> bool:
        return texte == "oui"


class FiltreParent(FiltreColonne):
    """The records of a parent that one sees (``?jeune=12``)."""

    genre = "parent"
    name = "De"

    def condition(self, colonne, valeur) -> ColumnElement:
        return colonne == valeur

    def controle(self, vue, prop: Propriete) -> Filtre:
        nom = prop.nom.removesuffix("_id")
        table = cible_de(_colonne(prop)) or ""
        return Filtre(nom, prop.libelle, self.genre, table=table, lire=int, classe=self)


FILTRES = (
    ("is_nomenclature", [FiltreNomenclature]),
    ("is_mds", [FiltreMds]),
    ("is_plusieurs_mds", [FiltreUneDesMds]),
    ("is_plusieurs", [FiltrePlusieurs]),
    ("is_reference", [FiltreParent]),
    ("is_choix", [FiltreChoix]),
    ("is_enum", [FiltreEnum]),
    ("is_boolean", [FiltreOuiNon]),
    ("is_date", [FiltrePeriode]),
    ("is_datetime", [FiltreInstants]),
    ("is_heure", [FilterEqual]),
    ("is_text", [FiltreContient]),
    ("is_string", [FiltreContient]),
    ("is_integer", [FiltreEntre]),
    ("is_numeric", [FiltreEntre]),
    ("is_float", [FiltreEntre]),
)


class ConvertisseurDeFiltres(SQLAFilterConverter):
    """Our filters first; those of the framework for what we have none for."""

    conversion_table = (*FILTRES, *SQLAFilterConverter.conversion_table)


def controles(vue, prop: Propriete) -> list[Filtre]:
    """The controls of a search column: those of its type, then those that the view adds."""
    modele = vue.datamodel
    classes = modele.filter_converter_class(modele).convert(prop.nom) or []
    classes += [f(prop.nom, modele) for f in vue.search_filters.get(prop.nom, ())]
    if not classes:
        raise DeclarationRefusee(
            f"{type(vue).__name__}.search_columns : aucun filtre ne convient à « {prop.nom} » ;"
            " donnez une classe par search_filters."
        )
    return [controle(vue, prop, classe) for classe in classes]


def controle(vue, prop: Propriete, classe: BaseFilter) -> Filtre:
    """The control of a class; of one that is not ours, a value to type, of the column's type."""
    if isinstance(classe, FiltreColonne):
        return classe.controle(vue, prop)
    lire = lecteur(prop)
    if classe.arg_name in ("in", "not_in"):
        return _saisie(prop, classe, lambda texte: [lire(t.strip()) for t in texte.split(";")])
    filtre = _saisie(prop, classe, lire)
    if lire is saisie.lire_date:
        filtre.type_html = "date"
    return filtre


def _saisie(prop: Propriete, classe: BaseFilter, lire: Callable[[str], Any]) -> Filtre:
    suffixe = classe.arg_name or type(classe).__name__.lower()
    libelle = f"{prop.libelle} – {str(classe.name).lower()}"
    return Filtre(f"{prop.nom}_{suffixe}", libelle, "saisie", lire=lire, classe=classe)


def _colonne(prop: Propriete):
    """The column of a property that has one: what the conversions are about."""
    if prop.colonne is None:
        raise DeclarationRefusee(f"« {prop.nom} » n’est pas une colonne de la table.")
    return prop.colonne


def _et(conditions) -> ColumnElement:
    toutes = true()
    for condition in conditions:
        toutes = toutes & condition
    return toutes
