"""Accounts of several kinds, and a base that has forgotten the failed attempts."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.connexion import verrouillage
from tests import factories
from tests.connexions import (
    Base,
    poser_second_facteur,
    remettre,
    se_connecter,
)


@pytest.fixture
def base(app) -> Base:
    base = Base(app)
    base.oublier_les_essais()
    return base


@pytest.fixture
def creer(base):
    """Make an account: ``creer("DPID", None)``; ``aussi`` is a second (role, MDS)."""

    def _creer(role="COORDONNATEUR", mds="ART", aussi=None, **champs) -> SimpleNamespace:
        with base.ouverte():
            compte = factories.un_compte(role, mds, **champs)
            if aussi:
                factories.une_habilitation(compte, *aussi)
            return SimpleNamespace(id=compte.id, username=compte.username, email=compte.email)

    return _creer


@pytest.fixture
def coordonnateur(creer) -> SimpleNamespace:
    return creer()


@pytest.fixture
def autre(app):
    """Another browser."""
    return app.test_client()


@pytest.fixture
def longue_attente(monkeypatch):
    """An hour instead of thirty seconds: a slow machine does not let it end during the test."""
    for portee, seuil in verrouillage.SEUILS.items():
        longue = replace(seuil, premier=3600, maximum=3600)
        monkeypatch.setitem(verrouillage.SEUILS, portee, longue)


@pytest.fixture
def neuf(base, creer):
    """An account and the temporary password that its owner was handed."""
    compte = creer()
    return compte, remettre(base, compte)


@pytest.fixture
def muni(app, creer):
    """An account with a second factor: (account, secret, recovery codes)."""
    compte, client = creer("DPID", None), app.test_client()
    se_connecter(client, compte.username)
    return compte, *poser_second_facteur(client)
