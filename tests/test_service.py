"""The service on a bad day: what is killed comes back alone, what is full or away is said."""

import errno
import gc
import http.client
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import click
import psutil
import pytest
from psycopg import errors as pg
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import InternalServerError

import run
from app import cadre, erreurs, ramassage
from app.service import memoire, temporaires
from app.service.journaux import JsonFormatter
from app.service.memoire import ARENAS
from app.views.pages.sante import SILENCE_SECONDES, Veille
from app.views.socle import gabarits
from config import RACINE
from run import COURTOISIE
from tests.serveurs import PATIENCE_SECONDES, attendre, port_libre

JETON = "un-jeton-de-mesure-assez-long"
OBJETS_DE_L_APPLICATION = 50_000
"""At least: there are three hundred thousand."""


@pytest.fixture(scope="module")
def service(dossier_traversable):
    """run.py on an embedded base of its own: (address, address of the metrics, process)."""
    instance = dossier_traversable("instance")
    port, metriques = port_libre(), port_libre()
    environnement = {
        **{nom: v for nom, v in os.environ.items() if not nom.startswith("DATABASE_")},
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(instance),
        "TANDEM_JOURNAUX": "json",
        "TANDEM_METRIQUES": f"127.0.0.1:{metriques}",
        "TANDEM_METRIQUES_JETON": JETON,
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
    }
    journal = instance / "sortie.log"
    with (
        journal.open("w") as sortie,
        subprocess.Popen(
            [sys.executable, RACINE / "run.py"],
            env=environnement,
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
        ) as processus,
    ):
        racine = f"http://127.0.0.1:{port}"
        attendre(f"{racine}/sante", processus)
        yield racine, f"http://127.0.0.1:{metriques}/metriques", processus, instance
        processus.terminate()


def enfants(processus) -> list[psutil.Process]:
    """gunicorn's master first, then what serves the metrics."""
    return sorted(psutil.Process(processus.pid).children(), key=lambda p: p.create_time())


def statut(adresse: str, **entetes: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(adresse, headers=entetes)) as reponse:
            return reponse.status, reponse.read().decode()
    except urllib.error.HTTPError as erreur:
        return erreur.code, erreur.read().decode()


def revenir(racine: str) -> None:
    """Wait for the service, without a bound that depends on the machine's speed."""
    limite = time.monotonic() + PATIENCE_SECONDES
    while time.monotonic() < limite:
        try:
            if statut(f"{racine}/sante")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail("the service did not come back")


def tuer_et_attendre_la_fin(pid: int) -> None:
    victime = psutil.Process(pid)
    victime.send_signal(signal.SIGKILL)
    psutil.wait_procs([victime], timeout=PATIENCE_SECONDES)


def test_la_base_embarquee_tuee_est_relevee_seule(service):
    racine, _, _, instance = service
    fichier = instance / "postgresql" / "postmaster.pid"
    avant = int(fichier.read_text().split()[0])
    tuer_et_attendre_la_fin(avant)
    limite = time.monotonic() + PATIENCE_SECONDES
    while numero(fichier) in (avant, None) and time.monotonic() < limite:
        time.sleep(0.1)
    assert numero(fichier) not in (avant, None)
    revenir(racine)


def numero(fichier: Path) -> int | None:
    """The postmaster that the file tells; None while none is there."""
    try:
        return int(fichier.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return None


def test_une_base_qui_se_tait_n_est_pas_dite_debout():
    """Its connection is open and it answers nothing: whoever asks does not wait with it."""
    veille = Veille(None)
    veille.premiere.set()
    assert not veille.debout
    veille.vue_a = time.monotonic()
    assert veille.debout
    veille.vue_a -= SILENCE_SECONDES
    assert not veille.debout


@pytest.mark.parametrize("qui", ["le maître des pages", "la file", "les mesures"])
def test_un_processus_tue_est_relance(service, qui):
    racine, metriques, processus, _ = service
    rang = ["le maître des pages", "la file", "les mesures"].index(qui)
    avant = {p.pid for p in enfants(processus)}
    victime = sorted(avant)[rang]
    tuer_et_attendre_la_fin(victime)
    limite = time.monotonic() + PATIENCE_SECONDES
    while len({p.pid for p in enfants(processus)} - avant) < 1 and time.monotonic() < limite:
        time.sleep(0.1)
    revenir(racine)
    while time.monotonic() < limite:
        try:
            statut(metriques)
            break
        except OSError:
            time.sleep(0.2)
    assert len(enfants(processus)) == 3


def test_la_file_laisse_passer_les_pages(service):
    """Long work has the processor when no page wants it."""
    _, _, processus, _ = service
    pages = psutil.Process(processus.pid).nice()
    attendu = [pages, pages, min(19, pages + COURTOISIE)]
    limite = time.monotonic() + PATIENCE_SECONDES
    while sorted(e.nice() for e in enfants(processus)) != attendu and time.monotonic() < limite:
        time.sleep(0.1)
    assert sorted(enfant.nice() for enfant in enfants(processus)) == attendu


JAMAIS_LUES = (
    *("alembic", "mako", "flask_migrate", "procrastinate", "rfc3161_client", "segno", "docx"),
    *("authlib", "zxcvbn", "icalendar", "python_calamine", "prometheus_client"),
    *("marshmallow", "apispec", "jsonschema", "yaml", "limits", "cryptography.x509"),
    *("sqlalchemy_utils", "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.sqlite"),
    *("app.commandes.base", "app.donnees.demo"),
)
"""What no page needs, or few: it would weigh on each process that serves."""


def test_ce_qui_sert_ne_lit_que_ce_dont_les_pages_ont_besoin():
    """And whoever wants a library that the framework was read without finds it."""
    lus = "import sys, tests.modele_de_serveur; print(*sys.modules); import flask_limiter.commands"
    fini = subprocess.run(
        [sys.executable, "-c", lus], cwd=RACINE, capture_output=True, text=True, check=True
    )
    assert not set(fini.stdout.split()) & set(JAMAIS_LUES)


@pytest.mark.parametrize(
    ("module", "nom"),
    [
        ("flask_appbuilder.api", "ModelRestApi"),
        ("flask_appbuilder.security.sqla.apis", "UserApi"),
        ("flask_jwt_extended", "verify_jwt_in_request"),
        ("flask_limiter", "Limiter"),
        ("jwt", "decode"),
    ],
)
def test_ce_qui_n_est_pas_lu_du_cadre_refuse_de_servir(module, nom):
    """Nothing is let through by what stands in its place, and whoever uses it learns why."""
    with pytest.raises(RuntimeError, match=r"app/cadre\.py"):
        cadre.A_LEUR_PLACE[module][nom](object())


def test_ce_qui_fait_de_longs_fichiers_cherche_des_cycles_moins_souvent(app, monkeypatch):
    """Making the rows of a file is not half spent looking through them."""

    def recherches(*_) -> None:
        avant = gc.get_stats()[0]["collections"]
        lignes = [[numero] for numero in range(ramassage.OBJETS_NEUFS - 10_000)]
        faites.append(gc.get_stats()[0]["collections"] - avant)
        assert lignes

    faites: list[int] = []
    avant = gc.get_threshold()
    seuils = (700, 10, 10)  # Python's own; a command that another test ran may have changed them
    monkeypatch.setattr(run, "ne_pas_survivre_au_parent", lambda *_: None)
    monkeypatch.setattr(run.os, "nice", lambda _: None)
    monkeypatch.setattr(run, "travailler", recherches)
    for faire in (
        lambda: run.faire_les_travaux(app, 0),
        lambda: recherches(app.test_cli_runner().invoke(args=["tandem", "tableau", "--help"])),
    ):
        gc.set_threshold(*seuils)
        faire()
    gc.set_threshold(*seuils)
    recherches()
    gc.set_threshold(*avant)
    queue, commande, pages = faites
    assert max(queue, commande) == 0 < pages


def test_ce_qui_prepare_le_service_finit_avec_son_processus(capfd):
    faits = []

    def refuser():
        faits.append(1)
        raise click.ClickException("base absente")

    memoire.sans_rien_garder(lambda: faits.append(1))
    with pytest.raises(SystemExit) as fin:
        memoire.sans_rien_garder(refuser)
    assert (fin.value.code, faits) == (1, [])
    assert "base absente" in capfd.readouterr().err


def test_ce_que_l_application_tient_est_partage_entre_les_processus(app, monkeypatch):
    """Looked through again by the garbage collection of each child, it would be copied there."""

    class SansEnfants:
        def __init__(self, enfants, veiller):
            assert len(enfants) == 2

        def servir(self) -> int:
            return gc.get_freeze_count()

    monkeypatch.setattr(run, "Superviseur", SansEnfants)
    gc.unfreeze()
    service = SimpleNamespace(adresse="", processus=1, metriques=None)
    assert run.servir(app, service, None) > OBJETS_DE_L_APPLICATION
    assert len(app.jinja_env.cache) >= len(app.jinja_loader.list_templates()), "compiled once"


ARENES = """
import ctypes, sys, threading
from app.service.memoire import tenir_dans_peu_d_arenes
if sys.argv[1:]:
    tenir_dans_peu_d_arenes()
tous = threading.Barrier(9)
def prendre():
    octets = [bytearray(50_000) for _ in range(20)]
    tous.wait()
fils = [threading.Thread(target=prendre) for _ in range(8)]
for fil in fils:
    fil.start()
ctypes.CDLL(None).malloc_stats()
tous.wait()
"""


def test_les_fils_d_un_processus_se_partagent_peu_d_arenes():
    """Each one otherwise keeps its own, which is never given back."""

    def arenes(*arguments: str) -> int:
        commande = [sys.executable, "-c", ARENES, *arguments]
        fini = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, check=True)
        return fini.stderr.count("Arena ")

    assert arenes("peu") <= ARENAS < arenes()


def test_un_worker_tue_est_remplace_et_ne_laisse_aucun_fichier(service):
    racine, _, processus, _ = service
    [maitre, *_] = [p for p in enfants(processus) if p.children()]
    worker = maitre.children()[0]
    dossiers = list(Path(tempfile.gettempdir()).glob(f"{temporaires.PREFIXE}*/{worker.pid}"))
    assert len(dossiers) == 1
    (dossiers[0] / "noms.xlsx").write_text("Delattre")
    tuer_et_attendre_la_fin(worker.pid)
    limite = time.monotonic() + PATIENCE_SECONDES
    while dossiers[0].exists() and time.monotonic() < limite:
        time.sleep(0.1)
    assert not dossiers[0].exists()
    revenir(racine)


def test_les_metriques_ont_leur_adresse_et_leur_jeton(service):
    racine, metriques, _, _ = service
    for _ in range(3):
        statut(f"{racine}/login/?nom=Lavigne")
    assert statut(metriques)[0] == 401
    assert statut(metriques, Authorization="Bearer autre")[0] == 401
    assert statut(f"{racine}/metriques", Authorization=f"Bearer {JETON}")[0] != 200
    code, corps = statut(metriques, Authorization=f"Bearer {JETON}")
    assert code == 200
    demandes = re.search(
        r'tandem_requetes_total\{methode="GET",route="Connexion.login",statut="200"\} ([\d.]+)',
        corps,
    )
    assert float(demandes[1]) >= 3
    for nom in (
        "tandem_requete_secondes_bucket",
        "tandem_ordres_sql_total",
        "tandem_base_debout 1.0",
        "tandem_journal_a_sceller",
        "tandem_travaux_en_attente 0.0",
        "tandem_travaux_en_cours",
        "tandem_travaux_attente_secondes",
        "tandem_sessions_ouvertes",
        "tandem_refus_du_jour",
    ):
        assert nom in corps, nom
    assert "Lavigne" not in corps


def test_chaque_processus_lit_d_avance_ce_que_les_accueils_regardent(service):
    """As soon as it serves, and whoever has not opened a page yet."""
    _, metriques, processus, _ = service
    [maitre, *_] = [p for p in enfants(processus) if p.children()]
    attendues = len(maitre.children())
    limite = time.monotonic() + PATIENCE_SECONDES
    faites = 0.0
    while faites < attendues and time.monotonic() < limite:
        _, corps = statut(metriques, Authorization=f"Bearer {JETON}")
        faites = float(re.search(r"tandem_preparations_total ([\d.]+)", corps)[1])
        time.sleep(0.1)
    assert faites >= attendues


def test_une_connexion_sert_plusieurs_demandes(service):
    """A page and its files, then the next page, ask for no other one (keep-alive)."""
    racine, _, _, _ = service
    connexion = http.client.HTTPConnection(racine.removeprefix("http://"))
    connexion.connect()
    prise = connexion.sock
    for adresse in ("/login/", "/static/tandem.css", "/sante", "/login/"):
        connexion.request("GET", adresse)
        reponse = connexion.getresponse()
        reponse.read()
        assert reponse.status in (200, 304), adresse
        assert connexion.sock is prise, f"closed after {adresse}"
    connexion.close()


def test_les_journaux_en_json_ne_gardent_aucun_nom(service):
    racine, _, _, instance = service
    statut(f"{racine}/login/?nom=Lavigne")
    lignes = [
        json.loads(ligne)
        for ligne in (instance / "sortie.log").read_text().splitlines()
        if ligne.startswith("{")
    ]
    acces = [ligne for ligne in lignes if '"GET /login/" 200' in ligne["message"]]
    assert acces
    assert set(acces[0]) >= {"moment", "niveau", "source", "message"}
    assert "Lavigne" not in (instance / "sortie.log").read_text()


def test_une_ligne_de_json_dit_la_requete_et_tait_ce_qu_on_y_cherche(app):
    record = logging.LogRecord(
        "app", logging.ERROR, "", 0, "échec de /jeunes/?q=Lavigne ici", (), None
    )
    with app.test_request_context("/jeunes/?q=Lavigne"):
        ligne = json.loads(JsonFormatter().format(record))
    assert ligne["chemin"] == "/jeunes/"
    assert ligne["message"] == "échec de /jeunes/?… ici"


def test_sans_base_la_page_de_connexion_n_invite_a_rien_taper(serveur_de_bases, base_vide):
    app = serveur_de_bases.application(base_vide)
    serveur_de_bases.supprimer(base_vide)
    reponse = app.test_client().get("/login/")
    assert reponse.status_code == 503
    assert "momentanément indisponible" in reponse.text
    assert "<form" not in reponse.text
    assert "<input" not in reponse.text


@pytest.mark.parametrize(
    "cause",
    [
        OperationalError("insert", {}, pg.DiskFull("could not extend file")),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
    ids=["de la base", "de la machine"],
)
def test_un_disque_plein_est_dit_comme_tel(app, cause):
    with app.test_request_context("/"):
        page, code, _ = erreurs._repondre(InternalServerError(original_exception=cause))
    assert code == 507
    assert "Le disque du serveur est plein" in page


def test_les_fichiers_d_un_demarrage_mort_sont_effaces_au_suivant(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandonne = tmp_path / f"{temporaires.PREFIXE}mort" / "123"
    abandonne.mkdir(parents=True)
    (abandonne / "export.xlsx").write_text("Delattre")
    etranger = tmp_path / "autre"
    etranger.mkdir()
    temporaires.ouvrir()
    assert not abandonne.parent.exists()
    assert etranger.exists()
    assert Path(tempfile.mkdtemp()).is_relative_to(tmp_path)
    temporaires.fermer()
    assert [p.name for p in tmp_path.iterdir()] == ["autre"]


def test_un_gabarit_importe_ne_se_rend_qu_une_fois(app):
    """Whatever imports it has the same globals; one that is given its own gives them to nobody."""
    communs = app.jinja_env.globals
    icones = app.jinja_env.get_template("_icones.html")
    assert icones.globals is communs
    with app.test_request_context():
        icones._module = None
        rendus = [
            app.jinja_env.from_string('{% from "_icones.html" import icone %}{{ icone("plus") }}')
            for _ in range(2)
        ]
        assert rendus[0].render() == rendus[1].render() != ""
        module = icones._module
        rendus[0].render()
        assert module is not None and icones._module is module
    seul = app.jinja_env.from_string("{{ a_part }}", globals={"a_part": "oui"})
    assert (seul.render(), "a_part" in communs) == ("oui", False)


def test_les_gabarits_se_compilent_dans_un_processus_a_part(app, monkeypatch):
    """This one only reads them: what compiling takes would stay in each process that serves."""
    gabarits_lus = app.jinja_env
    gabarits_lus.cache.clear()

    def refuser(*_):
        raise AssertionError("compiled here")

    def a_part(faire):
        memoire.sans_rien_garder(faire)
        monkeypatch.setattr(gabarits_lus, "_parse", refuser)

    habituel = gabarits_lus.bytecode_cache
    gabarits.compiler(app, a_part)
    noms = {nom for _, nom in gabarits_lus.cache}
    assert noms >= {*app.jinja_loader.list_templates()}
    assert gabarits_lus.bytecode_cache is habituel
