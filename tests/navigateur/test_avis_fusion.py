"""In a real browser: the youth answers on a phone without JavaScript; the pages of the survey pass
axe at 1280 and 390 pixels."""

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from app.views.enquete import hash_du_code
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir

CODE = "aaaaa-bbbbb-ccccc-ddddd"


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        zoe, double = (
            f.un_jeune(nom=nom, prenom="Zoé", courriel=c)
            for nom, c in (("Lefèvre", None), ("Lefevre", "zoe@example.org"))
        )
        f.une_rencontre(double)
        for jeune in (zoe, double):
            f.un_binome(jeune)
        enquete, autre = f.une_enquete(zoe), f.une_enquete(f.un_jeune())
        f.une_invitation(enquete, empreinte=hash_du_code(CODE))
        f.une_invitation(autre, empreinte=hash_du_code("a-relire"))
        numeros = {
            "jeune": zoe.id,
            "double": double.id,
            "enquete": enquete.id,
            "autre": autre.id,
            "naissance": zoe.date_naissance.isoformat(),
            "fusion": f.une_fusion().id,
            "compte": f.un_compte("RESPONSABLE", "ART").id,
            "mds": f.numero_mds("ART"),
        }
        db.session.commit()
    return numeros


@pytest.mark.parametrize("largeur", LARGEURS)
def test_axe_ne_trouve_rien_a_l_enquete_ni_au_double(navigateur, app, serveur, base, largeur):
    for page in ouvrir(navigateur, app, serveur, base, largeur):
        for adresse in (
            "/avis/",
            "/avis/?c=a-relire",
            "/avis/?c=a-relire&facile=oui",
            "/avis/?c=inconnu",
            "/avis/merci",
        ):
            page.aller(adresse)
            examiner(page)
        page.aller("/enquetes/{autre}/lien")
        page.get_by_role("button", name="Préparer le lien").click()
        dessin = page.get_by_role("img", name="QR code")
        expect(dessin).to_have_js_property("complete", True)
        assert dessin.evaluate("i => i.naturalWidth") > 100
        examiner(page)
        page.aller("/jeunes/ajouter")
        page.get_by_label("Nom (obligatoire)", exact=True).fill("Lefèvre")
        page.get_by_label("Prénom").fill("Zoé")
        page.get_by_label("Date de naissance").fill(base["naissance"])
        page.get_by_role("button", name="Enregistrer", exact=True).click()
        expect(page.get_by_role("heading", name="Est-ce le même jeune ?")).to_be_visible()
        examiner(page)


def test_le_jeune_repond_sur_son_telephone_sans_javascript(navigateur, serveur, base):
    contexte = navigateur.new_context(
        viewport={"width": 390, "height": 844},
        locale="fr-FR",
        base_url=serveur,
        java_script_enabled=False,
    )
    page = contexte.new_page()
    page.goto("/avis/")
    page.get_by_label("Code écrit sur votre papier").fill(CODE.upper().replace("-", " "))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Qui lit votre réponse ?")).to_be_visible()
    page.get_by_label("Plutôt satisfait").check()
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_text("Votre réponse est enregistrée.")).to_be_visible()
    assert CODE not in page.url and {c["name"] for c in contexte.cookies()} <= {
        "session",
        "tandem_session",
        "tandem",
    }
    page.goto(f"/avis/?c={CODE}")
    expect(page.get_by_role("heading", name="Ce lien ne permet pas de répondre")).to_be_visible()
    assert not page.title().startswith("Erreur")
    contexte.close()


@pytest.mark.parametrize("largeur", LARGEURS)
def test_dire_que_ce_sont_deux_jeunes_puis_revenir_dessus(navigateur, app, serveur, base, largeur):
    for page in ouvrir(navigateur, app, serveur, base, largeur):
        page.aller("/fusions/comparer?jeune={jeune}&autre={double}&retour=%2Ffusions%2F")
        page.get_by_role("button", name="Ce ne sont pas les mêmes personnes").press("Enter")
        page.wait_for_url("**/fusions/")
        page.aller("/fusions/comparer?jeune={jeune}&autre={double}")
        examiner(page)
        expect(page.get_by_role("button", name="Fusionner les deux dossiers")).to_have_count(0)
        page.aller("/fusions/choisir?jeune={jeune}")
        examiner(page)
        page.get_by_role("button", name="Revenir sur cette réponse").press("Enter")
        expect(page.get_by_text("Comparer avec")).to_have_count(1)


def test_le_jeune_repond_au_clavier_seul(navigateur, app, serveur, base):
    code = "clavier-seul"
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.une_invitation(f.une_enquete(f.un_jeune()), empreinte=hash_du_code(code))
        db.session.commit()
    contexte = navigateur.new_context(
        viewport={"width": 390, "height": 844}, base_url=serveur, java_script_enabled=False
    )
    page = contexte.new_page()
    page.goto(f"/avis/?c={code}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "radio":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Envoyer ma réponse")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre réponse est enregistrée.")).to_be_visible()
    contexte.close()
