"""The statements that the application sends to the base, counted by the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event


@contextmanager
def ordres_sql() -> Iterator[list[str]]:
    """The statements sent while it lasts, in their order.

    What is written once a minute (when a session was last used) is left out, so that a slow machine
    counts the same.
    """
    from app.connexion import sessions

    ordres: list[str] = []

    def noter(connexion, curseur, ordre, *_):
        ordres.append(ordre)

    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(sessions, "marquer", lambda numero: None)
        event.listen(Engine, "before_cursor_execute", noter)
        try:
            yield ordres
        finally:
            event.remove(Engine, "before_cursor_execute", noter)
