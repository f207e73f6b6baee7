"""Statements written out once, for the pages that ask the same thing all day.

SQLAlchemy otherwise looks up at each page how it wrote a statement; here it only sends it, prepared
(``app/liaison.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Numeric, Row
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement, visitors

from app.extensions import db
from app.liaison import PREPAREE

_DIALECTE = PGDialect_psycopg()


@dataclass(frozen=True)
class OrdrePrepare:
    """A statement that reads, and the values that it was made with.

    What it leaves open (``bindparam(…, required=False)``) is given when it is read.
    """

    texte: str
    valeurs: Mapping[str, Any]

    @classmethod
    def de(cls, ordre: ClauseElement) -> OrdrePrepare:
        date_dedans = visitors.cloned_traverse(ordre, {}, {"bindparam": _ecrire_les_jours})
        ecrit = date_dedans.compile(dialect=_DIALECTE, compile_kwargs={"render_postcompile": True})
        return cls(ecrit.string, ecrit.params)

    def lire(self, **valeurs: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """Its rows, with these values for what it left open, under the rights of whoever acts."""
        db.session.flush()
        connexion = db.session.connection()
        demande = {**self.valeurs, **valeurs}
        return connexion.exec_driver_sql(self.texte, demande, execution_options=PREPAREE).all()


def _ecrire_les_jours(valeur: BindParameter[Any]) -> None:
    """A day is written in the statement, which is made again for another one: fewer values to send.

    What differs from one person to the next stays outside: they share the statement.
    """
    if isinstance(valeur.value, date):
        valeur.literal_execute = True


def est_convertie(colonne: ColumnElement[Any]) -> bool:
    """SQLAlchemy makes something else of what the driver gives: such a column is not read here."""
    if isinstance(colonne.type, Numeric):
        return True  # it depends on what the base answers
    return colonne.type.dialect_impl(_DIALECTE).result_processor(_DIALECTE, None) is not None
