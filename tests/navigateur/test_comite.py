"""A quarter's comité in a real browser: fifteen youths, eight participants, from its date to its
validated minutes, in at most twenty pages and without a field typed twice; two note-takers."""

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from app.models import Decision, Instance, PointDeComite, Tache
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir

JEUNES, PARTICIPANTS, PAGES = 15, 8, 20
PERSONNES = ("Aline Roux", "Benoît Petit", "Chloé Leroy", "Denis Morel", "Élise Caron")
PERSONNES += ("Farid Blanc", "Gaëlle Simon", "Hugo Fournier")


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(JEUNES):
            jeune = f.un_jeune(prenom="Sacha", nom=f"Comité-{n}")
            f.une_alerte(jeune, du=f.il_y_a(40 - n))
        passe = f.une_instance(le=f.il_y_a(90))
        for nom in PERSONNES[:-1]:
            f.un_participant(passe, nom=nom)
        comptes = {
            "compte": f.un_compte("COORDONNATEUR", "ART").id,
            "autre": f.un_compte("RESPONSABLE", "ART").id,
        }
        db.session.commit()
    return comptes


@pytest.fixture
def agent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, 1280)


@pytest.fixture
def autre(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, 1280, "autre")


def test_un_comite_de_quinze_jeunes_tient_en_vingt_pages(agent, tous):
    chargees = []
    agent.on("load", lambda page: chargees.append(page.url))
    agent.aller("/comites/")
    agent.fill("#le", aujourd_hui().isoformat())
    agent.click("text=Préparer l’ordre du jour")
    expect(agent.locator("[name=jeune]:checked")).to_have_count(JEUNES)
    expect(agent.locator("[name=inviter]:checked")).to_have_count(PARTICIPANTS - 1)
    agent.fill("#nouveaux", PERSONNES[-1])
    agent.click("text=Enregistrer et ouvrir la séance")
    for rang in range(JEUNES):
        expect(agent.locator("h1")).to_contain_text(f"{rang + 1} sur {JEUNES}")
        if rang == 0:
            for nom in PERSONNES:
                agent.get_by_label(nom, exact=True).check()
            expect(agent.locator("#t-presents .n")).to_have_text("8 sur 8")
            agent.fill("#quoi", "Appeler la MECS")
            agent.select_option("#qui", PERSONNES[2])
            agent.keyboard.press("Tab")
            agent.locator("#taches button[type=submit]").click()
            expect(agent.locator("#taches li")).to_have_count(1)
            agent.click("h1")
        agent.keyboard.press("d")
        agent.keyboard.type(f"Décision {rang + 1}")
        # Out of the field, then the arrow: what was typed is saved before the next youth comes.
        agent.keyboard.press("Tab")
        agent.keyboard.press("ArrowRight")
    expect(agent.locator("h1")).to_have_text("Compte rendu du comité de suivi")
    agent.click("text=Valider le compte rendu >> nth=-1")
    expect(agent.locator(".messages")).to_contain_text("Compte rendu validé")
    assert len(chargees) <= PAGES, chargees
    with tous() as session:
        decisions = session.query(Decision).filter(Decision.decision.like("Décision %")).count()
        assert (decisions, session.query(Tache).count()) == (JEUNES, 1)


@pytest.fixture
def seance(tous) -> str:
    with tous() as session:
        comite = f.une_instance(statut_code="PREVUE", le=aujourd_hui())
        for rang in (1, 2):
            jeune = f.un_jeune(prenom="Aya")
            f.une_alerte(jeune)
            point = {"instance_id": comite.id, "jeune_id": jeune.id, "rang": rang}
            session.add(PointDeComite(**point))
        passe = session.get(Instance, f.une_instance(le=f.il_y_a(1)).id)
        f.une_decision(jeune, passe, decision="Réunir les pièces")
        f.un_participant(comite, nom="Aline Roux")
        adresse = f"/seances/{comite.id}/jeunes/{jeune.id}"
        session.commit()
    return adresse


def test_deux_preneurs_de_notes_se_voient_et_rien_n_est_perdu(agent, autre, seance):
    for page in (agent, autre):
        page.aller(seance)
    examiner(agent)
    agent.fill("#decision", "Le FJT d’Arras")
    expect(agent.locator("#enregistre")).to_contain_text("Enregistré à")
    autre.fill("#decision", "Rester en MECS")
    expect(autre.locator("#conflit")).to_be_visible()
    expect(autre.locator("[data-texte]")).to_have_text("Le FJT d’Arras")
    examiner(autre)
    autre.click("text=Garder les deux")
    expect(autre.locator("#decision")).to_have_value("Le FJT d’Arras\nRester en MECS")
    agent.click("text=C’est fait")
    expect(agent.locator("#decidees .etat")).to_contain_text("Fait le")
    agent.click("h1")
    agent.keyboard.press("c")
    expect(agent.locator("h1")).not_to_contain_text("Aya")


def test_l_ordre_du_jour_se_range_sans_page_et_tient_sur_un_telephone(agent, seance):
    agent.aller("/comites/" + seance.split("/")[2])
    examiner(agent)
    lignes = agent.locator("#rangs li")
    dernier = lignes.nth(1).get_attribute("data-jeune")
    lignes.nth(1).locator("[name=monter]").press("Enter")
    assert lignes.nth(0).get_attribute("data-jeune") == dernier
    expect(agent.locator("#rangs .rang").nth(0)).to_have_value("1")
    agent.click(".lot >> text=Enregistrer l’ordre du jour")
    expect(agent.locator(".messages")).to_contain_text("enregistré")
    assert lignes.nth(0).get_attribute("data-jeune") == dernier
    for largeur, hauteur in ((390, LARGEURS[390]), (768, 1024), (1920, 1080)):
        agent.set_viewport_size({"width": largeur, "height": hauteur})
        agent.aller(seance)
        examiner(agent)
        if largeur > 390:  # a tablet, a wall: what is typed is in view beside what is read
            expect(agent.locator("#decision")).to_be_in_viewport()
