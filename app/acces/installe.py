"""Whether a base already has the policies, triggers, functions and grants of this code.

Installing them takes a lock on every table, which a node that serves would feel at each start of
another: so nothing is installed when what is in the base is what was put there (a hash of the
catalogues, which finds a policy dropped by hand too) for the same statements.
"""

from hashlib import sha256

from sqlalchemy import Connection, inspect, text

from app.acces import installation

_TABLE = text(
    "create table if not exists acces.installation"
    " (role text primary key, voulus text not null, catalogues text not null)"
)
_NOTE = text("select voulus, catalogues from acces.installation where role = :role")
_RETENIR = text("""
    insert into acces.installation values (:role, :voulus, :catalogues)
    on conflict (role) do update
      set voulus = excluded.voulus, catalogues = excluded.catalogues""")
_CATALOGUES = text("""
    with objets(ligne) as (
      select concat_ws(' ', 'table', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity,
        c.relacl)
      from pg_class c
      where c.relkind in ('r', 'S')
        and c.relnamespace in ('public'::regnamespace, 'acces'::regnamespace)
      union all
      select concat_ws(' ', 'colonne', a.attrelid::regclass, a.attname, a.attacl)
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and a.attacl is not null
      union all
      select concat_ws(' ', 'politique', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive,
        p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), '/',
        pg_get_expr(p.polwithcheck, p.polrelid))
      from pg_policy p
      union all
      select concat_ws(' ', 'declencheur', pg_get_triggerdef(t.oid), t.tgenabled)
      from pg_trigger t where not t.tgisinternal
      union all
      select concat_ws(' ', 'fonction', f.oid::regprocedure, f.prosecdef, f.proconfig, '/',
        f.proacl, md5(f.prosrc))
      from pg_proc f where f.pronamespace = 'acces'::regnamespace
      union all
      select concat_ws(' ', 'schema', nspname, nspacl)
      from pg_namespace where nspname in ('public', 'acces'))
    select encode(sha256(convert_to(string_agg(ligne, chr(10) order by ligne), 'UTF8')), 'hex')
    from objets""")


def est_a_jour(connexion: Connection, role: str) -> bool:
    """Nothing to install for this application's role; reads catalogues, locks nothing."""
    if connexion.scalar(text("select to_regclass('acces.installation')")) is None:
        return False
    note = connexion.execute(_NOTE, {"role": role}).one_or_none()
    return note is not None and tuple(note) == (_voulus(connexion, role), _catalogues(connexion))


def retenir(connexion: Connection, role: str) -> None:
    """Note what has just been installed."""
    connexion.execute(_TABLE)
    valeurs = {"role": role, "voulus": _voulus(connexion, role)}
    connexion.execute(_RETENIR, {**valeurs, "catalogues": _catalogues(connexion)})


def _voulus(connexion: Connection, role: str) -> str:
    """The hash of every statement that the installation would run."""
    tables = set(inspect(connexion).get_table_names())
    return sha256("\n".join(installation.ordres(tables, role)).encode()).hexdigest()


def _catalogues(connexion: Connection) -> str:
    return str(connexion.scalar(_CATALOGUES))
