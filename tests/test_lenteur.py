"""Who sends slowly, or asks for much, keeps nobody else waiting."""

import socket
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from app import acces
from app.extensions import db
from tests import factories as f
from tests.connexions import ouvrir_session

LENTS = 20
MOITIE = (
    b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 1000\r\n\r\nmoitie"
)


def test_vingt_demandes_a_moitie_envoyees_laissent_repondre(serveur):
    adresse = urlsplit(serveur)
    with ExitStack() as ouvertes:
        lentes = [
            ouvertes.enter_context(socket.create_connection((adresse.hostname, adresse.port)))
            for _ in range(LENTS)
        ]
        for lente in lentes:
            lente.sendall(MOITIE)
        with urllib.request.urlopen(f"{serveur}/sante", timeout=600) as reponse:
            assert reponse.status == 200
        for lente in lentes:
            lente.settimeout(600)
            assert lente.recv(1 << 16) is not None, "hung up on, or answered: never kept for ever"


def test_une_page_trop_longue_s_arrete_et_le_dit(app, monkeypatch):
    """The base stops the statement; nothing of SQL is said."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.commit()
        db.session.remove()
    monkeypatch.setattr("app.securite.PATIENCE", {"statement_timeout": "50ms"})
    monkeypatch.setattr(
        "app.views.pages.accueil.preparer_accueil",
        lambda *_: db.session.execute(text("select pg_sleep(60)")),
    )
    client = app.test_client()
    ouvrir_session(client, compte)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = client.get("/")
    app.config["PROPAGATE_EXCEPTIONS"] = None
    assert page.status_code == 504
    assert "arrêtée après trente secondes" in page.text and "pg_sleep" not in page.text


@pytest.mark.parametrize("canal", ["commande", "travail"])
def test_une_commande_et_la_file_n_ont_pas_de_limite(app, canal):
    with app.app_context(), acces.acteur(acces.TOUS, canal=canal):
        assert db.session.scalar(text("show statement_timeout")) == "0"
        db.session.remove()
