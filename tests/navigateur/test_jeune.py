"""In a real browser: the file of a youth is quicker than a spreadsheet, on a desk and on a phone;
one click is enough."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        zoe = f.un_jeune(
            nom="Lefèvre",
            prenom="Zoé",
            telephone="06 39 98 12 34",
            contact_le=f.il_y_a(20),
            lieu_accueil_code="MECS",
        )
        anna = f.un_jeune(nom="Lefort", prenom="Anna")
        nour = f.un_compte("COORDONNATEUR", "ART")
        f.un_agent(nom="Nour Delestrez", compte_id=nour.id)
        f.un_binome(anna, coordonnateur="Nour Delestrez")
        for fabrique in (
            f.une_mesure,
            f.une_alerte,
            f.un_frein,
            f.une_mobilisation,
            f.une_rencontre,
            f.une_enquete,
            f.une_decision,
        ):
            fabrique(zoe)
        f.une_situation(zoe, observee_le=f.il_y_a(90), logement_code="FJT")
        f.une_rencontre(zoe, statut_code="PREVUE", le=f.il_y_a(2))
        f.une_rencontre(zoe, statut_code="PREVUE", le=f.dans(5))
        ancien, anonyme = (
            f.un_jeune(nom=nom, contact_le=f.il_y_a(900)) for nom in ("Autrefois", "Jadis")
        )
        db.session.execute(
            text("select acces.anonymiser(:n, :c, 2, 'Deux ans', 'Maryse')"),
            {"n": anonyme.id, "c": anonyme.code},
        )
        f.une_conservation(f.un_jeune(nom="Gardien", contact_le=f.il_y_a(900)))
        agent = f.un_compte("SLAI", "ART", first_name="Odile", last_name="Marquant")
        numeros = {
            "jeune": zoe.id,
            "ancien": ancien.id,
            "anonyme": anonyme.id,
            "compte": agent.id,
            "partenaire": f.un_contact().partenaire_id,
            "action": f.une_action_collective().id,
            "instance": f.un_participant().instance_id,
            "habilitation": f.une_habilitation(agent, "REFERENT_SEF").id,
            "comptes": {
                "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
                "nour": nour.id,
                "responsable": f.un_compte("RESPONSABLE", "ART").id,
                "administrateur": f.un_compte("ADMINISTRATEUR").id,
                "dpid": f.un_compte("DPID").id,
                "dpo": f.un_compte("DPO").id,
            },
        }
        db.session.commit()
    return numeros


@pytest.fixture
def agent(navigateur, app, serveur, base):
    """Opens a page for a role at a width; what a script or the policy of the page refuses fails the
    test."""
    ouvertes = []

    def entrer(qui: str, largeur: int = 1280):
        generateur = ouvrir(
            navigateur, app, serveur, {**base, "compte": base["comptes"][qui]}, largeur
        )
        page = next(generateur)
        ouvertes.append(generateur)
        return page

    yield entrer
    for generateur in ouvertes:
        next(generateur, None)


def test_axe_ne_trouve_rien_a_un_dossier_anonymise_ni_aux_dossiers_decides(agent):
    page = agent("responsable")
    for adresse in (
        "/jeunes/{anonyme}",
        "/journal/historique/jeune/{anonyme}",
        "/conservation/?etat=gardes",
        "/conservation/?etat=anonymises",
    ):
        page.aller(adresse)
        examiner(page)


@pytest.mark.parametrize("largeur", LARGEURS)
def test_toujours_vrai_aujourd_hui_est_un_seul_clic_qui_revient_a_l_onglet(
    agent, app, base, largeur
):
    page = agent("coordonnateur", largeur)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Constante").id
        f.une_situation(jeune, observee_le=f.il_y_a(90))
        db.session.commit()
    page.aller(f"/jeunes/{jeune}#situation")
    page.get_by_role("button", name="Toujours vrai aujourd’hui").click()
    page.wait_for_url(re.compile(rf"/jeunes/{jeune}#situation$"))
    expect(page.get_by_text("Situation confirmée aujourd’hui.")).to_be_visible()
    expect(page.get_by_role("cell", name=f"{aujourd_hui():%d/%m/%Y}")).to_be_visible()
    expect(page.get_by_role("button", name="Toujours vrai aujourd’hui")).to_have_count(0)


def test_une_rencontre_d_aujourd_hui_s_ajoute_en_deux_gestes(agent, base):
    page = agent("coordonnateur")
    page.aller("/jeunes/{jeune}")
    avant = page.locator("#rencontre .lignes > li").count()
    page.get_by_role("link", name="Ajouter une rencontre").click()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_url(re.compile(r"/jeunes/\d+#rencontre$"))
    expect(page.locator("#rencontre .lignes > li")).to_have_count(avant + 1)
    expect(
        page.locator("#rencontre .lignes > li", has_text=f"{aujourd_hui():%d/%m/%Y}").get_by_text(
            "Tenue"
        )
    ).to_be_visible()


def test_une_rencontre_se_dit_en_cinq_gestes_sur_un_telephone(agent):
    page = agent("nour", 390)
    page.aller("/jeunes/")
    page.get_by_role("link", name="Rencontre", exact=True).click()
    page.get_by_role("radio", name="Anna Lefort").check()
    page.get_by_role("radio", name="Échange téléphonique ou message").check()
    page.get_by_role("radio", name="À distance").check()
    examiner(page)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").filter(has_text="Rencontre enregistrée")).to_be_visible()
    expect(page.get_by_role("region", name="À compléter")).to_contain_text("Anna Lefort")
    examiner(page)


def test_les_onglets_vont_au_clavier_et_se_gardent_dans_l_adresse(agent, base):
    page = agent("coordonnateur")
    page.aller("/jeunes/{jeune}")
    page.get_by_role("tab", name=re.compile("Rencontres")).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("#loi$"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("#situations$"))
    expect(page.locator("#situation")).to_be_visible()
    page.reload()
    expect(page.locator("#situation")).to_be_visible()
    expect(page.locator("#rencontre")).not_to_be_visible()


def test_les_jeunes_d_une_action_se_choisissent_au_clavier(agent, base):
    page = agent("coordonnateur")
    page.aller("/actions-collectives/ajouter")
    for mots, nom in (("lefev", "Zoé Lefèvre"), ("lefort", "Anna Lefort")):
        page.get_by_label("Ajouter un jeune").press_sequentially(mots)
        page.get_by_role("option", name=re.compile(nom)).wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("checkbox", name=re.compile(nom))).to_be_checked()
    page.get_by_label("Présence : Anna Lefort").select_option("Excusé")
    examiner(page)
    page.get_by_label("Intitulé").fill("Visite d’un CFA")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("Action enregistrée, avec 2 rencontres.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Anna Lefort"))).to_contain_text("Jeune excusé")
    page.get_by_text("Autres actes").click()
    page.get_by_role("link", name="Feuille d’émargement").click()
    expect(page.get_by_role("rowheader", name="Zoé Lefèvre")).to_be_visible()
    examiner(page)


def test_une_habilitation_se_retire_apres_confirmation(agent, app, base):
    page = agent("responsable")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.une_habilitation(f.un_compte(), "SLAI", "ART").id
        db.session.commit()
    page.aller(f"/habilitations/{numero}")
    page.get_by_role("button", name="Retirer cette habilitation").click()
    dialogue = page.get_by_role("dialog")
    dialogue.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Habilitation retirée")).to_have_count(0)
    page.get_by_role("button", name="Retirer cette habilitation").click()
    dialogue.get_by_role("button", name="Retirer cette habilitation").click()
    expect(
        page.get_by_text("Habilitation retirée : elle ne vaut plus dès maintenant.")
    ).to_be_visible()


def test_un_dossier_ancien_s_anonymise_au_clavier_apres_un_code_faux(agent, app):
    page = agent("responsable", 390)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ancien = f.un_jeune(nom="Naguère", contact_le=f.il_y_a(800))
        numero, code = ancien.id, ancien.code
        db.session.commit()
    page.aller(f"/conservation/{numero}")
    page.get_by_label("Recopiez le code dossier").fill("D1")
    page.get_by_label("Recopiez le code dossier").press("Enter")
    expect(page.locator("#erreurs")).to_be_focused()
    examiner(page)
    page.get_by_role("link", name=re.compile("Ce n’est pas le code")).press("Enter")
    expect(page.get_by_label("Recopiez le code dossier")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("Le dossier est anonymisé : plus rien n’y dit qui était la personne.")
    ).to_be_visible()
    expect(page.get_by_text("Naguère")).to_have_count(0)
