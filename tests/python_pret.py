"""A ``python -m`` that has already read the application: each command is a copy of one process,
with its own arguments, folder, environment and standard files, ready in hundredths of a second.

``python_pret`` (tests/conftest.py) gives its path. Killed, it takes its command with it. What is
about a cold start (``run.py`` under a supervisor) runs with the real one.
"""

import atexit
import contextlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serveurs import Copie

CLIENT = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as prise:
    prise.connect(sys.argv[1])
    demande = {"arguments": sys.argv[2:], "dossier": os.getcwd(), "milieu": dict(os.environ)}
    socket.send_fds(prise, [b"."], [0, 1, 2])
    prise.sendall(json.dumps(demande).encode() + b"\\n")
    code = int(prise.recv(8) or 1)
sys.exit(code)
"""


@contextmanager
def servir() -> Iterator[Path]:
    """The path of the program, as long as it can be called."""
    with tempfile.TemporaryDirectory(prefix="tandem-python-") as nom:
        dossier = Path(nom)
        dossier.chmod(0o711)
        (dossier / "client.py").write_text(CLIENT, encoding="utf-8")
        programme = dossier / "python"
        appel = f'"{sys.executable}" -IS "{dossier}/client.py" "{dossier}/prise"'
        programme.write_text(f'#!/bin/sh\nexec {appel} "$@"\n', encoding="utf-8")
        programme.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as ecoute:
            ecoute.bind(f"{dossier}/prise")
            ecoute.listen(32)
            modele = Copie(target=_repondre, args=(ecoute,))
            modele.start()
            try:
                yield programme
            finally:
                modele.kill()
                modele.join()


def _repondre(ecoute: socket.socket) -> None:
    """In the model: a process for each call, that nobody waits for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        prise, _ = ecoute.accept()
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _suivre(prise)
            os._exit(0)
        prise.close()


def _suivre(prise: socket.socket) -> None:
    """Start the command, then give its exit code; end it when whoever called is gone."""
    _, standards, _, _ = socket.recv_fds(prise, 1, 3)
    with prise.makefile("rb") as lecture:
        demande = json.loads(lecture.readline())
    fini, ecrit = os.pipe()
    enfant = os.fork()
    if not enfant:
        os.close(fini)
        _executer(demande, standards)
    os.close(ecrit)
    for descripteur in standards:
        os.close(descripteur)
    prets, _, _ = select.select([fini, prise], [], [])
    if fini not in prets:
        os.kill(enfant, signal.SIGKILL)
    _, etat = os.waitpid(enfant, 0)
    with contextlib.suppress(BrokenPipeError):
        prise.sendall(str(abs(os.waitstatus_to_exitcode(etat))).encode())


def _executer(demande: dict, standards: list[int]) -> None:
    """What ``python -m`` does; leaves as it does, by an exception that the copy turns into a
    code."""
    for numero, descripteur in enumerate(standards):
        os.dup2(descripteur, numero)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 (the command's, until it ends)
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8")  # noqa: SIM115
    os.environ.clear()
    os.environ.update(demande["milieu"])
    os.chdir(demande["dossier"])
    _, module, *suite = demande["arguments"]
    sys.argv = [module, *suite]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
    sys.exit(0)
