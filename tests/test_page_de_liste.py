"""A page of a list read column by column is the one that its records make."""

import re

import pytest

from app import acces
from app.commandes.demo import remplir
from app.extensions import db
from app.models import Jeune
from app.regles.age import aujourd_hui
from app.views.jeune import JeuneView
from app.views.socle.page_de_liste import PagesDeListe
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql

DU_MOMENT = re.compile(r'[\w-]{20,}\.[\w-]{6}\.[\w-]{27}|data-total="\d+"')
"""A token, which tells the second when it was signed; how long the session will last."""


@pytest.fixture(scope="module")
def comptes(app):
    """One that sees Artois, one that sees all, one that administers."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(60, 7, aujourd_hui())
        comptes = [
            f.un_compte("RESPONSABLE", "ART").id,
            f.un_compte("DPID").id,
            f.un_compte("ADMINISTRATEUR").id,
        ]
        db.session.commit()
    return comptes


def adresses(app) -> list[str]:
    """Each list, as it opens, on its second page, longer, and in the other order of a column."""
    trouvees = []
    for route in app.url_map.iter_rules():
        vue = getattr(app.view_functions[route.endpoint], "__self__", None)
        if isinstance(vue, PagesDeListe) and route.endpoint.endswith(".list"):
            tri = next(iter(vue.tris))
            trouvees += [route.rule + suite for suite in ("", "?page=2", "?taille=100")]
            trouvees.append(f"{route.rule}?tri=-{tri}")
    return sorted(trouvees)


def test_lue_en_colonnes_une_page_est_celle_des_fiches(app, comptes, monkeypatch):
    """Of every noun, for three accounts, whatever the page, its size and its order."""
    clients = [ouvrir_session(app.test_client(), compte) for compte in comptes]
    lues, en_colonnes = 0, set()
    vraie = PagesDeListe._page_en_colonnes

    def noter(vue, colonnes):
        page = vraie(vue, colonnes)
        if page is not None:
            en_colonnes.add(type(vue))
        return page

    for adresse in adresses(app):
        for client in clients:
            pages = []
            for lire in (noter, lambda vue, colonnes: None):
                monkeypatch.setattr(PagesDeListe, "_page_en_colonnes", lire)
                pages.append(client.get(adresse))
            if pages[0].status_code == 403:  # and a page of refusal bears a number of its own
                continue
            assert [page.status_code for page in pages] == [200, 200], adresse
            assert " object at 0x" not in pages[0].text, adresse
            assert sans_l_heure(pages[0].text) == sans_l_heure(pages[1].text), adresse
            lues += 1
    assert lues > 200
    assert len(en_colonnes) > 20
    assert JeuneView in en_colonnes


def sans_l_heure(page: str) -> str:
    return DU_MOMENT.sub("", page)


def test_une_page_et_son_compte_sont_un_ordre(app, comptes):
    client = ouvrir_session(app.test_client(), comptes[0])
    client.get("/rencontres/")
    with ordres_sql() as ordres:
        assert client.get("/rencontres/").status_code == 200
    assert sum("from rencontre" in ordre.lower() for ordre in ordres) == 1


def test_la_liste_ouverte_suit_ce_qui_s_ecrit(app, comptes):
    """Its statement is kept, not what it answers."""
    client = ouvrir_session(app.test_client(), comptes[0])
    assert "Aaatardif" not in client.get("/jeunes/?taille=100").text
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune(nom="Aaatardif")
        db.session.commit()
    assert "Aaatardif" in client.get("/jeunes/?taille=100").text


def test_un_ecran_qui_montre_a_chacun_les_siens_n_en_garde_rien(app, comptes, monkeypatch):
    """Its statement depends on who asks: it is written each time."""

    def requete(vue, demande):
        impairs = int(acces.contexte().acteur) % 2
        return PagesDeListe.requete(vue, demande).where(Jeune.id % 2 == impairs)

    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        deux = [f.un_compte("RESPONSABLE", "ART").id for _ in range(2)]
        db.session.commit()
    monkeypatch.setattr(JeuneView, "requete", requete)
    for compte in deux:
        page = ouvrir_session(app.test_client(), compte).get("/jeunes/?taille=100").text
        montres = {int(numero) % 2 for numero in re.findall(r'id="f-(\d+)"', page)}
        assert montres == {compte % 2}


@pytest.mark.parametrize("page", [50, 10_000])
def test_une_page_apres_la_derniere_ne_change_pas_le_nombre_de_fiches(app, comptes, page):
    client = ouvrir_session(app.test_client(), comptes[0])
    nombres = [
        re.search(r"(\d+) fiches", client.get(f"/jeunes/?page={numero}").text)[1]
        for numero in (1, page)
    ]
    assert nombres[0] == nombres[1]
