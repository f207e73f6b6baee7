"""The connections to the base: what they keep from one page to the next.

Before one of the pool serves again, know that the base is still at the other end. Asking costs a
round trip for each page (``pool_pre_ping`` of SQLAlchemy). A connection that has just served and
whose socket is silent needs no question: a base that stops, or that ends a session, says so on the
socket.

A statement that asks for it (``PREPAREE``), or that adds one row, is read and planned by the base
once a connection, no longer at each page. Its plan is made for all values; any other statement that
reads tables is planned for its own.
"""

import re
import select
import time
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import Dialect, ExecuteStyle, ExecutionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from config import A_LA_DEMANDE

PREPAREE = {"preparee": True}
"""Execution options of a statement whose best plan does not depend on its values."""
SANS_QUESTION_SECONDES = 5.0
"""How long a connection may have rested and be taken at its word: less than what a firewall forgets
in silence."""
RENDUE_A = "rendue_a"
POUR_TOUTES_LES_VALEURS = "force_generic_plan"
POUR_LES_SIENNES = "auto"
"""How PostgreSQL plans the statements that follow (``plan_cache_mode``). What the functions of the
base ask stays planned once: « force_custom_plan » would plan it at each call."""
_LIT_DES_TABLES = re.compile(r"\bfrom (?!acces\.\w+\()", re.IGNORECASE)
_UNE_FICHE = re.compile(r"\bWHERE \w+\.id = %\(\w+\)s(::INTEGER)?( FOR UPDATE.*)?$")
"""One record by its number: its plan is the same for all values."""


class ConnexionDesPages(psycopg.Connection[tuple[object, ...]]):
    """A connection that keeps its prepared statements when a page ends by undoing its transaction.

    The driver forgets them, in case the transaction had made or changed a table: no page does.
    After an error it still does, so that a statement that an upgrade made void is prepared again.
    """

    plans: str | None = POUR_TOUTES_LES_VALEURS
    """How this transaction has its statements planned; None: not known."""

    def planifier(self, plans: str) -> None:
        """Until the end of the transaction, or another call."""
        if self.plans == plans:
            return
        self.execute(f"set local plan_cache_mode = {plans}".encode())
        self.plans = plans

    def commit(self) -> None:
        self.plans = POUR_TOUTES_LES_VALEURS
        super().commit()

    def rollback(self) -> None:
        self.plans = POUR_TOUTES_LES_VALEURS
        with self.lock:
            if self.pgconn.transaction_status == TransactionStatus.INTRANS:
                rendu = self.pgconn.exec_(b"ROLLBACK")
                if rendu.status == ExecStatus.COMMAND_OK:
                    return
        super().rollback()


@event.listens_for(Engine, "do_connect")
def _ouvrir(
    _dialecte: Dialect, _fiche: ConnectionPoolEntry, adresse: list[Any], reglages: dict[str, Any]
) -> ConnexionDesPages | None:
    """None: opened as usual, for whoever makes and changes tables."""
    if reglages.get("prepare_threshold") != A_LA_DEMANDE:
        return None
    connexion = ConnexionDesPages.connect(*adresse, **reglages)
    connexion.execute(f"set plan_cache_mode = {POUR_TOUTES_LES_VALEURS}".encode())
    connexion.commit()
    return connexion


@event.listens_for(Engine, "do_execute")
def _executer(
    curseur: psycopg.Cursor, ordre: str, valeurs: Any, contexte: ExecutionContext
) -> bool | None:
    """True: done here, prepared."""
    connexion = curseur.connection
    if not isinstance(connexion, ConnexionDesPages):
        return None
    if contexte.execution_options.get("preparee") or _ajoute_une_fiche(contexte):
        connexion.planifier(POUR_TOUTES_LES_VALEURS)
        curseur.execute(ordre, valeurs, prepare=True)
        return True
    if valeurs and _LIT_DES_TABLES.search(ordre) and not _UNE_FICHE.search(ordre):
        connexion.planifier(POUR_LES_SIENNES)
    return None


def _ajoute_une_fiche(contexte: ExecutionContext) -> bool:
    """The sending of a form: the same statement each time, whatever was typed."""
    return contexte.isinsert and contexte.execute_style is ExecuteStyle.EXECUTE


@event.listens_for(Engine, "rollback_savepoint")
def _oublier_les_plans(connexion: Connection, _nom: str, _contexte: None) -> None:
    """What was said since the savepoint is undone with it."""
    pilote = connexion.connection.dbapi_connection
    if isinstance(pilote, ConnexionDesPages):
        pilote.plans = None


@event.listens_for(Pool, "checkin")
def _noter(_connexion: psycopg.Connection | None, fiche: ConnectionPoolEntry) -> None:
    fiche.info[RENDUE_A] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _verifier(connexion: psycopg.Connection, fiche: ConnectionPoolEntry, _emprunt: object) -> None:
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


def _silencieuse(connexion: psycopg.Connection) -> bool:
    """Nothing is to be read: neither the end of the connection nor a last message."""
    if connexion.closed:
        return False
    attente = select.poll()
    attente.register(connexion.fileno(), select.POLLIN)
    return not attente.poll(0)


def _questionner(connexion: psycopg.Connection) -> None:
    """An empty statement, outside any transaction."""
    connexion.autocommit = True
    try:
        connexion.execute("")
    finally:
        with suppress(psycopg.OperationalError):
            connexion.autocommit = False
