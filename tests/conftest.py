"""A real PostgreSQL for the tests: one server a session, one ready schema, a copy of it for each
module that asks.

``TANDEM_TEST_DATABASE_OWNER_URL`` plays the tests on a server of one's own (the role must have
createdb, createrole).
"""

import itertools
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from app import acces, base_embarquee, create_app
from app.acces import sceau
from app.commandes import base
from app.extensions import db
from config import RACINE, lire_reglages
from tests.boucle_locale import sitecustomize  # noqa: F401

CHROMIUM = "/usr/bin/chromium"
LOCALES = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")
ROLE_APPLICATION, MOT_DE_PASSE = "tandem_app", "application-des-essais"
_numeros = itertools.count(1)


class ServeurDeBases:
    """Creates and drops databases; the addresses it gives are those that ``config.py`` reads."""

    def __init__(self, proprietaire: str, instance: Path):
        self.proprietaire, self.instance = make_url(proprietaire), instance
        self.modele: str | None = None
        self.applications: dict[str, list] = {}

    def ordonner(self, ordre: str, *noms: str) -> None:
        arguments = self.proprietaire.translate_connect_args(username="user", database="dbname")
        with psycopg.connect(**arguments, **self.proprietaire.query, autocommit=True) as connexion:
            connexion.execute(sql.SQL(ordre).format(*map(sql.Identifier, noms)))

    def creer(self, modele: str = "template0") -> str:
        nom = f"essai_{os.getpid()}_{next(_numeros)}"
        self.ordonner("create database {} template {}", nom, modele)
        return nom

    def fermer(self, nom: str) -> None:
        """Close the applications that were built on a base."""
        for app in self.applications.pop(nom, []):
            with app.app_context():
                db.session.remove()
                db.engine.dispose()

    def supprimer(self, nom: str) -> None:
        self.fermer(nom)
        limite = time.monotonic() + 30
        while True:
            try:
                return self.ordonner("drop database if exists {} with (force)", nom)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                # An autovacuum worker is busy there; it belongs to the server and leaves by itself.
                if time.monotonic() > limite:
                    raise
                time.sleep(0.2)

    def environnement(self, nom: str) -> dict[str, str]:
        proprietaire = self.proprietaire.set(database=nom)
        application = proprietaire.set(username=ROLE_APPLICATION, password=MOT_DE_PASSE)
        return {
            "TANDEM_ENV": "test",
            "TANDEM_INSTANCE": str(self.instance),
            "DATABASE_URL": application.render_as_string(hide_password=False),
            "DATABASE_OWNER_URL": proprietaire.render_as_string(hide_password=False),
        }

    def application(self, nom: str):
        app = create_app(lire_reglages(self.environnement(nom)))
        self.applications.setdefault(nom, []).append(app)
        return app


@pytest.fixture(autouse=True)
def sans_sceau_de_la_minute(monkeypatch):
    """Once a minute a request seals the trail, once answered: its statements are not those of what
    is counted here."""
    monkeypatch.setattr(sceau, "_prochain", math.inf)


@pytest.fixture(scope="session")
def serveur_de_bases():
    instance = Path(tempfile.mkdtemp(prefix="tandem-essais-"))
    instance.chmod(0o711)
    exterieur = os.environ.get("TANDEM_TEST_DATABASE_OWNER_URL")
    try:
        adresse = exterieur or base_embarquee.demarrer(instance, jetable=True)["DATABASE_OWNER_URL"]
        url = make_url(adresse).set(drivername="postgresql+psycopg")
        bases = ServeurDeBases(url.render_as_string(hide_password=False), instance)
        bases.modele = bases.creer()
        base.initialiser(bases.application(bases.modele))
        bases.fermer(bases.modele)
        yield bases
        bases.supprimer(bases.modele)
    finally:
        base_embarquee.arreter(instance)
        shutil.rmtree(instance)


@pytest.fixture(scope="module")
def nom_de_base(serveur_de_bases):
    """A base with its schema, its lists and its roles, and nobody in it; shared by the tests of a
    module."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture
def base_vide(serveur_de_bases):
    """The name of a base without any table."""
    nom = serveur_de_bases.creer()
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def app(serveur_de_bases, nom_de_base):
    return serveur_de_bases.application(nom_de_base)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def session(app):
    """The session of someone who acts for everyone; what is not committed is forgotten."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield db.session
        db.session.rollback()


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@contextmanager
def servir(environnement: dict[str, str]):
    """The real server (run.py, gunicorn) with these settings; gives its address."""
    port = port_libre()
    environnement = {**os.environ, **environnement, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with subprocess.Popen(
        [sys.executable, RACINE / "run.py"], env=environnement, stdin=subprocess.DEVNULL
    ) as processus:
        adresse = f"http://127.0.0.1:{port}"
        try:
            attendre(f"{adresse}/sante", processus)
            yield adresse
        finally:
            processus.terminate()


@pytest.fixture(scope="module")
def serveur(serveur_de_bases, nom_de_base, app):
    """The address of the real server on the base of the module."""
    with servir(serveur_de_bases.environnement(nom_de_base)) as adresse:
        yield adresse


def attendre(adresse: str, processus: subprocess.Popen, secondes: float = 60) -> None:
    limite = time.monotonic() + secondes
    while time.monotonic() < limite and processus.poll() is None:
        try:
            with urllib.request.urlopen(adresse, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    processus.kill()
    pytest.fail(f"{adresse} does not answer (exit code {processus.poll()})")


@pytest.fixture(scope="session")
def navigateur():
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: apt install chromium (.ci/run does it)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield chromium
        chromium.close()


def ouvrir_page(navigateur, largeur: int, hauteur: int):
    """A page of a French browser; a request that leaves the machine, or an error of a script, fails
    the test."""
    contexte = navigateur.new_context(
        viewport={"width": largeur, "height": hauteur},
        locale="fr-FR",
        timezone_id="Europe/Paris",
        accept_downloads=True,
    )
    fautes: list[str] = []
    page = contexte.new_page()
    page.on(
        "request",
        lambda r: fautes.append(r.url) if not r.url.startswith(LOCALES) else None,
    )
    page.on("pageerror", lambda erreur: fautes.append(str(erreur)))
    yield page
    contexte.close()
    assert not fautes, f"outside requests or script errors: {fautes}"


@pytest.fixture
def page(navigateur):
    """On a desk: 1280 pixels wide."""
    yield from ouvrir_page(navigateur, 1280, 800)


@pytest.fixture
def petite_page(navigateur):
    """On a phone: 390 pixels wide."""
    yield from ouvrir_page(navigateur, 390, 844)
