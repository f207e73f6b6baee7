"""Two files that may be those of one youth: born the same day, with names that look alike.

The only rule, for the entry of a file as for the list of possible duplicates.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import NamedTuple, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import Indel

from .texte import plier, serrer

RESSEMBLANCE = 0.8
"""« Delattre Zoe » and « Delatre Zoé » are at 0.96; « Petit Anna » and « Petit Hugo » at 0.7."""
PRESQUE = RESSEMBLANCE - 0.001
"""Below, the letters of two names do not follow each other enough, however they are matched."""

T = TypeVar("T")


class NomCompare(NamedTuple):
    """A name made ready to be compared."""

    mots: frozenset[str]
    """Folded."""
    range: str
    """The words in the order of the alphabet: in which order they stood does not matter."""
    serre: str
    """The letters alone, in their order: hyphens, apostrophes and spaces never matter."""


def lire_nom(*noms: str) -> NomCompare:
    """« Lefèvre-Martin », « Anna » → anna lefevre martin."""
    mots = plier(" ".join(noms)).replace("-", " ").replace("'", " ").split()
    return NomCompare(frozenset(mots), " ".join(sorted(mots)), serrer("".join(mots)))


def noms_portes(nom: str, anciens: str | None) -> list[NomCompare]:
    """The name of a youth, then those that they bore (« ; » between them).

    First names included. The one by which the base sorts is read faster: it is already folded.
    """
    actuel = lire_nom(nom)
    if not anciens:
        return [actuel]
    return [actuel, *(lire_nom(ancien) for ancien in anciens.split(";") if ancien.strip())]


def se_ressemblent(a: NomCompare, b: NomCompare) -> bool:
    """A typing mistake, one for the other, or a part of a double name left out."""
    if a.serre == b.serre:  # « Ben Abdallah », « Benabdallah »
        return True
    communs = a.mots & b.mots
    if len(communs) >= 2 and communs in (a.mots, b.mots):
        return True
    if Indel.normalized_similarity(a.range, b.range, score_cutoff=PRESQUE) < PRESQUE:
        return False  # SequenceMatcher, twenty times slower, never finds more
    un, autre = sorted((a.range, b.range))  # the measure depends on which comes first
    return SequenceMatcher(None, un, autre, autojunk=False).ratio() >= RESSEMBLANCE


def paires(fiches: Sequence[tuple[T, NomCompare]]) -> Iterator[tuple[T, T]]:
    """The pairs that look alike, among youths born the same day.

    A youth of several names stands there once for each; their own pairs are left out.
    """
    noms = [nom for _, nom in fiches]
    for i, j in sorted({*_de_memes_mots(noms), *_de_memes_lettres(noms)}):
        if fiches[i][0] != fiches[j][0] and se_ressemblent(noms[i], noms[j]):
            yield fiches[i][0], fiches[j][0]


def _de_memes_mots(noms: Sequence[NomCompare]) -> Iterator[tuple[int, int]]:
    """The ranks of those that have two words in common, or the same letters in the same order."""
    rangs = defaultdict(list)
    for rang, nom in enumerate(noms):
        for cle in [nom.serre, *combinations(sorted(nom.mots), 2)]:
            rangs[cle].append(rang)
    for memes in rangs.values():
        if len(memes) > 1:
            yield from combinations(memes, 2)


def _de_memes_lettres(noms: Sequence[NomCompare]) -> Iterator[tuple[int, int]]:
    """The ranks of those whose letters follow each other enough: the library compares a name with
    all the next ones at once."""
    ranges = [nom.range for nom in noms]
    for rang, nom in enumerate(ranges, start=1):
        proches = process.extract(
            nom,
            ranges[rang:],
            scorer=Indel.normalized_similarity,
            score_cutoff=PRESQUE,
            limit=None,
        )
        yield from ((rang - 1, rang + place) for _, _, place in proches)
