"""What the tests stand on: a real PostgreSQL, the real server, a real browser, each started when a
test first asks for it.

``TANDEM_TEST_DATABASE_OWNER_URL`` plays the tests on a server of one's own (the role must have
createdb, createrole). Nothing of the application is imported here before a fixture needs it: the
tests of ``tests/rapides`` need neither base nor framework.
"""

import gc
import math
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.boucle_locale import sitecustomize  # noqa: F401
from tests.durees import Durees
from tests.lecture_partagee import lire_sa_part

SEUILS = gc.get_threshold()


def pytest_addoption(parser):
    parser.addoption("--noter-durees", action="store_true", help="écrire tests/durees.json")

    parser.addoption(
        "--toutes-les-pages",
        action="store_true",
        help="montrer chaque page de chaque rôle à toutes les largeurs, en clair et en sombre",
    )
    parser.addoption(
        "--noter-accessibilite",
        action="store_true",
        help="écrire ce que dit la déclaration d’accessibilité (sans -n)",
    )


def pytest_sessionstart(session):
    lire_sa_part(session)


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == 0 and session.config.getoption("--noter-accessibilite"):
        from tests.navigateurs import noter_l_accessibilite

        noter_l_accessibilite()


def pytest_configure(config):
    config.pluginmanager.register(Durees(config), "durees")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config) -> int:
    """One more than the processors: a test often waits for a browser, a server or PostgreSQL."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def ramassage_de_python():
    """A command played in this process looks for cycles less often; the next tests do not."""
    gc.set_threshold(*SEUILS)


@pytest.fixture(autouse=True)
def sans_sceau_de_la_minute(request, monkeypatch):
    """Once a minute a request seals the audit log, once answered: its statements are not those of
    what is counted here."""
    if "serveur_de_bases" in request.fixturenames:
        monkeypatch.setattr("app.acces.sceau._prochain", math.inf)


@pytest.fixture(scope="session")
def hachage_rapide():
    """Passwords set during the tests cost next to nothing to check."""
    from app.connexion import motdepasse
    from tests.factories import HACHAGE_RAPIDE

    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(motdepasse, "METHODE", HACHAGE_RAPIDE)
        yield


@pytest.fixture(scope="session")
def dossier_traversable():
    """Make a folder that the account of PostgreSQL may enter: ``dossier_traversable("nom")``.

    Those of pytest close again each time that another run begins.
    """
    faits = []

    def faire(nom: str) -> Path:
        faits.append(Path(tempfile.mkdtemp(prefix=f"tandem-{nom}-")))
        faits[-1].chmod(0o711)
        return faits[-1]

    yield faire
    for dossier in faits:
        shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def serveur_de_bases(hachage_rapide):
    from sqlalchemy import make_url

    from app import base_embarquee
    from app.commandes import base
    from tests.bases import ServeurDeBases, garder_les_gabarits
    from tests.dossiers import pour_des_bases

    garder_les_gabarits()
    exterieur = os.environ.get("TANDEM_TEST_DATABASE_OWNER_URL")
    with pour_des_bases() as instance:
        adresse = exterieur or base_embarquee.demarrer(instance, jetable=True)["DATABASE_OWNER_URL"]
        try:
            url = make_url(adresse).set(drivername="postgresql+psycopg")
            bases = ServeurDeBases(url.render_as_string(hide_password=False), instance)
            premiere = bases.creer()
            base.initialiser(bases.application(premiere))
            bases.fermer(premiere)
            bases.modele = bases.creer(premiere)
            bases.supprimer(premiere)
            gc.freeze()
            yield bases
            bases.supprimer(bases.modele)
        finally:
            base_embarquee.arreter(instance)


@pytest.fixture(scope="session")
def application(serveur_de_bases):
    """The application that all modules share, each on its base put back as new."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    yield serveur_de_bases.application(nom)
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="session")
def cadre(serveur_de_bases, application):
    return serveur_de_bases.etat_du_cadre()


@pytest.fixture(scope="module")
def nom_de_base(serveur_de_bases, application, cadre):
    """A base with its schema, its lists and its roles, and nobody in it; shared by the tests of a
    module."""
    nom = serveur_de_bases.base_de(application)
    serveur_de_bases.remettre(nom, serveur_de_bases.modele)
    serveur_de_bases.rendre_au_cadre(cadre)
    reglages = dict(application.config)
    yield nom
    serveur_de_bases.fermer_les_autres(application)
    application.config.clear()
    application.config.update(reglages)


@pytest.fixture
def base_vide(serveur_de_bases):
    """The name of a base without any table."""
    nom = serveur_de_bases.creer()
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def app(application, nom_de_base):
    return application


@pytest.fixture
def app_sur_base_neuve(serveur_de_bases, nom_de_base, app):
    """The application of the module, on a base where the other tests have left nothing."""
    serveur_de_bases.remettre(nom_de_base, serveur_de_bases.modele)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def session(app):
    """The session of someone who acts for everyone; what is not committed is forgotten."""
    from app import acces
    from app.extensions import db

    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield db.session
        db.session.rollback()


@pytest.fixture
def tous(app):
    """What is read outside any request, as everyone: each time in a context of its own."""
    from app import acces
    from app.extensions import db

    @contextmanager
    def ouvrir():
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            yield db.session
            db.session.rollback()

    return ouvrir


@pytest.fixture
def faire(tous):
    """Make a record as everyone, for other connections to see; its number."""

    def creer(fabrique, *arguments, **champs) -> int:
        with tous() as session:
            numero = fabrique(*arguments, **champs).id
            session.commit()
        return numero

    return creer


@pytest.fixture(scope="module")
def comptes(request, app) -> dict[str, int]:
    """The accounts of a module, by name: its ``COMPTES``, who → (role, MDS)."""
    from tests.factories import des_comptes

    return des_comptes(app, request.module.COMPTES)


@pytest.fixture
def agent(app, comptes):
    """Sign in as one of the accounts, the first by default: ``agent("slai")``."""
    from tests.connexions import ouvrir_session

    premier = next(iter(comptes))
    return lambda qui=premier: ouvrir_session(app.test_client(), comptes[qui])


@pytest.fixture(scope="module")
def serveur(serveur_de_bases, nom_de_base, app):
    """The address of the real server on the base of the module."""
    from tests.serveurs import servir

    with servir(serveur_de_bases.environnement(nom_de_base)) as adresse:
        yield adresse


@pytest.fixture(scope="session")
def python_pret():
    """The path of a ``python`` that has already read the application."""
    from tests import python_pret

    with python_pret.servir() as programme:
        yield programme


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory):
    from tests.office import LibreOffice

    return LibreOffice(tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture(scope="session")
def navigateur():
    from tests.navigateurs import lancer

    with lancer() as chromium:
        yield chromium


@pytest.fixture
def page(navigateur):
    """On a desk: 1280 pixels wide."""
    from tests.navigateurs import page_neuve

    with page_neuve(navigateur, 1280, 800) as page:
        yield page


@pytest.fixture
def petite_page(navigateur):
    """On a phone: 390 pixels wide."""
    from tests.navigateurs import page_neuve

    with page_neuve(navigateur, 390, 844) as page:
        yield page
