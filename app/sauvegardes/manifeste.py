"""What a base holds, table by table: rows and a hash of all of them, whatever their order.

Counted in the snapshot that pg_dump copies, and counted again by the restoration before it commits:
what comes back is what was there, or nothing comes back.
"""

from collections.abc import Callable

from psycopg import sql
from sqlalchemy import Connection, text

Manifeste = dict[str, tuple[int, str]]
"""Schema and table → (rows, hash)."""

# A table that is « unlogged » holds what is counted again: it is not copied.
SCHEMAS = ("public", "acces")
_TABLES = text("""
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname = any(:schemas) order by 1, 2""")
_COMPTE = """
    select count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to(
      ligne::text, 'UTF8')) for 8), 'hex'))::bit(64)::bigint), 0)::text from {} ligne"""
_FUSEAU = "set local timezone = 'UTC'"


def nombre_de_tables(connexion: Connection) -> int:
    return len(connexion.execute(_TABLES, {"schemas": list(SCHEMAS)}).all())


def compter(connexion: Connection, avancer: Callable[[], None]) -> Manifeste:
    """The tables as the transaction of this connection sees them; ``avancer`` after each."""
    connexion.execute(text(_FUSEAU))
    tables = connexion.execute(_TABLES, {"schemas": list(SCHEMAS)}).all()
    manifeste: Manifeste = {}
    for schema, table in tables:
        ordre = sql.SQL(_COMPTE).format(sql.Identifier(schema, table))
        lignes, empreinte = connexion.exec_driver_sql(ordre.as_string()).one()
        manifeste[f"{schema}.{table}"] = (lignes, empreinte)
        avancer()
    return manifeste


def controle(manifeste: Manifeste) -> bytes:
    """SQL that fails, and undoes its transaction, when a table is not as the manifest says."""
    ordres: list[sql.Composable] = [sql.SQL(_FUSEAU + ";\n")]
    for nom, (lignes, empreinte) in manifeste.items():
        compte = sql.SQL(_COMPTE).format(sql.Identifier(*nom.split(".", 1)))
        ordres.append(
            sql.SQL(
                "do $controle$ begin if (select (n, e) <> ({}, {}) from ({}) x(n, e))"
                " then raise exception 'table % differs from its backup', {}; end if;"
                " end $controle$;\n"
            ).format(sql.Literal(lignes), sql.Literal(empreinte), compte, sql.Literal(nom))
        )
    return sql.Composed(ordres).as_string().encode()
