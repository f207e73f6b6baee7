"""What a tableur shows and a reader of cells does not: hidden rows, comments, colours.

Looked for in the parts of the file, once it is known to be harmless; told, never obeyed.
"""

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

OCTETS = 40_000_000
"""A sheet longer than that, once inflated, is not searched."""
COMMENTAIRES = 500
LONGUEUR = 500
FUSIONS = 20_000
_LIGNE_CACHEE = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_NUMERO = re.compile(rb'\br="(\d+)"')
_STYLE = re.compile(rb'<(?:\w+:)?c r="[A-Z]+(\d+)"[^>]*?\bs="(\d+)"')
_FUSION = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+[0-9]+):([A-Z]+[0-9]+)"')
_EN_FIL = re.compile(
    r"^\[(?:Threaded comment|Commentaire (?:à thread|en fil)).*?(?:Comment|Commentaire) ?: ?"
)
"""What Excel writes before a comment that can be answered, for its older versions."""
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class Marques:
    """What was seen in one sheet."""

    cachees: list[int] = field(default_factory=list)
    """Row numbers of Excel."""
    commentaires: list[tuple[int, int, str]] = field(default_factory=list)
    """(row, column), from 1, and the text."""
    colorees: dict[int, int] = field(default_factory=dict)
    """Row → cells with a background."""
    fusions: list[tuple[int, int, int]] = field(default_factory=list)
    """Cells merged downwards: column, first and last row, from 1."""
    formules: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column), from 1, of formulas never computed; of an .xlsx, ``examen.py`` tells them."""


def relever(chemin: Path, feuilles: dict[str, str]) -> dict[str, Marques]:
    """The marks of each sheet of an .xlsx; ``feuilles``: its title → the name of its part."""
    with zipfile.ZipFile(chemin) as archive:
        noms = {n.replace("\\", "/").lstrip("/").casefold(): n for n in archive.namelist()}
        fonds = _styles_a_fond(archive, noms)
        return {
            titre: _d_une_feuille(archive, noms, partie, fonds)
            for titre, partie in feuilles.items()
        }


def _d_une_feuille(
    archive: zipfile.ZipFile, noms: dict[str, str], partie: str, fonds: set[int]
) -> Marques:
    marques = Marques()
    info = archive.getinfo(noms[partie])
    if info.file_size > OCTETS:
        return marques
    contenu = archive.read(info)
    for balise in _LIGNE_CACHEE.finditer(contenu):
        if numero := _NUMERO.search(balise.group()):
            marques.cachees.append(int(numero[1]))
    for numero, style in _STYLE.findall(contenu):
        if int(style) in fonds:
            marques.colorees[int(numero)] = marques.colorees.get(int(numero), 0) + 1
    for premiere, derniere in _FUSION.findall(contenu)[:FUSIONS]:
        haut, colonne = _position(premiere.decode())
        bas, _ = _position(derniere.decode())
        if bas > haut:
            marques.fusions.append((colonne, haut, bas))
    dossier, nom = posixpath.split(partie)
    liens = noms.get(f"{dossier}/_rels/{nom}.rels")
    if liens is not None:
        for cible in _cibles(archive.read(liens), "comments"):
            chemin = cible.lstrip("/").casefold()
            if not cible.startswith("/"):
                chemin = posixpath.normpath(posixpath.join(dossier, cible)).casefold()
            if chemin in noms and archive.getinfo(noms[chemin]).file_size <= OCTETS:
                marques.commentaires += _commentaires(archive.read(noms[chemin]))
    return marques


def _cibles(contenu: bytes, genre: str) -> list[str]:
    """The targets of the relationships of this kind."""
    trouvees: list[str] = []

    def lien(nom: str, attributs: dict[str, str]) -> None:
        if attributs.get("Type", "").endswith(f"/{genre}"):
            trouvees.append(attributs.get("Target", "").replace("\\", "/"))

    lecteur = expat.ParserCreate()
    lecteur.StartElementHandler = lien
    lecteur.Parse(contenu, True)
    return trouvees


def _commentaires(contenu: bytes) -> list[tuple[int, int, str]]:
    trouves: list[tuple[int, int, str]] = []
    place = ""
    dans_un_texte = False

    def debut(nom: str, attributs: dict[str, str]) -> None:
        nonlocal place, dans_un_texte
        local = nom.rpartition(":")[2]
        if local == "comment":
            place = attributs.get("ref", "")
            trouves.append((*_position(place), ""))
        dans_un_texte = local == "t"

    def fin(nom: str) -> None:
        nonlocal dans_un_texte
        dans_un_texte = False

    def texte(morceau: str) -> None:
        if dans_un_texte and trouves and len(trouves[-1][2]) < LONGUEUR:
            ligne, colonne, deja = trouves[-1]
            trouves[-1] = (ligne, colonne, deja + morceau)

    lecteur = expat.ParserCreate()
    lecteur.buffer_text = True
    lecteur.StartElementHandler = debut
    lecteur.EndElementHandler = fin
    lecteur.CharacterDataHandler = texte
    lecteur.Parse(contenu, True)
    return [
        (li, co, _EN_FIL.sub("", " ".join(dit.split())))
        for li, co, dit in trouves[:COMMENTAIRES]
        if dit
    ]


def _position(reference: str) -> tuple[int, int]:
    trouve = _REFERENCE.fullmatch(reference)
    if trouve is None:
        return 1, 1
    colonne = 0
    for lettre in trouve[1]:
        colonne = colonne * 26 + ord(lettre) - 64
    return int(trouve[2]), colonne


def _styles_a_fond(archive: zipfile.ZipFile, noms: dict[str, str]) -> set[int]:
    """The numbers of the cell styles that have a background."""
    if "xl/styles.xml" not in noms:
        return set()
    styles: list[int] = []
    dans = ""

    def debut(nom: str, attributs: dict[str, str]) -> None:
        nonlocal dans
        local = nom.rpartition(":")[2]
        if local in ("cellXfs", "cellStyleXfs"):
            dans = local
        elif local == "xf" and dans == "cellXfs":
            styles.append(int(attributs.get("fillId", "0") or 0))

    lecteur = expat.ParserCreate()
    lecteur.StartElementHandler = debut
    lecteur.Parse(archive.read(noms["xl/styles.xml"]), True)
    # The first two backgrounds of every file are « none » and « gray125 ».
    return {numero for numero, fond in enumerate(styles) if fond > 1}
