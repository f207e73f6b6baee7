"""The house keeps its shape; a failure says what to do."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import RACINE
from tests.arbres import arbre, arbre_de

SOURCES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "app", "*.py"],
    cwd=RACINE,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()


CONTROLES = {
    "style": (["ruff", "check", "."], ".venv/bin/ruff check --fix . mends what it can"),
    "mise en forme": (["ruff", "format", "--check", "."], "run: .venv/bin/ruff format ."),
    "types": (["mypy"], "run: .venv/bin/python -m mypy, and give each name its type"),
    "mesures": (
        ["tools.mesures"],
        "run: .venv/bin/python -m tools.mesures --par-fichier, and write plainer what it names",
    ),
}
"""The checks of « make lint », and what to do when one is red."""


@pytest.mark.parametrize("controle", CONTROLES)
def test_le_code_passe_les_controles_de_make_lint(controle):
    commande, remede = CONTROLES[controle]
    rendu = subprocess.run(
        [sys.executable, "-m", *commande], cwd=RACINE, capture_output=True, text=True
    )
    assert rendu.returncode == 0, f"{rendu.stdout[-6000:]}{rendu.stderr[-2000:]}\n{remede}"


def test_les_imports_vont_dans_un_seul_sens():
    rendu = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=RACINE, capture_output=True, text=True
    )
    assert rendu.returncode == 0, (
        f"{rendu.stdout}\nMove the import to the room that may have it (docs/decisions)"
    )


def test_make_lint_joue_les_memes_controles():
    regle = (RACINE / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2]
    regle = regle.partition("\n\n")[0]
    for commande, _ in CONTROLES.values():
        assert f"-m {' '.join(commande)}" in regle, (
            f"add it to « lint » in the Makefile: {commande}"
        )


PROGRAMMES = {
    "chromium": "a browser",
    "soffice": "the workbooks and documents opened by LibreOffice",
    "pdftotext": "the text of a printed page",
    "git": "the list of the files of the project",
    "make": "this suite",
    "openssl": "the time-stamping authority",
    "pgbouncer": "the connections that go through a pooler",
    "systemd-analyze": "the units of the service",
    "python3": "everything",
}
"""What the tests start that pip does not bring, and what for."""


def test_ci_run_installe_chaque_programme_que_les_tests_lancent():
    besoins = re.findall(r"^besoin (\S+)", (RACINE / ".ci" / "run").read_text(), re.M)
    manquants = [p for p in PROGRAMMES if not any(b.startswith(p) for b in besoins)]
    assert not manquants, f"add « besoin {manquants[0]} <package> » to .ci/run"


def test_les_tests_ne_lancent_aucun_autre_programme():
    """A name that is written as the first word of a command, in tests, tools and documents."""
    lances = set()
    for fichier in SOURCES:
        if fichier.startswith("tests/") and fichier.endswith(".py"):
            lances |= programmes_lances((RACINE / fichier).read_text(encoding="utf-8"))
    inconnus = lances - PROGRAMMES.keys() - CEUX_DE_DEBIAN
    assert not inconnus, f"add them to PROGRAMMES here and to .ci/run: {sorted(inconnus)}"


CEUX_DE_DEBIAN = {"bash", "sh", "tar", "sleep", "cp"}
"""On every machine."""
LANCEURS = {"run", "Popen", "check_output", "check_call", "call", "which"}


def programmes_lances(source: str) -> set[str]:
    """The programs that this source starts by a name written in it."""
    noms = set()
    for noeud in ast.walk(arbre(source)):
        if not isinstance(noeud, ast.Call) or not noeud.args:
            continue
        if getattr(noeud.func, "attr", None) not in LANCEURS:
            continue
        premier = noeud.args[0]
        if isinstance(premier, ast.List) and premier.elts:
            premier = premier.elts[0]
        if isinstance(premier, ast.Constant) and isinstance(premier.value, str):
            noms.add(premier.value.rpartition("/")[2])
    return noms


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


LUES_AU_BESOIN = {
    "docx": {"app/echanges/formats/document.py"},
    "lxml": {"app/echanges/formats/document.py", "app/echanges/formats/graphique.py"},
    "authlib": {"app/connexion/fournisseur.py"},
    "joserfc": {"app/connexion/fournisseur.py"},
    "requests": {"app/connexion/fournisseur.py", "app/acces/horodatage.py"},
    "rfc3161_client": {"app/acces/horodatage.py"},
    "zxcvbn": set(),
    "icalendar": set(),
    "segno": set(),
    "procrastinate": {"app/travaux/connexion.py"},
}
"""Large libraries that few requests need → the modules that import them as they are read, which are
themselves imported by the functions that need them."""


def test_une_grosse_bibliotheque_ne_se_lit_qu_au_besoin():
    """A worker starts sooner and stays smaller."""
    permis = set().union(*LUES_AU_BESOIN.values())
    modules = {fichier.removesuffix(".py").replace("/", ".") for fichier in permis}
    fautes = []
    for fichier in SOURCES:
        if not re.fullmatch(r"app/.*\.py", fichier):
            continue
        for nom in importes_a_la_lecture(RACINE / fichier):
            if nom in modules and fichier not in permis:
                fautes.append(f"{fichier}: import {nom} in the function that needs it")
            if fichier not in LUES_AU_BESOIN.get(nom.partition(".")[0], {fichier}):
                fautes.append(f"{fichier}: import {nom} in the function that needs it")
    assert not fautes


def importes_a_la_lecture(fichier: Path) -> set[str]:
    """The modules that a file imports as it is read: neither in a function nor for types alone."""
    noms = set()
    paquet = fichier.parent.relative_to(RACINE).as_posix().replace("/", ".")
    for noeud in arbre_de(fichier).body:
        if isinstance(noeud, ast.Import):
            noms |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            module = noeud.module or ""
            if noeud.level:
                module = ".".join([*paquet.split(".")[: 1 - noeud.level or None], module]).strip(
                    "."
                )
            noms |= {module} | {f"{module}.{alias.name}" for alias in noeud.names}
    return noms
