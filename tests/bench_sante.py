"""How fast ``/sante`` answers while four people export and twenty others send half a request.

``python -m tests.bench_sante 20000`` exports so many rows; code 1 when an answer took over a
second, or was no 200.
"""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from sqlalchemy import select, text

from app import acces
from app.extensions import db
from app.models import Travail
from app.models.travail import ATTEND, EN_COURS, FINI
from app.travaux.file import CONCURRENCE
from tests.coups import Demandeur, Service, peupler, servir
from tests.serveurs import PATIENCE_SECONDES
from tests.test_lenteur import LENTS, MOITIE

EXPORTS = 4
LIMITE = 1.0
"""Seconds."""


@dataclass
class Mesure:
    """The answers of ``/sante`` in seconds, those that were no 200, the states of the exports."""

    durees: list[float]
    refus: list[int]
    travaux: list[str]


@contextlib.contextmanager
def demandes_a_moitie(service: Service) -> Iterator[None]:
    adresse = urlsplit(service.racine)
    with contextlib.ExitStack() as ouvertes:
        for _ in range(LENTS):
            prise = socket.create_connection((adresse.hostname, adresse.port))
            ouvertes.enter_context(prise).sendall(MOITIE)
        yield


@contextlib.contextmanager
def exports_retenus(service: Service) -> Iterator[None]:
    """Four exports asked, of which the queue has begun all that it does at once: none can end
    before the block does, for the table that they read is locked."""
    [de_la_file] = service.pids("file")
    os.kill(de_la_file, signal.SIGSTOP)
    for _ in range(EXPORTS):
        Demandeur(service, repos=0).demander()
    with service.app.app_context(), db.engine.connect() as connexion:
        connexion.execute(text("lock table partenaire in access exclusive mode"))
        os.kill(de_la_file, signal.SIGCONT)
        _attendre_que(lambda: statuts(service).count(EN_COURS) == CONCURRENCE)
        yield
        connexion.rollback()
    _attendre_que(lambda: set(statuts(service)) == {FINI})


def _attendre_que(vu: Callable[[], bool]) -> None:
    limite = time.monotonic() + PATIENCE_SECONDES
    while not vu():
        if time.monotonic() > limite:
            raise TimeoutError("what was waited for does not come")
        time.sleep(0.1)


def mesurer(lignes: int) -> Mesure:
    mesure = Mesure([], [], [])
    with servir() as service:
        peupler(service.app, lignes)
        for _ in range(EXPORTS):
            Demandeur(service, repos=0).demander()
        while True:
            with demandes_a_moitie(service):
                for _ in range(20):
                    debut = time.monotonic()
                    rendu = requests.get(f"{service.racine}/sante", timeout=PATIENCE_SECONDES)
                    mesure.durees.append(time.monotonic() - debut)
                    if rendu.status_code != 200:
                        mesure.refus.append(rendu.status_code)
            mesure.travaux = statuts(service)
            if not {ATTEND, EN_COURS} & set(mesure.travaux):
                return mesure


def statuts(service: Service) -> list[str]:
    """The states of the exports, in the order of their asking."""
    with service.app.app_context(), acces.acteur(acces.TOUS):
        lus = list(db.session.scalars(select(Travail.statut).order_by(Travail.id)))
        db.session.remove()
    return lus


def main(arguments: list[str]) -> int:
    mesure = mesurer(int(arguments[0]) if arguments else 20_000)
    durees = sorted(mesure.durees)
    print(f"{EXPORTS} exports, {LENTS} demandes à moitié : {len(durees)} réponses de /sante")
    print(f"médiane {durees[len(durees) // 2]:.3f} s, pire {durees[-1]:.3f} s")
    print(f"exports : {mesure.travaux}, refus : {mesure.refus}")
    return int(bool(mesure.refus) or durees[-1] > LIMITE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
