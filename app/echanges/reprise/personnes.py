"""Who the rows of a file are about: names split, rows of one youth gathered, youths of the base
found. Shown, never silent.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.echanges.reprise.cellules import SANS_RESULTAT, en_texte
from app.echanges.reprise.choix import COMME, MEME
from app.echanges.reprise.connus import Connus, JeuneConnu, mots
from app.echanges.reprise.reconnaissance import FeuilleLue
from app.regles.texte import plier

_CIVILITE = re.compile(r"^(?:mr?|mme|mlle|melle|monsieur|madame|mademoiselle)\b\.? +", re.I)
_INITIALE = re.compile(r"\b[A-Z]\.")


@dataclass
class LigneDuFichier:
    """A row of a file of any shape, its cells by destination."""

    feuille: FeuilleLue
    rang: int
    """Excel's number in its sheet."""
    numero: int
    """The same over all the sheets, one after another (``Provenance``)."""
    cellules: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Destination → (heading, cell as it was read)."""
    listees: list[tuple[str, str, Any]] = field(default_factory=list)
    """(destination, heading, cell) of the destinations that several columns fill."""
    restes: list[str] = field(default_factory=list)
    """« Heading : text », for the observations."""
    sans_resultat: list[str] = field(default_factory=list)
    """Headings of the cells whose formula was never computed, that no field refuses."""
    naissance: date | None = None
    nom: str = ""
    prenom: str = ""

    @property
    def code(self) -> str:
        return self.texte("jeune.code")

    @property
    def mots(self) -> str:
        return mots(self.nom, self.prenom)

    def texte(self, destination: str) -> str:
        return en_texte(self.cellules.get(destination, ("", ""))[1])

    @property
    def ou(self) -> str:
        """How the row is named in what a person decides."""
        return f"{self.feuille.nom}!{self.rang}"


@dataclass
class Personne:
    """A youth of the file: their rows, and the youth of the base if there is one."""

    lignes: list[LigneDuFichier]
    connu: JeuneConnu | None = None
    trouve_par: str = ""
    """« code », « nom et date de naissance », « nom », « votre choix »."""
    code: str = ""
    rendez_vous: set[tuple[str, date]] = field(default_factory=set)
    """(type, day) of those that its rows told already."""

    @property
    def premiere(self) -> LigneDuFichier:
        return self.lignes[0]

    @property
    def nom_complet(self) -> str:
        return " ".join(filter(None, (self.premiere.prenom, self.premiere.nom)))


def separer(texte: str, nom_d_abord: bool = True) -> tuple[str, str]:
    """« DUBOIS--LEROY Maëlle » → (« DUBOIS--LEROY », « Maëlle »): (nom, prénom).

    The words in capitals are the name; when that says nothing, the first one (or the last one) is.
    """
    dits = _CIVILITE.sub("", " ".join(texte.replace(",", " ").split())).split()
    if len(dits) < 2:
        return " ".join(dits), ""
    if _INITIALE.fullmatch(dits[-1]):
        return " ".join(dits[:-1]), dits[-1]
    grands = [mot for mot in dits if mot == mot.upper() and mot != mot.lower() and len(mot) > 1]
    petits = [mot for mot in dits if mot not in grands]
    if grands and petits:
        return " ".join(grands), " ".join(petits)
    if nom_d_abord:
        return dits[0], " ".join(dits[1:])
    return dits[-1], " ".join(dits[:-1])


def nom_d_agent(texte: str) -> str:
    """« VERCHINELLE Ariane » → « Ariane Verchinelle », « Mme ROUX A. » → « A. Roux »."""
    sans = _CIVILITE.sub("", texte).strip()
    premier = sans.split(" ", 1)[0]
    if premier != premier.upper() or sans == sans.upper() and not _INITIALE.search(sans):
        return sans
    nom, prenom = separer(sans)
    return f"{prenom} {nom.title()}".strip()


def nommer(ligne: LigneDuFichier) -> str:
    """Set the name of a row; « nom et prénom » as read, when they were in one cell.

    A formula without result stays one, which the check refuses.
    """
    for destination in ("nom_prenom", "prenom_nom"):
        brut = ligne.cellules.get(destination, ("", ""))[1]
        if isinstance(brut, SANS_RESULTAT):
            ligne.nom = brut
            ligne.prenom = brut
            return ""
        if ensemble := ligne.texte(destination):
            ligne.nom, ligne.prenom = separer(ensemble, destination == "nom_prenom")
            return ensemble
    ligne.nom = ligne.texte("jeune.nom")
    ligne.prenom = ligne.texte("jeune.prenom")
    return ""


def regrouper(
    lignes: Iterable[LigneDuFichier], decides: Mapping[str, str] | None = None
) -> list[Personne]:
    """The youths of the file, in the order of their first row.

    Two rows are one youth's by the code, or by the name and the birth date; a row that has the name
    alone goes with the only youth of that name, and one that a person said to be another row's goes
    with it (``decides``: « sheet!row » → what was said).
    """
    personnes: list[Personne] = []
    par_cle: dict[object, Personne] = {}
    par_nom: dict[str, list[Personne]] = defaultdict(list)
    sans_date: list[LigneDuFichier] = []
    for ligne in lignes:
        cles = list(identites(ligne))
        dit = (decides or {}).get(ligne.ou, "")
        if dit.startswith(COMME):
            cles.insert(0, ("ligne", dit.removeprefix(COMME)))
        if not cles and ligne.mots:
            sans_date.append(ligne)
            continue
        personne = next((par_cle[cle] for cle in cles if cle in par_cle), None)
        if personne is None:
            personne = Personne([])
            personnes.append(personne)
            par_nom[ligne.mots].append(personne)
        personne.lignes.append(ligne)
        par_cle |= dict.fromkeys([*cles, ("ligne", ligne.ou)], personne)
    for ligne in sans_date:
        memes = par_nom[ligne.mots]
        if len(memes) == 1:
            memes[0].lignes.append(ligne)
        else:
            personnes.append(Personne([ligne]))
            if not memes:
                par_nom[ligne.mots].append(personnes[-1])
    return sorted(personnes, key=lambda p: p.premiere.numero)


def identites(ligne: LigneDuFichier) -> Iterator[object]:
    """What says whom a row is about: its code, its name with its birth date."""
    if ligne.code:
        yield plier(ligne.code)
    if ligne.mots and ligne.naissance:
        yield ligne.mots, ligne.naissance


def reconnaitre(
    personne: Personne, connus: Connus, decides: Mapping[str, str], reunies: Mapping[str, str]
) -> None:
    """Find the youth of the base: by what a person said, by code, by name and birth date.

    ``reunies``: « sheet!row » → code, of what a person said of a former file.
    """
    premiere = personne.premiere
    for ligne in personne.lignes:
        dit = decides.get(ligne.ou, "")
        if dit.startswith(MEME):
            personne.connu = connus.par_code.get(plier(dit.removeprefix(MEME)))
            personne.trouve_par = "votre choix"
            return
    code = next((ligne.code for ligne in personne.lignes if ligne.code), "")
    personne.code = code
    if code and (connu := connus.par_code.get(plier(code))):
        personne.connu = connu
        personne.trouve_par = "code"
        return
    naissance = next((li.naissance for li in personne.lignes if li.naissance), None)
    personne.connu = connus.du_nom(premiere.mots, naissance)
    if personne.connu is not None:
        personne.trouve_par = "nom et date de naissance" if naissance else "nom"
        return
    for ligne in personne.lignes:
        if connu := connus.par_code.get(plier(reunies.get(ligne.ou, ""))):
            personne.connu = connu
            personne.trouve_par = "votre réponse d’avant"


def reunir_les_connus(personnes: Iterable[Personne]) -> list[Personne]:
    """One for each youth of the base, however many ways the file has of naming them."""
    par_code: dict[str, Personne] = {}
    gardees = []
    for personne in personnes:
        premiere = personne
        if personne.connu is not None:
            premiere = par_code.setdefault(personne.connu.code, personne)
        if premiere is personne:
            gardees.append(personne)
        else:
            premiere.lignes += personne.lignes
    return gardees
