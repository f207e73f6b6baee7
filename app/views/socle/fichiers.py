"""How a file leaves the application."""

import io
from pathlib import Path
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
