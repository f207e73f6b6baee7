"""Cells and headings as people write them: recognised, translated, or left for a person to say."""

from datetime import date

import pytest
import xlsxwriter

from app.echanges.formats.contenu import decoder, ouvrir, separateur
from app.echanges.reprise.alias import lire_alias
from app.echanges.reprise.choix import ChoixDuFichier, Correction
from app.echanges.reprise.destinations import DESTINATIONS
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.personnes import nom_d_agent, separer
from app.echanges.reprise.reconnaissance import Certitude, lettre, lire_feuille, lire_feuilles
from app.echanges.reprise.valeurs import dates_dans, lire_date_libre, mois_nomme, proposer
from tests.classeurs import LIMITES, listes

LISTES = listes()
LE = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [
        ("12/03/08", date(2008, 3, 12)),
        ("12.03.2008", date(2008, 3, 12)),
        ("1er mars 2008", date(2008, 3, 1)),
        ("mars 2007", date(2007, 3, 1)),
        ("12/2007", date(2007, 12, 1)),
        ("févr-26", date(2026, 2, 1)),
        ("sept. 25", date(2025, 9, 1)),
        ("12-mars-08", date(2008, 3, 12)),
        ("jeudi 12 mars 2008", date(2008, 3, 12)),
        ("née le 12/3/2008", date(2008, 3, 12)),
        ("2008/03/12", date(2008, 3, 12)),
        ("20080312", date(2008, 3, 12)),
        ("12.03.2008 00:00", date(2008, 3, 12)),
        ("?", None),
        ("juin", None),
        ("31/02/08", None),
    ],
)
def test_une_date_ecrite_a_la_main_se_propose(ecrit, lu):
    assert lire_date_libre(ecrit) == lu


def test_les_dates_d_une_phrase_sans_annee_sont_les_dernieres_possibles():
    assert dates_dans("absent 20/02 – reporté 05/03", date(2026, 5, 31)) == [
        (date(2026, 2, 20), "absent "),
        (date(2026, 3, 5), " – reporte "),
    ]
    assert dates_dans("vu le 12/11", date(2026, 1, 31))[0][0] == date(2025, 11, 12)
    assert mois_nomme("TABLEAU DE SUIVI – MAI 2026") == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("table", "attribut", "brut", "propose"),
    [
        ("jeune", "est_parent", "X", "Oui"),
        ("jeune", "est_parent", "O (15/03)", "Oui"),
        ("jeune", "telephone", "639981234", "06 39 98 12 34"),
        ("jeune", "telephone", "33639981234", "06 39 98 12 34"),
        ("jeune", "telephone", "0000000000000000", None),
        ("jeune", "mds_id", "Béthune", "Artois"),
        ("jeune", "mds_id", "UT Béthune", "Artois"),
        ("jeune", "mds_id", "MDS de l’Artoi", "Artois"),
        ("jeune", "date_naissance", "39519", "12/03/2008"),
        ("rencontre", "duree", "1h30", "90"),
        ("rencontre", "duree", "20 min", "20"),
        ("rencontre", "duree", "longue", None),
        ("mesure", "au", "en cours", ""),
        ("mesure", "du", "en cours", None),
        ("mesure", "du", 45691.0, "03/02/2025"),
        ("mesure", "type_code", "APJM", "Contrat jeune majeur avec hébergement"),
        (
            "situation",
            "logement_code",
            "FA",
            "Ancienne famille d'accueil ou tiers digne de confiance",
        ),
        ("situation", "situation_pro_code", "CDD 8 mois", "CDD de 6 mois ou plus"),
        ("situation", "situation_pro_code", "CAP cuisine 2e année", None),
    ],
)
def test_ce_qui_ne_se_lit_pas_recoit_une_proposition_ou_rien(table, attribut, brut, propose):
    champ = PAR_TABLE[table].par_attribut[attribut]
    trouvee = proposer(champ, brut, LISTES)
    assert (trouvee and trouvee.valeur) == propose


@pytest.mark.parametrize(
    ("ecrit", "nom", "prenom"),
    [
        ("DUBOIS--LEROY Maëlle", "DUBOIS--LEROY", "Maëlle"),
        ("N'DIAYE Awa", "N'DIAYE", "Awa"),
        ("Maëlle DUBOIS LEROY", "DUBOIS LEROY", "Maëlle"),
        ("Mme PETIT Anne-Lise", "PETIT", "Anne-Lise"),
        ("Petit Hugo Jean", "Petit", "Hugo Jean"),
        ("ROUX A.", "ROUX", "A."),
        ("Petit", "Petit", ""),
    ],
)
def test_nom_et_prenom_d_une_cellule_se_separent(ecrit, nom, prenom):
    assert separer(ecrit) == (nom, prenom)


def test_un_professionnel_s_ecrit_prenom_puis_nom():
    assert nom_d_agent("VERCHINELLE Ariane") == "Ariane Verchinelle"
    assert nom_d_agent("Mme ROUX A.") == "A. Roux"
    assert nom_d_agent("Nour Delestrez") == "Nour Delestrez"


def lire(*lignes, nom="Feuil1"):
    return lire_feuille(nom, list(enumerate(map(list, lignes), 1)), LISTES, LE)


def vers(feuille) -> dict[str, tuple[str, str]]:
    return {c.titre: (c.destination.code, c.certitude.value) for c in feuille.colonnes}


def test_les_titres_se_trouvent_sous_des_lignes_de_titre_et_le_total_se_laisse():
    feuille = lire(
        ["TABLEAU – MAI 2026"],
        ["", "IDENTITÉ", "", "ASE"],
        ["N°", "NOM Prénom", "Né(e) le * (JJ/MM/AAAA)", "Type de mesure", "Machin"],
        [1.0, "PETIT Hugo", "12/03/2008", "CJM", "bleu"],
        [2.0, "ROUX Anne", "12/04/2008", "placement", "vert"],
        ["N°", "NOM Prénom", "Né(e) le * (JJ/MM/AAAA)", "Type de mesure", "Machin"],
        ["TOTAL", 2.0],
    )
    assert (feuille.rang_titres, [rang for rang, _ in feuille.lignes]) == (3, [4, 5])
    assert [rang for rang, _ in feuille.sautees] == [1, 2, 6, 7]
    assert vers(feuille) == {
        "N°": ("laisser", Certitude.SUR),
        "NOM Prénom": ("nom_prenom", Certitude.SUR),
        "Né(e) le * (JJ/MM/AAAA)": ("jeune.date_naissance", Certitude.SUR),
        "Type de mesure": ("mesure.type_code", Certitude.SUR),
        "Machin": ("observer", Certitude.A_DECIDER),
    }


def test_le_contenu_aide_quand_le_titre_ne_dit_rien():
    feuille = lire(
        ["Nom", "Prénom", "", "Joindre", "Écrire", "Depuis"],
        ["PETIT", "Hugo", "12/03/2008", "06 39 98 12 34", "h@exemple.fr", "bleu"],
        ["ROUX", "Anne", "2/4/2009", "06.12.34.56.79", "a@exemple.fr", "vert"],
    )
    assert [c.destination.code for c in feuille.colonnes] == [
        "jeune.nom",
        "jeune.prenom",
        "jeune.date_naissance",
        "jeune.telephone",
        "jeune.courriel",
        "observer",
    ]
    assert feuille.colonnes[2].titre == "(colonne C)"
    assert feuille.colonnes[2].certitude == Certitude.PROBABLE


def test_deux_colonnes_ne_vont_pas_au_meme_champ_et_un_titre_double_se_distingue():
    feuille = lire(["Jeune", "Prénom", "FIN", "FIN"], ["PETIT", "Hugo", "x", "y"])
    assert [c.titre for c in feuille.colonnes] == ["Jeune", "Prénom", "FIN", "FIN (2)"]
    assert feuille.colonnes[0].destination.code == "jeune.nom"
    double = lire(["Nom", "Nom de naissance", "Prénom"], ["PETIT", "ROUX", "Hugo"])
    codes = [c.destination.code for c in double.colonnes]
    assert codes == ["jeune.nom", "observer", "jeune.prenom"]
    assert lettre(27) == "AB"


def test_une_feuille_de_mesures_ou_de_rencontres_donne_son_sens_a_du_et_date():
    titres = ["Nom", "Prénom", "Nature", "Début", "Fin"]
    mesures = lire(titres, ["P", "H", "CJM", "a", "b"], nom="Liste des mesures")
    assert [c.destination.code for c in mesures.colonnes[2:]] == [
        "mesure.type_code",
        "mesure.du",
        "mesure.echeance",
    ]
    rencontres = lire(["Jeune", "Date", "Objet"], ["P H", "a", "b"], nom="Rencontres 2026")
    assert [c.destination.code for c in rencontres.colonnes[1:]] == [
        "rencontre.le",
        "rencontre.compte_rendu",
    ]


def test_chaque_autre_nom_mene_a_un_champ_et_chaque_mot_a_un_code():
    alias = lire_alias()
    assert all(d.code in DESTINATIONS for d in alias.colonnes.values())
    for mots in (alias.valeurs, alias.propositions):
        for liste, dits in mots.items():
            for mot, code in dits.items():
                assert LISTES[liste][code] is not None, (liste, mot)


def tables(*lignes) -> list:
    return list(lire_feuilles("Suivi", list(enumerate(map(list, lignes), 1)), LISTES, LE))


def test_deux_tables_d_une_feuille_se_lisent_l_une_apres_l_autre():
    un, deux = tables(
        ["JEUNES SUIVIS"],
        ["NOM Prénom", "DDN", "UT", "Mesure"],
        ["HENON Lola", "04/04/2008", "Artois", "CJM"],
        ["NOM Prénom", "DDN", "UT", "Mesure"],
        ["BRAY Zoé", "04/05/2008", "Artois", "CJM"],
        [""],
        ["JEUNES SORTIS"],
        ["Nom du jeune", "Né(e) le", "Secteur", "Sorti le"],
        ["BRAY Nino", "04/04/2006", "Artois", "01/03/2026"],
    )
    assert (un.nom, un.rang_titres, [rang for rang, _ in un.lignes]) == ("Suivi", 2, [3, 5])
    assert (deux.nom, deux.onglet) == ("Suivi (tableau 2)", "Suivi")
    assert (deux.entete, [rang for rang, _ in deux.lignes]) == ({7, 8}, [9])


def test_deux_tables_cote_a_cote_ne_melent_pas_leurs_jeunes():
    un, deux = tables(
        ["Nom", "Prénom", "DDN", "", "Nom", "Prénom", "DDN"],
        ["GALLET", "Ana", "04/04/2008", "", "MILLE", "Tom", "04/09/2008"],
        ["", "", "", "", "SUEUR", "Jo", "05/09/2008"],
    )
    assert [len(un.lignes), len(deux.lignes)] == [1, 2]
    assert [c.place for c in deux.colonnes] == [4, 5, 6]
    assert [c.titre for c in deux.colonnes] == ["Nom", "Prénom", "DDN"]


def test_un_titre_se_lit_sous_celui_qui_couvre_plusieurs_colonnes():
    feuille = lire(
        ["IDENTITÉ", "", "MESURE", "", "", "SUIVI"],
        ["Nom", "Prénom", "Type", "Début", "Fin", "Date entrée"],
        ["PETIT", "Ana", "CJM", "04/04/2026", "04/04/2027", "04/05/2026"],
    )
    assert [c.destination.code for c in feuille.colonnes[2:]] == [
        *("mesure.type_code", "mesure.du", "mesure.echeance", "accompagnement.du"),
    ]


def test_un_titre_se_reconnait_sans_ses_accents_ou_avec_des_mots_de_plus():
    titres = ["Pr?nom", "N�(e) le", "TÃ©l", "Mail du jeune", "Logement actuel", "Frein 2"]
    feuille = lire(["Nom", *titres], ["PETIT", "Ana", "a", "b", "c", "d", "e"])
    assert [c.destination.code for c in feuille.colonnes[1:]] == [
        *("jeune.prenom", "jeune.date_naissance", "jeune.telephone"),
        *("jeune.courriel", "situation.logement_code", "freins"),
    ]
    assert {c.certitude for c in feuille.colonnes[1:]} == {Certitude.PROBABLE}


@pytest.mark.parametrize("fin", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_l_encodage_d_un_csv_se_reconnait_a_ses_accents(tmp_path, encodage, fin):
    chemin = tmp_path / "suivi.csv"
    lignes = ["sep=|", "Nom|Né(e) le|Reçu à l’accueil", "LEFÈVRE|03/05/2008|12,5"]
    chemin.write_bytes(fin.join(lignes).encode(encodage))
    (feuille,) = ouvrir(chemin, LIMITES)
    lues = [cellules for _, cellules, _ in feuille.lire() if any(cellules)]
    assert lues == [ligne.split("|") for ligne in lignes[1:]]


def test_un_csv_encode_deux_fois_se_lit():
    assert decoder("Prénom;Né le".encode().decode("cp1252").encode()) == "Prénom;Né le"


def test_une_cellule_fusionnee_vaut_pour_chacune_de_ses_lignes(tmp_path):
    chemin = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(chemin)) as classeur:
        onglet = classeur.add_worksheet("Suivi")
        onglet.merge_range(1, 0, 3, 0, "PRUVOST Nora")
        for rang, mesure in enumerate(["Mesure", "AP", "placement", "CJM", "AED"]):
            onglet.write(rang, 1, mesure)
    (feuille,) = ouvrir(chemin, LIMITES)
    noms = [(cellules[0], cellules[1]) for _, cellules, _ in feuille.lire()]
    assert noms == [
        ("", "Mesure"),
        *(("PRUVOST Nora", mesure) for mesure in ("AP", "placement", "CJM")),
        ("", "AED"),
    ]


@pytest.mark.parametrize(
    ("octets", "separe"),
    [
        ("Nom;Né(e) le\nPetit;12/03/2008\n".encode(), ";"),
        ("Nom;Né(e) le\nPetit;12/03/2008\n".encode("cp1252"), ";"),
        ("Nom,Né(e) le\nPetit,12/03/2008\n".encode("utf-8-sig"), ","),
        ("Nom\tNé(e) le\nPetit\t12,5\n".encode("utf-16"), "\t"),
    ],
)
def test_un_csv_se_lit_quels_que_soient_son_encodage_et_son_separateur(octets, separe):
    texte = decoder(octets)
    assert "Né(e) le" in texte
    assert separateur(texte) == separe


def test_la_derniere_correction_compte_et_une_ligne_l_emporte():
    choix = ChoixDuFichier()
    choix.corriger(Correction("F", "C", "x", "y"))
    choix.corriger(Correction("F", "C", "x", "z"))
    choix.corriger(Correction("F", "C", "x", "seul", 7))
    choix = ChoixDuFichier.de_json(choix.en_json())
    lues = choix.corrections_de("F", [(0, "C")])
    assert [lues.lire(n, 0, "x") for n in (6, 7)] == ["z", "seul"]
    assert not choix.corrections_de("Autre", [(0, "C")])
