-- A trigger needs no right to run; without it nobody hangs the audit log on a table of their own to imitate it.
do $$
declare fonction text;
begin
  for fonction in select oid::regprocedure::text from pg_proc
                  where pronamespace = 'acces'::regnamespace and prorettype = 'trigger'::regtype loop
    execute format('revoke execute on function %s from public', fonction);
  end loop;
end $$;
revoke create on schema public from public;  -- still granted there before PostgreSQL 15
