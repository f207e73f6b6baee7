"""What is typed stays in the browser: the session ended elsewhere, the network dropped, a tab
closed. What the server keeps is in ``tests/connexion/test_textes.py``."""

import json
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.models import PointDeComite
from tests import factories
from tests.connexions import cookie
from tests.factories import MOT_DE_PASSE
from tests.navigateurs import examiner, page_neuve

ADRESSE = "/partenaires/ajouter"
ENVOYER = "main button[type=submit]:has-text('Enregistrer')"
BROUILLONS = "Object.entries(localStorage).filter(([nom]) => nom.startsWith('brouillon:'))"


class Essai:
    """Someone at work in a browser."""

    def __init__(self, app, serveur, page, compte):
        self.app = app
        self.serveur = serveur
        self.page = page
        self.compte = compte
        self.nom = f"Garage des Trois Rues, {compte.login}"

    def base(self, ordre: str, **valeurs):
        with self.app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            lu = db.session.execute(text(ordre), valeurs)
            trouve = lu.scalar() if lu.returns_rows else None
            db.session.commit()
            return trouve

    def entrer(self, compte=None):
        temoin = cookie(self.app, (compte or self.compte).id)
        self.page.context.add_cookies([{**temoin, "url": self.serveur}])

    def taper(self):
        self.page.goto(ADRESSE)
        self.page.fill("#nom", self.nom)
        self.page.select_option("#type_code", index=1)
        self.page.check("[name=mds_ids] >> nth=0")

    def attendre_le_brouillon(self, avant=()):
        """One that is not ``avant``."""
        self.page.evaluate(
            f"""async (avant) => {{
              const lus = () => JSON.stringify({BROUILLONS});
              const attendre = (suite) => setTimeout(suite, 50);
              while (["[]", avant].includes(lus())) await new Promise(attendre);
            }}""",
            json.dumps(avant, separators=(",", ":")),
        )

    def brouillons(self) -> list:
        return self.page.evaluate(BROUILLONS)

    def ecrits(self) -> int:
        return self.base("select count(*) from partenaire where nom = :n", n=self.nom)


@pytest.fixture
def creer(app):
    def _creer():
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            compte = factories.un_compte("COORDONNATEUR", "ART")
            db.session.commit()
            return SimpleNamespace(id=compte.id, login=compte.username)

    return _creer


@pytest.fixture
def essai(app, serveur, navigateur, creer):
    with page_neuve(navigateur, 1280, 800, base_url=serveur) as page:
        essai = Essai(app, serveur, page, creer())
        essai.entrer()
        yield essai


def test_une_session_fermee_ailleurs_se_voit_avant_l_envoi_qui_part_une_fois(essai):
    page = essai.page
    envois = []
    page.on("request", lambda r: envois.append(r) if r.method == "POST" else None)
    essai.taper()
    essai.base(
        "update session_ouverte set finie_le = now(), fin = 'deconnexion' where compte_id = :c",
        c=essai.compte.id,
    )
    page.click(ENVOYER)
    expect(page.locator("#session-avis")).to_contain_text("Ce que vous avez tapé est encore là")
    expect(page.locator("#session-avis a")).to_be_focused()
    assert envois == []
    essai.entrer()
    page.dblclick(ENVOYER)
    expect(page.locator(".message.succes")).to_be_visible()
    assert len(envois) == 1
    assert essai.ecrits() == 1


def test_un_reseau_coupe_garde_ce_qui_est_tape_jusqu_a_son_retour(essai):
    page = essai.page
    essai.taper()
    page.context.set_offline(True)
    page.click(ENVOYER)
    avis = page.locator("#session-avis")
    expect(avis).to_contain_text("Tandem ne répond pas")
    expect(avis).to_be_focused()
    page.context.set_offline(False)
    expect(avis).to_contain_text("Tandem répond de nouveau")
    assert page.input_value("#nom") == essai.nom
    page.click(ENVOYER)
    expect(page.locator(".message.succes")).to_be_visible()
    assert essai.ecrits() == 1


def test_un_envoi_dont_la_reponse_se_perd_ne_compte_qu_une_fois(essai):
    page = essai.page

    def perdre_la_reponse(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            return route.abort()
        return route.continue_()

    essai.taper()
    essai.attendre_le_brouillon()
    page.route(f"**{ADRESSE}", perdre_la_reponse)
    with page.expect_event("requestfailed"):
        page.click(ENVOYER)
    page.unroute(f"**{ADRESSE}")
    assert essai.ecrits() == 1
    page.goto(ADRESSE)
    page.get_by_role("button", name="Reprendre").click()
    page.click(ENVOYER)
    expect(page).to_have_url(re.compile(r"/partenaires/\d+$"))
    assert essai.ecrits() == 1
    assert essai.brouillons() == []


def test_un_formulaire_refuse_revient_rempli_apres_la_connexion(essai):
    page = essai.page
    essai.taper()
    page.context.clear_cookies(name="tandem")
    page.evaluate("document.getElementById('saisie').submit()")  # as without a script
    expect(page.get_by_role("status").first).to_contain_text("gardé une heure, pour vous seul")
    page.fill("#username", essai.compte.login)
    page.fill("#password", MOT_DE_PASSE)
    page.press("#password", "Enter")
    rendu = page.locator("#rendu")
    expect(rendu).to_be_focused()
    expect(rendu).to_contain_text("rien n’a encore été enregistré")
    examiner(page)
    assert page.input_value("#nom") == essai.nom
    assert page.is_checked("[name=mds_ids] >> nth=0")
    page.click(ENVOYER)
    expect(page.locator(".message.succes")).to_be_visible()
    assert essai.ecrits() == 1
    assert essai.base("select count(*) from texte_garde") == 0


def test_un_brouillon_se_reprend_par_son_auteur_seul_et_s_efface_a_l_envoi(essai, creer):
    page = essai.page
    essai.taper()
    essai.attendre_le_brouillon()
    [[nom, garde]] = essai.brouillons()
    assert "Garage" not in garde
    assert "partenaires" not in nom + garde
    # The tab is lost; another person signs in here.
    page.close(run_before_unload=False)
    essai.page = page = page.context.new_page()
    essai.entrer(creer())
    with page.expect_response("**/brouillon.js*"):
        page.goto(ADRESSE)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Reprendre")).to_have_count(0)
    assert len(essai.brouillons()) == 1
    # Its author comes back, in another session.
    essai.entrer()
    page.goto(ADRESSE)
    expect(page.locator("section.message [role=status]")).to_contain_text("Reprendre ce que vous")
    assert page.input_value("#nom") == ""
    examiner(page)
    page.get_by_role("button", name="Reprendre").click()
    assert page.input_value("#nom") == essai.nom
    assert page.is_checked("[name=mds_ids] >> nth=0")
    page.click(ENVOYER)
    expect(page.locator(".message.succes")).to_be_visible()
    assert essai.ecrits() == 1
    assert essai.brouillons() == []


def test_un_brouillon_s_efface_a_la_deconnexion_d_un_bouton_et_le_lendemain(essai):
    page = essai.page
    essai.taper()
    essai.attendre_le_brouillon()
    [[nom, _]] = essai.brouillons()
    page.reload()
    page.get_by_role("button", name="Effacer").click()
    assert essai.brouillons() == []
    page.evaluate("([nom, le]) => localStorage.setItem(nom, JSON.stringify({ le }))", [nom, 1])
    page.goto("/jeunes/")
    assert essai.brouillons() == []
    page.evaluate("(nom) => localStorage.setItem(nom, JSON.stringify({ le: Date.now() }))", nom)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("status").first).to_contain_text("Vous êtes déconnecté")
    assert essai.brouillons() == []


@pytest.fixture
def jeune(app):
    """A youth of Artois, in the agenda of a comité: number, name, address of the séance."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        fiche = factories.un_jeune("ART", prenom="Ondine", nom="Brouillonne")
        comite = factories.une_instance(statut_code="PREVUE")
        db.session.add(PointDeComite(instance_id=comite.id, jeune_id=fiche.id, rang=1))
        db.session.commit()
        return SimpleNamespace(id=fiche.id, seance=f"/seances/{comite.id}/jeunes/{fiche.id}")


def test_un_brouillon_reprend_les_lignes_d_une_feuille_de_presence(essai, jeune):
    page = essai.page
    page.goto("/actions-collectives/ajouter")
    page.fill("#un_jeune", "Ondine Brouillonne")
    page.locator("[role=option]").first.click()
    presence = page.locator(f"[name=presence-{jeune.id}]")
    expect(presence).to_have_value("TENUE")
    essai.attendre_le_brouillon()
    avant = essai.brouillons()
    presence.select_option("EXCUSE")
    page.fill("#intitule", "Atelier du soir")
    essai.attendre_le_brouillon(avant)
    page.close(run_before_unload=False)
    essai.page = page = page.context.new_page()
    page.goto("/actions-collectives/ajouter")
    page.get_by_role("button", name="Reprendre").click()
    expect(page.locator(f"[name=presence-{jeune.id}]")).to_have_value("EXCUSE")
    expect(page.locator("#intitule")).to_have_value("Atelier du soir")


def test_une_decision_de_comite_tapee_sans_reseau_se_reprend(essai, jeune):
    page = essai.page
    page.goto(jeune.seance)
    page.route("**/decision", lambda requete: requete.abort())
    page.fill("#decision", "Rester en MECS")
    expect(page.locator("#enregistre")).to_contain_text("Pas enregistré")
    essai.attendre_le_brouillon()
    page.close(run_before_unload=False)
    essai.page = page = page.context.new_page()
    page.goto(jeune.seance)
    page.get_by_role("button", name="Reprendre").click()
    expect(page.locator("#decision")).to_have_value("Rester en MECS")
    page.locator("#decision-prise button[type=submit]", has_text="Enregistrer").click()
    expect(page.locator("#enregistre")).to_contain_text("Enregistré à")
    assert essai.brouillons() == []
    assert essai.base("select decision from decision where jeune_id = :j", j=jeune.id) == (
        "Rester en MECS"
    )
