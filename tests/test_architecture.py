"""The house keeps its shape; a failure says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from config import RACINE

SOURCES = [
    f
    for f in subprocess.run(
        ["git", "ls-files", "app", "config.py", "run.py", "tests"],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    if f
]


def test_les_imports_vont_dans_un_seul_sens():
    controle = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=RACINE, capture_output=True, text=True
    )
    assert controle.returncode == 0, controle.stdout


def test_le_code_passe_ruff():
    for commande in (["check"], ["format", "--check"]):
        controle = subprocess.run(
            [sys.executable, "-m", "ruff", *commande, "."],
            cwd=RACINE,
            capture_output=True,
            text=True,
        )
        assert controle.returncode == 0, f"{controle.stdout}\nRun: .venv/bin/ruff {commande[0]} ."


@pytest.mark.parametrize(
    "fichier", [f for f in SOURCES if f.endswith((".html", ".css", ".js", ".svg"))]
)
def test_aucune_page_ne_demande_rien_a_l_exterieur(fichier):
    contenu = (RACINE / fichier).read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    for interdit in (
        "http://",
        "https://",
        'src="//',
        "url(//",
        "@import",
        " style=",
        " onclick=",
        "<script>",
    ):
        assert interdit not in contenu, (
            f"{fichier} holds {interdit!r}: everything is served from here, without inline code"
        )


def test_chaque_colonne_a_son_libelle():
    from app.extensions import db
    from app.models.base import Enregistrement

    sans = [
        f"{m.class_.__name__}.{c.name}"
        for m in db.Model.registry.mappers
        if issubclass(m.class_, Enregistrement)
        for c in m.local_table.c
        if c.name not in {"id", "version", "cle", "nom_tri", "recherche"}
        and not c.info.get("libelle")
    ]
    assert not sans, f"Give these columns a label (info=…): {sans}"
