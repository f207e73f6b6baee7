-- The queue: a row carries the number of a piece of work, nothing of what it is about.

-- Put a piece of work in the queue, in the caller's transaction: it is there if what was asked is.
-- One at a time for each person (p_verrou), in the order in which they asked.
create or replace function acces.mettre_en_file(p_travail int, p_verrou text, p_priorite int default 0) returns bigint
language plpgsql set search_path = travaux, pg_temp as $$
begin
  return (procrastinate_defer_jobs_v1(array[
    row('travaux', 'executer', p_priorite, p_verrou, null, jsonb_build_object('numero', p_travail), null)::procrastinate_job_to_defer_v1
  ]))[1];
end $$;

-- Put a planned task in the queue, in the caller's transaction; false when it waits there already. Never two at once,
-- and after the work that somebody waits for.
create or replace function acces.planifier(p_tache text) returns boolean
language plpgsql set search_path = travaux, pg_temp as $$
begin
  perform procrastinate_defer_jobs_v1(array[
    row('travaux', p_tache, -1, p_tache, p_tache, '{}'::jsonb, null)::procrastinate_job_to_defer_v1
  ]);
  return true;
exception when unique_violation then return false;
end $$;

-- The queue's functions and triggers find its tables, whoever calls them and whatever the connection was told.
do $$
declare fonction text;
begin
  for fonction in select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                  where n.nspname = 'travaux' and p.prokind = 'f' loop
    execute format('alter function %s set search_path = travaux, pg_temp', fonction);
  end loop;
end $$;
