"""A line of the trail as people read it: labels instead of columns, codes and numbers; dates,
amounts and yes/no in French.

What a column is called and how its value reads is asked of the noun's own screens, so that a file
and its story agree.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import g
from flask_appbuilder import Model
from sqlalchemy import Boolean, Column, Date, DateTime, Numeric, Table, inspect, select

from app import acces
from app.extensions import db
from app.models import LISTES, Evenement
from app.views.socle.affichage import PARTOUT, VIDE, cible_de, elements, en_texte, nom_mds
from app.views.socle.fiche import vue_de

CACHES = {
    "id",
    "jeune_id",
    "version",
    "created_on",
    "changed_on",
    "created_by_fk",
    "changed_by_fk",
    "absorbe_id",
    "autre_id",
}
"""Fields that say nothing to a person."""
CODES = {
    ("conservation", "decision"): {
        "GARDE": "Garder le dossier",
        "ANONYMISE": "Anonymiser le dossier",
    }
}
"""Codes that are not those of a list, in tables without screens of their own."""
DONNEE = "Donnée"
"""An answer that is not shown."""
ABSENTE = "Fiche supprimée, ou hors de vos habilitations"
LIBELLES = {
    "authentification": {
        "compte_id": "Personne",
        "temporaire_jusqu_au": "Mot de passe provisoire jusqu’au",
        "totp_depuis": "Second facteur depuis",
        "oidc_emetteur": "Fournisseur d’identité",
        "oidc_sujet": "Numéro chez ce fournisseur",
    },
    "invitation": {"enquete_id": "Enquête"},
    "fusion": {"mds_id": "MDS"},
}
"""What tables without screens of their own call their columns, when the column does not say it."""


@dataclass(frozen=True)
class Ecart:
    """One field of a record: its label, what it said, what it says."""

    libelle: str
    avant: str
    apres: str


def ecarts(evenement: Evenement) -> list[Ecart]:
    """The difference of one line of the trail, in the order of the table."""
    table = db.metadata.tables.get(evenement.table_nom or "")
    if table is None:
        return []
    avant, apres = evenement.avant or {}, evenement.apres or {}
    caches = CACHES | (
        {"mds_id"} if "jeune_id" in table.c else set()
    )  # the MDS of a youth's record is that of the youth
    if table.name == "instance" and not lit_le_compte_rendu(evenement.mds_id):
        caches |= {"compte_rendu"}
    return [
        Ecart(libelle(table, c), lire(table, c, avant.get(c.key)), lire(table, c, apres.get(c.key)))
        for c in table.c
        if c.key not in caches and (c.key in avant or c.key in apres)
    ]


def lit_le_compte_rendu(mds_id: int | None) -> bool:
    """The minutes of an MDS's meeting may name its youths: for who reads them, and for who reads
    the whole trail."""
    perimetre = acces.perimetre()
    return (
        mds_id is None
        or perimetre.peut("jeune", "lire", mds_id)
        or perimetre.peut("journal", "lire", None)
    )


def preparer(lignes: Iterable[Evenement]) -> None:
    """Read together what these lines name: one statement for the lists, one a table of records,
    whatever the lines."""
    listes, cites = set(), defaultdict(set)
    for evenement in lignes:
        table = db.metadata.tables.get(evenement.table_nom or "")
        for version in (evenement.avant, evenement.apres) if table is not None else ():
            for colonne in table.c if version else ():
                if (brut := version.get(colonne.key)) in (None, "", []):
                    continue
                cible = "mds" if colonne.key == "mds_ids" else cible_de(colonne)
                if cible in LISTES or cible == "mds":
                    listes.add(cible)
                elif cible and colonne.key not in CACHES:
                    cites[cible].add(brut)
    elements(*listes)
    for table, cles in cites.items():
        _lire_fiches(table, cles)


def libelle(table: Table, colonne: Column) -> str:
    propre = LIBELLES.get(table.name, {}).get(colonne.key) or colonne.info.get("libelle")
    vue = vue_de(table.name)
    return (
        (vue.label_columns.get(colonne.key) if vue else None)
        or propre
        or colonne.key.replace("_", " ").capitalize()
    )


def lire(table: Table, colonne: Column, brut) -> str:
    """The value that the trail kept (JSON), in words."""
    if brut is None or brut == "":
        return VIDE
    if table.name == "enquete" and colonne.key == "reponse_code":
        return DONNEE  # what a youth answered is told to nobody, even when it was on paper
    if (table.name, colonne.key) in CODES:
        return CODES[table.name, colonne.key][brut]
    cible, vue = cible_de(colonne), vue_de(table.name)
    if cible in LISTES:
        element = elements(cible)[cible].get(brut)
        return element.libelle if element else ABSENTE
    if cible == "mds":
        return nom_mds(brut) or ABSENTE
    if colonne.key == "mds_ids":
        return en_texte([nom_mds(m) for m in brut]) or PARTOUT
    if cible:
        return _fiche(cible, brut)
    valeur = _valeur(colonne, brut)
    if vue and colonne.key in vue.choix:
        return dict(vue.choix[colonne.key]).get(valeur, en_texte(valeur))
    if vue and colonne.key in vue.formatters_columns:
        return vue.formatters_columns[colonne.key](valeur)
    return en_texte(valeur)


def _valeur(colonne: Column, brut):
    """JSON → the type of the column. A time without zone is local (Flask-AppBuilder's columns)."""
    match colonne.type:
        case Boolean():
            return bool(brut)
        case DateTime():
            instant = datetime.fromisoformat(brut)
            return instant if instant.tzinfo else instant.astimezone()
        case Date():
            return date.fromisoformat(brut)
        case Numeric():
            return Decimal(str(brut))
    return brut


def _fiche(table: str, cle) -> str:
    """The record a number points to, as it is called; the base decides whether it may be named."""
    fiche = _lire_fiches(table, {cle})[table, cle]
    if fiche is None:
        return ABSENTE
    vue = vue_de(table)
    return vue.titre(fiche) if vue else str(fiche)


def _lire_fiches(table: str, cles: set) -> dict:
    """(table, number) → record, None for one that is gone or may not be named; kept for the
    request."""
    lues = g.setdefault("fiches_du_recit", {})
    if manquantes := {cle for cle in cles if (table, cle) not in lues}:
        vue = vue_de(table)
        classe = (
            vue.modele
            if vue
            else next(m.class_ for m in Model.registry.mappers if m.local_table.name == table)
        )
        numero = inspect(classe).primary_key[0]
        lues |= {(table, cle): None for cle in manquantes}
        for fiche in db.session.scalars(select(classe).where(numero.in_(manquantes))):
            lues[table, getattr(fiche, numero.key)] = fiche
    return lues
