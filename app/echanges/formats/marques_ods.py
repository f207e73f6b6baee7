"""The same of a workbook of LibreOffice: hidden rows, comments, colours, merged cells, and formulas
that were never computed.
"""

import zipfile
from pathlib import Path
from typing import Any
from xml.parsers import expat

from app.echanges.formats.examen import ABIME, ClasseurRefuse
from app.echanges.formats.marques import COMMENTAIRES, FUSIONS, LONGUEUR, OCTETS, Marques

FORMULES = 10_000
_BLANCS = ("transparent", "#ffffff", "")


def relever_ods(chemin: Path) -> dict[str, Marques]:
    """The marks of each sheet, by title; none of a file too long to be searched.

    Raises ClasseurRefuse.
    """
    with zipfile.ZipFile(chemin) as archive:
        info = archive.getinfo("content.xml")
        if info.file_size > OCTETS:
            return {}
        contenu = archive.read(info)
    lecture = _Lecture()
    lecteur = expat.ParserCreate()
    lecteur.buffer_text = True
    lecteur.StartElementHandler = lecture.debut
    lecteur.EndElementHandler = lecture.fin
    lecteur.CharacterDataHandler = lecture.texte
    lecteur.StartDoctypeDeclHandler = _refuser
    try:
        lecteur.Parse(contenu, True)
    except expat.ExpatError as erreur:
        raise ClasseurRefuse(ABIME) from erreur
    return lecture.feuilles


def _refuser(*_: Any) -> None:
    raise ClasseurRefuse(ABIME)


class _Lecture:
    """Where the reading is, and what was seen."""

    def __init__(self) -> None:
        self.feuilles: dict[str, Marques] = {}
        self.marques = Marques()
        self.fonds: set[str] = set()
        """The styles of cell that have a background."""
        self.style = ""
        self.ligne = self.repetee = self.colonne = self.largeur = 0
        self.commentaire: list[str] | None = None
        self.formule = ""
        self.dit = False

    def debut(self, nom: str, attributs: dict[str, str]) -> None:
        match nom.rpartition(":")[2]:
            case "style":
                self.style = attributs.get("style:name", "")
            case "table-cell-properties":
                if attributs.get("fo:background-color", "") not in _BLANCS:
                    self.fonds.add(self.style)
            case "table":
                self.marques = Marques()
                self.feuilles[attributs.get("table:name", "")] = self.marques
                self.ligne = self.repetee = 0
            case "table-row":
                self._ligne(attributs)
            case "table-cell" | "covered-table-cell":
                self._cellule(attributs)
            case "annotation":
                self.commentaire = []
            case "p":
                self.dit = self.dit or self.commentaire is None

    def _ligne(self, attributs: dict[str, str]) -> None:
        self.ligne += self.repetee or 1
        self.repetee = _nombre(attributs, "table:number-rows-repeated")
        self.colonne = self.largeur = 0
        cachee = attributs.get("table:visibility") in ("collapse", "filter")
        if cachee and self.repetee < FUSIONS:
            self.marques.cachees += range(self.ligne, self.ligne + self.repetee)

    def _cellule(self, attributs: dict[str, str]) -> None:
        self.colonne += self.largeur or 1
        self.largeur = _nombre(attributs, "table:number-columns-repeated")
        self.dit = "office:value-type" in attributs
        self.formule = attributs.get("table:formula", "")
        hauteur = _nombre(attributs, "table:number-rows-spanned")
        if hauteur > 1 and len(self.marques.fusions) < FUSIONS:
            self.marques.fusions.append((self.colonne, self.ligne, self.ligne + hauteur - 1))
        if attributs.get("table:style-name") in self.fonds and self.largeur < 100:
            colorees = self.marques.colorees
            colorees[self.ligne] = colorees.get(self.ligne, 0) + self.largeur

    def fin(self, nom: str) -> None:
        match nom.rpartition(":")[2]:
            case "annotation":
                texte = " ".join("".join(self.commentaire or ()).split())[:LONGUEUR]
                if texte and len(self.marques.commentaires) < COMMENTAIRES:
                    self.marques.commentaires.append((self.ligne, self.colonne, texte))
                self.commentaire = None
            case "p" if self.commentaire is not None:
                self.commentaire.append(" ")
            case "table-cell":
                if self.formule and not self.dit and len(self.marques.formules) < FORMULES:
                    formule = self.formule.partition("=")[2]
                    self.marques.formules[self.ligne, self.colonne] = f"={formule}"
                self.formule = ""

    def texte(self, morceau: str) -> None:
        if self.commentaire is not None and len(self.commentaire) < LONGUEUR:
            self.commentaire.append(morceau)


def _nombre(attributs: dict[str, str], nom: str) -> int:
    dit = attributs.get(nom, "1")
    return int(dit) if dit.isdecimal() else 1
