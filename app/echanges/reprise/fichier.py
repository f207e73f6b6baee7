"""A file, whatever its shape → what the import checks: the classeur de reprise as it is, any other
shape through the mapping of its columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from app.echanges.formats.lecture_isolee import FichierDeLignes
from app.echanges.reprise.attente import mettre_de_cote
from app.echanges.reprise.cellules import Codes
from app.echanges.reprise.choix import COMME, MEME, ChoixDuFichier
from app.echanges.reprise.destinations import DESTINATIONS
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.lecture import (
    Avancer,
    ClasseurLu,
    ColonnesRefusees,
    completer,
    lire_nos_feuilles,
    rien,
    sans_feuille_a_nous,
)
from app.echanges.reprise.mise_en_forme import ConversionFaite, convertir
from app.echanges.reprise.reconnaissance import Certitude, FeuilleLue, lire_feuilles
from app.echanges.reprise.reunions import reunir
from app.regles.texte import accorder


class ColonnesADecider(Exception):
    """The file is no classeur de reprise: a person says what its columns are."""

    def __init__(self, feuilles: list[FeuilleLue], masquees: list[str]):
        super().__init__()
        self.feuilles = feuilles
        self.masquees = masquees
        """Hidden sheets, that are left out unless they are asked for."""


def lire(
    fichier: FichierDeLignes,
    listes: Mapping[str, Codes],
    choix: ChoixDuFichier,
    aujourd_hui: date,
    *,
    pour_de_bon: bool = False,
    avancer: Avancer = rien,
) -> tuple[ClasseurLu, ConversionFaite | None]:
    """The rows of a file, and how it was converted when it is no classeur de reprise.

    Raises ClasseurRefuse when nothing in it names a youth, ColonnesADecider.
    """
    classeur = lire_nos_feuilles(fichier, listes, choix, avancer)
    if classeur is not None:
        dits = choix.decides_en(PAR_TABLE["jeune"].nom).items()
        classeur.memes = {ligne for ligne, dit in dits if dit.startswith((MEME, COMME))}
        mettre_de_cote(classeur, choix)
        reunir(classeur, choix)
        return classeur, None
    feuilles = list(feuilles_choisies(fichier, listes, choix, aujourd_hui, avancer))
    if not choix.fait and feuilles:
        masquees = [f.nom for f in fichier.feuilles if f.est_cachee and f.nombre]
        raise ColonnesADecider(feuilles, masquees)
    parlantes = [feuille for feuille in feuilles if feuille.parle_de_quelqu_un]
    if feuilles and not parlantes:
        raise ColonnesRefusees
    if not parlantes:
        raise sans_feuille_a_nous()
    avancer("Mise en forme", 0, 1)
    classeur, faite = convertir(parlantes, choix, listes, aujourd_hui, pour_de_bon)
    classeur.avertissements += _laissees(fichier, parlantes)
    return classeur, faite


def feuilles_choisies(
    fichier: FichierDeLignes,
    listes: Mapping[str, Codes],
    choix: ChoixDuFichier,
    aujourd_hui: date,
    avancer: Avancer = rien,
) -> Iterator[FeuilleLue]:
    """The sheets of a file of any shape, their columns as proposed or as chosen."""
    total = sum(feuille.nombre for feuille in fichier.feuilles)
    fait = 0
    for rang, annoncee in enumerate(fichier.feuilles):
        avancer("Lecture", fait, total)
        fait += annoncee.nombre
        cachee = annoncee.est_cachee and annoncee.nom not in choix.prises
        if cachee:
            continue
        lignes = completer(fichier.lignes(rang))
        for lue in lire_feuilles(annoncee.nom, lignes, listes, aujourd_hui):
            if lue.nom in choix.laissees:
                continue
            lue.est_cachee = annoncee.est_cachee
            lue.cachees = annoncee.lignes_cachees
            commentaires, lue.colorees = annoncee.sous(lue.rang_titres)
            lue.commentaires = {(li, co - 1): dit for li, co, dit in commentaires}
            appliquer(lue, choix.colonnes.get(lue.nom, {}))
            yield lue


def appliquer(feuille: FeuilleLue, choisies: Mapping[str, str]) -> None:
    """Give each column the destination that was chosen for it; an unknown one changes nothing."""
    for colonne in feuille.colonnes:
        destination = DESTINATIONS.get(choisies.get(colonne.titre, ""))
        if destination is not None:
            colonne.destination = destination
            colonne.certitude = Certitude.SUR
            colonne.pourquoi = "votre choix"


def _laissees(fichier: FichierDeLignes, lues: Iterable[FeuilleLue]) -> list[str]:
    noms = {feuille.onglet: feuille for feuille in lues}
    dites = []
    for feuille in fichier.feuilles:
        if feuille.nom not in noms and feuille.nombre:
            raison = "masquée" if feuille.est_cachee else "elle ne nomme personne, ou est laissée"
            dites.append(f"Feuille « {feuille.nom} » : laissée de côté ({raison}).")
        elif feuille.nom in noms and (colorees := noms[feuille.nom].colorees):
            dit = accorder(colorees, "cellule coloriée", "cellules coloriées")
            dites.append(f"Feuille « {feuille.nom} » : {dit}, dont la couleur n’est pas lue.")
        if feuille.nom in noms and (cachees := len(feuille.lignes_cachees)):
            dit = accorder(cachees, "ligne masquée", "lignes masquées")
            dites.append(f"Feuille « {feuille.nom} » : {dit} dans le fichier.")
    return dites
