-- What has been seen or done is never dated after the day on which it is recorded (models/dates.py), whatever the door.

-- The day that facts and deadlines are compared with; rights and sessions read the clock itself. Without « set »: it is inlined.
create or replace function acces.aujourd_hui() returns date language sql stable as $$ select current_date $$;

-- The day in Paris; the clocks of two machines may be an hour apart.
create or replace function acces.dernier_jour_d_un_fait() returns date
language sql stable set search_path = pg_catalog, pg_temp as $$
  select ((now() + interval '1 hour') at time zone 'Europe/Paris')::date
$$;

-- The constraint is told by the trigger, for the sentence beside it.
create or replace function acces.refuser_fait_a_venir() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = tg_argv[0], message = 'a fact is not dated after today';
end $$;
