"""What the accessibility statement says, from the last result of the tests (RGAA, law of 2005)."""

import functools
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import current_app

RESULTAT = "accessibilite.json"
"""Beside the application: what the tests found the last time, written by them."""


@dataclass(frozen=True)
class Resultat:
    """The last run of the tests of accessibility: how many pages were examined, what was found."""

    le: date
    pages: int
    violations: int
    largeurs: tuple[int, ...]
    conformite: str
    """In the words of the law: without an audit of the RGAA, « non conforme »."""


@functools.cache
def _lire(dossier: str) -> Resultat:
    lu = json.loads((Path(dossier) / RESULTAT).read_text(encoding="utf-8"))
    return Resultat(
        date.fromisoformat(lu["le"]),
        lu["pages"],
        lu["violations"],
        tuple(lu["largeurs"]),
        lu["conformite"],
    )


def dernier_resultat() -> Resultat:
    return _lire(current_app.root_path)


def conformite() -> str:
    """The words of the footer."""
    return dernier_resultat().conformite
