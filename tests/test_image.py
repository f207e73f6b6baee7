"""``deploiement/Containerfile``: what can be checked of it where no image can be built."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config import RACINE, lire_service
from tests.serveurs import attendre, port_libre

CONTAINERFILE = RACINE / "deploiement" / "Containerfile"
HORS_DE_L_IMAGE = {"tests", "docs", "instance", "tools", ".", ".git", ".venv"}
SECRETS = {"SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "TANDEM_METRIQUES_JETON"}


def instructions() -> list[tuple[str, str]]:
    """(instruction, what follows), in their order; continued lines are joined."""
    texte = CONTAINERFILE.read_text(encoding="utf-8")
    lignes = [ligne for ligne in texte.splitlines() if not ligne.startswith("#")]
    entieres = "\n".join(lignes).replace("\\\n", " ").splitlines()
    paires = [ligne.strip().partition(" ") for ligne in entieres if ligne.strip()]
    return [(nom, reste.strip()) for nom, _, reste in paires]


def toutes(nom: str) -> list[str]:
    return [reste for instruction, reste in instructions() if instruction == nom]


def environnement() -> dict[str, str]:
    """What the image sets."""
    paires = [mot.partition("=") for reste in toutes("ENV") for mot in shlex.split(reste)]
    return {nom: valeur for nom, _, valeur in paires}


def copies() -> list[tuple[str, str]]:
    """(path in the repository, path in the image, relative to the working directory)."""
    trouvees = []
    for reste in toutes("COPY"):
        *sources, cible = reste.split()
        trouvees += [(source, cible) for source in sources]
    return trouvees


def test_chaque_instruction_est_connue_et_la_premiere_nomme_la_base():
    connues = {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK"}
    assert {nom for nom, _ in instructions()} == connues | {"ENTRYPOINT"}
    assert instructions()[0][0] == "FROM"


def test_la_base_a_une_version_exacte_et_les_bibliotheques_celles_de_la_liste():
    [base] = toutes("FROM")
    image, _, etiquette = base.rpartition(":")
    assert image == "docker.io/library/python"
    assert re.fullmatch(r"3\.\d+\.\d+-slim-[a-z]+", etiquette)
    [construire] = toutes("RUN")
    assert "--requirement requirements.txt" in construire


def test_l_image_ne_tourne_pas_en_root():
    [qui] = toutes("USER")
    uid, gid = map(int, qui.split(":"))
    assert uid == gid >= 1000
    [construire] = toutes("RUN")
    assert f"useradd --system --uid {uid}" in construire
    rangs = [nom for nom, _ in instructions()]
    assert rangs.index("USER") < rangs.index("ENTRYPOINT")
    assert "RUN" not in rangs[rangs.index("USER") :], "nothing is installed as that account"


def test_l_image_ne_porte_que_le_necessaire_et_aucun_secret():
    for source, _ in copies():
        assert (RACINE / source).exists(), source
        assert source.rstrip("/") not in HORS_DE_L_IMAGE
    assert not SECRETS & environnement().keys()
    assert environnement()["TANDEM_ENV"] == "production"


def test_rien_ne_s_ecrit_hors_du_dossier_temporaire():
    texte = CONTAINERFILE.read_text(encoding="utf-8")
    assert "podman run --read-only --tmpfs /tmp " in texte
    assert Path(environnement()["TANDEM_INSTANCE"]).is_relative_to("/tmp")
    assert environnement()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "VOLUME" not in {nom for nom, _ in instructions()}


@pytest.fixture(scope="module")
def image(dossier_traversable):
    """The working directory of the image, with what is copied there and nothing else; beside it,
    the folder that plays /tmp."""
    dossier = dossier_traversable("image") / "image"
    dossier.mkdir()
    dossier.with_name("tmp").mkdir()
    for source, cible in copies():
        if (RACINE / source).is_dir():
            sans = shutil.ignore_patterns("__pycache__")
            shutil.copytree(RACINE / source, dossier / cible, ignore=sans)
        else:
            shutil.copy(RACINE / source, dossier / cible)
    return dossier


EN_LECTURE_SEULE = """
cp /etc/passwd {tmp}/passwd
echo "image:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin" >> {tmp}/passwd
mount --bind {tmp}/passwd /etc/passwd
mount -t tmpfs -o mode=1777 tmpfs {tmp}
while read -r _ _ _ _ point options _; do
  case "$point,$options" in
    {tmp},*|/proc*|/sys*|/dev*|*,ro,*|*,ro) ;;
    *) mount -o "remount,bind,${{options/rw/ro}}" "$(printf %b "$point")" ;;
  esac
done < /proc/self/mountinfo
exec setpriv {compte} --no-new-privs \\
  --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search "$@"
"""
"""What useradd, USER and « --read-only --tmpfs /tmp » do, in a mount namespace: nothing can be
written but in what plays /tmp. The only privilege left passes through the folders of whoever plays
the tests."""
COMPTE = int(toutes("USER")[0].partition(":")[0]) if os.geteuid() == 0 else os.geteuid()
"""Who serves: the account of the image, or whoever plays the tests when that is not root."""


def dans_l_image(image: Path, *commande: str) -> list[str]:
    """This command as a container of the image would run it."""
    compte = f"--reuid {COMPTE} --regid {COMPTE} --clear-groups"
    espace = ["unshare", "--mount"]
    if os.geteuid() != 0:
        compte = ""
        espace += ["--user", "--map-current-user", "--keep-caps"]
    tmp = shlex.quote(str(image.with_name("tmp")))
    fermer = EN_LECTURE_SEULE.format(uid=COMPTE, tmp=tmp, compte=compte)
    return [*espace, "bash", "-e", "-u", "-c", fermer, "image", *commande]


def test_ce_qui_est_copie_suffit_a_servir_et_rien_d_autre_ne_s_ecrit(image):
    """Started as the image starts it, on a read-only file system and by its account; its health
    check, to the letter, says that it is well."""
    [depart] = map(json.loads, toutes("ENTRYPOINT"))
    assert depart == [".venv/bin/python", "run.py"]
    port = port_libre()
    assert toutes("EXPOSE") == [str(lire_service({}).port)]
    reglages = {
        "PATH": os.environ["PATH"],
        **environnement(),
        "HOST": "127.0.0.1",
        "TANDEM_ENV": "test",  # a production needs a base outside the image
        "TANDEM_INSTANCE": str(image.with_name("tmp") / "instance"),
        "TMPDIR": str(image.with_name("tmp")),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }
    commande = dans_l_image(image, sys.executable, *depart[1:])
    with subprocess.Popen(commande, cwd=image, env=reglages, stdin=subprocess.DEVNULL) as processus:
        try:
            attendre(f"http://127.0.0.1:{port}/sante", processus)
            [sonde] = toutes("HEALTHCHECK")
            [_, option, code] = json.loads(sonde[sonde.index("[") :])
            code = code.replace(":8080/", f":{port}/").replace(":8080'", f":{port}'")
            fini = subprocess.run([sys.executable, option, code], env=reglages, check=False)
            uids = {p.uids().real for p in psutil.Process(processus.pid).children(recursive=True)}
        finally:
            processus.terminate()
    assert fini.returncode == 0
    assert uids == {COMPTE} != {0}


def test_rien_ne_s_ecrit_dans_l_image_que_dans_tmp(image):
    """What the test above stands on: the file system is read-only indeed."""
    lieux = [image.with_name("tmp"), image, image.parent, Path("/var/tmp"), RACINE]
    essai = 'id -u; for lieu; do touch "$lieu/ecrit" 2>/dev/null && echo "$lieu"; done; true'
    commande = dans_l_image(image, "bash", "-c", essai, "essai", *map(str, lieux))
    fini = subprocess.run(commande, capture_output=True, text=True, check=True)
    assert fini.stdout.split() == [str(COMPTE), str(lieux[0])]
