"""Whole rows of a sheet, each added to the file as one string.

xlsxwriter stores a cell, comes back to it, builds its reference, its attributes and its text one by
one: four fifths of the time of an export. Here what a column repeats is computed once. Titles,
widths, panes, filters, formats and the other sheets stay xlsxwriter's, and the file is the same to
the byte (``tests/test_lignes_excel.py``).
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

CARACTERES_MAXIMAUX = 32_767
"""What a cell of Excel can hold, in units of UTF-16."""
PREMIERE_ANNEE = 1900
TEXTES_RETENUS = 20_000
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
    styles: dict[bool, str] = field(init=False, default_factory=dict)
    """Whether it holds words → the number of its format, as it is written."""

    def __post_init__(self) -> None:
        self.debut = f'<c r="{xl_col_to_name(self.place)}'

    def style(self, *, mots: bool) -> str:
        """The number of the format is given by xlsxwriter to the first cell that needs it."""
        format_ = self.mots if mots else self.valeur
        self.styles[mots] = f'" s="{format_._get_xf_index()}"'
        return self.styles[mots]


class FeuilleEnLignes(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A sheet whose rows can be added whole, when each is written once and in order."""

    en_texte: Callable[[object], str] = str
    """What is written of a value of which Excel has no kind, or of a text too long."""

    def __init__(self) -> None:
        super().__init__()
        self._textes: dict[str, str] = {}

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        return super()._write_string(row, col, sans_balises(string), cell_format)

    def ajouter(
        self,
        rang: int,
        valeurs: Sequence[object],
        cases: Sequence[FormeDeColonne],
        hauteur: float | None,
    ) -> None:
        """Add a row: a value a column; None and « » leave the cell empty.

        ``hauteur`` in points; None: that of a row that nothing fills.
        """
        numero = rang + 1
        cellules: list[str] = []
        places: list[int] = []
        for case, valeur in zip(cases, valeurs, strict=True):
            mots = True
            suite = "/>"
            if valeur or not (valeur is None or valeur == ""):
                mots = isinstance(valeur, str | bool)
                suite = self._contenu(valeur)
            elif not case.vide:
                continue
            style = case.styles.get(mots) or case.style(mots=mots)
            cellules.append(f"{case.debut}{numero}{style}{suite}")
            places.append(case.place)
        if not cellules:
            return
        if rang > self.previous_row:
            self._write_single_row(rang)
        self._check_dimensions(rang, places[0])
        self._check_dimensions(rang, places[-1])
        self.row_data_fh.write(f'<row r="{numero}"{_hauteur(hauteur)}>{"".join(cellules)}</row>')

    def _contenu(self, valeur: object) -> str:
        """What follows the format of a cell."""
        if isinstance(valeur, str):
            return self._textes.get(valeur) or self._retenir(valeur)
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

    def _retenir(self, texte: str) -> str:
        """Lists repeat their words: they are prepared once."""
        if len(self._textes) == TEXTES_RETENUS:
            self._textes.clear()
        ecrit = self._texte(texte if tient(texte) else self.en_texte(texte))
        self._textes[texte] = ecrit
        return ecrit

    def _texte(self, texte: str) -> str:
        preserve = ""
        if _PARTICULIER.search(texte):
            texte = self._escape_control_characters(sans_balises(texte))
            if texte[0].isspace() or texte[-1].isspace():
                preserve = ' xml:space="preserve"'
            texte = self._escape_data(texte)
        return f' t="inlineStr"><is><t{preserve}>{texte}</t></is></c>'


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


def _hauteur(points: float | None) -> str:
    """As ``set_row`` writes it: in whole pixels, then in points again."""
    if points is None:
        return ""
    pixels = int(points * 4 / 3 + 0.5)
    return f' ht="{pixels * 0.75:.16g}" customHeight="1"'
