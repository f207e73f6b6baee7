"""The sending of the monthly table in a real browser, by keyboard alone."""

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app import acces
from app.echanges.tableau import envoi as tableau_envoi
from app.extensions import db
from app.models import Mds
from tests import factories as f
from tests.navigateurs import ouvrir


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        artois = db.session.scalars(select(Mds).where(Mds.code == "ART")).one()
        jeune = f.un_jeune("ART", date_naissance=date(2008, 2, 1))
        f.un_accompagnement(jeune, du=date(2025, 1, 1))
        envoye = tableau_envoi.ouvrir_un_envoi(date(2025, 5, 1), artois)
        db.session.commit()
        tableau_envoi.envoyer(envoye.id, "Permanence reportée.")
        db.session.commit()
        f.une_alerte(jeune, du=date(2025, 5, 12))
        f.une_fusion(f.un_jeune("ART"))  # told by the next table
        numeros = {
            "envoye": envoye.id,
            "prepare": tableau_envoi.ouvrir_un_envoi(date(2025, 6, 1), artois).id,
            "compte": f.un_compte("RESPONSABLE", "ART").id,
        }
        db.session.commit()
    return numeros


@pytest.fixture
def bureau(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, 1280)


def test_preparer_et_envoyer_au_clavier_avec_la_raison_ecrite(bureau):
    bureau.aller("/tableau/?mois=2025-03")
    bureau.get_by_role("button", name="Préparer l’envoi").press("Enter")
    raison = bureau.get_by_label("Pourquoi l’envoyer avec des anomalies bloquantes")
    raison.fill("La permanence a eu lieu le mois suivant.")
    bureau.get_by_role("button", name="Envoyer le tableau").press("Enter")
    expect(bureau.locator("#messages")).to_have_text("Le tableau est envoyé : il ne changera plus.")
    bureau.get_by_role("link", name="Télécharger le tableau envoyé").press("Enter")
    bureau.get_by_label("À quoi sert ce fichier").select_option("VERIFICATION")
    bureau.get_by_label("Pourquoi").fill("Relire ce qui est parti")
    with bureau.expect_download() as recu:
        bureau.get_by_role("button", name="Télécharger le fichier Excel").press("Enter")
    assert recu.value.suggested_filename == "tableau-2025-03-ART.xlsx"


def test_corriger_au_clavier_ramene_dans_la_liste_a_la_ligne_qui_suit(bureau, app, base):
    """Mended, the second line is gone: the focus is on the link that took its place, the month and
    the MDS are kept."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(3):
            f.un_accompagnement(f.un_jeune("ART", code=f"CLAVIER-{n}"), du=date(2025, 2, 1 + n))
        db.session.commit()
    bureau.aller("/tableau/?mois=2025-05&mds=ART")
    controles = bureau.locator("#controles")  # they come by themselves, after the figures
    controles.get_by_role("link", name="Jeune suivi sans aucune situation").press("Enter")
    codes = [x.inner_text() for x in bureau.locator("tbody th").all()]
    assert len(codes) >= 4
    bureau.locator("#ligne-2").press("Enter")
    bureau.get_by_label("Observée le").fill("2025-05-02")
    bureau.get_by_label("Logement").select_option("FJT")
    bureau.get_by_role("button", name="Enregistrer", exact=True).press("Enter")
    bureau.wait_for_url("**/tableau/anomalies/SUIVI_SANS_SITUATION?mois=2025-05&mds=ART#ligne-2")
    assert [x.inner_text() for x in bureau.locator("tbody th").all()] == [codes[0], *codes[2:]]
    expect(bureau.locator("#ligne-2")).to_be_focused()
    assert codes[2] in bureau.locator("#ligne-2").inner_text()
