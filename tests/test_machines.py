"""Several machines on one base: whoever starts or upgrades is not felt by whoever serves."""

import os
import subprocess
import threading
import time
import urllib.request

import psycopg
import pytest
from sqlalchemy import text

from app import acces
from app.acces import installe
from app.commandes import CommandeRefusee, base
from app.connexion import sessions
from app.extensions import db
from config import RACINE
from tests import connexions
from tests import factories as f

ENTRE_DEUX_PAGES = 0.05
"""Seconds, so that whoever reads pages does not take the processor from whoever serves them."""
POLITIQUES = "select count(*) from pg_policy where polrelid = 'jeune'::regclass"


@pytest.fixture
def proprietaire(serveur_de_bases, nom_de_base, app):
    url = serveur_de_bases.proprietaire.set(database=nom_de_base)
    arguments = url.translate_connect_args(username="user", database="dbname")
    with psycopg.connect(**arguments, **url.query) as connexion:
        yield connexion


@pytest.fixture
def lecteur(app):
    """A request that goes on: it has read a table, and its transaction is not over."""
    with app.app_context(), db.engine.connect() as connexion:
        connexion.execute(text("select count(*) from jeune"))
        yield connexion


def test_init_qui_n_a_rien_a_faire_n_attend_aucune_table(app, lecteur, monkeypatch):
    monkeypatch.setattr(base, "ESSAIS", 1)
    base.initialiser(app)


def test_une_politique_retiree_a_la_main_est_remise(app, proprietaire):
    avant = proprietaire.execute(POLITIQUES).fetchone()
    proprietaire.execute("drop policy lire on jeune")
    proprietaire.commit()
    base.initialiser(app)
    assert proprietaire.execute(POLITIQUES).fetchone() == avant


@pytest.mark.parametrize(
    "ordre",
    [
        "alter table jeune no force row level security",
        "alter table jeune disable trigger journal_update",
        "grant delete on mds to public",
        "create or replace function acces.pour_tous() returns boolean stable return true",
    ],
)
def test_ce_qui_a_ete_affaibli_a_la_main_est_vu(app, proprietaire, ordre):
    role = app.config["SQLALCHEMY_DATABASE_URI"].split("//")[1].split(":")[0]
    avant = proprietaire.execute("select voulus, catalogues from acces.installation").fetchone()
    proprietaire.execute(ordre)
    proprietaire.commit()
    moteur = base.moteur_proprietaire(app)
    with moteur.connect() as connexion:
        assert not installe.est_a_jour(connexion, role)
    moteur.dispose()
    proprietaire.execute("alter table jeune enable trigger journal_update")
    proprietaire.execute("revoke delete on mds from public")
    proprietaire.commit()
    base.initialiser(app)
    assert (
        proprietaire.execute("select voulus, catalogues from acces.installation").fetchone()
        == avant
    )


def test_une_mise_a_niveau_cede_le_passage_et_finit_par_le_dire(app, lecteur, monkeypatch):
    monkeypatch.setattr(installe, "_voulus", lambda connexion, role: "a newer version")
    monkeypatch.setattr(base, "ESSAIS", 2)
    monkeypatch.setattr(base, "PAUSE_SECONDES", 0.0)
    with pytest.raises(CommandeRefusee, match="trop occupée pour être mise à niveau") as refus:
        base.initialiser(app)
    assert refus.value.exit_code == 2
    lecteur.rollback()
    base.initialiser(app)


def test_six_init_ne_genent_pas_une_machine_qui_sert(
    serveur_de_bases, nom_de_base, app, serveur, python_pret
):
    """Each of its pages is answered while the six run, whatever time they take."""
    statuts: list[int] = []
    fini = threading.Event()

    def demander():
        while not fini.wait(ENTRE_DEUX_PAGES):
            with urllib.request.urlopen(f"{serveur}/login/") as reponse:
                statuts.append(reponse.status)

    fils = [threading.Thread(target=demander) for _ in range(3)]
    for fil in fils:
        fil.start()
    commande = [python_pret, "-m", "flask", "--app", "app", "tandem", "init"]
    environnement = {**os.environ, **serveur_de_bases.environnement(nom_de_base)}
    ensemble = [
        subprocess.Popen(commande, cwd=RACINE, env=environnement, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    erreurs = [processus.communicate()[1] for processus in ensemble]
    fini.set()
    for fil in fils:
        fil.join()
    assert [processus.returncode for processus in ensemble] == [0] * 6, erreurs
    assert set(statuts) == {200}


@pytest.fixture
def numero(app):
    """The number of the account of someone who works."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART")
        db.session.commit()
        return compte.id


@pytest.mark.parametrize("ecart", [-240, 240])
def test_des_horloges_ecartees_ne_deconnectent_personne(app, numero, monkeypatch, ecart):
    """The cookie was signed by a machine whose clock is some minutes away from ours."""
    client = app.test_client()
    vraie = time.time
    with monkeypatch.context() as ailleurs:
        ailleurs.setattr(time, "time", lambda: vraie() + ecart)
        connexions.ouvrir_session(client, numero)
    assert client.get("/").status_code == 200


def test_la_base_seule_dit_qu_une_session_est_trop_ancienne(app, numero, proprietaire):
    client = connexions.ouvrir_session(app.test_client(), numero)
    assert isinstance(app.session_interface, sessions.SansHorloge)
    proprietaire.execute("update session_ouverte set ouverte_le = now() - interval '13 hours'")
    proprietaire.commit()
    assert client.get("/").status_code == 302
