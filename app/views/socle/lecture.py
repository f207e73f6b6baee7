"""A youth's file is opened: the audit log says so, or the person first says why.

Where the MDS has chosen it, reading a file outside one's own portfolio asks for a reason, once a
day and file.
"""

from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.extensions import db


class MotifDeLecture(HTTPException):
    """The file is not shown: the person is led to the page that asks why they read it."""

    code = 303

    def __init__(self, jeune_id: int):
        super().__init__()
        self.jeune_id = jeune_id

    def get_response(self, *arguments: Any, **options: Any) -> Response:
        ici = request.full_path.rstrip("?")
        return redirect(url_for("MotifDeLectureView.index", jeune=self.jeune_id, retour=ici), 303)


def noter_la_lecture(table: str, cle: str | int | None, jeune_id: int) -> None:
    """One line in the audit log, in the current transaction; raises ``MotifDeLecture``."""
    dite = None if cle is None else str(cle)
    if not db.session.scalar(select(func.acces.lire_dossier(table, dite, jeune_id))):
        raise MotifDeLecture(jeune_id)


def exiger_un_motif(jeune_id: int) -> None:
    """The same before a form on the file, which is no reading of it."""
    if db.session.scalar(select(func.acces.motif_de_lecture(jeune_id))):
        raise MotifDeLecture(jeune_id)
