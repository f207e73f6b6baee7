"""A page ends within thirty seconds, however many statements it asks of the base.

PostgreSQL stops one statement at its own limit (``securite.PATIENCE``); here, the statements of one
page share the limit. Commands and the queue have none.
"""

import time
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Connection, Engine, event
from werkzeug.exceptions import GatewayTimeout

PAGE_SECONDES = 30.0
SANS_COMPTER = 1.0
"""How long a page goes on before the base is told, at each statement, how little is left: an
ordinary page asks nothing more."""


def commencer() -> None:
    """The request of now has thirty seconds from now on."""
    g.fin_de_la_page = time.monotonic() + PAGE_SECONDES


@event.listens_for(Engine, "before_cursor_execute")
def _compter(_connexion: Connection, curseur: Any, *_: Any) -> None:
    """Refuse the statement of a page whose time is over (504), give the others what is left."""
    fin: float | None = g.get("fin_de_la_page") if has_request_context() else None
    if fin is None:
        return
    reste = fin - time.monotonic()
    if reste <= 0:
        del g.fin_de_la_page  # the page that says so may read the base
        raise GatewayTimeout
    if reste < PAGE_SECONDES - SANS_COMPTER:
        with curseur.connection.cursor() as autre:  # its own may be named, for one statement
            autre.execute(f"set local statement_timeout = {int(reste * 1000) + 1}")
