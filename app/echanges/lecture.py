"""A workbook as people fill it → rows of typed values, and each cell that cannot be read, with its reason.

Nothing of the base here: the code lists come as dictionaries, references to youths and partners stay texts.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import python_calamine

from app.regles.texte import plier, sans_espaces_doubles

from .garde import Apercu, ClasseurRefuse, Limites, examiner
from .reprise import FEUILLE_D_AIDE, FEUILLE_DES_CODES, FEUILLES, PAR_NOM, PREMIER_JOUR, Champ, Feuille

OUI, NON = {"oui", "o", "1", "vrai", "true"}, {"non", "n", "0", "faux", "false"}
PAS_UNE_DATE = "Ce n’est pas une date : écrivez-la JJ/MM/AAAA."
ENTIER_MAXIMAL = 2_147_483_647
TAILLE_DES_REFERENCES = 300
PROPOSITIONS = 200
"""Unknown values of a list for which a near one is looked for: beyond, the time it takes shows."""
_DATE_FRANCAISE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATE_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HEURE = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_FIN_DE_LIGNE = re.compile(r"\r\n|\r|\n")
_INVISIBLES = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]")
"""Characters that neither PostgreSQL nor Excel keep, or that nobody sees."""

Avancer = Callable[[str, int, int], None]
"""Called as the work goes: what is being done, how much is done, of how much."""


def rien(etape: str, fait: int, total: int) -> None:
    """Nobody watches."""


class Illisible(Exception):
    """The reason, in French, why a cell cannot be read."""


@dataclass(frozen=True)
class Refus:
    """A line of the report: where, what was read, and why it is refused. ``ligne`` is Excel's number."""

    feuille: str
    ligne: int
    colonne: str
    valeur: str
    raison: str


@dataclass(slots=True)
class Ligne:
    """A row: its number in Excel, the values aligned with the columns present, whether something in it is refused."""

    numero: int
    valeurs: list
    refusee: bool = False
    fautifs: set[str] = field(default_factory=set)
    """Attributes already refused: no other rule complains of them."""
    existant: tuple | None = None
    """The same row in the base, as it was read there."""
    ecarts: dict[str, tuple] = field(default_factory=dict)
    """Attribute → (value in the base, value in the workbook), for a row that the base knows."""


@dataclass
class Lecture:
    """What a sheet of the workbook gave."""

    feuille: Feuille
    champs: list[Champ]
    """The columns present, in the order of the values of a row."""
    lignes: list[Ligne] = field(default_factory=list)
    rangs: dict[str, int] = field(init=False)
    """Attribute → its place among the values of a row."""

    def __post_init__(self):
        self.rangs = {c.attribut: rang for rang, c in enumerate(self.champs)}


@dataclass
class Classeur:
    lectures: dict[str, Lecture] = field(default_factory=dict)
    """Table → what its sheet gave; absent sheets are absent."""
    refus: list[Refus] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)


class ErreurExcel(str):
    """#N/A, #REF!… : what a formula shows when it has no result."""


class Codes:
    """A list, by folded code then folded label; a code wins over a label, an item in use over a retired one."""

    def __init__(self, items: Iterable[tuple[str, str, Hashable, bool]]):
        """``items``: code, label, value kept, whether it is retired."""
        items = sorted(items, key=lambda item: not item[3])
        self.valeurs = {plier(libelle): valeur for _, libelle, valeur, _ in items}
        self.valeurs |= {plier(code): valeur for code, _, valeur, _ in items}
        self._libelles = {plier(libelle): libelle for _, libelle, _, _ in items} | {plier(i[0]): i[0] for i in items}
        self._inconnus: dict[str, Illisible] = {}

    def __getitem__(self, texte: str) -> Hashable:
        plie = plier(texte)
        try:
            return self.valeurs[plie]
        except KeyError:
            if plie not in self._inconnus:
                proches = (
                    get_close_matches(plie[:100], self.valeurs, 1, 0.75) if len(self._inconnus) < PROPOSITIONS else []
                )
                suite = f" Vouliez-vous écrire « {self._libelles[proches[0]]} » ?" if proches else ""
                self._inconnus[plie] = Illisible(f"Cette valeur n’est pas dans la liste de codes.{suite}")
            raise self._inconnus[plie] from None


def lire(chemin: Path, limites: Limites, listes: Mapping[str, Codes], avancer: Avancer = rien) -> Classeur:
    """Read the sheets that are ours. Raises ClasseurRefuse when the file cannot be used at all."""
    apercus = examiner(chemin, limites)
    total, fait = sum(a.lignes for a in apercus.values()), 0
    classeur = Classeur()
    try:
        with python_calamine.CalamineWorkbook.from_path(str(chemin)) as source:
            for titre, apercu in apercus.items():
                feuille = _reconnaitre(titre, classeur)
                if feuille:
                    avancer("Lecture", fait, total)
                    cellules = _cellules(source.get_sheet_by_name(titre), apercu)
                    _lire_feuille(feuille, cellules, listes, classeur)
                fait += apercu.lignes
    except python_calamine.CalamineError as erreur:
        raise ClasseurRefuse("Le fichier est abîmé ou n’est pas un classeur Excel (.xlsx).") from erreur
    if not classeur.lectures:
        attendues = ", ".join(f.nom for f in FEUILLES)
        raise ClasseurRefuse(
            f"Aucune feuille du classeur de reprise dans ce fichier. Feuilles attendues : {attendues}."
        )
    return classeur


def _reconnaitre(titre: str, classeur: Classeur) -> Feuille | None:
    plie = plier(titre)
    feuille = PAR_NOM.get(plie)
    if feuille is None:
        if plie not in (plier(FEUILLE_DES_CODES), plier(FEUILLE_D_AIDE)):
            classeur.avertissements.append(f"Feuille « {titre} » inconnue : laissée de côté.")
    elif feuille.table in classeur.lectures:
        classeur.refus.append(Refus(feuille.nom, 1, "", titre, "Deux feuilles du classeur portent ce nom."))
        return None
    return feuille


def _cellules(source, apercu: Apercu) -> Iterator[tuple[int, list]]:
    """Excel's row number and its cells from column A, with what the library loses put back."""
    perdues: dict[int, dict[int, str]] = {}
    for (rang, colonne), contenu in apercu.particulieres.items():
        perdues.setdefault(rang, {})[colonne - 1] = contenu if contenu.startswith("=") else ErreurExcel(contenu)
    marge = [""] * (source.start[1] if source.start else 0)
    dernier = 0
    for dernier, cellules in enumerate(source.iter_rows(), 1):
        yield dernier, _completer(marge + cellules if marge else cellules, perdues.pop(dernier, None))
    for rang in sorted(perdues):
        if rang > dernier:
            yield rang, _completer([], perdues[rang])


def _completer(cellules: list, perdues: dict[int, str] | None) -> list:
    if perdues:
        cellules = [*cellules, *[""] * (max(perdues) + 1 - len(cellules))]
        for place, contenu in perdues.items():
            cellules[place] = contenu if cellules[place] == "" else cellules[place]
    return cellules


def _lire_feuille(
    feuille: Feuille, lignes: Iterator[tuple[int, list]], listes: Mapping[str, Codes], classeur: Classeur
) -> None:
    rang, titres = next(lignes, (1, []))
    places = _colonnes(feuille, titres if rang == 1 else [], classeur)
    lecture = Lecture(feuille, [champ for _, champ in places])
    classeur.lectures[feuille.table] = lecture
    lecteurs = [(place, champ, _lecteur(champ, listes)) for place, champ in places]
    requis = [(rang, champ) for rang, champ in enumerate(lecture.champs) if champ.requis]
    for rang, cellules in lignes:
        _lire_ligne(lecture, rang, cellules, lecteurs, requis, classeur.refus)
    manquantes = [c for c in feuille.champs if c.attribut in feuille.cle and c.attribut not in lecture.rangs]
    if manquantes and (lecture.lignes or rang > 1):
        # Without its key a row is nobody's: the sheet is refused as a whole, on its first row.
        lecture.lignes.clear()
        classeur.refus += [
            Refus(
                feuille.nom,
                1,
                c.titre,
                "",
                "Cette colonne manque : son titre doit être sur la première ligne de la feuille.",
            )
            for c in manquantes
        ]


def _colonnes(feuille: Feuille, titres: list, classeur: Classeur) -> list[tuple[int, Champ]]:
    """The columns found by their heading; unknown ones are told, one that comes twice is refused."""
    places: dict[str, tuple[int, Champ]] = {}
    inconnues = []
    for place, brut in enumerate(titres):
        titre = en_texte(brut)
        champ = feuille.par_titre.get(plier(titre))
        if champ is None:
            if titre:
                inconnues.append(f"« {titre} »")
        elif champ.titre in places:
            classeur.refus.append(
                Refus(feuille.nom, 1, champ.titre, titre, "Cette colonne est deux fois dans la feuille.")
            )
        else:
            places[champ.titre] = (place, champ)
    if inconnues:
        suite = "colonne inconnue, laissée de côté" if len(inconnues) == 1 else "colonnes inconnues, laissées de côté"
        classeur.avertissements.append(f"Feuille « {feuille.nom} » : {suite} : {', '.join(inconnues)}.")
    return list(places.values())


def _lire_ligne(lecture: Lecture, rang: int, cellules: list, lecteurs: list, requis: list, refus: list[Refus]) -> None:
    valeurs, fautes, largeur = [], [], len(cellules)
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
    lecture.lignes.append(Ligne(rang, valeurs, bool(fautes), fautifs))
    refus += [
        Refus(lecture.feuille.nom, rang, champ.titre, en_texte(brut)[:500], raison) for champ, brut, raison in fautes
    ]


def en_texte(brut) -> str:
    """What the cell says, as text, spaces folded: a number gives its digits, a date JJ/MM/AAAA."""
    if isinstance(brut, str):
        if brut.isprintable() and "  " not in brut and brut[:1] != " " != brut[-1:]:
            return brut  # nearly all of them: no-break spaces and invisible signs are not « printable »
        return sans_espaces_doubles(_INVISIBLES.sub("", brut))
    if isinstance(brut, bool):
        return "VRAI" if brut else "FAUX"
    if isinstance(brut, float):
        return str(int(brut)) if brut.is_integer() else format(Decimal(repr(brut)), "f")
    if isinstance(brut, date):  # with a time or not
        return f"{brut:%d/%m/}{brut.year:04}"
    return f"{brut:%H:%M}" if isinstance(brut, time) else str(brut)


def en_recit(brut) -> str:
    """A text of several lines: spaces folded, line breaks kept."""
    if not isinstance(brut, str) or "\n" not in brut and "\r" not in brut:
        return en_texte(brut)
    return "\n".join(en_texte(ligne) for ligne in _FIN_DE_LIGNE.split(brut)).strip("\n")


def _lecteur(champ: Champ, listes: Mapping[str, Codes]) -> Callable:
    """The function that reads one cell of this column; it raises Illisible. An empty text gives None."""
    genre = champ.genre
    if genre in ("code", "mds", "mds_liste"):
        codes = listes[champ.liste or "mds"]
        lire_valeur = partial(_liste_de_codes if genre == "mds_liste" else _code, codes)
    elif genre in ("texte", "jeune", "partenaire"):
        lire_valeur = partial(_texte_court, champ.taille or TAILLE_DES_REFERENCES)
    else:
        lire_valeur = {
            "date": _date,
            "oui_non": _oui_non,
            "entier": _entier,
            "nombre": _nombre,
            "recit": lambda b: en_recit(b) or None,
        }[genre]

    memoire: dict[str, object] = {}
    se_repete = genre not in ("texte", "recit")

    def lire_cellule(brut):
        if type(brut) is str:  # neither an error of Excel, nor a number, nor a date
            if brut in memoire:
                return memoire[brut]
            valeur = lire_valeur(brut)
            if se_repete:
                memoire[brut] = valeur
            return valeur
        if isinstance(brut, ErreurExcel):
            raise Illisible("La formule de cette cellule est en erreur.")
        return lire_valeur(brut)

    return lire_cellule


def _texte_court(taille: int, brut) -> str | None:
    texte = en_texte(brut)
    if len(texte) > taille:
        raise Illisible(f"Ce texte est trop long : {len(texte)} caractères, {taille} au plus.")
    return texte or None


def _code(codes: Codes, brut):
    texte = en_texte(brut)
    return codes[texte] if texte else None


def _liste_de_codes(codes: Codes, brut) -> tuple:
    return tuple(dict.fromkeys(codes[morceau] for morceau in en_texte(brut).split(";") if morceau.strip())) or None


def _date(brut) -> date | None:
    if isinstance(brut, str):
        texte = en_texte(brut)
        if not texte:
            return None
        jour = _date_ecrite(_HEURE.sub("", texte))
    elif isinstance(brut, date):
        jour = brut.date() if isinstance(brut, datetime) else brut
    elif isinstance(brut, float):
        raise Illisible("C’est un nombre, pas une date : donnez à la cellule le format Date.")
    else:
        raise Illisible(PAS_UNE_DATE)
    if jour < PREMIER_JOUR:
        raise Illisible("Cette date est trop ancienne.")
    return jour


def _date_ecrite(texte: str) -> date:
    if trouve := _DATE_FRANCAISE.fullmatch(texte):
        jour, mois, annee = trouve.groups()
    elif trouve := _DATE_ISO.fullmatch(texte):
        annee, mois, jour = trouve.groups()
    else:
        raise Illisible(PAS_UNE_DATE)
    try:
        return date(int(annee), int(mois), int(jour))
    except ValueError:
        raise Illisible("Ce jour n’existe pas dans le calendrier.") from None


def _oui_non(brut) -> bool | None:
    if isinstance(brut, bool):
        return brut
    texte = plier(en_texte(brut))
    if texte in OUI or texte in NON:
        return texte in OUI
    if texte:
        raise Illisible("Écrivez Oui ou Non, ou laissez vide si on ne le sait pas.")
    return None


def _nombre(brut) -> Decimal | None:
    texte = "" if isinstance(brut, bool) else en_texte(brut).replace(" ", "").replace(",", ".", 1)
    if not texte and not isinstance(brut, bool):
        return None
    try:
        nombre = Decimal(repr(brut) if isinstance(brut, float) else texte)
    except InvalidOperation:
        raise Illisible("Ce n’est pas un nombre.") from None
    if not nombre.is_finite():
        raise Illisible("Ce n’est pas un nombre.")
    return nombre


def _entier(brut) -> int | None:
    nombre = _nombre(brut)
    if nombre is None:
        return None
    if nombre != nombre.to_integral_value() or abs(nombre) > ENTIER_MAXIMAL:
        raise Illisible("Il faut un nombre entier." if abs(nombre) <= ENTIER_MAXIMAL else "Ce nombre est trop grand.")
    return int(nombre)
