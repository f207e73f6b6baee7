"""Signing in with a real browser, at 1280 and 390 pixels; and the warning before the session
closes."""

import re
import time
from types import SimpleNamespace

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app import acces
from app.connexion import motdepasse, second_facteur
from app.extensions import db
from app.models import SessionOuverte
from tests import factories
from tests.connexions import cookie
from tests.factories import MOT_DE_PASSE
from tests.navigateurs import LARGEURS, examiner, page_neuve

NEUF = "trois pommes sur le buffet"


@pytest.fixture
def creer(app):
    def _creer(role, mds, *, temporaire=False):
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            compte = factories.un_compte(role, mds)
            tire = motdepasse.poser_temporaire(compte) if temporaire else MOT_DE_PASSE
            db.session.commit()
            return SimpleNamespace(id=compte.id, login=compte.username, mot_de_passe=tire)

    return _creer


def ordonner(app, ordre: str, **valeurs) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.execute(text(ordre), valeurs)
        db.session.commit()


def ouvrir(navigateur, serveur, largeur, **options):
    """A page of nobody: these tests sign in by themselves."""
    hauteur = LARGEURS[largeur]
    with page_neuve(navigateur, largeur, hauteur, base_url=serveur, **options) as page:
        yield page


@pytest.fixture(params=LARGEURS)
def ecran(request, navigateur, serveur):
    yield from ouvrir(navigateur, serveur, request.param)


@pytest.fixture
def bureau(navigateur, serveur):
    yield from ouvrir(navigateur, serveur, 1280)


@pytest.fixture
def sans_script(navigateur, serveur):
    yield from ouvrir(navigateur, serveur, 390, java_script_enabled=False)


def se_deconnecter(page) -> None:
    """From the page of one's account: the banner has the button, or the page on a phone."""
    page.locator("button:visible", has_text="Se déconnecter").click()


def remplir(page, **champs) -> None:
    for nom, valeur in champs.items():
        page.fill(f"#{nom}", valeur)
    page.press(f"#{nom}", "Enter")


def test_le_premier_mot_de_passe_se_choisit_au_clavier_sans_faute_d_accessibilite(ecran, creer):
    compte = creer("COORDONNATEUR", "ART", temporaire=True)
    ecran.goto("/")
    examiner(ecran)
    remplir(ecran, username=compte.login, password="faux")
    ecran.wait_for_selector("#erreurs")
    expect(ecran.locator("#erreurs")).to_be_focused()
    examiner(ecran)
    remplir(ecran, password=compte.mot_de_passe)
    ecran.wait_for_url(re.compile("/login/mot-de-passe"))
    examiner(ecran)
    remplir(ecran, nouveau="court", encore="court")
    ecran.wait_for_selector("#nouveau[aria-invalid=true]")
    examiner(ecran)
    remplir(ecran, nouveau=NEUF, encore=NEUF)
    ecran.wait_for_selector("nav.menu", state="attached")
    ecran.goto("/mon-compte/")
    examiner(ecran)
    ecran.goto("/mon-compte/mot-de-passe")
    examiner(ecran)


def test_le_second_facteur_se_pose_puis_se_donne(ecran, creer, app):
    compte = creer("DPID", None)
    ecran.goto("/login/")
    remplir(ecran, username=compte.login, password=MOT_DE_PASSE)
    ecran.wait_for_url(re.compile("/login/second-facteur"))
    examiner(ecran)
    expect(ecran.locator(".qr")).to_have_js_property("complete", True)
    assert ecran.evaluate("document.querySelector('.qr').naturalWidth") > 100, (
        "the drawing is really shown"
    )
    secret = "".join(ecran.inner_text("code.cle").split())
    remplir(ecran, code=pyotp.TOTP(secret).now())
    ecran.wait_for_selector("ul.codes")
    expect(ecran.locator("ul.codes li")).to_have_count(10)
    examiner(ecran)
    secours = ecran.inner_text("ul.codes li:first-child")
    ecran.click("text=Je les ai notés")
    ecran.wait_for_selector("nav.menu", state="attached")
    ecran.goto("/mon-compte/")
    examiner(ecran)
    se_deconnecter(ecran)
    ecran.wait_for_url(re.compile(r"/login/\?sortie=oui$"))
    remplir(ecran, username=compte.login, password=MOT_DE_PASSE)
    ecran.wait_for_url(re.compile("/login/code"))
    examiner(ecran)
    ecran.click("text=Je n’ai pas mon téléphone")
    ecran.wait_for_url(re.compile("secours=1"))
    examiner(ecran)
    remplir(ecran, code=secours)
    ecran.wait_for_selector("nav.menu", state="attached")


def test_sans_script_on_entre_et_on_sort(sans_script, creer):
    compte = creer("COORDONNATEUR", "ART")
    sans_script.goto("/jeunes/")
    remplir(sans_script, username=compte.login, password=MOT_DE_PASSE)
    sans_script.wait_for_url("**/jeunes/")
    expect(sans_script.locator("#session-avis")).not_to_be_visible()
    sans_script.click("a.moi")
    se_deconnecter(sans_script)
    sans_script.wait_for_url(re.compile(r"/login/\?sortie=oui$"))


def tape(compte) -> str:
    """What this person types: each test has a name of its own, for the base is the same for all of
    them."""
    return f"Garage des Trois Rues, {compte.login}"


@pytest.fixture
def au_travail(bureau, app, serveur, creer):
    """Someone who has begun to type, on a page whose clock the test moves."""
    compte = creer("COORDONNATEUR", "ART")
    bureau.context.add_cookies([{**cookie(app, compte.id), "url": serveur}])
    bureau.clock.install()
    bureau.goto("/partenaires/ajouter")
    bureau.fill("#nom", tape(compte))
    bureau.select_option("#type_code", index=1)
    bureau.check("[name=mds_ids] >> nth=0")
    return bureau, compte


def avancer(page, app, compte, minutes: int) -> None:
    """The same time goes by in the base and in the page."""
    ordonner(
        app,
        "update session_ouverte set vue_le = vue_le - make_interval(mins => :m)"
        " where compte_id = :c",
        m=minutes,
        c=compte.id,
    )
    page.clock.run_for(minutes * 60_000)


def test_l_avertissement_previent_sans_prendre_la_main_et_se_prolonge(au_travail, app):
    page, compte = au_travail
    avis = page.locator("#session-avis")
    avancer(page, app, compte, 20)
    expect(avis).not_to_be_visible()
    page.focus("#nom")
    avancer(page, app, compte, 6)
    page.wait_for_selector("#session-avis", state="visible")
    expect(avis).to_contain_text(re.compile("votre session se ferme dans [45] minutes"))
    expect(avis.locator("[role=alert]")).to_have_count(1)
    expect(page.locator("#nom")).to_be_focused()  # typing goes on
    page.clock.resume()
    examiner(page)
    page.click("text=Rester connecté")
    avis.wait_for(state="hidden")
    assert page.input_value("#nom") == tape(compte)
    page.click("main button[type=submit]:has-text('Enregistrer')")
    expect(page.locator(".message.succes")).to_be_visible()


def test_une_session_fermee_garde_ce_qui_est_tape_jusqu_au_retour(au_travail, app, creer):
    page, compte = au_travail
    avancer(page, app, compte, 31)
    page.wait_for_selector("#session-avis", state="visible")
    page.click("main button[type=submit]:has-text('Enregistrer')")
    expect(page.locator("#session-avis a")).to_be_focused()
    expect(page.locator("#session-avis")).to_contain_text(
        "Votre session est fermée. Ce que vous avez tapé est encore là"
    )
    with page.context.expect_page() as nouvel:
        page.click("text=Se reconnecter")
    onglet = nouvel.value
    remplir(onglet, username=compte.login, password=MOT_DE_PASSE)
    onglet.wait_for_selector("nav.menu", state="attached")
    onglet.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#session-avis")).to_contain_text("de nouveau connecté")
    assert page.input_value("#nom") == tape(compte)
    page.click("main button[type=submit]:has-text('Enregistrer')")
    expect(page.locator(".message.succes")).to_be_visible()


def test_un_autre_onglet_actif_evite_l_avertissement(au_travail, app):
    page, compte = au_travail
    avancer(page, app, compte, 20)
    ordonner(app, "update session_ouverte set vue_le = now() where compte_id = :c", c=compte.id)
    page.clock.fast_forward(6 * 60_000)
    with page.expect_response("**/mon-compte/session"):
        page.clock.run_for(6_000)
    expect(page.locator("#session-avis")).not_to_be_visible()


def test_si_une_autre_personne_prend_le_navigateur_rien_ne_s_enregistre_a_sa_place(
    au_travail, app, serveur, creer
):
    page, compte = au_travail
    autre = creer("COORDONNATEUR", "ART")
    avancer(page, app, compte, 31)
    page.context.add_cookies([{**cookie(app, autre.id), "url": serveur}])
    page.click("main button[type=submit]:has-text('Enregistrer')")
    expect(page.locator("#session-avis")).to_contain_text("Une autre personne")
    assert page.input_value("#nom") == tape(compte)


def test_au_bout_de_douze_heures_l_avertissement_ne_propose_pas_de_prolonger(
    bureau, app, serveur, creer
):
    compte = creer("COORDONNATEUR", "ART")
    bureau.context.add_cookies([{**cookie(app, compte.id), "url": serveur}])
    ordonner(
        app,
        "update session_ouverte set ouverte_le = now() - interval '11 hours 57 minutes'"
        " where compte_id = :c",
        c=compte.id,
    )
    bureau.clock.install()
    bureau.goto("/")
    bureau.clock.run_for(6_000)
    bureau.wait_for_selector("#session-avis", state="visible")
    expect(bureau.locator("#session-avis")).to_contain_text("ouverte depuis douze heures")
    expect(bureau.locator("text=Rester connecté")).not_to_be_visible()


def test_mon_compte_tient_dans_320_pixels(navigateur, serveur, app):
    """A page zoomed to 400 % on a 1280 screen (WCAG 1.4.10), with a long name and address."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = factories.un_compte(
            "COORDONNATEUR",
            "ART",
            username="marie-christine.vandenbroucke-lefebvre",
            last_name="Vandenbrouckelefebvredelattrecarpentier",
            email="mariechristinevandenbroucke@missionslocalesdupasdecalais.example.org",
        )
        login = compte.username
        secret = pyotp.random_base32()
        second_facteur.activer(compte, secret, pyotp.TOTP(secret).at(time.time() - 30))
        db.session.commit()
        numero = compte.id
    with app.app_context(), acces.acteur(acces.CONNEXION):
        db.session.add(
            SessionOuverte(
                empreinte="a" * 64,
                compte_id=numero,
                moyen="mot_de_passe",
                second_facteur=True,
                adresse="2001:db8:1234:5678:9abc:def0:1234:5678",
                agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0",
            )
        )
        db.session.commit()
    contexte = navigateur.new_context(
        viewport={"width": 320, "height": 640}, locale="fr-FR", base_url=serveur
    )
    page = contexte.new_page()
    page.goto("/login/")
    remplir(page, username=login, password=MOT_DE_PASSE)
    page.wait_for_url(re.compile("/login/code"))
    remplir(page, code=pyotp.TOTP(secret).now())
    page.wait_for_selector("nav.menu", state="attached")
    for adresse in ("/mon-compte/", "/mon-compte/mot-de-passe", "/mon-compte/second-facteur"):
        page.goto(adresse)
        large = page.evaluate(
            """() => [...document.querySelectorAll('body *')]
              .filter(e => e.getBoundingClientRect().right > 320
                && !e.closest('.hors-ecran') && !e.closest('thead'))
              .map(e => e.tagName + '.' + e.className)"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (adresse, large)
    contexte.close()
