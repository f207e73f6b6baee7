"""What a person types to find somebody: part of a name, of a code, of a phone, a day of birth.

The only rule, for the search of a list, the choice by typing and the search of the banner; the
letters are those of ``texte.serrer``, so that hyphens, apostrophes and spaces never matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from string import ascii_lowercase, digits

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


AUTRE = "~"
"""Any letter but those of a to z and the digits, in the words that the base keeps (acces.mots)."""
LETTRES_DES_MOTS = ascii_lowercase + digits + AUTRE
_AUTRES = re.compile(r"[^a-z0-9]")
MOITIE = 6
"""Letters of a beginning at most: longer, it would have more neighbours than it leaves out."""


@dataclass(frozen=True)
class MotVoulu:
    """Where to look for the words that are the one typed (``mot``) but for its wrong letters.

    They are all among ``entiers``, or begin with one of ``debuts``, or end with one of ``fins``;
    what is found there must still be compared.
    """

    mot: str
    entiers: frozenset[str] = frozenset()
    debuts: tuple[str, ...] = ()
    fins: tuple[str, ...] = ()

    def choisir(self, mots: Iterable[str]) -> list[str]:
        return [mot for mot in mots if _est_un_de(self.mot, (mot,))]


def proches(mot: str) -> MotVoulu:
    """One wrong letter: every word is told. Two: one is in each half, and the first half is told
    with one; or both are in the first, and the end is intact, but for two letters exchanged across
    the middle."""
    mot = en_lettres_gardees(mot)
    if fautes_permises(mot) == 1:
        return MotVoulu(mot, entiers=frozenset(voisins(mot)))
    milieu = min((len(mot) + 1) // 2, MOITIE)
    debut, fin = mot[:milieu], mot[milieu:]
    return MotVoulu(mot, debuts=_les_plus_courts(voisins(debut)), fins=(fin, debut[-1] + fin[1:]))


def voisins(mot: str) -> set[str]:
    """The word, and all that have a letter more, less or other, or two side by side exchanged."""
    coupes = [(mot[:n], mot[n:]) for n in range(len(mot) + 1)]
    moins = {debut + fin[1:] for debut, fin in coupes}
    echangees = {debut + fin[1] + fin[0] + fin[2:] for debut, fin in coupes if len(fin) > 1}
    autres = {
        debut + lettre + suite
        for debut, fin in coupes
        for lettre in LETTRES_DES_MOTS
        for suite in (fin, fin[1:])
    }
    return moins | echangees | autres


def _les_plus_courts(debuts: Iterable[str]) -> tuple[str, ...]:
    """Those that begin with none of the others."""
    gardes: list[str] = []
    for debut in sorted(debuts):
        if not gardes or not debut.startswith(gardes[-1]):
            gardes.append(debut)
    return tuple(gardes)


def ressemble(mots: Iterable[str], *noms: str) -> bool:
    """Each word typed is one of the names, or a word of them, but for its wrong letters."""
    entiers = mots_des_noms(*noms)
    return all(_est_un_de(mot, entiers) for mot in mots)


def mots_des_noms(*noms: str) -> set[str]:
    """Each name, each word of it, and all the names as one; the base keeps them (acces.mots)."""
    entiers = {serrer(nom) for nom in noms} | {serrer("".join(noms))}
    for nom in noms:
        entiers |= {serrer(mot) for mot in re.split(r"[\s'’-]+", nom)}
    return entiers


def en_lettres_gardees(mot: str) -> str:
    return _AUTRES.sub(AUTRE, mot)


def _est_un_de(mot: str, entiers: Iterable[str]) -> bool:
    permises = fautes_permises(mot)
    if not permises:
        return any(mot in entier for entier in entiers)
    return any(OSA.distance(mot, e, score_cutoff=permises) <= permises for e in entiers)
