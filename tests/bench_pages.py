"""Threads or processes for the pages: ``python -m tests.bench_pages``.

For each way to share the same machine: pages a second for eight people who read without a pause,
the slowest page, the memory of all the processes, and the same beside twenty senders of half a
request.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import requests

from app import acces
from app.extensions import db
from tests import coups
from tests import factories as f
from tests.bench_sante import demandes_a_moitie
from tests.coups import Service

FACONS = ((2, 32), (1, 32), (8, 1))
"""(processes, threads of each)"""
LECTEURS = 8
SECONDES = 15.0
JEUNES = 40
LANCER = "import app.service.serveur as s; s.THREADS = {fils}; import run; run.main()"


@dataclass
class Debit:
    """Pages read in so many seconds: how long each took."""

    durees: list[float]

    def en_texte(self) -> str:
        quantiles = statistics.quantiles(self.durees, n=20)
        rythme = len(self.durees) / SECONDES
        return (
            f"{rythme:5.1f} pages/s, 95 % en {quantiles[18]:.2f} s, pire {max(self.durees):.2f} s"
        )


def lire(service: Service, navigateurs: list[requests.Session]) -> Debit:
    fin = time.monotonic() + SECONDES

    def sans_pause(navigateur: requests.Session) -> list[float]:
        durees = []
        navigateur.close()  # its connection is too old to serve again
        while time.monotonic() < fin:
            debut = time.monotonic()
            assert navigateur.get(f"{service.racine}/jeunes/").status_code == 200
            durees.append(time.monotonic() - debut)
        return durees

    with ThreadPoolExecutor(LECTEURS) as fils:
        return Debit([d for durees in fils.map(sans_pause, navigateurs) for d in durees])


def memoire(service: Service) -> int:
    """MB of the processes of the pages, what they share counted once."""
    [maitre] = (psutil.Process(pid) for pid in service.pids("maître des pages"))
    return sum(p.memory_full_info().pss for p in [maitre, *maitre.children()]) // 1_000_000


def mesurer(processus: int, fils: int) -> None:
    with coups.servir(["-c", LANCER.format(fils=fils)], processus) as service:
        with service.app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            for _ in range(JEUNES):
                f.un_jeune("ART")
            db.session.commit()
        navigateurs = [service.navigateur() for _ in range(LECTEURS)]
        lire(service, navigateurs)  # each process has read its templates
        print(f"{processus} processus de {fils} fils : {lire(service, navigateurs).en_texte()}")
        print(f"  {memoire(service)} Mo")
        with demandes_a_moitie(service):
            print(f"  à côté de vingt demandes à moitié : {lire(service, navigateurs).en_texte()}")


if __name__ == "__main__":
    for facon in FACONS:
        mesurer(*facon)
