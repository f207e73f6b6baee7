"""Our application beside its peers, on the same work: ``TANDEM_INSTANCE=… python -m
tests.bench_pairs [samples]``.

On the base at hand, copied into plain tables of the same server for the others. Each turn asks
every operation of every application once, in an order drawn at random: a machine that slows down
slows all of them, and none always comes next to another that leaves it what it needs at hand. What
is counted is the processor's time, of the worker and of its sessions of PostgreSQL. The ratios
count, not the milliseconds.
"""

import json
import os
import random
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from app import create_app
from app.base_embarquee import PROPRIETAIRE, SUPERUTILISATEUR, adresse
from config import RACINE
from tests.pairs import tables

PYTHON_DES_PAIRS = Path(sys.prefix) / "pairs" / "bin" / "python"
MESURES = 25
ECHAUFFEMENTS = 3
MODULES = {
    "tandem": "tests.pairs.tandem",
    "django": "tests.pairs.avec_django",
    "flask_admin": "tests.pairs.avec_flask_admin",
    "nu": "tests.pairs.nu",
}
"""The application_name of its sessions → what runs it."""
OPERATIONS = (
    *("liste", "liste_mds", "creer_rencontre", "enregistrer", "creer_jeune"),
    *("accueil", "accueil_mds", "accueil_coordonnateur"),
)


@dataclass(frozen=True)
class Rapport:
    """What one of our operations costs, against another of the same run."""

    quoi: str
    operation: str
    contre: tuple[str, str]
    """(application, operation)"""
    borne: float


RAPPORTS = (
    Rapport("Liste, première page / Flask-Admin", "liste", ("flask_admin", "liste"), 0.45),
    Rapport("Liste d’une MDS / Flask-Admin", "liste_mds", ("flask_admin", "liste"), 0.45),
    Rapport(
        "Créer une rencontre / admin de Django",
        "creer_rencontre",
        ("django", "creer_rencontre"),
        1.0,
    ),
    Rapport(
        "Enregistrer un jeune / admin de Django", "enregistrer", ("django", "enregistrer"), 1.0
    ),
    Rapport("Créer un jeune / admin de Django", "creer_jeune", ("django", "creer_jeune"), 1.1),
    Rapport("Accueil, toutes les MDS / notre liste", "accueil", ("tandem", "liste"), 1.5),
    Rapport("Accueil, une MDS / notre liste", "accueil_mds", ("tandem", "liste_mds"), 1.5),
    Rapport(
        "Accueil, coordonnateur / notre liste",
        "accueil_coordonnateur",
        ("tandem", "liste_mds"),
        1.5,
    ),
)


@dataclass
class Application:
    """A process, what it knows how to do, and what each operation cost: processor, statements."""

    nom: str
    processus: subprocess.Popen
    connues: list[str] = field(default_factory=list)
    calculs: dict[str, list[float]] = field(default_factory=dict)
    ordres: dict[str, int] = field(default_factory=dict)

    def demander(self, operation: str, serveur: psycopg.Connection, *, retenir: bool) -> None:
        self._ecrire(operation)
        self._lire()  # what it prepares is not counted
        avant = self._sessions(serveur)
        self._ecrire("")
        dit = self._lire()
        apres = self._sessions(serveur)
        base = sum(apres[pid] - avant.get(pid, 0.0) for pid in apres)
        if retenir:
            self.calculs.setdefault(operation, []).append(dit["calcul"] + base)
            self.ordres[operation] = dit["ordres"]

    def _ecrire(self, ligne: str) -> None:
        self.processus.stdin.write(f"{ligne}\n")
        self.processus.stdin.flush()

    def _lire(self):
        ligne = self.processus.stdout.readline()
        if not ligne:
            sys.exit(f"{self.nom} s’est arrêtée : lisez ce qui précède.")
        return json.loads(ligne)

    def _sessions(self, serveur: psycopg.Connection) -> dict[int, float]:
        """Milliseconds of processor that each of its sessions of PostgreSQL used so far."""
        ordre = "select pid from pg_stat_activity where application_name = %s"
        pids = [pid for (pid,) in serveur.execute(ordre, [self.nom]).fetchall()]
        return {
            pid: int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6 for pid in pids
        }

    def mediane(self, operation: str) -> float:
        return statistics.median(self.calculs[operation])


def lancer(nom: str, base: str) -> Application:
    """Start an application and wait until it can be asked."""
    python = sys.executable if nom == "tandem" else str(PYTHON_DES_PAIRS)
    processus = subprocess.Popen(
        [python, "-m", MODULES[nom]],
        cwd=RACINE,
        env={**os.environ, "PAIRS_BASE": base},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    application = Application(nom, processus)
    application.connues = application._lire()
    return application


def mesurer(applications: list[Application], serveur: psycopg.Connection, combien: int) -> None:
    demandes = [(a, operation) for a in applications for operation in a.connues]
    for tour in range(ECHAUFFEMENTS + combien):
        random.shuffle(demandes)
        for application, operation in demandes:
            application.demander(operation, serveur, retenir=tour >= ECHAUFFEMENTS)


def raconter(applications: list[Application]) -> int:
    """Print the two tables; how many ratios pass their bound."""
    print(f"\n{'ms de calcul (ordres SQL)':<24}" + "".join(f"{a.nom:>16}" for a in applications))
    for operation in OPERATIONS:
        cases = [
            f"{a.mediane(operation):9.1f} ({a.ordres[operation]:2d}) "
            if operation in a.calculs
            else "–  "
            for a in applications
        ]
        print(f"{operation:<24}" + "".join(f"{case:>16}" for case in cases))
    par_nom = {application.nom: application for application in applications}
    depassees = 0
    print()
    for rapport in RAPPORTS:
        application, operation = rapport.contre
        autre = par_nom[application].mediane(operation)
        valeur = par_nom["tandem"].mediane(rapport.operation) / autre
        depassees += valeur > rapport.borne
        verdict = "atteint" if valeur <= rapport.borne else "dépassé"
        print(f"{rapport.quoi:<44} {valeur:5.2f}  (au plus {rapport.borne}) {verdict}")
    return depassees


def principal(arguments: list[str]) -> int:
    if not PYTHON_DES_PAIRS.exists():
        sys.exit(f"{PYTHON_DES_PAIRS} manque : « make bench » l’installe.")
    app = create_app()
    url = make_url(app.config["DATABASE_OWNER_URL"])
    acces = {"host": url.query["host"], "port": url.query["port"], "user": SUPERUTILISATEUR}
    tables.copier(acces, url.database, PROPRIETAIRE)
    applications = []
    try:
        for nom in MODULES:
            ou = adresse(Path(acces["host"]), PROPRIETAIRE, tables.BASE)
            applications.append(lancer(nom, ou))
        with psycopg.connect(**acces, dbname="postgres", autocommit=True) as serveur:
            combien = int(arguments[0]) if arguments else MESURES
            mesurer(applications, serveur, combien)
        depassees = raconter(applications)
    finally:
        for application in applications:
            application.processus.terminate()
            application.processus.wait()
        with psycopg.connect(**acces, dbname="postgres", autocommit=True) as serveur:
            serveur.execute(f"drop database if exists {tables.BASE} with (force)")
    return int(depassees > 0)


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
