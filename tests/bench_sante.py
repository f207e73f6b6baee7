"""How fast ``/sante`` answers while four people export and twenty others send half a request.

``python -m tests.bench_sante 20000`` exports so many rows; code 1 when an answer took over a
second, or was no 200.
"""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Travail
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
            mesure.travaux = _statuts(service)
            if not {"attend", "en_cours"} & set(mesure.travaux):
                return mesure


def _statuts(service: Service) -> list[str]:
    with service.app.app_context(), acces.acteur(acces.TOUS):
        statuts = list(db.session.scalars(select(Travail.statut)))
        db.session.remove()
    return statuts


def main(arguments: list[str]) -> int:
    mesure = mesurer(int(arguments[0]) if arguments else 20_000)
    durees = sorted(mesure.durees)
    print(f"{EXPORTS} exports, {LENTS} demandes à moitié : {len(durees)} réponses de /sante")
    print(f"médiane {durees[len(durees) // 2]:.3f} s, pire {durees[-1]:.3f} s")
    print(f"exports : {mesure.travaux}, refus : {mesure.refus}")
    return int(bool(mesure.refus) or durees[-1] > LIMITE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
