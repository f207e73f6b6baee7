"""The process that reads a file of rows, apart, with bounded memory and time.

It answers on its output what it is asked on its input: first its sheets, then, for each number
received, the rows of that sheet, by batches. Only plain values leave it (``lecture_isolee.py``).
"""

import pickle
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from app.echanges.formats.contenu import FeuilleDuFichier, Ligne, ouvrir
from app.echanges.formats.examen import ClasseurRefuse, Limites

LOT = 1000
"""Rows of a message."""


def lire(chemin: str, limites: str, bornes: str) -> None:
    """``limites``: octets, rows, columns, cells; ``bornes``: memory in bytes, seconds of CPU."""
    octets, lignes, colonnes, cases = (int(n) for n in limites.split(","))
    memoire, secondes = (int(n) for n in bornes.split(","))
    resource.setrlimit(resource.RLIMIT_AS, (memoire, memoire))
    resource.setrlimit(resource.RLIMIT_CPU, (secondes, secondes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sortie = sys.stdout.buffer
    try:
        feuilles = ouvrir(Path(chemin), Limites(octets, lignes, colonnes, cases or None))
        _ecrire(sortie, ("feuilles", [_decrire(feuille) for feuille in feuilles]))
        for demande in sys.stdin:
            _envoyer(sortie, feuilles[int(demande)].lire())
    except ClasseurRefuse as refus:
        _ecrire(sortie, ("refus", str(refus)))
    except MemoryError:
        sys.exit(3)


def _decrire(feuille: FeuilleDuFichier) -> dict[str, Any]:
    marques = feuille.marques
    return {
        "nom": feuille.nom,
        "nombre": feuille.nombre,
        "est_cachee": feuille.est_cachee,
        "lignes_cachees": marques.cachees,
        "commentaires": marques.commentaires,
        "colorees": marques.colorees,
    }


def _envoyer(sortie: BinaryIO, lignes: Iterator[Ligne]) -> None:
    while lot := list(islice(lignes, LOT)):
        _ecrire(sortie, ("lignes", lot))
    _ecrire(sortie, ("fin", None))


def _ecrire(sortie: BinaryIO, message: tuple[str, Any]) -> None:
    pickle.dump(message, sortie, protocol=5)
    sortie.flush()
