"""A workbook is looked over before any library opens it.

Size, zip bombs, endless sheets, XML traps.

Everything is read as a stream: what is refused is refused early, and never held in memory. Nothing
is extracted.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

OCTETS_DEPLIES = 1_500_000_000
"""All the parts of a workbook once inflated; a full one of a million rows holds about half of it.
"""
OCTETS_PARTIE_ANNEXE = 300_000_000
"""The texts (shared strings) or any part that is not a sheet: they are the ones held whole in
memory."""
RAPPORT_MAXIMAL = 100
RAPPORT_A_PARTIR_DE = 8_000_000
"""Sheets shrink 5 to 30 times; beyond 100 times, on more than 8 MB, the file is made to swell."""
PARTIES_MAXIMALES = 5000
COLONNES_ANNONCEES = 1024
"""Cells that are only coloured, or a « dimension » too wide, are common up to there (old
LibreOffice) and harmless."""
CASES_VIDES = 2_000_000
"""A lone cell far below the others would make the library hold every empty cell between."""
FORMULES_RETENUES = 10_000
LONGUEUR_RETENUE = 200
MORCEAU = 256 * 1024
BALISE_MAXIMALE = 4 * MORCEAU
"""The XML reader reads a tag or a comment again from its start at each piece, until it ends:
minutes, for 200 MB of it."""
TEXTES_PAR_OCTET = 5
"""The texts once inflated, for the size accepted: real ones shrink less; many tiny ones would fill
the memory."""


ABIME = "Le fichier est abîmé ou n’est pas un classeur Excel (.xlsx)."
TROP_DE_TEXTE = (
    "Le fichier contient trop de texte pour être lu d’un coup. Découpez-le en plusieurs classeurs."
)


class ClasseurRefuse(Exception):
    """The file cannot be used at all: not a workbook, damaged, too big, or booby-trapped.

    The message is for the user.
    """


@dataclass(frozen=True)
class Limites:
    """What is accepted; the screens and the command line differ by the size."""

    octets: int
    lignes: int
    colonnes: int
    cases: int | None = None
    """Cells of a sheet, the empty ones between them included: the library holds them all."""


@dataclass
class FeuilleExaminee:
    """What was found in one sheet: its rows with content, the cells that would be lost."""

    nom: str
    lignes: int = 0
    partie: str = ""
    """The name of the part of the file that holds it, folded."""
    particulieres: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column), from 1, of errors (#N/A) and of formulas never computed → as read."""


def examiner(chemin: Path, limites: Limites) -> dict[str, FeuilleExaminee]:
    """The sheets of the workbook, by title, once the whole file is known to be harmless.

    Raises ClasseurRefuse.
    """
    verifier_la_taille(chemin, limites)
    with chemin.open("rb") as flux:
        _reconnaitre(flux.read(8))
    try:
        with zipfile.ZipFile(chemin) as archive:
            parties = _parties(archive)
            _refuser_les_autres_formats(parties)
            feuilles = _feuilles(archive, parties)
            for nom in parties.keys() - set(feuilles.values()):
                _verifier_partie(archive, parties[nom], limites)
            total = 0
            examinees: dict[str, FeuilleExaminee] = {}
            for titre, nom in feuilles.items():
                examinee = _examiner_feuille(archive, parties[nom], titre, limites, total)
                examinee.partie = nom
                examinees[titre] = examinee
                total += examinee.lignes
            return examinees
    except expat.ExpatError as erreur:
        raise ClasseurRefuse(
            "Le fichier est abîmé : une de ses parties n’est pas lisible. Enregistrez-le à nouveau."
        ) from erreur
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        struct.error,
    ) as erreur:
        raise ClasseurRefuse(ABIME) from erreur


def verifier_la_taille(chemin: Path, limites: Limites) -> None:
    taille = chemin.stat().st_size
    if taille > limites.octets:
        raise ClasseurRefuse(
            f"Le fichier pèse {taille / 1e6:.0f} Mo ; la limite est de"
            f" {limites.octets / 1e6:.0f} Mo. Découpez-le en plusieurs classeurs."
        )


def est_un_ods(chemin: Path) -> bool:
    """A workbook of LibreOffice, whatever its name says."""
    try:
        with zipfile.ZipFile(chemin) as archive:
            noms = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return {"mimetype", "content.xml"} <= noms and "xl/workbook.xml" not in noms


def verifier_l_archive(chemin: Path) -> None:
    """Of a workbook of LibreOffice: no part is locked, nor made to swell. Raises ClasseurRefuse."""
    try:
        with zipfile.ZipFile(chemin) as archive:
            _parties(archive)
    except (zipfile.BadZipFile, ValueError, OSError) as erreur:
        raise ClasseurRefuse(ABIME) from erreur


def _reconnaitre(debut: bytes) -> None:
    if debut == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ClasseurRefuse(
            "Ce fichier est un ancien classeur (.xls) ou un classeur protégé par un mot de passe. "
            "Ouvrez-le, retirez le mot de passe s’il y en a un, puis enregistrez-le au format"
            " .xlsx."
        )
    if not debut.startswith(b"PK"):
        raise ClasseurRefuse(
            "Ce fichier n’est pas un classeur Excel (.xlsx). Enregistrez-le au format « Classeur"
            " Excel (.xlsx) »."
        )


def _parties(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by their folded name, none twice: two readers must not see two different files."""
    infos = archive.infolist()
    if len(infos) > PARTIES_MAXIMALES:
        raise ClasseurRefuse("Le fichier contient trop de parties pour un classeur.")
    _refuser_ce_qui_gonfle(infos)
    parties = {info.filename.replace("\\", "/").lstrip("/").casefold(): info for info in infos}
    if len(parties) != len(infos):
        raise ClasseurRefuse(
            "Le fichier contient deux fois la même partie : ce n’est pas un classeur ordinaire."
        )
    if any(info.flag_bits & 1 for info in infos):
        raise ClasseurRefuse(
            "Ce fichier est protégé par un mot de passe. Retirez-le, puis recommencez."
        )
    for nom, info in parties.items():
        if info.file_size > OCTETS_PARTIE_ANNEXE and not nom.startswith("xl/worksheets/"):
            raise ClasseurRefuse(TROP_DE_TEXTE)
    return parties


def _refuser_ce_qui_gonfle(infos: list[zipfile.ZipInfo]) -> None:
    """A file, or a part of it, that would take far more room once inflated."""
    deplie = sum(info.file_size for info in infos)
    compresse = sum(info.compress_size for info in infos)
    tailles = [(deplie, compresse), *((info.file_size, info.compress_size) for info in infos)]
    demesure = any(
        grand > RAPPORT_A_PARTIR_DE and grand > RAPPORT_MAXIMAL * max(petit, 1)
        for grand, petit in tailles
    )
    if deplie > OCTETS_DEPLIES or demesure:
        raise ClasseurRefuse(
            f"Une fois déplié, le fichier occuperait {deplie / 1e6:.0f} Mo : il est refusé sans"
            " être ouvert."
        )


def _refuser_les_autres_formats(parties: dict[str, zipfile.ZipInfo]) -> None:
    if "xl/workbook.bin" in parties:
        raise ClasseurRefuse(
            "Ce fichier est un classeur binaire (.xlsb). Enregistrez-le au format « Classeur"
            " Excel (.xlsx) »."
        )
    if "xl/workbook.xml" not in parties:
        raise ClasseurRefuse("Ce fichier n’est pas un classeur Excel (.xlsx).")


def _parcourir(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    debut: Callable[[str, dict[str, str]], None] | None = None,
    texte: Callable[[str], None] | None = None,
) -> None:
    """Run a part through the XML reader; a document type (where entities hide) is refused."""
    lecteur = expat.ParserCreate()
    lecteur.buffer_text = True
    lecteur.StartDoctypeDeclHandler = _refuser_doctype
    lecteur.StartElementHandler = debut
    lecteur.CharacterDataHandler = texte
    lus = 0
    with archive.open(info) as flux:
        while morceau := flux.read(MORCEAU):
            lecteur.Parse(morceau)
            lus += len(morceau)
            if lus - lecteur.CurrentByteIndex > BALISE_MAXIMALE:
                raise ClasseurRefuse(
                    "Le fichier contient une balise démesurée, qu’aucun tableur n’écrit : il est"
                    " refusé."
                )
        lecteur.Parse(b"", True)


def _refuser_doctype(*_: object) -> None:
    raise ClasseurRefuse(
        "Le fichier contient une déclaration (DOCTYPE) qu’aucun tableur n’écrit : il est refusé."
    )


def _verifier_partie(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limites: Limites) -> None:
    """Check that the other parts are whole, of the size they claim, free of entities."""
    if info.file_size > TEXTES_PAR_OCTET * limites.octets:
        raise ClasseurRefuse(TROP_DE_TEXTE)
    if info.filename.lower().endswith((".xml", ".rels")):
        if info.file_size:
            _parcourir(archive, info)
        return
    with archive.open(info) as flux:
        while flux.read(MORCEAU):
            pass


def _attribut(attributs: dict[str, str], nom: str) -> str | None:
    """The attribute whatever its prefix (r:id)."""
    return next(
        (v for cle, v in attributs.items() if cle.rpartition(":")[2] == nom and cle != nom),
        attributs.get(nom),
    )


def _feuilles(archive: zipfile.ZipFile, parties: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Title of the sheet → name of its part, in the order of the tabs."""
    liens: dict[str, str] = {}
    titres: list[tuple[str, str]] = []

    def lien(nom: str, attributs: dict[str, str]) -> None:
        est_un_lien = nom.rpartition(":")[2] == "Relationship"
        if est_un_lien and attributs.get("Type", "").endswith("/worksheet"):
            cible = attributs.get("Target", "").replace("\\", "/")
            chemin = cible.lstrip("/")
            if not cible.startswith("/"):
                chemin = posixpath.normpath(posixpath.join("xl", cible))
            liens[attributs.get("Id", "")] = chemin.casefold()

    def onglet(nom: str, attributs: dict[str, str]) -> None:
        if nom.rpartition(":")[2] == "sheet":
            titres.append((_attribut(attributs, "id") or "", attributs.get("name", "")))

    if "xl/_rels/workbook.xml.rels" in parties:
        _parcourir(archive, parties["xl/_rels/workbook.xml.rels"], lien)
    _parcourir(archive, parties["xl/workbook.xml"], onglet)
    return {titre: liens[numero] for numero, titre in titres if liens.get(numero) in parties}


_COLONNES: dict[str, int] = {}


def _position(reference: str) -> tuple[int, int]:
    """« BH12 » → (12, 60)."""
    lettres = reference.rstrip("0123456789")
    colonne = _COLONNES.get(lettres)
    if colonne is None:
        colonne = 0
        for lettre in lettres[:8].upper():
            colonne = colonne * 26 + ord(lettre) - 64
        if len(_COLONNES) < COLONNES_ANNONCEES:
            _COLONNES[lettres] = colonne
    return int(reference[len(lettres) :] or 0), colonne


class _Feuille:
    """The state of the reading of one sheet.

    Called for each row, cell and value, hence written to be quick.
    """

    def __init__(self, apercu: FeuilleExaminee, limites: Limites, deja: int):
        self.apercu = apercu
        self.limites = limites
        self.deja = deja
        self.rang = self.colonne = self.cases = self.derniere = 0
        self.haut = self.bas = self.gauche = self.droite = 0
        self.type: str | None = None
        self.formule = self.contenu = self.dans = ""

    def debut(self, nom: str, attributs: dict[str, str]) -> None:
        if ":" in nom:
            nom = nom.rpartition(":")[2]
        if nom == "v" or nom == "t" or nom == "f":
            self.dans = nom
            return
        self.dans = ""
        if nom == "c":
            self.cloturer()
            reference = attributs.get("r")
            if reference:
                self.rang, self.colonne = _position(reference)
            else:
                self.colonne += 1
            if self.colonne > COLONNES_ANNONCEES:
                self.refuser_colonnes(self.colonne)
            self.type = attributs.get("t")
        elif nom == "row":
            self.cloturer()
            rang = attributs.get("r")
            self.rang = int(rang) if rang else self.rang + 1
            self.colonne = 0
        elif nom == "dimension":
            _, colonne = _position(attributs.get("ref", "A1").rpartition(":")[2])
            if colonne > COLONNES_ANNONCEES:
                self.refuser_colonnes(colonne)

    def texte(self, contenu: str) -> None:
        if self.dans == "f":
            if len(self.formule) < LONGUEUR_RETENUE:
                self.formule += contenu
        elif (
            self.dans
            and len(self.contenu) < LONGUEUR_RETENUE
            and (self.dans == "t" or not contenu.isspace())
        ):
            self.contenu += contenu

    def cloturer(self) -> None:
        """The cell is over: count it, and keep what the library would lose."""
        contenu = self.contenu
        if contenu:
            self.compter()
            if self.type == "e":
                self.apercu.particulieres[self.rang, self.colonne] = contenu
        elif self.formule and self.type != "str":
            self.compter()
            if len(self.apercu.particulieres) > FORMULES_RETENUES:
                raise ClasseurRefuse(
                    f"La feuille « {self.apercu.nom} » est pleine de formules sans résultat. "
                    "Ouvrez le classeur dans Excel ou LibreOffice, enregistrez-le, puis"
                    " recommencez."
                )
            self.apercu.particulieres[self.rang, self.colonne] = f"={self.formule}"
        self.contenu = self.formule = ""

    def compter(self) -> None:
        colonne = self.colonne
        rang = self.rang
        if colonne > self.limites.colonnes:
            self.refuser_colonnes(colonne)
        if rang != self.derniere:
            self.derniere = rang
            self.haut = min(self.haut or rang, rang)
            self.bas = max(self.bas, rang)
            self.apercu.lignes += 1
            if self.apercu.lignes + self.deja > self.limites.lignes:
                refuser_les_lignes(self.limites)
        self.cases += 1
        if colonne > self.droite:
            self.droite = colonne
        if colonne < self.gauche or not self.gauche:
            self.gauche = colonne
        if self.limites.cases is not None and self.cases > self.limites.cases:
            self.refuser_cases()

    def finir(self) -> None:
        self.cloturer()
        aire = (self.bas - self.haut + 1) * (self.droite - self.gauche + 1) if self.cases else 0
        if self.limites.cases is not None and aire > self.limites.cases:
            self.refuser_cases()
        if aire > CASES_VIDES and aire > 20 * self.cases:
            raise ClasseurRefuse(
                f"Feuille « {self.apercu.nom} » : la ligne {self.bas} est très loin des autres. "
                "Supprimez ce qu’elle contient, ou les lignes vides qui la précèdent."
            )

    def refuser_cases(self) -> None:
        raise ClasseurRefuse(
            f"La feuille « {self.apercu.nom} » contient trop de cases pour être lue d’un coup."
            " Découpez-la en plusieurs classeurs."
        )

    def refuser_colonnes(self, colonne: int) -> None:
        refuser_les_colonnes(self.apercu.nom, colonne, self.limites)


def refuser_les_colonnes(feuille: str, colonne: int, limites: Limites) -> None:
    raise ClasseurRefuse(
        f"La feuille « {feuille} » va jusqu’à la colonne {colonne} ; la limite est"
        f" de {limites.colonnes} colonnes."
    )


def refuser_les_lignes(limites: Limites) -> None:
    limite = f"{limites.lignes:,}".replace(",", "\N{NO-BREAK SPACE}")
    raise ClasseurRefuse(
        f"Le classeur compte plus de {limite} lignes. Découpez-le en plusieurs classeurs."
    )


def _examiner_feuille(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, titre: str, limites: Limites, deja: int
) -> FeuilleExaminee:
    if ordinaire := _apercu_rapide(archive, info, titre, limites, deja):
        return ordinaire
    apercu = FeuilleExaminee(titre)
    feuille = _Feuille(apercu, limites, deja)
    _parcourir(archive, info, feuille.debut, feuille.texte)
    feuille.finir()
    return apercu


_INHABITUEL = re.compile(
    rb'<!|<f[\s/>]|<[^<>/:\s]{1,40}:(?:c|row)[\s/>]|t="e"|t=\'|<dimension ref="[^"]*:[A-Z]{3}'
    rb'|<c(?! r="[A-Z]{1,2}[1-9][0-9]{0,6}")[\s/>]'
)
"""A declaration, a formula, a prefix, an error, another quote, a huge claim, a cell whose place is
not plainly written."""
_COLONNE_DOUBLE = re.compile(rb'<c r="([A-Z]{2})')
_AU_DELA_DE_H = re.compile(rb'<c r="[I-Z][0-9]')
_CHIFFRES = {
    chiffres: re.compile(rb'<c r="[A-Z]{1,2}[0-9]{%d}"' % chiffres) for chiffres in range(7, 0, -1)
}


@dataclass
class _Survol:
    """What a sheet written the usual way shows unparsed: more than it is, never less."""

    cases: int = 0
    lignes: int = 0
    chiffres: int = 0
    """Of the highest row number."""
    droite: int = 8
    """The last column, if it has one letter: H, else Z."""
    doubles: set[bytes] = field(default_factory=set)
    """The columns of two letters."""

    def ajouter(self, morceau: bytes) -> None:
        self.cases += morceau.count(b"<c ")
        self.lignes += morceau.count(b"<row")
        self.doubles.update(_COLONNE_DOUBLE.findall(morceau))
        if self.droite == 8 and _AU_DELA_DE_H.search(morceau):
            self.droite = 26
        for chiffres, motif in _CHIFFRES.items():
            if chiffres > self.chiffres and motif.search(morceau):
                self.chiffres = chiffres
                break

    def depasse(self, limites: Limites, deja: int) -> bool:
        """Perhaps beyond a limit."""
        colonnes = [_position(colonne.decode())[1] for colonne in self.doubles]
        droite = max(colonnes, default=self.droite)
        aire: int = 10**self.chiffres * droite
        if droite > limites.colonnes or self.lignes + deja > limites.lignes:
            return True
        if limites.cases is not None and max(aire, self.cases) > limites.cases:
            return True
        return aire > CASES_VIDES and aire > 20 * self.cases


def _apercu_rapide(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, titre: str, limites: Limites, deja: int
) -> FeuilleExaminee | None:
    """The rows of a sheet whose every cell is written the usual way, ten times quicker.

    None at the least doubt (another encoding, a formula, an error, a far-away cell, a limit near):
    the XML reader decides.
    """
    survol = _Survol()
    reste = b""
    est_au_debut = True
    with archive.open(info) as flux:
        while morceau := flux.read(4 * MORCEAU):
            if est_au_debut and not morceau.lstrip().startswith((b"<?xml", b"<worksheet")):
                return None
            est_au_debut = False
            morceau = reste + morceau
            coupe = morceau.rfind(b"<")
            reste = morceau[coupe:]
            morceau = morceau[:coupe]
            if len(reste) > MORCEAU or _INHABITUEL.search(morceau):
                return None
            survol.ajouter(morceau)
    if reste.rstrip() != b"</worksheet>" or survol.depasse(limites, deja):
        return None
    return FeuilleExaminee(titre, survol.lignes)
