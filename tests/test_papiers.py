"""What the home page keeps besides the youths is what it would read now, for each one’s rights."""

import re

import pytest
from flask import g
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.models import LISTES
from app.models.papiers import PAPIERS
from app.regles.age import aujourd_hui
from app.regles.envois import mois_a_rendre
from app.views import portefeuille
from app.views.pages import cartes, papiers
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql
from tests.proprietaire import ecrire, le_proprietaire

COMPTES = {
    "responsable": ("RESPONSABLE", "ART"),
    "arras": ("RESPONSABLE", "ARR"),
    "partout": ("RESPONSABLE", None),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "slai": ("SLAI", "ART"),
    "dpid": ("DPID", None),
    "dpo": ("DPO", None),
    "administrateur": ("ADMINISTRATEUR", None),
}
PAR_ELLES_MEMES = {"mds", "ab_user"}
"""The names of the MDS have a version of their own; an account that is closed opens no page."""


def lire(app, compte: int, version: str | None) -> tuple[papiers.PapiersDeLAccueil, list[str]]:
    """What this account is told, and the statements that it took."""
    with app.test_request_context(), acces.acteur(compte, canal="essai"):
        g.version_des_papiers = version
        acces.perimetre(), portefeuille.moi()
        with ordres_sql() as ordres:
            lus = papiers.regarder(acces.perimetre(), aujourd_hui())
        db.session.rollback()
    return lus, ordres


@pytest.mark.parametrize("qui", COMPTES)
def test_chaque_table_lue_a_son_declencheur(app, comptes, session, qui):
    """A table read without one would leave a page late."""
    _, ordres = lire(app, comptes[qui], None)
    lues = {mot for ordre in ordres for mot in re.findall(r"(?i)\b(?:from|join) (\w+)", ordre)}
    tables = set(session.scalars(text("select relname from pg_class where relkind = 'r'")))
    assert (lues & tables) - LISTES.keys() - PAR_ELLES_MEMES <= PAPIERS


def test_elles_seules_ont_ce_declencheur(session):
    posees = text(
        "select tgrelid::regclass::text from pg_trigger"
        " where tgname = 'papiers' and tgenabled <> 'D'"
    )
    assert set(session.scalars(posees)) == PAPIERS


@pytest.mark.parametrize("qui", COMPTES)
def test_rien_ne_depend_de_l_heure_que_les_actes_a_deux(app, comptes, qui):
    _, ordres = lire(app, comptes[qui], None)
    assert [o for o in ordres if "now()" in o.lower() and "acte_a_deux" not in o] == []


def test_ce_qui_est_garde_ne_se_relit_pas(app, comptes):
    gardes, premiers = lire(app, comptes["responsable"], "garde")
    encore, suivants = lire(app, comptes["responsable"], "garde")
    assert premiers
    assert (encore, suivants) == (gardes, [])
    assert lire(app, comptes["responsable"], "une autre")[1]


def test_chacun_a_les_siens(app, comptes, tous):
    with tous() as session:
        f.un_transfert(f.un_jeune("TER"), vers="ARR")
        session.commit()
    dits = {qui: lire(app, comptes[qui], "chacun")[0].cartes for qui in ("responsable", "arras")}
    assert _nombre(dits["arras"], "transferts") > _nombre(dits["responsable"], "transferts")


def _nombre(toutes, cle: str) -> int:
    return next(carte.compteurs[0][0] for carte in toutes if carte.cle == cle)


def test_un_acte_a_deux_qui_attend_n_est_pas_garde(app, comptes, tous):
    """It ends by itself, with its day."""
    with tous() as session:
        acte = f.un_acte_a_deux().id
        session.commit()
    for _ in range(2):
        lus, ordres = lire(app, comptes["partout"], "acte")
        assert _nombre(lus.cartes, cartes.A_DEUX) == 1
        assert ordres
    ecrire(app, "delete from acte_a_deux where id = :n", n=acte)


ECRITURES = {
    "transferts": lambda: f.un_transfert(f.un_jeune("TER"), vers="ART"),
    "roles": lambda: f.une_habilitation(role="SLAI", au=f.dans(10)),
}


@pytest.mark.parametrize("carte", ECRITURES)
def test_ce_qui_vient_d_etre_ecrit_se_lit_aussitot(app, comptes, tous, carte):
    client = ouvrir_session(app.test_client(), comptes["responsable"])

    def nombre() -> int:
        page = client.get("/").text
        section = re.search(rf'aria-labelledby="{carte}".*?</section>', page, re.DOTALL)[0]
        return int(re.search(r"<strong>(\d+)</strong>", section)[1])

    avant = nombre()
    with tous() as session:
        ECRITURES[carte]()
        session.commit()
    assert nombre() == avant + 1


def test_un_tableau_envoye_quitte_l_accueil_aussitot(app, comptes, tous):
    client = ouvrir_session(app.test_client(), comptes["responsable"])
    with tous() as session:
        envoi = f.un_envoi("ART", mois=mois_a_rendre(aujourd_hui())).id
        session.commit()
    assert f"/envois/{envoi}" in client.get("/").text
    ecrire(app, "delete from envoi where id = :n", n=envoi)
    assert f"/envois/{envoi}" not in client.get("/").text


def test_une_ecriture_defaite_ne_fait_rien_relire(app, comptes, tous):
    with tous() as session:
        f.une_habilitation(role="SLAI", au=f.dans(10))
        session.commit()
    client = ouvrir_session(app.test_client(), comptes["responsable"])
    client.get("/")
    with le_proprietaire(app) as connexion:
        ordre = text("update habilitation set au = au - 1 where role_code = 'SLAI'")
        assert connexion.execute(ordre).rowcount
        with ordres_sql() as pendant:
            client.get("/")
        connexion.rollback()
    with ordres_sql() as ensuite:
        client.get("/")
    assert not [o for o in [*pendant, *ensuite] if "FROM habilitation" in o]


def test_un_droit_retire_retire_ce_qui_etait_garde(app, tous):
    with tous() as session:
        compte = f.un_compte("RESPONSABLE", "ART").id
        session.commit()
    assert lire(app, compte, "droit")[0].cartes
    ecrire(app, "update habilitation set au = current_date - 1 where compte_id = :c", c=compte)
    lus, _ = lire(app, compte, "droit")
    assert (lus.cartes, lus.compteurs, lus.obligations) == ([], [], [])


def test_chaque_racine_a_ses_adresses(app, comptes):
    """The same process may serve two paths: what is kept of one is not shown under the other."""
    client = ouvrir_session(app.test_client(), comptes["responsable"])
    for racine in ("", "/tandem", ""):
        page = client.get("/", environ_overrides={"SCRIPT_NAME": racine}).text
        assert set(re.findall(r'href="([^"]*)/instances/ajouter', page)) == {racine}
        assert set(re.findall(r'href="([^"]*)/envois/', page)) == {racine}
