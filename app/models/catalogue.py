"""The nouns that are declared, found by walking the models; and what their columns say of them."""

import functools
import itertools
import re
from collections.abc import Iterator
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from .base import Nature, SuiviJeune
from .declaration import INTERNE, DansLeClasseur, Declaration, DeclarationRefusee, Famille, Forme
from .nomenclature import Nomenclature

Modele = type[Any]

COMMUNES = frozenset({"id", "version", "jeune_id", "mds_id"})
"""Columns that every record of a youth has, and that nobody types under their own name."""


@functools.cache
def noms() -> dict[str, Modele]:
    """Table → class, of every model of this package; in the order of the tables' names."""
    classes = {}
    for mapper in Model.registry.mappers:
        if mapper.class_.__module__.startswith("app.models."):
            classes[mapper.local_table.name] = mapper.class_
    return dict(sorted(classes.items()))


def classe_de(table: str) -> Modele:
    return noms()[table]


def declaration_de(table: str) -> Declaration:
    """What the model of this table says; of a table of Flask-AppBuilder's own, nothing."""
    classe = noms().get(table)
    return getattr(classe, "declaration", INTERNE)


def ressource_de(table: str) -> str:
    """The name under which the rights on this table are given."""
    return declaration_de(table).ressource or table


def de_forme(*formes: Forme) -> list[str]:
    """The tables whose policy has one of these shapes."""
    return [table for table in noms() if declaration_de(table).forme in formes]


def famille(laquelle: Famille) -> tuple[str, ...]:
    """The rights that the sentences about this family open."""
    tables = (t for t in noms() if laquelle in declaration_de(t).familles)
    return tuple(dict.fromkeys(map(ressource_de, tables)))


def suit_un_jeune(table: str) -> bool:
    return table in noms() and issubclass(noms()[table], SuiviJeune)


def est_nomenclature(table: str) -> bool:
    return table in noms() and issubclass(noms()[table], Nomenclature)


def racontees(table: Table) -> list[Column[Any]]:
    """The columns that the story of a record and the copy of a file show.

    The MDS of a record of a youth is that of the youth: it is not told again.
    """
    tues = {"mds_id", "jeune_id"} if suit_un_jeune(table.name) else {"jeune_id"}
    return [c for c in table.c if c.info.get("racontee", True) and c.key not in tues]


def hors_audit(table: Table) -> list[str]:
    """The columns that the audit log never holds: computed, counted, or secret."""
    return [c.name for c in table.c if not c.info.get("audit", True)]


def remplies(table: Table) -> list[Column[Any]]:
    """The columns that somebody fills: of a record of a youth, the youth first."""
    suit = suit_un_jeune(table.name)
    tues = {"id", "version", "jeune_id", "mds_id"} if suit else {"id", "version"}
    autres = [c for c in table.c if c.key not in tues and c.computed is None]
    return [table.c.jeune_id, *autres] if suit else autres


def parents_a_voir(table: Table) -> dict[str, str]:
    """Column → table, of what belongs to an MDS and must be seen to be chosen for a youth."""
    if not suit_un_jeune(table.name):
        return {}
    trouves = {}
    for colonne in table.c:
        if "nom_dans" in colonne.info:  # its own trigger asks the same (acces/agent.sql)
            continue
        for cle in colonne.foreign_keys:
            parent = cle.column.table
            if parent.name != "jeune" and {"mds_id", "mds_ids"} & set(parent.c.keys()):
                trouves[colonne.name] = parent.name
    trouves.pop("mds_id", None)
    return trouves


def agents_nommes(table: Table) -> list[tuple[str, str, str]]:
    """(number, name, fonction of a new agent) of each agent that a row of the table names."""
    return [
        (c.name, c.info["nom_dans"], c.info["fonction"]) for c in table.c if "nom_dans" in c.info
    ]


def listes_d_agents(table: Table) -> list[tuple[str, str]]:
    """(numbers, names) of each list of agents that a row of the table keeps."""
    return [(c.name, c.info["noms_dans"]) for c in table.c if "noms_dans" in c.info]


@functools.cache
def nommees_a_plusieurs() -> frozenset[str]:
    """The tables that a column names several records of (``numeros_de``)."""
    colonnes = (c for classe in noms().values() for c in classe.__table__.c)
    return frozenset(c.info["numeros_de"] for c in colonnes if "numeros_de" in c.info)


def ordres(table: Table) -> tuple[tuple[str, str], ...]:
    """(start, end) of the rules « the end is empty or not before the start » (``base.ordre``)."""
    noms_des_regles = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
    couples = itertools.permutations(table.c.keys(), 2)
    return tuple((d, f) for d, f in couples if f"ck_{table.name}_{d}_{f}" in noms_des_regles)


def cle_du_classeur(table: Table, declaree: DansLeClasseur) -> tuple[str, ...]:
    """The columns that identify a row of the sheet: those declared, else those of the table."""
    if declaree.cle:
        return declaree.cle
    uniques = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    if not uniques:
        raise DeclarationRefusee(
            f"la feuille « {declaree.nom} » n’a pas de clé : donnez une contrainte unique à la"
            f" table « {table.name} »."
        )
    return tuple(min(uniques, key=lambda c: str(c.name)).columns.keys())


def sans_chevauchement(table: Table) -> bool:
    """The periods of one youth never share a day."""
    return any(isinstance(c, ExcludeConstraint) for c in table.constraints)


def verifier() -> None:
    """Refuse, with one French sentence, what a model forgot to say or said wrongly."""
    for table, classe in noms().items():
        for faute in _fautes(table, classe):
            fichier = classe.__module__.replace(".", "/")
            raise DeclarationRefusee(f"{classe.__name__} ({fichier}.py) : {faute}")


def _fautes(table: str, classe: Modele) -> Iterator[str]:
    d = getattr(classe, "declaration", None)
    if not isinstance(d, Declaration):
        yield 'écrivez « declaration = Declaration("…") » dans la classe.'
        return
    if d is not INTERNE and not d.libelle and d.auditee:
        yield "dites dans la déclaration comment s’appelle une fiche."
    yield from _fautes_de_forme(classe.__table__, d, suit_un_jeune(table))
    yield from _fautes_du_classeur(classe.__table__, d)
    if d.intitule and d.intitule not in classe.__table__.c:
        yield f"la colonne « {d.intitule} », donnée comme intitulé, n’existe pas."
    if d.recherche:
        for nom in d.recherche.precision:
            if nom not in classe.__table__.c:
                yield f"la colonne « {nom} », donnée pour la recherche, n’existe pas."
    for colonne in classe.__table__.c:
        if not colonne.info.get("libelle"):
            yield f"la colonne « {colonne.name} » n’a pas de libellé."
        elif not isinstance(colonne.info.get("nature"), Nature):
            yield f"la colonne « {colonne.name} » n’a pas de nature pour le registre."


def _fautes_de_forme(table: Table, d: Declaration, suit: bool) -> Iterator[str]:
    colonnes = table.c.keys()
    match d.forme:
        case Forme.PAR_JEUNE if not suit:
            yield "la forme PAR_JEUNE demande une classe qui hérite de SuiviJeune."
        case Forme.PAR_MDS | Forme.MDS_OU_DEPARTEMENT if "mds_id" not in colonnes:
            yield f"la forme {d.forme.name} demande une colonne « mds_id »."
        case Forme.AVEC_SON_PARENT if d.parent not in noms():
            yield f"la table parente « {d.parent} » n’existe pas."
        case Forme.AVEC_SON_PARENT if f"{d.parent}_id" not in colonnes:
            yield f"la forme AVEC_SON_PARENT demande une colonne « {d.parent}_id »."
        case Forme.PERSONNEL if "compte_id" not in colonnes:
            yield "la forme PERSONNEL demande une colonne « compte_id »."


def _fautes_du_classeur(table: Table, d: Declaration) -> Iterator[str]:
    if d.classeur is None:
        return
    cle_declaree = cle_du_classeur(table, d.classeur)
    for nom in (*cle_declaree, *(colonne for _, colonne in d.classeur.colonnes)):
        if nom not in table.c:
            yield f"la feuille « {d.classeur.nom} » nomme « {nom} », qui n’est pas une colonne."
    uniques = [set(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)]
    cle = {"cle" if nom in _pliees(table) else nom for nom in cle_declaree}
    if cle not in uniques and not sans_chevauchement(table):
        colonnes = ", ".join(cle_declaree)
        yield f"la clé de la feuille ({colonnes}) n’est pas celle d’une contrainte unique."


def _pliees(table: Table) -> set[str]:
    """The columns whose folded text is kept in ``cle``."""
    if "cle" not in table.c or table.c["cle"].computed is None:
        return set()
    return set(re.findall(r"\w+", str(table.c["cle"].computed.sqltext))) & set(table.c.keys())
