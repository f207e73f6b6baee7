"""In a real browser: each file from the field comes in with at most ten acts, its pages without
fault, and nothing is left to do when it comes in again."""

import re

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from tests import factories as f
from tests.classeurs import DONNEES
from tests.navigateurs import LARGEURS, examiner, ouvrir

TERRAIN = DONNEES / "terrain"
FICHIERS = sorted(chemin.name for chemin in TERRAIN.iterdir())
ACTES = 10


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
    return {"compte": compte, "largeur": min(LARGEURS)}


@pytest.fixture
def agent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, base["largeur"])


class Reprise:
    """A person who brings a file, act after act."""

    def __init__(self, page):
        self.page = page
        self.actes = 0

    def agir(self, acte, *arguments) -> None:
        acte(*arguments)
        self.actes += 1

    def cliquer(self, nom) -> None:
        self.agir(self.page.get_by_role("button", name=nom).first.click)

    def voit(self, morceau: str) -> bool:
        return self.page.get_by_text(morceau).count() > 0

    def reprendre(self, chemin, regarder) -> None:
        page = self.page
        page.aller("/classeur/")
        self.agir(page.set_input_files, "#fichier", chemin)
        self.cliquer("Envoyer et vérifier")
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Importer un classeur")
        if self.voit("À quoi correspond chaque colonne ?"):
            regarder(page)
            self.agir(page.get_by_label("Coordonnateur, si aucune").fill, "Nour Delestrez")
            self.cliquer("Continuer")
            expect(page.locator(".etapes .ici")).not_to_contain_text("Colonnes")
        if page.get_by_role("button", name=re.compile("Accepter")).count():
            regarder(page)
            self.cliquer(re.compile("Accepter"))
            expect(page.locator(".etapes .ici")).to_contain_text("Vérification")
        for laisser in page.get_by_label("laisser vide").all():
            self.agir(laisser.check)
        for mauvaise in page.get_by_label("lire, au lieu de 01/03/2052").all():
            self.agir(mauvaise.fill, "01/03/2025")
        if page.locator("#refus").count():
            self.cliquer("Corriger ce qui est dit")
            expect(page.locator(".etapes .ici")).to_contain_text("Vérification")
        while (memes := page.get_by_role("button", name="C’est le même jeune")).count():
            restent = memes.count()
            self.cliquer("C’est le même jeune")
            expect(memes).to_have_count(restent - 1)


def test_chaque_fichier_du_terrain_entre_en_dix_actes_au_plus(agent):
    """All of the folder; then one again, of which nothing is left to do."""
    vues = set()

    def regarder(page) -> None:
        titre = page.get_by_role("heading", level=1).inner_text()
        genre = "colonnes" if "colonne" in titre else "corrections"
        if genre not in vues:
            vues.add(genre)
            examiner(page)

    assert len(FICHIERS) == 10
    for nom in FICHIERS:
        reprise = Reprise(agent)
        reprise.reprendre(TERRAIN / nom, regarder)
        if agent.get_by_role("button", name="Appliquer").count():
            reprise.cliquer("Appliquer")
            expect(agent.locator(".sous-titre").first).to_contain_text("Appliqué")
        else:  # its empty cells keep what is known, its youths are known
            expect(agent.locator("main")).to_contain_text("est déjà dans Tandem")
        assert reprise.actes <= ACTES, nom
    assert vues == {"colonnes", "corrections"}
    encore = Reprise(agent)
    choisir_en_tapant(agent, TERRAIN / FICHIERS[-2])
    encore.reprendre(TERRAIN / FICHIERS[-2], regarder)
    expect(agent.locator("main")).to_contain_text("Tout ce que dit ce classeur est déjà")


def choisir_en_tapant(page, fichier) -> None:
    """The field of a column is found by any of its words; another word leaves it as it was."""
    page.aller("/classeur/")
    page.set_input_files("#fichier", fichier)
    page.get_by_role("button", name="Envoyer et vérifier").click()
    colonne = page.get_by_label("À quoi correspond la colonne Sexe")
    expect(colonne).to_have_value("Garder dans les observations")
    colonne.fill("n’importe quoi")
    colonne.blur()
    expect(colonne).to_have_value("Garder dans les observations")
    colonne.fill("Jeune parent")
    colonne.blur()
    nom = page.locator("input[type=hidden][value='jeune.est_parent']")
    expect(nom).to_have_count(1)
    page.get_by_role("button", name="Tout abandonner").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Importer un classeur")
