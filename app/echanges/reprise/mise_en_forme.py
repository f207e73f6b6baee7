"""A file of any shape → the rows of the classeur de reprise, which the import checks as ever.

One row of a table fills a youth and what follows them; rows of one youth may repeat, over several
sheets. Nothing is written here; what a person should see is told (``ConversionFaite``).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.echanges.reprise.alias import titre_nu
from app.echanges.reprise.cellules import SANS_RESULTAT, Codes, en_recit, en_texte
from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.connus import CodesNeufs, Connus, chercher
from app.echanges.reprise.contexte import ContexteDuFichier, Valeurs, cellule
from app.echanges.reprise.destinations import (
    LAISSER,
    LIEU,
    NOM_PRENOM,
    OBSERVER,
    PRENOM_NOM,
)
from app.echanges.reprise.feuilles import FEUILLES, PAR_TABLE
from app.echanges.reprise.lecture import ClasseurLu, Lecture, corriger, remplir
from app.echanges.reprise.personnes import (
    LigneDuFichier,
    Personne,
    nommer,
    reconnaitre,
    regrouper,
    reunir_les_connus,
)
from app.echanges.reprise.reconnaissance import FeuilleLue
from app.echanges.reprise.reunions import hacher_la_ligne
from app.echanges.reprise.suites import suites
from app.echanges.reprise.valeurs import mois_nomme, traduire
from app.regles.texte import accorder, plier

JAMAIS_REPRIS = ("nir", "n° securite sociale", "nationalite")
DITES = ("obs", "comm", "rem", "divers", "info", "note")
"""Headings of observations begin so: their text is kept without its heading."""
_ORIGINES = {
    "jeune.nom": ("nom_prenom", "prenom_nom"),
    "jeune.prenom": ("nom_prenom", "prenom_nom"),
    "jeune.lieu_accueil_code": ("lieu",),
    "jeune.etablissement_accueil": ("lieu",),
    "situation.couverture_complementaire_code": ("couverture",),
    "situation.couverture_base_code": ("couverture",),
    "frein.theme_code": ("freins",),
    "rencontre.le": ("tripartite", "entretien"),
}
"""Field → the special destinations that may have filled it."""


@dataclass
class Provenance:
    """From a cell of a converted row back to that of the file."""

    feuilles: list[FeuilleLue] = field(default_factory=list)
    debuts: list[int] = field(default_factory=list)
    """The number of the first row of each sheet, minus one."""
    lignes: dict[int, LigneDuFichier] = field(default_factory=dict)

    def numeroter(self, feuille: FeuilleLue) -> int:
        """What is added to Excel's number in this sheet: the sheets come one after another."""
        debut = 0
        if self.feuilles:
            derniere = self.feuilles[-1]
            fin = max([rang for rang, _ in derniere.lignes], default=derniere.rang_titres)
            debut = self.debuts[-1] + fin
        self.feuilles.append(feuille)
        self.debuts.append(debut)
        return debut

    def place(self, numero: int) -> tuple[str, int]:
        """Name of the sheet of the file and Excel's number of the row."""
        rang = max(bisect_right(self.debuts, numero - 1) - 1, 0)
        return self.feuilles[rang].nom, numero - self.debuts[rang]

    def colonne(self, numero: int, table: str, attribut: str) -> tuple[str, str] | None:
        """(heading, text) of the cell of the file behind that of a converted row."""
        ligne = self.lignes.get(numero)
        if ligne is None:
            return None
        champ = f"{table}.{attribut}"
        for destination in (champ, *_ORIGINES.get(champ, ())):
            if destination in ligne.cellules:
                titre, brut = ligne.cellules[destination]
                return titre, en_texte(brut)
            for autre, titre, brut in ligne.listees:
                if autre == destination:
                    return titre, en_texte(brut)
        return None


@dataclass
class ConversionFaite:
    """What a conversion did, for a person to see."""

    provenance: Provenance = field(default_factory=Provenance)
    personnes: list[Personne] = field(default_factory=list)
    separes: list[tuple[str, str, str]] = field(default_factory=list)
    """(as read, nom, prénom)."""
    traduits: dict[tuple[str, str], str] = field(default_factory=dict)
    sans_nom: list[tuple[str, int]] = field(default_factory=list)
    """(sheet, row) of the rows that name nobody."""


def convertir(
    feuilles: Iterable[FeuilleLue],
    choix: ChoixDuFichier,
    listes: Mapping[str, Codes],
    aujourd_hui: date,
    pour_de_bon: bool = False,
) -> tuple[ClasseurLu, ConversionFaite]:
    """The rows of the classeur de reprise that these sheets say.

    ``pour_de_bon``: the codes of the new records are those of the base, else words for a trial.
    """
    faite = ConversionFaite()
    lues = list(feuilles)
    contexte = ContexteDuFichier(
        listes, Connus(), CodesNeufs(pour_de_bon), aujourd_hui, aujourd_hui
    )
    contexte.le = jour_du_fichier(lues, choix, aujourd_hui)
    contexte.coordonnateur = choix.coordonnateur
    lignes: list[LigneDuFichier] = []
    for feuille in lues:
        lignes += _lignes(feuille, choix, contexte, faite)
    attendent, faite.personnes = _partager(regrouper(lignes, choix.jeunes), choix)
    reunies = _reunies(lignes, choix)
    contexte.connus = _chercher(faite.personnes, choix, reunies.values())
    for personne in faite.personnes:
        reconnaitre(personne, contexte.connus, choix.jeunes, reunies)
    faite.personnes = reunir_les_connus(faite.personnes)
    rangees: dict[str, list[tuple[int, Valeurs]]] = defaultdict(list)
    for personne in faite.personnes:
        if personne.connu is not None:
            personne.code = personne.connu.code
        personne.code = personne.code or contexte.codes.suivant("jeune")
        dites = suites(contexte, personne)
        rangees["jeune"].append((personne.premiere.numero, _jeune(contexte, personne, choix)))
        for numero, table, valeurs in dites:
            rangees[table].append((numero, {"jeune_id": personne.code, **valeurs}))
    faite.traduits = contexte.traduits
    classeur = _ecrire(rangees, lues, listes)
    classeur.en_attente = _lignes_en_attente(attendent, lues)
    classeur.avertissements += _dire(faite, contexte, lues)
    return classeur, faite


def _partager(
    personnes: Iterable[Personne], choix: ChoixDuFichier
) -> tuple[list[Personne], list[Personne]]:
    """Those to decide later, the others."""
    attendent: list[Personne] = []
    autres: list[Personne] = []
    for personne in personnes:
        attend = any(choix.attend(ligne.ou) for ligne in personne.lignes)
        (attendent if attend else autres).append(personne)
    return attendent, autres


def _lignes_en_attente(
    attendent: Iterable[Personne], feuilles: Iterable[FeuilleLue]
) -> dict[str, set[int]]:
    """The rows of those to decide later, under the headings of all the sheets that were read."""
    gardees: dict[str, set[int]] = defaultdict(set)
    for personne in attendent:
        for ligne in personne.lignes:
            gardees[plier(ligne.feuille.onglet)].add(ligne.rang)
    for feuille in feuilles:
        if feuille.onglet and plier(feuille.onglet) in gardees:
            gardees[plier(feuille.onglet)] |= feuille.entete
    return gardees


def jour_du_fichier(
    feuilles: Iterable[FeuilleLue], choix: ChoixDuFichier, aujourd_hui: date
) -> date:
    """The day of what is said without a date: the choice, the month that a title names, today."""
    if choix.le:
        return min(date.fromisoformat(choix.le), aujourd_hui)
    nommes = [mois for feuille in feuilles if (mois := mois_nomme(feuille.contexte))]
    return min([*nommes[:1], aujourd_hui])


def _lignes(
    feuille: FeuilleLue, choix: ChoixDuFichier, contexte: ContexteDuFichier, faite: ConversionFaite
) -> list[LigneDuFichier]:
    """The rows of a sheet that are about somebody, corrected, their cells by destination."""
    debut = faite.provenance.numeroter(feuille)
    corrections = choix.corrections_de(feuille.nom, [(c.place, c.titre) for c in feuille.colonnes])
    lignes = []
    for rang, cellules in feuille.lignes:
        if choix.sans_lignes_cachees and rang in feuille.cachees:
            continue
        if corrections:
            cellules = corriger(corrections, rang, cellules)
        ligne = LigneDuFichier(feuille, rang, debut + rang)
        _ranger(ligne, cellules, feuille)
        if ensemble := nommer(ligne):
            faite.separes.append((ensemble, ligne.nom, ligne.prenom))
        ligne.naissance = contexte.date_de(ligne, "jeune.date_naissance")
        if not ligne.code and not ligne.mots:
            faite.sans_nom.append((feuille.nom, rang))
            continue
        faite.provenance.lignes[ligne.numero] = ligne
        lignes.append(ligne)
    return lignes


def _ranger(ligne: LigneDuFichier, cellules: list[Any], feuille: FeuilleLue) -> None:
    for colonne in feuille.colonnes:
        brut = cellules[colonne.place] if colonne.place < len(cellules) else ""
        commentaire = feuille.commentaires.get((ligne.rang, colonne.place))
        if commentaire and colonne.destination is not LAISSER:
            ligne.restes.append(f"Commentaire sur {colonne.titre} : {commentaire}")
        texte = en_texte(brut)
        if not texte or colonne.destination is LAISSER:
            continue
        if isinstance(brut, SANS_RESULTAT) and colonne.destination.champ is None:
            ligne.sans_resultat.append(colonne.titre)
            if colonne.destination not in (NOM_PRENOM, PRENOM_NOM):
                continue
        if colonne.destination is OBSERVER:
            if titre_nu(colonne.titre).startswith(DITES):
                ligne.restes += [dit for dit in en_recit(brut).split("\n") if dit]
            else:
                ligne.restes.append(f"{colonne.titre} : {texte}")
        elif colonne.destination.plusieurs:
            ligne.listees.append((colonne.destination.code, colonne.titre, brut))
        else:
            ligne.cellules[colonne.destination.code] = (colonne.titre, brut)


def _reunies(lignes: Iterable[LigneDuFichier], choix: ChoixDuFichier) -> dict[str, str]:
    """« sheet!row » → code of the youth whom a person said, of a former file, that it is about."""
    reunies = {}
    if choix.reunis:
        for ligne in lignes:
            codes = (choix.reunis.get(dit) for dit in hacher_la_ligne(ligne))
            if code := next(filter(None, codes), None):
                reunies[ligne.ou] = code
    return reunies


def _chercher(
    personnes: Iterable[Personne], choix: ChoixDuFichier, reunies: Iterable[str]
) -> Connus:
    codes = {plier(dit.rpartition(":")[2]) for dit in choix.jeunes.values() if ":" in dit}
    codes |= {plier(code) for code in reunies}
    naissances: set[date] = set()
    noms: set[str] = set()
    for personne in personnes:
        for ligne in personne.lignes:
            if ligne.code:
                codes.add(plier(ligne.code))
            if ligne.naissance:
                naissances.add(ligne.naissance)
            elif ligne.mots:
                noms.add(plier(f"{ligne.nom} {ligne.prenom}"))
    return chercher(codes, naissances, noms)


def _jeune(contexte: ContexteDuFichier, personne: Personne, choix: ChoixDuFichier) -> Valeurs:
    """The row of the sheet « Jeunes »: the first cell that says something, for each field."""
    valeurs: Valeurs = {"code": personne.code}
    nouveau = personne.connu is None
    if nouveau:
        valeurs |= {"nom": personne.premiere.nom, "prenom": personne.premiere.prenom}
    for ligne in personne.lignes:
        for attribut, lue in _du_jeune(contexte, ligne).items():
            if attribut in valeurs and en_texte(valeurs[attribut]) != en_texte(lue):
                titre = ligne.cellules.get(f"jeune.{attribut}", (attribut, ""))[0]
                ligne.restes.append(f"{titre} : {en_texte(lue)}")
            valeurs.setdefault(attribut, lue)
        if nouveau and "mds_id" not in valeurs:
            valeurs["mds_id"] = traduire("mds", ligne.feuille.nom) or _mds_nommee(contexte, ligne)
    if nouveau:
        valeurs["mds_id"] = valeurs.get("mds_id") or choix.mds
    elif personne.trouve_par != "code":
        valeurs.pop("date_naissance", None)
    restes = dict.fromkeys(reste for ligne in personne.lignes for reste in ligne.restes)
    if restes:
        valeurs["observations"] = "\n".join(restes)
    return valeurs


def _mds_nommee(contexte: ContexteDuFichier, ligne: LigneDuFichier) -> str:
    """The MDS whose name is that of the sheet."""
    champ = PAR_TABLE["jeune"].par_attribut["mds_id"]
    return ligne.feuille.nom if contexte.lisible(champ, ligne.feuille.nom) else ""


def _du_jeune(contexte: ContexteDuFichier, ligne: LigneDuFichier) -> Valeurs:
    valeurs: Valeurs = {}
    for destination in ligne.cellules:
        table, _, attribut = destination.partition(".")
        if table != "jeune" or attribut in ("code", "nom", "prenom"):
            continue
        lue = cellule(contexte, ligne, destination)
        if lue != "":
            valeurs[attribut] = lue
    return valeurs | _lieu(contexte, ligne)


def _lieu(contexte: ContexteDuFichier, ligne: LigneDuFichier) -> Valeurs:
    """« MECS les Tilleuls » → the type, and the whole text as the name of the place."""
    if LIEU.code not in ligne.cellules:
        return {}
    titre, brut = ligne.cellules[LIEU.code]
    texte = en_texte(brut)
    champ = PAR_TABLE["jeune"].par_attribut["lieu_accueil_code"]
    mots = texte.split()
    for nombre in range(len(mots), 0, -1):
        debut = " ".join(mots[:nombre])
        code = debut if contexte.lisible(champ, debut) else traduire("lieu_accueil", debut)
        if code is None:
            continue
        contexte.traduits[titre, debut] = contexte.listes["lieu_accueil"].libelle(code)
        if nombre == len(mots):
            return {"lieu_accueil_code": code}
        return {"lieu_accueil_code": code, "etablissement_accueil": texte}
    return {"etablissement_accueil": texte}


def _ecrire(
    rangees: Mapping[str, list[tuple[int, Valeurs]]],
    feuilles: Iterable[FeuilleLue],
    listes: Mapping[str, Codes],
) -> ClasseurLu:
    """The rows read as those of the sheets of the classeur de reprise."""
    dites = {colonne.destination.code for f in feuilles for colonne in f.colonnes}
    classeur = ClasseurLu()
    for feuille in FEUILLES:
        lignes = rangees.get(feuille.table)
        if not lignes:
            continue
        presents = {attribut for _, valeurs in lignes for attribut in valeurs}
        lecture = Lecture(feuille, [c for c in feuille.champs if c.attribut in presents])
        lecture.effacables = {
            c.attribut for c in lecture.champs if f"{feuille.table}.{c.attribut}" in dites
        }
        lecture.requis_si_nouveau = True
        if feuille.table == "jeune":
            lecture.cumules = {"observations"}
        attributs = [c.attribut for c in lecture.champs]
        cellules = (
            (numero, [valeurs.get(attribut, "") for attribut in attributs])
            for numero, valeurs in lignes
        )
        classeur.lectures[feuille.table] = lecture
        remplir(lecture, [*range(len(attributs))], cellules, listes, classeur)
    return classeur


def _dire(
    faite: ConversionFaite, contexte: ContexteDuFichier, feuilles: list[FeuilleLue]
) -> list[str]:
    """What was understood, set aside or assumed, in sentences."""
    dites = []
    for feuille in feuilles:
        if feuille.sautees:
            lues = "; ".join(f"ligne {rang} : {dit[:80]}" for rang, dit in feuille.sautees[:6])
            dites.append(f"Feuille « {feuille.nom} », titres et totaux laissés de côté – {lues}.")
    if faite.sans_nom:
        ou = ", ".join(f"« {nom} » ligne {rang}" for nom, rang in faite.sans_nom[:10])
        dit = accorder(len(faite.sans_nom), "ligne ne nomme", "lignes ne nomment")
        dites.append(f"{dit} personne, et reste de côté ({ou}).")
    if perdues := [li for li in faite.provenance.lignes.values() if li.sans_resultat]:
        ou = ", ".join(f"« {li.sans_resultat[0]} » ligne {li.rang}" for li in perdues[:10])
        dit = accorder(len(perdues), "ligne a", "lignes ont")
        dites.append(
            f"{dit} une formule sans résultat, qui n’est pas reprise ({ou}) : ouvrez le fichier"
            " dans un tableur et enregistrez-le."
        )
    if contexte.sans_debut:
        dit = accorder(contexte.sans_debut, "fiche", "fiches")
        dites.append(
            f"{dit} sans date de début : au plus tard le {contexte.le:%d/%m/%Y}, jour de ce"
            " tableau."
        )
    if contexte.mesures_finies:
        dites.append(
            f"Fins de mesure passées, prises comme fins réelles : {contexte.mesures_finies} (un"
            " motif de fin est donné, ou une autre mesure suit)."
        )
    if contexte.sejours_ouverts:
        dites.append(
            "Aucune colonne ne donne le début de l’accompagnement : celui du rendez-vous tripartite"
            f" ou de la prise de contact ({contexte.sejours_ouverts})."
        )
    return dites
