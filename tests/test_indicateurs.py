"""The indicators on stories that a social worker can read, on the workbooks given with the
definitions, and their rights."""

import json
import re
from datetime import date

import pytest
from werkzeug.exceptions import Forbidden, NotFound

from app import acces
from app.echanges.formats.examen import Limites
from app.echanges.reprise.application import importer
from app.extensions import db
from app.indicateurs import (
    DEFINITIONS,
    Periode,
    Taux,
    calculer,
    liste,
    par_jeune,
    reperes,
    trois_colonnes,
)
from app.indicateurs.chiffres import Decompte, attendues, pourcent, pourcentages
from app.indicateurs.criteres import CRITERES, DefinitionFautive, verifier
from app.indicateurs.formes import chiffrer
from app.indicateurs.populations import POPULATIONS
from app.indicateurs.reperes import Reperes
from app.models import Jeune
from app.regles.parametres import PARAMETRES
from config import RACINE

from . import factories as f
from .indicateurs import independant
from .indicateurs.histoires import enregistrer
from .indicateurs.recits import FICHIERS, Recit, lire

DONNEES = RACINE / "tests" / "donnees"
MDS = ("ARR", "ART", "AUD", "BOU", "CAL", "HCA", "LLI", "MON", "TER")
AN_2025 = (date(2025, 1, 1), date(2025, 12, 31))
JUIN_2025 = (date(2025, 6, 1), date(2025, 6, 30))
NON_COMPTE = "non compté"


# --- Stories


@pytest.mark.parametrize("fichier", FICHIERS, ids=lambda f: f.stem)
def test_chaque_recit_recoit_la_reponse_attendue(session, fichier):
    fautes = [faute for recit in lire(fichier) for faute in _jouer(session, recit)]
    assert not fautes, "\n".join(fautes)


def _jouer(session, recit: Recit):
    """Each story alone in the base, then forgotten."""
    with session.begin_nested() as seul:
        enregistrer(session, recit.histoires, recit.instances, recit.postes)
        resultats = calculer(recit.du, recit.au, recit.mds)
        lignes = liste(recit.code, recit.du, recit.au, recit.mds)
        seul.rollback()
    valeurs = resultats[recit.code].valeurs
    ou = f"{recit.fichier}, « {recit.titre} »"
    if isinstance(recit.attendu, dict):
        recit.valeurs = recit.attendu | recit.valeurs
    else:
        obtenu = {ligne.reponse for ligne in lignes} - {"ecarte"} or {NON_COMPTE}
        if obtenu != {recit.attendu}:
            raisons = [ligne.raison for ligne in lignes]
            yield f"{ou} : {recit.attendu} attendu, {obtenu} obtenu ({raisons})"
    for cle, valeur in recit.valeurs.items():
        if valeurs[cle] != valeur:
            yield f"{ou} : {cle} = {valeur} attendu, {valeurs[cle]} obtenu"
    if recit.parce_que and not any(
        (ligne.raison or "").startswith(recit.parce_que) for ligne in lignes
    ):
        yield f"{ou} : « {recit.parce_que} » attendu, {[ligne.raison for ligne in lignes]} obtenu"
    if recit.reprise is not None and [ligne.reprise for ligne in lignes] != [recit.reprise]:
        yield f"{ou} : reprise {recit.reprise} attendu"
    reponses = [
        independant.reponses(independant.Vie(h), recit.du, recit.au, recit.mds)
        for h in recit.histoires
    ]
    par_ailleurs = independant.calculer(
        reponses, recit.instances, recit.postes, recit.du, recit.au, recit.mds
    )
    if par_ailleurs != resultats.json():
        yield f"{ou} : le second calcul donne {par_ailleurs['indicateurs'].get(recit.code)}"


def test_chaque_indicateur_a_ses_recits():
    joues = {recit.code for fichier in FICHIERS for recit in lire(fichier)}
    assert joues == set(DEFINITIONS)


# --- The workbooks given with the definitions


@pytest.fixture
def app_rendue(serveur_de_bases, nom_de_base, app_sur_base_neuve):
    """The application on an empty base, which is emptied again for the other tests."""
    yield app_sur_base_neuve
    serveur_de_bases.remettre(nom_de_base, serveur_de_bases.modele)


@pytest.mark.parametrize("numero", (1, 2, 3))
def test_les_classeurs_d_exemple_donnent_les_chiffres_attendus(app_rendue, numero):
    with app_rendue.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        rapport = importer(DONNEES / f"saisie_{numero}.xlsx", Limites(20_000_000, 1_000_000, 60))
        assert not rapport.refus
        for nom, periode, mds in (("2025", AN_2025, None), ("2025-06.ART", JUIN_2025, "ART")):
            attendu = json.loads((DONNEES / f"saisie_{numero}.{nom}.json").read_text())
            obtenu = calculer(*periode, mds).json()
            assert json.dumps(obtenu) == json.dumps(attendu)
        db.session.rollback()


# --- What is read


def test_un_pourcentage_s_arrondit_a_la_demi_superieure():
    assert [
        pourcent(1, 16),
        pourcent(1, 3),
        pourcent(2, 3),
        pourcent(1, 8),
        pourcent(1, 2000),
        pourcent(0, 5),
    ] == [
        6.3,
        33.3,
        66.7,
        12.5,
        0.1,
        0.0,
    ]


def test_une_repartition_fait_cent_au_plus_fort_reste_puis_dans_l_ordre_de_la_liste():
    assert pourcentages([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert pourcentages([1, 2]) == [33.3, 66.7]
    assert pourcentages([]) == [] and pourcentages([7]) == [100.0]
    for nombres in ([3, 5, 9, 11], [1] * 7, [1] * 6 + [994]):
        assert round(sum(pourcentages(nombres)), 6) == 100.0


def _taux(oui: int, non: int, nr: int):
    comptes = {code: [] for code in DEFINITIONS}
    comptes["I5"] = [
        Decompte(r, None, False, n, None) for r, n in (("oui", oui), ("non", non), ("nr", nr)) if n
    ]
    return chiffrer(comptes, Periode(*AN_2025), Reperes((), {}))["I5"]


@pytest.mark.parametrize(
    ("comptes", "texte", "alerte"),
    [
        ((0, 0, 0), "sans objet", False),
        ((0, 0, 3), "sans objet", True),
        ((3, 1, 0), "3 sur 4", False),
        ((3, 1, 9), "3 sur 4", True),
        ((3, 2, 0), "60,0\u202f%", False),
        ((4, 4, 2), "50,0\u202f%", False),
        ((4, 4, 3), "de 36,4\u202f% à 63,6\u202f%", True),
        ((0, 8, 0), "0,0\u202f%", False),
    ],
)
def test_un_taux_se_lit_avec_prudence(comptes, texte, alerte):
    chiffre = _taux(*comptes)
    assert (chiffre.texte, chiffre.alerte) == (texte, alerte)
    assert ("complétude insuffisante" in chiffre.complement) == alerte


def test_ce_qui_est_attendu_suit_les_fins_de_mois_et_de_trimestre():
    neuf = Reperes((), {code: reperes.OuvertureMds(n, None) for n, code in enumerate(MDS)})
    assert attendues(*AN_2025, "mois", None, neuf) == 108
    assert attendues(*AN_2025, "trimestre", "ART", neuf) == 4
    assert attendues(date(2025, 3, 31), date(2025, 3, 31), "trimestre", "ART", neuf) == 1
    assert attendues(date(2025, 3, 31), date(2025, 3, 31), "mois", None, neuf) == 9
    assert attendues(date(2024, 12, 30), date(2025, 1, 30), "mois", "ART", neuf) == 1
    assert attendues(date(2025, 4, 1), date(2025, 6, 29), "trimestre", None, neuf) == 0


def test_d_une_mds_rien_n_est_attendu_avant_son_ouverture():
    dix = Reperes(
        (),
        {code: reperes.OuvertureMds(n, None) for n, code in enumerate(MDS)}
        | {"NEU": reperes.OuvertureMds(9, date(2025, 5, 15))},
    )
    assert attendues(*AN_2025, "mois", None, dix) == 9 * 12 + 8
    assert attendues(*AN_2025, "mois", "NEU", dix) == 8
    assert attendues(*AN_2025, "trimestre", None, dix) == 9 * 4 + 3
    assert attendues(date(2025, 5, 15), date(2025, 5, 31), "mois", "NEU", dix) == 1
    assert attendues(date(2025, 1, 1), date(2025, 4, 30), "mois", None, dix) == 9 * 4


def test_chaque_mot_des_definitions_a_un_sens_et_chaque_sens_sert():
    mots = {mot for indicateur in DEFINITIONS.values() for mot in indicateur.criteres}
    assert mots == set(CRITERES)
    taux = [i for i in DEFINITIONS.values() if isinstance(i, Taux) and i.inconnu]
    assert all(i.si_inconnu for i in taux)


def test_un_critere_dit_toutes_les_colonnes_qu_il_lit():
    """Those of its populations that its SQL names: a column left out would not be computed."""
    for indicateur in DEFINITIONS.values():
        offertes = POPULATIONS[indicateur.parmi].colonnes
        for mot in indicateur.criteres:
            critere = CRITERES[mot]
            sans_texte = re.sub("'[^']*'", "", critere.sql)
            nommees = set(re.findall("[a-z_0-9]+", sans_texte)) & offertes
            assert nommees == critere.lit, f"{mot} : {nommees ^ critere.lit}"


@pytest.mark.parametrize(
    ("parmi", "mot", "colonne", "phrase"),
    [
        ("sortant", "loge", "le", "la population « sortant », qui n’existe pas. Vouliez-vous dire"),
        (
            "sortants",
            "log",
            "le",
            "le critère « log », qui n’existe pas. Vouliez-vous dire « loge »",
        ),
        (
            "sortants",
            "loge",
            "leur",
            "dans la population « sortants », la colonne « leur », qui n’existe pas",
        ),
        ("contacts", "loge", "le", "dans la population « contacts », la colonne « loge »"),
    ],
)
def test_un_mot_mal_ecrit_arrete_le_demarrage_par_une_phrase(parmi, mot, colonne, phrase):
    with pytest.raises(DefinitionFautive, match=f"L’indicateur X1 emploie {phrase}"):
        verifier("X1", parmi, [mot], [colonne])


def test_chaque_nombre_a_une_unite_et_une_source():
    assert all(p.titre and p.unite and p.source and p.depuis for p in PARAMETRES.values())


# --- Columns and rights


def test_le_tableau_d_un_mois_a_trois_colonnes(session):
    colonnes = trois_colonnes(date(2024, 2, 15), "ART")
    assert [(c, r.du, r.au) for c, r in colonnes.items()] == [
        ("mois", date(2024, 2, 1), date(2024, 2, 29)),
        ("cumul", date(2024, 1, 1), date(2024, 2, 29)),
        ("en_cours", date(2024, 2, 29), date(2024, 2, 29)),
    ]


@pytest.fixture
def demandeurs(session):
    """One youth of Artois whose whole history was lived in Lens, and accounts of several roles."""
    jeune = f.un_jeune("ART", date_naissance=date(2008, 1, 15))
    f.un_rattachement(jeune, "LLI", du=date(2020, 1, 1), au=date(2025, 6, 30))
    f.un_rattachement(jeune, "ART", du=date(2025, 7, 1))
    f.un_accompagnement(jeune, du=date(2025, 1, 1))
    f.une_mesure(jeune, du=date(2020, 1, 1))
    f.un_poste(du=date(2024, 1, 1))
    return {
        role: f.un_compte(role, mds).id
        for role, mds in (
            ("COORDONNATEUR", "LLI"),
            ("REFERENT_SEF", "LLI"),
            ("DPID", None),
            ("ADMINISTRATEUR", None),
        )
    } | {"jeune": jeune.id}


def test_le_meme_chiffre_quel_que_soit_celui_qui_le_demande(session, demandeurs):
    attendu = calculer(*JUIN_2025, "LLI").json()
    assert (
        attendu["indicateurs"]["I2"]["nombre"] == 1 and attendu["indicateurs"]["I1"]["postes"] == 1
    )
    for role in ("COORDONNATEUR", "REFERENT_SEF", "DPID"):
        with acces.acteur(demandeurs[role]):
            assert calculer(*JUIN_2025, "LLI").json() == attendu, role
            assert set(par_jeune(*JUIN_2025, "LLI")) == {demandeurs["jeune"]}


def test_la_liste_compte_un_jeune_que_le_demandeur_ne_peut_pas_ouvrir(session, demandeurs):
    with acces.acteur(demandeurs["COORDONNATEUR"]):
        assert [ligne.id for ligne in liste("I2", *JUIN_2025, "LLI")] == [demandeurs["jeune"]]
        assert session.get(Jeune, demandeurs["jeune"]) is None


@pytest.mark.parametrize(
    ("role", "mds"),
    [
        ("COORDONNATEUR", "ART"),
        ("COORDONNATEUR", None),
        ("ADMINISTRATEUR", None),
        ("ADMINISTRATEUR", "ART"),
    ],
)
def test_sans_le_droit_sur_la_mds_aucun_chiffre_ni_aucune_liste(session, demandeurs, role, mds):
    with acces.acteur(demandeurs[role]):
        for demande in (
            lambda: calculer(*AN_2025, mds),
            lambda: liste("I2", *AN_2025, mds),
            lambda: par_jeune(*AN_2025, mds),
        ):
            with pytest.raises(Forbidden, match="chiffres"):
                demande()


def test_ce_qui_n_existe_pas_est_dit(session):
    with pytest.raises(NotFound, match="MDS"):
        calculer(*AN_2025, "XXX")
    with pytest.raises(NotFound, match="indicateur"):
        liste("I99", *AN_2025)
    with pytest.raises(ValueError, match="période"):
        calculer(date(2025, 2, 1), date(2025, 1, 1))


# --- The command


def _commande(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["tandem", "indicateurs", *arguments])


def test_la_commande_donne_le_json_du_contrat(app):
    fini = _commande(
        app, "--du", "2025-06-01", "--au", "2025-06-30", "--mds", "ART", "--format", "json"
    )
    assert fini.exit_code == 0, fini.output
    chiffres = json.loads(fini.stdout)
    assert (chiffres["periode"], chiffres["mds"]) == (
        {"du": "2025-06-01", "au": "2025-06-30"},
        "ART",
    )
    modele = json.loads((DONNEES / "saisie_1.2025.json").read_text())
    assert {code: set(valeurs) for code, valeurs in chiffres["indicateurs"].items()} == {
        code: set(valeurs) for code, valeurs in modele["indicateurs"].items()
    }


def test_la_commande_se_lit_en_francais(app):
    fini = _commande(app, "--du", "2025-06-01", "--au", "2025-06-30")
    assert (
        "Jeunes de 16 à 18 ans suivis dans le cadre de l’ASE : 0" in fini.stdout
        and "sans objet" in fini.stdout
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mds", "XXX"), "n’est pas le code d’une MDS"),
        (("--au", "2024-01-01"), "finit avant"),
        (("--au", "31/12/2025"), "2025"),
    ],
)
def test_la_commande_refuse_ce_qui_ne_veut_rien_dire(app, arguments, message):
    fini = _commande(
        app,
        "--du",
        "2025-01-01",
        *(() if "--au" in arguments else ("--au", "2025-12-31")),
        *arguments,
    )
    assert fini.exit_code == 2 and message in fini.stderr
