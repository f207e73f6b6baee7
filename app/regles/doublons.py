"""Two files that may be those of one youth: born the same day, with names that look alike.

The only rule, for the entry of a file as for the list of possible duplicates.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from string import ascii_lowercase
from typing import NamedTuple, TypeVar

from rapidfuzz.distance import LCSseq

from .texte import plier, serrer

RESSEMBLANCE = 0.8
"""« Delattre Zoe » and « Delatre Zoé » are at 0.96; « Petit Anna » and « Petit Hugo » at 0.7."""
_LETTRES, _PLACES = " " + ascii_lowercase, 6
_TOUTES = (1 << len(_LETTRES) * _PLACES) - 1
_BARRES = {
    lettre: [((1 << nombre) - 1) << rang * _PLACES for nombre in range(_PLACES + 1)]
    for rang, lettre in enumerate(_LETTRES)
}
"""A letter, and how often it occurs → as many bits."""

T = TypeVar("T")


class NomCompare(NamedTuple):
    """A name made ready to be compared."""

    mots: list[str]
    """Folded; in which order does not matter."""
    lettres: int
    """Each letter as many bits as it occurs: those that two names share are counted at once."""
    taille: int
    texte: str
    """The words as they stood."""

    @property
    def serre(self) -> str:
        """The letters alone, in their order: hyphens, apostrophes and spaces never matter.

        Asked of one name in a hundred.
        """
        return serrer(self.texte)


def lire_nom(*noms: str) -> NomCompare:
    """« Lefèvre-Martin », « Anna » → anna lefevre martin."""
    mots = plier(" ".join(noms)).replace("-", " ").replace("'", " ").split()
    texte, lettres = " ".join(mots), 0
    try:
        for lettre in set(texte):
            lettres |= _BARRES[lettre][texte.count(lettre)]
    except LookupError:  # another sign, or a letter seven times: compared with all
        lettres = _TOUTES
    return NomCompare(mots, lettres, len(texte), texte)


def noms_portes(nom: str, prenom: str, anciens: str | None) -> list[NomCompare]:
    """The name of a youth, then those that they bore (« ; » between them, first name included)."""
    passes = [ancien for ancien in (anciens or "").split(";") if ancien.strip()]
    return [lire_nom(nom, prenom), *map(lire_nom, passes)]


def se_ressemblent(a: NomCompare, b: NomCompare) -> bool:
    """A typing mistake, one for the other, or a part of a double name left out."""
    return _possible(a, b) and _decider(a, b)


def paires(fiches: Sequence[tuple[T, NomCompare]]) -> Iterator[tuple[T, T]]:
    """The pairs that look alike, among youths born the same day.

    A youth of several names stands there once for each; their own pairs are left out.
    """
    prets = [(nom.lettres, nom.taille, rang) for rang, (_, nom) in enumerate(fiches)]
    for i, j in [
        (i, j)
        for (x, m, i), (y, n, j) in combinations(prets, 2)
        if 5 * (c := (x & y).bit_count()) >= 2 * (m + n)
        or c >= m
        or c >= n  # ``_possible``, three million times
    ]:
        if fiches[i][0] != fiches[j][0] and _decider(fiches[i][1], fiches[j][1]):
            yield fiches[i][0], fiches[j][0]


def _possible(a: NomCompare, b: NomCompare) -> bool:
    """False when too few letters are shared for ``_decider`` to say yes.

    It spares 99 comparisons in 100.
    """
    communes = (a.lettres & b.lettres).bit_count()
    return 5 * communes >= 2 * (a.taille + b.taille) or communes >= min(a.taille, b.taille)


def _decider(a: NomCompare, b: NomCompare) -> bool:
    if a.serre == b.serre:  # « Ben Abdallah », « Benabdallah »
        return True
    x, y = set(a.mots), set(b.mots)
    if len(communs := x & y) >= 2 and communs in (x, y):
        return True
    un, autre = sorted(
        (" ".join(sorted(a.mots)), " ".join(sorted(b.mots)))
    )  # the measure depends on which comes first
    if 2 * LCSseq.similarity(un, autre) < RESSEMBLANCE * (len(un) + len(autre)):
        return False  # what SequenceMatcher matches is in the same order in both: it finds no more
    return SequenceMatcher(None, un, autre, autojunk=False).ratio() >= RESSEMBLANCE
