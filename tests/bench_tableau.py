"""What the month's table of the whole Département costs: ``TANDEM_INSTANCE=… python -m
tests.bench_tableau [2025-10]``.

In turn, when nothing is kept of the month, and when its screen and its checks were looked at
before; each in a process of its own, on a base as autovacuum leaves it. Seconds of processor of
the process and of PostgreSQL from the command on, the median and the least of several; then the
median with the start of the process.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from flask import Flask

from app import acces, create_app
from app.commandes.base import moteur_proprietaire
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


def ranger(app: Flask) -> None:
    """As autovacuum does in the hour: the pages that nobody changed are told so."""
    moteur = moteur_proprietaire(app).execution_options(isolation_level="AUTOCOMMIT")
    with moteur.connect() as connexion:
        connexion.exec_driver_sql("vacuum analyze")
    moteur.dispose()


def un_seul(mois: str) -> None:
    """In a process of its own: write the table, say what it cost, then what starting did."""
    app = create_app()
    base = travail_de_la_base(app)
    demarre = time.process_time()
    with tempfile.TemporaryDirectory() as dossier:
        sortie = str(Path(dossier) / "tableau.xlsx")
        arguments = ["tandem", "tableau", "--mois", mois, "--sortie", sortie]
        fini = app.test_cli_runner().invoke(args=arguments)
    assert fini.exit_code == 0, fini.output
    ici = time.process_time() - demarre
    print(ici + (travail_de_la_base(app) - base) / 1000, demarre)


def mesurer(mois: str) -> None:
    app = create_app()  # the server stays up from one process to the next
    ranger(app)
    durees: dict[str, list[tuple[float, float]]] = {quand: [] for quand in AVANT}
    for _ in range(FOIS):
        for quand, preparer in AVANT.items():
            with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
                preparer(mois)
            ordre = [sys.executable, "-m", "tests.bench_tableau", "--un", mois]
            dit = subprocess.run(ordre, cwd=RACINE, check=True, capture_output=True, text=True)
            tableau, demarrage = map(float, dit.stdout.split())
            durees[quand].append((tableau, demarrage))
    for quand, lues in durees.items():
        tableaux = [tableau for tableau, _ in lues]
        print(
            f"  {quand:<34} {median(tableaux):6.2f} s   {min(tableaux):6.2f} s"
            f"   avec son démarrage {median(map(sum, lues)):6.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    *options, mois = sys.argv[1:] or [MOIS]
    if "--un" in options:
        un_seul(mois)
    else:
        mesurer(mois)
