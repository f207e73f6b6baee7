"""What is sent compressed says the same, and is never compressed for another site."""

import gzip
import re

import pytest

from tests import factories as f
from tests.connexions import ouvrir_session

DE_LA_PERSONNE = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def client(app):
    compte = f.des_comptes(app, {"r": ("RESPONSABLE", "ART")})["r"]
    return ouvrir_session(app.test_client(), compte)


def feuille(client) -> str:
    page = client.get("/jeunes/").text
    return page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]


def sans_secondes(page: bytes) -> bytes:
    """But for what changes from one second to the next: tokens, the end of the session."""
    return re.sub(rb'(name="csrf[^"]*" (?:content|value)|data-reste|data-total)="[^"]*', b"", page)


def test_une_page_compressee_est_la_meme_page(client):
    page = client.get("/plan-du-site/").data
    reponse = client.get("/plan-du-site/", headers=DE_LA_PERSONNE)
    assert reponse.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reponse.headers["Vary"]
    assert int(reponse.headers["Content-Length"]) == len(reponse.data) < 0.4 * len(page)
    assert sans_secondes(gzip.decompress(reponse.data)) == sans_secondes(page)


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_une_page_demandee_par_un_autre_site_ne_se_compresse_pas(client, site):
    """Its size would tell what it holds."""
    entetes = {"Accept-Encoding": "gzip"}
    if site:
        entetes["Sec-Fetch-Site"] = site
    reponse = client.get("/plan-du-site/", headers=entetes)
    assert reponse.status_code == 200
    assert "Content-Encoding" not in reponse.headers


def test_une_feuille_compressee_est_la_meme_feuille(client):
    adresse = feuille(client)
    claire = client.get(adresse)
    compressee = client.get(adresse, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(compressee.data) == claire.data
    assert "Accept-Encoding" in compressee.headers["Vary"]
    assert "Accept-Encoding" in claire.headers["Vary"]
    assert claire.headers["ETag"] != compressee.headers["ETag"]
    assert compressee.headers["Cache-Control"] == claire.headers["Cache-Control"]


def test_ce_qui_est_court_reste_comme_il_est(client):
    court = client.get("/mon-compte/session", headers=DE_LA_PERSONNE)
    assert court.status_code == 200
    assert "Content-Encoding" not in court.headers
