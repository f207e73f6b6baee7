"""Two files that may be those of one youth: born the same day, with names that look alike."""

from difflib import SequenceMatcher

from .texte import plier

RESSEMBLANCE = 0.8
"""« Delattre Zoe » and « Delatre Zoé » are at 0.96; « Petit Anna » and « Petit Hugo » at 0.7."""


def _mots(*noms: str) -> list[str]:
    return sorted(plier(" ".join(noms)).replace("-", " ").replace("'", " ").split())


def se_ressemblent(un: tuple[str, str], autre: tuple[str, str]) -> bool:
    """(nom, prénom) each: a typing mistake, one for the other, or a part of a double name left out."""
    a, b = _mots(*un), _mots(*autre)
    if len(communs := set(a) & set(b)) >= 2 and communs in (set(a), set(b)):
        return True
    return SequenceMatcher(None, " ".join(a), " ".join(b)).ratio() >= RESSEMBLANCE
