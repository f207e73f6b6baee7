"""A line of the audit log as people read it: labels, words for codes, dates, amounts, Oui/Non.

What a column is called and how its value reads is asked of the noun's own screens, so that a file
and its story agree; of tables without screens, of the column itself (``info``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from flask import g
from sqlalchemy import Boolean, Column, Date, DateTime, Numeric, Table, Time, inspect, select

from app import acces
from app.extensions import db
from app.models import LISTES, Evenement, catalogue
from app.regles.texte import en_milliers
from app.views.socle.affichage import (
    VIDE,
    cible_de,
    elements,
    en_mots,
    en_texte,
    est_un_nombre,
    nom_de,
    nom_mds,
    numeros_de,
)
from app.views.socle.fiche import vue_de

DONNEE = "Donnée"
"""An answer that is not shown."""
ABSENTE = "Fiche supprimée, ou hors de vos habilitations"


@dataclass(frozen=True)
class Ecart:
    """One field of a record: its label, what it said, what it says."""

    libelle: str
    avant: str
    apres: str


def ecarts(evenement: Evenement) -> list[Ecart]:
    """The difference of one line of the audit log, in the order of the table."""
    table = db.metadata.tables.get(evenement.table_nom or "")
    if table is None:
        return []
    avant = evenement.avant or {}
    apres = evenement.apres or {}
    tues = set()
    if table.name == "instance" and not lit_le_compte_rendu(evenement.mds_id):
        tues = {"compte_rendu"}
    return [
        Ecart(
            libelle(table, c),
            valeur_en_mots(table, c, avant.get(c.key)),
            valeur_en_mots(table, c, apres.get(c.key)),
        )
        for c in catalogue.racontees(table)
        if c.key not in tues and (c.key in avant or c.key in apres)
    ]


def lit_le_compte_rendu(mds_id: int | None) -> bool:
    """The minutes of an MDS's meeting may name its youths.

    They are for whoever reads those youths, and for whoever reads the whole audit log.
    """
    perimetre = acces.perimetre()
    return (
        mds_id is None
        or perimetre.peut("jeune", "lire", mds_id)
        or perimetre.peut("journal", "lire", None)
    )


def preparer_recit(lignes: Iterable[Evenement]) -> None:
    """Read together what these lines name.

    One statement for the lists, one a table of records, whatever the lines.
    """
    listes: set[str] = set()
    cites: dict[str, set] = defaultdict(set)
    for colonne, brut in _valeurs(lignes):
        plusieurs = numeros_de(colonne)
        cible = plusieurs or cible_de(colonne)
        if cible is None:
            continue
        if plusieurs or cible in LISTES or cible == "mds":
            listes.add(cible)
        else:
            cites[cible].add(brut)
    elements(*listes)
    for table, cles in cites.items():
        _lire_fiches(table, cles)


def _valeurs(lignes: Iterable[Evenement]) -> Iterator[tuple[Column, object]]:
    """Each value that these lines will tell, with its column."""
    for evenement in lignes:
        table = db.metadata.tables.get(evenement.table_nom or "")
        if table is None:
            continue
        colonnes = catalogue.racontees(table)
        for version in (evenement.avant or {}, evenement.apres or {}):
            for colonne in colonnes:
                if (brut := version.get(colonne.key)) not in (None, "", []):
                    yield colonne, brut


def libelle(table: Table, colonne: Column) -> str:
    """What the column is called: by the noun's own screens, else by itself."""
    vue = vue_de(table.name)
    propre = vue.label_columns.get(colonne.key) if vue else None
    return propre or colonne.info.get("libelle") or colonne.key.replace("_", " ").capitalize()


def valeur_en_mots(table: Table, colonne: Column, brut) -> str:
    """The value that the audit log kept (JSON), in words."""
    if brut is None or brut == "":
        return VIDE
    if colonne.info.get("confiee"):
        return DONNEE  # what a youth answered is told to nobody, even when it was on paper
    if codes := colonne.info.get("codes"):
        return codes.get(brut, str(brut))
    cible = cible_de(colonne)
    if cible in LISTES:
        element = elements(cible)[cible].get(brut)
        return element.libelle if element else ABSENTE
    if cible == "mds":
        return nom_mds(brut) or ABSENTE
    if table_nommee := numeros_de(colonne):
        noms = [nom_de(table_nommee, numero) or ABSENTE for numero in brut]
        return _comme_a_l_ecran(table, colonne, noms) or VIDE
    if cible:
        return _fiche(cible, brut)
    return _comme_a_l_ecran(table, colonne, _valeur(colonne, brut))


def _comme_a_l_ecran(table: Table, colonne: Column, valeur) -> str:
    vue = vue_de(table.name)
    if vue and colonne.key in vue.choix:
        return dict(vue.choix[colonne.key]).get(valeur, en_texte(valeur))
    if vue and colonne.key in vue.formatters_columns:
        return vue.formatters_columns[colonne.key](valeur)
    if isinstance(valeur, int) and est_un_nombre(colonne):
        return en_milliers(valeur)
    return en_mots(valeur)


def _valeur(colonne: Column, brut):
    """JSON → the type of the column. A time without zone is local (Flask-AppBuilder's columns)."""
    match colonne.type:
        case Boolean():
            return bool(brut)
        case DateTime():
            instant = datetime.fromisoformat(brut)
            return instant if instant.tzinfo else instant.astimezone()
        case Time():
            return time.fromisoformat(brut)
        case Date():
            return date.fromisoformat(brut)
        case Numeric(scale=int(decimales)):
            return Decimal(str(brut)).quantize(Decimal(1).scaleb(-decimales))
        case Numeric():
            return Decimal(str(brut))
        case Time():
            return time.fromisoformat(brut)
    return brut


def _fiche(table: str, cle) -> str:
    """The record a number points to, as it is called; the base decides whether it may be named."""
    fiche = _lire_fiches(table, {cle})[table, cle]
    if fiche is None:
        return ABSENTE
    vue = vue_de(table)
    return vue.titre(fiche) if vue else str(fiche)


def _lire_fiches(table: str, cles: set) -> dict:
    """(table, number) → record, None for one that is gone or may not be named.

    Kept for the request.
    """
    lues = g.setdefault("fiches_du_recit", {})
    if manquantes := {cle for cle in cles if (table, cle) not in lues}:
        classe = catalogue.classe_de(table)
        numero = inspect(classe).primary_key[0]
        lues |= {(table, cle): None for cle in manquantes}
        for fiche in db.session.scalars(select(classe).where(numero.in_(manquantes))):
            lues[table, getattr(fiche, numero.key)] = fiche
    return lues
