"""A ``python -m`` that has already read the application: each command is a copy of one process,
with its own arguments, folder, environment and standard files, ready in hundredths of a second.

``python_pret`` (tests/conftest.py) gives its path. Killed, it takes its command with it. What a
command starts with ``sys.executable`` is ready too. What is about a cold start (``run.py`` under a
supervisor), or asks for anything else than ``-m``, runs with the real one.
"""

import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRAIRIES = ("flask_appbuilder", "flask_migrate", "procrastinate", "psycopg_pool", "xlsxwriter")
"""What takes the longest to read, and does not change with the project."""
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
def servir(*, librairies_seules: bool = False) -> Iterator[Path]:
    """The path of the program, as long as it can be called.

    ``librairies_seules``: the application is still to be read, in the folder of each command.
    """
    commencer = _lire_les_librairies if librairies_seules else _copier
    with tempfile.TemporaryDirectory(prefix="tandem-python-") as nom:
        dossier = Path(nom)
        dossier.chmod(0o711)
        (dossier / "client.py").write_text(CLIENT, encoding="utf-8")
        programme = dossier / "python"
        appel = f'"{sys.executable}" -IS "{dossier}/client.py" "{dossier}/prise"'
        vrai = f'[ "$1" = -m ] || exec "{sys.executable}" "$@"'
        programme.write_text(f'#!/bin/sh\n{vrai}\nexec {appel} "$@"\n', encoding="utf-8")
        programme.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as ecoute:
            ecoute.bind(f"{dossier}/prise")
            ecoute.listen(32)
            finir = commencer(ecoute)
            try:
                yield programme
            finally:
                finir()


def _copier(ecoute: socket.socket) -> Callable[[], None]:
    """Answer from a copy of the process that has read the application; gives what ends it."""
    from tests.serveurs import Copie

    modele = Copie(target=_repondre, args=(ecoute,))
    modele.start()

    def finir() -> None:
        modele.kill()
        modele.join()

    return finir


def _lire_les_librairies(ecoute: socket.socket) -> Callable[[], None]:
    """The same, from a process that reads the libraries alone."""
    numero = ecoute.fileno()
    modele = subprocess.Popen([sys.executable, __file__, str(numero)], pass_fds=[numero])

    def finir() -> None:
        modele.kill()
        modele.wait()

    return finir


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
    programme = Path(prise.getsockname()).with_name("python")
    enfant = os.fork()
    if not enfant:
        os.close(fini)
        sys.executable = str(programme)
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
    sys.path[0] = demande["dossier"]
    _, module, *suite = demande["arguments"]
    sys.argv = [module, *suite]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()
    sys.exit(0)


if __name__ == "__main__":
    for librairie in LIBRAIRIES:
        importlib.import_module(librairie)
    with socket.socket(fileno=int(sys.argv[1])) as recue:
        _repondre(recue)
