-- The classeur de reprise: what an import must know beyond what its author sees (defaire.sql undoes it as one act).


-- Among these folded keys, those already held, wherever the record is. The unique key would tell as much, one by one.
create or replace function acces.cles_prises(p_table text, p_cles text[]) returns setof text
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from pg_constraint where conname = format('uq_%s_cle', p_table) and contype = 'u') or not acces.a_le_droit('classeur', 'creer') then
    raise exception using errcode = '42501', message = 'not for this';
  end if;
  return query execute format('select cle from %I where cle = any($1)', p_table) using p_cles;
end $$;
