"""Whether a base still has the policies, triggers, functions and grants of this code.

Installing them takes a lock on every table, which a node that serves would feel at each start of
another: so nothing is installed when what is in the base is what was put there, for the same
statements.

What was put there is noted object by object, and the note is signed with a key that is not in the
base. Beside the definition of an object stands the transaction that wrote it (its ``xmin`` in the
catalogue): a trigger disabled, then enabled again, reads the same and was written since.

What is PostgreSQL's own is noted too, since everything here rests on it: no function, operator or
cast of its own was written since the server was made.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy import Connection, inspect, text

from app.acces import cles, installation
from app.acces.alteration import REINSTALLER, RETROUVER_LA_CLE, Alteration
from app.regles.texte import accorder

Objets = dict[str, list[str]]
"""Name of an object → the hash of its definition, and what wrote it last (empty: not looked at)."""

_NOTE = text(
    "select voulus, catalogues, objets, cle, signature from acces.installation where role = :role"
)
_RETENIR = text("""
    insert into acces.installation (role, voulus, catalogues, objets, cle, signature)
    values (:role, :voulus, :catalogues, cast(:objets as jsonb), :cle, :signature)
    on conflict (role) do update set voulus = excluded.voulus, catalogues = excluded.catalogues,
      objets = excluded.objets, cle = excluded.cle, signature = excluded.signature""")
_OBJETS = text("""
    with schemas as (
      select oid, nspname, nspowner, nspacl from pg_namespace
      where nspname in ('public', 'acces', :role)),
    tables as (
      select c.*, c.xmin::text as ecrit_par from pg_class c
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and c.relnamespace in (select oid from schemas)),
    les_notres as (
      select r.oid from pg_roles r
      where r.rolname = :role or r.oid = (
        select c.relowner from pg_class c where c.oid = to_regclass('public.journal'))),
    objets(nom, definition, ecrit) as (
      select concat_ws(' ', case c.relkind when 'S' then 'la séquence' when 'r' then 'la table'
          else 'l’objet' end, c.oid::regclass),
        concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
          c.relacl, c.relowner::regrole, (select string_agg(concat_ws(' ', i.inhrelid::regclass,
              i.inhparent::regclass), ' ' order by i.inhrelid, i.inhparent)
            from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)),
          (select string_agg(concat_ws(' ', a.attname, a.atttypid::regtype, a.atttypmod,
              a.attnotnull, a.attidentity, a.attgenerated, a.attacl,
              pg_get_expr(d.adbin, d.adrelid)), ' ' order by a.attnum)
            from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
          (select string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid),
              k.convalidated), ' ' order by k.conname)
            from pg_constraint k where k.conrelid = c.oid),
          (select string_agg(pg_get_indexdef(u.indexrelid), ' ' order by u.indexrelid)
            from pg_index u where u.indrelid = c.oid and u.indisunique),
          (select concat_ws(' ', q.seqincrement, q.seqmin, q.seqmax, q.seqcycle)
            from pg_sequence q where q.seqrelid = c.oid)),
        case when c.relname = 'journal_id_seq' then concat_ws(' ', c.oid, c.ecrit_par)
          else c.oid::text end
      from tables c
      union all
      select concat_ws(' ', 'la politique', p.polname, 'de', p.polrelid::regclass),
        concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[],
          pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid)),
        p.xmin::text
      from pg_policy p
      union all
      select concat_ws(' ', 'le déclencheur', t.tgname, 'de', t.tgrelid::regclass),
        concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled), t.xmin::text
      from pg_trigger t where not t.tgisinternal and t.tgrelid in (select oid from tables)
      union all
      select concat_ws(' ', 'les clés étrangères de', t.tgrelid::regclass),
        string_agg(t.tgenabled::text, '' order by t.oid), ''
      from pg_trigger t where t.tgisinternal and t.tgrelid in (select oid from tables)
      group by t.tgrelid
      union all
      select concat_ws(' ', 'la fonction', f.oid::regprocedure),
        concat_ws(' ', f.proowner::regrole, f.prolang, f.provolatile, f.proisstrict, f.prosecdef,
          f.proconfig, '/', f.proacl, f.prosrc, pg_get_function_sqlbody(f.oid)), f.xmin::text
      from pg_proc f
      where f.pronamespace in (select oid from schemas)
        and not exists (select from pg_depend d where d.objid = f.oid and d.deptype = 'e')
      union all
      select concat_ws(' ', 'l’opérateur', o.oid::regoperator), o.oprcode::text, o.xmin::text
      from pg_operator o
      where o.oprnamespace in (select oid from schemas)
        and not exists (select from pg_depend d where d.objid = o.oid and d.deptype = 'e')
      union all
      select concat_ws(' ', 'la règle', r.rulename, 'de', r.ev_class::regclass),
        pg_get_ruledef(r.oid), r.xmin::text
      from pg_rewrite r where r.ev_class in (select oid from tables)
      union all
      select concat_ws(' ', 'le déclencheur d’événement', e.evtname),
        concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evtenabled), e.xmin::text
      from pg_event_trigger e
      union all
      select concat_ws(' ', 'l’extension', x.extname),
        concat_ws(' ', x.extversion, x.extnamespace::regnamespace, (
          select string_agg(pg_describe_object(d.classid, d.objid, 0), ' ' order by d.objid)
          from pg_depend d where d.refobjid = x.oid and d.deptype = 'e')), x.xmin::text
      from pg_extension x
      union all
      select concat_ws(' ', 'le schéma', nspname), concat_ws(' ', nspowner::regrole, nspacl), ''
      from schemas
      union all
      select concat_ws(' ', 'le rôle', r.rolname),
        concat_ws(' ', r.rolsuper, r.rolbypassrls, r.rolreplication, (
          select string_agg(m.roleid::regrole::text, ' ' order by m.roleid)
          from pg_auth_members m where m.member = r.oid)), ''
      from pg_roles r
      where r.rolsuper or r.rolbypassrls or r.oid in (select oid from les_notres)
        or exists (select from pg_auth_members m
                   where m.member = r.oid and m.roleid in (select oid from les_notres))
      union all
      select 'les réglages de la base et du rôle', string_agg(concat_ws(' ', s.setdatabase <> 0,
          s.setrole <> 0, s.setrole = (select oid from pg_roles where rolname = :role),
          s.setconfig), ' ' order by s.setdatabase <> 0, s.setrole), ''
      from pg_db_role_setting s
      where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (s.setrole = 0 or s.setrole in (select oid from les_notres))
      union all
      select concat_ws(' ', 'le réglage du serveur', g.name), g.reset_val, ''
      from pg_settings g where g.name in ('session_replication_role', 'row_security'))
    select nom, coalesce(definition, '') as definition, ecrit from objets order by nom""")
_DE_POSTGRESQL = text("""
    select p.oid, p.xmin from pg_catalog.pg_proc p where p.pronamespace = 11
    union all
    select o.oid, o.xmin from pg_catalog.pg_operator o where o.oprnamespace = 11
    union all
    select k.oid, k.xmin from pg_catalog.pg_cast k
    union all
    select r.oid, r.xmin from pg_catalog.pg_rewrite r where r.oid < 16384""")
"""Without a function: one that was replaced may lie (11 is ``pg_catalog``; what a person makes has
a number from 16384 on)."""
DE_POSTGRESQL = "les fonctions et les opérateurs de PostgreSQL"
LECTURE = "la façon de lire"
"""Noted as an object too: what was read otherwise, by a former Tandem, is not compared."""


def est_a_jour(connexion: Connection, role: str) -> bool:
    """Nothing to install for this application's role; reads catalogues, locks nothing."""
    if connexion.scalar(text("select to_regclass('acces.installation')")) is None:
        return False
    note = connexion.execute(_NOTE, {"role": role}).one_or_none()
    if note is None or note.objets is None or note.voulus != _voulus(connexion, role):
        return False
    return not _ecarts(note.objets, _objets(connexion, role)) and _est_signee(note, role)


def retenir(connexion: Connection, role: str) -> None:
    """Note what has just been installed, signed."""
    objets = _objets(connexion, role)
    valeurs = {
        "voulus": _voulus(connexion, role),
        "catalogues": _catalogues(objets),
        "objets": json.dumps(objets),
    }
    cle = cles.cle()
    signe = cles.signature(cle, _octets(role, valeurs["voulus"], objets))
    connexion.execute(
        _RETENIR, {"role": role, "cle": cles.nom_de_cle(cle), "signature": signe, **valeurs}
    )


def ecarts(connexion: Connection, role: str) -> list[str]:
    """What was changed since it was installed, in words; what was never noted says nothing.

    Asked before an upgrade, whose installation would hide it.
    """
    if connexion.scalar(text("select to_regclass('acces.ancre')")) is None:
        return []  # before the notes were signed
    note = connexion.execute(_NOTE, {"role": role}).one_or_none()
    if note is None or note.objets is None:
        return []
    lus = _objets(connexion, role)
    trouves = _ecarts(note.objets, lus) if _lus_pareil(note.objets, lus) else []
    if not _est_signee(note, role):
        trouves.append("la note de ce qui est installé")
    return trouves


def alterations(connexion: Connection, role: str) -> Iterator[Alteration]:
    """What is installed is what was noted, and what this code asks for."""
    note = connexion.execute(_NOTE, {"role": role}).one_or_none()
    if note is None:
        yield Alteration("la note de ce qui est installé dans la base a disparu", REINSTALLER)
        return
    if cles.rang(note.cle) == cles.INCONNUE and note.cle:
        yield Alteration(
            "la note de ce qui est installé est signée avec une autre SECRET_KEY que celles données"
            " ici",
            RETROUVER_LA_CLE,
        )
    elif not _est_signee(note, role):
        yield Alteration("la note de ce qui est installé a été modifiée", REINSTALLER)
    notes: Objets = note.objets or {}
    lus = _objets(connexion, role)
    lus_pareil = _lus_pareil(notes, lus)
    trouves = _ecarts(notes, lus)
    if trouves and lus_pareil:
        yield Alteration(
            f"depuis l’installation, quelqu’un a touché à {_en_mots(trouves)}", REINSTALLER
        )
    elif not lus_pareil or note.voulus != _voulus(connexion, role):
        yield Alteration(
            "les règles de la base ne sont pas celles de cette version de Tandem",
            "lancez « flask tandem init », puis recommencez",
        )


TOUS_REECRITS = "tout (la base a été rechargée, ou chaque objet récrit)"
NOMMES = 12


def _ecarts(notes: Objets, lus: Objets) -> list[str]:
    """The objects added, removed, redefined, or written again."""
    changes = [
        nom
        for nom in sorted(notes.keys() | lus.keys())
        if notes.get(nom, [])[:1] != lus.get(nom, [])[:1]
    ]
    communs = notes.keys() & lus.keys()
    reecrits = [nom for nom in sorted(communs) if notes[nom][1] != lus[nom][1]]
    suivis = [nom for nom in communs if notes[nom][1]]
    if reecrits and len(reecrits) > len(suivis) // 2:
        return [TOUS_REECRITS, *changes]
    return sorted({*changes, *reecrits})


def _lus_pareil(notes: Objets, lus: Objets) -> bool:
    return notes.get(LECTURE) == lus.get(LECTURE)


def _en_mots(trouves: list[str]) -> str:
    dits = ", ".join(trouves[:NOMMES])
    if len(trouves) > NOMMES:
        return f"{dits} et {accorder(len(trouves) - NOMMES, 'autre objet', 'autres objets')}"
    return dits


def _est_signee(note: object, role: str) -> bool:
    octets = _octets(role, getattr(note, "voulus", ""), getattr(note, "objets", None) or {})
    return cles.est_signe(getattr(note, "cle", None), octets, getattr(note, "signature", None))


def _octets(role: str, voulus: str, objets: Objets) -> bytes:
    return b"installation " + json.dumps([role, voulus, objets], sort_keys=True).encode()


def _voulus(connexion: Connection, role: str) -> str:
    """The hash of every statement that the installation would run."""
    tables = set(inspect(connexion).get_table_names(schema="public"))
    return sha256("\n".join(installation.ordres(tables, role)).encode()).hexdigest()


def _catalogues(objets: Objets) -> str:
    definitions = {nom: definition for nom, (definition, _) in objets.items()}
    return sha256(json.dumps(definitions, sort_keys=True).encode()).hexdigest()


def _objets(connexion: Connection, role: str) -> Objets:
    """Hashed here: a function of the base that was replaced lies to nobody."""
    with _fonctions_de_postgresql(connexion):
        lus = connexion.execute(_OBJETS, {"role": role}).all()
    objets = {objet.nom: [_hash(objet.definition), objet.ecrit] for objet in lus}
    propres = sorted(map(str, connexion.execute(_DE_POSTGRESQL)))
    objets[DE_POSTGRESQL] = [_hash(" ".join(propres)), ""]
    objets[LECTURE] = [_hash(f"{_OBJETS} {_DE_POSTGRESQL}"), ""]
    return objets


def _hash(definition: str) -> str:
    return sha256(definition.encode()).hexdigest()


@contextmanager
def _fonctions_de_postgresql(connexion: Connection) -> Iterator[None]:
    """Names are those of PostgreSQL itself, and those of ours are written in full."""
    avant = connexion.scalar(text("select current_setting('search_path')"))
    poser = text("select set_config('search_path', :chemin, true)")
    connexion.execute(poser, {"chemin": "pg_catalog"})
    yield
    connexion.execute(poser, {"chemin": avant})
