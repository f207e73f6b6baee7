"""The real server (run.py, gunicorn), for the tests that need one; what it shows is waited for."""

import multiprocessing
import os
import random
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

PATIENCE_SECONDES = 300
"""How long a machine that does ten other things is waited for, before the test says that nothing
comes. A test that passes never waits that long: it goes on as soon as it sees what it waits for."""


PORTS = range(20_000, 32_000)
"""Below those that systems give to the connections that leave: none of them takes one meanwhile."""


def port_libre() -> int:
    """A port that nobody listens to. Drawn apart from the seed that all the tests share: those of
    another process draw another."""
    hasard = random.Random()
    for port in hasard.sample(PORTS, len(PORTS)):
        with socket.socket() as prise:
            try:
                prise.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port is free in {PORTS}")


MODELE = multiprocessing.get_context("forkserver")
"""A process that has read all that a server reads; each server is a copy of it, ready sooner."""
MODELE.set_forkserver_preload(["tests.modele_de_serveur"])


class Processus(Protocol):
    """What is asked of the process of a server, started here or by a test."""

    def poll(self) -> int | None: ...

    def kill(self) -> None: ...


class Copie(MODELE.Process):
    """A server in a copy of the model."""

    def poll(self) -> int | None:
        return self.exitcode


@contextmanager
def servir(environnement: dict[str, str], horloge: Path | None = None) -> Iterator[str]:
    """Serve with these settings; gives the address.

    ``horloge``: the file that says what day it is (``tests/horloge.py``).
    """
    port = port_libre()
    reglages = {**os.environ, **environnement, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    processus = Copie(target=demarrer, args=(reglages, horloge))
    processus.start()
    adresse = f"http://127.0.0.1:{port}"
    try:
        attendre(f"{adresse}/sante", processus)
        yield adresse
    finally:
        processus.terminate()
        processus.join()


def demarrer(reglages: dict[str, str], horloge: Path | None = None) -> None:
    """In the copy: what ``python run.py`` does with these environment variables."""
    import run
    from tests.bases import garder_les_gabarits
    from tests.horloge import suivre

    garder_les_gabarits()
    if horloge is not None:
        suivre(horloge)
    os.environ.clear()
    os.environ.update(reglages)
    run.main()


def attendre(adresse: str, processus: Processus, secondes: float = PATIENCE_SECONDES) -> None:
    """Return once the address answers; the test fails when the process ends first."""
    limite = time.monotonic() + secondes
    while time.monotonic() < limite and processus.poll() is None:
        try:
            with urllib.request.urlopen(adresse, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    code = processus.poll()
    processus.kill()
    pytest.fail(f"{adresse} does not answer (exit code {code})")
