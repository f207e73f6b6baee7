"""No test depends on the speed of the machine: what is observed is waited for, not a while."""

import ast
from pathlib import Path

from config import RACINE
from tests.arbres import arbre

ATTENTES = {
    "tests/bases.py",
    "tests/coups.py",
    "tests/serveurs.py",
    "tests/test_classeur.py",
    "tests/test_pooler.py",
    "tests/test_service.py",
}
"""Where a pause stands between two looks at what is waited for."""
MESURES = {
    "tests/bench_sante.py",
    "tests/bench.py",
    "tests/bench_ecrans.py",
    "tests/bench_indicateurs.py",
    "tests/bench_journal.py",
    "tests/bench_pages.py",
    "tests/bench_paquets.py",
    "tests/bench_passation.py",
}
"""Not tests: they measure."""
CHRONOMETRES = {"sleep", "wait_for_timeout", "perf_counter", "thread_time"}
ATTENDRE = {"wait", "join", "communicate", "wait_for", "get", "result", "acquire", "wait_procs"}
PATIENCE_MINIMALE = 60
"""Seconds that a slow machine is given before a test says that nothing comes."""


def fautes(source: str) -> list[int]:
    """The lines that pause, time something, or wait for less than a slow machine may need."""
    lignes = []
    for noeud in ast.walk(arbre(source)):
        if isinstance(noeud, ast.Assert) and _chronometre(noeud.test):
            lignes.append(noeud.lineno)
        if not isinstance(noeud, ast.Call) or not isinstance(noeud.func, ast.Attribute):
            continue
        methode = noeud.func.attr
        if methode in CHRONOMETRES or (methode in ATTENDRE and _est_impatiente(noeud)):
            lignes.append(noeud.lineno)
    return lignes


def _chronometre(condition: ast.expr) -> bool:
    """Whether what is asserted reads how long something took."""
    lus = (n.attr for n in ast.walk(condition) if isinstance(n, ast.Attribute))
    return "monotonic" in lus


def _est_impatiente(appel: ast.Call) -> bool:
    """A wait of so many seconds, written as a number."""
    durees = [mot.value for mot in appel.keywords if mot.arg in ("timeout", "secondes")]
    if len(appel.args) == 1 and appel.func.attr in ("wait", "join", "result"):
        durees.append(appel.args[0])
    nombres = [d.value for d in durees if isinstance(d, ast.Constant)]
    return any(isinstance(n, (int, float)) and n < PATIENCE_MINIMALE for n in nombres)


def test_aucun_test_ne_depend_de_la_vitesse_de_la_machine():
    trouvees = []
    for chemin in sorted(Path(RACINE, "tests").rglob("*.py")):
        nom = str(chemin.relative_to(RACINE))
        if nom not in ATTENTES | MESURES:
            lignes = fautes(chemin.read_text(encoding="utf-8"))
            trouvees += [f"{nom}:{ligne}" for ligne in lignes]
    assert trouvees == [], (
        "wait for what is observed (tests/serveurs.py), read times in the base, or fix the clock"
    )


def test_ce_qui_attend_un_temps_fixe_se_voit():
    assert fautes("time.sleep(1)") == [1]
    assert fautes("\nfini.wait(10)") == [2]
    assert fautes("processus.communicate(timeout=5)") == [1]
    assert fautes("fini.wait(PATIENCE_SECONDES)") == []
    assert fautes("processus.communicate()") == []
    assert fautes("assert time.monotonic() - debut < 30") == [1]
    assert fautes("psutil.wait_procs(enfants, timeout=30)") == [1]
