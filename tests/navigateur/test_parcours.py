"""The whole path of someone who takes the tool up: log in, import their workbook, correct a youth,
download the table."""

from datetime import timedelta

import openpyxl
import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from app.regles.age import aujourd_hui
from tests import factories as f


@pytest.fixture
def responsable(app) -> str:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE", mds="ART", first_name="Nadège")
        db.session.commit()
        return compte.username


@pytest.fixture
def classeur(tmp_path):
    """A workbook as people keep it: headings in any case, labels or codes, dates typed, a column of
    one's own."""
    le_mois_dernier = aujourd_hui().replace(day=1) - timedelta(days=1)
    livre = openpyxl.Workbook()
    jeunes = livre.active
    jeunes.title = "jeunes"
    jeunes.append(
        ["CODE DOSSIER", "nom", "Prenom", "Date de naissance", "mds", "Telephone", "Vu ?"]
    )
    jeunes.append(["P001", "Délestrez", "Maëlle", "14/03/2009", "artois", "0639981234", "oui"])
    jeunes.append([" p002 ", "Wattrelos", "Ilan", "2008-11-02", "ART", None, None])
    suivis = livre.create_sheet("Accompagnements")
    suivis.append(["Jeune", "Du"])
    suivis.append(["p001", le_mois_dernier - timedelta(days=60)])
    chemin = tmp_path / "suivi de Nadège.xlsx"
    livre.save(chemin)
    return chemin


def test_de_la_connexion_au_tableau_du_mois(serveur, page, responsable, classeur, tmp_path):
    page.goto(f"{serveur}/login/")
    page.fill("[name=username]", responsable)
    page.fill("[name=password]", f.MOT_DE_PASSE)
    page.click("main button[type=submit]")
    expect(page.locator("h1")).to_have_text("Bonjour Nadège")

    menu = page.get_by_role("navigation", name="Menu principal")
    menu.get_by_role("link", name="Tableaux et indicateurs").click()
    menu.get_by_role("link", name="Importer un classeur").click()
    page.set_input_files("#fichier", classeur)
    page.click("text=Envoyer et vérifier")
    page.click("button:has-text('Appliquer')")
    page.wait_for_selector("text=Annuler cet import")

    menu.get_by_role("link", name="Jeunes", exact=True).click()
    page.fill("#q", "delestrez")
    page.click("main button:has-text('Rechercher')")
    page.click("table >> text=Délestrez")
    expect(page.locator("h1")).to_contain_text("Maëlle Délestrez")
    page.click("main a:has-text('Modifier')")
    page.fill("[name=telephone]", "06 39 98 99 99")
    page.click("main button:has-text('Enregistrer')")
    expect(page.locator("main")).to_contain_text("Modifications enregistrées.")
    page.click("table >> text=Délestrez")
    expect(page.locator("main")).to_contain_text("06 39 98 99 99")

    menu.get_by_role("link", name="Tableaux et indicateurs").click()
    menu.get_by_role("link", name="Tableau mensuel").click()
    page.locator("#motif-finalite").select_option("REUNION")
    page.locator("#motif").fill("Comité de suivi")
    with page.expect_download() as attente:
        page.get_by_role("button", name="Télécharger le tableau", exact=True).click()
    chemin = tmp_path / "tableau.xlsx"
    attente.value.save_as(chemin)
    cellules = {
        str(c)
        for feuille in openpyxl.load_workbook(chemin)
        for ligne in feuille.iter_rows(values_only=True)
        for c in ligne
    }
    assert "P001" in cellules
    assert not {"Délestrez", "Maëlle"} & cellules
