"""How the planner of the base reads the records of many youths."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import text

from app.extensions import db


@contextmanager
def planifiee(**reglages: str) -> Iterator[None]:
    """The statement begun inside is planned with these settings; what follows, as the server is
    set."""
    regler = text("select " + ", ".join(f"set_config('{nom}', :{nom}, true)" for nom in reglages))
    db.session.execute(regler, reglages)
    yield
    db.session.execute(regler, dict.fromkeys(reglages))


def pages_en_ordre() -> AbstractContextManager[None]:
    """It reads the pages of a table in their order.

    Through the index of their MDS it went back and forth from one page to another, which the server
    takes for cheap (``POUR_DES_PAGES``): three times as long for most of a table.
    """
    return planifiee(random_page_cost="4")


def sans_un_par_un() -> AbstractContextManager[None]:
    """No record of a bucket of youths is looked up alone, nor any of them sorted: the planner takes
    a bucket for a few youths."""
    return planifiee(enable_nestloop="off", enable_mergejoin="off", enable_sort="off")
