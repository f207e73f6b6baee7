"""How a file leaves the application."""

import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from flask import Response, send_file


def envoyer_fichier(contenu: Path | bytes | BinaryIO, nom: str, mime: str) -> Response:
    """Send a file to keep under the name ``nom``; no browser nor proxy keeps it for another person.

    The file of a ``Path`` may be deleted as soon as this returns: it is open, hence still readable.
    """
    match contenu:
        case bytes():
            fichier: BinaryIO = io.BytesIO(contenu)
        case Path():
            fichier = contenu.open("rb")
        case _:
            fichier = contenu
    return send_file(fichier, mime, as_attachment=True, download_name=nom, max_age=0)


def envoyer_ecrit(ecrire: Callable[[Path], object], nom: str, mime: str) -> Response:
    """Have a file written, then send it; nothing of it stays on the disk."""
    with TemporaryDirectory(prefix="tandem-fichier-") as dossier:
        chemin = Path(dossier) / "fichier"
        ecrire(chemin)
        return envoyer_fichier(chemin, nom, mime)
