"""« C’est le même jeune », said once of a row: of the next file that says the same nobody asks.

Kept as hashes of what a row says of whom it is about: neither name nor birth date.
"""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.lecture import ClasseurLu, Lecture
from app.echanges.reprise.personnes import LigneDuFichier, identites
from app.extensions import db
from app.models import Jeune
from app.regles.texte import plier


def hacher(identite: object) -> str:
    """Of a folded code, or of (words of a name, birth date)."""
    return hashlib.sha256(repr(identite).encode()).hexdigest()


def hacher_la_ligne(ligne: LigneDuFichier) -> Iterator[str]:
    return map(hacher, identites(ligne))


def reunir(classeur: ClasseurLu, choix: ChoixDuFichier) -> None:
    """Give the rows of a classeur de reprise the code of the youth whom they were said to be.

    A code that a youth of the base bears by now is left as it is.
    """
    trouves = dict(_a_reunir(classeur, choix))
    cles = {plier(code) for code in trouves}
    portes = set(db.session.scalars(select(Jeune.cle).where(Jeune.cle.in_(cles)))) if cles else ()
    remplaces = {code: autre for code, autre in trouves.items() if plier(code) not in portes}
    if not remplaces:
        return
    for table, lecture in classeur.lectures.items():
        rang = _rang_du_code(table, lecture)
        if rang is None:
            continue
        for ligne in lecture.lignes:
            autre = remplaces.get(ligne.valeurs[rang])
            if autre is not None:
                ligne.valeurs[rang] = autre
                if table == "jeune":
                    classeur.memes.add(ligne.numero)
    dits = ", ".join(f"{code} est {autre}" for code, autre in list(remplaces.items())[:10])
    classeur.avertissements.append(f"Codes réunis, d’après vos réponses : {dits}.")


def _a_reunir(classeur: ClasseurLu, choix: ChoixDuFichier) -> Iterator[tuple[str, str]]:
    if not choix.reunis:
        return
    for table, lecture in classeur.lectures.items():
        rang = _rang_du_code(table, lecture)
        if rang is None:
            continue
        for code in {ligne.valeurs[rang] for ligne in lecture.lignes} - {None}:
            if autre := choix.reunis.get(hacher(plier(code))):
                yield code, autre


def _rang_du_code(table: str, lecture: Lecture) -> int | None:
    return lecture.rangs.get("code" if table == "jeune" else "jeune_id")
