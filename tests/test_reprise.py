"""The classeur de reprise comes in and goes out as it is written: whole or not at all, twice the
same, nothing lost."""

import itertools
import json
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app import acces
from app.echanges.reprise import annulation, application, extraction
from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.feuilles import FEUILLES
from app.extensions import db
from app.models import (
    LISTES,
    Accompagnement,
    Evenement,
    Importation,
    Jeune,
    Mds,
    Mesure,
    Mobilisation,
    Partenaire,
    Rattachement,
    Rencontre,
    Situation,
)
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.classeurs import DONNEES, JEUNE, LIMITES, SAISIES, cellules, ecrire
from tests.office import fautes

DEDUITES = ("agent", "orientation")
"""Tables that a workbook written before them fills all the same: the names of the binômes and of
the postes make the agents, the prise de contact of a youth makes an orientation."""
GARDER_LES_BONNES = application.OptionsDImport(garder_les_bonnes=True)

_numeros = itertools.count(1)


@pytest.fixture
def importer(session, tmp_path):
    """Write a workbook, import it, give the report."""

    def _importer(feuilles, **options):
        chemin = (
            feuilles
            if not isinstance(feuilles, dict)
            else ecrire(tmp_path / f"{next(_numeros)}.xlsx", feuilles)
        )
        choix = ChoixDuFichier(effacer=options.pop("effacer", False))
        return application.importer(
            chemin, LIMITES, application.OptionsDImport(details=500, choix=choix, **options)
        )

    return _importer


@pytest.fixture
def code(session):
    """A code that no other test uses."""
    return f"T{next(_numeros):04d}"


def jeune(code, **champs):
    return {**JEUNE, "Code dossier": code, **champs}


def vus(rapport):
    """Where each refusal is."""
    return [(r.feuille, r.ligne, r.colonne) for r in rapport.refus]


def compte_des_lignes():
    """How many rows each table of the workbook holds."""
    return {
        feuille.table: db.session.scalar(select(func.count()).select_from(feuille.modele))
        for feuille in FEUILLES
    }


@pytest.fixture
def base_neuve(serveur_de_bases, nom_de_base, app):
    """Empties the base, as many times as asked: the application, on a base with nobody in it."""

    def _neuve():
        serveur_de_bases.remettre(nom_de_base, serveur_de_bases.modele)
        return app

    yield _neuve
    _neuve()


# --- Whole workbooks
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", SAISIES)
def test_une_saisie_s_importe_se_reimporte_sans_effet_et_revient_a_l_identique(
    base_neuve, tmp_path, nom
):
    exports = []
    for source in (DONNEES / nom, None):
        with base_neuve().app_context(), acces.acteur(acces.TOUS):
            source = source or exports[0]
            premier = application.importer(source, LIMITES)
            assert (premier.refus, premier.modifies, premier.inchanges) == ([], 0, 0)
            lignes = compte_des_lignes()
            deduites = 0 if exports else sum(lignes[table] for table in DEDUITES)
            assert premier.crees == sum(lignes.values()) - deduites
            second = application.importer(source, LIMITES)
            assert (second.crees, second.modifies, second.inchanges, second.refus) == (
                0,
                0,
                premier.crees,
                [],
            )
            exports.append(tmp_path / f"export{len(exports)}.xlsx")
            extraction.exporter(exports[-1])
            retour = application.importer(exports[-1], LIMITES)
            assert (retour.crees, retour.modifies) == (0, 0)
            assert retour.inchanges == premier.crees + deduites
    assert cellules(exports[0]) == cellules(exports[1])


def test_une_saisie_bien_rangee_ressort_cellule_pour_cellule(base_neuve, tmp_path):
    """Written before the latest columns and sheets: these come out empty."""
    with base_neuve().app_context(), acces.acteur(acces.TOUS):
        application.importer(DONNEES / "saisie_3.xlsx", LIMITES)
        extraction.exporter(tmp_path / "export.xlsx")
    avant, apres = cellules(DONNEES / "saisie_3.xlsx"), cellules(tmp_path / "export.xlsx")
    assert list(avant) == [t for t in apres if t not in ("Agents", "Orientations")]
    for titre in avant:
        entetes = apres[titre][0]
        places = [entetes.index(entete) for entete in avant[titre][0]]
        assert places == sorted(places)
        neuves = [n for n in range(len(entetes)) if n not in places]
        assert {ligne[n] for ligne in apres[titre][1:] for n in neuves} <= {""}, titre
        connues = [[ligne[n] for n in places] for ligne in apres[titre]]
        assert sorted(map(repr, avant[titre])) == sorted(map(repr, connues)), titre


def test_chaque_faute_d_exemple_est_signalee_a_sa_cellule_et_rien_n_est_ecrit(importer):
    fautes = json.loads((DONNEES / "fautes_1.json").read_text(encoding="utf-8"))
    avant = compte_des_lignes()
    rapport = importer(DONNEES / "fautes_1.xlsx")
    assert sorted(vus(rapport)) == sorted((x["feuille"], x["ligne"], x["colonne"]) for x in fautes)
    assert all(r.raison.endswith((".", "?")) for r in rapport.refus)
    assert (rapport.crees, rapport.modifies, rapport.importation) == (0, 0, None)
    assert compte_des_lignes() == avant


def test_garder_les_bonnes_importe_tout_ce_qui_ne_depend_pas_d_une_faute(base_neuve):
    with base_neuve().app_context(), acces.acteur(acces.TOUS):
        rapport = application.importer(DONNEES / "fautes_1.xlsx", LIMITES, GARDER_LES_BONNES)
        lignes = compte_des_lignes()
        deduites = sum(lignes[table] for table in DEDUITES)
        assert rapport.crees == sum(lignes.values()) - deduites > 2000
        fautifs = {"D00033", "D00047", "D00080", "D00097", "D00106"}
        assert fautifs & set(db.session.scalars(select(Jeune.code))) == set()
        orphelins = [r for r in rapport.refus if "dont celle-ci dépend" in r.raison]
        assert {r.colonne for r in orphelins} == {"Jeune"}
        assert {r.valeur for r in orphelins} <= fautifs
        encore = application.importer(DONNEES / "fautes_1.xlsx", LIMITES, GARDER_LES_BONNES)
        assert (encore.crees, encore.modifies, encore.inchanges) == (0, 0, rapport.crees)


def test_le_modele_est_complet_et_revient_vide(session, tmp_path):
    chemin = tmp_path / "modele.xlsx"
    extraction.ecrire_modele(chemin)
    assert fautes(chemin) == []
    feuilles = cellules(chemin)
    assert list(feuilles) == [*(feuille.nom for feuille in FEUILLES), "Codes", "Lisez-moi"]
    for feuille in FEUILLES:
        assert feuilles[feuille.nom] == [[c.titre for c in feuille.champs]]
    codes = {c for ligne in feuilles["Codes"] for c in ligne}
    assert {"CJM_HEBERGE", "Artois", "Placement à domicile"} <= codes
    rapport = application.importer(chemin, LIMITES)
    assert (
        rapport.crees,
        rapport.modifies,
        rapport.inchanges,
        rapport.refus,
        rapport.avertissements,
    ) == (
        0,
        0,
        0,
        [],
        [],
    )


# --- What a row does
# ------------------------------------------------------------------------------------------------


def test_une_cle_connue_met_a_jour_et_montre_l_ancien_et_le_nouveau(importer, code):
    importer({"Jeunes": [jeune(code, Téléphone="06 39 98 00 01", Objectif="Permis")]})
    rapport = importer(
        {
            "Jeunes": [
                jeune(f" {code.lower()}\N{NO-BREAK SPACE}", Nom="Delattre-Noël", Téléphone=None)
            ]
        },
        essai=True,
    )
    assert (rapport.crees, rapport.modifies) == (0, 1)
    ecarts = {(c.ligne, c.colonne, c.avant, c.apres) for c in rapport.changements}
    assert (2, "Nom", "Delattre", "Delattre-Noël") in ecarts
    assert not any(colonne in ("Objectif", "Téléphone") for _, colonne, _, _ in ecarts)
    assert rapport.gardees == 1


def test_une_cellule_vide_garde_ce_qui_existe_sauf_si_l_on_dit_d_effacer(importer, code):
    importer({"Jeunes": [jeune(code, Téléphone="06 39 98 00 01", Objectif="Permis")]})
    vide = {"Jeunes": [jeune(code, Téléphone=None)]}
    connu = db.session.scalars(select(Jeune).where(Jeune.code == code)).one()
    garde = importer(vide)
    assert (garde.modifies, garde.gardees, garde.pertes) == (0, 1, [])
    assert connu.telephone == "06 39 98 00 01"
    efface = importer(vide, effacer=True)
    assert [(c.colonne, c.avant, c.apres) for c in efface.pertes] == [
        ("Téléphone", "06 39 98 00 01", "")
    ]
    db.session.refresh(connu)
    assert (connu.telephone, connu.objectif) == (None, "Permis")


def test_l_essai_n_ecrit_rien(importer, code):
    avant = compte_des_lignes()
    rapport = importer({"Jeunes": [jeune(code)]}, essai=True)
    assert (rapport.crees, rapport.nouveautes) == (1, [("Jeunes", 2, f"Camille Delattre ({code})")])
    assert compte_des_lignes() == avant


def test_les_references_se_retrouvent_quelle_que_soit_l_ecriture_avec_l_orthographe_definie(
    importer, code
):
    rapport = importer(
        {
            "Mobilisations": [
                {"Jeune": code.lower(), "Partenaire": f"crous  d’hesdin {code}", "Du": "01/01/2025"}
            ],
            "Partenaires": [
                {"Nom": f"CROUS d'Hesdin {code}", "Type": "AUTRE", "MDS": "Ternois; art ;TER"}
            ],
            "Jeunes": [jeune(code)],
        }
    )
    assert (rapport.crees, rapport.refus) == (3, [])
    partenaire = db.session.scalars(
        select(Partenaire).where(Partenaire.nom == f"CROUS d'Hesdin {code}")
    ).one()
    noms = [db.session.get(Mds, numero).code for numero in partenaire.mds_ids]
    assert noms == ["TER", "ART"]
    assert (
        db.session.scalar(
            select(func.count(Mobilisation.id)).where(Mobilisation.partenaire_id == partenaire.id)
        )
        == 1
    )
    assert (
        importer(
            {"Partenaires": [{"Nom": partenaire.nom, "Type": "AUTRE", "MDS": "ART;TER"}]}
        ).inchanges
        == 1
    )


def test_un_element_retire_d_une_liste_est_encore_accepte_car_il_dit_le_passe(importer, code):
    item = db.session.get(LISTES["motif_rupture"], "FUGUE")
    item.retire_le = aujourd_hui() - timedelta(days=1)
    db.session.commit()
    rapport = importer(
        {
            "Jeunes": [jeune(code)],
            "Alertes": [{"Jeune": code, "Motif": "Fugue", "Du": "01/01/2020"}],
        }
    )
    assert rapport.refus == []
    db.session.get(LISTES["motif_rupture"], "FUGUE").retire_le = None
    db.session.commit()


def test_le_texte_garde_ses_lignes_ses_signes_et_sa_longueur(importer, code, tmp_path):
    recit = "= total\n+ suite  double\n\n@fin\N{NO-BREAK SPACE}«»€œŒ…’ʼ😀" + "x" * 20_000
    importer({"Jeunes": [jeune(code, Observations=recit)]})
    assert db.session.scalar(select(Jeune.observations).where(Jeune.code == code)) == recit.replace(
        "\N{NO-BREAK SPACE}", " "
    ).replace("  ", " ")
    extraction.exporter(tmp_path / "e.xlsx")
    assert fautes(tmp_path / "e.xlsx") == []
    assert importer(tmp_path / "e.xlsx").modifies == 0


# --- Each refusal of the specification
# ------------------------------------------------------------------------------

DEMAIN = aujourd_hui() + timedelta(days=1)


def age(ans: int) -> date:
    return aujourd_hui().replace(day=1) - timedelta(days=ans * 365 + ans // 4 + 40)


def test_une_naissance_future_ou_un_age_hors_de_10_a_30_ans_est_refuse_a_qui_n_est_pas_connu(
    importer, code
):
    lignes = [
        jeune(f"{code}{n}", **{"Date de naissance": jour})
        for n, jour in enumerate((DEMAIN, age(9), age(31), age(10), age(30)))
    ]
    assert vus(importer({"Jeunes": lignes})) == [
        ("Jeunes", n, "Date de naissance") for n in (2, 3, 4)
    ]
    importer({"Jeunes": [jeune(code)]})
    vieux = {"Date de naissance": age(40)}
    assert vus(importer({"Jeunes": [jeune(code, **vieux)]}, essai=True)) == []
    assert vus(importer({"Jeunes": [jeune(code, **{"Date de naissance": DEMAIN})]})) == [
        ("Jeunes", 2, "Date de naissance")
    ]


@pytest.mark.parametrize(
    ("feuille", "ligne", "colonne"),
    [
        ("Rattachements", {"MDS": "ART", "Du": "02/01/2025", "Au": "01/01/2025"}, "Au"),
        ("Accompagnements", {"Du": "02/01/2025", "Au": "01/01/2025"}, "Au"),
        ("Mesures ASE", {"Type": "PLACEMENT", "Du": "02/01/2025", "Au": "01/01/2025"}, "Au"),
        (
            "Binômes",
            {"Référent ASE": "A", "Coordonnateur": "B", "Du": "02/01/2025", "Au": "01/01/2025"},
            "Au",
        ),
        ("Alertes", {"Motif": "FUGUE", "Du": "02/01/2025", "Au": "01/01/2025"}, "Au"),
        ("Freins", {"Thème": "EMPLOI", "Du": "02/01/2025", "Levé le": "01/01/2025"}, "Levé le"),
        ("Enquêtes", {"Demandée le": "02/01/2025", "Répondue le": "01/01/2025"}, "Répondue le"),
        ("Situations", {"Observée le": "02/01/2025", "Confirmée le": "01/01/2025"}, "Confirmée le"),
    ],
)
def test_une_fin_avant_le_debut_est_refusee(importer, code, feuille, ligne, colonne):
    assert vus(importer({"Jeunes": [jeune(code)], feuille: [{"Jeune": code, **ligne}]})) == [
        (feuille, 2, colonne)
    ]
    juste = {t: "02/01/2025" if v == "01/01/2025" else v for t, v in ligne.items()}
    assert (
        vus(importer({"Jeunes": [jeune(code)], feuille: [{"Jeune": code, **juste}]}, essai=True))
        == []
    )


SANS_CHEVAUCHEMENT = {
    "Rattachements": {"MDS": "ART"},
    "Accompagnements": {},
    "Binômes": {"Référent ASE": "A", "Coordonnateur": "B"},
}


@pytest.mark.parametrize("feuille", SANS_CHEVAUCHEMENT)
def test_deux_periodes_qui_partagent_un_jour_sont_refusees_sur_la_seconde_ligne(
    importer, code, feuille
):
    def periodes(*bornes):
        return {
            "Jeunes": [jeune(code)],
            feuille: [
                {"Jeune": code, **SANS_CHEVAUCHEMENT[feuille], "Du": du, "Au": au}
                for du, au in bornes
            ],
        }

    assert vus(importer(periodes(("01/01/2024", "31/01/2024"), ("31/01/2024", "01/03/2024")))) == [
        (feuille, 3, "Du")
    ]
    assert vus(importer(periodes(("01/06/2024", None), ("01/01/2024", "01/06/2024")))) == [
        (feuille, 3, "Du")
    ]
    assert vus(importer(periodes(("01/01/2024", "31/01/2024"), ("01/02/2024", None)))) == []


@pytest.mark.parametrize("feuille", SANS_CHEVAUCHEMENT)
def test_un_chevauchement_se_juge_sur_l_etat_qui_resulterait(importer, code, feuille):
    fixe = {"Jeune": code, **SANS_CHEVAUCHEMENT[feuille]}
    importer({"Jeunes": [jeune(code)], feuille: [{**fixe, "Du": "01/01/2024", "Au": None}]})
    suite = {**fixe, "Du": "01/06/2024"}
    assert vus(importer({feuille: [suite]})) == [(feuille, 2, "Du")]
    close = {**fixe, "Du": "01/01/2024", "Au": "31/05/2024"}
    assert vus(importer({feuille: [{**suite, "Au": None}, close]})) == []
    assert vus(importer({feuille: [{**close, "Au": None}]})) == []
    rouverte = importer({feuille: [{**close, "Au": None}]}, effacer=True)
    assert vus(rouverte) == [(feuille, 2, "Du")]


def test_deux_voisines_peuvent_se_deplacer_dans_le_meme_import(importer, code):
    importer(
        {
            "Jeunes": [jeune(code)],
            "Accompagnements": [
                {"Jeune": code, "Du": "01/01/2024", "Au": "31/03/2024"},
                {"Jeune": code, "Du": "01/06/2024", "Au": "30/06/2024"},
            ],
        }
    )
    rapport = importer(
        {
            "Accompagnements": [
                {"Jeune": code, "Du": "01/01/2024", "Au": "31/05/2024"},
                {"Jeune": code, "Du": "01/06/2024", "Au": None},
            ]
        },
        effacer=True,
    )
    assert (rapport.modifies, rapport.refus) == (2, [])


def test_un_accompagnement_saisi_par_erreur_peut_en_chevaucher_un_autre_s_il_a_son_propre_debut(
    importer, code
):
    lignes = [
        {"Jeune": code, "Du": "01/01/2024", "Motif de sortie": None},
        {"Jeune": code, "Du": "01/02/2024", "Motif de sortie": "ERREUR"},
    ]
    assert vus(importer({"Jeunes": [jeune(code)], "Accompagnements": lignes})) == []
    lignes[1]["Du"] = "01/01/2024"
    assert vus(importer({"Accompagnements": lignes})) == [("Accompagnements", 3, "Du")]


def test_le_rattachement_en_cours_est_celui_de_la_feuille_jeunes(importer, code):
    rattachements = [
        {"Jeune": code, "MDS": "ART", "Du": "01/01/2020", "Au": "31/12/2024"},
        {"Jeune": code, "MDS": "BOU", "Du": "01/01/2025"},
    ]
    assert vus(importer({"Jeunes": [jeune(code)], "Rattachements": rattachements})) == [
        ("Rattachements", 3, "MDS")
    ]
    assert vus(importer({"Jeunes": [jeune(code, MDS="BOU")], "Rattachements": rattachements})) == []
    assert vus(importer({"Jeunes": [jeune(code)]})) == [("Jeunes", 2, "MDS")]


def test_un_jeune_change_de_mds_avec_toute_son_histoire_quand_ses_rattachements_le_disent(
    importer, code
):
    importer(
        {
            "Jeunes": [jeune(code)],
            "Rattachements": [{"Jeune": code, "MDS": "ART", "Du": "01/01/2020"}],
            "Rencontres": [
                {
                    "Code": f"R{code}",
                    "Jeune": code,
                    "Type": "ENTRETIEN",
                    "Le": "01/01/2025",
                    "Statut": "TENUE",
                }
            ],
        }
    )
    rapport = importer(
        {
            "Jeunes": [jeune(code, MDS="Ternois", Nom="Autre")],
            "Rattachements": [
                {"Jeune": code, "MDS": "ART", "Du": "01/01/2020", "Au": "30/06/2025"},
                {"Jeune": code, "MDS": "TER", "Du": "01/07/2025"},
            ],
            "Rencontres": [
                {
                    "Code": f"R{code}",
                    "Jeune": code,
                    "Type": "ENTRETIEN",
                    "Le": "02/01/2025",
                    "Statut": "TENUE",
                }
            ],
        }
    )
    assert (rapport.crees, rapport.modifies, rapport.refus) == (1, 3, [])
    ternois = db.session.scalar(select(Mds.id).where(Mds.code == "TER"))
    assert (
        db.session.scalars(select(Rencontre.mds_id).where(Rencontre.code == f"R{code}")).one()
        == ternois
    )


def test_un_jeune_ni_dans_la_feuille_ni_dans_la_base_est_inconnu(importer, code):
    alertes = [{"Jeune": code, "Motif": "FUGUE", "Du": "01/01/2025"}]
    assert vus(importer({"Alertes": alertes})) == [("Alertes", 2, "Jeune")]
    importer({"Jeunes": [jeune(code)]})
    assert vus(importer({"Alertes": alertes})) == []


def test_un_jeune_refuse_n_entraine_pas_de_fausses_erreurs_sur_ses_lignes(importer, code):
    feuilles = {
        "Jeunes": [jeune(code, MDS="Dunkerque")],
        "Alertes": [{"Jeune": code, "Motif": "FUGUE", "Du": "01/01/2025"}],
        "Rattachements": [{"Jeune": code, "MDS": "ART", "Du": "01/01/2020"}],
    }
    assert vus(importer(feuilles)) == [("Jeunes", 2, "MDS")]
    garde = importer(feuilles, garder_les_bonnes=True)
    assert vus(garde) == [
        ("Jeunes", 2, "MDS"),
        ("Rattachements", 2, "Jeune"),
        ("Alertes", 2, "Jeune"),
    ]
    assert garde.crees == 0


def test_une_ligne_laissee_de_cote_laisse_la_base_comme_elle_est_et_l_on_rejuge_le_reste(
    importer, code
):
    importer({"Jeunes": [jeune(code)], "Accompagnements": [{"Jeune": code, "Du": "01/01/2024"}]})
    feuilles = {
        "Accompagnements": [
            {"Jeune": code, "Du": "01/01/2024", "Au": "31/05/2024", "Motif de sortie": "INCONNU"},
            {"Jeune": code, "Du": "01/06/2024", "Au": None},
        ]
    }
    assert vus(importer(feuilles)) == [("Accompagnements", 2, "Motif de sortie")]
    rapport = importer(feuilles, garder_les_bonnes=True)
    assert sorted(vus(rapport)) == [
        ("Accompagnements", 2, "Motif de sortie"),
        ("Accompagnements", 3, "Du"),
    ]
    assert (
        db.session.scalar(
            select(func.count(Accompagnement.id)).join(Jeune).where(Jeune.code == code)
        )
        == 1
    )


def test_une_cle_en_double_est_refusee_sur_la_seconde_ligne_quelle_que_soit_l_ecriture(
    importer, code
):
    situation = {"Jeune": code, "Observée le": "01/01/2025"}
    feuilles = {
        "Jeunes": [jeune(code), jeune(f"{code} ".lower())],
        "Situations": [situation, {**situation, "Observée le": date(2025, 1, 1)}],
        "Freins": [
            {"Jeune": code, "Thème": "EMPLOI", "Du": "01/01/2025"},
            {"Jeune": code, "Thème": "Emploi", "Du": "2025-01-01"},
        ],
        "Partenaires": [
            {"Nom": f"É {code}", "Type": "AUTRE"},
            {"Nom": f"e  {code}", "Type": "AUTRE"},
        ],
    }
    assert vus(importer(feuilles)) == [
        ("Jeunes", 3, "Code dossier"),
        ("Situations", 3, "Observée le"),
        ("Freins", 3, "Du"),
        ("Partenaires", 3, "Nom"),
    ]


@pytest.mark.parametrize(
    ("etp", "refus"), [(0, True), (-0.5, True), (1.01, True), (0.000001, False), (1, False)]
)
def test_un_etp_va_de_zero_exclu_a_un(importer, code, etp, refus):
    rapport = importer(
        {"Postes": [{"Coordonnateur": f"P{code}", "ETP": etp, "Du": "01/01/2025"}]}, essai=True
    )
    assert vus(rapport) == [("Postes", 2, "ETP")] * refus


def test_une_instance_de_mds_a_sa_mds_et_les_nombres_sont_positifs(importer, code):
    instance = {
        "Code": code,
        "Type": "PERMANENCE",
        "Le": "01/01/2025",
        "Statut": "TENUE",
        "MDS": None,
        "Jeunes reçus": -1,
    }
    assert vus(importer({"Instances": [instance]})) == [
        ("Instances", 2, "MDS"),
        ("Instances", 2, "Jeunes reçus"),
    ]
    assert vus(importer({"Instances": [{**instance, "Type": "COPIL", "Jeunes reçus": 0}]})) == []


def test_toutes_les_fautes_d_une_ligne_sont_dites(importer, code):
    ligne = {
        "Jeune": "PERSONNE",
        "Type": "RIEN",
        "Du": "hier",
        "Au": "32/01/2025",
        "Motif de fin": "X",
    }
    rapport = importer({"Mesures ASE": [ligne]})
    assert [r.colonne for r in rapport.refus] == ["Jeune", "Type", "Du", "Au", "Motif de fin"]
    assert [r.valeur for r in rapport.refus] == ["PERSONNE", "RIEN", "hier", "32/01/2025", "X"]


def test_une_colonne_obligatoire_absente_est_dite_une_fois_et_n_empeche_pas_de_mettre_a_jour(
    importer, code
):
    importer({"Jeunes": [jeune(code)]})
    lignes = [{"Code dossier": code, "Téléphone": "06 39 98 00 02"}]
    assert vus(importer({"Jeunes": lignes})) == []
    lignes += [{"Code dossier": f"{code}{n}", "Téléphone": "06 39 98 00 02"} for n in range(3)]
    rapport = importer({"Jeunes": lignes}, garder_les_bonnes=True)
    assert vus(rapport) == [("Jeunes", 1, t) for t in ("Nom", "Prénom", "Date de naissance", "MDS")]
    assert (rapport.crees, rapport.inchanges) == (0, 1)


# --- Rights


@pytest.fixture
def referent(session):
    compte = f.un_compte("REFERENT_SEF", mds="ART")
    db.session.commit()
    return compte.id


def test_un_compte_n_ecrit_que_dans_ses_mds_et_rien_ne_dit_si_le_jeune_existe(
    importer, referent, code
):
    importer({"Jeunes": [jeune(f"{code}B", MDS="BOU")]})
    alerte = {"Motif": "FUGUE", "Du": "01/01/2025"}
    with acces.acteur(referent):
        assert (
            vus(importer({"Jeunes": [jeune(code)], "Alertes": [{"Jeune": code, **alerte}]})) == []
        )
        existe, absent = (
            importer({"Alertes": [{"Jeune": f"{code}{fin}", **alerte}]}) for fin in "BZ"
        )
        assert vus(existe) == vus(absent) == [("Alertes", 2, "Jeune")]
        assert existe.refus[0].raison == absent.refus[0].raison
        existe, absent = (importer({"Jeunes": [jeune(f"{code}{fin}", MDS="BOU")]}) for fin in "BZ")
        assert vus(existe) == vus(absent) == [("Jeunes", 2, "MDS")]
        assert existe.refus[0].raison == absent.refus[0].raison
        assert vus(importer({"Jeunes": [jeune(f"{code}B")]})) == [("Jeunes", 2, "Code dossier")]
        assert vus(importer({"Jeunes": [jeune(code, MDS="BOU")]})) == [("Jeunes", 2, "MDS")]
    assert db.session.scalar(select(func.count(Jeune.id)).where(Jeune.code == f"{code}Z")) == 0


def test_un_role_n_ecrit_que_ce_qu_il_peut_mais_ce_qui_ne_change_pas_ne_demande_rien(
    importer, referent, code
):
    feuilles = {
        "Jeunes": [jeune(code)],
        "Situations": [{"Jeune": code, "Observée le": "01/01/2025", "Logement": "FJT"}],
    }
    importer(feuilles)
    with acces.acteur(referent):
        assert (importer(feuilles).inchanges, importer(feuilles).refus) == (2, [])
        autre = {
            "Situations": [
                {"Jeune": code, "Observée le": "01/01/2025", "Logement": "HOTEL"},
                {"Jeune": code, "Observée le": "02/01/2025", "Logement": "FJT"},
            ]
        }
        assert vus(importer(autre)) == [("Situations", 2, "Jeune"), ("Situations", 3, "Jeune")]
    assert (
        db.session.scalar(select(Situation.logement_code).join(Jeune).where(Jeune.code == code))
        == "FJT"
    )


@pytest.mark.parametrize("role", ["SLAI", "DPID", "DPO", "ADMINISTRATEUR"])
def test_qui_n_a_pas_le_droit_d_importer_n_importe_rien(importer, code, role):
    compte = f.un_compte(role)
    db.session.commit()
    with acces.acteur(compte.id), pytest.raises(application.ImportInterdit):
        importer({"Jeunes": [jeune(code)]})


def test_un_compte_n_exporte_que_ses_mds(importer, referent, code, tmp_path):
    importer(
        {
            "Jeunes": [jeune(code), jeune(f"{code}B", MDS="BOU")],
            "Alertes": [
                {"Jeune": j, "Motif": "FUGUE", "Du": "01/01/2025"} for j in (code, f"{code}B")
            ],
        }
    )
    with acces.acteur(referent):
        extraction.exporter(tmp_path / "e.xlsx")
        db.session.rollback()
    feuilles = cellules(tmp_path / "e.xlsx")
    assert {ligne[4] for ligne in feuilles["Jeunes"][1:]} == {"ART"}
    assert code in {ligne[0] for ligne in feuilles["Alertes"][1:]}
    assert f"{code}B" not in {ligne[0] for ligne in feuilles["Alertes"][1:]}
    assert feuilles["Postes"][1:] == []


# --- The audit log, undoing, two at once
# --------------------------------------------------------------------------------


def test_un_import_se_retrouve_dans_le_journal_sous_son_numero(importer, code):
    numero = importer({"Jeunes": [jeune(code)]}).importation
    lignes = db.session.scalars(
        select(Evenement).where(Evenement.requete == f"import:{numero}").order_by(Evenement.id)
    ).all()
    assert [(e.operation, e.table_nom) for e in lignes] == [
        ("creation", "jeune"),
        ("import", "importation"),
    ]
    assert lignes[1].detail["crees"] == 1


def test_un_import_entier_s_annule_d_un_bloc(importer, referent, code):
    with acces.acteur(referent):
        importer({"Jeunes": [jeune(code, Téléphone="06 39 98 00 03")]})
    avant = compte_des_lignes()
    with acces.acteur(referent):
        rapport = importer(
            {
                "Jeunes": [jeune(code, Nom="Autre", Téléphone=None), jeune(f"{code}N")],
                "Mesures ASE": [
                    {"Jeune": j, "Type": "PLACEMENT", "Du": "01/01/2025"}
                    for j in (code, f"{code}N")
                ],
            }
        )
        assert (rapport.crees, rapport.modifies) == (3, 1)
        annulation.annuler(rapport.importation)
        with pytest.raises(annulation.AnnulationRefusee):
            annulation.annuler(rapport.importation)
    assert compte_des_lignes() == avant
    connu = db.session.scalars(select(Jeune).where(Jeune.code == code)).one()
    assert (connu.nom, connu.telephone) == ("Delattre", "06 39 98 00 03")
    assert db.session.get(Importation, rapport.importation).statut == "annulee"
    annulations = select(func.count(Evenement.id)).where(
        Evenement.requete == f"annulation:{rapport.importation}"
    )
    assert db.session.scalar(annulations) == 5


def test_un_import_ne_s_annule_plus_quand_une_fiche_a_change_depuis(importer, code):
    rapport = importer({"Jeunes": [jeune(code), jeune(f"{code}N")]})
    db.session.scalars(select(Jeune).where(Jeune.code == code)).one().nom = "Corrigé"
    db.session.commit()
    with pytest.raises(annulation.AnnulationRefusee) as refus:
        annulation.annuler(rapport.importation)
    assert [ligne.operation for ligne in refus.value.lignes] == ["modification"]
    rapport = importer({"Jeunes": [jeune(f"{code}P")]})
    f.une_alerte(db.session.scalar(select(Jeune.id).where(Jeune.code == f"{code}P")))
    db.session.commit()
    with pytest.raises(annulation.AnnulationRefusee):
        annulation.annuler(rapport.importation)
    assert db.session.scalar(select(func.count(Jeune.id)).where(Jeune.code.like(f"{code}%"))) == 3


def test_le_reste_d_un_import_s_annule_et_ce_qui_a_change_depuis_demeure(importer, code):
    """The file of a youth is one whole: it stays with all that the import wrote in it."""
    touche, intact, connu = (f"{code}{lettre}" for lettre in "TIC")
    importer({"Jeunes": [jeune(connu, Téléphone="06 39 98 00 04")]})
    partenaires = [{"Nom": f"{code} {n}", "Type": "MECS"} for n in "12"]
    mesures = [
        {"Jeune": j, "Type": "PLACEMENT", "Du": "01/01/2025"} for j in (touche, intact, connu)
    ]
    mobilise = {"Jeune": touche, "Partenaire": f"{code} 1", "Du": "01/02/2025"}
    rapport = importer(
        {
            "Jeunes": [jeune(touche), jeune(intact), jeune(connu, Téléphone="06 39 98 00 05")],
            "Mesures ASE": mesures,
            "Partenaires": partenaires,
            "Mobilisations": [mobilise],
        }
    )
    assert rapport.refus == []
    f.une_alerte(db.session.scalar(select(Jeune.id).where(Jeune.code == touche)))
    db.session.commit()
    (change,) = annulation.changes_depuis(rapport.importation)
    assert change.table_nom == "alerte"
    annulation.annuler(rapport.importation, reste=True)
    restes = select(Jeune.code, Jeune.telephone).where(Jeune.code.like(f"{code}%"))
    assert set(map(tuple, db.session.execute(restes))) == {
        (touche, None),
        (connu, "06 39 98 00 04"),
    }
    suivis = select(Jeune.code).join(Mesure, Mesure.jeune_id == Jeune.id)
    assert db.session.scalars(suivis.where(Jeune.code.like(f"{code}%"))).all() == [touche]
    noms = select(Partenaire.nom).where(Partenaire.nom.like(f"{code}%"))
    assert db.session.scalars(noms).all() == [f"{code} 1"]
    assert db.session.get(Importation, rapport.importation).statut == "annulee"


def test_un_changement_de_mds_s_annule_aussi(importer, code):
    debut = {
        "Jeunes": [jeune(code)],
        "Rattachements": [{"Jeune": code, "MDS": "ART", "Du": "01/01/2020", "Au": None}],
        "Alertes": [{"Jeune": code, "Motif": "FUGUE", "Du": "01/01/2025"}],
    }
    importer(debut)
    rapport = importer(
        {
            "Jeunes": [jeune(code, MDS="TER")],
            "Rattachements": [
                {"Jeune": code, "MDS": "ART", "Du": "01/01/2020", "Au": "31/12/2024"},
                {"Jeune": code, "MDS": "TER", "Du": "01/01/2025"},
            ],
        }
    )
    annulation.annuler(rapport.importation)
    assert importer(debut).inchanges == 3
    assert (
        db.session.scalar(select(func.count(Rattachement.id)).join(Jeune).where(Jeune.code == code))
        == 1
    )


def test_personne_n_annule_l_import_d_un_autre(importer, referent, code):
    rapport = importer({"Jeunes": [jeune(code)]})
    with acces.acteur(referent), pytest.raises(annulation.AnnulationRefusee):
        annulation.annuler(rapport.importation)
    assert db.session.scalar(select(func.count(Jeune.id)).where(Jeune.code == code)) == 1


def test_deux_imports_a_la_fois_passent_l_un_apres_l_autre(app, tmp_path, code, session):
    chemin = ecrire(tmp_path / "d.xlsx", {"Jeunes": [jeune(f"{code}{n}") for n in range(200)]})
    rapports = []

    def lancer():
        with app.app_context(), acces.acteur(acces.TOUS):
            rapports.append(application.importer(chemin, LIMITES))
            db.session.remove()

    fils = [threading.Thread(target=lancer) for _ in range(3)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted((r.crees, r.inchanges) for r in rapports) == [(0, 200), (0, 200), (200, 0)]


def test_une_fiche_modifiee_pendant_l_import_arrete_tout(importer, code, monkeypatch):
    importer({"Jeunes": [jeune(code)]})
    controler = application.controler

    def controler_puis_quelqu_un_ecrit(*arguments):
        plan = controler(*arguments)
        with db.engine.begin() as autre:
            autre.execute(text("select set_config('app.acteur', 'tous', true)"))
            autre.execute(
                text("update jeune set objectif = 'Ailleurs' where code = :c"), {"c": code}
            )
        return plan

    monkeypatch.setattr(application, "controler", controler_puis_quelqu_un_ecrit)
    with pytest.raises(application.ConflitEcriture):
        importer({"Jeunes": [jeune(code, Nom="Autre"), jeune(f"{code}N")]})
    assert db.session.execute(
        select(Jeune.nom, Jeune.objectif).where(Jeune.code.like(f"{code}%"))
    ).all() == [("Delattre", "Ailleurs")]


def test_ce_que_la_base_refuse_malgre_les_controles_est_dit_a_sa_ligne(importer, code, monkeypatch):
    """Someone creates the same code between the check and the writing."""
    controler = application.controler

    def controler_puis_quelqu_un_cree(*arguments):
        plan = controler(*arguments)
        with db.engine.begin() as autre:
            autre.execute(text("select set_config('app.acteur', 'tous', true)"))
            autre.execute(
                text(
                    "insert into jeune (code, nom, prenom, date_naissance, mds_id) values (:c,"
                    " 'A', 'B', '2008-01-01', 1)"
                ),
                {"c": f"{code}5"},
            )
        return plan

    monkeypatch.setattr(application, "controler", controler_puis_quelqu_un_cree)
    rapport = importer({"Jeunes": [jeune(f"{code}{n}") for n in range(10)]})
    assert vus(rapport) == [("Jeunes", 7, "Code dossier")]
    assert (rapport.crees, rapport.importation) == (0, None)
    assert db.session.scalar(select(func.count(Jeune.id)).where(Jeune.code.like(f"{code}%"))) == 1


# --- The command line
# -----------------------------------------------------------------------------------------------


@pytest.fixture
def tandem(app):
    """Run « flask tandem … » in this process."""
    return lambda *arguments: app.test_cli_runner().invoke(args=["tandem", *map(str, arguments)])


def test_la_commande_importer_rend_le_rapport_en_json_seul_et_le_code_de_sortie(
    tandem, tmp_path, code
):
    bon = ecrire(tmp_path / "bon.xlsx", {"Jeunes": [{**jeune(code), "Vu ?": "x"}]})
    resultat = tandem("importer", bon, "--json")
    assert resultat.exit_code == 0, resultat.output
    assert json.loads(resultat.stdout) == {"crees": 1, "modifies": 0, "inchanges": 0, "refus": []}
    assert "« Vu ? »" in resultat.stderr
    mauvais = ecrire(tmp_path / "mauvais.xlsx", {"Jeunes": [jeune(f"{code}M", Nom=None)]})
    resultat = tandem("importer", mauvais, "--json")
    assert resultat.exit_code == 1
    assert json.loads(resultat.stdout)["refus"] == [
        {
            "feuille": "Jeunes",
            "ligne": 2,
            "colonne": "Nom",
            "valeur": "",
            "raison": "Cette cellule est obligatoire.",
        }
    ]
    assert tandem("importer", mauvais, "--json", "--garder-les-bonnes").exit_code == 0
    assert tandem("importer", mauvais, "--essai").exit_code == 1
    assert "ligne 2, Nom : Cette cellule est obligatoire." in tandem("importer", mauvais).stdout


@pytest.mark.parametrize("contenu", [None, b"", b"Nom;Prenom", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_un_fichier_illisible_sort_avec_2_et_une_phrase(tandem, tmp_path, contenu):
    chemin = tmp_path / "x.xlsx"
    if contenu is not None:
        chemin.write_bytes(contenu)
    resultat = tandem("importer", chemin, "--json")
    assert (resultat.exit_code, resultat.stdout) == (2, "")
    assert resultat.stderr.startswith("Refusé : ")


def test_les_commandes_exporter_modele_et_annuler(tandem, tmp_path, code):
    assert tandem("modele", tmp_path / "m.xlsx").exit_code == 0
    tandem("importer", ecrire(tmp_path / "b.xlsx", {"Jeunes": [jeune(code)]}))
    assert tandem("exporter", tmp_path / "e.xlsx").exit_code == 0
    assert code in {ligne[0] for ligne in cellules(tmp_path / "e.xlsx")["Jeunes"]}
    assert tandem("exporter", tmp_path / "absent" / "e.xlsx").exit_code == 2
    with_numero = tandem(
        "importer", ecrire(tmp_path / "c.xlsx", {"Jeunes": [jeune(f"{code}C")]})
    ).stdout
    numero = with_numero.partition("Import ")[2].split()[0]
    assert tandem("annuler-import", numero).exit_code == 0
    assert tandem("annuler-import", numero).exit_code == 1
