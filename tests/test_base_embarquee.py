"""The embedded PostgreSQL: any path, several users, sudden deaths."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from app import base_embarquee
from config import RACINE


class Utilisateur:
    """Another process that uses the base of a folder, until it is told to leave or is killed."""

    def __init__(self, python: Path, dossier: Path):
        self.processus = subprocess.Popen(
            [python, "-m", "tests.utilisateur_de_base", dossier],
            cwd=RACINE,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.url = make_url(self.processus.stdout.readline().strip())

    def partir(self) -> None:
        self.processus.communicate()

    def tuer(self) -> None:
        """Its output ends with the process itself."""
        self.processus.kill()
        self.processus.communicate()

    def session(self) -> psycopg.Connection:
        return psycopg.connect(
            host=self.url.query["host"], user=self.url.username, dbname=self.url.database
        )

    def executer(self, ordre: str):
        with self.session() as connexion:
            curseur = connexion.execute(ordre)
            return curseur.fetchone() if curseur.description else None


@pytest.fixture
def utilisateur(python_pret):
    """Start one: ``utilisateur(dossier)``."""
    return partial(Utilisateur, python_pret)


@pytest.fixture
def dossier():
    """A folder whose path is long, with a space and accents, in one the server's account may not
    list."""
    racine = Path(tempfile.mkdtemp(prefix="tandem-essai-"))
    yield racine / "Dossier de l’été" / ("long" * 25) / "instance"
    shutil.rmtree(racine)


def attendre_qu_il_refuse(utilisateur: Utilisateur) -> None:
    """Until the server says that it is stopping."""
    fin = time.monotonic() + 60
    while time.monotonic() < fin:
        try:
            utilisateur.session().close()
        except psycopg.OperationalError:
            return
    raise AssertionError("the server still lets people in")


def postgres_de(dossier: Path) -> int | None:
    try:
        pid = int((dossier / "postgresql" / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return None
    return (
        pid
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        else None
    )


def test_un_chemin_long_avec_espaces_et_accents_convient_et_rien_ne_reste_apres(
    dossier, utilisateur
):
    seul = utilisateur(dossier)
    assert seul.executer("select current_user, current_setting('listen_addresses')") == (
        "tandem_proprietaire",
        "",
    )
    prise = Path(seul.url.query["host"])
    assert prise.stat().st_mode & 0o077 == 0
    tampons = base_embarquee.selon_la_machine()["shared_buffers"]
    reglages = f"""select current_setting('jit'),
        pg_size_bytes(current_setting('shared_buffers')) = pg_size_bytes('{tampons}')"""
    assert seul.executer(reglages) == ("off", True)
    seul.partir()
    assert postgres_de(dossier) is None
    assert not prise.exists()


def test_un_chemin_court_garde_sa_prise_a_cote_des_donnees(utilisateur):
    racine = Path(tempfile.mkdtemp(prefix="tandem é "))
    seul = utilisateur(racine)
    assert seul.url.query["host"] == str(racine / "postgresql")
    assert (racine / "postgresql").stat().st_mode & 0o077 == 0
    seul.partir()
    shutil.rmtree(racine)


def test_le_proprietaire_n_est_pas_superutilisateur_et_l_application_ne_peut_rien_creer(
    dossier, utilisateur
):
    seul = utilisateur(dossier)
    requete = """
        select bool_or(rolsuper or rolbypassrls) from pg_roles
        where rolname in ('tandem_proprietaire', 'tandem_app')"""
    assert seul.executer(requete) == (False,)
    application = seul.url.set(username="tandem_app")
    with (
        psycopg.connect(
            host=application.query["host"], user="tandem_app", dbname="tandem"
        ) as connexion,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connexion.execute("create table intrus (id int)")
    seul.partir()


def test_deux_commandes_partagent_la_base_et_la_derniere_l_arrete(dossier, utilisateur):
    premier, second = utilisateur(dossier), utilisateur(dossier)
    serveur = postgres_de(dossier)
    premier.partir()
    assert postgres_de(dossier) == serveur
    assert second.executer("select 1") == (1,)
    second.partir()
    assert postgres_de(dossier) is None


def test_deux_dossiers_ont_chacun_leur_base(dossier, utilisateur):
    un, deux = utilisateur(dossier / "un"), utilisateur(dossier / "deux")
    un.executer("create table seulement_ici (id int)")
    assert deux.executer("select to_regclass('seulement_ici')") == (None,)
    un.partir()
    assert deux.executer("select 1") == (1,)
    deux.partir()


def test_une_commande_tuee_ne_perd_rien_et_n_empeche_pas_l_arret(dossier, utilisateur):
    tue = utilisateur(dossier)
    tue.executer("create table garde as select 7 as valeur")
    tue.tuer()
    suivant = utilisateur(dossier)
    assert suivant.executer("select valeur from garde") == (7,)
    suivant.partir()
    assert postgres_de(dossier) is None


def test_un_serveur_tue_ne_perd_rien_et_la_commande_suivante_le_releve(dossier, utilisateur):
    premier = utilisateur(dossier)
    premier.executer("create table garde as select 7 as valeur")
    os.kill(postgres_de(dossier), signal.SIGKILL)
    second = utilisateur(dossier)
    assert second.executer("select valeur from garde") == (7,)
    premier.partir()
    second.partir()
    assert postgres_de(dossier) is None


def test_une_commande_attend_que_le_serveur_qui_s_arrete_soit_parti(dossier, utilisateur):
    premier = utilisateur(dossier)
    premier.executer("create table garde as select 7 as valeur")
    with premier.session() as session:
        ancien = postgres_de(dossier)
        os.kill(ancien, signal.SIGTERM)  # it lets nobody in, until the last session has left
        attendre_qu_il_refuse(premier)
        threading.Timer(1, session.close).start()
        second = utilisateur(dossier)
    assert postgres_de(dossier) != ancien
    assert second.executer("select valeur from garde") == (7,)
    premier.partir()
    second.partir()
    assert postgres_de(dossier) is None


def test_le_numero_laisse_par_une_machine_eteinte_n_empeche_pas_le_demarrage(dossier, utilisateur):
    utilisateur(dossier).partir()
    (dossier / "postgresql" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{dossier}\n{int(time.time())}\n5432\n\n\n\n"
    )
    seul = utilisateur(dossier)
    assert seul.executer("select 1") == (1,)
    seul.partir()


def test_une_creation_interrompue_recommence(dossier, utilisateur):
    (dossier / "postgresql.neuf").mkdir(parents=True)
    (dossier / "postgresql.neuf" / "PG_VERSION").write_text("18\n")
    seul = utilisateur(dossier)
    assert seul.executer("select 1") == (1,)
    seul.partir()


def test_la_base_d_une_autre_version_est_refusee_avec_le_remede(dossier):
    (dossier / "postgresql").mkdir(parents=True)
    (dossier / "postgresql" / "PG_VERSION").write_text("16\n")
    with pytest.raises(base_embarquee.BaseIndisponible, match="PostgreSQL 16"):
        base_embarquee.demarrer(dossier)


def test_un_dossier_prepare_par_un_autre_a_la_place_de_la_prise_est_refuse(dossier):
    dossier.mkdir(parents=True)
    compte = base_embarquee._compte(dossier)
    prise = base_embarquee._dossier_de_socket(dossier / "postgresql", compte)
    prise.chmod(0o777)
    with pytest.raises(base_embarquee.BaseIndisponible, match="n’est pas un dossier privé"):
        base_embarquee.demarrer(dossier)
    prise.rmdir()
