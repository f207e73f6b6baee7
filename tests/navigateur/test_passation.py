"""A portfolio handed over in a real browser, at 1280 and 390 pixels: read before, applied, taken
back; given back from the page of the agent."""

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from tests import factories as f
from tests.navigateurs import LARGEURS, examiner, ouvrir

JEUNES = 3


@pytest.fixture(scope="module", params=LARGEURS)
def base(request, app):
    suffixe = {1280: "Martin", 390: "Carlier"}[request.param]
    noms = {"de": f"Nour {suffixe}", "vers": f"Inès {suffixe}", "autre": f"Léo {suffixe}"}
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {qui: f.un_agent(nom=nom).id for qui, nom in noms.items()}
        for n in range(JEUNES):
            jeune = f.un_jeune(nom=f"{suffixe}-{n}", prenom="Sacha")
            f.un_binome(jeune, coordonnateur=noms["de"], referent_ase="Maryse Leroy")
            f.une_rencontre(
                jeune,
                le=f.dans(9),
                statut_code="PREVUE",
                jeune_present=None,
                agents=noms["de"],
            )
        fini = f.un_jeune(nom=f"{suffixe}-fini", prenom="Sacha")
        f.un_binome(fini, coordonnateur=noms["de"], au=f.dans(0))
        f.une_fiche("tache_instance", agent_id=numeros["de"], pour_le=f.dans(9))
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
    return {"compte": compte, "largeur": request.param, **numeros, "noms": noms}


@pytest.fixture
def agent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, base["largeur"])


def choisir(page, champ: str, nom: str) -> None:
    """Type a name and take the first record that is offered."""
    page.fill(f"#{champ}", nom)
    page.locator("[role=option]", has_text=nom).first.click()


def test_du_portefeuille_a_l_annulation_puis_au_retour(agent, base):
    noms = base["noms"]
    agent.aller("/agents/{de}")
    examiner(agent)
    if agent.locator("summary:has-text('Autres actes')").count():
        agent.click("summary:has-text('Autres actes')")
    agent.click("main a:has-text('Passer la main')")
    examiner(agent)
    choisir(agent, "vers", noms["vers"])
    agent.fill("#jusqu_au", f.dans(30).isoformat())
    agent.fill("#en_double", "5")
    agent.click("summary:has-text('Répartir')")
    choisir(agent, "vers_2", noms["autre"])
    agent.click("button:has-text('Voir ce qui serait fait')")
    expect(agent.locator("main")).to_contain_text("3 jeunes et 3 rencontres prévues")
    expect(agent.locator("main")).to_contain_text("avant le jour choisi")
    agent.locator("main select").first.select_option(label=noms["autre"])
    agent.click("button:has-text('Voir ce qui serait fait')")
    expect(agent.locator("main table")).to_contain_text(f"{noms['autre']}, avec Maryse Leroy")
    examiner(agent)
    agent.click("button:has-text('Passer la main')")
    expect(agent.locator("h1")).to_contain_text(f"{noms['de']} → {noms['autre']}, {noms['vers']}")
    examiner(agent)
    agent.aller("/agents/{de}")
    expect(agent.locator("main")).to_contain_text(f"{noms['vers']} remplace {noms['de']}")
    examiner(agent)
    agent.locator("button:has-text('Rendre la main')").first.click()
    expect(agent.locator("h1")).to_contain_text("Rendre la main")
    agent.click("button:has-text('Annuler cet acte')")
    expect(agent.locator(".sous-titre")).to_contain_text("Annulé")
    agent.aller("/passer-la-main/")
    expect(agent.locator("main")).to_contain_text("Vos derniers actes")
    examiner(agent)


def test_des_rencontres_cochees_changent_ensemble(agent, base):
    nom = base["noms"]["de"].split()[1].lower()
    agent.aller(f"/rencontres/?q={nom}&qui=tous")
    for case in agent.locator("input[name=rowid]").all()[:2]:
        case.check()
    examiner(agent)
    agent.click("button:has-text('Modifier la sélection')")
    examiner(agent)
    agent.fill("#adresse", "Salle Jaurès")
    agent.click("button:has-text('Voir ce qui serait fait')")
    expect(agent.locator("main")).to_contain_text("2 fiches changeraient")
    examiner(agent)
    agent.click("button:has-text('Modifier ces fiches')")
    expect(agent.locator("h1")).to_contain_text("Modifier la sélection : Rencontres, Adresse")
