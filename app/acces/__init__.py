"""WHO sees WHICH rows. PostgreSQL decides (row-level security); it is told here who acts.

Nobody told = no row. What is told lasts one transaction (``set_config(…, true)``): nothing outlives
it in the pool of connections.
"""

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Any

from flask import g, has_app_context
from psycopg.pq import TransactionStatus
from sqlalchemy import ColumnElement, Connection, Executable, Result, Row, event, text
from sqlalchemy.orm import Session, SessionTransaction

from app.models import catalogue
from app.models.declaration import Forme
from app.roles import ROLES

TOUS = "tous"
"""A command that acts for everyone."""
CONNEXION = "connexion"
"""The login page: accounts only."""


@dataclass(frozen=True)
class Contexte:
    """Who acts, through what, from where, why.

    ``portee`` is « chiffres » while figures are counted.
    """

    acteur: str = ""
    canal: str = ""
    adresse: str = ""
    requete: str = ""
    motif: str = ""
    finalite: str = ""
    """What a file that leaves serves for: a code of ``regles/finalites.py``."""
    portee: str = ""
    statement_timeout: str = "0"
    """What PostgreSQL gives a statement, « 30s »; "0" is without limit (commands, the queue)."""
    lock_timeout: str = "0"


PERSONNE = Contexte()
SE_DIT = "la première instruction dit elle-même qui agit"
_contexte: ContextVar[Contexte] = ContextVar("contexte", default=PERSONNE)

_DIRE = text(
    # A day starts at midnight in Paris, wherever the server is, whatever pooler stands between.
    "select set_config('TimeZone', 'Europe/Paris', true),"
    " set_config('app.acteur', :acteur, true), set_config('app.canal', :canal, true),"
    " set_config('app.adresse', :adresse, true), set_config('app.requete', :requete, true),"
    " set_config('app.motif', :motif, true), set_config('app.finalite', :finalite, true),"
    " set_config('app.portee', :portee, true),"
    " set_config('statement_timeout', :statement_timeout, true),"
    " set_config('lock_timeout', :lock_timeout, true)"
)


def contexte() -> Contexte:
    return _contexte.get()


def _dire(connexion: Connection) -> None:
    connexion.execute(_DIRE, vars(_contexte.get()))


@event.listens_for(Session, "after_begin")
def _au_debut(session: Session, transaction: SessionTransaction, connexion: Connection) -> None:
    if not session.info.pop(SE_DIT, False):
        _dire(connexion)


def _changer(nouveau: Contexte) -> Token[Contexte]:
    """Set the context; a transaction already begun is told at once and forgets what it read."""
    jeton = _contexte.set(nouveau)
    if has_app_context():
        from app.extensions import db

        if db.session().in_transaction():
            db.session.flush()
            _dire(db.session.connection())
            db.session.expire_all()
        g.pop("perimetre", None)
    return jeton


def agir_pour(acteur: str | int, **autres: str) -> Token[Contexte]:
    """From now on, in this request or command, ``acteur`` acts.

    Returns the token that ``oublier`` takes.
    """
    return _changer(replace(_contexte.get(), acteur=str(acteur), **autres))


def commencer(ordre: Executable, **valeurs: Any) -> Row[Any] | None:
    """Begin the transaction of a request by a statement that itself tells the context to the base
    (``acces.ouvrir_requete``); its line, or None."""
    from app.extensions import db

    session = db.session()
    session.info[SE_DIT] = not session.in_transaction()
    session.expire_all()
    lignes: Result[Any] = session.execute(ordre, {**vars(_contexte.get()), **valeurs})
    return lignes.one_or_none()


def reconnaitre(compte_id: int, habilitations: list[list[Any]]) -> None:
    """This account acts, with these habilitations, as the base has just been told."""
    _contexte.set(replace(_contexte.get(), acteur=str(compte_id)))
    g.perimetre = Perimetre(tuple((role, mds) for role, mds in habilitations if role in ROLES))


def oublier(jeton: Token[Contexte]) -> None:
    """Come back to who acted before; called when a request ends, its session already closed."""
    _contexte.reset(jeton)


@contextmanager
def acteur(qui: str | int, **autres: str) -> Iterator[None]:
    """``with acteur("tous", canal="commande"):`` — who acts inside the block.

    After it, again whoever acted before.
    """
    avant = _contexte.get()
    agir_pour(qui, **autres)
    try:
        yield
    finally:
        _revenir(avant)


PAR_MDS = frozenset(catalogue.de_forme(Forme.PAR_JEUNE, Forme.PAR_MDS))
"""The tables whose policy only asks that ``mds_id`` be one of the MDS of the acting account."""


def mds_lues(modele: Any) -> frozenset[int] | None:
    """The MDS whose rows the acting account reads, where the policy asks for nothing else.

    None when there is no limit, or when the policy asks for something else than the MDS.
    """
    if modele.__tablename__ not in PAR_MDS or contexte().acteur == TOUS or contexte().portee:
        return None
    ou = perimetre().mds(modele.__tablename__, "lire")
    if isinstance(ou, Toutes):
        return None
    return ou


def mds_permises(modele: Any) -> tuple[ColumnElement[bool], ...]:
    """These MDS as plain numbers: one condition, or none.

    The policy is the wall and says the same; but the planner knows nothing of what its function
    will return, and takes it for most of the table. With the numbers it reads the rows of these MDS
    in the order of an index that starts with them.
    """
    return des_mds(modele, mds_lues(modele))


@functools.lru_cache(maxsize=512)
def des_mds(modele: Any, numeros: frozenset[int] | None) -> tuple[ColumnElement[bool], ...]:
    """Written once: a page says it of each table that it reads."""
    if numeros is None:
        return ()
    return (modele.mds_id.in_(sorted(numeros)),)


def compter() -> AbstractContextManager[None]:
    """Inside the block rows are read to be counted: whoever may ask for figures gets the same ones.

    What a person may see of the rows counted is asked again outside the block, under their own
    rights.
    """
    return _dans_la_portee("chiffres")


def ne_plus_compter() -> AbstractContextManager[None]:
    """Inside ``compter``: for the time of the block, the rights of whoever acts, who may write."""
    return _dans_la_portee("")


@contextmanager
def _dans_la_portee(portee: str) -> Iterator[None]:
    avant = _contexte.get()
    _changer(replace(avant, portee=portee))
    try:
        yield
    finally:
        _revenir(avant)


def _revenir(avant: Contexte) -> None:
    """Restore ``avant``.

    A transaction left in error by the block is the caller's to roll back, and needs no telling.
    """
    if has_app_context():
        from app.extensions import db

        session = db.session()
        if session.in_transaction() and (not session.is_active or _en_erreur(session)):
            _contexte.set(avant)
            return
    _changer(avant)


def _en_erreur(session: Session) -> bool:
    """PostgreSQL refuses anything but a rollback, though the session may not know it.

    So it is when the error came from a connection. One that is lost, or was stopped in the middle,
    takes no word either: asking it would hide why.
    """
    connexion = session.connection()
    if connexion.invalidated:
        return True
    pilote: Any = connexion.connection.driver_connection
    return bool(pilote.info.transaction_status == TransactionStatus.INERROR)


class Toutes:
    """Every MDS: contains any number."""

    def __contains__(self, mds_id: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


TOUTES = Toutes()


@dataclass(frozen=True)
class Perimetre:
    """The habilitations of the acting account that hold today: (role, MDS or None for all)."""

    habilitations: tuple[tuple[str, int | None], ...]

    def mds(self, ressource: str, acte: str) -> Toutes | frozenset[int]:
        """The MDS where this act is allowed on this resource; empty = nowhere."""
        ou = self._ou(ressource, acte)
        if None in ou:
            return TOUTES
        return frozenset(mds for mds in ou if mds is not None)

    def _ou(self, ressource: str, acte: str) -> list[int | None]:
        """The MDS of the habilitations that allow it; None for all."""
        return [mds for role, mds in self.habilitations if acte in ROLES[role].actes(ressource)]

    def peut(self, ressource: str, acte: str, mds_id: int | None | EllipsisType = ...) -> bool:
        """Allowed somewhere; in this MDS when one is given; everywhere when None is given."""
        if mds_id is ...:
            return bool(self._ou(ressource, acte))
        ou = self.mds(ressource, acte)
        if mds_id is None:
            return ou is TOUTES
        return mds_id in ou

    def en_lecture(self) -> "Perimetre":
        """The same person before a record that no longer changes."""
        return _EnLecture(self.habilitations)

    @property
    def roles(self) -> set[str]:
        return {role for role, _ in self.habilitations}


class _EnLecture(Perimetre):
    def _ou(self, ressource: str, acte: str) -> list[int | None]:
        if acte in ("lire", "exporter", "historique"):
            return super()._ou(ressource, acte)
        return []


def perimetre() -> Perimetre:
    """What the acting account may do, read once per request: a right withdrawn holds at once.

    A command that acts for everyone has no account, hence no perimeter: it asks the base, which
    lets it through.
    """
    if "perimetre" not in g:
        from app.extensions import db

        lignes = db.session.execute(
            text("select role_code, mds_id from acces.habilitations()")
        ).all()
        g.perimetre = Perimetre(tuple((role, mds) for role, mds in lignes if role in ROLES))
    lu: Perimetre = g.perimetre
    return lu
