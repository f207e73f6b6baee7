"""Whole rows of a sheet, each added to the file as one string.

xlsxwriter stores a cell, comes back to it, builds its reference, its attributes and its text one by
one: four fifths of the time of an export. Here what a column repeats is computed once. Titles,
widths, panes, filters, formats and the other sheets stay xlsxwriter's, and the file is the same to
the byte (``tests/test_lignes_excel.py``).
"""

import functools
import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

CARACTERES_MAXIMAUX = 32_767
"""What a cell of Excel can hold, in units of UTF-16."""
PREMIERE_ANNEE = 1900
SIGNES_RETENUS = 250_000
"""Characters of what is kept of a column, beyond which it is forgotten."""
MOTS = frozenset((NoneType, str, bool))
"""The types of what is written as words."""
RETENUS = frozenset((NoneType, str, int, date))
"""The types of what a column repeats; no value of one is equal to a value of another."""
JOUR_ZERO = 693_594
"""The ordinal of the day 0 of Excel."""
FEVRIER_1900 = 60
"""Excel counts a 29 February 1900 that did not exist."""
_PARTICULIER = re.compile(r"^\s|\s$|^<r>|[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_")
"""What makes a text anything else than itself in the file."""


@dataclass(slots=True)
class FormeDeColonne:
    """How a column writes its cells; ``mots`` is the format of a text or of « Oui »."""

    place: int
    valeur: Format
    mots: Format
    vide: bool = False
    """Whether a cell without anything in it is drawn."""
    debut: str = field(init=False)
    suivante: str = field(init=False, default="")
    """How the next cell begins, when every row has it (``enchainer``)."""
    styles: dict[bool, str] = field(init=False, default_factory=dict)
    """Whether a cell holds words → the number of its format, as it is written."""
    ecrites: dict[object, str] = field(init=False, default_factory=dict)
    """Text, whole number or day → what follows the number of the row, up to the next cell’s."""
    signes: int = 0
    """Characters of these."""

    def __post_init__(self) -> None:
        self.debut = f'<c r="{xl_col_to_name(self.place)}'

    def numeroter(self, *, mots: bool) -> None:
        """Ask xlsxwriter for the number of a format: it gives them as they are asked for."""
        format_ = self.mots if mots else self.valeur
        style = f'" s="{format_._get_xf_index()}"'
        if self.mots is self.valeur:
            self.styles = {True: style, False: style}
        self.styles[mots] = style

    def besoins(self, valeurs: Sequence[object]) -> Iterator[tuple[int, bool]]:
        """(place of the first value that needs it, whether it holds words) of each format that has
        no number yet."""
        manquants = {True, False} - self.styles.keys()
        genres = {*map(type, valeurs)}
        if (
            manquants == {False}
            and genres <= MOTS
            or manquants == {True}
            and genres - MOTS == genres
        ):
            return
        for mots in manquants:
            for place, valeur in enumerate(valeurs):
                rien = valeur is None or valeur == ""
                if (self.vide or not rien) and mots == (rien or isinstance(valeur, str | bool)):
                    yield place, mots
                    break


def enchainer(cases: Sequence[FormeDeColonne]) -> Sequence[FormeDeColonne]:
    """Of cells that are all drawn (``vide``): what closes one opens the next, so that a row is
    pieces joined by its number."""
    for case, suivante in pairwise(cases):
        case.suivante = suivante.debut
    return cases


class FeuilleEnLignes(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A sheet whose rows can be added whole, when each is written once and in order."""

    en_texte: Callable[[object], str] = str
    """What is written of a value of which Excel has no kind, or of a text too long."""

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        return super()._write_string(row, col, sans_balises(string), cell_format)

    def _write_optimized_sheet_data(self) -> None:
        """The rows that wait in their file go into the sheet as bytes, not read as text again."""
        if self.dim_rowmin is None:
            super()._write_optimized_sheet_data()
            return
        self._xml_start_tag("sheetData")
        self.fh.flush()
        self.row_data_fh.close()
        rangees = Path(self.row_data_filename)
        with rangees.open("rb") as lignes:
            shutil.copyfileobj(lignes, self.fh.buffer)
        rangees.unlink()
        self._xml_end_tag("sheetData")

    def ajouter(
        self,
        rang: int,
        colonnes: Sequence[Sequence[object]],
        cases: Sequence[FormeDeColonne],
        hauteurs: Sequence[float] | None,
    ) -> None:
        """Add rows from ``rang`` on, told column by column; None and « » leave a cell empty.

        ``hauteurs`` in points, a row; None: that of rows that nothing fills.
        """
        rangs = range(rang, rang + len(colonnes[0]))
        numeros = [f"{place + 1}" for place in rangs]
        self._numeroter(rang, cases, colonnes)
        suites = [self._suites(*colonne) for colonne in zip(cases, colonnes, strict=True)]
        places = [case.place for case, lues in zip(cases, suites, strict=True) if any(lues)]
        lignes = _lignes(cases, numeros, suites)
        tailles = [""] * len(lignes) if hauteurs is None else [*map(_hauteur, hauteurs)]
        ecrites = {
            suivant: f'<row r="{numero}"{taille}>{ligne}</row>'
            for suivant, numero, taille, ligne in zip(rangs, numeros, tailles, lignes, strict=True)
            if ligne
        }
        if ecrites:
            self._clore(min(ecrites), max(ecrites), places)
            self.row_data_fh.write("".join(ecrites.values()))

    def _numeroter(
        self, rang: int, cases: Sequence[FormeDeColonne], colonnes: Sequence[Sequence[object]]
    ) -> None:
        """Give its number to each format, as in a file written cell by cell: those of the rows that
        wait above, then those of these ones, cell after cell."""
        besoins = sorted(
            (ligne, place, mots)
            for place, (case, valeurs) in enumerate(zip(cases, colonnes, strict=True))
            if len(case.styles) < 2
            for ligne, mots in case.besoins(valeurs)
        )
        if besoins and rang > self.previous_row:
            self._write_single_row(rang)
        for _, place, mots in besoins:
            cases[place].numeroter(mots=mots)

    def _clore(self, premiere: int, derniere: int, places: Sequence[int]) -> None:
        """Write what waits of the rows above, before these ones; note how far the sheet goes."""
        self._check_dimensions(premiere, places[0])
        if derniere > self.previous_row:
            self._write_single_row(derniere)
        self._check_dimensions(derniere, places[-1])

    def _suites(self, case: FormeDeColonne, valeurs: Sequence[object]) -> list[str]:
        """What follows the number of the row in each cell; empty for one that is not drawn.

        A column repeats its words, its numbers, its days: they are prepared once.
        """
        if not RETENUS.issuperset(map(type, valeurs)):
            return [self._suite(case, valeur) for valeur in valeurs]
        if case.signes > SIGNES_RETENUS:
            case.ecrites.clear()
            case.signes = 0
        for valeur in set(valeurs).difference(case.ecrites):
            suite = self._suite(case, valeur)
            case.ecrites[valeur] = suite
            case.signes += len(suite)
        return [*map(case.ecrites.__getitem__, valeurs)]

    def _suite(self, case: FormeDeColonne, valeur: object) -> str:
        if valeur is None or valeur == "":
            return f"{case.styles[True]}/>{case.suivante}" if case.vide else ""
        style = case.styles[isinstance(valeur, str | bool)]
        return f"{style}{self._contenu(valeur)}{case.suivante}"

    def _contenu(self, valeur: object) -> str:
        """What follows the format of a cell."""
        if isinstance(valeur, str):
            return self._texte(valeur if tient(valeur) else self.en_texte(valeur))
        if isinstance(valeur, bool):
            return self._texte("Oui" if valeur else "Non")
        if isinstance(valeur, int):
            return f"><v>{valeur:.16G}</v></c>"
        if isinstance(valeur, float | Decimal) and math.isfinite(valeur):
            return f"><v>{valeur:.16G}</v></c>"
        if isinstance(valeur, date) and valeur.year >= PREMIERE_ANNEE:
            if isinstance(valeur, datetime):
                return f"><v>{self._convert_date_time(valeur):.16G}</v></c>"
            return f"><v>{jour_d_excel(valeur)}</v></c>"
        return self._texte(self.en_texte(valeur))

    def _texte(self, texte: str) -> str:
        preserve = ""
        if _PARTICULIER.search(texte):
            texte = self._escape_control_characters(sans_balises(texte))
            if texte[0].isspace() or texte[-1].isspace():
                preserve = ' xml:space="preserve"'
            texte = self._escape_data(texte)
        return f' t="inlineStr"><is><t{preserve}>{texte}</t></is></c>'


def _lignes(
    cases: Sequence[FormeDeColonne], numeros: Sequence[str], suites: Sequence[Sequence[str]]
) -> list[str]:
    """The cells of each row, put together."""
    debut = cases[0].debut
    if cases[0].suivante:
        rangees = zip(numeros, zip(*suites, strict=True), strict=True)
        return [f"{debut}{numero}{numero.join(ligne)}" for numero, ligne in rangees]
    cellules = [
        [suite and f"{case.debut}{n}{suite}" for n, suite in zip(numeros, lues, strict=True)]
        for case, lues in zip(cases, suites, strict=True)
    ]
    return ["".join(ligne) for ligne in zip(*cellules, strict=True)]


def tient(texte: str) -> bool:
    """Whether a cell holds it: Excel counts in units of UTF-16."""
    if len(texte) <= CARACTERES_MAXIMAUX // 2:
        return True
    return len(texte.encode("utf-16-le")) <= 2 * CARACTERES_MAXIMAUX


def sans_balises(texte: str) -> str:
    """A text from « <r> » to « </r> » stays a text.

    xlsxwriter copies it into the file as it stands, formulas included: a space undoes that.
    """
    if texte.startswith("<r>"):
        return f"{texte} "
    return texte


def jour_d_excel(jour: date) -> int:
    """How many days after its day 0 Excel counts that one."""
    nombre = jour.toordinal() - JOUR_ZERO
    if nombre <= FEVRIER_1900:
        return nombre - 1
    return nombre


@functools.lru_cache(maxsize=1000)
def _hauteur(points: float | None) -> str:
    """As ``set_row`` writes it: in whole pixels, then in points again."""
    if points is None:
        return ""
    pixels = int(points * 4 / 3 + 0.5)
    return f' ht="{pixels * 0.75:.16g}" customHeight="1"'
