"""The texts of the bilan name no youth.

Words that are the name of one are found, pointed out or struck out.

A surname or a first name is looked for where the text has a capital letter; both side by side,
whatever the case.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text

from app.extensions import db
from app.regles.texte import plier

RETIRE = "[nom retiré]"
LETTRES_MINIMALES = 3
MOTS_MAXIMAUX = 6
_MOT = re.compile(r"[^\W\d_]+(?:\d+)?")
_LIEN = re.compile(r"\s{1,3}|[-'’]")
_NOMS = text("""
with noms as (
  select translate(acces.plier(nom), '-''', '  ') as nom,
         translate(acces.plier(prenom), '-''', '  ') as prenom
  from jeune
  where split_part(translate(nom_tri, '-''', '  '), ' ', 1) = any(:mots)
     or split_part(translate(nom_tri, '-''', '  '), ' ', -1) = any(:mots)
)
select distinct x.mot, x.complet from noms
cross join lateral (values
  (nom, false), (prenom, false), (nom || ' ' || prenom, true), (prenom || ' ' || nom, true)
) x(mot, complet)
where not x.complet and x.mot = any(:seuls) or x.complet and x.mot = any(:suites)
""")
"""Folding is slow: a name is folded again only when its first or its last word is in the texts."""


@dataclass(frozen=True)
class Passage:
    """A run of words of a text, folded as names are."""

    debut: int
    fin: int
    mot: str
    majuscule: bool


def passages(texte: str) -> list[Passage]:
    """Each run of up to six words that one space, hyphen or apostrophe binds."""
    mots = list(_MOT.finditer(texte))
    trouves = []
    for rang, premier in enumerate(mots):
        dits = ""
        for dernier in range(rang, min(rang + MOTS_MAXIMAUX, len(mots))):
            if dernier > rang and not _LIEN.fullmatch(
                texte[mots[dernier - 1].end() : mots[dernier].start()]
            ):
                break
            dits = f"{dits} {plier(mots[dernier][0])}".strip()
            trouves.append(
                Passage(premier.start(), mots[dernier].end(), dits, premier[0][0].isupper())
            )
    return trouves


def noms_de_jeunes(textes: Iterable[str]) -> tuple[set[str], set[str]]:
    """The (names, full names) of youths, folded, among what these texts say.

    Of the youths that whoever acts may read, in one statement.
    """
    lus = [p for texte in textes for p in passages(texte)]
    seuls = {p.mot for p in lus if p.majuscule and len(p.mot) >= LETTRES_MINIMALES}
    suites = {p.mot for p in lus if " " in p.mot}
    if not seuls and not suites:
        return set(), set()
    mots = {mot for dits in seuls | suites for mot in dits.split(" ")}
    trouves = db.session.execute(
        _NOMS, {"seuls": list(seuls), "suites": list(suites), "mots": list(mots)}
    ).all()
    noms = {mot for mot, complet in trouves if not complet}
    return noms, {mot for mot, complet in trouves if complet}


def cites(texte: str, seuls: set[str], complets: set[str]) -> list[tuple[int, int]]:
    """Where names stand in the text, the longest first, never overlapping."""
    places: list[tuple[int, int]] = []
    reperes = [p for p in passages(texte) if p.mot in complets or (p.majuscule and p.mot in seuls)]
    for p in sorted(reperes, key=lambda p: (p.debut - p.fin, p.debut)):
        if all(p.fin <= debut or p.debut >= fin for debut, fin in places):
            places.append((p.debut, p.fin))
    return sorted(places)


def retirer(texte: str, seuls: set[str], complets: set[str]) -> str:
    for debut, fin in reversed(cites(texte, seuls, complets)):
        texte = f"{texte[:debut]}{RETIRE}{texte[fin:]}"
    return texte
