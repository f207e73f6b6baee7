"""The queue's way to its tables, which are in a schema of their own (``travaux``)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import procrastinate
import psycopg
from psycopg.rows import DictRow


class ConnexionDesTravaux(procrastinate.PsycopgConnector):
    """Each statement is told where the queue is, in its own transaction.

    A setting of the role, or of the session, would not hold behind a connection pool in transaction
    mode, whose connections were opened before.
    """

    @asynccontextmanager
    async def _get_cursor(
        self, connection: psycopg.AsyncConnection | None = None
    ) -> AsyncIterator[psycopg.AsyncCursor[DictRow]]:
        async with super()._get_cursor(connection) as cursor, cursor.connection.transaction():
            await cursor.execute("set local search_path = travaux, public")
            yield cursor
