"""The records are as the audit log tells them, and have as many versions as it has lines.

What was changed while the triggers slept is told by nothing else.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, text

from app.acces.alteration import Alteration

_SUIVIES = text("""
    select c.relname::text as nom, pg_catalog.encode(t.tgargs, 'escape') as arguments,
      pg_catalog.array_agg(a.attname::text order by a.attnum) as colonnes,
      pg_catalog.array_agg(a.attname::text order by a.attnum)
        filter (where d.adbin is not null) as avec_defaut,
      pg_catalog.array_agg(pg_catalog.pg_get_expr(d.adbin, d.adrelid) order by a.attnum)
        filter (where d.adbin is not null) as defauts
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_attribute a
      on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_attrdef d
      on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
    where t.tgname = 'journal_update' and t.tgnargs = 2
      and c.relnamespace = 'public'::regnamespace group by 1, 2 order by 1""")
_RACONTEES = """
    select n from pg_catalog.unnest(cast(:noms as text[])) n
    where exists (select from public.journal l where l.table_nom = n)"""
"""The tables of which the log tells something; those that hold a record are added to it."""
_CONSTATER = text(
    "select acces.constater(:table, :cle, :jeune, :mds, cast(:etat as jsonb), :version)"
)
_CONSTANTE = re.compile(r"true|false|-?\d+|'[^'\\]*'(::[a-z ]+(\[\])?)?")
"""A default that may be worked out here: no function is called."""
_COMPARER = """
    with lignes as (
      select l.cle, l.id, l.operation, l.apres, l.detail, l.expurgee_par, pg_catalog.max(l.id)
        filter (where l.operation = 'suppression') over (partition by l.cle) as fin
      from public.journal l
      where l.table_nom = :table
        and l.operation in ('creation', 'modification', 'suppression', 'constat')),
    vivantes as (
      select v.*, pg_catalog.max(v.id) filter (where v.operation = 'constat')
        over (partition by v.cle) as constat
      from lignes v where v.fin is null or v.id > v.fin),
    dits as (
      select v.cle, pg_catalog.bool_or(v.expurgee_par is not null) as videe,
        coalesce(pg_catalog.max((v.detail ->> 'version')::int)
                 filter (where v.id = v.constat), 1)
          + pg_catalog.count(*) filter (where v.operation = 'modification'
                                        and v.id > coalesce(v.constat, 0)) as version
      from vivantes v group by v.cle),
    champs as (
      select v.cle, pg_catalog.jsonb_object_agg(e.key, e.value
          order by v.operation = 'creation' desc, v.id) as etat
      from vivantes v cross join lateral pg_catalog.jsonb_each(v.apres) e
      where e.key = any(cast(:colonnes as text[])) group by v.cle),
    lus as (
      select x.{cle}::text as cle, pg_catalog.to_jsonb(x) - cast(:tues as text[]) as etat,
        pg_catalog.to_jsonb(x) ->> 'version' as version,
        pg_catalog.to_jsonb(x) ->> 'jeune_id' as jeune_id,
        pg_catalog.to_jsonb(x) ->> 'mds_id' as mds_id
      from public.{table} x)
    select coalesce(u.cle, d.cle) as cle, d.cle is null as inconnue, u.cle is null as absente,
      d.version as dite, u.version::int as lue, c.etat as dit, u.etat as vu, d.videe,
      u.jeune_id::int as jeune_id, u.mds_id::int as mds_id, {defauts} as defauts
    from lus u
    full join dits d on d.cle = u.cle
    left join champs c on c.cle = d.cle
    where d.cle is null or u.cle is null or d.version <> u.version::int
      or (not d.videe and pg_catalog.jsonb_strip_nulls(u.etat) <> pg_catalog.jsonb_strip_nulls(
        {defauts} || coalesce(c.etat, '{{}}')))
    order by 1"""


_DIT_ENSEMBLE = text("""
    select l.apres -> :colonne from public.journal l
    where l.table_nom = :table and l.cle = :cle
      and pg_catalog.jsonb_exists(l.apres, :colonne)
      and l.transaction = (select d.transaction from public.journal d
        where d.table_nom = :table and d.cle = :cle
          and pg_catalog.jsonb_exists(d.apres, :colonne) order by d.id desc limit 1)""")
"""What the last transaction says of a column: a trigger that changes the row again, inside the
change that set it off, writes its line first."""


_MOTS_DE_PASSE = text("""
    select c.id, coalesce(c.password, '') as hache, (
      select l.detail ->> 'hash' from public.journal l
      where l.table_nom = 'ab_user' and l.cle = c.id::text
        and l.operation in ('creation', 'mot_de_passe') and l.detail ->> 'hash' is not null
      order by l.id desc limit 1) as dit
    from public.ab_user c order by c.id""")
"""What ``acces.hash_du_mot_de_passe`` kept of each; nothing of those set before it did."""


def alterations(connexion: Connection) -> Iterator[Alteration]:
    """One sentence a table: its first record that the log does not tell, and how many others; one
    for the passwords that were replaced."""
    yield from _des_tables(connexion)
    for compte in connexion.execute(_MOTS_DE_PASSE):
        if compte.dit not in (None, sha256(compte.hache.encode()).hexdigest()[:32]):
            yield Alteration(f"le mot de passe du compte {compte.id} a été remplacé dans la base")
            return


def _des_tables(connexion: Connection) -> Iterator[Alteration]:
    for table in _suivies(connexion):
        revues = [
            (fiche.cle, _faute(connexion, table.nom, fiche))
            for fiche in _a_revoir(connexion, table)
        ]
        fautes = [(cle, dit) for cle, dit in revues if dit]
        if not fautes:
            continue
        cle, dit = fautes[0]
        suite = ""
        if len(fautes) > 1:
            suite = f" ({len(fautes)} fiches de cette table ne s’accordent plus avec le journal)"
        yield Alteration(f"la fiche {cle} de « {table.nom} » {dit}{suite}")


def constater(connexion: Connection) -> int:
    """Write in the log, as the owner, the state of the records that it does not tell.

    An upgrade changes records while there is no trigger yet; how many were written.
    """
    combien = 0
    for table in _suivies(connexion):
        for fiche in _a_revoir(connexion, table):
            if fiche.absente or not _faute(connexion, table.nom, fiche):
                continue
            valeurs = {
                "table": table.nom,
                "cle": fiche.cle,
                "jeune": int(fiche.cle) if table.nom == "jeune" else fiche.jeune_id,
                "mds": fiche.mds_id,
                "etat": json.dumps(fiche.vu),
                "version": fiche.lue or 1,
            }
            connexion.execute(_CONSTATER, valeurs)
            combien += 1
    return combien


def _suivies(connexion: Connection) -> list[Row[Any]]:
    """The audited tables that hold a record, or of which the log tells one."""
    tables = connexion.execute(_SUIVIES).all()
    if not tables:
        return []
    pleines = [
        f"select '{table.nom}' where exists (select from public.\"{table.nom}\")"
        for table in tables
    ]
    requete = text("\nunion ".join([_RACONTEES, *pleines]))
    noms = set(connexion.scalars(requete, {"noms": [table.nom for table in tables]}))
    return [table for table in tables if table.nom in noms]


def _a_revoir(connexion: Connection, table: Row[Any]) -> list[Row[Any]]:
    """The records of a table whose state, versions or existence the log does not tell at once."""
    arguments: list[str] = table.arguments.split("\\000")
    cle = arguments[0]
    liste = arguments[1]
    tues = [colonne for colonne in liste.strip("{}").split(",") if colonne]
    if "jeune_id" in table.colonnes:
        tues.append("mds_id")
    colonnes = [nom for nom in table.colonnes if nom not in tues]
    requete = _COMPARER.format(
        cle=f'"{cle}"', table=f'"{table.nom}"', defauts=_defauts(table, colonnes)
    )
    valeurs = {"table": table.nom, "tues": tues, "colonnes": colonnes}
    return list(connexion.execute(text(requete), valeurs).all())


def _defauts(table: Row[Any], colonnes: list[str]) -> str:
    """What a column added later holds in the records of before: an expression of SQL, a JSON."""
    couples = []
    for nom, valeur in zip(table.avec_defaut or (), table.defauts or (), strict=True):
        if nom in colonnes and _CONSTANTE.fullmatch(valeur):
            expression = re.sub(r"^('[^']*')$", r"\1::text", valeur)
            couples.append(f"'{nom}', pg_catalog.to_jsonb({expression})")
    return f"pg_catalog.jsonb_build_object({', '.join(couples)})"


def _faute(connexion: Connection, table: str, fiche: Row[Any]) -> str | None:
    """What the log does not tell of a record; None when the two are written otherwise, no more."""
    if fiche.inconnue:
        return "n’a aucune ligne dans le journal"
    if fiche.absente:
        return "a disparu, et le journal ne dit pas qu’elle a été supprimée"
    if fiche.lue is not None and fiche.lue != fiche.dite:
        return f"en est à sa version {fiche.lue}, et le journal en dit {fiche.dite}"
    if fiche.videe:
        return None
    colonne = _colonne_changee(connexion, table, fiche)
    return colonne and f"a été changée sans ligne dans le journal (colonne {colonne})"


def _colonne_changee(connexion: Connection, table: str, fiche: Row[Any]) -> str | None:
    dit = fiche.dit or {}
    for nom, vu in fiche.vu.items():
        possibles = [None, fiche.defauts.get(nom)]  # a column added after the record
        if nom in dit:
            possibles = [dit[nom]]
        if any(_pareils(vu, possible) for possible in possibles):
            continue
        valeurs = {"table": table, "cle": fiche.cle, "colonne": nom}
        ensemble = connexion.scalars(_DIT_ENSEMBLE, valeurs)
        if not any(_pareils(vu, possible) for possible in ensemble):
            return str(nom)
    return None


def _pareils(vu: Any, dit: Any) -> bool:
    """The same value; of a moment, the same one in whatever time zone it was written."""
    if _sans_nuls(vu) == _sans_nuls(dit):
        return True
    if not isinstance(vu, str) or not isinstance(dit, str):
        return False
    try:
        un = datetime.fromisoformat(vu)
        autre = datetime.fromisoformat(dit)
    except ValueError:
        return False
    return un.tzinfo is not None and autre.tzinfo is not None and un == autre


def _sans_nuls(valeur: Any) -> Any:
    """As the line of a creation writes it: without what is empty."""
    if isinstance(valeur, dict):
        return {nom: _sans_nuls(v) for nom, v in valeur.items() if v is not None}
    if isinstance(valeur, list):
        return [_sans_nuls(v) for v in valeur]
    return valeur
