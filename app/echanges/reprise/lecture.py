"""A workbook as people fill it → rows of typed values.

And each cell that cannot be read, with its reason.

Nothing of the base here: the code lists come as dictionaries, references to youths and partners
stay texts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_calamine

from app.echanges.formats.examen import ClasseurRefuse, FeuilleExaminee, Limites, examiner
from app.echanges.reprise.cellules import Codes, ErreurExcel, Illisible, en_texte, lecteur
from app.echanges.reprise.feuilles import (
    FEUILLE_D_AIDE,
    FEUILLE_DES_CODES,
    FEUILLES,
    PAR_NOM,
    ChampDeReprise,
    FeuilleDeReprise,
)
from app.regles.texte import plier

Cellule = Any
"""What the library gives of a cell: a text, a number, a date, a truth value."""
Valeur = Any
"""What is kept of it, by the kind of its column: text, date, number, code, numbers of MDS; None."""
Avancer = Callable[[str, int, int], None]
"""Called as the work goes: what is being done, how much is done, of how much."""


PAS_DE_LECTURE = 1000
"""Rows between two tellings of how far the reading is."""


def rien(etape: str, fait: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class CelluleRefusee:
    """A line of the report: where, what was read, and why it is refused.

    ``ligne`` is Excel's number.
    """

    feuille: str
    ligne: int
    colonne: str
    valeur: str
    raison: str


@dataclass(slots=True)
class LigneLue:
    """A row of the workbook.

    Its number in Excel, the values aligned with the columns present, whether something in it is
    refused.
    """

    numero: int
    valeurs: list[Valeur]
    refusee: bool = False
    fautifs: set[str] = field(default_factory=set)
    """Attributes already refused: no other rule complains of them."""
    existant: tuple[Valeur, ...] | None = None
    """The same row in the base, as it was read there."""
    ecarts: dict[str, tuple[Valeur, Valeur]] = field(default_factory=dict)
    """Attribute → (value in the base, value in the workbook), for a row that the base knows."""


@dataclass
class Lecture:
    """What a sheet of the workbook gave."""

    feuille: FeuilleDeReprise
    champs: list[ChampDeReprise]
    """The columns present, in the order of the values of a row."""
    lignes: list[LigneLue] = field(default_factory=list)
    rangs: dict[str, int] = field(init=False)
    """Attribute → its place among the values of a row."""

    def __post_init__(self) -> None:
        self.rangs = {c.attribut: rang for rang, c in enumerate(self.champs)}


@dataclass
class ClasseurLu:
    """A workbook once read."""

    lectures: dict[str, Lecture] = field(default_factory=dict)
    """Table → what its sheet gave; absent sheets are absent."""
    refus: list[CelluleRefusee] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)


def lire_classeur(
    chemin: Path, limites: Limites, listes: Mapping[str, Codes], avancer: Avancer = rien
) -> ClasseurLu:
    """Read the sheets that are ours. Raises ClasseurRefuse when the file cannot be used at all."""
    apercus = examiner(chemin, limites)
    total = sum(a.lignes for a in apercus.values())
    fait = 0
    classeur = ClasseurLu()
    try:
        with python_calamine.CalamineWorkbook.from_path(str(chemin)) as source:
            for titre, apercu in apercus.items():
                feuille = _reconnaitre(titre, classeur)
                if feuille:
                    avancer("Lecture", fait, total)
                    cellules = _cellules(source.get_sheet_by_name(titre), apercu)
                    comptees = _compter(cellules, avancer, fait, total)
                    _lire_feuille(feuille, comptees, listes, classeur)
                fait += apercu.lignes
    except python_calamine.CalamineError as erreur:
        raise ClasseurRefuse(
            "Le fichier est abîmé ou n’est pas un classeur Excel (.xlsx)."
        ) from erreur
    if not classeur.lectures:
        attendues = ", ".join(f.nom for f in FEUILLES)
        raise ClasseurRefuse(
            "Aucune feuille du classeur de reprise dans ce fichier."
            f" Feuilles attendues : {attendues}."
        )
    return classeur


def _compter(
    lignes: Iterator[tuple[int, list[Cellule]]], avancer: Avancer, fait: int, total: int
) -> Iterator[tuple[int, list[Cellule]]]:
    """The same rows; how far the reading is is told from time to time."""
    for rang, ligne in enumerate(lignes, 1):
        if rang % PAS_DE_LECTURE == 0:
            avancer("Lecture", min(fait + rang, total), total)
        yield ligne


def _reconnaitre(titre: str, classeur: ClasseurLu) -> FeuilleDeReprise | None:
    plie = plier(titre)
    feuille = PAR_NOM.get(plie)
    if feuille is None:
        if plie not in (plier(FEUILLE_DES_CODES), plier(FEUILLE_D_AIDE)):
            classeur.avertissements.append(f"Feuille « {titre} » inconnue : laissée de côté.")
    elif feuille.table in classeur.lectures:
        classeur.refus.append(
            CelluleRefusee(feuille.nom, 1, "", titre, "Deux feuilles du classeur portent ce nom.")
        )
        return None
    return feuille


def _cellules(source: Any, apercu: FeuilleExaminee) -> Iterator[tuple[int, list[Cellule]]]:
    """Excel's row number and its cells from column A, with what the library loses put back."""
    perdues: dict[int, dict[int, str]] = {}
    for (rang, colonne), contenu in apercu.particulieres.items():
        if not contenu.startswith("="):
            contenu = ErreurExcel(contenu)
        perdues.setdefault(rang, {})[colonne - 1] = contenu
    marge = [""] * (source.start[1] if source.start else 0)
    dernier = 0
    for dernier, cellules in enumerate(source.iter_rows(), 1):
        yield dernier, _completer(marge + cellules, perdues.pop(dernier, None))
    for rang in sorted(perdues):
        if rang > dernier:
            yield rang, _completer([], perdues[rang])


def _completer(cellules: list[Cellule], perdues: dict[int, str] | None) -> list[Cellule]:
    if perdues:
        cellules = [*cellules, *[""] * (max(perdues) + 1 - len(cellules))]
        for place, contenu in perdues.items():
            if cellules[place] == "":
                cellules[place] = contenu
    return cellules


def _lire_feuille(
    feuille: FeuilleDeReprise,
    lignes: Iterator[tuple[int, list[Cellule]]],
    listes: Mapping[str, Codes],
    classeur: ClasseurLu,
) -> None:
    rang, titres = next(lignes, (1, []))
    if rang > 1:
        titres = []
    places = _colonnes(feuille, titres, classeur)
    lecture = Lecture(feuille, [champ for _, champ in places])
    classeur.lectures[feuille.table] = lecture
    lecteurs = [(place, champ, lecteur(champ, listes)) for place, champ in places]
    requis = [(rang, champ) for rang, champ in enumerate(lecture.champs) if champ.requis]
    for rang, cellules in lignes:
        _lire_ligne(lecture, rang, cellules, lecteurs, requis, classeur.refus)
    manquantes = [
        c for c in feuille.champs if c.attribut in feuille.cle and c.attribut not in lecture.rangs
    ]
    if manquantes and (lecture.lignes or rang > 1):
        # Without its key a row is nobody's: the sheet is refused as a whole, on its first row.
        lecture.lignes.clear()
        classeur.refus += [
            CelluleRefusee(
                feuille.nom,
                1,
                c.titre,
                "",
                "Cette colonne manque : son titre doit être sur la première ligne de la feuille.",
            )
            for c in manquantes
        ]


def _colonnes(
    feuille: FeuilleDeReprise, titres: list[Cellule], classeur: ClasseurLu
) -> list[tuple[int, ChampDeReprise]]:
    """The columns found by their heading: unknown ones are told, a second one is refused."""
    places: dict[str, tuple[int, ChampDeReprise]] = {}
    inconnues = []
    for place, brut in enumerate(titres):
        titre = en_texte(brut)
        champ = feuille.par_titre.get(plier(titre))
        if champ is None:
            if titre:
                inconnues.append(f"« {titre} »")
        elif champ.titre in places:
            classeur.refus.append(
                CelluleRefusee(
                    feuille.nom,
                    1,
                    champ.titre,
                    titre,
                    "Cette colonne est deux fois dans la feuille.",
                )
            )
        else:
            places[champ.titre] = (place, champ)
    if inconnues:
        suite = "colonnes inconnues, laissées de côté"
        if len(inconnues) == 1:
            suite = "colonne inconnue, laissée de côté"
        classeur.avertissements.append(
            f"Feuille « {feuille.nom} » : {suite} : {', '.join(inconnues)}."
        )
    return list(places.values())


def _lire_ligne(
    lecture: Lecture,
    rang: int,
    cellules: list[Cellule],
    lecteurs: list[tuple[int, ChampDeReprise, Callable[[Cellule], Valeur]]],
    requis: list[tuple[int, ChampDeReprise]],
    refus: list[CelluleRefusee],
) -> None:
    valeurs: list[Valeur] = []
    fautes: list[tuple[ChampDeReprise, Cellule, str]] = []
    largeur = len(cellules)
    for place, champ, lire_cellule in lecteurs:
        brut = cellules[place] if place < largeur else ""
        valeur = None
        if brut != "":
            try:
                valeur = lire_cellule(brut)
            except Illisible as raison:
                fautes.append((champ, brut, str(raison)))
        valeurs.append(valeur)
    if not fautes and valeurs.count(None) == len(valeurs):
        return
    fautifs = {champ.attribut for champ, _, _ in fautes}
    for place, champ in requis:
        if valeurs[place] is None and champ.attribut not in fautifs:
            fautes.append((champ, "", "Cette cellule est obligatoire."))
            fautifs.add(champ.attribut)
    lecture.lignes.append(LigneLue(rang, valeurs, bool(fautes), fautifs))
    refus += [
        CelluleRefusee(lecture.feuille.nom, rang, champ.titre, en_texte(brut)[:500], raison)
        for champ, brut, raison in fautes
    ]
