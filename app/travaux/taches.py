"""What can be asked of the queue: each kind of work is one function, declared where it belongs.

    @tache("export_liste", "Export d’une liste")
    def exporter(travail: Travail, avancer: Avancer) -> Livraison | None: ...

The function runs with the rights of whoever asked. It returns the file to hand over, or None when
the work leaves no file; ``TravailRefuse`` says in French why it is not done. What nobody asked,
because a timer did, is ``@tache_planifiee``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from flask import Flask

from app.models import Travail

Avancer = Callable[[int, int | None, str], None]
"""Called with the rows done, how many there are when it is known, and what is being done."""


@dataclass(frozen=True)
class Livraison:
    """A file made by the work: where it stands, its name for the person, its type."""

    chemin: Path
    nom: str
    mime: str


class TravailRefuse(Exception):
    """The work is not to be done; the message is a French sentence for whoever asked."""


@dataclass(frozen=True)
class GenreDeTravail:
    """A kind of work: its code in the base, its words, what does it."""

    genre: str
    libelle: str
    faire: Callable[[Travail, Avancer, Path], Livraison | None]


TACHES: dict[str, GenreDeTravail] = {}


def tache(genre: str, libelle: str) -> Callable[[Callable], Callable]:
    """Declare the decorated function as what does the work ``genre``.

    It is given the record of the work, what tells its progress, and a folder that goes with it.
    """

    def inscrire(faire: Callable[[Travail, Avancer, Path], Livraison | None]) -> Callable:
        if genre in TACHES and TACHES[genre].faire.__qualname__ != faire.__qualname__:
            raise ValueError(f"Two kinds of work have the code {genre!r}.")
        TACHES[genre] = GenreDeTravail(genre, libelle, faire)
        return faire

    return inscrire


PlanifieeT = TypeVar("PlanifieeT", bound=Callable[[Flask], object])
PLANIFIEES: dict[str, Callable[[Flask], object]] = {}
"""What a timer asks of the queue (``file.planifier``), by name."""


def tache_planifiee(nom: str) -> Callable[[PlanifieeT], PlanifieeT]:
    """Declare the decorated function as a planned task.

    It is given the application, and opens its own context. Done again, it must do nothing twice.
    """

    def inscrire(faire: PlanifieeT) -> PlanifieeT:
        PLANIFIEES[nom] = faire
        return faire

    return inscrire
