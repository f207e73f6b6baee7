"""In a real browser, on a desk and on a phone: a youth leaves, the situation is awaited, told; the
youth comes back, leaves again; then dies, and that is taken back. Every page is without fault."""

import re

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir

ATTENDUE = "Situation de sortie attendue"
HIER = f.il_y_a(1)
AVANT = f.il_y_a(9)


@pytest.fixture(scope="module", params=LARGEURS)
def base(request, app):
    """Somebody of age, accompanied, under a mesure; the situation is an old one."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(
            nom=f"Bapalmerie{request.param}",
            prenom="Melvin",
            date_naissance=f.il_y_a(19 * 366),
            repere_le=f.il_y_a(330),
        )
        f.une_orientation(jeune, contact_le=f.il_y_a(320), reponse_code="ACCEPTEE")
        f.un_rdv_tripartite(jeune, le=f.il_y_a(310))
        f.une_mesure(jeune)
        f.un_accompagnement(jeune)
        f.un_binome(jeune, coordonnateur=f"Nour Delestrez{request.param}")
        f.une_situation(jeune, observee_le=f.il_y_a(200), logement_code="FJT")
        compte = f.un_compte("RESPONSABLE", "ART").id
        numero = jeune.id
        db.session.commit()
    return {"compte": compte, "largeur": request.param, "jeune": numero}


@pytest.fixture
def agent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, base["largeur"])


def enregistrer(page, bouton: str = "Enregistrer la sortie") -> None:
    page.get_by_role("button", name=bouton).click()
    page.wait_for_url(re.compile(r"/jeunes/\d+"))


def autre_acte(page, nom: str) -> None:
    page.get_by_text("Autres actes").click()
    page.get_by_role("link", name=nom).click()


def test_sortir_attendre_dire_revenir_sortir_encore(agent, base):
    principal = agent.locator("main")
    agent.aller("/jeunes/{jeune}#parcours")
    agent.locator("#mesure").get_by_role("link", name="Terminer").click()
    examiner(agent)
    agent.get_by_role("button", name="Enregistrer la sortie").click()
    expect(agent.locator("#erreurs")).to_contain_text("dites pourquoi")
    examiner(agent)
    agent.get_by_label("Dernier jour").fill(AVANT.isoformat())
    agent.get_by_label("Motif de fin de la mesure").select_option("MAJORITE")
    enregistrer(agent)
    expect(principal).to_contain_text("Coordonnateur seul (relais)")
    expect(principal).to_contain_text(ATTENDUE)
    examiner(agent)
    agent.aller("/a-faire/?qui=tous")
    agent.locator("#sorties").get_by_role("link", name=re.compile("Dire la situation")).click()
    agent.get_by_text("Toujours vraie").click()
    examiner(agent)
    enregistrer(agent)
    expect(principal).not_to_contain_text(ATTENDUE)
    # The stay ends too: out of the scheme.
    autre_acte(agent, "Préparer la sortie")
    agent.get_by_label(re.compile("Accompagnement, depuis")).check()
    agent.get_by_label("Dernier jour").fill(HIER.isoformat())
    agent.get_by_label("Motif de sortie du dispositif").select_option("DEMENAGEMENT")
    agent.get_by_text("Le suivi se termine").click()
    enregistrer(agent)
    ligne = agent.get_by_role("list", name="Chapitres du suivi")
    expect(ligne.locator("[aria-current=step]")).to_contain_text(f"{HIER:%d/%m/%Y}")
    # Come back.
    agent.get_by_role("link", name="Reprendre le suivi").click()
    examiner(agent)
    agent.get_by_label("Raison du retour").fill("A perdu son logement")
    enregistrer(agent, "Reprendre le suivi")
    expect(principal).to_contain_text("Raison du retour : A perdu son logement")
    passage = agent.locator("details.passage")
    expect(passage).to_have_count(1)
    passage.locator("summary").click()
    expect(passage).to_contain_text("Sorti : déménagement.")
    expect(passage.get_by_role("list")).to_contain_text(f"{AVANT:%d/%m/%Y}")
    examiner(agent)
    # Leave again: taken back in one click.
    autre_acte(agent, "Préparer la sortie")
    agent.get_by_label(re.compile("Accompagnement, depuis")).check()
    agent.get_by_label("Motif de sortie du dispositif").select_option("AUTONOMIE")
    enregistrer(agent)
    agent.get_by_role("link", name="revenir sur cet acte").click()
    examiner(agent)
    agent.get_by_role("button", name="Annuler cet acte").click()
    expect(agent.locator(".sous-titre")).to_contain_text("Annulé")


def test_un_deces_est_dit_sobrement_et_se_reprend(agent, base):
    principal = agent.locator("main")
    agent.aller("/jeunes/{jeune}")
    autre_acte(agent, "Déclarer le décès")
    examiner(agent)
    agent.get_by_label("Jour du décès").fill(f.dans(0).isoformat())
    enregistrer(agent, "Déclarer le décès")
    expect(agent.locator(".message.sobre")).to_contain_text("Le suivi est clos")
    expect(principal).not_to_contain_text("d’agir")
    examiner(agent)
    agent.get_by_role("link", name="Revenir sur cette information").click()
    examiner(agent)
    enregistrer(agent, "Retirer le décès")
    expect(agent.locator(".message.sobre")).to_have_count(0)
