"""Who sends slowly, or asks for much, keeps nobody else waiting."""

import contextlib
import os
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.service.serveur import HEALTH_REQUEST, THREADS, HardenedWorker
from tests import factories as f
from tests.classeurs import JEUNE, ecrire, remplacer
from tests.connexions import cookie, ouvrir_session

LENTS = 20
MOITIE = (
    b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 1000\r\n\r\nmoitie"
)

RYTHME = 1.0
"""Seconds between two bytes of whoever sends slowly."""
ENTETE_SANS_FIN = b"GET /login/ HTTP/1.1\r\nX-Lent: "


@contextlib.contextmanager
def sans_fin(lentes: list[socket.socket]) -> Iterator[None]:
    """A byte more from each, again and again: none of them is hung up on meanwhile."""
    fini = threading.Event()

    def continuer() -> None:
        while not fini.wait(RYTHME):
            for lente in lentes:
                lente.sendall(b".")

    fil = threading.Thread(target=continuer)
    fil.start()
    try:
        yield
    finally:
        fini.set()
        fil.join()


def test_des_demandes_qui_tiennent_tous_les_fils_laissent_repondre(serveur):
    """More of them than the process has threads, none of which ends: ``/sante`` answers."""
    adresse = urlsplit(serveur)
    with ExitStack() as ouvertes:
        lentes = [
            ouvertes.enter_context(socket.create_connection((adresse.hostname, adresse.port)))
            for _ in range(THREADS + LENTS)
        ]
        for lente in lentes:
            lente.sendall(ENTETE_SANS_FIN)
        with sans_fin(lentes), urllib.request.urlopen(f"{serveur}/sante", timeout=600) as reponse:
            assert reponse.status == 200
        lentes[0].settimeout(600)
        assert lentes[0].recv(1) is not None, "hung up on, or answered: never kept for ever"


@pytest.mark.parametrize(
    ("demande", "est_entiere"),
    [
        (b"GET /sante HTTP/1.1\r\nHost: localhost\r\n\r\n", True),
        (b"GET /sante HTTP/1.1\r\nHost: localhost\r\n", False),
        (b"GET /sante HTTP/1.1\r\nHost: a\r\nContent-length: 9\r\n\r\n", False),
        (b"GET /sante HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (b"GET /sante/ HTTP/1.1\r\nHost: localhost\r\n\r\n", False),
        (b"GET /jeunes/ HTTP/1.1\r\nReferer: /sante HTTP/1.1\r\n\r\n", False),
    ],
)
def test_seule_une_demande_entiere_de_sante_prend_le_fil_reserve(demande, est_entiere):
    """Whoever sends half of it, or a body that does not come, holds a thread of the pages."""
    assert bool(HEALTH_REQUEST.fullmatch(demande)) is est_entiere


VINGT_MO = 20_000_000


@pytest.fixture
def classeur_de_20_mo(tmp_path):
    """A workbook of one youth and of pictures; as big as a screen accepts."""
    petit = ecrire(tmp_path / "petit.xlsx", {"Jeunes": [JEUNE]})
    image = os.urandom(VINGT_MO - 20_000)
    gros = remplacer(petit, tmp_path / "gros.xlsx", {}, {"xl/media/image1.png": image})
    assert 0.99 * VINGT_MO < gros.stat().st_size <= VINGT_MO
    return gros


def test_un_classeur_de_20_mo_laisse_repondre_et_prend_son_tour(app, serveur, classeur_de_20_mo):
    """While it is sent and kept, other requests are answered; the queue reads it, not the page."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
    client = requests.Session()
    temoin = cookie(app, compte)
    client.cookies.set(temoin["name"], temoin["value"])
    adresse = f"{serveur}/classeur/"
    page = client.get(adresse, timeout=600).text
    jeton = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    with ThreadPoolExecutor(1) as envoi, classeur_de_20_mo.open("rb") as flux:
        fichiers = {"fichier": ("suivi.xlsx", flux)}
        donnees = {"csrf_token": jeton}
        envoye = envoi.submit(client.post, adresse, data=donnees, files=fichiers, timeout=600)
        repondues = 0
        while not envoye.done() or not repondues:
            for autre in ("/sante", "/login/"):
                assert requests.get(f"{serveur}{autre}", timeout=600).status_code == 200
                repondues += 1
    rendue = envoye.result()
    assert (rendue.status_code, rendue.history[0].status_code) == (200, 302)
    assert re.search("attend son tour|Le travail a commencé|À vérifier", rendue.text)


def test_qui_ne_raccroche_pas_n_arrete_pas_le_processus():
    """The loop that serves the others goes on: another thread lingers, then says so."""
    worker = object.__new__(HardenedWorker)
    worker.nr_conns = 1
    worker.closing = ThreadPoolExecutor(1)
    worker.method_queue = SimpleNamespace(defer=lambda acte: acte())
    ferme_par = []
    conn = SimpleNamespace(close=lambda graceful: ferme_par.append(threading.get_ident()))
    answered: Future = Future()
    answered.set_result(False)
    worker.finish_request(conn, answered)
    worker.closing.shutdown()
    assert ferme_par != [threading.get_ident()] and len(ferme_par) == 1
    assert worker.nr_conns == 0


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


@pytest.mark.parametrize(("ordre", "fois"), [("select 1", 20_000), ("select pg_sleep(60)", 1)])
def test_les_ordres_d_une_page_partagent_ses_trente_secondes(app, monkeypatch, ordre, fois):
    """Many short ones, or a long one begun late: the page stops, and says so."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.commit()
        db.session.remove()

    def demander(*_):
        for _ in range(fois):
            db.session.execute(text(ordre))

    monkeypatch.setattr("app.views.pages.accueil.preparer_accueil", demander)
    monkeypatch.setattr("app.securite.PATIENCE", {})
    monkeypatch.setattr("app.delai.PAGE_SECONDES", 2.0)
    monkeypatch.setattr("app.delai.SANS_COMPTER", 0.0)
    client = ouvrir_session(app.test_client(), compte)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = client.get("/")
    app.config["PROPAGATE_EXCEPTIONS"] = None
    assert page.status_code == 504
    assert "arrêtée après trente secondes" in page.text


def test_une_page_n_attend_ni_un_ordre_ni_un_verrou_sans_fin(app, monkeypatch):
    monkeypatch.setattr("app.delai.SANS_COMPTER", 30.0)
    with app.test_request_context("/accessibilite"):
        app.preprocess_request()
        assert db.session.scalar(text("show statement_timeout")) == "30s"
        assert db.session.scalar(text("show lock_timeout")) == "10s"
        app.do_teardown_request()


@pytest.mark.parametrize("canal", ["commande", "travail"])
def test_une_commande_et_la_file_n_ont_pas_de_limite(app, canal):
    with app.app_context(), acces.acteur(acces.TOUS, canal=canal):
        assert db.session.scalar(text("show statement_timeout")) == "0"
        db.session.remove()
