"""The version for the COPIL and the partners.

The figures of a table sent, without any line, youths told by tens (``regles/masque.py``).

It is made from what was frozen, and from nothing else: this table and those of the territory that
were sent before it in the year. The same table sent always gives the same figures, whatever is sent
after.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import departement, indicateurs, sorties_de_donnees
from app.echanges.formats.ecriture import Colonne, Feuille, ecrire_classeur
from app.echanges.formats.impression import Impression
from app.echanges.tableau import disposition
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.fige import contenu_fige, suivre
from app.echanges.tableau.lignes import LigneDeDefinition
from app.extensions import db
from app.models import Envoi
from app.models.nomenclature import Logement
from app.regles.masque import nombre_a_dire, par_tranche, taux_arrondi
from app.regles.parametres import TRANCHE_DIFFUSEE
from app.sorties_de_donnees import FichierSorti

PRECAUTION = (
    "comité de pilotage et partenaires : aucun dossier ; les nombres de jeunes sont donnés par"
    f" tranche de {TRANCHE_DIFFUSEE.valeur}, zéro compris, et un taux est arrondi, ou masqué quand"
    f" ses oui ou ses non sont moins de {TRANCHE_DIFFUSEE.valeur} ; un cumul qui baisse de moins de"
    f" {TRANCHE_DIFFUSEE.valeur} d’un mois à l’autre garde le nombre du mois d’avant"
)
RECTIFICATIF = (
    "un nombre de jeunes, et un taux, restent ceux du tableau rectifié tant que les jeunes comptés"
    f" n’ont pas changé de {TRANCHE_DIFFUSEE.valeur} ou plus"
)
CUMUL = "cumul"
"""The column that goes on from one month to the next."""
LOGEMENT = "I8"
"""The indicator whose split follows its line."""


Colonnes = dict[str, dict[str, Any]]
"""Column → indicator → its frozen values."""
Chiffre = dict[str, Any] | None
Chiffres = Sequence[tuple[date, Chiffre]]
"""A figure in each table that counts for it, with the month of the table, in order of sending."""


@dataclass(frozen=True)
class EnvoiFige:
    """What was frozen of a month."""

    mois: date
    chiffres: Colonnes


@dataclass(frozen=True)
class LigneDiffusee:
    """A line of figures: its code, what it is called, its three columns."""

    code: str
    libelle: str
    cellules: tuple[Any, ...]


VERSION = "Version pour le comité de pilotage et les partenaires"


def ecrire(envoi: Envoi, chemin: Path, pied: str = "") -> None:
    """Write the workbook, and its mark in the audit log.

    ``pied``: who takes it away, when, what for; printed on each page.
    """
    dites = contenu_fige(envoi).get("definitions", {})
    definitions = [LigneDeDefinition(*d) for d in dites.get("indicateurs", [])]
    feuille = disposition.feuille("definitions")
    feuilles = [
        Feuille("Synthèse", SYNTHESE, list(lignes(_envoyees_jusqu_a(envoi)))),
        Feuille("À propos", A_PROPOS, _a_propos(envoi)),
        Feuille(feuille.nom, feuille.colonnes, definitions),
    ]
    impression = Impression(_titre(envoi), VERSION, pied, mention="")
    imprimees = [replace(feuille, impression=impression) for feuille in feuilles]
    ecrire_classeur(chemin, imprimees, titre=impression.titre)
    sorties_de_donnees.noter(
        FichierSorti(
            VERSION,
            "envoi",
            cle=envoi.id,
            filtres=impression.titre,
            detail={
                "mois": f"{envoi.mois:%Y-%m}",
                "mds": envoi.mds and envoi.mds.code,
                "numero": envoi.numero,
                "masque": True,
            },
        )
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


def _envoyees_jusqu_a(envoi: Envoi) -> list[EnvoiFige]:
    """The tables of this territory in the year, in order of sending; this one is the last."""
    chaine = (
        select(Envoi)
        .where(
            Envoi.mois.between(envoi.mois.replace(month=1), envoi.mois.replace(month=12)),
            Envoi.mds_id.is_not_distinct_from(envoi.mds_id),
            Envoi.envoye_le <= envoi.envoye_le,
        )
        .order_by(Envoi.envoye_le, Envoi.id)
    )
    return [
        EnvoiFige(autre.mois, contenu_fige(autre)["chiffres"])
        for autre in db.session.scalars(chaine)
    ]


def _titre(envoi: Envoi) -> str:
    ou = departement.courant().territoire(envoi.mds and envoi.mds.nom)
    mois = tableau_mensuel.nom_du_mois(envoi.mois)
    numero = tableau_mensuel.nom_de_l_envoi(envoi.numero)
    return f"{disposition.TITRE}, {ou}, {mois}, {numero}"


def _a_propos(envoi: Envoi) -> list[tuple[str, str]]:
    dits = [
        ("Tableau", _titre(envoi)),
        ("Diffusion", PRECAUTION),
    ]
    if envoi.numero:
        dits.append(("Rectificatif", RECTIFICATIF))
    dits.append(("Tableau d’origine", f"SHA-256 {envoi.empreinte}"))
    return dits


def lignes(envoyees: Sequence[EnvoiFige]) -> Iterator[LigneDiffusee]:
    """The lines of the last of these tables of a territory and a year, in order of sending."""
    for ligne in disposition.LIGNES_DE_CHIFFRES:
        definition = indicateurs.DEFINITIONS[ligne.code]
        a_un_code = definition.au_contrat and not ligne.libelle
        yield LigneDiffusee(
            ligne.code if a_un_code else "",
            ligne.libelle or definition.titre,
            tuple(_cellule(chiffres, ligne) for chiffres in _par_periode(envoyees, ligne.code)),
        )
        if (ligne.code, ligne.chemin) == (LOGEMENT, "n"):
            yield from _logements(envoyees)


def _par_periode(envoyees: Sequence[EnvoiFige], code: str) -> Iterator[Chiffres]:
    """The figure, in each of the three columns, of the tables of the month, and of those of the
    months before for the year so far; it may not have existed then."""
    for periode in disposition.PERIODES:
        yield [
            (table.mois, table.chiffres[periode].get(code))
            for table in envoyees
            if periode == CUMUL or table.mois == envoyees[-1].mois
        ]


def _logements(envoyees: Sequence[EnvoiFige]) -> Iterator[LigneDiffusee]:
    """Every type of housing, in the order of the list: which ones are there says nothing."""
    for code, libelle in db.session.execute(_TOUS_LES_LOGEMENTS):
        cellules = tuple(
            par_tranche(_dit(chiffres, f"repartition.{code}"))
            for chiffres in _par_periode(envoyees, LOGEMENT)
        )
        yield LigneDiffusee("", f"dont {libelle}", cellules)


_TOUS_LES_LOGEMENTS = (
    select(Logement.code, Logement.libelle)
    .where(Logement.loge.is_(True))
    .order_by(Logement.ordre, Logement.code)
)


def _cellule(chiffres: Chiffres, ligne: disposition.LigneDeChiffres) -> Any:
    """What is printed; nothing when the indicator did not exist when the table was sent."""
    _, trouve = chiffres[-1]
    if trouve is None:
        return None
    if ligne.chemin == "taux":
        return taux_arrondi(_dit(chiffres, "oui"), _dit(chiffres, "non"))
    valeur = suivre(trouve, ligne.chemin)
    if isinstance(valeur, list):
        return ", ".join(valeur)
    if ligne.compte_des_jeunes and isinstance(valeur, int):
        return par_tranche(_dit(chiffres, ligne.chemin))
    return valeur


def _dit(chiffres: Chiffres, chemin: str) -> int:
    """The number of youths to tell; a type of housing that nobody has was not frozen."""
    connus = [(mois, suivre(c, chemin) or 0) for mois, c in chiffres if c is not None]
    if not connus:
        return 0
    return nombre_a_dire(connus)
