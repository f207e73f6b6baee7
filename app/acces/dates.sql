-- What has been seen or done is never dated after the day on which it is recorded (models/dates.py), whatever the door.

-- The day that facts and deadlines are compared with; rights and sessions read the clock itself. Without « set »: it is inlined.
create or replace function acces.aujourd_hui() returns date language sql stable as $$ select current_date $$;

-- The day in Paris; the clocks of two machines may be an hour apart.
create or replace function acces.dernier_jour_d_un_fait() returns date
language sql stable set search_path = pg_catalog, pg_temp as $$
  select ((now() + interval '1 hour') at time zone 'Europe/Paris')::date
$$;

-- The constraint is told by the trigger, for the sentence beside it. What stays as it was is let through: a rule never blocks
-- the mending of another field.
create or replace function acces.refuser_fait_a_venir() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and acces.reste(to_jsonb(old), to_jsonb(new), tg_argv[1]) and acces.reste(to_jsonb(old), to_jsonb(new), 'statut_code') then
    return new;
  end if;
  raise exception using errcode = '23514', constraint = tg_argv[0], message = 'a fact is not dated after today';
end $$;

create or replace function acces.reste(p_avant jsonb, p_apres jsonb, p_colonne text) returns boolean language sql immutable as $$
  select p_avant -> p_colonne is not distinct from p_apres -> p_colonne
$$;

-- A phone or an e-mail that is none, a text too long (models/formes.py).
create or replace function acces.refuser_forme() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and acces.reste(to_jsonb(old), to_jsonb(new), tg_argv[1]) then return new; end if;
  raise exception using errcode = '23514', constraint = tg_argv[0], message = 'not well formed';
end $$;
