"""The youths of a file about whom a person decides later: neither created nor merged meanwhile.

Once the rest is applied, their rows alone are kept, with the headings of their sheets: they make a
file of their own, read again as the first one was, row numbers included.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app.echanges.formats.lecture_isolee import FeuilleAnnoncee, FichierDeLignes, Ligne
from app.echanges.reprise.cellules import en_texte
from app.echanges.reprise.choix import COMME, MEME, ChoixDuFichier
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.lecture import ClasseurLu, Lecture, LigneLue
from app.regles.texte import plier

LignesGardees = dict[str, set[int]]
"""Folded name of a sheet → numbers of its rows."""
_TYPES: Mapping[str, type[datetime] | type[date] | type[time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}


class FichierGarde:
    """Rows kept, read as a file that was sent."""

    def __init__(self, chemin: Path):
        lu = json.loads(chemin.read_bytes())
        self._lignes: list[list[Any]] = [feuille.pop("lignes") for feuille in lu]
        self.feuilles = [_annoncee(feuille) for feuille in lu]

    def lignes(self, rang: int) -> Iterator[Ligne]:
        for numero, cellules, perdues in self._lignes[rang]:
            rendues = {int(place): dit for place, dit in (perdues or {}).items()}
            yield numero, [_rendre(cellule) for cellule in cellules], rendues or None


def garder(fichier: FichierDeLignes, gardees: LignesGardees) -> bytes:
    """The file of these rows alone."""
    feuilles = []
    for rang, annoncee in enumerate(fichier.feuilles):
        voulues = gardees.get(plier(annoncee.nom))
        if not voulues:
            continue
        lignes = [
            (numero, [_dire(cellule) for cellule in cellules], perdues)
            for numero, cellules, perdues in fichier.lignes(rang)
            if numero in voulues
        ]
        dite = {
            **asdict(annoncee),
            "nombre": len(lignes),
            "lignes_cachees": [n for n in annoncee.lignes_cachees if n in voulues],
            "commentaires": [dit for dit in annoncee.commentaires if dit[0] in voulues],
            "colorees": {},
        }
        feuilles.append({**dite, "lignes": lignes})
    return json.dumps(feuilles, ensure_ascii=False).encode()


def _annoncee(dite: dict[str, Any]) -> FeuilleAnnoncee:
    commentaires = [(ligne, colonne, texte) for ligne, colonne, texte in dite["commentaires"]]
    return FeuilleAnnoncee(**dite | {"commentaires": commentaires})


def _dire(cellule: Any) -> Any:
    """A cell in JSON: a date by its kind and its text."""
    if isinstance(cellule, datetime | date | time):
        return {type(cellule).__name__: cellule.isoformat()}
    if isinstance(cellule, str | float | int):
        return cellule
    return en_texte(cellule)


def _rendre(cellule: Any) -> Any:
    if isinstance(cellule, dict):
        ((nom, texte),) = cellule.items()
        return _TYPES[nom].fromisoformat(texte)
    return cellule


# In a classeur de reprise


def mettre_de_cote(classeur: ClasseurLu, choix: ChoixDuFichier) -> None:
    """Take out of a classeur de reprise the youths to decide later, and the rows about them."""
    jeunes = classeur.lectures.get("jeune")
    nom = PAR_TABLE["jeune"].nom
    if jeunes is None or not choix.attentes:
        return
    codes = set()
    for ligne in jeunes.lignes:
        if choix.attend(f"{nom}!{ligne.numero}") and (code := _valeur(jeunes, ligne, "code")):
            codes.add(plier(code))
    gardees: LignesGardees = defaultdict(set)
    for table, lecture in classeur.lectures.items():
        attribut = "code" if table == "jeune" else "jeune_id"
        prises = {
            ligne.numero
            for ligne in lecture.lignes
            if plier(str(_valeur(lecture, ligne, attribut) or "")) in codes
        }
        lecture.lignes = [ligne for ligne in lecture.lignes if ligne.numero not in prises]
        titre = lecture.feuille.nom
        classeur.refus = [r for r in classeur.refus if r.feuille != titre or r.ligne not in prises]
        if prises:
            gardees[plier(titre)] = {1} | prises
    classeur.en_attente = gardees


def _valeur(lecture: Lecture, ligne: LigneLue, attribut: str) -> Any:
    rang = lecture.rangs.get(attribut)
    return None if rang is None else ligne.valeurs[rang]


# What is decided of the rows kept


def choix_de_l_attente(choix: ChoixDuFichier, codes: Mapping[str, str]) -> ChoixDuFichier:
    """What was decided of a file, for the rows of it that wait.

    ``codes``: « sheet!row » of the youths just created → their code; one of them whom another was
    compared with is known from now on.
    """

    def designer(dit: str) -> str:
        code = codes.get(dit.removeprefix(COMME)) if dit.startswith(COMME) else None
        return f"{MEME}{code}" if code else dit

    suite = ChoixDuFichier.de_json(choix.en_json())
    suite.est_une_attente = True
    suite.jeunes = {ou: dit for ou, dit in choix.jeunes.items() if ou in choix.attentes}
    suite.differents = {
        ou: [designer(dit) for dit in dits]
        for ou, dits in choix.differents.items()
        if ou in choix.attentes
    }
    for doublon in suite.attentes.values():
        doublon["meme"] = designer(doublon["meme"])
        if doublon["meme"].startswith(MEME):
            doublon["autre_code"] = doublon["meme"].removeprefix(MEME)
    return suite
