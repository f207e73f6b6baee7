"""Text as people type it.

Spaces folded, and a form without accents nor case to compare keys and search names.
"""

import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, time

_SANS_DECOMPOSITION = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "’": "'"}
)


_INVISIBLES = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
"""Characters that neither PostgreSQL nor Excel keep, that nobody sees, or that turn round the words
that follow."""


def sans_invisibles(texte: str) -> str:
    """Two names that look the same are the same."""
    return _INVISIBLES.sub("", texte)


def sans_espaces_doubles(texte: str) -> str:
    """Fold all spaces (non-breaking, doubled, leading, trailing): « D00012\\xa0 » → « D00012 »."""
    return " ".join(texte.split())


def minuscule(libelle: str) -> str:
    """A label inside a sentence: its first letter alone changes, « référent ASE », « SMS »."""
    if libelle[1:2].isupper():
        return libelle
    return libelle[:1].lower() + libelle[1:]


def majuscule(libelle: str) -> str:
    """« relais après l’ASE » → « Relais après l’ASE »."""
    return libelle[:1].upper() + libelle[1:]


def en_une_phrase(dites: Iterable[str]) -> str:
    """« Alerte ouverte ; sans nouvelles »: one capital, and no full stop inside."""
    premiere, *autres = [*dites] or [""]
    if not autres:
        return premiere
    *milieu, derniere = [premiere, *map(minuscule, autres)]
    return " ; ".join([*(dite.removesuffix(".") for dite in milieu), derniere])


def heure_dite(heure: time | datetime) -> str:
    """« 9 h 30 », « 14 h »."""
    minutes = f"\u00a0{heure:%M}" if heure.minute else ""
    return f"{heure.hour}\u00a0h{minutes}"


def en_milliers(nombre: int) -> str:
    """12 345 in the French way."""
    return f"{nombre:,}".replace(",", "\u202f")


def accorder(nombre: int, un: str, plusieurs: str) -> str:
    """« 1 ligne masquée », « 12 lignes masquées »."""
    return f"{en_milliers(nombre)} {plusieurs if nombre > 1 else un}"


def plier(texte: str) -> str:
    """« Zoé  D’Œuvre » → « zoe d'oeuvre »; the base computes the same in ``acces.plier``."""
    if texte.isascii():  # already without accents
        return sans_espaces_doubles(texte.lower())
    decompose = (
        unicodedata.normalize("NFKD", texte).replace("Œ", "œ").replace("Æ", "æ").replace("Ø", "ø")
    )
    decompose = decompose.replace("Ł", "ł").replace("Đ", "đ").replace("ẞ", "ß")
    sans_accents = re.sub("[\\u0300-\\u036f]", "", decompose)
    return sans_espaces_doubles(sans_accents.lower().translate(_SANS_DECOMPOSITION))


_ENTRE_LES_LETTRES = re.compile(
    "[\x01-/:-`{-\x7f\xad\u02b9-\u02bf\u2010-\u2015\u2018-\u201f\u2032\u2212]"
)
"""Spaces, hyphens (soft, non-breaking), apostrophes, signs: what a name is told without."""


def serrer(texte: str) -> str:
    """« Jean-Baptiste N’Diaye » → « jeanbaptistendiaye »; the base's ``acces.serrer`` is the same.

    Two names that differ only by their hyphens, apostrophes, spaces, accents or case are one.
    """
    if texte.isascii() and texte.isalpha():  # letters alone already
        return texte.lower()
    return _ENTRE_LES_LETTRES.sub("", plier(texte))


def lisible(nom: str) -> str:
    """A name of the system in another encoding than UTF-8 (an old archive), to be shown or kept."""
    return os.fsencode(nom).decode(errors="replace")
