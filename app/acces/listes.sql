-- The code lists as they stand: whoever keeps a copy knows by this number whether it still holds. It changes with them, in the
-- same transaction; the application's role has no right on it, the session that opens tells it.
create table if not exists acces.version_des_listes (
  seule boolean primary key default true check (seule), version uuid not null default gen_random_uuid());
insert into acces.version_des_listes default values on conflict do nothing;

create or replace function acces.changer_les_listes() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update acces.version_des_listes set version = gen_random_uuid();
  insert into acces.mouvement values ('jeunes', -1, 1);  -- the figures that are kept read them: chiffres.sql
  return null;
end $$;

-- That number, for a process that reads ahead of any request.
create or replace function acces.lire_version_des_listes() returns uuid
language sql stable security definer set search_path = public, pg_temp as
$$ select version from acces.version_des_listes $$;

-- The agents as they stand, likewise, and the papers of the home page (models/papiers.py): the version of a family of tables
-- is the sum of its numbers drawn at random. A writer adds a row, so none waits for another (an import neither), and a transaction that
-- commits late changes the sum too. Argument: the family.
create or replace function acces.changer_la_version() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into acces.version_des_tables (famille, nombre) values (tg_argv[0], 1 + floor(random() * 1e15));
  return null;
end $$;

-- The rows of a family become one: the same version, read at once.
create or replace function acces.additionner_les_versions() returns void
language sql security definer set search_path = public, pg_temp as $$
  with retires as (delete from acces.version_des_tables returning famille, nombre)
  insert into acces.version_des_tables (famille, nombre) select famille, sum(nombre) from retires group by famille
$$;

revoke execute on function acces.additionner_les_versions() from public;
