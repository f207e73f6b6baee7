"""A workbook sent from a screen: kept in the base, read, shown to its author, then applied, dropped
or undone.

A short one is treated in the request, and committed with it; a long one by the queue. The record of
the import says what came of it, that of the work how far it is and why it stopped; both change in
the transaction that writes the rows, so that a death leaves all of it or nothing.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import current_app
from sqlalchemy import Row, func, select
from werkzeug.datastructures import FileStorage

from app import acces, fichiers
from app.echanges.formats.examen import ClasseurRefuse, Limites
from app.echanges.reprise import annulation, application
from app.echanges.reprise.annulation import AnnulationRefusee
from app.echanges.reprise.application import (
    ConflitEcriture,
    ImportInterdit,
    OptionsDImport,
)
from app.echanges.reprise.attente import choix_de_l_attente
from app.echanges.reprise.choix import AUTRE, PLUS_TARD, ChoixDuFichier, Correction
from app.echanges.reprise.fichier import ColonnesADecider
from app.echanges.reprise.lecture import ColonnesRefusees, rien
from app.echanges.reprise.rapport import Changement, RapportDImport, grouper, reunions_dites
from app.echanges.reprise.ressemblances import Ressemblance
from app.echanges.reprise.reunions import hacher
from app.extensions import db
from app.journal import OPERATIONS, noms_des_auteurs
from app.models import Importation, Jeune, Travail, catalogue, traitements
from app.models.travail import ATTEND, EN_COURS
from app.regles.heures import moment
from app.regles.texte import minuscule, plier
from app.travaux import colonnes, file
from app.travaux.taches import Avancer, tache

EN_TRAVAIL = ("examen", "application")
A_DECIDER = ("colonnes", "examinee")
"""It waits for a person: for what its columns are, or to be applied."""
SUFFIXES = (".xlsx", ".xlsm", ".ods", ".csv", ".txt", ".tsv")
USAGE = "import"
LIGNES_IMMEDIATES = 1000
"""A workbook of so many rows at most is read, written or undone at once, in under two seconds."""
OCTETS_IMMEDIATS = 200_000
CASES_IMMEDIATES = 200_000
"""Its size and the cells of a sheet: a page never holds more of a workbook than that."""
DETAILS = 500
"""Refusals, created rows and changed cells that the page shows."""
DOUBLONS = 200
"""Youths who look like another that the page shows."""
LIGNES_DEPUIS = 50
"""Lines of the audit log shown when an import cannot be undone."""
VERROU_DU_COMPTE = 741_524
UN_A_LA_FOIS = threading.Lock()
"""A large workbook takes hundreds of megabytes while it is read: one at a time for each worker."""
EN_ATTENTE = traitements.ATTENTE_D_UNE_DECISION
"""How long the rows of a youth to decide later are kept."""
FICHIER_PARTI = "Le fichier n’est plus là : envoyez-le à nouveau."


class DejaEnCours(Exception):
    """The person's former workbook is still being read or written."""


def deposer(envoi: FileStorage) -> int:
    """Keep the workbook, read it or have it read; the number of the import.

    One at a time for each person: raises DejaEnCours.
    """
    compte = int(acces.contexte().acteur)
    db.session.execute(select(func.pg_advisory_xact_lock(VERROU_DU_COMPTE, compte)))
    if _lit_ou_ecrit(compte):
        raise DejaEnCours
    nom = " ".join((envoi.filename or "classeur.xlsx").replace("\0", "").split())[-300:]
    importation = Importation(compte_id=compte, fichier=nom, statut="examen")
    db.session.add(importation)
    db.session.flush()
    contenu = envoi.read()
    fichiers.deposer(USAGE, importation.id, contenu)
    choix = ChoixDuFichier(fait=False, reunis=colonnes.reunions_retenues())
    importation.choix = choix.en_json()
    _examiner(importation, contenu)
    numero = importation.id
    db.session.commit()
    return numero


def choisir(numero: int, choix: ChoixDuFichier) -> bool:
    """Look at the file again with what the person decided of it; False: it waits for nothing."""
    importation = _tenir(numero)
    if importation.statut not in A_DECIDER:
        db.session.rollback()
        return False
    contenu = fichiers.lire_fichier(USAGE, numero)
    importation.choix = choix.en_json()
    if contenu is None:
        _refuser(importation, FICHIER_PARTI)
    else:
        if choix.attentes:
            fichiers.oublier(USAGE, numero)
            fichiers.deposer(USAGE, numero, contenu, EN_ATTENTE)
        importation.statut = "examen"
        _examiner(importation, contenu)
    db.session.commit()
    return True


def corriger(numero: int, corrections: Iterable[Correction]) -> bool:
    """Look at the file again with these values read instead; they are kept with its columns."""
    choix = _choix_de(db.session.get_one(Importation, numero))
    for correction in corrections:
        choix.corriger(correction)
    colonnes.retenir_les_mots(choix)
    return choisir(numero, choix)


def vider(numero: int, effacer: bool) -> bool:
    """Say whether an empty cell erases what the base has."""
    choix = _choix_de(db.session.get_one(Importation, numero))
    choix.effacer = effacer
    return choisir(numero, choix)


def decider(numero: int, ou: str, reponse: str) -> bool:
    """Say of a new youth, named by the place of their row, whether they are the one they look like,
    or that it is decided later.

    In a classeur de reprise, the rows that follow them take the code of that one.
    """
    importation = db.session.get_one(Importation, numero)
    choix = _choix_de(importation)
    doublons = [*(importation.rapport or {}).get("doublons", []), *choix.attentes.values()]
    doublon = next((d for d in doublons if d["ou"] == ou), None)
    if doublon is None or reponse not in (AUTRE, PLUS_TARD, doublon["meme"]):
        return False
    choix.decider(ou, reponse, doublon)
    if reponse == doublon["meme"] and not choix.colonnes:
        choix.reunis[hacher(plier(doublon["code"]))] = doublon["autre_code"]
    return choisir(numero, choix)


def _examiner(importation: Importation, contenu: bytes) -> None:
    options = OptionsDImport(True, False, DETAILS, choix=_choix_de(importation))
    if not _importer_tout_de_suite(importation, contenu, options):
        _demander(importation, "import_examen")


def _choix_de(importation: Importation) -> ChoixDuFichier:
    return ChoixDuFichier.de_json(importation.choix)


def appliquer(numero: int, garder_les_bonnes: bool) -> bool:
    """Write, or have written; False when it is not to be done (already started, dropped, applied).

    A short one goes to the queue too while another import is being written.
    """
    importation = _tenir(numero)
    if importation.statut != "examinee":
        db.session.rollback()
        return False
    importation.statut = "application"
    contenu = fichiers.lire_fichier(USAGE, numero)
    choix = _choix_de(importation)
    options = OptionsDImport(False, garder_les_bonnes, DETAILS, numero, choix)
    if contenu is None:
        _refuser(importation, FICHIER_PARTI)
    elif not (_rien_ne_s_ecrit() and _importer_tout_de_suite(importation, contenu, options)):
        _demander(importation, "import_application", garder=garder_les_bonnes)
    db.session.commit()
    return True


def annuler(numero: int, *, reste: bool = False) -> bool:
    """Undo the import, or have it undone (False); ``reste``: all but what was changed since.

    Raises AnnulationRefusee.
    """
    importation = _tenir(numero)
    rapport = importation.rapport or {}
    court = rapport.get("crees", 0) + rapport.get("modifies", 0) <= LIGNES_IMMEDIATES
    try:
        if est_en_route(importation):
            raise AnnulationRefusee("Un travail est déjà en cours sur cet import.")
        if court and _rien_ne_s_ecrit():
            annulation.defaire(numero, reste=reste)
        else:
            _demander(importation, "import_annulation", reste=reste)
        fait = importation.statut == "annulee"
        db.session.commit()
    finally:
        db.session.rollback()
    return fait


def recommencer(numero: int) -> bool:
    """Take up again what stopped; False when nothing did."""
    importation = _tenir(numero)
    if not est_arrete(importation):
        db.session.rollback()
        return False
    garder = bool(importation.travail and importation.travail.demande.get("garder"))
    _demander(importation, f"import_{importation.statut}", garder=garder)
    db.session.commit()
    return True


def abandonner(numero: int) -> bool:
    """Give up what waits or runs, forget the workbook; False when all was done already."""
    importation = _tenir(numero)
    travail = importation.travail
    abandonne = travail is not None and file.abandonner(travail)
    if importation.statut in ("illisible", *A_DECIDER, *EN_TRAVAIL):
        importation.statut = "abandonnee"
        importation.rapport = None
        importation.choix = None
        fichiers.oublier(USAGE, numero)
        abandonne = True
    db.session.commit()
    return abandonne


def est_en_route(importation: Importation) -> bool:
    """It waits for the queue, or the queue works on it."""
    travail = importation.travail
    return travail is not None and travail.attend_ou_court


def est_arrete(importation: Importation) -> bool:
    """It was to be read or written, and nothing does it any more."""
    return importation.statut in EN_TRAVAIL and not est_en_route(importation)


# What the queue does ----------------------------------------------------------------------------


@tache("import_examen", "Vérification d’un classeur")
def examiner(travail: Travail, avancer: Avancer, dossier: Path) -> None:
    _importer_en_file(travail, OptionsDImport(True, False, DETAILS), avancer)


@tache("import_application", "Import d’un classeur")
def ecrire(travail: Travail, avancer: Avancer, dossier: Path) -> None:
    numero = travail.demande["importation"]
    options = OptionsDImport(False, bool(travail.demande.get("garder")), DETAILS, numero)
    _importer_en_file(travail, options, avancer)


@tache("import_annulation", "Annulation d’un import")
def defaire(travail: Travail, avancer: Avancer, dossier: Path) -> None:
    """Undo; what forbids it is said on the page of the import."""
    numero = travail.demande["importation"]
    try:
        annulation.defaire(numero, reste=bool(travail.demande.get("reste")))
    except AnnulationRefusee as refus:
        importation = db.session.get_one(Importation, numero)
        importation.rapport = (importation.rapport or {}) | {
            "message": str(refus),
            "depuis": dire_depuis(refus.lignes),
        }


def dire_depuis(changes: Sequence[Row[Any]]) -> list[str]:
    """What was done since, as sentences: when, who, what, to which record of which youth."""
    lignes = changes[:LIGNES_DEPUIS]
    noms = noms_des_auteurs(ligne.login for ligne in lignes)
    jeunes = noms_des_jeunes(ligne.jeune_id for ligne in lignes)
    declarees = {table: classe.declaration for table, classe in catalogue.noms().items()}
    phrases = []
    for ligne in lignes:
        qui = ligne.login or "une commande"
        if ligne.login in noms:
            qui = " ".join(noms[ligne.login])
        quoi = minuscule(OPERATIONS.get(ligne.operation, ligne.operation))
        fiche = ligne.table_nom
        if fiche in declarees:
            fiche = minuscule(declarees[fiche].libelle)
        de_qui = ligne.cle
        if ligne.jeune_id in jeunes:
            de_qui = jeunes[ligne.jeune_id]
            if ligne.table_nom != "jeune":
                de_qui = f"de {de_qui}"
        phrases.append(f"{moment(ligne.le)}, {qui} : {quoi} ({fiche} {de_qui})")
    return phrases


def noms_des_jeunes(numeros: Iterable[int | None]) -> dict[int, str]:
    """« Zoé Petit (D00012) », of those that the person reads."""
    cherches = {numero for numero in numeros if numero is not None}
    lus = select(Jeune.id, Jeune.prenom, Jeune.nom, Jeune.code).where(Jeune.id.in_(cherches))
    return {j.id: f"{j.prenom} {j.nom} ({j.code})" for j in db.session.execute(lus)}


def _importer_en_file(travail: Travail, options: OptionsDImport, avancer: Avancer) -> None:
    numero = travail.demande["importation"]
    importation = db.session.get(Importation, numero)
    if importation is None or importation.statut not in EN_TRAVAIL:
        return
    contenu = fichiers.lire_fichier(USAGE, numero)
    if contenu is None:
        _refuser(importation, FICHIER_PARTI)
        return
    options = replace(options, choix=_choix_de(importation))
    db.session.rollback()  # no transaction stays open while the workbook is read
    reglages = current_app.config
    limites = Limites(
        reglages["IMPORT_OCTETS_ECRAN"],
        reglages["IMPORT_LIGNES"],
        reglages["IMPORT_COLONNES"],
        reglages["IMPORT_CASES_ECRAN"],
    )

    def dire(etape: str, fait: int, total: int) -> None:
        avancer(fait, total, etape)

    with UN_A_LA_FOIS:
        try:
            _importer(importation, contenu, Reglages(limites, options, dire))
        except ClasseurRefuse as refus:
            _refuser(importation, str(refus))


# The work itself, in the transaction of the caller ----------------------------------------------


@dataclass(frozen=True)
class Reglages:
    """How a workbook is imported: how much of it is accepted, what is written, who is told."""

    limites: Limites
    options: OptionsDImport
    avancer: Callable[[str, int, int], None] = rien


def _importer_tout_de_suite(
    importation: Importation, contenu: bytes, options: OptionsDImport
) -> bool:
    """Import a short workbook; False: it is too long, or cannot be read, and the queue will say."""
    colonnes = current_app.config["IMPORT_COLONNES"]
    octets = min(OCTETS_IMMEDIATS, current_app.config["IMPORT_OCTETS_ECRAN"])
    limites = Limites(octets, LIGNES_IMMEDIATES, colonnes, CASES_IMMEDIATES)
    try:
        _importer(importation, contenu, Reglages(limites, options))
    except ClasseurRefuse:
        return False
    return True


def _importer(importation: Importation, contenu: bytes, reglages: Reglages) -> None:
    """Read, and write unless it is a trial; the record of the import says what came of it.

    Raises ClasseurRefuse.
    """
    acteur = acces.contexte().acteur
    essai = reglages.options.essai
    try:
        with TemporaryDirectory() as dossier, acces.acteur(acteur, canal="import"):
            chemin = Path(dossier) / f"classeur{_suffixe(importation.fichier)}"
            chemin.write_bytes(contenu)
            rapport = application.executer(
                chemin, reglages.limites, reglages.options, reglages.avancer
            )
    except ImportInterdit as refus:
        _refuser(importation, str(refus))
    except ColonnesRefusees as refus:
        importation.statut = "colonnes"
        importation.rapport = (importation.rapport or {}) | {"message": str(refus)}
    except ColonnesADecider as question:
        importation.statut = "colonnes"
        choix = colonnes.proposer(question)
        choix.reunis = reglages.options.choix.reunis
        importation.choix = choix.en_json()
        importation.rapport = colonnes.en_json(question)
    except ConflitEcriture as refus:
        importation.statut = "examinee"
        importation.rapport = (importation.rapport or {}) | {"message": str(refus)}
    else:
        if essai or rapport.importation is None:
            importation.statut = "examinee"
            importation.rapport = _en_json(rapport)
        else:
            fichiers.oublier(USAGE, importation.id)
            importation.rapport = _en_json(rapport) | {
                "nouveautes": [],
                "changements": [],
                "pertes": [],
            }
            colonnes.retenir_les_reunions(reunions_dites(reglages.options.choix, rapport))
            if rapport.attente:
                suite = _laisser_en_attente(importation, rapport, reglages)
                importation.rapport = importation.rapport | {"suite": suite}
            importation.choix = None


def _laisser_en_attente(
    importation: Importation, rapport: RapportDImport, reglages: Reglages
) -> int:
    """Keep apart the rows of the youths to decide later; the number of the import that they make.

    It is read like any other file, and waits for longer.
    """
    choix = choix_de_l_attente(reglages.options.choix, rapport.codes)
    suite = Importation(
        compte_id=importation.compte_id,
        fichier=importation.fichier,
        statut="examen",
        choix=choix.en_json(),
    )
    db.session.add(suite)
    db.session.flush()
    fichiers.deposer(USAGE, suite.id, rapport.attente, EN_ATTENTE)
    essai = OptionsDImport(True, False, DETAILS, choix=choix)
    _importer(suite, rapport.attente, Reglages(reglages.limites, essai))
    return suite.id


def _suffixe(nom: str) -> str:
    """The end of the name of a file, when it says how to read it."""
    suffixe = Path(nom).suffix.lower()
    return suffixe if suffixe in SUFFIXES else ".xlsx"


def _refuser(importation: Importation, raison: str) -> None:
    fichiers.oublier(USAGE, importation.id)
    importation.statut = "illisible"
    importation.rapport = {"message": raison}


def _demander(importation: Importation, genre: str, **demande: Any) -> None:
    """Put the work in the queue, in the current transaction."""
    titre = f"{TITRES[genre]} : {importation.fichier}"
    importation.travail = file.demander(genre, titre, {"importation": importation.id, **demande})


TITRES = {
    "import_examen": "Vérification du classeur",
    "import_application": "Import du classeur",
    "import_annulation": "Annulation de l’import",
}


def _tenir(numero: int) -> Importation:
    """The import, which nobody else changes until the end of the transaction."""
    return db.session.scalars(
        select(Importation)
        .where(Importation.id == numero)
        .with_for_update(of=Importation)
        .execution_options(populate_existing=True)
    ).one()


def _lit_ou_ecrit(compte: int) -> bool:
    en_route = (
        select(Importation.id)
        .join(Travail, Travail.id == Importation.travail_id)
        .where(Importation.compte_id == compte, Travail.statut.in_((ATTEND, EN_COURS)))
    )
    return db.session.scalar(en_route.limit(1)) is not None


def _rien_ne_s_ecrit() -> bool:
    """Whether no other import is being written; none will be until the end of the transaction."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(application.VERROU))))


def _en_json(rapport: RapportDImport) -> dict[str, Any]:
    """The report as the page shows it: rows of cells, for JSON in the base forgets their order."""
    return {
        "crees": rapport.crees,
        "modifies": rapport.modifies,
        "inchanges": rapport.inchanges,
        "gardees": rapport.gardees,
        "nombre_refus": len(rapport.refus),
        "avertissements": rapport.dits,
        "doublons": [_doublon(rapport, r) for r in rapport.ressemblances[:DOUBLONS]],
        "groupes": [asdict(groupe) for groupe in grouper(rapport)],
        "changements": [_dans_le_fichier(rapport, c) for c in rapport.changements],
        "pertes": [_dans_le_fichier(rapport, c) for c in rapport.pertes],
        "nouveautes": [
            (feuille, rapport.place(feuille, ligne)[1], fiche)
            for feuille, ligne, fiche in rapport.nouveautes
        ],
        **colonnes.conversion_en_json(rapport.conversion),
    }


def _doublon(rapport: RapportDImport, r: Ressemblance) -> dict[str, str]:
    """Two youths side by side, and the answers that the page offers."""
    feuille, ligne = rapport.place("Jeunes", r.nouveau.numero)
    autre_ou = r.autre.ou
    if r.autre.numero:
        autre_ou = "« {} », ligne {}".format(*rapport.place("Jeunes", r.autre.numero))
    return {
        "ou": rapport.ou(r.nouveau.numero),
        "qui": r.nouveau.qui,
        "place": f"« {feuille} », ligne {ligne}",
        "dit": r.nouveau.dit,
        "code": r.nouveau.code,
        "autre": r.autre.qui,
        "autre_place": autre_ou,
        "autre_dit": r.autre.dit,
        "autre_code": r.autre.code,
        "naissance": f"{r.naissance:%d/%m/%Y}",
        "meme": rapport.designer(r.autre),
    }


def _dans_le_fichier(rapport: RapportDImport, c: Changement) -> tuple[str, int, str, str, str, str]:
    """The line of the page about a cell that changes, its row being that of the file."""
    return c.feuille, rapport.place(c.feuille, c.ligne)[1], c.fiche, c.colonne, c.avant, c.apres
