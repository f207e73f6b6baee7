"""Thousands of random histories: the statement of the application against a second calculation, day
by day."""

import functools
from collections import Counter
from datetime import date

import pytest

from app.indicateurs import (
    DEFINITIONS,
    ChoixDeLignes,
    Moyen,
    Periode,
    calculer,
    calculer_ensemble,
    liste,
    par_jeune,
)
from app.models import Jeune, Rencontre

from . import factories as f
from .indicateurs import independant
from .indicateurs.histoires import (
    MDS,
    PERIODES,
    Hasard,
    des_instances,
    des_postes,
    enregistrer,
    une_histoire,
)

HISTOIRES = 400


@pytest.fixture
def base_d_histoires(session):
    """Writes histories, and forgets them."""
    yield lambda *quoi: enregistrer(session, *quoi)
    session.rollback()


@pytest.mark.parametrize("graine", range(6))
def test_chaque_chiffre_et_chaque_liste_egalent_le_calcul_jour_par_jour(
    session, base_d_histoires, graine
):
    periodes = [PERIODES[graine % len(PERIODES)], PERIODES[(graine * 3 + 1) % len(PERIODES)]]
    hasard = Hasard(graine, *periodes[0])
    histoires = [une_histoire(hasard) for _ in range(HISTOIRES)]
    instances, postes = des_instances(hasard), des_postes(hasard)
    base_d_histoires(histoires, instances, postes)
    vies = [independant.Vie(h) for h in histoires]
    for du, au in periodes:
        for mds in (None, *MDS[:2]):
            attendues = [independant.reponses(vie, du, au, mds) for vie in vies]
            listes, chiffres = par_jeune(du, au, mds), calculer(du, au, mds)
            _memes_personnes(listes, attendues, histoires, f"{du} {au} {mds}")
            assert chiffres.json() == independant.calculer(
                attendues, instances, postes, du, au, mds
            )
            montrees = Counter(
                (code, li.reponse) for lignes in listes.values() for code, li in lignes.items()
            )
            sommes = {
                c.code: (montrees[c.code, "oui"], c.nombre)
                for c in chiffres
                if not isinstance(c.indicateur, Moyen)
            }
            assert all(somme == nombre for somme, nombre in sommes.values()), sommes


@pytest.mark.parametrize("graine", range(200, 203))
def test_plusieurs_periodes_et_territoires_ensemble_egalent_le_calcul_jour_par_jour(
    session, base_d_histoires, graine
):
    hasard = Hasard(graine, *PERIODES[graine % len(PERIODES)])
    histoires = [une_histoire(hasard) for _ in range(HISTOIRES)]
    instances, postes = des_instances(hasard), des_postes(hasard)
    base_d_histoires(histoires, instances, postes)
    vies = [independant.Vie(h) for h in histoires]
    demandes = [Periode(du, au, mds) for du, au in PERIODES for mds in (None, *MDS)]
    hasard.r.shuffle(demandes)
    for demande, ensemble in zip(demandes, calculer_ensemble(demandes), strict=True):
        attendues = [independant.reponses(vie, demande.du, demande.au, demande.mds) for vie in vies]
        quoi = (demande.du, demande.au, demande.mds)
        assert ensemble.json() == independant.calculer(attendues, instances, postes, *quoi), quoi


def test_une_partie_des_chiffres_egale_le_tout(session, base_d_histoires):
    """Each period asks for its own figures; what it does not ask for is not computed."""
    hasard = Hasard(300, *PERIODES[0])
    base_d_histoires(
        [une_histoire(hasard) for _ in range(HISTOIRES)], des_instances(hasard), des_postes(hasard)
    )
    codes = list(DEFINITIONS)
    hasard.r.shuffle(codes)
    parts = [frozenset(codes[n::4]) for n in range(4)] + [frozenset({code}) for code in DEFINITIONS]
    demandes = [
        Periode(*PERIODES[n % 3], mds, part)
        for n, part in enumerate(parts)
        for mds in (None, MDS[n % len(MDS)])
    ]
    entier = functools.cache(calculer)
    for demande, ensemble in zip(demandes, calculer_ensemble(demandes), strict=True):
        tout = entier(demande.du, demande.au, demande.mds)
        assert {c.code: c for c in ensemble} == {
            code: tout[code] for code in DEFINITIONS if code in demande.codes
        }


def _memes_personnes(obtenues, attendues, histoires, ou: str) -> None:
    """Person by person; a difference shows the history."""
    for numero, attendue in enumerate(attendues, 1):
        obtenue = {code: ligne.reponse for code, ligne in obtenues.get(numero, {}).items()}
        simple = {code: reponse for code, reponse in attendue.items() if "/" not in code}
        assert obtenue == simple, f"{ou}\n{histoires[numero - 1]}"


@pytest.mark.parametrize("graine", (100, 101))
def test_la_somme_de_chaque_liste_egale_son_chiffre_et_ce_qui_manque_a_une_raison(
    session, base_d_histoires, graine
):
    du, au = PERIODES[graine % 2]
    hasard = Hasard(graine, du, au)
    base_d_histoires(
        [une_histoire(hasard) for _ in range(HISTOIRES)], des_instances(hasard), des_postes(hasard)
    )
    for mds in (None, "ART"):
        chiffres = calculer(du, au, mds)
        for code, indicateur in DEFINITIONS.items():
            lignes = liste(code, du, au, mds)
            assert {ligne.code for ligne in lignes} <= {code}
            nombres = Counter(ligne.reponse for ligne in lignes)
            assert len({ligne.id for ligne in lignes}) == len(lignes), (
                f"{code}: someone is listed twice"
            )
            assert nombres["oui"] == chiffres[code].nombre, code
            for reponse in ("oui", "non", "nr"):
                assert chiffres[code].valeurs.get(reponse, nombres[reponse]) == nombres[reponse], (
                    code
                )
            if indicateur.modalite == "age":
                assert nombres["hors_tranche"] == chiffres[code].valeurs["hors_tranche"]
            assert all(ligne.raison for ligne in lignes if ligne.reponse in ("ecarte", "nr")), code
            assert not any(ligne.raison for ligne in lignes if ligne.reponse in ("oui", "non")), (
                code
            )
            assert (
                liste(code, du, au, mds, ChoixDeLignes(("oui", "nr"), debut=3, limite=5))
                == [ligne for ligne in lignes if ligne.reponse in ("oui", "nr")][3:8]
            )


def test_les_histoires_atteignent_chaque_reponse_de_chaque_indicateur():
    """Otherwise the agreement above would say little."""
    vues = Counter()
    for graine in range(5):
        hasard = Hasard(graine, *PERIODES[0])
        for vie in (independant.Vie(une_histoire(hasard)) for _ in range(HISTOIRES)):
            vues.update(independant.reponses(vie, *PERIODES[0], None).items())
    rates = {
        (code, reponse)
        for code in ("I5", "I7", "I8", "I9", "I10", "S1")
        for reponse in ("oui", "non", "nr")
    }
    nombres = {
        (code, "oui")
        for code in (
            "I2b",
            "I3",
            "I4a",
            "I4b",
            "I4c",
            "I4d",
            "I4r",
            "RETOURS",
            "DECES",
            "I5/dont",
            "I4b/dont",
            "LIEUX_ATYPIQUES",
            "MOBILITES",
            "FREINS_LEVES",
        )
    }
    assert rates | nombres | {("I6", "non"), ("I3d", "non"), ("I2", "hors_tranche")} <= {
        vue for vue, nombre in vues.items() if nombre >= 5
    }


def test_aucun_autre_chiffre_ne_bouge_pour_ce_que_laissent_les_etapes(session, base_d_histoires):
    """Requests, proposals, needs, departures, planned steps: every other figure of past periods is
    the same before and after."""
    hasard = Hasard(7, *PERIODES[0])
    histoires = [une_histoire(hasard) for _ in range(60)]
    base_d_histoires(histoires, des_instances(hasard), des_postes(hasard))
    demandes = [Periode(du, au, mds) for du, au in PERIODES for mds in (None, *MDS)]
    avant = calculer_ensemble(demandes)
    for numero in range(1, len(histoires) + 1):
        jeune = Jeune(id=numero)
        for table in ("demande_cjm", "proposition_cej", "besoin"):
            f.une_fiche(table, jeune=jeune)
        f.une_fiche("mobilite", jeune=jeune, du=date(2022, 5, 17))
        session.add(
            Rencontre(
                jeune_id=numero,
                type_code="ENTRETIEN_17",
                statut_code="PREVUE",
                le=f.dans(10),
                etape="ENTRETIEN_17",
                rsase_present=True,
            )
        )
    session.flush()
    apres = calculer_ensemble(demandes)
    for un, autre in zip(avant, apres, strict=True):
        assert un.json() == autre.json()
        communs = [c for c in un if c.code != "MOBILITES"]
        assert communs == [c for c in autre if c.code != "MOBILITES"]
    assert [r["MOBILITES"].nombre for r in avant] != [r["MOBILITES"].nombre for r in apres]
