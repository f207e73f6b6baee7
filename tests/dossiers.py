"""Where the bases of the tests are kept: in memory when the machine has room there.

A base is a copy of some fifteen hundred small files; making and dropping hundreds of them costs a
disk's file system more than it costs PostgreSQL.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EN_MEMOIRE = Path("/dev/shm")
PLACE_OCTETS = 3 * 1024**3
"""What must be free there: each worker of the tests takes up to 200 MB."""
PREFIXE = "tandem-essais-"


@contextmanager
def pour_des_bases() -> Iterator[Path]:
    """A folder that the account of PostgreSQL may enter, as long as the block lasts.

    It is locked meanwhile: the next one erases those of processes that were killed.
    """
    parent = _en_memoire()
    if parent is not None:
        _effacer_les_abandonnes(parent)
    dossier = Path(tempfile.mkdtemp(prefix=PREFIXE, dir=parent))
    dossier.chmod(0o711)
    verrou = os.open(dossier, os.O_RDONLY)
    fcntl.flock(verrou, fcntl.LOCK_SH)
    try:
        yield dossier
    finally:
        shutil.rmtree(dossier)
        os.close(verrou)


def _en_memoire() -> Path | None:
    if EN_MEMOIRE.is_dir() and shutil.disk_usage(EN_MEMOIRE).free > PLACE_OCTETS:
        return EN_MEMOIRE
    return None


def _effacer_les_abandonnes(parent: Path) -> None:
    """Those that no living process holds; one being made just now is empty, and stays."""
    for dossier in parent.glob(f"{PREFIXE}*"):
        with suppress(OSError):  # another account's, or gone meanwhile
            _effacer_si_abandonne(dossier)


def _effacer_si_abandonne(dossier: Path) -> None:
    descripteur = os.open(dossier, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if any(dossier.iterdir()):
            shutil.rmtree(dossier)
    finally:
        os.close(descripteur)
