"""A workbook as people fill it → rows of typed values.

And each cell that cannot be read, with its reason.

Nothing of the base here: the code lists come as dictionaries, references to youths and partners
stay texts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.echanges.formats.examen import ClasseurRefuse, Limites
from app.echanges.formats.lecture_isolee import FichierDeLignes, ouvrir
from app.echanges.reprise.alias import lire_alias, titre_entier, titre_nu
from app.echanges.reprise.cellules import (
    Codes,
    ErreurExcel,
    FormuleNonCalculee,
    Illisible,
    en_texte,
    lecteur,
)
from app.echanges.reprise.choix import ChoixDuFichier, CorrectionsLues
from app.echanges.reprise.feuilles import (
    FEUILLE_D_AIDE,
    FEUILLE_DES_CODES,
    FEUILLES,
    PAR_NOM,
    ChampDeReprise,
    FeuilleDeReprise,
)
from app.echanges.reprise.valeurs import PropositionDeLecture, proposer
from app.regles.texte import accorder, plier

Cellule = Any
"""What the library gives of a cell: a text, a number, a date, a truth value."""
Valeur = Any
"""What is kept of it, by the kind of its column: text, date, number, code, numbers of MDS; None."""
Avancer = Callable[[str, int, int], None]
"""Called as the work goes: what is being done, how much is done, of how much."""


OBLIGATOIRE = "Cette cellule est obligatoire."
PROPOSITIONS = 500
"""Unreadable texts for which a value is looked for: beyond, the time it takes shows."""
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
    proposition: PropositionDeLecture | None = None
    """What it probably meant, or what would mend it."""
    se_corrige: bool = True
    """Another value would do; False: it is a matter of rights."""


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
    a_sa_cle: bool = True
    """The columns that identify a row are there, under their own names."""
    effacables: set[str] | None = None
    """Attributes whose empty cells may erase; None: all."""
    requis_si_nouveau: bool = False
    """A required cell may be empty in the row of a record that the base knows."""
    cumules: set[str] = field(default_factory=set)
    """Attributes whose lines are added to those of the base."""

    def __post_init__(self) -> None:
        self.rangs = {c.attribut: rang for rang, c in enumerate(self.champs)}


@dataclass
class ClasseurLu:
    """A workbook once read."""

    lectures: dict[str, Lecture] = field(default_factory=dict)
    """Table → what its sheet gave; absent sheets are absent."""
    refus: list[CelluleRefusee] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)
    memes: set[int] = field(default_factory=set)
    """Rows of « Jeunes » that a person said to be a known youth, or another row: their name and
    birth date are not those to keep."""
    en_attente: dict[str, set[int]] = field(default_factory=dict)
    """Folded name of a sheet of the file → rows that wait for a decision, with their headings."""
    zeros_rendus: int = 0
    """Phones kept by Excel as numbers, that got their zero back."""
    proposees: dict[tuple[str, str, str], PropositionDeLecture | None] = field(default_factory=dict)
    """(table, attribute, text) → what was proposed for it."""

    def proposer(
        self, champ: ChampDeReprise, brut: Cellule, listes: Mapping[str, Codes]
    ) -> PropositionDeLecture | None:
        """What a cell that cannot be read probably meant, looked for once for each text."""
        cle = (champ.colonne.table.name, champ.attribut, en_texte(brut))
        if cle not in self.proposees:
            if len(self.proposees) >= PROPOSITIONS:
                return None
            self.proposees[cle] = proposer(champ, brut, listes)
        return self.proposees[cle]


def lire_classeur(
    chemin: Path, limites: Limites, listes: Mapping[str, Codes], avancer: Avancer = rien
) -> ClasseurLu:
    """Read the sheets that are ours. Raises ClasseurRefuse when the file cannot be used at all."""
    with ouvrir(chemin, limites) as fichier:
        classeur = lire_nos_feuilles(fichier, listes, ChoixDuFichier(), avancer)
    if classeur is None:
        raise sans_feuille_a_nous()
    return classeur


class ColonnesRefusees(ClasseurRefuse):
    """No column of the file says which youth its rows are about."""

    def __init__(self) -> None:
        super().__init__(
            "Aucune colonne ne dit de quel jeune parlent les lignes : choisissez celle du nom,"
            " celle du nom et du prénom, ou celle du code dossier."
        )


def sans_feuille_a_nous() -> ClasseurRefuse:
    attendues = ", ".join(f.nom for f in FEUILLES)
    return ClasseurRefuse(
        "Ce fichier ne contient aucune ligne à reprendre. Feuilles du classeur de reprise :"
        f" {attendues}."
    )


def lire_nos_feuilles(
    fichier: FichierDeLignes,
    listes: Mapping[str, Codes],
    choix: ChoixDuFichier,
    avancer: Avancer = rien,
) -> ClasseurLu | None:
    """The sheets of the classeur de reprise; None when the file has another shape.

    A sheet is ours by its name; when none of them holds its key in its first row, none is.
    """
    total = sum(feuille.nombre for feuille in fichier.feuilles)
    fait = 0
    classeur = ClasseurLu()
    for rang, annoncee in enumerate(fichier.feuilles):
        feuille = _reconnaitre(annoncee.nom, classeur)
        if feuille:
            avancer("Lecture", fait, total)
            lignes = _compter(completer(fichier.lignes(rang)), avancer, fait, total)
            _lire_feuille(feuille, lignes, listes, classeur, choix)
        fait += annoncee.nombre
    if not any(lecture.a_sa_cle for lecture in classeur.lectures.values()):
        return None
    classeur.avertissements += marques(fichier)
    return classeur


def _compter(
    lignes: Iterator[tuple[int, list[Cellule]]], avancer: Avancer, fait: int, total: int
) -> Iterator[tuple[int, list[Cellule]]]:
    """The same rows; how far the reading is is told from time to time."""
    for rang, ligne in enumerate(lignes, 1):
        if rang % PAS_DE_LECTURE == 0:
            avancer("Lecture", min(fait + rang, total), total)
        yield ligne


def completer(
    lignes: Iterable[tuple[int, list[Cellule], dict[int, str] | None]],
) -> Iterator[tuple[int, list[Cellule]]]:
    """Excel's row number and its cells from column A, with what the library loses put back."""
    for rang, cellules, perdues in lignes:
        if perdues:
            cellules += [""] * (max(perdues) + 1 - len(cellules))
            for place, contenu in perdues.items():
                if cellules[place] == "":
                    cellules[place] = _perdue(contenu)
        yield rang, cellules


_FORMULE = re.compile(r"=.*([A-Z]{1,3}[$]?\d|[A-Z.]{2,}[(]|^=[\d(+-][\d\s+*/().-]*$)", re.DOTALL)


def _perdue(contenu: str) -> str:
    """An error, a formula never computed, or a text that a tableur took for one: « = à voir »."""
    if not contenu.startswith("="):
        return ErreurExcel(contenu)
    return FormuleNonCalculee(contenu) if _FORMULE.match(contenu) else contenu


def marques(fichier: FichierDeLignes) -> list[str]:
    """What a tableur shows and no cell says, told sheet by sheet."""
    dites = []
    for feuille in fichier.feuilles:
        if plier(feuille.nom) in (plier(FEUILLE_DES_CODES), plier(FEUILLE_D_AIDE)):
            continue
        vues = []
        if feuille.est_cachee:
            vues.append("feuille masquée")
        if feuille.lignes_cachees:
            dit = accorder(len(feuille.lignes_cachees), "ligne masquée", "lignes masquées")
            vues.append(f"{dit} (tout est lu)")
        commentaires, colorees = feuille.sous(1)
        if commentaires:
            vues.append(
                accorder(len(commentaires), "commentaire de cellule", "commentaires de cellule")
            )
        if colorees:
            dit = accorder(colorees, "cellule coloriée", "cellules coloriées")
            vues.append(f"{dit}, dont la couleur n’est pas lue")
        if vues:
            dites.append(f"Feuille « {feuille.nom} » : {', '.join(vues)}.")
    return dites


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


def _lire_feuille(
    feuille: FeuilleDeReprise,
    lignes: Iterator[tuple[int, list[Cellule]]],
    listes: Mapping[str, Codes],
    classeur: ClasseurLu,
    choix: ChoixDuFichier,
) -> None:
    rang, titres = next(lignes, (1, []))
    if rang > 1:
        titres = []
    places = _colonnes(feuille, titres, classeur)
    lecture = Lecture(feuille, [champ for _, champ in places])
    classeur.lectures[feuille.table] = lecture
    titres_lus = [(place, champ.titre) for place, champ in places]
    corrections = choix.corrections_de(feuille.nom, titres_lus)
    remplir(lecture, [place for place, _ in places], lignes, listes, classeur, corrections)
    manquantes = [
        c for c in feuille.champs if c.attribut in feuille.cle and c.attribut not in lecture.rangs
    ]
    ecrits = {plier(en_texte(brut)) for brut in titres}
    cles = [c for c in feuille.champs if c.attribut in feuille.cle and c.requis]
    lecture.a_sa_cle = all(plier(c.titre) in ecrits for c in cles)
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


def remplir(
    lecture: Lecture,
    places: list[int],
    lignes: Iterable[tuple[int, list[Cellule]]],
    listes: Mapping[str, Codes],
    classeur: ClasseurLu,
    corrections: CorrectionsLues | None = None,
) -> None:
    """Read rows into a sheet; ``places``: where the cell of each of its columns is."""
    lecteurs = [
        (place, champ, lecteur(champ, listes))
        for place, champ in zip(places, lecture.champs, strict=True)
    ]
    requis = [(rang, champ) for rang, champ in enumerate(lecture.champs) if champ.requis]
    for rang, cellules in lignes:
        if corrections:
            cellules = corriger(corrections, rang, cellules)
        fautes = _lire_ligne(lecture, rang, cellules, lecteurs, requis)
        for champ, brut, raison in fautes:
            proposition = classeur.proposer(champ, brut, listes) if brut != "" else None
            texte = en_texte(brut)[:500]
            refus = CelluleRefusee(
                lecture.feuille.nom, rang, champ.titre, texte, raison, proposition
            )
            classeur.refus.append(refus)
        classeur.zeros_rendus += _zeros_rendus(lecture, cellules, places)


def _zeros_rendus(lecture: Lecture, cellules: list[Cellule], places: list[int]) -> int:
    """How many phones of the row were numbers, and are phones now."""
    rang = lecture.rangs.get("telephone")
    if rang is None or not lecture.lignes or places[rang] >= len(cellules):
        return 0
    return int(
        isinstance(cellules[places[rang]], float) and lecture.lignes[-1].valeurs[rang] is not None
    )


def corriger(corrections: CorrectionsLues, rang: int, cellules: list[Cellule]) -> list[Cellule]:
    """The same row, with what a person said to read instead."""
    for place in corrections.places:
        brut = cellules[place] if place < len(cellules) else ""
        par = corrections.lire(rang, place, en_texte(brut))
        if par is not None:
            cellules = [*cellules, *[""] * (place + 1 - len(cellules))]
            cellules[place] = par
    return cellules


def _colonnes(
    feuille: FeuilleDeReprise, titres: list[Cellule], classeur: ClasseurLu
) -> list[tuple[int, ChampDeReprise]]:
    """The columns found by their heading: unknown ones are told, a second one is refused."""
    places: dict[str, tuple[int, ChampDeReprise]] = {}
    inconnues = []
    ecrits = {plier(en_texte(brut)) for brut in titres}
    for place, brut in enumerate(titres):
        titre = en_texte(brut)
        champ = feuille.par_titre.get(plier(titre)) or _autrement(feuille, titre, ecrits)
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


def _autrement(feuille: FeuilleDeReprise, titre: str, ecrits: set[str]) -> ChampDeReprise | None:
    """The column that another name says, or its own with a star or a remark in brackets.

    Only when no column of the sheet bears the name itself.
    """
    alias = lire_alias().colonnes
    for dit in (titre_entier(titre), titre_nu(titre)):
        champ = feuille.par_titre.get(dit)
        autre = alias.get(dit)
        if champ is None and autre is not None and autre.table == feuille.table:
            champ = autre.champ
        if champ is not None and plier(champ.titre) not in ecrits:
            return champ
    return None


def _lire_ligne(
    lecture: Lecture,
    rang: int,
    cellules: list[Cellule],
    lecteurs: list[tuple[int, ChampDeReprise, Callable[[Cellule], Valeur]]],
    requis: list[tuple[int, ChampDeReprise]],
) -> list[tuple[ChampDeReprise, Cellule, str]]:
    """Keep the values of a row; what cannot be read of it: column, cell, reason."""
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
        return []
    fautifs = {champ.attribut for champ, _, _ in fautes}
    if not lecture.requis_si_nouveau:
        for place, champ in requis:
            if valeurs[place] is None and champ.attribut not in fautifs:
                fautes.append((champ, "", OBLIGATOIRE))
                fautifs.add(champ.attribut)
    lecture.lignes.append(LigneLue(rang, valeurs, bool(fautes), fautifs))
    return fautes
