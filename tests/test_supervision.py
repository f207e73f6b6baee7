"""What cannot be started again ends the service with an error: systemd then decides."""

import subprocess
import sys

import pytest

from config import RACINE
from tests.serveurs import PATIENCE_SECONDES

SERVICE = """
import atexit, os, signal, sys, time, click
from app.service import supervision
from app.service.supervision import Enfant, Superviseur

supervision.FENETRE_SECONDES = 3600.0

def ne_revient_pas():
    raise click.ClickException("PostgreSQL n’a pas démarré.")

def rien():
    pass

def etre_tue(vies, fois):
    with open(vies, "a") as passees:
        passees.write("x")
    if os.path.getsize(vies) <= fois:
        os.kill(os.getpid(), signal.SIGKILL)

def etre_deja_arrete(parent):
    os.kill(os.getpid(), signal.SIGTERM)

atexit.register(print, "sorti")
enfants = {enfants}
sys.exit(Superviseur(enfants, {veiller}).servir())
"""


def servir(enfants: str, veiller: str) -> subprocess.CompletedProcess:
    code = SERVICE.format(enfants=enfants, veiller=veiller)
    return subprocess.run([sys.executable, "-c", code], cwd=RACINE, capture_output=True, text=True)


def test_ce_qui_meurt_sans_cesse_arrete_le_service():
    fini = servir('[Enfant("pages", rien)]', "rien")
    assert fini.returncode == 1
    assert "pages : meurt sans cesse, le service s’arrête." in fini.stderr
    assert fini.stderr.count("pages : relancé.") == 10


def test_ce_qui_est_tue_est_toujours_relance(tmp_path):
    """Killed eleven times, more than it may end by itself; then it ends by itself."""
    vies = tmp_path / "vies"
    fini = servir(f'[Enfant("pages", lambda: etre_tue({str(vies)!r}, 11))]', "rien")
    assert fini.returncode == 1
    assert fini.stderr.count("pages : relancé.") == 11 + 10


def test_une_base_qui_ne_repart_pas_arrete_le_service_et_ses_processus():
    fini = servir('[Enfant("pages", lambda: time.sleep(3600))]', "ne_revient_pas")
    assert fini.returncode == 1
    assert "PostgreSQL n’a pas démarré." in fini.stderr


@pytest.mark.parametrize("enfants", ['[Enfant("pages", lambda: sys.exit("refus"))]'])
def test_un_processus_qui_refuse_de_partir_n_est_pas_relance_sans_fin(enfants):
    assert servir(enfants, "rien").returncode == 1


def test_un_arret_recu_en_naissant_ne_fait_pas_le_menage_du_parent():
    """The child ends at once: what the parent does when it leaves is done once, by the parent."""
    arrete = "setattr(supervision, 'mourir_avec_le_parent', etre_deja_arrete)"
    fini = servir(f'{arrete} or [Enfant("pages", lambda: time.sleep(3600))]', "rien")
    assert fini.returncode == 1
    assert fini.stderr.count("pages : relancé.") == 10
    assert fini.stdout.count("sorti") == 1


ORPHELIN = """
import os, signal, time
from app.service.serveur import mourir_avec_le_parent

parent = os.getpid()
if not os.fork():
    while os.getppid() == parent:
        time.sleep(0.01)
    mourir_avec_le_parent(parent)
    signal.pause()
"""


def test_un_enfant_dont_le_parent_est_deja_mort_s_arrete():
    """The machine was busy: the parent was killed before the child could ask to follow it."""
    commande = [sys.executable, "-c", ORPHELIN]
    fini = subprocess.run(commande, cwd=RACINE, capture_output=True, timeout=PATIENCE_SECONDES)
    assert fini.returncode == 0, "and its pipe is closed: the child has ended too"


SOURD = """
import os, signal
from app.service.serveur import ne_pas_survivre_au_parent

parent = os.getpid()
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ne_pas_survivre_au_parent(parent, 0.1)
    while True:
        signal.pause()
"""


def test_un_enfant_qui_n_entend_rien_ne_survit_pas_a_son_parent():
    """The master was killed while the queue opened its connections: it stayed for minutes."""
    commande = [sys.executable, "-c", SOURD]
    fini = subprocess.run(commande, cwd=RACINE, capture_output=True, timeout=PATIENCE_SECONDES)
    assert fini.returncode == 0, "and its pipe is closed: the child has ended too"
