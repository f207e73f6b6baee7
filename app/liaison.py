"""Before a connection of the pool serves again, know that the base is still at the other end.

Asking costs a round trip for each page (``pool_pre_ping`` of SQLAlchemy). A connection that has
just served and whose socket is silent needs no question: a base that stops, or that ends a session,
says so on the socket.
"""

import select
import time
from contextlib import suppress

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

SANS_QUESTION_SECONDES = 5.0
"""How long a connection may have rested and be taken at its word: less than what a firewall forgets
in silence."""
RENDUE_A = "rendue_a"
Connexion = psycopg.Connection[tuple[object, ...]]


@event.listens_for(Pool, "checkin")
def _noter(_connexion: Connexion | None, fiche: ConnectionPoolEntry) -> None:
    fiche.info[RENDUE_A] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _verifier(connexion: Connexion, fiche: ConnectionPoolEntry, _emprunt: object) -> None:
    """Refuse a connection that is cut: the pool forgets those of the same age and opens another."""
    rendue_a = fiche.info.get(RENDUE_A)
    if rendue_a is None:  # it has just been opened
        return
    repos = time.monotonic() - rendue_a
    if repos < SANS_QUESTION_SECONDES and _silencieuse(connexion):
        return
    try:
        _questionner(connexion)
    except psycopg.OperationalError as panne:
        raise InvalidatePoolError from panne


def _silencieuse(connexion: Connexion) -> bool:
    """Nothing is to be read: neither the end of the connection nor a last message."""
    if connexion.closed:
        return False
    attente = select.poll()
    attente.register(connexion.fileno(), select.POLLIN)
    return not attente.poll(0)


def _questionner(connexion: Connexion) -> None:
    """An empty statement, outside any transaction."""
    connexion.autocommit = True
    try:
        connexion.execute("")
    finally:
        with suppress(psycopg.OperationalError):
            connexion.autocommit = False
