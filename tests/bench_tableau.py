"""What the month's table of the whole Département costs: ``TANDEM_INSTANCE=… python -m
tests.bench_tableau [2025-10]``.

In turn, when nothing is kept of the month, and when its screen and its checks were looked at
before; each in a process of its own. Seconds of processor of the whole process, its start included,
and of PostgreSQL: the median and the least of several.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from app import acces, create_app
from app.echanges.tableau import mensuel
from app.indicateurs import anomalies, paquets
from config import RACINE
from tests.bench_indicateurs import travail_de_la_base

FOIS = 7
MOIS = "2025-10"


def oublier(mois: str) -> None:
    paquets.oublier()


def regarder(mois: str) -> None:
    """As the two screens do."""
    du, au = mensuel.bornes(mensuel.lire_mois(mois))
    mensuel.calculer_le_mois(du, None)
    anomalies.compter(du, au)


AVANT = {"rien de gardé": oublier, "écran et contrôles déjà regardés": regarder}


def un_seul(mois: str) -> None:
    """In a process of its own: write the table, say what it cost."""
    app = create_app()
    base = travail_de_la_base(app)
    with tempfile.TemporaryDirectory() as dossier:
        sortie = str(Path(dossier) / "tableau.xlsx")
        arguments = ["tandem", "tableau", "--mois", mois, "--sortie", sortie]
        fini = app.test_cli_runner().invoke(args=arguments)
    assert fini.exit_code == 0, fini.output
    print(time.process_time() + (travail_de_la_base(app) - base) / 1000)


def mesurer(mois: str) -> None:
    app = create_app()  # the server stays up from one process to the next
    durees: dict[str, list[float]] = {quand: [] for quand in AVANT}
    for _ in range(FOIS):
        for quand, preparer in AVANT.items():
            with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
                preparer(mois)
            ordre = [sys.executable, "-m", "tests.bench_tableau", "--un", mois]
            dit = subprocess.run(ordre, cwd=RACINE, check=True, capture_output=True, text=True)
            durees[quand].append(float(dit.stdout))
    for quand, lues in durees.items():
        print(f"  {quand:<34} {median(lues):6.2f} s   {min(lues):6.2f} s", flush=True)


if __name__ == "__main__":
    *options, mois = sys.argv[1:] or [MOIS]
    if "--un" in options:
        un_seul(mois)
    else:
        mesurer(mois)
