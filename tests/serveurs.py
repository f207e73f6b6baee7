"""The real server (run.py, gunicorn), for the tests that need one; what it shows is waited for."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config import RACINE

PATIENCE_SECONDES = 300
"""How long a machine that does ten other things is waited for, before the test says that nothing
comes. A test that passes never waits that long: it goes on as soon as it sees what it waits for."""


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@contextmanager
def servir(environnement: dict[str, str]) -> Iterator[str]:
    """Serve with these settings; gives the address."""
    port = port_libre()
    environnement = {**os.environ, **environnement, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with subprocess.Popen(
        [sys.executable, RACINE / "run.py"], env=environnement, stdin=subprocess.DEVNULL
    ) as processus:
        adresse = f"http://127.0.0.1:{port}"
        try:
            attendre(f"{adresse}/sante", processus)
            yield adresse
        finally:
            processus.terminate()


def attendre(
    adresse: str, processus: subprocess.Popen, secondes: float = PATIENCE_SECONDES
) -> None:
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
