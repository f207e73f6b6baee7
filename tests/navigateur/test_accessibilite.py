"""In a real browser, at 1280 and 390 pixels: axe finds nothing, nothing overflows, the keyboard
goes everywhere."""

import re

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from app.models import Alerte
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir

HORS_DES_ROUTES = {
    "liste filtrée": "/alertes/?motif_code=FUGUE&tri=-du&q=lefevre",
    "liste vide": "/alertes/?q=introuvable",
    "indicateurs comparés": "/indicateurs/?comparee=an",
    "introuvable": "/alertes/999999",
    "incomprise": "/alertes/?page=x",
}
"""What no walk of the routes meets; the rest is in ``test_toutes_les_pages``."""


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        zoe = f.un_jeune(nom="Lefèvre", prenom="Zoé", telephone="06 39 98 12 34")
        numeros = {
            "jeune": zoe.id,
            "alerte": f.une_alerte(zoe).id,
            "compte": f.un_compte("RESPONSABLE", "ART").id,
        }
        f.un_jeune(nom="Lefort", prenom="Anna")
        for n in range(30):
            f.une_alerte(f.un_jeune(nom=f"Nombreux{n}"))
        db.session.commit()
    return numeros


@pytest.fixture(params=LARGEURS)
def agent(request, navigateur, app, serveur, base):
    """A page of someone signed in, at each width; a script that fails or a request refused by the
    CSP fails the test."""
    yield from ouvrir(navigateur, app, serveur, base, request.param)


@pytest.fixture
def bureau(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, 1280)


@pytest.fixture
def sans_script(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, 390, java_script_enabled=False)


@pytest.mark.parametrize("adresse", HORS_DES_ROUTES.values(), ids=HORS_DES_ROUTES)
def test_axe_ne_trouve_rien_a_redire(bureau, adresse):
    bureau.aller(adresse)
    examiner(bureau)


def test_un_formulaire_refuse_mene_a_chaque_champ_fautif(agent):
    agent.aller("/alertes/ajouter")
    agent.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(agent.locator("#erreurs")).to_be_focused()
    examiner(agent)
    agent.get_by_role("link", name=re.compile("Motif : ce champ est obligatoire")).click()
    expect(agent.locator("#motif_code")).to_be_focused()
    expect(agent.locator("#motif_code")).to_have_attribute("aria-describedby", "motif_code-erreur")


def test_les_deux_versions_d_une_fiche_se_comparent(agent, app, base):
    agent.aller("/alertes/{alerte}/modifier")
    agent.get_by_label("Signalée par").fill("Moi")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        alerte = db.session.get(Alerte, base["alerte"])
        alerte.signalee_par = f"L’autre {alerte.version}"
        db.session.commit()
    agent.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(
        agent.get_by_role("heading", name="Cette fiche a changé pendant votre saisie")
    ).to_be_visible()
    examiner(agent)
    agent.get_by_role("row", name=re.compile("Signalée par")).get_by_label("Moi").check()
    agent.get_by_role("button", name="Enregistrer ces choix").click()
    expect(agent.get_by_text("Modifications enregistrées.")).to_be_visible()
    expect(agent.get_by_text("Moi", exact=True)).to_be_visible()


def test_on_choisit_un_jeune_au_clavier_sans_souris(agent):
    agent.aller("/alertes/ajouter")
    champ = agent.get_by_role("combobox", name="Jeune")
    champ.press_sequentially("lef", delay=20)
    propositions = agent.get_by_role("listbox", name="Propositions").get_by_role("option")
    propositions.nth(1).wait_for()
    expect(propositions).to_have_count(2)
    examiner(agent)
    champ.press("ArrowDown")
    champ.press("ArrowDown")
    expect(champ).to_have_attribute("aria-activedescendant", "jeune_id-option-1")
    champ.press("Enter")
    expect(champ).to_have_value("Anna Lefort")
    expect(agent.get_by_role("listbox", name="Propositions")).not_to_be_visible()
    champ.fill("zz")
    agent.get_by_text("Rien ne correspond.").first.wait_for()
    champ.press("Escape")
    agent.get_by_label("Motif").select_option("AUTRE")
    agent.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(agent.get_by_text("Rien ne correspond à ces mots.", exact=True)).to_be_visible()
    expect(champ).to_have_value("zz")


def test_ce_qui_est_tape_avant_que_la_page_soit_prete_est_cherche_sans_perdre_la_main(bureau):
    bureau.add_init_script(
        "document.addEventListener('DOMContentLoaded',"
        " () => { jeune_id.focus(); jeune_id.value = 'lefort'; })"
    )
    bureau.aller("/alertes/ajouter")
    expect(bureau.get_by_role("option", name=re.compile("Anna Lefort"))).to_be_visible()
    expect(bureau.locator("#jeune_id")).to_be_focused()


def test_les_onglets_du_dossier_se_parcourent_au_clavier_et_restent_dans_l_adresse(agent):
    agent.aller("/jeunes/{jeune}")
    premier = agent.get_by_role("tab").first
    premier.focus()
    premier.press("ArrowRight")
    actif = agent.get_by_role("tab", selected=True)
    expect(actif).not_to_have_id(premier.get_attribute("id"))
    expect(agent).to_have_url(re.compile("#"))
    expect(agent.get_by_role("tabpanel")).to_have_count(1)
    ouvert = actif.get_attribute("id")
    agent.reload()
    expect(actif).to_have_id(ouvert)
    examiner(agent)


def test_le_lien_d_evitement_est_le_premier_et_mene_au_contenu(agent):
    agent.aller("/jeunes/")
    agent.keyboard.press("Tab")
    expect(agent.get_by_role("link", name="Aller au contenu")).to_be_focused()
    agent.keyboard.press("Enter")
    expect(agent.locator("#contenu")).to_be_focused()


def test_supprimer_se_confirme_dans_un_dialogue_et_s_annule(agent):
    agent.aller("/alertes/{alerte}")
    agent.get_by_role("link", name="Supprimer").click()
    dialogue = agent.get_by_role("dialog")
    expect(dialogue).to_contain_text("Supprimer «")
    examiner(agent)
    dialogue.get_by_role("button", name="Annuler").click()
    expect(dialogue).not_to_be_visible()
    expect(agent.get_by_role("link", name="Supprimer")).to_be_focused()


def test_quitter_une_saisie_avertit(bureau):
    bureau.aller("/alertes/ajouter")
    bureau.get_by_label("Signalée par").fill("École")
    avertis = []
    bureau.on("dialog", lambda d: (avertis.append(d.type), d.accept()))
    bureau.get_by_role("link", name="Accueil").first.click()
    bureau.wait_for_url("**/")
    assert avertis == ["beforeunload"]


def test_sur_un_telephone_le_menu_s_ouvre_et_se_ferme(navigateur, app, serveur, base):
    for page in ouvrir(navigateur, app, serveur, base, 390):
        page.aller("/jeunes/")
        menu = page.get_by_role("navigation", name="Menu principal")
        expect(menu).not_to_be_visible()
        page.get_by_role("button", name="Menu").click()
        expect(menu).to_be_visible()
        expect(page.get_by_role("button", name="Menu")).to_have_attribute("aria-expanded", "true")
        examiner(page)
        menu.get_by_role("link", name="Jeunes").first.press("Escape")
        expect(menu).not_to_be_visible()


def test_sans_script_on_cherche_on_ajoute_et_on_lit_un_dossier(sans_script):
    page = sans_script
    page.aller("/")
    page.get_by_role("searchbox", name="Chercher un jeune").fill("lefevre")
    page.get_by_role("searchbox", name="Chercher un jeune").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoé Lefèvre")
    page.aller("/alertes/ajouter")
    page.get_by_role("textbox", name="Jeune").fill("lef")
    page.get_by_label("Motif").select_option("AUTRE")
    page.get_by_label("Du").fill("2025-01-02")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_label(re.compile("Anna Lefort")).check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Anna Lefort")
