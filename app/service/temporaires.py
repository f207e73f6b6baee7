"""Temporary files hold names: each process has its own folder, erased when the process dies.

All of them stand in one folder of this start of ``run.py``, which holds a lock on it as long as it
lives: the next start erases those that nobody holds any more.
"""

import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

EN_MEMOIRE = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108 (gunicorn's heartbeat)
PREFIXE = "tandem-temporaire-"

_racine: Path | None = None
"""The folder of this start; None outside ``run.py``."""


def ouvrir() -> None:
    """Erase what dead starts left, then make the folder of this one and use it."""
    global _racine
    for ancien in Path(tempfile.gettempdir()).glob(f"{PREFIXE}*"):
        _effacer_si_abandonne(ancien)
    _racine = Path(tempfile.mkdtemp(prefix=PREFIXE))
    fcntl.flock(os.open(_racine, os.O_RDONLY), fcntl.LOCK_SH)  # held as long as this process
    choisir()


def choisir() -> None:
    """From now on this process keeps its temporary files in a folder of its own."""
    if _racine is not None:
        dossier = _racine / str(os.getpid())
        dossier.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = str(dossier)


def effacer(pid: int) -> None:
    """The temporary files of a process that has died."""
    if _racine is not None:
        shutil.rmtree(_racine / str(pid), ignore_errors=True)


def fermer() -> None:
    """At the end of ``run.py``: nothing stays."""
    global _racine
    if _racine is not None:
        shutil.rmtree(_racine, ignore_errors=True)
        tempfile.tempdir = None
        _racine = None


def _effacer_si_abandonne(dossier: Path) -> None:
    try:
        descripteur = os.open(dossier, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # another account's, or gone meanwhile
        return
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(dossier, ignore_errors=True)
    finally:
        os.close(descripteur)
