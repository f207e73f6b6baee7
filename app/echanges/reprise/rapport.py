"""What an import did, or would do: created, replaced, lost, refused; with names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.echanges.reprise.choix import COMME, MEME, ChoixDuFichier
from app.echanges.reprise.feuilles import FEUILLES, PAR_NOM, ChampDeReprise
from app.echanges.reprise.lecture import CelluleRefusee, LigneLue
from app.echanges.reprise.mise_en_forme import ConversionFaite
from app.echanges.reprise.plan import Etat, Plan, en_clair
from app.echanges.reprise.ressemblances import JeuneCompare, Ressemblance, phrases
from app.echanges.reprise.reunions import hacher_la_ligne
from app.echanges.reprise.valeurs import PropositionDeLecture
from app.extensions import db
from app.models import Jeune
from app.regles.texte import plier

REFUS_MONTRES = 20_000
"""Refused cells that the page can show; beyond, their number."""
RECONNUS = 500


@dataclass(frozen=True)
class Changement:
    """A cell that the import replaces."""

    feuille: str
    ligne: int
    fiche: str
    colonne: str
    avant: str
    apres: str


@dataclass
class RapportDImport:
    """What an import did, or would do."""

    crees: int = 0
    modifies: int = 0
    inchanges: int = 0
    refus: list[CelluleRefusee] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)
    par_feuille: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Sheet → (created, changed)."""
    nouveautes: list[tuple[str, int, str]] = field(default_factory=list)
    """Sheet, row and key of what is created; as many as asked for."""
    changements: list[Changement] = field(default_factory=list)
    pertes: list[Changement] = field(default_factory=list)
    """The cells that the import empties."""
    gardees: int = 0
    """Empty cells that leave what the base has."""
    conversion: ConversionFaite | None = None
    ressemblances: list[Ressemblance] = field(default_factory=list)
    """New youths who may be another, about whom nobody has said."""
    noms: dict[tuple[str, int], str] = field(default_factory=dict)
    """(sheet, row) of a refused row → the name of its youth."""
    importation: int | None = None
    """Its number, when it was applied."""
    codes: dict[str, str] = field(default_factory=dict)
    """« sheet!row » of the youths created → their code."""
    attente: bytes = b""
    """The file of the rows that wait for a decision (``attente.py``), once the rest is written."""

    @property
    def dits(self) -> list[str]:
        """What is told besides whom the new youths look like."""
        autres = set(phrases(self.ressemblances))
        return [dit for dit in self.avertissements if dit not in autres]

    def rien_d_ecrit(self) -> None:
        self.crees = 0
        self.modifies = 0

    def place(self, feuille: str, ligne: int) -> tuple[str, int]:
        """Sheet and row of the file, of those of the classeur de reprise."""
        if self.conversion is None:
            return feuille, ligne
        return self.conversion.provenance.place(ligne)

    def ou(self, numero: int) -> str:
        """« sheet!row » of the file, of a row of « Jeunes »."""
        return "{}!{}".format(*self.place("Jeunes", numero))

    def designer(self, autre: JeuneCompare) -> str:
        """How one whom a new youth looks like is named in what a person decides."""
        if autre.numero:
            return f"{COMME}{self.ou(autre.numero)}"
        return f"{MEME}{autre.code}"


def rapporter(plan: Plan, avertissements: list[str], details: int) -> RapportDImport:
    """The report of a plan; ``details``: how many created rows and changed cells it names."""
    rapport = RapportDImport(
        plan.crees, plan.modifies, plan.inchanges, list(plan.refus), avertissements
    )
    rapport.gardees = plan.gardees
    noms = Noms(plan)
    for feuille in FEUILLES:
        etat = plan.etats[feuille.table]
        crees = plan.creations[feuille.table]
        modifies = plan.modifications[feuille.table]
        if crees or modifies:
            rapport.par_feuille[feuille.nom] = (len(crees), len(modifies))
        montres = crees[: max(details - len(rapport.nouveautes), 0)]
        noms.preparer(etat, montres)
        for ligne in montres:
            rapport.nouveautes.append((feuille.nom, ligne.numero, noms.fiche(etat, ligne)))
        if details:
            noms.preparer(etat, modifies[:details])
            for ligne in modifies:
                for change in _changements(plan, etat, ligne, noms):
                    ou = rapport.changements if change.apres else rapport.pertes
                    if len(ou) < details:
                        ou.append(change)
    if details:
        rapport.noms = noms.des_refus(plan.refus[:REFUS_MONTRES])
    return rapport


def _changements(plan: Plan, etat: Etat, ligne: LigneLue, noms: "Noms") -> Iterator[Changement]:
    """The cells of a row that the import replaces."""
    for attribut, (avant, apres) in ligne.ecarts.items():
        champ = etat.feuille.par_attribut[attribut]
        yield Changement(
            etat.feuille.nom,
            ligne.numero,
            noms.fiche(etat, ligne),
            champ.titre,
            en_clair(champ, avant, plan.codes_mds, plan.orthographe),
            en_clair(champ, apres, plan.codes_mds, plan.orthographe),
        )


class Noms:
    """The names of the youths that the rows of a plan are about."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self._connus: dict[str, str] = {}

    def fiche(self, etat: Etat, ligne: LigneLue) -> str:
        """The key of a row, as a person reads it: « Zoé Petit (D00012) · 03/04/2025 »."""
        dits = []
        for attribut in etat.feuille.cle:
            valeur = etat.valeur(ligne, attribut)
            champ = etat.feuille.par_attribut[attribut]
            dit = en_clair(champ, valeur, self.plan.codes_mds, self.plan.orthographe)
            dits.append(self._nomme(etat, ligne, dit) if attribut in ("jeune_id", "code") else dit)
        return " · ".join(dits)

    def _nomme(self, etat: Etat, ligne: LigneLue, code: str) -> str:
        nom = self.nom(etat, ligne)
        return f"{nom} ({code})" if nom else code

    def nom(self, etat: Etat, ligne: LigneLue) -> str:
        """Of the youth of a row; empty for a row of nobody, or of a youth whom one does not see."""
        if etat.feuille.table == "jeune":
            return _prenom_nom(etat, ligne)
        cle = self._cle(etat, ligne)
        jeunes = self.plan.etats["jeune"]
        if cle and (jeune := jeunes.index.get((cle,))):
            return _prenom_nom(jeunes, jeune)
        return self._connus.get(cle, "")

    def _cle(self, etat: Etat, ligne: LigneLue) -> str:
        if not etat.feuille.par_jeune:
            return ""
        return plier(str(etat.valeur(ligne, "jeune_id") or ""))

    def preparer(self, etat: Etat, lignes: Iterable[LigneLue]) -> None:
        """Read the names of the youths of these rows, in one statement."""
        cles = {self._cle(etat, ligne) for ligne in lignes}
        cles -= {"", *self._connus}
        if cles:
            lus = select(Jeune.cle, Jeune.prenom, Jeune.nom).where(Jeune.cle.in_(cles))
            self._connus |= {cle: f"{p} {n}" for cle, p, n in db.session.execute(lus)}

    def des_refus(self, refus: Iterable[CelluleRefusee]) -> dict[tuple[str, int], str]:
        par_feuille: dict[str, set[int]] = {}
        for r in refus:
            par_feuille.setdefault(r.feuille, set()).add(r.ligne)
        dits: dict[tuple[str, int], str] = {}
        for nom, numeros in par_feuille.items():
            etat = self.plan.etats[PAR_NOM[plier(nom)].table]
            lignes = [ligne for ligne in etat.lecture.lignes if ligne.numero in numeros]
            self.preparer(etat, lignes)
            dits |= {(nom, ligne.numero): self.nom(etat, ligne) for ligne in lignes}
        return dits


def _prenom_nom(etat: Etat, ligne: LigneLue) -> str:
    dits = (etat.valeur(ligne, "prenom"), etat.valeur(ligne, "nom"))
    return " ".join(str(dit) for dit in dits if dit)


def reunions_dites(choix: ChoixDuFichier, rapport: RapportDImport) -> dict[str, str]:
    """Hash of a row → code of the youth whom a person said that it is about."""
    retenues = dict(choix.reunis)
    if rapport.conversion is None:
        return retenues
    par_ou = {ligne.ou: ligne for ligne in rapport.conversion.provenance.lignes.values()}
    for ou, dit in choix.jeunes.items():
        code = None
        if dit.startswith(MEME):
            code = dit.removeprefix(MEME)
        elif dit.startswith(COMME):
            code = rapport.codes.get(dit.removeprefix(COMME))
        if code and ou in par_ou:
            retenues |= dict.fromkeys(hacher_la_ligne(par_ou[ou]), code)
    return retenues


# What a person mends


@dataclass
class ValeurRefusee:
    """A text refused in a column for one reason: where, and what it probably meant."""

    valeur: str
    """As it is in the file: what a correction replaces."""
    lignes: list[tuple[int, str]] = field(default_factory=list)
    """(row of the file, name of the youth)."""
    proposition: PropositionDeLecture | None = None


@dataclass
class GroupeDeRefus:
    """Refusals that have one reason, in one column of one sheet of the file."""

    feuille: str
    colonne: str
    raison: str
    valeurs: list[ValeurRefusee] = field(default_factory=list)
    se_corrige: bool = True
    """A cell of the file holds the value."""
    se_vide: bool = True
    """An empty cell would do."""
    liste: str = ""
    """The code list whose labels may be chosen."""

    @property
    def nombre(self) -> int:
        return sum(len(valeur.lignes) for valeur in self.valeurs)


def grouper(rapport: RapportDImport) -> list[GroupeDeRefus]:
    """The refusals as a person mends them, in the order of the file."""
    groupes: dict[tuple[str, str, str], GroupeDeRefus] = {}
    valeurs: dict[tuple[Any, ...], ValeurRefusee] = {}
    for refus in rapport.refus[:REFUS_MONTRES]:
        feuille, ligne, colonne, texte = _dans_le_fichier(rapport, refus)
        cle = (feuille, colonne, refus.raison)
        groupe = groupes.setdefault(cle, GroupeDeRefus(*cle))
        groupe.se_corrige = refus.se_corrige and refus.ligne > 1 and bool(colonne)
        champ = PAR_NOM[plier(refus.feuille)].par_titre.get(plier(refus.colonne))
        groupe.se_vide = champ is None or not champ.requis
        groupe.liste = _liste_de(champ)
        ailleurs = refus.proposition is not None and refus.proposition.ligne > 0
        par_ligne = ligne if ailleurs else 0
        vue = (*cle, texte, par_ligne)
        if vue not in valeurs:
            valeurs[vue] = ValeurRefusee(texte, [], _recomposer(refus, texte))
            groupe.valeurs.append(valeurs[vue])
        ici = (ligne, rapport.noms.get((refus.feuille, refus.ligne), ""))
        if ici not in valeurs[vue].lignes[-1:]:
            valeurs[vue].lignes.append(ici)
    return list(groupes.values())


def _liste_de(champ: ChampDeReprise | None) -> str:
    if champ is None or champ.genre not in ("code", "mds"):
        return ""
    return champ.liste or "mds"


def _dans_le_fichier(rapport: RapportDImport, refus: CelluleRefusee) -> tuple[str, int, str, str]:
    """Sheet, row, heading and text of the cell of the file behind a refusal."""
    if rapport.conversion is None:
        return refus.feuille, refus.ligne, refus.colonne, refus.valeur
    provenance = rapport.conversion.provenance
    feuille, ligne = provenance.place(refus.ligne)
    reprise = PAR_NOM[plier(refus.feuille)]
    champ = reprise.par_titre.get(plier(refus.colonne))
    cellule = provenance.colonne(refus.ligne, reprise.table, champ.attribut if champ else "")
    if cellule is None:
        return feuille, ligne, f"{refus.feuille} : {refus.colonne}", refus.valeur
    return feuille, ligne, *cellule


def _recomposer(refus: CelluleRefusee, texte: str) -> PropositionDeLecture | None:
    """The proposition for the whole cell of the file, when the refusal was about a part of it."""
    proposee = refus.proposition
    if proposee is None or texte == refus.valeur or not refus.valeur or proposee.ligne:
        return proposee
    if refus.valeur not in texte:
        return proposee
    return PropositionDeLecture(texte.replace(refus.valeur, proposee.valeur), proposee.raison)
