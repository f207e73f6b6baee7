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

-- The next free codes of a table (acces.attribuer_code_… gives the same, one by one): an import must know them before it writes.
create or replace function acces.reserver_codes(p_table text, p_prefixe text, p_chiffres int, p_nombre int) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare numero text; propose text; libre boolean;
begin
  if to_regclass(format('acces.%I', p_table || '_code_seq')) is null or p_nombre > 1000 or not acces.a_le_droit('classeur', 'creer') then
    raise exception using errcode = '42501', message = 'not for this';
  end if;
  for i in 1..p_nombre loop
    loop
      numero := nextval(format('acces.%I', p_table || '_code_seq')::regclass)::text;
      propose := acces.ecrire_code(p_prefixe, p_chiffres, numero);
      execute format('select not exists (select 1 from %I where cle = acces.plier($1))', p_table) into libre using propose;
      exit when libre;
    end loop;
    return next propose;
  end loop;
end $$;
