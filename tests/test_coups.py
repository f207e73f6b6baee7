"""A few kills, as ``python -m tests.coups`` strikes forty: nothing acknowledged is lost or doubled.

How long the service is away depends on the machine: the measure is in docs/decisions.
"""

import pytest
import requests

from tests import bench_sante, coups
from tests.serveurs import PATIENCE_SECONDES


@pytest.fixture(scope="module")
def service():
    with coups.servir() as service:
        yield service


@pytest.fixture(scope="module")
def constat(service):
    return coups.jouer_sur(service, len(coups.VICTIMES), ecrivains=3)


def test_chaque_processus_tue_a_ete_releve_seul(constat):
    assert set(constat.coups) == set(coups.VICTIMES)


def test_ce_qui_a_ete_acquitte_est_la_une_fois_et_une_seule(constat):
    assert constat.acquittees
    assert constat.perdues == set()
    assert constat.doubles == set()


def test_les_travaux_demandes_sont_faits_et_le_journal_est_intact(constat):
    assert constat.travaux_perdus == set()
    assert set(constat.travaux) == {"fini"}
    assert constat.journal is None


def test_une_perte_et_un_double_se_voient():
    """The command says so, and ends with an error."""
    sain = coups.Constat(acquittees={"a"})
    assert sain.sans_perte
    assert not coups.Constat(perdues={"a"}).sans_perte
    assert not coups.Constat(doubles={"a"}).sans_perte
    assert not coups.Constat(journal="la ligne 3 a été modifiée").sans_perte


@pytest.mark.usefixtures("constat")
def test_sante_repond_pendant_quatre_exports_et_vingt_demandes_a_moitie(service):
    """While none of them can end. How fast is measured by ``python -m tests.bench_sante``."""
    with bench_sante.exports_retenus(service), bench_sante.demandes_a_moitie(service):
        for _ in range(20):
            rendu = requests.get(f"{service.racine}/sante", timeout=PATIENCE_SECONDES)
            assert rendu.status_code == 200
        retenus = bench_sante.statuts(service)[-bench_sante.EXPORTS :]
        assert not set(retenus) & {"fini", "echoue", "refuse"}
