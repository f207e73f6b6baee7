"""What a file of rows holds: .xlsx, .xlsm, .ods or .csv, looked over, then read.

Called in the child process alone (``enfant.py``): what a hostile file makes of the memory or of
the time stays there.
"""

import csv
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import python_calamine

from app.echanges.formats import examen
from app.echanges.formats.examen import ABIME, ClasseurRefuse, Limites, examiner
from app.echanges.formats.marques import Marques, relever
from app.echanges.formats.marques_ods import relever_ods
from app.regles.texte import lisible

Ligne = tuple[int, list[Any], dict[int, str] | None]
"""Excel's number of the row, its cells from column A, and, by place, what the library loses: the
text of a formula never computed (« =… »), of an error (« #N/A »)."""

CSV = (".csv", ".txt", ".tsv")
_SEPARATEURS = (";", "\t", ",", "|")
_DIT_LE_SEPARATEUR = re.compile(r"\A\s*sep=(.)[\r\n]+", re.I)
"""What Excel writes first, of the sign that parts the columns."""
_FRANCAIS = "éèêëàâçîïôùûœÉÈÀÇÔ°’«»€"
_ENCODAGES = ("cp1252", "mac_roman", "cp850")
"""Of Excel in French, of a Mac, of an old program: the first of those that give most accents."""


@dataclass
class FeuilleDuFichier:
    """A sheet: what is known of it before its rows are read."""

    nom: str
    nombre: int
    """Rows with content; of a file that is only read, those down to the last one."""
    lire: Callable[[], Iterator[Ligne]]
    est_cachee: bool = False
    marques: Marques = field(default_factory=Marques)


def ouvrir(chemin: Path, limites: Limites) -> list[FeuilleDuFichier]:
    """The sheets of a file, once it is known to be harmless. Raises ClasseurRefuse."""
    examen.verifier_la_taille(chemin, limites)
    with chemin.open("rb") as flux:
        debut = flux.read(8)
    if not debut.startswith(b"PK") and chemin.suffix.lower() in CSV:
        return [_feuille_csv(chemin, limites)]
    try:
        if debut.startswith(b"PK") and examen.est_un_ods(chemin):
            return _feuilles_ods(chemin, limites)
        return _feuilles_xlsx(chemin, limites)
    except python_calamine.CalamineError as erreur:
        raise ClasseurRefuse(ABIME) from erreur


# Excel


def _feuilles_xlsx(chemin: Path, limites: Limites) -> list[FeuilleDuFichier]:
    apercus = examiner(chemin, limites)
    marques = relever(chemin, {titre: a.partie for titre, a in apercus.items() if a.partie})
    source = _ouvrir_calamine(chemin)
    cachees = _feuilles_cachees(source)
    feuilles = []
    for titre, apercu in apercus.items():
        vues = marques.get(titre, Marques())
        lire = partial(_lignes, source, titre, apercu.particulieres, vues.fusions)
        feuilles.append(FeuilleDuFichier(titre, apercu.lignes, lire, titre in cachees, vues))
    return feuilles


def _ouvrir_calamine(chemin: Path) -> Any:
    if chemin.suffix.lower() in (".xlsx", ".xlsm") and lisible(str(chemin)) == str(chemin):
        return python_calamine.CalamineWorkbook.from_path(str(chemin))
    return python_calamine.CalamineWorkbook.from_filelike(chemin.open("rb"))


def _feuilles_cachees(source: Any) -> set[str]:
    visible = python_calamine.SheetVisibleEnum.Visible
    return {feuille.name for feuille in source.sheets_metadata if feuille.visible != visible}


def _lignes(
    source: Any,
    titre: str,
    particulieres: dict[tuple[int, int], str],
    fusions: list[tuple[int, int, int]],
) -> Iterator[Ligne]:
    """The rows of a sheet; each row of a merged cell says what its first row does."""
    perdues: dict[int, dict[int, str]] = {}
    for (rang, colonne), contenu in particulieres.items():
        perdues.setdefault(rang, {})[colonne - 1] = contenu
    feuille = source.get_sheet_by_name(titre)
    marge = [""] * (feuille.start[1] if feuille.start else 0)
    repetees = _Repetees(fusions)
    dernier = 0
    for dernier, cellules in enumerate(feuille.iter_rows(), 1):
        yield dernier, repetees.completer(dernier, marge + cellules), perdues.pop(dernier, None)
    for rang in sorted(perdues):
        if rang > dernier:
            yield rang, [], perdues[rang]


class _Repetees:
    """The values of the cells merged downwards, while the rows go by."""

    def __init__(self, fusions: list[tuple[int, int, int]]):
        self._debuts: dict[int, list[tuple[int, int]]] = {}
        for colonne, premiere, derniere in fusions:
            self._debuts.setdefault(premiere, []).append((colonne - 1, derniere))
        self._en_cours: dict[int, tuple[int, Any]] = {}

    def completer(self, rang: int, cellules: list[Any]) -> list[Any]:
        if not self._debuts:
            return cellules
        for place, (derniere, valeur) in list(self._en_cours.items()):
            if rang > derniere:
                del self._en_cours[place]
            elif place < len(cellules) and cellules[place] == "" and any(cellules):
                cellules[place] = valeur
        for place, derniere in self._debuts.get(rang, ()):
            if place < len(cellules) and cellules[place] != "":
                self._en_cours[place] = (derniere, cellules[place])
        return cellules


# LibreOffice


def _feuilles_ods(chemin: Path, limites: Limites) -> list[FeuilleDuFichier]:
    """Its parts must not swell; how much memory they take is bounded by the process."""
    examen.verifier_l_archive(chemin)
    source = _ouvrir_calamine(chemin)
    cachees = _feuilles_cachees(source)
    marques = relever_ods(chemin)
    feuilles = []
    total = 0
    for titre in source.sheet_names:
        feuille = source.get_sheet_by_name(titre)
        total += feuille.height
        if feuille.width > limites.colonnes:
            examen.refuser_les_colonnes(titre, feuille.width, limites)
        if total > limites.lignes:
            examen.refuser_les_lignes(limites)
        vues = marques.get(titre, Marques())
        lire = partial(_lignes, source, titre, vues.formules, vues.fusions)
        feuilles.append(FeuilleDuFichier(titre, feuille.height, lire, titre in cachees, vues))
    return feuilles


# CSV


def _feuille_csv(chemin: Path, limites: Limites) -> FeuilleDuFichier:
    """The encoding and the separator are recognised; an empty file is no file."""
    octets = chemin.read_bytes()
    if b"\0" in octets[:1000] and not octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ClasseurRefuse("Ce fichier n’est ni un classeur ni un texte séparé (.csv).")
    texte = decoder(octets)
    if not texte.strip():
        raise ClasseurRefuse("Ce fichier est vide.")
    separe = separateur(texte)
    lignes = _lire_csv(_DIT_LE_SEPARATEUR.sub("\n", texte, count=1), separe, limites)
    return FeuilleDuFichier(
        chemin.stem, len(lignes), lambda: ((n, cellules, None) for n, cellules in lignes)
    )


def _lire_csv(texte: str, separe: str, limites: Limites) -> list[tuple[int, list[Any]]]:
    lignes = []
    try:
        lecteur = csv.reader(texte.splitlines(keepends=True), delimiter=separe)
        for rang, cellules in enumerate(lecteur, 1):
            largeur = len(cellules)
            while largeur and not cellules[largeur - 1].strip():
                largeur -= 1
            if largeur > limites.colonnes:
                examen.refuser_les_colonnes("CSV", largeur, limites)
            if rang > limites.lignes:
                examen.refuser_les_lignes(limites)
            lignes.append((rang, cellules[:largeur]))
    except csv.Error as erreur:
        raise ClasseurRefuse(f"Ce fichier .csv est abîmé ({erreur}).") from erreur
    return lignes


def decoder(octets: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else the encoding in which most accents are French."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", errors="replace")
    try:
        return _deux_fois_encode(octets.decode("utf-8-sig"))
    except UnicodeDecodeError:
        textes = [octets.decode(encodage, errors="replace") for encodage in _ENCODAGES]
        return max(textes, key=_accents)


def _accents(texte: str) -> int:
    return sum(map(texte.count, _FRANCAIS))


def _deux_fois_encode(texte: str) -> str:
    """« PrÃ©nom » → « Prénom », when the whole file reads so."""
    if "Ã" not in texte:
        return texte
    try:
        return texte.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return texte


def separateur(texte: str) -> str:
    """What the first line says, else the sign that cuts the first ones into the most columns, the
    same number in most of them.
    """
    if dit := _DIT_LE_SEPARATEUR.match(texte):
        return dit[1]

    def colonnes(signe: str) -> tuple[int, int]:
        lignes = csv.reader(itertools.islice(texte.splitlines(), 40), delimiter=signe)
        largeurs = [len(ligne) for ligne in lignes if ligne]
        usuelle = max(set(largeurs), key=largeurs.count, default=1)
        return usuelle > 1 and largeurs.count(usuelle), usuelle

    return max(_SEPARATEURS, key=colonnes)
