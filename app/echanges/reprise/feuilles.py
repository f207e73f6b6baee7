"""THE classeur de reprise: its sheets and columns, for reading, writing and the empty model.

A sheet is declared on the model of its noun (``classeur``: app/models/declaration.py): its name,
its key, and the heading of each column. The kind of a cell, its length, its code list, whether it
is required and the rules of a row come from the table.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    Time,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.models import Enquete, ReponseConfiee, catalogue
from app.models.base import SuiviJeune
from app.models.declaration import Controle, DansLeClasseur, DeclarationRefusee
from app.regles.texte import plier, serrer

FEUILLE_DES_CODES, FEUILLE_D_AIDE = "Codes", "Lisez-moi"
"""Written in the empty model, left alone when it comes back filled in."""

PREMIER_JOUR = date(1900, 3, 1)
"""Before, Excel and the calendar disagree (its 29 February 1900 never was)."""


GENRES: dict[type, str] = {
    Boolean: "oui_non",
    Date: "date",
    Integer: "entier",
    Numeric: "nombre",
    Time: "heure",
    Text: "recit",
    String: "texte",
}
"""The type of a column → how its cell is read; the first that fits: Text precedes String."""


@dataclass(frozen=True)
class ChampDeReprise:
    """A column of a sheet. ``colonne`` is the column of the table that keeps it."""

    titre: str
    colonne: Column[Any]
    requis: bool

    @cached_property
    def attribut(self) -> str:
        return self.colonne.name

    @property
    def lue(self) -> ColumnElement[Any]:
        """What the cell says: the column.

        Of an answer, also the one that the youth gave alone, for whoever may read it (a command).
        """
        if self.colonne is not Enquete.__table__.c.reponse_code:
            return self.colonne
        confiee = select(ReponseConfiee.reponse_code).where(
            ReponseConfiee.enquete_id == Enquete.__table__.c.id
        )
        return func.coalesce(self.colonne, confiee.scalar_subquery()).label(self.attribut)

    @cached_property
    def genre(self) -> str:
        """How the cell is read.

        jeune, partenaire, mds, mds_liste, code, date, heure, oui_non, entier, nombre, texte or
        recit.
        """
        type_ = self.colonne.type
        if self.attribut in ("jeune_id", "partenaire_id"):
            return self.attribut.removesuffix("_id")
        if isinstance(type_, ARRAY):
            return "mds_liste"
        if self.attribut in ("mds_id", "mds_rattachement_id"):
            return "mds"
        if self.liste:
            return "code"
        for classe, genre in GENRES.items():
            if isinstance(type_, classe) and not self.colonne.foreign_keys:
                return genre
        raise DeclarationRefusee(
            f"la feuille de {self.colonne.table.name} a une colonne « {self.titre} » qui ne se lit"
            " pas dans une cellule : donnez à la feuille ses colonnes (« colonnes=… »)."
        )

    @property
    def liste(self) -> str | None:
        """The nomenclature whose code the cell holds."""
        liste: str | None = self.colonne.info.get("nomenclature")
        return liste

    @property
    def taille(self) -> int | None:
        """The longest text accepted."""
        if not isinstance(self.colonne.type, String) or self.genre != "texte":
            return None
        return self.colonne.type.length

    @property
    def aide(self) -> str | None:
        """What is said of the column in « Lisez-moi »."""
        aide: str | None = self.colonne.info.get("aide")
        return aide


@dataclass(frozen=True)
class FeuilleDeReprise:
    """A sheet: the table behind it, what identifies a row, what rows must respect together."""

    nom: str
    modele: type[Any]
    cle: tuple[str, ...]
    champs: tuple[ChampDeReprise, ...]
    ordres: tuple[tuple[str, str], ...] = ()
    """Pairs of attributes: the second, when filled, is not before the first (constraint
    ck_<table>_<first>_<second>)."""
    sans_chevauchement: bool = False
    """The periods (du, au) of one youth never share a day."""
    controles: tuple[Controle, ...] = ()

    @property
    def table(self) -> str:
        return str(self.modele.__tablename__)

    def plier(self, cle: str) -> str:
        """A text of the key, as it is compared: of the name of an agent, its letters alone."""
        return serrer(cle) if self.table == "agent" else plier(cle)

    @property
    def par_jeune(self) -> bool:
        return issubclass(self.modele, SuiviJeune)

    @cached_property
    def par_titre(self) -> dict[str, ChampDeReprise]:
        """Folded title → column."""
        return {plier(c.titre): c for c in self.champs}

    @cached_property
    def par_attribut(self) -> dict[str, ChampDeReprise]:
        return {c.attribut: c for c in self.champs}

    @property
    def champ_cle(self) -> ChampDeReprise:
        """The column where a double key is shown: the date of a composite key, else its first."""
        cles = [self.par_attribut[attribut] for attribut in self.cle]
        return next((c for c in cles if c.genre == "date"), cles[0])


def _feuille(classe: type[Any], declaree: DansLeClasseur) -> FeuilleDeReprise:
    table = classe.__table__
    colonnes = declaree.colonnes or _colonnes_par_defaut(table)
    return FeuilleDeReprise(
        declaree.nom,
        classe,
        catalogue.cle_du_classeur(table, declaree),
        tuple(_champ(titre, table.c[nom]) for titre, nom in colonnes),
        ordres=catalogue.ordres(table),
        sans_chevauchement=catalogue.sans_chevauchement(table),
        controles=declaree.controles,
    )


def _colonnes_par_defaut(table: Table) -> list[tuple[str, str]]:
    """Every column that a person fills, under its label."""
    return [(colonne.info["libelle"], colonne.name) for colonne in catalogue.remplies(table)]


def _champ(titre: str, colonne: Column[Any]) -> ChampDeReprise:
    return ChampDeReprise(titre, colonne, requis=not colonne.nullable and colonne.name != "mds_ids")


def _composer() -> tuple[FeuilleDeReprise, ...]:
    """The sheets that the models declare, in their order."""
    declarees = [
        (classe, classe.declaration.classeur)
        for classe in catalogue.noms().values()
        if classe.declaration.classeur
    ]
    return tuple(_feuille(c, d) for c, d in sorted(declarees, key=lambda x: (x[1].rang, x[1].nom)))


FEUILLES: tuple[FeuilleDeReprise, ...] = _composer()
PAR_NOM: dict[str, FeuilleDeReprise] = {plier(f.nom): f for f in FEUILLES}
PAR_TABLE: dict[str, FeuilleDeReprise] = {f.table: f for f in FEUILLES}
ORDRE_D_ECRITURE: tuple[FeuilleDeReprise, ...] = tuple(
    sorted(FEUILLES, key=lambda f: f.table not in ("jeune", "partenaire", "agent"))
)
"""Those that others refer to come first; undoing goes the other way."""
