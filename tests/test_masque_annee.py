"""The version for partners, month after month and corrected: whoever keeps every table handed out
finds no number from 1 to 4 of youths, nor a difference from 1 to 4 between two versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

import pytest

from app.echanges.tableau import diffusion, disposition
from app.indicateurs import DEFINITIONS, colonnes_du_mois, par_jeune
from app.indicateurs.calcul import LigneComptee
from app.indicateurs.requete import OBJETS
from app.regles.masque import par_tranche
from tests.attaquant import PETITS, Attaque
from tests.publications import (
    Genre,
    Lecture,
    Remis,
    figes,
    lignes_de_jeunes,
    ouvrir,
    remettre,
    tous_les_logements,
)

from .indicateurs.histoires import MDS, Hasard, enregistrer, une_histoire

FIN = date(2025, 6, 30)
TOUTE_L_ANNEE = tuple(date(2025, n, 1) for n in range(1, 13))
MOIS = TOUTE_L_ANNEE[:6]
RECTIFIE = MOIS[2]
"""The month whose table is corrected; those after it are sent once it is."""
CORRIGES = 2
"""How many youths the correction is about."""
LigneParJeune = dict[str, LigneComptee]
POPULATIONS = sorted({i.parmi for i in DEFINITIONS.values()} - set(OBJETS))
EVENEMENTS = ("sortants", "contacts", "enquetes", "entrees", "sorties")
"""Populations to which a month adds what happened in it: the year so far is the sum of the months,
but for those who came back, or left twice."""


@dataclass(frozen=True)
class Annee:
    """All that is handed out of a territory, month after month."""

    avant: list[Remis]
    """From January on; empty: the attacker did not keep them."""
    rectifie: Remis
    rectificatif: Remis
    apres: list[Remis]

    @property
    def tous(self) -> list[Remis]:
        return [*self.avant, self.rectifie, self.rectificatif, *self.apres]

    def suites(self) -> Iterator[tuple[Remis, Remis]]:
        """A table, and that of the month after, as each of them was known."""
        yield from pairwise([*self.avant, self.rectifie])
        yield from pairwise([*self.avant[-1:], self.rectificatif, *self.apres])


@dataclass(frozen=True)
class Publication:
    """The tables of a base, and who was counted in them."""

    annees: list[Annee]
    """That of each MDS, then that of the Département."""
    personnes: list[LigneParJeune]
    """What each indicator says of each youth, in each column of each table."""
    lignes: list[disposition.LigneDeChiffres]

    def ouvrir(self, population: str, *, dire_les_petits: bool = True) -> Lecture:
        """The attacker is told what kinds of persons there are: there is no other."""
        codes = {code for code, i in DEFINITIONS.items() if i.parmi == population}
        connus = set()
        for personne in self.personnes:
            siennes = [x for code, x in personne.items() if code in codes]
            connus.add(frozenset((x.code, x.reponse, x.modalite, x.dont) for x in siennes))
        # In one order, so that the solver takes the same way each time.
        genres = sorted(map(Genre, filter(None, connus)), key=str)
        return ouvrir(genres, self.lignes, Attaque(dire_les_petits))


def publier(session, hasard: Hasard, jeunes: int, territoires, mois) -> Publication:
    """Some youths are corrected once the table of the month ``RECTIFIE`` has been handed out."""
    logements = tous_les_logements(session)
    publication = Publication([], [], lignes_de_jeunes(logements))
    histoires = [une_histoire(hasard) for _ in range(jeunes)]
    corrigees = [*(une_histoire(hasard) for _ in range(CORRIGES)), *histoires[CORRIGES:]]
    envoyes = _chiffrer(session, histoires, [m for m in mois if m <= RECTIFIE], territoires)
    corriges = _chiffrer(session, corrigees, [m for m in mois if m >= RECTIFIE], territoires)
    for mds in territoires:
        envoyees = [envoyes[m, mds].figes for m in mois if m <= RECTIFIE]
        envoyees += [corriges[m, mds].figes for m in mois if m >= RECTIFIE]
        noms = [f"{mds} {table.mois:%m}" for table in envoyees]
        rang = envoyees.index(envoyes[RECTIFIE, mds].figes)
        noms[rang + 1] = f"{mds} rectifié"
        remis = [remettre(nom, envoyees[:n], logements) for n, nom in enumerate(noms, 1)]
        rectifie, rectificatif = remis[rang : rang + 2]
        annee = Annee(remis[:rang], rectifie, rectificatif, remis[rang + 2 :])
        publication.annees.append(annee)
    for chiffres in (*envoyes.values(), *corriges.values()):
        publication.personnes.extend(chiffres.personnes)
    return publication


@dataclass(frozen=True)
class Chiffres:
    """A table, as it is frozen, and who is counted in each of its columns."""

    figes: dict
    personnes: list[LigneParJeune]


def _chiffrer(session, histoires, mois, territoires) -> dict[tuple, Chiffres]:
    chiffres = {}
    with session.begin_nested() as seul:
        enregistrer(session, histoires, [], [])
        for m, mds in product(mois, territoires):
            personnes: list[LigneParJeune] = []
            for periode in colonnes_du_mois(m, mds).values():
                personnes += par_jeune(periode.du, periode.au, mds).values()
            chiffres[m, mds] = Chiffres(figes(m, mds), personnes)
        seul.rollback()
    return chiffres


def attaquer(
    lecture: Lecture, annees: list[Annee], *, evenements: bool, comme_un_premier: bool = False
) -> list[tuple]:
    """The last of ``annees`` is that of the Département, when there are several.

    ``comme_un_premier``: a rectificatif tells its numbers as if it were a first table.
    """
    for annee in annees:
        avant = None
        for table in (*annee.avant, annee.rectifie):
            lire_le_tableau(lecture, table, avant=avant)
            avant = table
        rectifie = None if comme_un_premier else annee.rectifie
        mois_d_avant = annee.avant[-1] if annee.avant else None
        lire_le_tableau(lecture, annee.rectificatif, rectifie, mois_d_avant)
        avant = annee.rectificatif
        for table in annee.apres:
            lire_le_tableau(lecture, table, avant=avant)
            avant = table
        relier_les_mois(lecture, annee, evenements=evenements)
        relier_le_rectificatif(lecture, annee)
    *mds, departement = annees
    if mds:
        for du_departement, *des_mds in zip(*(x.tous for x in (departement, *mds)), strict=True):
            relier_les_mds(lecture, du_departement, des_mds)
    return lecture.attaque.trouves()


def lire_le_tableau(
    lecture: Lecture, table: Remis, rectifie: Remis | None = None, avant: Remis | None = None
) -> None:
    """``avant``: the table of the month before."""
    for colonne in disposition.PERIODES:
        du_mois_d_avant = avant if colonne == diffusion.CUMUL else None
        lecture.lire(table, colonne, rectifie, du_mois_d_avant)
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
    for ligne in lecture.lignes:
        cle = (ligne.code, ligne.chemin)
        for janvier in annee.avant[:1]:
            attaque.ecart(
                ("janvier", *cle), (janvier.nom, "cumul", *cle), [(janvier.nom, "mois", *cle)]
            )
            attaque.confier(("janvier", *cle))
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


def tout_attaquer(
    publication: Publication, populations=POPULATIONS, *, dire_les_petits: bool = True
) -> list[tuple]:
    """There must be something to find."""
    trouves = []
    cherches = 0
    for population in populations:
        lecture = publication.ouvrir(population, dire_les_petits=dire_les_petits)
        evenements = population in EVENEMENTS
        trouves += attaquer(lecture, publication.annees, evenements=evenements)
        cherches += sum(vrai in PETITS for vrai in lecture.attaque.vrais.values())
    assert cherches > 100
    return trouves


@pytest.mark.parametrize(("graine", "jeunes"), [(20, 20), (25, 60)])
def test_ni_les_mois_ni_un_rectificatif_ne_font_trouver_un_petit_nombre(session, graine, jeunes):
    """Six months of the Département."""
    hasard = Hasard(graine, MOIS[0], FIN)
    assert tout_attaquer(publier(session, hasard, jeunes, [None], MOIS)) == []


@pytest.mark.parametrize(("graine", "jeunes"), [(22, 50), (24, 40)])
def test_ni_les_mds_corrigees_a_leur_tour(session, graine, jeunes):
    """The Département and its MDS: the table that is corrected, before and after, and the next."""
    hasard = Hasard(graine, MOIS[0], FIN)
    publication = publier(session, hasard, jeunes, [*MDS, None], MOIS[2:4])
    assert tout_attaquer(publication) == []


def test_ni_une_annee_entiere_ou_un_cumul_ne_redescend_pas_de_quelques_jeunes(session):
    """Ten youths in March, eight in April: a year so far that is told as it was found says that the
    rectificatif of March took two away. ``python -m tests.bench_masque`` adds the nine MDS."""
    publication = une_annee(session, 31, 40, [None])
    assert tout_attaquer(publication, dire_les_petits=False) == []
    for table in publication.annees[0].apres:
        for cle, vrai in table.vrais.items():
            table.imprimes[cle] = par_tranche(vrai)
    trouves = tout_attaquer(publication, ["suivis"], dire_les_petits=False)
    assert {quoi for quoi, *_ in trouves} == {"différence"}


def une_annee(session, graine: int, jeunes: int, territoires) -> Publication:
    hasard = Hasard(graine, TOUTE_L_ANNEE[0], date(2025, 12, 31))
    return publier(session, hasard, jeunes, territoires, TOUTE_L_ANNEE)


def test_un_rectificatif_qui_redirait_chaque_nombre_livrerait_la_difference(session):
    """Why the words told first are kept: nine youths, then ten, would say that one was added."""
    publication = publier(session, Hasard(25, MOIS[0], FIN), 60, [None], MOIS)
    (annee,) = publication.annees
    for cle, vrai in annee.rectificatif.vrais.items():
        annee.rectificatif.imprimes[cle] = par_tranche(vrai)
    lecture = publication.ouvrir("suivis")
    trouves = attaquer(lecture, [annee], evenements=False, comme_un_premier=True)
    assert ("différence", "None rectifié", "mois", "I2", "nombre") in trouves
