"""In a fresh clone each worker of xdist would rewrite the assertions of every file of tests: each
takes its share first, and finds that of the others when it collects.

What is rewritten is kept beside the sources, as what is compiled: a second run has nothing to do.
"""

import importlib
from contextlib import suppress
from pathlib import Path

import pytest

ICI = Path(__file__).parent


def lire_sa_part(session: pytest.Session) -> None:
    """Import one file of tests in so many, when the whole suite is about to be played.

    What cannot be imported is told when it is collected.
    """
    travail = getattr(session.config, "workerinput", None)
    if travail is None or ICI not in [Path(mot).resolve() for mot in session.config.args]:
        return
    rang = int(travail["workerid"].removeprefix("gw"))
    for fichier in sorted(ICI.rglob("test_*.py"))[rang :: travail["workercount"]]:
        nom = ".".join(fichier.relative_to(ICI.parent).with_suffix("").parts)
        with suppress(Exception):
            importlib.import_module(nom)
