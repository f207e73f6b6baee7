"""The agents that a filter offers, kept by a process: those of the base, for each one's own MDS."""

import re

import pytest
from sqlalchemy import text

from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql
from tests.proprietaire import ecrire, le_proprietaire

ANCIEN, NEUF = "Basile Ancien", "Aline Neuve"
RESTENT = {"Yves Reste", "Zoé Reste"}
ECRITURES = {
    "renommé": "update agent set nom = :neuf where nom = :ancien",
    "ajouté": "insert into agent (nom, fonction_code, mds_ids)"
    " select :neuf, fonction_code, mds_ids from agent where nom = :ancien",
}


@pytest.fixture
def clients(app):
    comptes = f.des_comptes(app, {"art": ("RESPONSABLE", "ART"), "arr": ("RESPONSABLE", "ARR")})
    return {qui: ouvrir_session(app.test_client(), compte) for qui, compte in comptes.items()}


@pytest.fixture
def un_agent(app, tous):
    with tous() as session:
        f.un_agent("ART", nom=ANCIEN)
        for nom in RESTENT:  # a list of one choice is not offered
            f.un_agent(("ART", "ARR"), nom=nom)
        for mds in ("ART", "ARR"):  # nothing is filtered of nothing
            f.un_jeune(mds)
        session.commit()
    yield
    ecrire(app, "delete from agent where nom = any(:noms)", noms=[ANCIEN, NEUF, *RESTENT])


def lire(client) -> tuple[set[str], bool]:
    """The agents offered, and whether the base was asked for them."""
    with ordres_sql() as ordres:
        page = client.get("/jeunes/").text
    liste = re.search(r'<select id="f-coordonnateur".*?</select>', page, re.DOTALL)
    offerts = re.findall(r"<option[^>]*>([^<]*)", liste[0]) if liste else []
    return set(offerts), any("FROM agent ORDER BY" in ordre for ordre in ordres)


@pytest.mark.parametrize("comment", ECRITURES)
def test_un_agent_ecrit_se_voit_a_la_page_suivante(clients, un_agent, tous, comment):
    lire(clients["art"])
    offerts, lus = lire(clients["art"])
    assert ANCIEN in offerts
    assert not lus
    with tous() as session:
        session.execute(text(ECRITURES[comment]), {"ancien": ANCIEN, "neuf": NEUF})
        session.commit()
    offerts, lus = lire(clients["art"])
    assert lus
    assert NEUF in offerts


def test_chacun_ne_se_voit_offrir_que_les_agents_de_ses_mds(clients, un_agent):
    for _ in range(2):
        assert ANCIEN in lire(clients["art"])[0]
        assert lire(clients["arr"])[0] >= RESTENT
        assert ANCIEN not in lire(clients["arr"])[0]


def test_une_habilitation_retiree_retire_ses_agents(app, clients, un_agent):
    assert ANCIEN in lire(clients["art"])[0]
    ecrire(
        app,
        "update habilitation set mds_id = (select id from mds where code = 'ARR')"
        " where compte_id = (select max(compte_id) from session_ouverte o where exists ("
        "select from habilitation h join mds m on m.id = h.mds_id"
        " where h.compte_id = o.compte_id and m.code = 'ART'))",
    )
    offerts, _ = lire(clients["art"])
    assert offerts >= RESTENT
    assert ANCIEN not in offerts


def test_une_ecriture_defaite_ne_fait_rien_relire(clients, un_agent, tous):
    lire(clients["art"])
    with tous() as session:
        session.execute(text(ECRITURES["renommé"]), {"ancien": ANCIEN, "neuf": NEUF})
        session.rollback()
    offerts, lus = lire(clients["art"])
    assert ANCIEN in offerts
    assert not lus


def test_l_entretien_ne_change_pas_la_version(app, un_agent, tous):
    lue = text(
        "select sum(nombre), count(*) from acces.version_des_tables where famille = 'agents'"
    )
    ecrire(app, ECRITURES["renommé"], ancien=ANCIEN, neuf=NEUF)
    with le_proprietaire(app) as connexion:
        version, lignes = connexion.execute(lue).one()
        connexion.rollback()
        assert lignes > 1
        connexion.execute(text("select acces.entretenir()"))
        assert connexion.execute(lue).one() == (version, 1)
        connexion.rollback()
