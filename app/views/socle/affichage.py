"""How a value is shown: JJ/MM/AAAA, Oui/Non, a comma, « Non renseigné ».

And what a column is called.

A label and its help are read from the column (``info``); a code shows the label of its list, a
number its record.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, has_request_context, request
from markupsafe import Markup, escape
from sqlalchemy import (
    Column,
    Integer,
    Numeric,
    Select,
    String,
    and_,
    cast,
    func,
    inspect,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import RelationshipProperty, aliased

from app.extensions import db
from app.models import LISTES, Mds, catalogue
from app.models.nomenclature import StatutInstance, StatutRencontre
from app.regles.age import aujourd_hui
from app.regles.heures import moment
from app.regles.texte import en_milliers, heure_dite

PARIS = ZoneInfo("Europe/Paris")
VIDE = "Non renseigné"
_TELEPHONE = re.compile(r"(\d\d ){4}\d\d", re.ASCII)
_COURRIEL = re.compile(r"[^\s@;,()]+@[^\s@;,()]+\.\w+")
_POINTS = re.compile(r"[@.](?=.)")
_PASTILLES = {"PREVUE": "prevu", "TENUE": "fait", "ABSENCE": "attention"}
"""Status → the class of its pill; the others have no colour."""
_STATUTS = (StatutInstance.__tablename__, StatutRencontre.__tablename__)
TIRET = Markup('<span aria-hidden="true">–</span><span class="hors-ecran">Non renseigné</span>')
PARTOUT = "Tout le Département"
HTML_VIDE = Markup('<span class="vide">Non renseigné</span>')


def en_texte(valeur) -> str:
    """The value as people read it; empty when there is none."""
    if type(valeur) is str:
        return valeur
    match valeur:
        case None | "":
            return ""
        case bool():
            return "Oui" if valeur else "Non"
        case datetime():
            return moment(valeur)
        case date():
            return f"{valeur:%d/%m/%Y}"
        case time():
            return f"{valeur:%H:%M}"
        case Decimal() | float():
            return f"{valeur:,f}".replace(",", "\u202f").replace(".", ",")
        case Enum():
            return en_texte(valeur.value)
        case list() | tuple() | set():
            return ", ".join(en_texte(v) for v in valeur)
    return str(valeur)


def en_mots(valeur) -> str:
    """The same to be read, not typed again: « 9 h 30 »."""
    if isinstance(valeur, time):
        return heure_dite(valeur)
    return en_texte(valeur)


def en_html(texte: str) -> Markup:
    """Escaped, its line ends kept; « Non renseigné » when empty."""
    if not texte:
        return HTML_VIDE
    if "\n" in texte:
        return Markup("<br>").join(map(_se_coupe, texte.splitlines()))
    return _se_coupe(texte)


def _se_coupe(texte: str) -> Markup:
    """Escaped; where a line is too short for an e-mail address, it ends after « @ » or a point."""
    dit = escape(texte)
    if "@" not in texte or isinstance(texte, Markup):
        return dit
    coupe = _COURRIEL.sub(lambda trouve: _POINTS.sub(r"\g<0><wbr>", trouve[0]), dit)
    return Markup(coupe)  # noqa: S704 – escaped above


def en_lien(colonne: str, texte: str) -> Markup:
    """What a record says of a column: a number is called, an address is written to."""
    if colonne == "telephone" and _TELEPHONE.fullmatch(texte):
        lien = Markup('<a class="nb" href="tel:{}">{}</a>')
        return lien.format(texte.replace(" ", ""), texte)
    if colonne == "courriel" and "@" in texte:
        return Markup('<a href="mailto:{}">{}</a>').format(texte, _se_coupe(texte))
    return en_html(texte)


def en_cellule(texte: str) -> Markup:
    """The same in a table, where « Non renseigné » on each line would hide what is known."""
    if not texte:
        return TIRET
    if texte[0].isdigit() and _TELEPHONE.fullmatch(texte):
        texte = texte.replace(" ", "\u00a0")
    return en_html(texte)


@dataclass(frozen=True)
class Element:
    """An item of a list, to choose or to show."""

    code: str
    libelle: str
    actif: bool

    @property
    def libelle_a_choisir(self) -> str:
        return self.libelle if self.actif else f"{self.libelle} (retiré)"


Listes = dict[str, dict[str, Element]]
"""List → code → item, in their order."""
_LISTES_GARDEES: dict[tuple[str, date], Listes] = {}
"""Of this process, for the version of the lists that the last session told, and its day."""


def elements(*listes: str) -> Listes:
    """The items of these lists, in their order; of a table (« mds »), its records by number.

    Those that this process read of the same version are taken as they are; one query for the
    others, once per request.
    """
    lues = g.setdefault("elements", {})
    gardees = _gardees()
    lues.update({liste: gardees[liste] for liste in listes if liste in gardees})
    manquantes = sorted(set(listes) - lues.keys())
    if manquantes:
        lues.update(_lire_les_elements(manquantes))
        # What a form has just written may still be undone: only a reading is kept.
        if has_request_context() and request.method == "GET":
            gardees.update({liste: lues[liste] for liste in manquantes})
    return {liste: lues[liste] for liste in listes}


def _gardees() -> Listes:
    """What earlier requests read of the lists that hold today; nothing outside a session."""
    version = g.get("version_des_listes")
    if version is None:
        return {}
    cle = (version, aujourd_hui())
    if cle not in _LISTES_GARDEES:
        _LISTES_GARDEES.clear()
    return _LISTES_GARDEES.setdefault(cle, {})


def _lire_les_elements(listes: list[str]) -> Listes:
    lues: Listes = {liste: {} for liste in listes}
    toutes = union_all(*map(_items, listes)).subquery()
    colonnes = (toutes.c.liste, toutes.c.code, toutes.c.libelle, toutes.c.actif)
    requete = select(*colonnes).order_by(toutes.c.ordre, toutes.c.libelle)
    for liste, code, libelle, actif in db.session.execute(requete):
        lues[liste][code] = Element(code, libelle, actif)
    return lues


def _items(liste: str) -> Select:
    """The items of one list: its name, code, label, order, whether it is offered."""
    if liste not in LISTES:
        c = catalogue.classe_de(liste)
        return select(
            literal(liste).label("liste"),
            cast(c.id, String).label("code"),
            c.nom.label("libelle"),
            literal(0).label("ordre"),
            literal(True).label("actif"),
        )
    c = LISTES[liste]
    actif = or_(c.retire_le.is_(None), c.retire_le > func.acces.aujourd_hui())
    return select(
        literal(liste).label("liste"),
        c.code,
        c.libelle,
        cast(c.ordre, Integer),
        actif.label("actif"),
    )


def nom_mds(mds_id: int | None) -> str:
    return nom_de("mds", mds_id)


def nom_de(table: str, numero: int | str | None) -> str:
    """The label of an item of a list, the name of a record of a table kept like one, or nothing."""
    lues = g.get("elements") or {}
    if table not in lues:
        lues = elements(table)
    element = lues[table].get(str(numero))
    if element is None:
        return ""
    return element.libelle


def _pastille(code: str, libelle: str) -> Markup:
    return Markup('<span class="etat {}">{}</span>').format(_PASTILLES.get(code, ""), libelle)


@dataclass(frozen=True)
class Propriete:
    """A column of a list or a line of a file: what it is called, how it is read and sorted."""

    nom: str
    libelle: str
    aide: str | None = None
    colonne: Column | None = None
    relation: str | None = None
    lire: Callable[[Any], Any] = str
    formater: Callable[[Any], Any] = en_texte
    """Of ``formatters_columns``: it may give ``Markup``, which the screens show as it is."""
    est_nombre: bool = False
    """Its figures are read one under the other, at the right of the column."""

    def texte(self, fiche) -> str:
        return self.dire(self.lire(fiche))

    def cellule(self, fiche) -> Markup:
        """The same in a table: a status is a pill."""
        valeur = self.lire(fiche)
        if isinstance(valeur, StatutInstance | StatutRencontre):
            return _pastille(valeur.code, valeur.libelle)
        return self.en_cellule(valeur)

    def en_cellule(self, valeur) -> Markup:
        """What ``lire`` gave, in a table."""
        if type(valeur) is str and self.formater is en_texte:
            return en_cellule(valeur)
        return en_cellule(self.dire(valeur))

    @property
    def pastille(self) -> Callable[[str | None], Markup] | None:
        """How the code of a status becomes its pill; None for a column that says no status."""
        if self.colonne is None or self.relation is None:
            return None
        liste = cible_de(self.colonne)
        if liste not in _STATUTS:
            return None
        return lambda code: TIRET if code is None else _pastille(code, nom_de(liste, code))

    def dire(self, valeur) -> str:
        """What ``lire`` gave, as people read it."""
        if isinstance(valeur, time):
            return heure_dite(valeur)
        if self.est_nombre and isinstance(valeur, int) and self.formater is en_texte:
            return en_milliers(valeur)
        texte = self.formater(valeur)
        if isinstance(texte, str):
            return texte
        return en_texte(texte)

    def dire_sans_balises(self, valeur) -> str:
        """The same without its tags, for a sheet."""
        texte = self.dire(valeur)
        if isinstance(texte, Markup):
            return texte.striptags()
        return texte


def relation_de(modele, colonne: str) -> RelationshipProperty | None:
    """The relationship that this foreign key column alone carries: ``motif_code`` → ``motif``."""
    for relation in inspect(modele).relationships:
        locales = {c.key for c in relation.local_columns}
        if relation.direction.name == "MANYTOONE" and locales == {colonne}:
            return relation
    return None


def cible_de(colonne: Column) -> str | None:
    """The table a column points to by itself (``motif_rupture``, ``mds``, ``jeune``)."""
    if colonne.key in ("jeune_id", "mds_id"):  # SuiviJeune's foreign key holds both
        return colonne.key.removesuffix("_id")
    return next((cle.column.table.name for cle in colonne.foreign_keys), None)


def numeros_de(colonne: Column) -> str | None:
    """The table that an array of numbers names several records of (``mds_ids``)."""
    return colonne.info.get("numeros_de")


def propriete(modele, nom: str, libelles: dict, aides: dict, formats: dict) -> Propriete:
    """What ``nom`` designates on the model.

    A column, a relationship, ``relation.column``, or a Python property.
    """
    if "." in nom:
        return _propriete_d_un_parent(modele, nom, libelles, aides, formats)
    nom = _colonne_de(modele, nom)
    colonne = inspect(modele).columns.get(nom)
    info = {} if colonne is None else colonne.info
    relation, lire = _lecture(modele, nom, colonne)
    return Propriete(
        nom,
        libelles.get(nom) or info.get("libelle") or nom.replace("_", " ").capitalize(),
        aides.get(nom, info.get("aide")),
        colonne,
        relation,
        lire,
        formats.get(nom, en_texte),
        est_nombre=est_un_nombre(colonne),
    )


def est_un_nombre(colonne: Column | None) -> bool:
    """The column counts or measures; the number of a record does neither."""
    if colonne is None or colonne.primary_key or cible_de(colonne):
        return False
    return isinstance(colonne.type, (Integer, Numeric))


def _propriete_d_un_parent(
    modele, nom: str, libelles: dict, aides: dict, formats: dict
) -> Propriete:
    racine, _, feuille = nom.partition(".")
    relation = inspect(modele).relationships[racine]
    autre = propriete(relation.mapper.class_, feuille, {}, {}, {})

    def lire(fiche):
        parent = getattr(fiche, racine)
        return None if parent is None else autre.lire(parent)

    return Propriete(
        nom,
        libelles.get(nom, autre.libelle),
        aides.get(nom, autre.aide),
        relation=racine,
        lire=lire,
        formater=formats.get(nom, autre.formater),
    )


def _colonne_de(modele, nom: str) -> str:
    """The column that carries a relationship alone (``motif`` → ``motif_code``), else the name."""
    relation = inspect(modele).relationships.get(nom)
    if relation is None or relation.direction.name != "MANYTOONE":
        return nom
    locales = [c.key for c in relation.local_columns]
    if len(locales) > 1:
        return nom
    return locales[0]


def _lecture(modele, nom: str, colonne: Column | None) -> tuple[str | None, Callable[[Any], Any]]:
    """The relationship to load with the record, if any, and how the value to show is read."""
    if colonne is not None and (table := numeros_de(colonne)):
        return None, lambda fiche: [nom_de(table, n) for n in getattr(fiche, nom) or ()]
    if colonne is not None and cible_de(colonne) == "mds":
        return None, lambda fiche: nom_mds(getattr(fiche, nom))
    relation = None if colonne is None else relation_de(modele, nom)
    if relation is None:
        return None, attrgetter(nom)
    return relation.key, attrgetter(relation.key)


def _ordonnable(modele, prop: Propriete) -> bool:
    """Tables of hundreds of thousands of rows are sorted only by what an index keeps in order."""
    table = modele.__table__
    if not catalogue.declaration_de(table.name).grande or prop.relation == "jeune":
        return True
    if prop.relation or prop.nom in ("mds_id", "jeune_id"):
        return False
    return prop.nom == "id" or _est_range(modele, prop.nom)


def _est_range(modele, colonne: str) -> bool:
    """Whether an index keeps the table, or that of one MDS, in the order of this column."""
    indexes = modele.__table__.indexes
    entiers = [i for i in indexes if i.dialect_options["postgresql"]["where"] is None]
    debuts = {tuple(c.name for c in i.columns)[:2] for i in entiers}
    return not debuts.isdisjoint({(colonne,), (colonne, "id"), ("mds_id", colonne)})


@functools.cache
def _autre(classe: type):
    """The table of a parent, under a name of its own: one is enough, for a list has one order."""
    return aliased(classe)


TRI = ("nom_tri", "ordre", "cle", "nom", "code", "id")


def tri_de(modele, prop: Propriete):
    """How to sort by this property: (expression, [(alias, on, may be missing) to join]).

    None when it cannot be sorted. Words are sorted without accents nor case (« École » before
    « Lycée »), but where an index keeps them in the order of their bytes.

    A record of a youth always has one, that whoever reads the record may read (app/roles.py):
    joined as such, the youths are walked in the order of their names, and the records of the first
    ones alone are read.
    """
    if not _ordonnable(modele, prop):
        return None
    if prop.relation:
        return _tri_d_un_parent(modele, prop)
    if prop.colonne is None:
        return None
    if cible_de(prop.colonne) == "mds":
        autre = _autre(Mds)
        return autre.nom, [(autre, getattr(modele, prop.nom) == autre.id, True)]
    if prop.nom == "nom" and "nom_tri" in inspect(modele).columns:
        return modele.nom_tri, []
    if isinstance(prop.colonne.type, String) and not _est_range(modele, prop.nom):
        return func.acces.plier(getattr(modele, prop.nom)), []
    return getattr(modele, prop.nom), []


def _tri_d_un_parent(modele, prop: Propriete):
    """By the column named after the point, else by what says the order of the parents."""
    relation = inspect(modele).relationships[prop.relation]
    colonnes = relation.mapper.columns
    feuille = prop.nom.partition(".")[2] or next(t for t in TRI if t in colonnes)
    if feuille == "nom" and "nom_tri" in colonnes:
        feuille = "nom_tri"
    autre = _autre(relation.mapper.class_)
    if relation.key == "jeune":
        lie = and_(modele.jeune_id == autre.id, modele.mds_id == autre.mds_id)
        return getattr(autre, feuille), [(autre, lie, False)]
    locale = next(iter(relation.local_columns))
    lie = getattr(modele, locale.key) == getattr(autre, relation.mapper.primary_key[0].key)
    return getattr(autre, feuille), [(autre, lie, True)]
