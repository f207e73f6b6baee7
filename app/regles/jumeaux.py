"""Two records of professionals that may be of one person: « N. Delestrez », « Nour Delestrez ».

A person decides; nothing is merged by itself.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeVar

from rapidfuzz import fuzz

from .texte import plier, serrer

RESSEMBLANCE = 88
"""Out of 100, words in any order: « Delestrez Nour » is at 100, « Nour Delestré » at 89."""
_PRECISION = re.compile(r"\(([^)]*)\)")
"""« Nour Delestrez (Artois) »: what two homonyms say of themselves."""
_MOTS = re.compile(r"[^\W_]+")
_CIVILITES = {"m", "mr", "mme", "mlle", "monsieur", "madame"}

T = TypeVar("T")


def peuvent_etre_un(un: str, autre: str) -> bool:
    """Whether two names may be written for one person."""
    precisions = [serrer("".join(_PRECISION.findall(nom))) for nom in (un, autre)]
    if all(precisions) and precisions[0] != precisions[1]:
        return False
    mots = [_mots(nom) for nom in (un, autre)]
    if not all(mots):
        return False
    if fuzz.token_sort_ratio(*(" ".join(m) for m in mots)) >= RESSEMBLANCE:
        return True
    return _abrege(*mots) or _abrege(*reversed(mots))


def _mots(nom: str) -> list[str]:
    """The words of a name, without what two homonyms add to it nor « Mme »."""
    mots = _MOTS.findall(plier(_PRECISION.sub(" ", nom)))
    if len(mots) > 1 and mots[0] in _CIVILITES and len(mots[-1]) > 1:
        return [mot for mot in mots if mot not in _CIVILITES] or mots
    return mots


def _abrege(court: Sequence[str], long: Sequence[str]) -> bool:
    """Each word of one is a word of the other, or its initial; one word at least is whole."""
    restent = list(long)
    entiers = 0
    for mot in sorted(court, key=len, reverse=True):
        trouve = next((m for m in restent if m == mot or (len(mot) == 1 and m[0] == mot)), None)
        if trouve is None:
            return False
        restent.remove(trouve)
        entiers += len(mot) > 1
    return entiers > 0


def paires(agents: Sequence[tuple[T, str]]) -> Iterator[tuple[T, T]]:
    """The pairs of agents, (anything, name), whose names may be of one person."""
    for (un, nom), (autre, autre_nom) in combinations(agents, 2):
        if peuvent_etre_un(nom, autre_nom):
            yield un, autre
