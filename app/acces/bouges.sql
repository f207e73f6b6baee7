-- The youths of whom something was written, with the transaction that wrote it. A process that keeps what it read of many youths
-- (app/views/attente.py) notes the snapshot in which it read: the youths to read again are those that a transaction wrote
-- which that snapshot did not see. A writer adds rows and waits for nobody; one that commits late is not seen by the snapshots before, and is by
-- those after. Both tables are the base's own and « unlogged »: empty after a crash, under another number (« suivi »).

-- Argument: the column of the number of the youth. A row that changes youth notes both; a TRUNCATE, all of them (-1).
create or replace function acces.noter_bouges() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'TRUNCATE' then
    insert into acces.jeune_bouge values (-1);
  elsif tg_argv[0] = 'id' and tg_op = 'DELETE' then
    insert into acces.jeune_bouge select id from ancien;
  elsif tg_argv[0] = 'id' then  -- a key never changes
    insert into acces.jeune_bouge select id from nouveau;
  elsif tg_op = 'UPDATE' then
    insert into acces.jeune_bouge select jeune_id from nouveau union select jeune_id from ancien;
  elsif tg_op = 'INSERT' then
    insert into acces.jeune_bouge select distinct jeune_id from nouveau;
  else
    insert into acces.jeune_bouge select distinct jeune_id from ancien;
  end if;
  return null;
end $$;

-- What a look has to read again: the youths written since one of these snapshots, at most so many. No answer (null) when all must be: nothing
-- was kept under this number, what was noted since is forgotten, everyone or too many have moved. « instantane » is that of this statement, in
-- which what is read after may be kept, if « seul »: a transaction that has written, or that holds one instant, keeps nothing.
create or replace function acces.jeunes_bouges(p_suivi text, p_depuis pg_snapshot[], p_au_plus int)
returns table (suivi text, instantane pg_snapshot, seul boolean, jeunes int[])
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare le_suivi text; oublies xid8; plancher xid8; lus int[];
begin
  -- A server that starts again may be a copy, or have gone back in time: its transactions are numbered as before.
  select concat_ws(' ', s.suivi, d.oid, pg_postmaster_start_time()), s.oublies into le_suivi, oublies
  from acces.suivi_des_bouges s, pg_database d where d.datname = current_database();
  select pg_snapshot_xmin(d) into plancher from unnest(p_depuis) d order by 1 limit 1;
  if le_suivi = p_suivi and plancher >= oublies then
    select coalesce(array_agg(b.jeune_id), '{}') into lus from (
      select distinct n.jeune_id from acces.jeune_bouge n
      where n.ecrit_par >= plancher
        and exists (select from unnest(p_depuis) d where not pg_visible_in_snapshot(n.ecrit_par, d))
      limit p_au_plus + 1) b;
    if cardinality(lus) > p_au_plus or -1 = any(lus) then lus := null; end if;
  end if;
  return query select le_suivi, pg_current_snapshot(),
    pg_current_xact_id_if_assigned() is null and current_setting('transaction_isolation') = 'read committed', lus;
end $$;

-- After a crash, or in a base restored: from now on, what is written is noted.
create or replace function acces.suivre_les_bouges() returns void
language sql security definer set search_path = public, pg_temp as
$$ insert into acces.suivi_des_bouges default values on conflict do nothing $$;

-- What was written before the last time that this was asked is forgotten: a snapshot as old as that no longer holds.
create or replace function acces.oublier_les_bouges() returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from acces.jeune_bouge where ecrit_par < (select suivants from acces.suivi_des_bouges);
  update acces.suivi_des_bouges set oublies = suivants, suivants = pg_snapshot_xmin(pg_current_snapshot());
$$;

revoke execute on function acces.oublier_les_bouges() from public;
