"""What stands in ``deploiement/`` is what the tools that will read it accept."""

import re
import shutil
import subprocess

import pytest

from app.commandes import tandem
from config import RACINE

DOSSIER = RACINE / "deploiement"
UNITES = sorted(p for p in DOSSIER.iterdir() if p.suffix in (".service", ".timer"))
A_VENIR = {"travaux", "rappels"}
"""Commands whose units stand ready: they come with the queue and the reminders."""


@pytest.fixture(scope="module")
def installees(tmp_path_factory):
    """The units, with the paths of this machine: systemd checks that the programs exist.

    Through a link without spaces: a path that holds some is for whoever writes the unit to quote.
    """
    if not shutil.which("systemd-analyze"):
        pytest.fail("systemd-analyze is missing: apt install systemd (.ci/run does it)")
    dossier = tmp_path_factory.mktemp("unites")
    racine = tmp_path_factory.mktemp("racine") / "tandem"
    racine.symlink_to(RACINE)
    for unite in UNITES:
        texte = unite.read_text(encoding="utf-8").replace("/srv/tandem", str(racine))
        (dossier / unite.name).write_text(texte.replace("User=tandem", "User=root"))
    return dossier


@pytest.mark.parametrize("unite", [p.name for p in UNITES])
def test_systemd_accepte_chaque_unite(installees, unite):
    fini = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", installees / unite],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{installees}:", "PATH": "/usr/bin:/bin"},
    )
    fautes = [ligne for ligne in fini.stderr.splitlines() if str(installees) in ligne]
    assert not fautes
    assert fini.returncode == 0, fini.stderr


def test_chaque_minuterie_lance_un_service():
    for unite in UNITES:
        if unite.suffix == ".timer":
            assert unite.with_suffix(".service") in UNITES


def test_chaque_unite_lance_une_commande_qui_existe(app):
    lancees = set()
    for unite in UNITES:
        trouvees = re.findall(r"--app app tandem (\S+)", unite.read_text(encoding="utf-8"))
        lancees.update(trouvees)
    attendues = {"sauvegarder", "essayer-sauvegarde", "verifier-journal", "verifier-chiffres"}
    assert {*attendues, *A_VENIR} == lancees
    assert lancees - A_VENIR <= set(tandem.list_commands(None))


def test_les_reglages_d_exemple_sont_ceux_que_l_application_lit():
    lus = (RACINE / "config.py").read_text(encoding="utf-8")
    for ligne in (DOSSIER / "tandem.env.exemple").read_text(encoding="utf-8").splitlines():
        if ligne and not ligne.startswith("#"):
            assert ligne.partition("=")[0] in lus, ligne
