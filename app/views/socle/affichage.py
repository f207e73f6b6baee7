"""How a value is shown: JJ/MM/AAAA, Oui/Non, a comma, « Non renseigné »; and what a column is
called.

A label and its help are read from the column (``info``); a code shows the label of its list, a
number its record.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from markupsafe import Markup, escape
from sqlalchemy import (
    Column,
    Integer,
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
from app.models import LISTES, Mds

PARIS = ZoneInfo("Europe/Paris")
VIDE = "Non renseigné"
_TELEPHONE = re.compile(r"(\d\d ){4}\d\d", re.ASCII)
TIRET = Markup('<span aria-hidden="true">–</span><span class="hors-ecran">Non renseigné</span>')
PARTOUT = "Tout le Département"
HTML_VIDE = Markup('<span class="vide">Non renseigné</span>')


def en_texte(valeur) -> str:
    """The value as people read it; empty when there is none."""
    match valeur:
        case None | "":
            return ""
        case bool():
            return "Oui" if valeur else "Non"
        case datetime():
            return f"{valeur.astimezone(PARIS):%d/%m/%Y à %H:%M}"
        case date():
            return f"{valeur:%d/%m/%Y}"
        case Decimal() | float():
            return f"{valeur:,f}".replace(",", "\u202f").replace(".", ",")
        case Enum():
            return en_texte(valeur.value)
        case list() | tuple() | set():
            return ", ".join(en_texte(v) for v in valeur)
    return str(valeur)


def en_html(texte: str) -> Markup:
    """Escaped, its line ends kept; « Non renseigné » when empty."""
    if not texte:
        return HTML_VIDE
    return Markup("<br>").join(texte.splitlines()) if "\n" in texte else escape(texte)


def en_cellule(texte: str) -> Markup:
    """The same in a table, where « Non renseigné » on each line would hide what is known."""
    if _TELEPHONE.fullmatch(texte):
        texte = texte.replace(" ", "\u00a0")
    return en_html(texte) if texte else TIRET


@dataclass(frozen=True)
class Element:
    """An item of a list, to choose or to show."""

    code: str
    libelle: str
    actif: bool


def elements(*listes: str) -> dict[str, dict[str, Element]]:
    """The items of these lists (« mds » included), in their order; one query for all, once per
    request."""
    lues = g.setdefault("elements", {})
    if manquantes := sorted(set(listes) - lues.keys()):
        requetes = []
        for liste in manquantes:
            if liste == "mds":
                requetes.append(
                    select(
                        literal("mds").label("liste"),
                        cast(Mds.id, String).label("code"),
                        Mds.nom.label("libelle"),
                        literal(0).label("ordre"),
                        literal(True).label("actif"),
                    )
                )
            else:
                c = LISTES[liste]
                actif = or_(c.retire_le.is_(None), c.retire_le > func.current_date()).label("actif")
                requetes.append(
                    select(
                        literal(liste).label("liste"),
                        c.code,
                        c.libelle,
                        cast(c.ordre, Integer),
                        actif,
                    )
                )
        for liste in manquantes:
            lues[liste] = {}
        toutes = union_all(*requetes).subquery()
        for liste, code, libelle, actif in db.session.execute(
            select(toutes.c.liste, toutes.c.code, toutes.c.libelle, toutes.c.actif).order_by(
                toutes.c.ordre, toutes.c.libelle
            )
        ):
            lues[liste][code] = Element(code, libelle, actif)
    return {liste: lues[liste] for liste in listes}


def nom_mds(mds_id: int | None) -> str:
    element = elements("mds")["mds"].get(str(mds_id))
    return element.libelle if element else ""


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

    def valeur(self, fiche):
        return self.lire(fiche)

    def texte(self, fiche) -> str:
        texte = self.formater(self.lire(fiche))
        return texte if isinstance(texte, str) else en_texte(texte)

    def texte_seul(self, fiche) -> str:
        """The same without its tags, for a sheet."""
        texte = self.texte(fiche)
        return texte.striptags() if isinstance(texte, Markup) else texte


def relation_de(modele, colonne: str) -> RelationshipProperty | None:
    """The relationship that this foreign key column alone carries: ``motif_code`` → ``motif``."""
    for relation in inspect(modele).relationships:
        if relation.direction.name == "MANYTOONE" and {c.key for c in relation.local_columns} == {
            colonne
        }:
            return relation
    return None


def cible_de(colonne: Column) -> str | None:
    """The table a column points to by itself (``motif_rupture``, ``mds``, ``jeune``)."""
    if colonne.key in ("jeune_id", "mds_id"):  # SuiviJeune's foreign key holds both
        return colonne.key.removesuffix("_id")
    return next((cle.column.table.name for cle in colonne.foreign_keys), None)


def propriete(modele, nom: str, libelles: dict, aides: dict, formats: dict) -> Propriete:
    """What ``nom`` designates on the model: a column, a relationship, ``relation.column``, or a
    Python property."""
    racine, point, feuille = nom.partition(".")
    mapper = inspect(modele)
    if point:
        relation = mapper.relationships[racine]
        autre = propriete(relation.mapper.class_, feuille, {}, {}, {})
        return Propriete(
            nom,
            libelles.get(nom, autre.libelle),
            aides.get(nom, autre.aide),
            relation=racine,
            lire=lambda f: None if (lie := getattr(f, racine)) is None else autre.lire(lie),
            formater=formats.get(nom, autre.formater),
        )
    if nom in mapper.relationships:
        locales = list(mapper.relationships[nom].local_columns)
        nom = (
            locales[0].key
            if len(locales) == 1 and locales[0].key not in mapper.primary_key
            else nom
        )
    colonne = mapper.columns.get(nom)
    info = {} if colonne is None else colonne.info
    libelle = libelles.get(nom) or info.get("libelle") or nom.replace("_", " ").capitalize()
    aide = aides.get(nom, info.get("aide"))
    formater = formats.get(nom, en_texte)
    if colonne is not None and cible_de(colonne) == "mds":
        return Propriete(
            nom, libelle, aide, colonne, lire=lambda f: nom_mds(getattr(f, nom)), formater=formater
        )
    if nom == "mds_ids":
        return Propriete(
            nom,
            libelle,
            aide,
            colonne,
            lire=lambda f: [nom_mds(m) for m in f.mds_ids or ()],
            formater=formater,
        )
    relation = relation_de(modele, nom) if colonne is not None else None
    if relation is not None:
        return Propriete(
            nom, libelle, aide, colonne, relation.key, lambda f: getattr(f, relation.key), formater
        )
    return Propriete(nom, libelle, aide, colonne, lire=lambda f: getattr(f, nom), formater=formater)


NOMBREUSES = {"rencontre", "situation", "mesure", "journal"}
"""Tables of hundreds of thousands of rows, sorted only by what an index keeps in order; the rest
has filters."""


def _ordonnable(modele, prop: Propriete) -> bool:
    table = modele.__table__
    if table.name not in NOMBREUSES or prop.relation == "jeune":
        return True
    entiers = [i for i in table.indexes if i.dialect_options["postgresql"]["where"] is None]
    debuts = {tuple(c.name for c in i.columns)[:2] for i in entiers}
    rangee = prop.nom == "id" or bool(
        debuts & {(prop.nom,), (prop.nom, "id"), ("mds_id", prop.nom)}
    )
    return rangee and not prop.relation and prop.nom not in ("mds_id", "jeune_id")


TRI = ("nom_tri", "ordre", "cle", "nom", "code", "id")


def tri_de(modele, prop: Propriete):
    """How to sort by this property: (expression, [(alias, on, may be missing) to join]); None when
    it cannot be sorted.

    A record of a youth always has one, that whoever reads the record may read (app/roles.py):
    joined as such, the youths are walked in the order of their names, and the records of the first
    ones alone are read.
    """
    if not _ordonnable(modele, prop):
        return None
    if prop.relation:
        relation = inspect(modele).relationships[prop.relation]
        autre = aliased(relation.mapper.class_)
        feuille = prop.nom.partition(".")[2] or next(t for t in TRI if t in relation.mapper.columns)
        feuille = (
            "nom_tri" if feuille == "nom" and "nom_tri" in relation.mapper.columns else feuille
        )
        if relation.key == "jeune":
            return getattr(autre, feuille), [
                (autre, and_(modele.jeune_id == autre.id, modele.mds_id == autre.mds_id), False)
            ]
        locale = next(iter(relation.local_columns))
        return getattr(autre, feuille), [
            (
                autre,
                getattr(modele, locale.key) == getattr(autre, relation.mapper.primary_key[0].key),
                True,
            )
        ]
    if prop.colonne is None:
        return None
    if cible_de(prop.colonne) == "mds":
        autre = aliased(Mds)
        return autre.nom, [(autre, getattr(modele, prop.nom) == autre.id, True)]
    if prop.nom == "nom" and "nom_tri" in inspect(modele).columns:
        return modele.nom_tri, []
    return getattr(modele, prop.nom), []
