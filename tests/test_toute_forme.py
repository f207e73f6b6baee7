"""A file in the shape that people keep comes in through the mapping of its columns: nothing lost,
nobody twice, and a second import of it changes nothing."""

import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from app.echanges.reprise import application, mon_tableau
from app.echanges.reprise.application import OptionsDImport
from app.echanges.reprise.cellules import en_texte
from app.echanges.reprise.choix import ChoixDuFichier, Correction
from app.echanges.reprise.rapport import grouper
from app.extensions import db
from app.models import Binome, Frein, Jeune, Mesure, Rencontre, Situation
from app.regles.texte import plier
from tests.classeurs import DONNEES, LIMITES, cellules, ecrire

TERRAIN = DONNEES / "terrain"
TABLEAU = TERRAIN / "tableau-une-ligne-par-jeune.xlsx"
MISSION_LOCALE = TERRAIN / "extraction-mission-locale-feuille-jeunes.xlsx"


@pytest.fixture
def reprendre(session):
    """Import a file as a person would: look, take every proposition, then write."""

    def _reprendre(chemin, **choix):
        decide = ChoixDuFichier(coordonnateur="Nour Delestrez", mds="ART", **choix)
        regarder = OptionsDImport(True, details=500, choix=decide)
        essai = application.importer(chemin, LIMITES, regarder)
        accepter(decide, essai)
        fait = application.importer(chemin, LIMITES, OptionsDImport(details=500, choix=decide))
        return essai, fait

    return _reprendre


def accepter(choix, rapport) -> None:
    """« Accepter toutes les propositions »."""
    for groupe in grouper(rapport):
        for valeur in groupe.valeurs:
            p = valeur.proposition
            if p is None:
                continue
            ici = (groupe.feuille, groupe.colonne, valeur.valeur, p.valeur)
            if p.ligne:
                ici = (groupe.feuille, p.colonne, p.avant, p.valeur, p.ligne)
            choix.corriger(Correction(*ici))


def du_nom(nom) -> Jeune:
    return db.session.scalars(select(Jeune).where(Jeune.nom == nom)).one()


def test_le_tableau_d_une_ligne_par_jeune_entre_en_entier(reprendre):
    essai, fait = reprendre(TABLEAU)
    proposees = [(g.colonne, v.valeur, v.proposition) for g in grouper(essai) for v in g.valeurs]
    assert {(colonne, lue, p.valeur) for colonne, lue, p in proposees} == {
        ("Né(e) le", "12/2007", "01/12/2007"),
        ("MDS / UT", "Béthune", "Artois"),
        ("Orienté le", "févr-26", "01/02/2026"),
        ("Fin de mesure", "?", ""),
        ("Logement", "FA", "Ancienne famille d'accueil ou tiers digne de confiance"),
        ("Situation actuelle", "CDD 3 mois", "CDD de moins de 6 mois"),
    }
    assert essai.conversion.separes[0] == ("DUBOIS--LEROY Maëlle", "DUBOIS--LEROY", "Maëlle")
    assert (fait.refus, fait.crees) == ([], 21)
    awa = du_nom("N'DIAYE")
    assert awa.code.startswith("D")
    assert (awa.lieu_accueil_code, awa.etablissement_accueil) == ("MECS", "MECS les Tilleuls")
    assert awa.contact_le == date(2026, 2, 12)
    gardees = awa.observations.split("\n")
    assert {"CEJ (O/N) : O (15/03)", "Logement : semi autonomie"} <= set(gardees)
    rendez_vous = select(Rencontre.le, Rencontre.statut_code).where(Rencontre.jeune_id == awa.id)
    assert set(map(tuple, db.session.execute(rendez_vous))) == {
        (date(2026, 2, 20), "ABSENCE"),
        (date(2026, 3, 5), "PREVUE"),
    }
    hugo = du_nom("PETIT")
    mesure = db.session.scalars(select(Mesure).where(Mesure.jeune_id == hugo.id)).one()
    assert (mesure.type_code, mesure.au) == ("CJM", date(2026, 4, 30))
    assert mesure.motif_fin_code == "FIN_CJM"
    binome = db.session.scalars(select(Binome).where(Binome.jeune_id == hugo.id)).one()
    assert (binome.referent_ase, binome.coordonnateur) == ("P. Noir", "Nour Delestrez")
    maelle = du_nom("DUBOIS--LEROY")
    freins = db.session.scalars(select(Frein.theme_code).where(Frein.jeune_id == maelle.id))
    assert set(freins) == {"MOBILITE", "LOGEMENT"}
    situation = db.session.scalars(select(Situation).where(Situation.jeune_id == awa.id)).one()
    assert situation.situation_pro_code == "SANS_SOLUTION"
    assert situation.observee_le == date(2026, 5, 31)


@pytest.mark.parametrize("chemin", [TABLEAU, MISSION_LOCALE], ids=lambda p: p.stem[:12])
def test_un_second_import_du_meme_fichier_ne_change_rien(reprendre, chemin):
    reprendre(chemin)
    essai, encore = reprendre(chemin)
    assert (encore.crees, encore.modifies, encore.refus) == (0, 0, [])
    assert all(p.connu is not None for p in encore.conversion.personnes)


def test_l_extraction_de_la_mission_locale_se_reconnait(reprendre):
    _, fait = reprendre(MISSION_LOCALE)
    zoe = du_nom("LEFEVRE")
    assert (zoe.code, zoe.telephone) == ("10203040", "06 12 34 56 99")
    assert zoe.courriel == "zoe@example.org"
    assert any("retrouvé leur zéro" in dit for dit in fait.avertissements)
    joao = du_nom("DA SILVA")
    assert "CEJ - date de début : 20/08/2026" in joao.observations
    entretien = db.session.scalars(select(Rencontre).where(Rencontre.jeune_id == joao.id)).one()
    assert (entretien.type_code, entretien.le) == ("ENTRETIEN", date(2026, 9, 20))


@pytest.mark.parametrize("chemin", [TABLEAU, MISSION_LOCALE], ids=lambda p: p.stem[:12])
def test_aucune_valeur_ne_se_perd(reprendre, chemin):
    """Each cell is kept as it was, translated, corrected, or told."""
    essai, fait = reprendre(chemin)
    dits = {plier(x) for lue in fait.conversion.provenance.lignes.values() for x in lue.restes}
    dits |= {plier(lu) for _, lu in fait.conversion.traduits}
    corriges = {plier(v.valeur) for g in grouper(essai) for v in g.valeurs}
    ecrits = {
        plier(en_texte(brut))
        for lue in fait.conversion.provenance.lignes.values()
        for _, brut in [*lue.cellules.values(), *((t, b) for _, t, b in lue.listees)]
    }
    tout = "\n".join([*dits, *corriges, *ecrits, *map(plier, fait.avertissements)])
    for feuille in cellules(chemin).values():
        for ligne in feuille[3 if chemin is TABLEAU else 1 :]:
            for cellule in ligne[1:]:
                texte = plier(en_texte(cellule))
                assert texte in tout, texte


def test_une_ligne_par_mesure_et_plusieurs_lignes_par_jeune(reprendre, tmp_path):
    titres = ["Nom", "Prénom", "DDN", "Nature de la mesure", "Début", "Fin", "UT"]
    lignes = [
        ["Marchand", "Lou", date(2008, 5, 4), "AP", date(2024, 1, 1), date(2024, 12, 31), "Artois"],
        ["MARCHAND", "Lou", date(2008, 5, 4), "placement", date(2025, 1, 1), None, "Artois"],
        [
            "Carlier",
            "Sam",
            date(2008, 6, 4),
            "APJM",
            date(2026, 7, 1),
            date(2027, 7, 1),
            "UT Artois",
        ],
    ]
    chemin = ecrire(tmp_path / "m.xlsx", {"Mesures en cours": [titres, *lignes]})
    _, fait = reprendre(chemin)
    assert fait.refus == []
    lou = du_nom("Marchand")
    mesures = select(Mesure.type_code, Mesure.du).where(Mesure.jeune_id == lou.id)
    assert set(map(tuple, db.session.execute(mesures))) == {
        ("ACCUEIL_PROVISOIRE", date(2024, 1, 1)),
        ("PLACEMENT", date(2025, 1, 1)),
    }
    rencontres = [["Jeune", "Date", "Objet"], ["MARCHAND Lou", date(2026, 3, 3), "Projet"]]
    _, suite = reprendre(ecrire(tmp_path / "r.xlsx", {"Rencontres": rencontres}))
    assert (suite.refus, suite.crees) == ([], 1)
    dits = select(Rencontre.compte_rendu).where(Rencontre.jeune_id == lou.id)
    assert db.session.scalars(dits).all() == ["Projet"]
    _, encore = reprendre(tmp_path / "r.xlsx")
    assert (encore.crees, encore.modifies) == (0, 0)


def test_un_tableau_du_mois_suivant_met_a_jour_sans_recreer(reprendre, tmp_path):
    titres = ["NOM Prénom", "Né(e) le", "UT", "Mesure", "Fin de mesure", "Référent", "Hébergement"]
    fixe = ["VASSEUR Inès", date(2008, 7, 8), "Artois", "CJM"]
    mai = [*fixe, date(2026, 8, 31), "Mme ROUX A.", "FJT"]
    juin = [*fixe, date(2027, 2, 28), "M. NOIR P.", "CHRS"]
    for mois, ligne in (("Suivi mai 2026", mai), ("Suivi juin 2026", juin)):
        _, fait = reprendre(ecrire(tmp_path / f"{mois}.xlsx", {mois: [titres, ligne]}))
        assert fait.refus == []
    ines = du_nom("VASSEUR")
    mesure = db.session.scalars(select(Mesure).where(Mesure.jeune_id == ines.id)).one()
    assert mesure.echeance == date(2027, 2, 28)
    binomes = select(Binome.referent_ase, Binome.du, Binome.au).order_by(Binome.du)
    assert db.session.execute(binomes.where(Binome.jeune_id == ines.id)).all() == [
        ("A. Roux", date(2026, 5, 31), date(2026, 6, 29)),
        ("P. Noir", date(2026, 6, 30), None),
    ]
    logements = select(Situation.logement_code).where(Situation.jeune_id == ines.id)
    assert set(db.session.scalars(logements)) == {"FJT", "CHRS"}


LIGNES = [["NOM Prénom", "Né(e) le", "UT", "Tél"], ["{} Théo", "03/05/2008", "Artois", "639981234"]]


def un_csv(chemin, lignes):
    texte = "\n".join(";".join(ligne) for ligne in lignes)
    chemin.write_bytes(texte.encode("cp1252"))
    return chemin


def un_ods(chemin, lignes):
    """The least that a workbook of LibreOffice holds."""
    case = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rangees = ""
    for ligne in lignes:
        rangees += f"<table:table-row>{''.join(map(case.format, ligne))}</table:table-row>"
    noms = " ".join(
        f'xmlns:{nom}="urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"'
        for nom in ("office", "table", "text")
    )
    contenu = (
        f'<?xml version="1.0"?><office:document-content {noms}><office:body><office:spreadsheet>'
        f'<table:table table:name="Suivi">{rangees}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", contenu)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return chemin


@pytest.mark.parametrize(("ecrire_en", "nom"), [(un_csv, "DELHAYE"), (un_ods, "DELVAL")])
def test_un_csv_et_un_ods_entrent_comme_un_xlsx(reprendre, tmp_path, ecrire_en, nom):
    lignes = [LIGNES[0], [LIGNES[1][0].format(nom), *LIGNES[1][1:]]]
    essai, fait = reprendre(ecrire_en(tmp_path / f"suivi.{ecrire_en.__name__[3:]}", lignes))
    assert [v.proposition.valeur for g in grouper(essai) for v in g.valeurs] == ["06 39 98 12 34"]
    assert fait.refus == []
    assert du_nom(nom).telephone == "06 39 98 12 34"


def test_le_meme_jour_se_corrige_d_un_clic(reprendre):
    essai, fait = reprendre(TERRAIN / "meme-jour.xlsx")
    proposees = [v.proposition for g in grouper(essai) for v in g.valeurs]
    assert [(p.ligne, p.colonne, p.valeur) for p in proposees] == [
        (2, "Au", "14/09/2025"),
        (2, "Au", "30/08/2025"),
    ]
    assert (fait.refus, fait.crees) == ([], 5)


def test_un_code_dont_excel_a_mange_les_zeros_se_propose(reprendre, tmp_path):
    jeunes = [["Code dossier", "Nom", "Prénom", "Date de naissance", "MDS"]]
    jeunes.append(["00457", "Leclerc", "Ana", "04/05/2008", "ART"])
    alertes = [["Jeune", "Motif", "Du"], [457, "FUGUE", "01/02/2026"]]
    chemin = ecrire(tmp_path / "z.xlsx", {"Jeunes": jeunes, "Alertes": alertes})
    essai, fait = reprendre(chemin)
    (groupe,) = grouper(essai)
    assert groupe.valeurs[0].proposition.valeur == "00457"
    assert (fait.refus, fait.crees) == ([], 2)


def test_mon_tableau_sort_une_ligne_par_jeune_et_rentre_sans_rien_changer(reprendre, tmp_path):
    reprendre(TABLEAU)
    sortie = tmp_path / "mon-tableau.xlsx"
    nombre = mon_tableau.exporter(sortie, motif="Un essai")
    titres, *lignes = cellules(sortie)["Mon tableau"]
    assert len(lignes) == nombre
    awa = next(dict(zip(titres, li, strict=True)) for li in lignes if "N'DIAYE" in li)
    assert (awa["Mesure"], awa["Freins"]) == (
        "Contrat jeune majeur sans hébergement",
        "Démarches administratives",
    )
    essai, fait = reprendre(sortie)
    assert grouper(essai) == []
    assert (fait.crees, fait.modifies) == (0, 0), (fait.nouveautes, fait.changements)
