"""Why a youth is proposed to the comité de suivi (M10), in which order; how texts hide names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .texte import plier

MOTIFS = {
    "ALERTE": "Alerte ouverte",
    "ETAPE": "Étape légale en retard",
    "DECISION": "Décision non faite",
    "TACHE": "Tâche non faite",
    "MESURE": "Mesure qui finit",
    "NOUVELLES": "Sans nouvelles",
    "BINOME": "Sans binôme",
    "PAS_VU": "Pas vu au dernier comité",
    "NOUVEAU": "Nouveau depuis le dernier comité",
}
"""Code → words, the gravest first: the order of the agenda that is proposed."""
_RANGS = {code: rang for rang, code in enumerate(MOTIFS)}
_SUIVIES = ("ALERTE", "MESURE", "NOUVELLES")
"""What makes them precise goes on with their sentence."""
SEPARATEUR = " ; "
_MOT = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")

Cle = TypeVar("Cle")


@dataclass(frozen=True)
class Raison:
    """One reason: its code in ``MOTIFS``, and what makes it precise (« depuis le 03/11/2026 »)."""

    code: str
    precision: str = ""

    @property
    def dite(self) -> str:
        """« Alerte ouverte depuis le 03/11/2026 », « Tâche non faite : Appeler le CFA »."""
        titre = MOTIFS[self.code]
        if not self.precision:
            return titre
        entre = " " if self.code in _SUIVIES else " : "
        return f"{titre}{entre}{self.precision}"


def ranger(raisons: Mapping[Cle, Iterable[Raison]]) -> dict[Cle, list[Raison]]:
    """The youths in the order of the agenda: the gravest reason, then the number of reasons.

    The reasons of each, the gravest first.
    """
    rangees = {cle: sorted(dites, key=_rang) for cle, dites in raisons.items()}
    ordre = sorted(rangees, key=lambda cle: (_rang(rangees[cle][0]), -len(rangees[cle])))
    return {cle: rangees[cle] for cle in ordre}


def _rang(raison: Raison) -> int:
    return _RANGS[raison.code]


def dire(raisons: Iterable[Raison], taille: int) -> str:
    """The reasons on one line of at most ``taille`` characters; those that do not fit are left."""
    dites = ""
    for raison in raisons:
        avant = dites.removesuffix(".") + SEPARATEUR if dites else ""
        suite = avant + raison.dite
        if len(suite) > taille:
            break
        dites = suite
    return dites


def lire_les_motifs(motifs: str | None) -> list[str]:
    """The reasons of a line of the agenda, one by one."""
    return [dit for dit in (motifs or "").split(SEPARATEUR) if dit]


def hors_du_dossier(motifs: str | None) -> list[str]:
    """Those that the youth's file does not tell by itself during the meeting."""
    lues = (MOTIFS["ALERTE"], MOTIFS["ETAPE"])
    return [dit for dit in lire_les_motifs(motifs) if not dit.startswith(lues)]


class Masque:
    """Puts the code of a youth where their name is written, in any text.

    A name is a whole word that begins with a capital, whatever its accents; a compound name is
    hidden whole and part by part. Words of one letter are let through.
    """

    def __init__(self, jeunes: Iterable[tuple[str, str, str]]):
        """``jeunes``: (code, first name, name) of those whom a text may name."""
        self._codes: dict[str, str] = {}
        for code, prenom, nom in jeunes:
            for mot in _MOT.findall(f"{prenom} {nom}"):
                for partie in (mot, *re.split("[-’']", mot)):
                    if len(partie) > 1:
                        self._codes.setdefault(plier(partie), code)

    def cacher(self, texte: str) -> str:
        """The text without these names; a first name beside its name gives one code."""
        masque = _MOT.sub(self._remplacer, texte)
        for code in set(self._codes.values()):
            masque = re.sub(rf"{re.escape(code)}(?: {re.escape(code)})+", code, masque)
        return masque

    def _remplacer(self, trouve: re.Match[str]) -> str:
        mot = trouve[0]
        if not any(lettre.isupper() for lettre in mot):
            return mot
        if code := self._codes.get(plier(mot)):
            return code
        # « d’Aya », « Aya-Lina »: the part that is a name goes, the rest stays.
        morceaux = re.split("([-’'])", mot)
        return "".join(self._codes.get(plier(m), m) if m[:1].isupper() else m for m in morceaux)
