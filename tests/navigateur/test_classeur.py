"""A workbook in a real browser, at 1280 and 390 pixels, worked by the real queue: sent, read,
applied, undone; the page comes back by itself. That of 1280 pixels is long."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, text

from app import acces
from app.extensions import db
from app.models import Importation, Travail
from tests import factories as f
from tests.classeurs import JEUNE, ecrire
from tests.navigateurs import LARGEURS, examiner, ouvrir

LIGNES = {1280: 1100, 390: 200}
"""By width: more than what is treated at once, then some pages, which look the same."""
EN_FILE_POUR_DEMAIN = [
    text("select acces.mettre_en_file(:numero, 'essai')"),
    text("""update travaux.procrastinate_jobs set scheduled_at = now() + interval '1 day'
            where (args ->> 'numero')::int = :numero"""),
]
"""A job that nobody begins during the test: a work without a job would be put back and done."""


@pytest.fixture(scope="module", params=LARGEURS)
def base(request, app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
    return {"compte": compte, "largeur": request.param}


@pytest.fixture
def agent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, base["largeur"])


@pytest.fixture
def classeur(tmp_path, base):
    largeur = base["largeur"]
    jeunes = [JEUNE | {"Code dossier": f"N{largeur}-{n}"} for n in range(LIGNES[largeur])]
    return ecrire(tmp_path / "suivi de l’Artois 2025.xlsx", {"Jeunes": jeunes})


def test_un_classeur_de_l_envoi_a_l_annulation(agent, classeur):
    agent.aller("/classeur/")
    agent.set_input_files("#fichier", classeur)
    agent.click("text=Envoyer et vérifier")
    expect(agent.locator("button:has-text('Appliquer')")).to_be_visible()
    examiner(agent)
    agent.click("button:has-text('Appliquer')")
    agent.click("text=Annuler cet import")
    examiner(agent)
    agent.click("text=Annuler tout l’import")
    expect(agent.locator(".sous-titre")).to_contain_text("Annulé")
    examiner(agent)


def sans_rafraichir(route):
    """The page stays as long as it is looked at."""
    reponse = route.fetch()
    entetes = {nom: valeur for nom, valeur in reponse.headers.items() if nom != "refresh"}
    route.fulfill(response=reponse, headers=entetes)


def test_la_page_dit_les_lignes_faites_et_celles_qui_restent(agent, app, base):
    with app.app_context(), acces.acteur(base["compte"], canal="essai"):
        travail = Travail(
            compte_id=base["compte"],
            genre="import_application",
            titre="Import du classeur",
            demande={},
            statut="en_cours",
            message="Écriture",
            fait=1200,
            total=5400,
        )
        importation = Importation(
            compte_id=base["compte"],
            fichier="suivi de l’Artois 2025.xlsx",
            statut="application",
            travail=travail,
        )
        db.session.add(importation)
        db.session.flush()
        for ordre in EN_FILE_POUR_DEMAIN:
            db.session.execute(ordre, {"numero": travail.id})
        db.session.commit()
        numero = importation.id
    agent.route("**/classeur/*", sans_rafraichir)
    agent.goto(f"/classeur/{numero}")
    expect(agent.locator("main")).to_contain_text("1 200 sur 5 400 lignes ; il en reste 4 200")
    examiner(agent)
    agent.click("button:has-text('Abandonner')")
    expect(agent.locator("main")).to_contain_text("rien n’a été écrit")
    with app.app_context(), acces.acteur(base["compte"]):
        assert db.session.scalar(select(Travail.statut).order_by(Travail.id.desc())) == "abandonne"
