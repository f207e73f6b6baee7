"""What a person types to find somebody: part of a name, of a code, of a phone, a day of birth.

The only rule, for the search of a list, the choice by typing and the search of the banner; the
letters are those of ``texte.serrer``, so that hyphens, apostrophes and spaces never matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from .texte import plier, serrer

MOTS = 8
LETTRES = 200
CHIFFRES_MINIMUM = 6
"""Fewer digits are part of a code, more may be a phone or a day of birth."""
_NUMERO = re.compile(r"[\d\s.+()/-]+", re.ASCII)
_JOUR = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4}|\d{2})", re.ASCII)
_JOUR_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_JOUR_SERRE = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})", re.ASCII)
_EN_LETTRES = re.compile(r"(\d{1,2})(?:er)? ([a-z]+) (\d{4})")
_MOIS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre"),
    *("octobre", "novembre", "decembre"),
)
SIECLE = 50
"""Two digits under it are of the years 2000."""


@dataclass(frozen=True)
class RechercheLue:
    """``mots``: all of them are in the name or the code; or else the phone, or the day of birth."""

    mots: tuple[str, ...]
    telephone: str = ""
    """Digits of a phone, as it is written in France: 0639981234."""
    ne_le: date | None = None


def comprendre(texte: str) -> RechercheLue:
    """« 07/08/2009 », « 070809 », « 7 août 2009 », « 06 39 98 », « Ben Abdallah »."""
    texte = texte.replace("\0", "")[:LETTRES].strip()
    mots = tuple(mot for mot in map(serrer, texte.split()) if mot)[:MOTS]
    telephone = ""
    if _NUMERO.fullmatch(texte):
        chiffres = chiffres_de_telephone(texte)
        telephone = chiffres if len(chiffres) >= CHIFFRES_MINIMUM else ""
    return RechercheLue(mots, telephone, lire_jour(texte))


def chiffres_de_telephone(texte: str) -> str:
    """The digits alone, « +33 6 » and « 0033 6 » being « 06 »; the base keeps the same."""
    chiffres = re.sub(r"\D", "", texte)
    return re.sub(r"^(?:00)?33(?=\d{9}$)", "0", chiffres)


def lire_jour(texte: str) -> date | None:
    """A whole text that is a day, in one of the ways people type it; None otherwise."""
    plie = plier(texte)
    if trouve := _JOUR_ISO.fullmatch(plie):
        annee, mois, jour = trouve.groups()
    elif trouve := _EN_LETTRES.fullmatch(plie):
        jour, nom, annee = trouve.groups()
        if nom not in _MOIS:
            return None
        mois = str(_MOIS.index(nom) + 1)
    elif trouve := _JOUR.fullmatch(plie) or _JOUR_SERRE.fullmatch(plie):
        jour, mois, annee = trouve.groups()
    else:
        return None
    return _jour(int(jour), int(mois), annee)


def _jour(jour: int, mois: int, annee: str) -> date | None:
    an = int(annee)
    if len(annee) == 2:
        an += 2000 if an < SIECLE else 1900
    try:
        return date(an, mois, jour)
    except ValueError:
        return None


# One or two wrong letters


def fautes_permises(mot: str) -> int:
    """One wrong letter in a short word, two in a long one, none in three letters."""
    if len(mot) < 4:
        return 0
    return 1 if len(mot) < 7 else 2


def morceaux(mot: str) -> list[str]:
    """Parts of a word of which one is intact in whatever is within its wrong letters."""
    combien = fautes_permises(mot) + 1
    bornes = [len(mot) * n // combien for n in range(combien + 1)]
    return [mot[debut:fin] for debut, fin in zip(bornes, bornes[1:], strict=False)]


def ressemble(mots: Iterable[str], *noms: str) -> bool:
    """Each word typed is one of the names, or a word of them, but for its wrong letters."""
    entiers = {serrer(nom) for nom in noms} | {serrer("".join(noms))}
    for nom in noms:
        entiers |= {serrer(mot) for mot in re.split(r"[\s'’-]+", nom)}
    return all(_est_un_de(mot, entiers) for mot in mots)


def _est_un_de(mot: str, entiers: Iterable[str]) -> bool:
    permises = fautes_permises(mot)
    if not permises:
        return any(mot in entier for entier in entiers)
    return any(OSA.distance(mot, e, score_cutoff=permises) <= permises for e in entiers)
