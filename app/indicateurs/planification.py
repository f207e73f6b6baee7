"""How the planner of the base reads the records of many youths."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.extensions import db

_COMME_UN_DISQUE = text("set local random_page_cost = 4")
_COMME_LE_SERVEUR = text("set local random_page_cost to default")


@contextmanager
def pages_en_ordre() -> Iterator[None]:
    """The statement begun inside reads the pages of a table in their order.

    Through the index of their MDS it went back and forth from one page to another, which the server
    takes for cheap (``POUR_DES_PAGES``): three times as long for most of a table.
    """
    db.session.execute(_COMME_UN_DISQUE)
    yield
    db.session.execute(_COMME_LE_SERVEUR)
