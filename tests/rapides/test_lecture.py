"""A cell as people type it is read for what it says, or refused with a reason; never lost, never
guessed."""

from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from app.echanges.reprise.feuilles import FEUILLES
from app.echanges.reprise.lecture import lire_classeur
from tests.classeurs import DONNEES, JEUNE, LIMITES, SAISIES, ecrire, listes

LISTES = listes()
RENCONTRE = {
    "Code": "R1",
    "Jeune": "D1",
    "Type": "ENTRETIEN",
    "Le": "01/02/2025",
    "Statut": "TENUE",
}
POSTE = {"Coordonnateur": "Aïcha Vasseur", "ETP": 0.5, "Du": "01/01/2025"}


def lire_tout(chemin):
    return lire_classeur(chemin, LIMITES, LISTES)


def lire_une(tmp_path, feuille, table, **cellules):
    """The value of each cell given, read in a workbook of one row; and the refusals."""
    classeur = lire_tout(ecrire(tmp_path / "un.xlsx", {feuille: [cellules]}))
    lecture = classeur.lectures[table]
    valeurs = (
        dict(zip((c.titre for c in lecture.champs), lecture.lignes[0].valeurs, strict=True))
        if lecture.lignes
        else {}
    )
    return valeurs, classeur.refus


@pytest.mark.parametrize(
    "brut",
    [
        "03/02/2025",
        "3/2/2025",
        "2025-02-03",
        " 03/02/2025\N{NO-BREAK SPACE}",
        "2025-02-03T00:00:00",
        "03/02/2025 14:30",
        date(2025, 2, 3),
        datetime(2025, 2, 3, 23, 59, 59),
    ],
)
def test_une_date_se_lit_sous_toutes_ses_formes_et_perd_son_heure(tmp_path, brut):
    valeurs, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "Repéré le": brut})
    assert (valeurs["Repéré le"], refus) == (date(2025, 2, 3), [])


@pytest.mark.parametrize(
    "brut", ["31/02/2025", "bientôt", "2025", 45691, "03/02/25", "00/01/2025", True, "12/04/0208"]
)
def test_ce_qui_n_est_pas_une_date_est_refuse_a_sa_cellule(tmp_path, brut):
    _, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "Repéré le": brut})
    assert [(r.feuille, r.ligne, r.colonne) for r in refus] == [("Jeunes", 2, "Repéré le")]


@pytest.mark.parametrize(
    ("brut", "lu"),
    [
        ("Oui", True),
        ("o", True),
        ("VRAI", True),
        ("true", True),
        ("1", True),
        (1, True),
        (True, True),
        (" oui\xa0", True),
        ("NON", False),
        ("n", False),
        ("Faux", False),
        (0, False),
        (False, False),
        ("", None),
        ("  ", None),
    ],
)
def test_oui_et_non_s_ecrivent_de_bien_des_facons(tmp_path, brut, lu):
    valeurs, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "Jeune parent": brut})
    assert (valeurs["Jeune parent"], refus) == (lu, [])


@pytest.mark.parametrize("brut", ["peut-être", 2, "ouii", date(2025, 1, 1)])
def test_un_oui_non_illisible_est_refuse(tmp_path, brut):
    _, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "Jeune parent": brut})
    assert [(r.ligne, r.colonne) for r in refus] == [(2, "Jeune parent")]


@pytest.mark.parametrize(
    "brut",
    ["DOMICILE", "domicile", " Placement  à domicile", "PLACEMENT A\N{NO-BREAK SPACE}DOMICILE"],
)
def test_un_code_ou_un_libelle_se_reconnait_sans_accents_ni_majuscules(tmp_path, brut):
    valeurs, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "Lieu d’accueil": brut})
    assert (valeurs["Lieu d'accueil"], refus) == ("DOMICILE", [])


def test_les_deux_apostrophes_sont_la_meme():
    for liste, codes in LISTES.items():
        for texte, valeur in codes.valeurs.items():
            assert codes[texte.replace("'", "’").upper()] == valeur, liste


def test_un_code_inconnu_est_refuse_et_le_plus_proche_est_propose(tmp_path):
    _, refus = lire_une(tmp_path, "Jeunes", "jeune", **{**JEUNE, "MDS": "Artoi"})
    assert [(r.colonne, r.valeur) for r in refus] == [("MDS", "Artoi")]
    assert "« Artois »" in refus[0].raison


def test_un_nombre_dans_une_cellule_de_texte_se_lit_par_ses_chiffres(tmp_path):
    valeurs, refus = lire_une(
        tmp_path,
        "Jeunes",
        "jeune",
        **{**JEUNE, "Code dossier": 12, "Téléphone": 639982515, "Objectif": 1.5},
    )
    assert (valeurs["Code dossier"], valeurs["Téléphone"], valeurs["Objectif"], refus) == (
        "12",
        "06 39 98 25 15",
        "1.5",
        [],
    )


@pytest.mark.parametrize(
    ("brut", "lu"),
    [(0.333333, "0.333333"), ("0,5", "0.5"), ("0.5", "0.5"), (1, "1"), (" 0,8 ", "0.8")],
)
def test_un_etp_garde_toutes_ses_decimales(tmp_path, brut, lu):
    valeurs, refus = lire_une(tmp_path, "Postes", "poste", **{**POSTE, "ETP": brut})
    assert (valeurs["ETP"], refus) == (Decimal(lu), [])


@pytest.mark.parametrize("brut", ["un", "NaN", "inf", True, "0,5,1"])
def test_ce_qui_n_est_pas_un_nombre_est_refuse(tmp_path, brut):
    _, refus = lire_une(tmp_path, "Postes", "poste", **{**POSTE, "ETP": brut})
    assert [r.colonne for r in refus] == ["ETP"]


@pytest.mark.parametrize("brut", [2.5, 3e10])
def test_un_nombre_de_jeunes_est_entier(tmp_path, brut):
    ligne = {
        "Code": "I1",
        "Type": "COPIL",
        "Le": "01/01/2025",
        "Statut": "TENUE",
        "Jeunes reçus": brut,
    }
    assert [r.colonne for r in lire_une(tmp_path, "Instances", "instance", **ligne)[1]] == [
        "Jeunes reçus"
    ]


def test_un_texte_trop_long_est_refuse_et_une_cellule_obligatoire_manque(tmp_path):
    _, refus = lire_une(
        tmp_path,
        "Jeunes",
        "jeune",
        **{**JEUNE, "Code dossier": "D" * 21, "Nom": " \N{NO-BREAK SPACE}"},
    )
    assert [(r.colonne, r.valeur[:3]) for r in refus] == [("Code dossier", "DDD"), ("Nom", "")]


def test_les_titres_se_trouvent_dans_n_importe_quel_ordre_et_les_inconnus_sont_signales(tmp_path):
    titres = [
        " mds ",
        "Vu ?",
        "DATE DE\N{NO-BREAK SPACE}NAISSANCE",
        "prenom",
        "NOM",
        "code  dossier",
    ]
    ligne = ["Artois", "note", "12/04/2008", "Zoé", "D’Hénin", " D1 "]
    classeur = lire_tout(
        ecrire(tmp_path / "t.xlsx", {"JEUNES ": [titres, ligne], "Mes notes": [["a"]]})
    )
    lecture = classeur.lectures["jeune"]
    assert dict(
        zip((c.attribut for c in lecture.champs), lecture.lignes[0].valeurs, strict=True)
    ) == {
        "mds_id": 2,
        "date_naissance": date(2008, 4, 12),
        "prenom": "Zoé",
        "nom": "D’Hénin",
        "code": "D1",
    }
    assert classeur.refus == []
    assert classeur.avertissements == [
        "Feuille « JEUNES » : colonne inconnue, laissée de côté : « Vu ? ».".replace(
            "JEUNES", "Jeunes"
        ),
        "Feuille « Mes notes » inconnue : laissée de côté.",
    ]


def test_les_lignes_sans_contenu_sont_sautees_et_les_numeros_restent_ceux_d_excel(tmp_path):
    lignes = [
        list(JEUNE),
        [],
        list(JEUNE.values()),
        [" ", "\N{NO-BREAK SPACE}"],
        ["D2", "", "Ana", "12/04/2008", "ART"],
    ]
    classeur = lire_tout(ecrire(tmp_path / "v.xlsx", {"Jeunes": lignes}))
    assert [ligne.numero for ligne in classeur.lectures["jeune"].lignes] == [3, 5]
    assert [(r.ligne, r.colonne) for r in classeur.refus] == [(5, "Nom")]


def test_une_colonne_ou_une_feuille_qui_vient_deux_fois_est_refusee(tmp_path):
    titres = [*JEUNE, "NOM"]
    classeur = lire_tout(ecrire(tmp_path / "d.xlsx", {"Jeunes": [titres], "Jeunes ": [titres]}))
    assert [(r.ligne, r.colonne) for r in classeur.refus] == [(1, "Nom"), (1, "")]


def test_une_feuille_sans_sa_cle_est_refusee_sur_sa_premiere_ligne(tmp_path):
    alertes = [["Jeune", "Motif"], ["D1", "FUGUE"]]
    classeur = lire_tout(ecrire(tmp_path / "c.xlsx", {"Jeunes": [JEUNE], "Alertes": alertes}))
    assert [(r.feuille, r.ligne, r.colonne) for r in classeur.refus] == [("Alertes", 1, "Du")]
    assert classeur.lectures["alerte"].lignes == []


def test_une_cellule_en_erreur_n_est_pas_une_cellule_vide(tmp_path):
    chemin = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(str(chemin)) as classeur:
        onglet = classeur.add_worksheet("Jeunes")
        onglet.write_row(0, 0, [*JEUNE, "Objectif", "Téléphone"])
        onglet.write_row(1, 0, [*JEUNE.values()])
        onglet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
        onglet.write_formula(1, 6, "=CONCAT(1,2)", None, "12")
    lu = lire_tout(chemin)
    assert [(r.ligne, r.colonne, r.valeur) for r in lu.refus] == [(2, "Objectif", "#DIV/0!")]
    assert lu.lectures["jeune"].lignes[0].valeurs[6] == "12"


def test_un_texte_qui_commence_par_egal_reste_un_texte_meme_pris_pour_une_formule(tmp_path):
    chemin = tmp_path / "f.xlsx"
    classeur = openpyxl.Workbook()
    classeur.active.title = "Jeunes"
    textes = ["Objectif", "Observations", "Orienté par", "Établissement d'accueil"]
    classeur.active.append([*JEUNE, *textes])
    classeur.active.append([*JEUNE.values(), "= à compléter", "+33 à vérifier", "@ demander", "-"])
    classeur.save(chemin)
    assert classeur.active["F2"].data_type == "f"
    lu = lire_tout(chemin)
    assert lu.lectures["jeune"].lignes[0].valeurs[5:] == [
        "= à compléter",
        "+33 à vérifier",
        "@ demander",
        "-",
    ]


def test_le_calendrier_des_macintosh_de_1904_donne_les_memes_jours(tmp_path):
    chemin = tmp_path / "m.xlsx"
    with xlsxwriter.Workbook(
        str(chemin), {"date_1904": True, "default_date_format": "dd/mm/yyyy"}
    ) as classeur:
        onglet = classeur.add_worksheet("Jeunes")
        onglet.write_row(0, 0, list(JEUNE))
        onglet.write_row(1, 0, ["D1", "A", "B", date(2008, 2, 29), "ART"])
    assert lire_tout(chemin).lectures["jeune"].lignes[0].valeurs[3] == date(2008, 2, 29)


@pytest.mark.parametrize("nom", SAISIES)
def test_les_saisies_d_exemple_se_lisent_sans_un_refus(nom):
    classeur = lire_tout(DONNEES / nom)
    assert classeur.refus == []
    # Written before there were agents and orientations: they have no sheet of them.
    assert set(classeur.lectures) == {f.table for f in FEUILLES} - {"agent", "orientation"}


def test_un_code_de_liste_ne_se_confond_jamais_avec_le_libelle_d_un_autre():
    for liste, codes in LISTES.items():
        for code in {str(v) for v in codes.valeurs.values()} if liste != "mds" else ():
            assert codes[code] == code, liste
