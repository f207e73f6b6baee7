"""/sante, for the supervision: 200 when the base answers, 503 when not.

No login, no cookie, no detail.
"""

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

sante = Blueprint("sante", __name__)
ENTETES = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@sante.get("/sante")
def repondre():
    try:
        with db.engine.connect() as connexion:
            connexion.execute(text("select 1"))
    except SQLAlchemyError:
        return "indisponible\n", 503, ENTETES
    return "ok\n", 200, ENTETES
