"""The version for the COPIL and the partners.

The figures of a table sent, without any line, youths told by tens (``regles/masque.py``).

It is made from what was frozen, and from nothing else: the same table sent always gives the same
figures, whatever is sent before or after.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import departement, indicateurs, journal
from app.echanges.formats.ecriture import Colonne, Feuille, ecrire_classeur
from app.echanges.tableau import disposition
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.fige import contenu_fige, suivre
from app.echanges.tableau.lignes import LigneDeDefinition
from app.extensions import db
from app.models import Envoi
from app.models.nomenclature import Logement
from app.regles.masque import par_tranche, taux_arrondi
from app.regles.parametres import TRANCHE_DIFFUSEE

PRECAUTION = (
    "comité de pilotage et partenaires : aucun dossier ; les nombres de jeunes sont donnés par"
    f" tranche de {TRANCHE_DIFFUSEE.valeur}, zéro compris, et un taux est arrondi, ou masqué quand"
    f" ses oui ou ses non sont moins de {TRANCHE_DIFFUSEE.valeur}"
)
LOGEMENT = "I8"
"""The indicator whose split follows its line."""


@dataclass(frozen=True)
class LigneDiffusee:
    """A line of figures: its code, what it is called, its three columns."""

    code: str
    libelle: str
    cellules: tuple[Any, ...]


def ecrire(envoi: Envoi, chemin: Path) -> None:
    """Write the workbook, and its mark in the audit log."""
    fige = contenu_fige(envoi)
    definitions = [
        LigneDeDefinition(*d) for d in fige.get("definitions", {}).get("indicateurs", [])
    ]
    feuille = disposition.feuille("definitions")
    feuilles = [
        Feuille("Synthèse", SYNTHESE, list(lignes(fige["chiffres"]))),
        Feuille("À propos", A_PROPOS, _a_propos(envoi)),
        Feuille(feuille.nom, feuille.colonnes, definitions),
    ]
    ecrire_classeur(chemin, feuilles)
    journal.consigner(
        "export",
        table="envoi",
        cle=envoi.id,
        detail={
            "mois": f"{envoi.mois:%Y-%m}",
            "mds": envoi.mds and envoi.mds.code,
            "numero": envoi.numero,
            "masque": True,
        },
    )


def _cellule_de(rang: int) -> Callable[[LigneDiffusee], Any]:
    return lambda ligne: ligne.cellules[rang]


SYNTHESE = (
    Colonne("Code", "texte", lambda ligne: ligne.code, 12),
    Colonne("Indicateur", "texte", lambda ligne: ligne.libelle, 70),
    *(
        Colonne(titre, "nombre", _cellule_de(rang), 24)
        for rang, (_, titre) in enumerate(disposition.PERIODES.values())
    ),
)
A_PROPOS = (
    Colonne("Quoi", "texte", lambda dit: dit[0], 24),
    Colonne("Valeur", "recit", lambda dit: dit[1], 100),
)


def _a_propos(envoi: Envoi) -> list[tuple[str, str]]:
    ou = departement.courant().territoire(envoi.mds and envoi.mds.nom)
    mois = tableau_mensuel.nom_du_mois(envoi.mois)
    numero = tableau_mensuel.nom_de_l_envoi(envoi.numero)
    return [
        ("Tableau", f"{disposition.TITRE}, {ou}, {mois}, {numero}"),
        ("Diffusion", PRECAUTION),
        ("Tableau d’origine", f"SHA-256 {envoi.empreinte}"),
    ]


def lignes(chiffres: dict[str, dict[str, Any]]) -> Iterator[LigneDiffusee]:
    """``chiffres``: column → indicator → its frozen values."""
    colonnes = [chiffres[colonne] for colonne in disposition.PERIODES]
    for ligne in (*disposition.SYNTHESE, *disposition.LIGNES_A_COTE):
        definition = indicateurs.DEFINITIONS[ligne.code]
        a_un_code = definition.au_contrat and not ligne.libelle
        yield LigneDiffusee(
            ligne.code if a_un_code else "",
            ligne.libelle or definition.titre,
            tuple(_cellule(colonne.get(ligne.code), ligne) for colonne in colonnes),
        )
        if (ligne.code, ligne.chemin) == (LOGEMENT, "n"):
            yield from _logements(colonnes)


def _logements(colonnes: list[dict[str, Any]]) -> Iterator[LigneDiffusee]:
    """Every type of housing, in the order of the list: which ones are there says nothing."""
    lus = [suivre(colonne.get(LOGEMENT), "repartition") or {} for colonne in colonnes]
    for code, libelle in db.session.execute(_TOUS_LES_LOGEMENTS):
        cellules = tuple(par_tranche(repartition.get(code, 0)) for repartition in lus)
        yield LigneDiffusee("", f"dont {libelle}", cellules)


_TOUS_LES_LOGEMENTS = (
    select(Logement.code, Logement.libelle)
    .where(Logement.loge.is_(True))
    .order_by(Logement.ordre, Logement.code)
)


def _cellule(chiffre: dict[str, Any] | None, ligne: disposition.LigneDeChiffres) -> Any:
    """What is printed; nothing when the indicator did not exist when the table was sent."""
    if chiffre is None:
        return None
    if ligne.chemin == "taux":
        valeurs = chiffre["valeurs"]
        return taux_arrondi(valeurs["oui"], valeurs["non"])
    valeur = suivre(chiffre, ligne.chemin)
    if isinstance(valeur, list):
        return ", ".join(valeur)
    if ligne.compte_des_jeunes and isinstance(valeur, int):
        return par_tranche(valeur)
    return valeur
