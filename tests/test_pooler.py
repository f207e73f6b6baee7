"""Behind PgBouncer in transaction mode: each transaction may run on another connection."""

import getpass
import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from app import acces, create_app
from app.commandes import base
from app.extensions import db
from app.views.socle import differe
from config import lire_reglages
from tests import connexions
from tests import factories as f
from tests.bases import MOT_DE_PASSE, ROLE_APPLICATION
from tests.serveurs import PATIENCE_SECONDES, port_libre
from tests.test_travaux import vider_la_file

PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


@pytest.fixture(scope="module")
def pooler(serveur_de_bases, dossier_traversable):
    """The address of a PgBouncer with two connections a role, before the server of the tests."""
    if not Path(PGBOUNCER).exists():
        pytest.fail("pgbouncer is missing: apt install pgbouncer (.ci/run does it)")
    dossier = dossier_traversable("pgbouncer")
    url = serveur_de_bases.proprietaire
    port = port_libre()
    comptes = {ROLE_APPLICATION: MOT_DE_PASSE, url.username: url.password or ""}
    (dossier / "comptes").write_text(
        "".join(f'"{nom}" "{mot_de_passe}"\n' for nom, mot_de_passe in comptes.items())
    )
    hote = url.host or url.query["host"]
    (dossier / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={hote} port={url.port or url.query.get('port', 5432)}\n"
        f"[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\n"
        f"auth_type=trust\nauth_file={dossier}/comptes\npool_mode=transaction\n"
        "default_pool_size=2\nmax_client_conn=100\nserver_idle_timeout=1\n"
    )
    commande = [PGBOUNCER, "-q", str(dossier / "pgbouncer.ini")]
    if os.geteuid() == 0:
        for fichier in dossier.iterdir():
            fichier.chmod(0o644)
        titulaire = Path(hote).owner() if hote.startswith("/") else "nobody"
        commande += ["-u", titulaire if titulaire != "root" else getpass.getuser()]
    with subprocess.Popen(commande, stdin=subprocess.DEVNULL) as processus:
        _attendre(port, url, processus)
        yield f"127.0.0.1:{port}"
        processus.terminate()


def _attendre(port: int, url, processus: subprocess.Popen) -> None:
    limite = time.monotonic() + PATIENCE_SECONDES
    while processus.poll() is None and time.monotonic() < limite:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user=url.username, dbname=url.database
            ).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    pytest.fail("pgbouncer does not answer")


def a_travers(pooler: str, adresse: str) -> str:
    """This address of the base, through the pooler."""
    url = make_url(adresse)
    hote, port = pooler.split(":")
    url = url.set(host=hote, port=int(port), query={})
    return url.render_as_string(hide_password=False)


@pytest.fixture
def nom(serveur_de_bases):
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture
def app(serveur_de_bases, pooler, nom):
    environnement = serveur_de_bases.environnement(nom)
    del environnement["TANDEM_INSTRUCTIONS_PREPAREES"]
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environnement[variable] = a_travers(pooler, environnement[variable])
    app = create_app(lire_reglages(environnement))
    serveur_de_bases.applications.setdefault(nom, []).append(app)
    return app


@pytest.fixture
def client(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART")
        jeune = f.un_jeune()
        numero, dossier = compte.id, jeune.id
        db.session.commit()
    client = connexions.ouvrir_session(app.test_client(), numero)
    client.dossier = dossier
    return client


def test_aucune_page_n_echoue_quand_les_connexions_changent_a_chaque_transaction(client):
    adresses = ["/", "/jeunes/", f"/jeunes/{client.dossier}", "/rencontres/", "/alertes/", "/sante"]
    for adresse in adresses * 4:
        assert client.get(adresse).status_code == 200, adresse


def test_le_fuseau_est_celui_de_paris_dans_chaque_transaction(app, serveur_de_bases, nom):
    """Even on a server that lives elsewhere."""
    serveur_de_bases.ordonner("alter database {} set timezone = 'America/Cayenne'", nom)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(4):
            assert db.session.scalar(text("show timezone")) == "Europe/Paris"
            db.session.rollback()


def test_init_et_la_verification_du_journal_passent_par_le_pooler(app):
    for commande in ("init", "verifier-journal"):
        rendu = app.test_cli_runner().invoke(args=["tandem", commande])
        assert rendu.exit_code == 0, rendu.output


def test_la_file_travaille_a_travers_le_pooler(app, client, monkeypatch):
    """It needs no notification and no session: jobs are found by looking."""
    monkeypatch.setattr(differe.differer, "__defaults__", (0,))  # however short the list
    saisie = {
        "csrf_token": connexions.jeton(client, "/jeunes/exporter"),
        "finalite": "SUIVI",
        "motif": "Un essai du fichier",
    }
    attente = client.post("/jeunes/exporter", data=saisie)
    assert attente.status_code == 303
    vider_la_file(app)
    assert client.get(f"{attente.location}/fichier").data[:2] == b"PK"


def test_init_ne_laisse_aucun_verrou_derriere_lui(app, serveur_de_bases, nom):
    base.initialiser(app)
    url = serveur_de_bases.proprietaire.set(database=nom)
    with psycopg.connect(
        **url.translate_connect_args(username="user", database="dbname"), **url.query
    ) as connexion:
        verrous = "select count(*) from pg_locks where locktype = 'advisory'"
        assert connexion.execute(verrous).fetchone() == (0,)
