"""The only writer of workbooks: rows stream to the disk.

Texts stay texts, dates and numbers stay dates and numbers.

A table to hand over is a ``Feuille``: a title, an ordered list of ``Colonne``, and its rows, read
once. What needs more than tables (lists to choose from, comments) takes the open workbook from
``ouvrir``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from app.echanges.formats.impression import Impression, entourer, poser
from app.echanges.formats.lignes import (
    CARACTERES_MAXIMAUX,
    PREMIERE_ANNEE,
    FeuilleEnLignes,
    FormeDeColonne,
    tient,
)

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[str, dict[str, object]] = {
    "texte": {},
    "recit": {"text_wrap": True},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
    "entier": {"num_format": "#,##0"},
    "decimal": {"num_format": "#,##0.00####"},
    "nombre": {"num_format": "General"},
    "taux": {"num_format": '0.0" %"'},
    "oui_non": {},
    "titre": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#1F4E79",
        "text_wrap": True,
        "valign": "vcenter",
        "border": 1,
    },
    "titre_facultatif": {
        "bg_color": "#DDE6F0",
        "text_wrap": True,
        "valign": "vcenter",
        "border": 1,
    },
}
"""Name of a format → how xlsxwriter writes it."""
LARGEURS = {
    "date": 12,
    "entier": 10,
    "decimal": 10,
    "nombre": 12,
    "taux": 10,
    "oui_non": 10,
    "recit": 50,
}
LIGNES_MAXIMALES = 1_048_576
"""What a sheet of Excel can hold."""
LOT = 500
"""Rows written at a time."""
CORPS_EN_POINTS = 11
"""Of what is in the cells of a plain list."""
_TITRE_INTERDIT = re.compile(r"[\[\]:*?/\\]")

NIVEAU_DE_COMPRESSION = 2
"""That of the library, 6, takes twice as long to make files a fifth smaller."""
# The library leaves no choice of it (docs/amont/niveau-de-compression.patch).
xlsxwriter.workbook.ZipFile = partial(ZipFile, compresslevel=NIVEAU_DE_COMPRESSION)


class TropDeLignes(Exception):
    """More rows than a sheet can hold; the message is for the user."""


@dataclass(frozen=True)
class Colonne:
    """A column to hand over: title, format, value from a row, width in characters."""

    titre: str
    format: str
    valeur: Callable[[Any], object]
    """A row is whatever the caller lists: a record, a dataclass, a line of a query."""
    largeur: float | None = None
    nom: str = ""
    """What the column is called by who must find it again, wherever it stands and whatever its
    title."""

    @property
    def caracteres(self) -> float:
        """Its width; without one, that of its format, or of its title."""
        if self.largeur is not None:
            return self.largeur
        return max(LARGEURS.get(self.format, 18), min(len(self.titre) + 3, 30))


@dataclass(frozen=True)
class Feuille:
    """A sheet to hand over; its rows may be an iterator, they are read once."""

    titre: str
    colonnes: Sequence[Colonne]
    lignes: Iterable[object]
    impression: Impression | None = None
    """What is printed around it; None: a sheet to fill in, or to read back."""


class ClasseurExcel:
    """A workbook being written. ``xlsx`` is xlsxwriter's own, for what a plain table has not."""

    def __init__(self, chemin: Path, par_lignes: bool):
        self.xlsx = xlsxwriter.Workbook(
            str(chemin),
            {
                "tmpdir": str(chemin.parent),
                "constant_memory": par_lignes,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
                "default_date_format": "dd/mm/yyyy",
            },
        )
        self.par_lignes = par_lignes
        self._formats: dict[tuple[object, ...], Format] = {}
        self._titres: set[str] = set()
        self.coupes = 0
        """Texts too long for a cell, cut."""

    def abandonner(self) -> None:
        """Let go of the files of a workbook left half-way; nothing to do once it is closed."""
        if self.par_lignes:
            for onglet in self.xlsx.worksheets():
                onglet._opt_close()
        self.xlsx.fileclosed = True

    def format(self, nom: str, **autres: object) -> Format:
        """The format of that name, made once, with what is asked besides."""
        cle = (nom, *sorted(autres.items()))
        if cle not in self._formats:
            self._formats[cle] = self.xlsx.add_format({"valign": "top", **FORMATS[nom], **autres})
        return self._formats[cle]

    def onglet(self, titre: str) -> Worksheet:
        """A new empty sheet; Excel wants its title short, without some signs, and only once."""
        voulu = _TITRE_INTERDIT.sub(" ", titre).strip("' ")[:31] or "Feuille"
        propre = voulu
        rang = 2
        while propre.casefold() in self._titres:
            suite = f" ({rang})"
            propre = voulu[: 31 - len(suite)] + suite
            rang += 1
        self._titres.add(propre.casefold())
        onglet = self.xlsx.add_worksheet(propre, FeuilleEnLignes)
        onglet.en_texte = self._en_texte
        return onglet

    def ecrire(
        self, onglet: Worksheet, rang: int, place: int, valeur: object, format_: Format
    ) -> None:
        """One cell, by the kind of its value: a text that starts with = + - @ is a text."""
        if valeur is None or valeur == "":
            return
        if isinstance(valeur, str) and tient(valeur):
            onglet.write_string(rang, place, valeur, format_)
        elif isinstance(valeur, bool):
            onglet.write_string(rang, place, "Oui" if valeur else "Non", format_)
        elif isinstance(valeur, int | float | Decimal):
            onglet.write_number(rang, place, valeur, format_)
        elif isinstance(valeur, date) and valeur.year >= PREMIERE_ANNEE:
            onglet.write_datetime(rang, place, valeur, format_)
        else:
            onglet.write_string(rang, place, self._en_texte(valeur), format_)

    def ecrire_lignes(
        self,
        onglet: Worksheet,
        rang: int,
        colonnes: Sequence[Sequence[object]],
        cases: Sequence[FormeDeColonne],
        hauteurs: Sequence[float] | None = None,
    ) -> None:
        """Whole rows from ``rang`` on, told column by column.

        ``hauteurs`` in points, a row, where texts ask for more than a line.
        """
        if self.par_lignes:
            onglet.ajouter(rang, colonnes, cases, hauteurs)
            return
        for case, valeurs in zip(cases, colonnes, strict=True):
            for suivant, valeur in enumerate(valeurs, start=rang):
                self.ecrire(onglet, suivant, case.place, valeur, case.valeur)

    def _en_texte(self, valeur: object) -> str:
        """What Excel has no other kind for: a date before 1900, a list, a text too long, cut."""
        texte = str(valeur)
        if isinstance(valeur, date):
            texte = f"{valeur:%d/%m/%Y}"
        if not tient(texte):
            self.coupes += 1
            texte = texte.encode("utf-16-le")[: 2 * (CARACTERES_MAXIMAUX - 1)].decode(
                "utf-16-le", errors="ignore"
            )
            texte += "…"
        return texte

    def tableau(self, feuille: Feuille, titres: Sequence[str] = ()) -> Worksheet:
        """A table: heading frozen and filtered, a row a record.

        Returns the sheet of xlsxwriter, the last one.

        ``titres``: the format of each heading, when they differ. What a sheet of Excel cannot hold
        goes on in another, « Rencontres (2) »: no row is lost.
        """
        onglet = self._entete(feuille, titres)
        rang = 1
        formats = [self.format(c.format) for c in feuille.colonnes]
        cases = [FormeDeColonne(place, format_, format_) for place, format_ in enumerate(formats)]
        lire = [c.valeur for c in feuille.colonnes]
        lignes = iter(feuille.lignes)
        while lot := [*islice(lignes, _place(rang))]:
            if rang == LIGNES_MAXIMALES:
                _filtrer(onglet, feuille, rang - 1)
                onglet = self._entete(feuille, titres)
                rang = 1
            self.ecrire_lignes(onglet, rang, [[*map(valeur, lot)] for valeur in lire], cases)
            rang += len(lot)
        _filtrer(onglet, feuille, rang - 1)
        return onglet

    def _entete(self, feuille: Feuille, titres: Sequence[str]) -> Worksheet:
        onglet = self.onglet(feuille.titre)
        formats = titres or ["titre"] * len(feuille.colonnes)
        for place, (colonne, nom) in enumerate(zip(feuille.colonnes, formats, strict=True)):
            onglet.set_column(place, place, colonne.caracteres)
            onglet.write_string(0, place, colonne.titre, self.format(nom))
        onglet.freeze_panes(1, 0)
        if feuille.impression is not None:
            largeurs = [c.caracteres for c in feuille.colonnes]
            poser(onglet, largeurs, corps=CORPS_EN_POINTS, repetees=1)
            entourer(onglet, feuille.impression)
            onglet.repeat_rows(0)
        return onglet


def _place(rang: int) -> int:
    """How many rows to write at a time: no more than the sheet can hold, or the next one when it is
    full."""
    return min(LOT, (LIGNES_MAXIMALES - rang) or (LIGNES_MAXIMALES - 1))


def _filtrer(onglet: Worksheet, feuille: Feuille, dernier: int) -> None:
    if feuille.colonnes:
        onglet.autofilter(0, 0, max(dernier, 1), len(feuille.colonnes) - 1)


@contextmanager
def ouvrir(chemin: Path, *, par_lignes: bool = True) -> Iterator[ClasseurExcel]:
    """A workbook to write; the file appears whole, or not at all.

    ``par_lignes``: each row is written once, in order.
    """
    with TemporaryDirectory(prefix=".tandem-", dir=chemin.parent) as dossier:
        classeur = ClasseurExcel(Path(dossier) / "classeur.xlsx", par_lignes)
        try:
            yield classeur
            classeur.xlsx.close()
        except FileCreateError as erreur:  # no space left: the error of the system is inside
            raise erreur.args[0] from None
        finally:
            classeur.abandonner()
        (Path(dossier) / "classeur.xlsx").replace(chemin)


def ecrire_classeur(
    chemin: Path, feuilles: Iterable[Feuille], *, titre: str = "", auteur: str = ""
) -> int:
    """Write tables, one a sheet. Returns how many texts were too long for a cell, and cut."""
    with ouvrir(chemin) as classeur:
        classeur.xlsx.set_properties({"title": titre, "author": auteur})
        for feuille in feuilles:
            classeur.tableau(feuille)
    return classeur.coupes


def plage(feuille: str, colonne: int, premiere: int, derniere: int) -> str:
    """« ='Codes'!$B$3:$B$12 », from numbers that count from 0."""
    lettre = xl_col_to_name(colonne)
    return f"='{feuille}'!${lettre}${premiere + 1}:${lettre}${derniere + 1}"
