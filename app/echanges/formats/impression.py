"""How a sheet is printed: A4 landscape, as many pages wide as it takes to be read.

A list too wide for a page is cut between two columns, its first columns repeated on each page, so
that no letter is smaller than ``POINTS_MINIMAUX`` on paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Worksheet = Any
"""That of xlsxwriter, which has no types; ``ecriture.py`` and ``lignes.py`` alone import it."""
A4 = 9
MARGES = {"left": 0.3, "right": 0.3, "top": 0.7, "bottom": 0.6}
"""Inches."""
LARGEUR_UTILE = (11.69 - MARGES["left"] - MARGES["right"]) * 96 * 0.98
"""Pixels between the margins of a landscape page, less what programs differ by."""
POINTS_MINIMAUX = 7
CODE_MAXIMAL = 255
"""What Excel holds in a header, its codes included."""


@dataclass(frozen=True)
class Impression:
    """What is printed around a list."""

    titre: str
    precision: str = ""
    """Under the title: the filters, in words."""
    pied: str = ""
    """Who takes it away, when, what for."""
    mention: str = "Confidentiel"
    """Beside the title; nothing on what is made to be handed round."""


@dataclass(frozen=True)
class Decoupe:
    """How the columns share the pages: the scale in percent, the columns that begin a page."""

    echelle: int
    coupures: list[int]


def pixels(caracteres: float) -> float:
    """The width on the screen of a column of so many characters."""
    return caracteres * 7 + 5


def decouper(largeurs: Sequence[float], *, corps: float, repetees: int = 0) -> Decoupe:
    """The fewest pages on which a text of ``corps`` points stays readable, then the largest scale.

    ``largeurs``: of the columns, in characters; the first ``repetees`` are on each page.
    """
    minimale = min(100, math.ceil(100 * POINTS_MINIMAUX / corps))
    pages = len(_coupures(largeurs, minimale, repetees))
    for echelle in range(100, minimale, -1):
        coupures = _coupures(largeurs, echelle, repetees)
        if len(coupures) == pages:
            return Decoupe(echelle, coupures)
    return Decoupe(minimale, _coupures(largeurs, minimale, repetees))


def _coupures(largeurs: Sequence[float], echelle: int, repetees: int) -> list[int]:
    """The columns that begin a page, at this scale: each page takes all that it can."""
    capacite = LARGEUR_UTILE * 100 / echelle
    entete = sum(map(pixels, largeurs[:repetees]))
    coupures = []
    prise = entete
    for place in range(repetees, len(largeurs)):
        if prise > entete and prise + pixels(largeurs[place]) > capacite:
            coupures.append(place)
            prise = entete
        prise += pixels(largeurs[place])
    return coupures


def poser(onglet: Worksheet, largeurs: Sequence[float], *, corps: float, repetees: int = 0) -> None:
    """A4 landscape, on as many pages wide as it takes."""
    onglet.set_landscape()
    onglet.set_paper(A4)
    onglet.set_margins(**MARGES)
    decoupe = decouper(largeurs, corps=corps, repetees=repetees)
    if not decoupe.coupures:
        onglet.fit_to_pages(1, 0)
        return
    onglet.set_print_scale(decoupe.echelle)
    onglet.set_v_pagebreaks(decoupe.coupures)
    onglet.print_across()
    if repetees:
        onglet.repeat_columns(0, repetees - 1)


def entourer(onglet: Worksheet, impression: Impression) -> None:
    """Title, filters, mention, who, when, what for, the page: on each page."""
    titre = sans_code(impression.titre)
    droite = f"&R&9 {impression.mention}" if impression.mention else ""
    precision = _couper(sans_code(impression.precision), CODE_MAXIMAL - len(titre) - 40)
    onglet.set_header(f"&L&B&11 {titre}&B\n&9 {precision}{droite}")
    page = "&R&9 Page &P sur &N"
    pied = _couper(sans_code(impression.pied), CODE_MAXIMAL - len(page) - 10)
    onglet.set_footer(f"&L&9 {pied}{page}")


def _couper(texte: str, taille: int) -> str:
    if len(texte) <= taille:
        return texte
    return texte[: taille - 1].removesuffix("&") + "…"


def sans_code(texte: str) -> str:
    """In a header of Excel, « & » announces a code."""
    return texte.replace("&", "&&")
