"""The tests of this folder are played while one types: ``make test-rapide``."""

import pytest


@pytest.fixture(scope="session")
def serveur_de_bases():
    pytest.fail("a test of tests/rapides needs no base: move this one to tests/")


@pytest.fixture(scope="session")
def navigateur():
    pytest.fail("a test of tests/rapides needs no browser: move this one to tests/navigateur/")
