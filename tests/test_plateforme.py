"""From an empty base to a server that answers: init, accounts, /sante, run.py."""

import ast
import importlib.metadata
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import psutil
import pytest
from gunicorn.config import Config
from sqlalchemy import create_engine, make_url, text

from app import acces
from app.commandes import CommandeRefusee, base
from app.commandes.comptes import DOMAINE_DE_DEMONSTRATION, creer_compte
from app.securite import ENTETES
from app.service.serveur import ServerLogger
from config import RACINE
from tests.arbres import arbre_de
from tests.serveurs import PATIENCE_SECONDES, Copie, attendre, demarrer, port_libre


def lire(url: str, ordre: str):
    moteur = create_engine(url)
    with moteur.connect() as connexion:
        lignes = connexion.execute(text(ordre)).all()
    moteur.dispose()
    return lignes


def commande(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["tandem", *arguments])


EPINGLE = re.compile(r"[\w.-]+(\[[a-z,]+\])?==[^\s*]+( +--hash=sha256:[0-9a-f]{64})+")


@pytest.mark.parametrize(
    "nom",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-oidc.txt",
        "requirements-pairs.txt",
    ],
)
def test_chaque_bibliotheque_a_sa_version_exacte_et_ses_empreintes(nom):
    """pip refuses a file whose content is not the one that was pinned."""
    lignes = (RACINE / nom).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    demandes = [ligne for ligne in lignes if ligne and not ligne.startswith(("#", "-r "))]
    assert len(demandes) > 15
    assert [ligne for ligne in demandes if not EPINGLE.fullmatch(ligne)] == []


def test_tout_ce_que_l_application_importe_est_epingle():
    """Otherwise it works here, where it was installed by hand, and nowhere else."""
    epingles = {
        re.split(r"[\[=]", ligne)[0]
        for ligne in (RACINE / "requirements.txt").read_text().splitlines()
        if "==" in ligne
    }
    distributions = importlib.metadata.packages_distributions()
    manquants = set()
    for fichier in [
        *RACINE.glob("*.py"),
        *(RACINE / "app").rglob("*.py"),
        *(RACINE / "migrations").rglob("*.py"),
    ]:
        for noeud in ast.walk(arbre_de(fichier)):
            if isinstance(noeud, ast.Import):
                modules = [alias.name for alias in noeud.names]
            else:
                modules = (
                    [noeud.module] if isinstance(noeud, ast.ImportFrom) and not noeud.level else []
                )
            for module in (
                {m.partition(".")[0] for m in modules}
                - {"app", "config", "run"}
                - sys.stdlib_module_names
            ):
                noms = {
                    re.sub(r"[-_.]+", "-", d).lower() for d in distributions.get(module, [module])
                }
                if not noms & epingles:
                    manquants.add(f"{module} ({fichier.relative_to(RACINE)})")
    assert manquants == set()


def test_init_recommence_sans_rien_changer(app):
    url = app.config["DATABASE_OWNER_URL"]
    compter = """
        select (select count(*) from mds), (select count(*) from logement),
               (select count(*) from droit)"""
    avant = lire(url, compter)
    for _ in range(2):
        rendu = commande(app, "init")
        assert rendu.exit_code == 0, rendu.output
        assert "à jour" in rendu.output
    assert lire(url, compter) == avant
    assert avant[0][0] == 9


@pytest.mark.parametrize("commande", [["demo"], ["mds", "lister"]])
def test_une_commande_avant_init_le_dit(serveur_de_bases, base_vide, commande):
    fini = (
        serveur_de_bases.application(base_vide).test_cli_runner().invoke(args=["tandem", *commande])
    )
    assert fini.exit_code == 2
    assert "lancez d’abord « flask tandem init »" in fini.output


def test_deux_machines_qui_demarrent_ensemble_font_une_seule_bonne_base(
    serveur_de_bases, base_vide, python_pret
):
    environnement = {**os.environ, **serveur_de_bases.environnement(base_vide), "FLASK_APP": "app"}
    lances = [
        subprocess.Popen(
            [python_pret, "-m", "flask", "tandem", "init"],
            cwd=RACINE,
            env=environnement,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(3)
    ]
    sorties = [lance.communicate()[0] for lance in lances]
    assert [lance.returncode for lance in lances] == [0, 0, 0], sorties
    url = environnement["DATABASE_OWNER_URL"]
    assert lire(url, "select count(*) from mds") == [(9,)]
    app = serveur_de_bases.application(base_vide)
    assert lire(url, "select version_num from alembic_version") == [(base.version_du_code(app),)]


@pytest.fixture
def proprietaire_limite(serveur_de_bases, base_vide):
    """The address of an owner who may not create roles, on a server where the application's role is
    missing."""
    serveur_de_bases.ordonner("create role {} login password 'limite'", "proprietaire_limite")
    serveur_de_bases.ordonner("grant {} to current_user", "proprietaire_limite")
    serveur_de_bases.ordonner("alter database {} owner to {}", base_vide, "proprietaire_limite")
    yield serveur_de_bases.proprietaire.set(
        username="proprietaire_limite", password="limite", database=base_vide
    )
    serveur_de_bases.supprimer(base_vide)
    serveur_de_bases.ordonner("drop role {}", "proprietaire_limite")


def test_un_proprietaire_qui_ne_peut_pas_creer_de_role_recoit_l_ordre_a_transmettre(
    serveur_de_bases, base_vide, proprietaire_limite
):
    app = serveur_de_bases.application(base_vide)
    app.config["DATABASE_OWNER_URL"] = proprietaire_limite.render_as_string(hide_password=False)
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://role_absent:un-secret@/x"
    with pytest.raises(CommandeRefusee) as refus:
        base.initialiser(app)
    assert refus.value.exit_code == 1
    assert (
        "create role \"role_absent\" login password 'le-mot-de-passe-de-DATABASE_URL';"
        in refus.value.message
    )
    assert "un-secret" not in refus.value.message


def test_un_role_d_application_qui_passe_outre_le_cloisonnement_est_refuse(
    serveur_de_bases, base_vide
):
    app = serveur_de_bases.application(base_vide)
    superutilisateur = lire(
        app.config["DATABASE_OWNER_URL"], "select rolname from pg_roles where rolsuper limit 1"
    )[0][0]
    app.config["SQLALCHEMY_DATABASE_URI"] = (
        make_url(app.config["SQLALCHEMY_DATABASE_URI"])
        .set(username=superutilisateur)
        .render_as_string(hide_password=False)
    )
    with pytest.raises(CommandeRefusee, match="cloisonnement"):
        base.initialiser(app)


def test_sante_repond_sans_compte_ni_temoin(client):
    reponse = client.get("/sante")
    assert (reponse.status_code, reponse.text) == (200, "ok\n")
    assert "Set-Cookie" not in reponse.headers


def test_sante_dit_503_sans_detail_quand_la_base_ne_repond_pas(serveur_de_bases, base_vide):
    app = serveur_de_bases.application(base_vide)
    serveur_de_bases.supprimer(base_vide)
    reponse = app.test_client().get("/sante")
    assert (reponse.status_code, reponse.text) == (503, "indisponible\n")
    assert "Set-Cookie" not in reponse.headers


def test_un_hote_inconnu_est_refuse(client):
    assert client.get("/sante", headers={"Host": "ailleurs.exemple"}).status_code == 400


def test_le_premier_administrateur_n_a_que_ce_role_et_son_passage_est_consigne(app, session):
    rendu = commande(
        app,
        "administrateur",
        "ada",
        "--prenom",
        "Ada",
        "--nom",
        "Fictif",
        "--courriel",
        "ada@exemple.invalid",
    )
    assert rendu.exit_code == 0, rendu.output
    mot_de_passe = rendu.output.strip().rsplit(" ", 1)[1]
    assert len(mot_de_passe) >= 15
    roles = session.execute(
        text(
            "select role_code, mds_id from habilitation h join ab_user c on c.id = compte_id"
            " where username = 'ada'"
        )
    )
    assert roles.all() == [("ADMINISTRATEUR", None)]
    trace = session.execute(
        text(
            "select acteur, canal, detail from journal where operation = 'commande'"
            " order by id desc limit 1"
        )
    ).one()
    assert (trace.acteur, trace.canal, trace.detail["commande"]) == (
        "tous",
        "commande",
        "administrateur",
    )
    assert mot_de_passe not in json.dumps(
        session.scalars(text("select to_jsonb(journal) from journal")).all()
    )
    encore = commande(app, "administrateur", "ada")
    assert encore.exit_code == 0
    assert mot_de_passe not in encore.output


def test_un_compte_neuf_sans_nom_est_refuse(app):
    assert commande(app, "administrateur", "nouveau").exit_code == 1


def test_une_commande_au_nom_d_un_compte_inconnu_ou_ferme_ne_fait_rien(app, session):
    from app.commandes import agissant_pour, tandem

    passages = []

    @tandem.command("essai-des-droits")
    @agissant_pour
    def essai() -> None:
        passages.append(acces.contexte().acteur)

    creer_compte("ouvert", "Olga", "Fictif", "olga@exemple.invalid", "x" * 20)
    creer_compte("ferme", "Félix", "Fictif", "felix@exemple.invalid", "x" * 20).active = False
    session.commit()
    for login in ("ferme", "personne"):
        rendu = commande(app, "essai-des-droits", "--en-tant-que", login)
        assert rendu.exit_code == 2
        assert f"aucun compte ouvert ne porte l’identifiant « {login} »" in rendu.output
    assert passages == []
    assert commande(app, "essai-des-droits", "--en-tant-que", "ouvert").exit_code == 0
    assert commande(app, "essai-des-droits").exit_code == 0
    numero = session.scalar(text("select id from ab_user where username = 'ouvert'"))
    assert passages == [str(numero), "tous"]
    traces = session.execute(
        text(
            "select acteur, login from journal"
            " where detail ->> 'commande' = 'essai-des-droits' order by id"
        )
    )
    assert traces.all() == [(str(numero), "ouvert"), ("tous", None)]
    del tandem.commands["essai-des-droits"]


@pytest.fixture
def lancer():
    """Start run.py as a person does; whatever happens, nothing is left after the test."""
    lances = []

    def lancer(environnement: dict[str, str]) -> subprocess.Popen:
        lances.append(
            subprocess.Popen(
                [sys.executable, RACINE / "run.py"],
                env={**os.environ, **environnement},
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        return lances[-1]

    yield lancer
    for processus in lances:
        processus.kill()
        processus.communicate()


def en_production(serveur_de_bases, nom: str) -> dict[str, str]:
    return {
        **serveur_de_bases.environnement(nom),
        "TANDEM_ENV": "production",
        "TANDEM_HOSTS": "127.0.0.1",
        "SECRET_KEY": "b7f1d0c94a3e586217fedcba09283746",
        "PORT": str(port_libre()),
        "WEB_CONCURRENCY": "1",
    }


def test_la_production_ne_sert_pas_avec_un_compte_de_demonstration_ouvert(
    serveur_de_bases, app, nom_de_base, session, lancer
):
    compte = creer_compte(
        "demo.essai", "Dora", "Fictif", f"dora@{DOMAINE_DE_DEMONSTRATION}", "x" * 20
    )
    session.commit()
    processus = lancer(en_production(serveur_de_bases, nom_de_base))
    sortie = processus.communicate(timeout=PATIENCE_SECONDES)[0]
    assert processus.returncode == 1, sortie
    assert "demo.essai" in sortie
    compte.active = False
    session.commit()


def test_le_journal_d_acces_ne_garde_pas_ce_que_l_on_cherche(
    serveur_de_bases, app, nom_de_base, lancer
):
    environnement = en_production(serveur_de_bases, nom_de_base)
    processus = lancer(environnement)
    racine = f"http://127.0.0.1:{environnement['PORT']}"
    attendre(f"{racine}/sante", processus)
    requete = urllib.request.Request(
        f"{racine}/sante?nom=Lavigne", headers={"Referer": f"{racine}/?nom=Lavigne"}
    )
    with urllib.request.urlopen(requete) as reponse:
        assert reponse.status == 200
    processus.send_signal(signal.SIGINT)
    sortie = processus.communicate(timeout=PATIENCE_SECONDES)[0]
    assert processus.returncode == 0, sortie
    assert '"GET /sante" 200' in sortie
    assert "Lavigne" not in sortie


def test_le_journal_des_erreurs_du_serveur_ne_le_garde_pas_non_plus(capfd):
    journal = ServerLogger(Config())
    try:
        raise SystemExit
    except SystemExit:
        journal.exception("Error handling request %s", "/jeunes/?nom=Lavigne&page=2")
    erreurs = capfd.readouterr().err
    assert "Error handling request /jeunes/?…" in erreurs
    assert "Lavigne" not in erreurs


@pytest.mark.parametrize(
    "dit",
    [
        "Invalid HTTP request line: 'GET /jeunes/?q=Jean Lavigne HTTP/1.1'",
        "Invalid HTTP Version: 'Lavigne HTTP/1.1'",
        "Invalid HTTP method: 'Lavigne'",
        'Invalid HTTP header name: "d\'Lavigne: "',
        "Unsupported transfer coding: 'Lavigne'",
    ],
)
def test_d_une_demande_mal_formee_le_serveur_ne_garde_que_sa_faute(capfd, dit):
    """A space that was not encoded: what follows is no longer a query string."""
    journal = ServerLogger(Config())
    journal.warning("Invalid request from ip={ip}: {error}".format(ip="10.0.0.7", error=dit))
    erreurs = capfd.readouterr().err
    assert f"Invalid request from ip=10.0.0.7: {dit.partition(':')[0]}" in erreurs
    assert "Lavigne" not in erreurs


@pytest.mark.parametrize(
    ("demande", "statut"),
    [
        (b"GET /jeunes/?q=" + b"Delattre" * 900 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET /Delattre\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: Delattre\r\n\r\n", b"400"),
    ],
    ids=["trop longue", "mal formée", "en-tête faux"],
)
def test_ce_que_le_serveur_refuse_lui_meme_porte_les_entetes_et_ne_redit_rien(
    serveur, demande, statut
):
    with socket.create_connection(
        ("127.0.0.1", int(serveur.rpartition(":")[2])), PATIENCE_SECONDES
    ) as prise:
        prise.sendall(demande)
        reponse = b"".join(iter(lambda: prise.recv(4096), b""))
    assert reponse.split()[1] == statut
    for nom, valeur in ENTETES.items():
        assert f"{nom}: {valeur}".encode() in reponse
    assert b"Cache-Control: no-store" in reponse
    assert b"Delattre" not in reponse


@pytest.mark.parametrize("fin", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_l_arret_ne_laisse_aucun_processus(serveur_de_bases, app, nom_de_base, fin):
    environnement = en_production(serveur_de_bases, nom_de_base)
    processus = Copie(target=demarrer, args=({**os.environ, **environnement},))
    processus.start()
    attendre(f"http://127.0.0.1:{environnement['PORT']}/sante", processus)
    enfants = psutil.Process(processus.pid).children(recursive=True)
    assert enfants
    os.kill(processus.pid, fin)
    processus.join()
    _, restants = psutil.wait_procs(enfants, timeout=PATIENCE_SECONDES)
    assert [p for p in restants if p.status() != psutil.STATUS_ZOMBIE] == []


def test_un_port_deja_pris_est_dit_en_une_phrase(
    serveur_de_bases, nom_de_base, app, serveur, lancer
):
    environnement = {
        **en_production(serveur_de_bases, nom_de_base),
        "PORT": serveur.rpartition(":")[2],
    }
    processus = lancer(environnement)
    sortie = processus.communicate(timeout=PATIENCE_SECONDES)[0]
    assert processus.returncode == 2
    assert "n’est pas libre" in sortie
    assert "Traceback" not in sortie


def test_une_commande_lit_son_module_et_pas_ceux_des_autres():
    """« restaurer » is in a module of another name: all are read to find it."""
    lire = """
import sys
from app.commandes import tandem
assert tandem.get_command(None, "tableau")
assert "app.commandes.sauvegarde" not in sys.modules
assert tandem.get_command(None, "restaurer")
"""
    subprocess.run([sys.executable, "-c", lire], check=True, cwd=RACINE)
