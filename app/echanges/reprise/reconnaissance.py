"""Which row holds the headings of a sheet, and what each column probably is, and how sure.

By its name, by another known name, by its content as a last help; nothing of the base here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any

from rapidfuzz import fuzz

from app.echanges.reprise.alias import lire_alias, mot, titre_entier, titre_nu
from app.echanges.reprise.cellules import Codes, en_texte
from app.echanges.reprise.destinations import (
    DESTINATIONS,
    LAISSER,
    NOM_PRENOM,
    OBSERVER,
    PAR_LIBELLE,
    Destination,
)
from app.echanges.reprise.valeurs import lire_date_libre, traduire
from app.regles.age import age_revolu
from app.regles.coordonnees import refus_du_courriel, refus_du_telephone
from app.regles.texte import plier

LIGNES_DE_TITRE = 15
"""Rows of a sheet among which the headings are looked for."""
RESSEMBLANCE = 88
"""Out of 100: « Date de naisance » is at 97."""
TITRE_MAXIMAL = 80
VALEURS_LUES = 200
"""Cells of a column that are looked at, from the top."""
COLONNES = 60
NOMMENT = {"nom_prenom", "prenom_nom", "jeune.nom", "jeune.code"}
"""Destinations of the columns that say whom a row is about."""
_TOTAL = re.compile(r"^(sous[ -]?)?total|^totaux|^effectif|^nombre (de|total)")
_NUMERO = re.compile(r"\d{1,4}")


class Certitude(StrEnum):
    """How sure Tandem is of what a column is."""

    SUR = "Sûr"
    PROBABLE = "Probable"
    A_DECIDER = "À décider"


@dataclass
class ColonneLue:
    """A column of a sheet, and what is proposed for it."""

    titre: str
    """As it is written; « (colonne K) » for one without heading, « FIN (2) » for a second one."""
    place: int
    groupe: str = ""
    """The heading above, over several columns: « MESURE » over « Début » and « Fin »."""
    destination: Destination = OBSERVER
    certitude: Certitude = Certitude.A_DECIDER
    pourquoi: str = ""
    valeurs: list[str] = field(default_factory=list)
    """Three real ones, different if they can be."""


@dataclass
class FeuilleLue:
    """A sheet of any shape: its headings, its rows, what was left out of them."""

    nom: str
    """Of the sheet; « Suivi (tableau 2) » for its second table."""
    rang_titres: int
    """Excel's number of the row of headings."""
    colonnes: list[ColonneLue]
    lignes: list[tuple[int, list[Any]]]
    """Excel's number and cells of the rows that say something of somebody."""
    sautees: list[tuple[int, str]] = field(default_factory=list)
    """Rows of title and of total: their number, what they say."""
    onglet: str = ""
    """The name of the sheet in the file."""
    est_cachee: bool = False
    cachees: list[int] = field(default_factory=list)
    commentaires: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row of Excel, place of the column) → text."""
    colorees: int = 0

    @property
    def contexte(self) -> str:
        """What the sheet says of itself: its name, and its titles above the headings."""
        dits = [dit for rang, dit in self.sautees if rang < self.rang_titres]
        return " – ".join([self.nom, *dits])

    @property
    def entete(self) -> set[int]:
        """The rows of the headings, and of the titles above them."""
        return {self.rang_titres} | {rang for rang, _ in self.sautees if rang < self.rang_titres}

    @property
    def parle_de_quelqu_un(self) -> bool:
        """A youth is named there, or coded."""
        return bool(NOMMENT & {colonne.destination.code for colonne in self.colonnes})


Lignes = list[tuple[int, list[Any]]]
"""Excel's number and cells of the rows that say something."""


def lire_feuilles(
    nom: str, lignes: Iterable[tuple[int, list[Any]]], listes: Mapping[str, Codes], le: date
) -> Iterator[FeuilleLue]:
    """The tables of a sheet, one below or beside another; none when it is empty."""
    pleines = [(rang, ligne) for rang, ligne in lignes if any(map(en_texte, ligne))]
    if not pleines:
        return
    for numero, table in enumerate(_tables(pleines), 1):
        propre = nom if numero == 1 else f"{nom} (tableau {numero})"
        feuille = lire_feuille(propre, table, listes, le)
        if feuille is not None:
            feuille.onglet = nom
            yield feuille


def _tables(lignes: Lignes) -> Iterator[Lignes]:
    """Where the headings of another table stand lower down, or to the right of an empty column.

    The titles that stand between two tables are those of the second.
    """
    debut = 0
    titres = -1
    for rang, (_, ligne) in enumerate(lignes):
        if not _sont_des_titres(ligne):
            continue
        if titres >= 0 and rang > titres + 1 and not _memes_titres(ligne, lignes[titres][1]):
            fin = rang
            while fin > titres + 1 and _est_un_intitule(lignes[fin - 1][1]):
                fin -= 1
            yield from _cote_a_cote(lignes[debut:fin])
            debut = fin
        elif titres >= 0 and rang > titres + 1:
            continue
        titres = rang
    yield from _cote_a_cote(lignes[debut:])


def _est_un_intitule(ligne: Sequence[Any]) -> bool:
    """A text alone in its row."""
    pleines = [cellule for cellule in ligne if en_texte(cellule)]
    return len(pleines) == 1 and isinstance(pleines[0], str)


def _sont_des_titres(ligne: Sequence[Any]) -> bool:
    """Texts alone, three known headings at least and two thirds of the row."""
    textes = [texte for cellule in ligne if (texte := en_texte(cellule))]
    if len(textes) < 3 or not all(isinstance(cellule, str) for cellule in ligne):
        return False
    permis = len(textes) // 3
    for texte in textes:
        permis -= not _est_un_titre(texte)
        if permis < 0:
            return False
    return len(set(textes)) >= 3


@lru_cache(10_000)
def _est_un_titre(texte: str) -> bool:
    return len(texte) < TITRE_MAXIMAL and _par_nom(texte, "") is not None


def _cote_a_cote(lignes: Lignes) -> Iterator[Lignes]:
    """Two tables that an empty column parts, each naming somebody: the cells of one, of the other.

    The cells keep their places: those of the other table are empty.
    """
    titres = lignes[_place_des_titres(lignes)][1]
    bords = [0]
    dit = False
    for place, cellule in enumerate(titres):
        destination = _par_nom(en_texte(cellule), "") if en_texte(cellule) else None
        if destination is None or destination.code not in NOMMENT:
            continue
        vides = [p for p in range(bords[-1] + 1, place) if not _est_pleine(lignes, p)]
        if dit and vides:
            bords.append(vides[-1])
        dit = True
    for rang, bord in enumerate(bords):
        fin = bords[rang + 1] if rang + 1 < len(bords) else None
        yield [
            (numero, decoupee)
            for numero, ligne in lignes
            if any(map(en_texte, decoupee := ["" for _ in ligne[:bord]] + ligne[bord:fin]))
        ]


def _est_pleine(lignes: Lignes, place: int) -> bool:
    return any(en_texte(ligne[place]) for _, ligne in lignes if place < len(ligne))


def lire_feuille(
    nom: str, lignes: Iterable[tuple[int, list[Any]]], listes: Mapping[str, Codes], le: date
) -> FeuilleLue | None:
    """Find the headings of a table and recognise its columns; None when it is empty."""
    pleines = [(rang, ligne) for rang, ligne in lignes if any(map(en_texte, ligne))]
    if not pleines:
        return None
    place = _place_des_titres(pleines)
    rang_titres, titres = pleines[place]
    feuille = FeuilleLue(nom, rang_titres, [], [])
    feuille.sautees = [(rang, _dire(ligne)) for rang, ligne in pleines[:place]]
    for rang, ligne in pleines[place + 1 :]:
        if _est_un_total(ligne) or _memes_titres(ligne, titres):
            feuille.sautees.append((rang, _dire(ligne)))
        else:
            feuille.lignes.append((rang, ligne))
    largeur = max(len(ligne) for _, ligne in pleines[place:])
    feuille.colonnes = list(_nommer(titres, min(largeur, COLONNES), feuille.lignes))
    if place:
        _grouper(feuille.colonnes, pleines[place - 1][1])
    _reconnaitre(feuille, listes, le)
    return feuille


def _dire(ligne: Sequence[Any]) -> str:
    return " · ".join(texte for cellule in ligne if (texte := en_texte(cellule)))[:300]


def _place_des_titres(lignes: Sequence[tuple[int, list[Any]]]) -> int:
    """The place, among the rows with content, of the one with the most known headings."""
    haut = lignes[0][0]
    dernier = LIGNES_DE_TITRE if haut <= LIGNES_DE_TITRE else haut + LIGNES_DE_TITRE
    premieres = [place for place, (rang, _) in enumerate(lignes) if rang <= dernier]

    def poids(place: int) -> tuple[int, int, int]:
        textes = [en_texte(cellule) for cellule in lignes[place][1] if isinstance(cellule, str)]
        textes = [texte for texte in textes if texte and not _NUMERO.fullmatch(texte)]
        connus = sum(_par_nom(texte, "") is not None for texte in set(textes))
        return connus, len(set(textes)), -place

    return max(premieres, key=poids)


def _est_un_total(ligne: Sequence[Any]) -> bool:
    premiere = next((texte for cellule in ligne if (texte := en_texte(cellule))), "")
    pleines = sum(bool(en_texte(cellule)) for cellule in ligne)
    return pleines <= 4 and bool(_TOTAL.match(plier(premiere)))


def _memes_titres(ligne: Sequence[Any], titres: Sequence[Any]) -> bool:
    """The headings again, at the top of another printed page."""
    return [en_texte(c) for c in ligne] == [en_texte(c) for c in titres]


def lettre(place: int) -> str:
    """0 → A, 26 → AA."""
    dite = ""
    place += 1
    while place:
        place, reste = divmod(place - 1, 26)
        dite = chr(65 + reste) + dite
    return dite


def _nommer(
    titres: Sequence[Any], largeur: int, lignes: Sequence[tuple[int, list[Any]]]
) -> Iterator[ColonneLue]:
    """The columns that say something, each under a name of its own."""
    vus: dict[str, int] = {}
    for place in range(largeur):
        titre = ""
        if place < len(titres):
            titre = en_texte(titres[place])
        valeurs = list(_echantillon(place, lignes))
        if not titre and not valeurs:
            continue
        titre = titre or f"(colonne {lettre(place)})"
        plie = titre_entier(titre)
        vus[plie] = vus.get(plie, 0) + 1
        if vus[plie] > 1:
            titre = f"{titre} ({vus[plie]})"
        yield ColonneLue(titre, place, valeurs=valeurs)


def _grouper(colonnes: Iterable[ColonneLue], au_dessus: Sequence[Any]) -> None:
    """The headings of the row above go on to the right, when it has several."""
    dits = [en_texte(cellule) for cellule in au_dessus]
    if sum(map(bool, dits)) < 2:
        return
    for colonne in colonnes:
        connus = [dit for dit in dits[: colonne.place + 1] if dit]
        colonne.groupe = connus[-1] if connus else ""


def _echantillon(place: int, lignes: Sequence[tuple[int, list[Any]]]) -> Iterator[str]:
    vues: set[str] = set()
    for _, ligne in lignes[:VALEURS_LUES]:
        texte = en_texte(ligne[place]) if place < len(ligne) else ""
        if texte and texte not in vues:
            vues.add(texte)
            yield texte[:60]
        if len(vues) == 3:
            return


# What a column is


def _reconnaitre(feuille: FeuilleLue, listes: Mapping[str, Codes], le: date) -> None:
    for colonne in feuille.colonnes:
        cellules = [x for _, li in feuille.lignes[:VALEURS_LUES] for x in li[colonne.place :][:1]]
        pleines = [cellule for cellule in cellules if en_texte(cellule)]
        _proposer(colonne, feuille.nom, pleines, listes, le)
    _departager(feuille.colonnes)
    _separer_noms(feuille.colonnes)


def _proposer(
    colonne: ColonneLue, feuille: str, cellules: list[Any], listes: Mapping[str, Codes], le: date
) -> None:
    titre = colonne.titre
    if not cellules:
        colonne.destination = _par_nom(titre, feuille) or LAISSER
        colonne.certitude = Certitude.SUR
        colonne.pourquoi = "colonne vide"
    elif _est_une_numerotation(titre, cellules):
        colonne.destination = LAISSER
        colonne.certitude = Certitude.SUR
        colonne.pourquoi = "numéros de ligne"
    elif exacte := _par_nom(titre, feuille):
        colonne.destination = exacte
        colonne.certitude = Certitude.SUR
    elif proche := _par_accents_perdus(titre) or _par_ressemblance(titre):
        colonne.destination = proche
        colonne.certitude = Certitude.PROBABLE
        colonne.pourquoi = f"ressemble à « {proche.libelle} »"
    elif colonne.groupe and (jointe := _par_ressemblance(f"{titre} {colonne.groupe}")):
        colonne.destination = jointe
        colonne.certitude = Certitude.PROBABLE
        colonne.pourquoi = f"sous « {colonne.groupe} »"
    elif contenue := _par_contenu(cellules, listes, le):
        colonne.destination = contenue
        colonne.certitude = Certitude.PROBABLE
        colonne.pourquoi = "d’après ce qu’elle contient"
    else:
        colonne.pourquoi = "aucun champ ne ressemble"


def _est_une_numerotation(titre: str, cellules: Sequence[Any]) -> bool:
    """« N° » over 1, 2, 3…: the place in the list, not a code."""
    if titre_nu(titre) not in ("n°", "no", "nº", "num", "numero", "n", "#", "ordre"):
        return False
    textes = [en_texte(cellule) for cellule in cellules]
    if not all(_NUMERO.fullmatch(texte) for texte in textes):
        return False
    nombres = [int(texte) for texte in textes]
    return all(a <= b for a, b in pairwise(nombres))


def _par_nom(titre: str, feuille: str) -> Destination | None:
    """By its heading or another known name of it, the remark in brackets aside."""
    alias = lire_alias()
    propres = _de_la_feuille(feuille)
    for ecrit in (titre_entier(titre), titre_nu(titre)):
        if trouvee := propres.get(ecrit) or alias.colonnes.get(ecrit):
            return trouvee
        if trouvee := _PAR_TITRE.get(ecrit):
            return trouvee
    return None


def _par_accents_perdus(titre: str) -> Destination | None:
    """« Pr?nom », « N�(e) le », « PrÃ©nom »: the only known heading that reads so."""
    if "Ã" in titre:
        try:
            return _par_nom(titre.encode("cp1252").decode("utf-8"), "")
        except UnicodeError:
            return None
    if not _PERDU.search(titre):
        return None
    motif = re.compile("".join("." if _PERDU.match(c) else re.escape(c) for c in plier(titre)))
    trouvees = {d for nom, d in lire_alias().colonnes.items() if motif.fullmatch(nom)}
    return trouvees.pop() if len(trouvees) == 1 else None


_PERDU = re.compile("[?\ufffd]")
"""What stands for a letter that an encoding lost."""


def _de_la_feuille(nom: str) -> dict[str, Destination]:
    """The names that mean something in the sheets of this name alone."""
    plie = plier(nom)
    for feuille, noms in lire_alias().par_feuille.items():
        mots = feuille.split()
        if mots[0].rstrip("s") in plie:
            return noms
    return {}


_PAR_TITRE = {
    titre_entier(libelle): destination
    for libelle, destination in PAR_LIBELLE.items()
    if " : " not in libelle
}


def _par_ressemblance(titre: str) -> Destination | None:
    """A heading nearly the same, or that holds every word of a known one."""
    dit = titre_nu(titre)
    if len(dit) < 4:
        return None
    connus = lire_alias().colonnes
    parlants = " ".join(m for m in dit.split() if m not in _MOTS_VIDES and not m.isdecimal())
    if parlants in connus:
        return connus[parlants]
    notes = {nom: fuzz.token_sort_ratio(dit, nom) for nom in connus if len(nom) > 3}
    meilleur = max(notes, key=lambda nom: notes[nom])
    if notes[meilleur] >= RESSEMBLANCE:
        return connus[meilleur]
    mots = set(dit.split())
    dedans = [nom for nom in connus if len(nom) > 5 and set(nom.split()) <= mots]
    return connus[max(dedans, key=len)] if dedans else None


def _par_contenu(
    cellules: Sequence[Any], listes: Mapping[str, Codes], le: date
) -> Destination | None:
    """What nearly all the cells look like: birth dates, phones, e-mails, items of a list."""
    textes = [en_texte(cellule) for cellule in cellules]

    def presque_tous(verifier: Any) -> bool:
        return sum(map(bool, map(verifier, textes))) >= 0.8 * len(textes)

    if presque_tous(lambda t: "@" in t and not refus_du_courriel(t)):
        return DESTINATIONS["jeune.courriel"]
    if presque_tous(lambda t: len(t) >= 10 and not refus_du_telephone(t)):
        return DESTINATIONS["jeune.telephone"]
    if presque_tous(lambda t: _age_d_un_jeune(t, le)):
        return DESTINATIONS["jeune.date_naissance"]
    if presque_tous(lambda t: mot(t) in _mots_de("mds", listes) or traduire("mds", t)):
        return DESTINATIONS["jeune.mds_id"]
    for code in _CODEES:
        liste = DESTINATIONS[code].champ
        mots = _mots_de(liste.liste or "", listes) if liste else set()
        if presque_tous(lambda t, mots=mots: mot(t) in mots):
            return DESTINATIONS[code]
    return None


_MOTS_VIDES = {
    *("du", "de", "des", "le", "la", "les", "l", "d", "en"),
    *("jeune", "jeunes", "actuel", "actuelle", "cours"),
}
"""« Tél du jeune », « Logement actuel », « Frein 2 » are « tel », « logement », « frein »."""
_CODEES = ("mesure.type_code", "situation.logement_code", "situation.situation_pro_code")


def _mots_de(liste: str, listes: Mapping[str, Codes]) -> set[str]:
    codes = listes.get(liste)
    connus = set(codes.valeurs) if codes else set()
    return connus | lire_alias().valeurs.get(liste, {}).keys()


def _age_d_un_jeune(texte: str, le: date) -> bool:
    naissance = lire_date_libre(texte)
    return naissance is not None and age_revolu(naissance, le) in range(13, 28)


def _departager(colonnes: Sequence[ColonneLue]) -> None:
    """Of two columns for one field, the surer keeps it, then the first; the other is to decide."""
    ordre = list(Certitude)
    prises: dict[str, ColonneLue] = {}
    for colonne in sorted(colonnes, key=lambda c: (ordre.index(c.certitude), c.place)):
        if colonne.destination.plusieurs:
            continue
        autre = prises.setdefault(colonne.destination.code, colonne)
        if autre is not colonne:
            colonne.pourquoi = f"« {autre.titre} » a déjà ce champ"
            colonne.destination = OBSERVER
            colonne.certitude = Certitude.A_DECIDER


def _separer_noms(colonnes: Sequence[ColonneLue]) -> None:
    """« Jeune » beside « Prénom » is the name alone."""
    codes = {colonne.destination.code for colonne in colonnes}
    if "jeune.prenom" in codes and "jeune.nom" not in codes:
        for colonne in colonnes:
            if colonne.destination is NOM_PRENOM:
                colonne.destination = DESTINATIONS["jeune.nom"]
