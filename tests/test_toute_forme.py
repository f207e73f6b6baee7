"""A file in the shape that people keep comes in through the mapping of its columns: nothing lost,
nobody twice, and a second import of it changes nothing."""

import zipfile
from datetime import date

import pytest
import xlsxwriter
from sqlalchemy import select

from app.echanges.reprise import application, extraction, mon_tableau
from app.echanges.reprise.application import OptionsDImport
from app.echanges.reprise.cellules import JAMAIS_CALCULEE, en_texte
from app.echanges.reprise.choix import ChoixDuFichier, Correction
from app.echanges.reprise.rapport import grouper
from app.extensions import db
from app.models import Binome, Frein, Jeune, Mesure, Rencontre, Situation
from app.regles.texte import plier
from tests.classeurs import DONNEES, LIMITES, cellules, ecrire, remplacer

TERRAIN = DONNEES / "terrain"
TABLEAU = TERRAIN / "tableau-une-ligne-par-jeune.xlsx"
MISSION_LOCALE = TERRAIN / "extraction-mission-locale-feuille-jeunes.xlsx"


@pytest.fixture
def reprendre(session):
    """Import a file as a person would: look, take every proposition, then write."""

    def _reprendre(chemin, garder_les_bonnes=False, **choix):
        decide = ChoixDuFichier(coordonnateur="Nour Delestrez", mds="ART", **choix)
        regarder = OptionsDImport(True, details=500, choix=decide)
        essai = application.importer(chemin, LIMITES, regarder)
        accepter(decide, essai)
        ecrire_tout = OptionsDImport(False, garder_les_bonnes, 500, choix=decide)
        return essai, application.importer(chemin, LIMITES, ecrire_tout)

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


def test_l_extraction_de_la_mission_locale_se_reconnait(reprendre):
    _, fait = reprendre(MISSION_LOCALE)
    zoe = du_nom("LEFEVRE")
    assert (zoe.code, zoe.telephone) == ("10203040", "06 12 34 56 99")
    assert zoe.courriel == "zoe@example.org"
    assert any("zéro" in dit for dit in fait.avertissements)
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


TITRES_DU_DEPARTEMENT = [
    *("N° dossier", "Nom", "Prénom", "Date naiss.", "Territoire", "Type de mesure"),
    *("Date début mesure", "Date fin mesure", "Motif de fin de mesure", "Service", "Référent ASE"),
]
MAEVA = ["45", "LECOCQ", "Maëva", date(2008, 3, 4)]
YANIS = ["46", "BEN SALAH", "Yanis", date(2009, 7, 14)]
ICI = "Maison du Département Solidarité de l’Artois"
CLAIRE = ["SEF Béthune", "WATTEAU Claire"]


def test_la_liste_des_mesures_du_departement_entre_avec_ses_jeunes_repetes(reprendre, tmp_path):
    lignes = [
        [*MAEVA, ICI, "placement OPP", date(2022, 5, 1), date(2027, 4, 30), None, *CLAIRE],
        [*MAEVA, "Artois", "AEMO", date(2019, 1, 1), date(2022, 4, 30), "mainlevée", *CLAIRE],
        [*YANIS, "Artois", "AED", date(2020, 1, 1), date(2021, 6, 30), None, *CLAIRE],
        [*YANIS, "Artois", "Tutelle d’État", date(2021, 7, 1), None, None, *CLAIRE],
    ]
    haut = [["DÉPARTEMENT – DEF"], ["Liste des mesures au 02/11/2026"], []]
    feuille = [*haut, TITRES_DU_DEPARTEMENT, *lignes, ["Total : 4 mesures"]]
    _, fait = reprendre(ecrire(tmp_path / "d.xlsx", {"Export": feuille}))
    assert fait.refus == []
    colonnes = select(Mesure.type_code, Mesure.du, Mesure.au, Mesure.motif_fin_code)
    lues = colonnes.join(Jeune, Jeune.id == Mesure.jeune_id).order_by(Jeune.code, Mesure.du)
    assert [tuple(m) for m in db.session.execute(lues.where(Jeune.code.in_(("45", "46"))))] == [
        ("AEMO", date(2019, 1, 1), date(2022, 4, 30), "RETOUR_FAMILLE"),
        ("OPP", date(2022, 5, 1), None, None),
        ("AED", date(2020, 1, 1), date(2021, 6, 30), None),
        ("TUTELLE", date(2021, 7, 1), None, None),
    ]
    assert any("prises comme fins réelles : 2" in dit for dit in fait.avertissements)
    binomes = select(Binome.referent_ase).join(Jeune, Jeune.id == Binome.jeune_id)
    assert db.session.scalars(binomes.where(Jeune.code == "45")).all() == ["Claire Watteau"]
    assert "Service : SEF Béthune" in du_nom("LECOCQ").observations
    _, encore = reprendre(tmp_path / "d.xlsx")
    assert (encore.crees, encore.modifies, encore.refus) == (0, 0, [])


def test_ce_que_deux_lignes_d_un_jeune_disent_autrement_ne_se_perd_pas(reprendre, tmp_path):
    titres = ["NOM Prénom", "DDN", "UT", "Logement", "Situation", "RDV tripartite", "Frein 1"]
    lola = ["HENON Lola", date(2008, 4, 4), "Artois"]
    lignes = [
        [*lola, "FJT", "NEET", "O (15/03)", "mobilité"],
        [*lola, "CHRS", "NEET", "O (15/03)", "mobilité"],
    ]
    _, fait = reprendre(ecrire(tmp_path / "r.xlsx", {"Suivi mai 2026": [titres, *lignes]}))
    assert fait.refus == []
    lola = du_nom("HENON")
    situation = db.session.scalars(select(Situation).where(Situation.jeune_id == lola.id)).one()
    assert situation.logement_code == "FJT"
    assert "Logement : CHRS" in lola.observations
    rencontre = db.session.scalars(select(Rencontre).where(Rencontre.jeune_id == lola.id)).one()
    assert (rencontre.le, rencontre.statut_code) == (date(2026, 3, 15), "TENUE")


def test_ce_que_montre_un_tableur_et_que_ne_dit_aucune_cellule_est_dit(reprendre, tmp_path):
    """Hidden rows and sheets, comments, colours, formulas never computed."""
    chemin = tmp_path / "marques.xlsx"
    with xlsxwriter.Workbook(str(chemin)) as classeur:
        jaune = classeur.add_format({"bg_color": "yellow"})
        onglet = classeur.add_worksheet("Suivi")
        titres = ["Nom", "Prénom", "DDN", "UT", "Divers", "Logement"]
        for rang, prenom in enumerate(["Ana", "Léo", "Mia"], 1):
            for place, dit in enumerate(["COLIN", prenom, f"0{rang}/04/2008", "Artois", "x"]):
                onglet.write(rang, place, dit, jaune if rang == 1 else None)
        onglet.write_row(0, 0, titres)
        onglet.write_comment(1, 1, "vue le 3 mai")
        onglet.set_row(2, None, None, {"hidden": True})
        onglet.write_formula(2, 4, "=YEAR(NOW())", None, "")
        onglet.write_formula(3, 5, "=A1&B2", None, "")
        cachee = classeur.add_worksheet("Archives")
        cachee.write_row(0, 0, titres)
        cachee.write_row(1, 0, ["VIEUX", "Tom", "01/01/2008", "Artois"])
        cachee.hide()
    essai, fait = reprendre(chemin, garder_les_bonnes=True)
    (groupe,) = grouper(essai)
    assert (groupe.colonne, groupe.raison) == ("Logement", JAMAIS_CALCULEE)
    dits = "\n".join(fait.avertissements)
    assert "« Archives » : laissée de côté (masquée)" in dits
    assert "« Suivi » : 1 ligne masquée" in dits
    assert "5 cellules coloriées" in dits
    assert "« Divers » ligne 3" in dits
    assert "Commentaire sur Prénom : vue le 3 mai" in du_nom_et_prenom("COLIN", "Ana").observations


def du_nom_et_prenom(nom, prenom) -> Jeune:
    return db.session.scalars(select(Jeune).where(Jeune.nom == nom, Jeune.prenom == prenom)).one()


def test_un_nom_dont_la_formule_n_est_pas_calculee_ne_cree_personne(reprendre, tmp_path):
    chemin = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(chemin)) as classeur:
        onglet = classeur.add_worksheet("Suivi")
        onglet.write_row(0, 0, ["NOM Prénom", "DDN", "UT"])
        onglet.write_formula(1, 0, "=A9&B9", None, "")
        onglet.write_row(1, 1, ["04/04/2008", "Artois"])
    essai, fait = reprendre(chemin, garder_les_bonnes=True)
    assert {g.raison for g in grouper(essai)} == {JAMAIS_CALCULEE}
    assert fait.crees == 0


def test_les_marques_d_un_ods_sont_dites_aussi(reprendre, tmp_path):
    lignes = [["NOM Prénom", "Né(e) le", "UT", "Logement"], ["DELMAS Zoé", "03/05/2008", "Artois"]]
    chemin = un_ods(tmp_path / "m.ods", lignes)
    with zipfile.ZipFile(chemin) as archive:
        contenu = archive.read("content.xml").decode()
    note = "<office:annotation><text:p>vue le 3 mai</text:p></office:annotation>"
    formule = '<table:table-cell table:formula="of:=[.A1]"/></table:table-row></table:table>'
    contenu = contenu.replace("<text:p>DELMAS", f"{note}<text:p>DELMAS")
    contenu = contenu.replace("</table:table-row></table:table>", formule)
    cachee = '<table:table-row table:visibility="collapse">'
    avant, ligne, apres = contenu.rpartition("<table:table-row>")
    remplacer(chemin, tmp_path / "n.ods", {"content.xml": f"{avant}{cachee}{apres}".encode()})
    essai, fait = reprendre(tmp_path / "n.ods", garder_les_bonnes=True)
    (groupe,) = grouper(essai)
    assert (groupe.colonne, groupe.raison) == ("Logement", JAMAIS_CALCULEE)
    assert any("1 ligne masquée" in dit for dit in fait.avertissements)
    zoe = du_nom("DELMAS")
    assert zoe.observations == "Commentaire sur NOM Prénom : vue le 3 mai"


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


def un_xlsm(chemin, lignes):
    """A workbook of Excel with its macros, which nobody runs."""
    sans_macro = ecrire(chemin.with_suffix(".xlsx"), {"Suivi": lignes})
    return remplacer(sans_macro, chemin, {}, {"xl/vbaProject.bin": b"Attribute VB_Name"})


@pytest.mark.parametrize(
    ("ecrire_en", "nom"), [(un_csv, "DELHAYE"), (un_ods, "DELVAL"), (un_xlsm, "DELPLACE")]
)
def test_un_csv_un_ods_et_un_xlsm_entrent_comme_un_xlsx(reprendre, tmp_path, ecrire_en, nom):
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


@pytest.mark.parametrize("nom", sorted(p.name for p in TERRAIN.glob("*.xlsx")))
def test_un_second_import_du_meme_fichier_ne_change_rien(reprendre, nom):
    """Whatever is refused of it stays refused, and nothing else moves."""
    _, premier = reprendre(TERRAIN / nom, garder_les_bonnes=True)
    _, encore = reprendre(TERRAIN / nom, garder_les_bonnes=True)
    assert (encore.crees, encore.modifies) == (0, 0), (encore.nouveautes, encore.changements)
    assert encore.refus == premier.refus
    if encore.conversion is not None:
        assert all(p.connu is not None for p in encore.conversion.personnes)


DANS_LE_FORMAT = sorted({*TERRAIN.glob("*.xlsx")} - {TABLEAU, MISSION_LOCALE})


@pytest.mark.parametrize("chemin", DANS_LE_FORMAT, ids=lambda p: p.stem)
def test_aucune_valeur_d_un_classeur_de_reprise_ne_se_perd(reprendre, chemin, tmp_path):
    """Each cell comes out again with the whole workbook, or its line is told as refused.

    Last of the file: what is taken out is written for good.
    """
    _, fait = reprendre(chemin, garder_les_bonnes=True)
    extraction.exporter(tmp_path / "tout.xlsx", motif="Tout relire")
    sorties = {dit for _, _, dit in _textes(tmp_path / "tout.xlsx")}
    chiffres = {numero[-9:] for numero in sorties}  # a telephone whose zero is found again
    refusees = {(refus.feuille, refus.ligne) for refus in fait.refus}
    perdus = [
        (feuille, ligne, dit)
        for feuille, ligne, dit in _textes(chemin)
        if dit not in sorties and (feuille, ligne) not in refusees
        if not (dit.isdigit() and dit[-9:] in chiffres)
    ]
    assert perdus == []


def _textes(chemin):
    """(sheet, line, text) of each cell that holds something; an MDS by its code."""
    for feuille, lignes in cellules(chemin).items():
        for rang, ligne in enumerate(lignes, 1):
            for dit in filter(None, (plier(en_texte(cellule)) for cellule in ligne)):
                sans_espace = dit.replace(" ", "")
                yield feuille, rang, {"artois": "art"}.get(dit, sans_espace)
