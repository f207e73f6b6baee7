"""The version for partners, month after month and corrected: whoever keeps every table handed out
finds no number from 1 to 4 of youths, nor a difference from 1 to 4 between two versions."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest

from app import acces
from app.echanges.tableau import disposition
from app.extensions import db
from tests.publications import (
    GENRES,
    Genre,
    Lecture,
    Remis,
    figes,
    lignes_de_jeunes,
    lire_les_genres,
    ouvrir,
    remettre,
    tous_les_logements,
)

from .indicateurs.histoires import MDS, Hasard, enregistrer, une_histoire

MOIS = tuple(date(2025, n, 1) for n in range(1, 7))
RECTIFIE = 2
"""The rank of the month whose table is corrected; those after it are sent once it is."""
CORRIGES = 2
"""How many youths the correction is about."""
EVENEMENTS = ("sortants", "contacts", "enquetes", "entrees", "sorties")
"""Populations to which a month adds what happened in it: the year so far is the sum of the months,
but for those who came back, or left twice."""


@dataclass(frozen=True)
class Annee:
    """All that is handed out of a territory, from January on."""

    envois: list[Remis]
    """The first table of each month."""
    rectificatif: Remis

    @property
    def rectifie(self) -> Remis:
        return self.envois[RECTIFIE]

    def suites(self) -> Iterator[tuple[Remis, Remis]]:
        """A table, and that of the month after, as each of them was known."""
        yield from pairwise(self.envois[: RECTIFIE + 1])
        yield self.envois[RECTIFIE - 1], self.rectificatif
        yield from pairwise([self.rectificatif, *self.envois[RECTIFIE + 1 :]])


@pytest.fixture(scope="module")
def genres(app) -> dict[str, list[Genre]]:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return {population: lire_les_genres(db.session, population) for population in GENRES}


def publier(session, graine: int, jeunes: int) -> dict[str | None, Annee]:
    """Six months of a base (MDS, then None for the Département): some youths are corrected after
    the third table."""
    hasard = Hasard(graine, MOIS[0], date(2025, 6, 30))
    avant = [une_histoire(hasard) for _ in range(jeunes)]
    apres = [*(une_histoire(hasard) for _ in range(CORRIGES)), *avant[CORRIGES:]]
    envoyes = _chiffrer(session, avant, MOIS[: RECTIFIE + 1])
    corriges = _chiffrer(session, apres, MOIS[RECTIFIE:])
    logements = tous_les_logements(session)
    annees = {}
    for mds in (*MDS, None):
        envois = []
        for mois in MOIS:
            chiffres = envoyes.get((mois, mds)) or corriges[mois, mds]
            envois.append(remettre(f"{mds} {mois:%m}", [chiffres], logements))
        cle = (MOIS[RECTIFIE], mds)
        rectificatif = remettre(f"{mds} rectifié", [envoyes[cle], corriges[cle]], logements)
        annees[mds] = Annee(envois, rectificatif)
    return annees


def _chiffrer(session, histoires, mois) -> dict:
    with session.begin_nested() as seul:
        enregistrer(session, histoires, [], [])
        chiffres = {(m, mds): figes(m, mds) for m in mois for mds in (*MDS, None)}
        seul.rollback()
    return chiffres


def attaquer(lecture: Lecture, annees: list[Annee], *, evenements: bool) -> list[tuple]:
    """The last of ``annees`` is that of the Département, when there are several."""
    for annee in annees:
        for table in annee.envois:
            lire_le_tableau(lecture, table)
        lire_le_tableau(lecture, annee.rectificatif, annee.rectifie)
        relier_les_mois(lecture, annee, evenements=evenements)
        relier_le_rectificatif(lecture, annee)
    *mds, departement = annees
    if mds:
        for rang, table in enumerate(departement.envois):
            relier_les_mds(lecture, table, [annee.envois[rang] for annee in mds])
        relier_les_mds(lecture, departement.rectificatif, [x.rectificatif for x in mds])
    return lecture.attaque.trouves()


def lire_le_tableau(lecture: Lecture, table: Remis, rectifie: Remis | None = None) -> None:
    for colonne in disposition.PERIODES:
        lecture.lire(table, colonne, rectifie)
    for ligne in lecture.lignes:
        jour, mois, cumul = (
            (table.nom, colonne, ligne.code, ligne.chemin)
            for colonne in ("en_cours", "mois", "cumul")
        )
        lecture.attaque.confier_l_ordre(jour, [mois])
        lecture.attaque.confier_l_ordre(mois, [cumul])


def relier_les_mois(lecture: Lecture, annee: Annee, *, evenements: bool) -> None:
    """The attacker is told, to the unit, how many came back or left twice."""
    attaque = lecture.attaque
    janvier = annee.envois[0].nom
    for ligne in lecture.lignes:
        cle = (ligne.code, ligne.chemin)
        attaque.ecart(("janvier", janvier, *cle), (janvier, "cumul", *cle), [(janvier, "mois", *cle)])
        attaque.confier(("janvier", janvier, *cle))
        for avant, table in annee.suites():
            ancien = (avant.nom, "cumul", *cle)
            mois = (table.nom, "mois", *cle)
            cumul = (table.nom, "cumul", *cle)
            attaque.confier_l_ordre(ancien, [cumul])
            attaque.confier_l_ordre(cumul, [ancien, mois])
            if evenements:
                attaque.ecart(("revenus", *cumul), cumul, [ancien, mois])
                attaque.confier(("revenus", *cumul))


def relier_le_rectificatif(lecture: Lecture, annee: Annee) -> None:
    """The attacker is told how many youths were corrected, and looks for what changed."""
    attaque = lecture.attaque
    for colonne in disposition.PERIODES:
        anciens = lecture.variables[annee.rectifie.nom, colonne]
        nouveaux = lecture.variables[annee.rectificatif.nom, colonne]
        partis = [attaque.inconnue() for _ in anciens]
        venus = [attaque.inconnue() for _ in anciens]
        for ancien, nouveau, parti, venu in zip(anciens, nouveaux, partis, venus, strict=True):
            attaque.borner({nouveau: 1, ancien: -1, parti: 1, venu: -1}, 0, 0)
        for corriges in (partis, venus):
            attaque.borner(dict.fromkeys(corriges, 1), 0, CORRIGES)
        for ligne in lecture.lignes:
            cle = (colonne, ligne.code, ligne.chemin)
            versions = [(annee.rectifie.nom, *cle), (annee.rectificatif.nom, *cle)]
            petite, grande = sorted(versions, key=attaque.vrais.__getitem__)
            attaque.ecart(("différence", *grande), grande, [petite])


def relier_les_mds(lecture: Lecture, departement: Remis, mds: list[Remis]) -> None:
    """The attacker is told how many youths are in no MDS, or in two."""
    for colonne in disposition.PERIODES:
        for ligne in lecture.lignes:
            cle = (colonne, ligne.code, ligne.chemin)
            hors = ("hors MDS", departement.nom, *cle)
            lecture.attaque.ecart(hors, (departement.nom, *cle), [(x.nom, *cle) for x in mds])
            lecture.attaque.confier(hors)


@pytest.mark.parametrize("graine", range(20, 24))
def test_ni_les_mois_ni_un_rectificatif_ne_font_trouver_un_petit_nombre(session, genres, graine):
    annees = publier(session, graine, 60)
    lignes = lignes_de_jeunes(tous_les_logements(session))
    for population, siens in genres.items():
        t=time.time()
        lecture = ouvrir(siens, lignes)
        lus = [annees[None]] if population == "sortants" else [*annees.values()]
        trouves = attaquer(lecture, lus, evenements=population in EVENEMENTS)
        print(population, len(lecture.genres), sum(v in range(1,5) for v in lecture.attaque.vrais.values()), trouves, time.time()-t)
