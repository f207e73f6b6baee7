-- The few shapes a policy takes. Each call removes what stood before, so the list of politiques.sql is all there is.
-- The owner (migrations, backup) sees all; the application's role owns nothing and is bound by the rest.

create or replace procedure acces.proteger(
  p_table text, lire text default null, creer text default null, modifier text default null, supprimer text default null
) language plpgsql as $$
declare ancienne text;
begin
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  for ancienne in select polname from pg_policy where polrelid = p_table::regclass loop
    execute format('drop policy %I on %I', ancienne, p_table);
  end loop;
  execute format('create policy proprietaire on %I to current_user using (true) with check (true)', p_table);
  if lire is not null then execute format('create policy lire on %I for select using (%s)', p_table, lire); end if;
  if creer is not null then execute format('create policy creer on %I for insert with check (%s)', p_table, creer); end if;
  if modifier is not null then
    execute format('create policy modifier on %I for update using (%s) with check (%s)', p_table, modifier, modifier);
  end if;
  if supprimer is not null then execute format('create policy supprimer on %I for delete using (%s)', p_table, supprimer); end if;
end $$;

create or replace procedure acces.par_mds(p_tables text[]) language plpgsql as $$
declare t text;
begin
  foreach t in array p_tables loop
    call acces.proteger(t,
      format('mds_id = any((select acces.mds(%L, ''lire''))::int[])', t),
      format('mds_id = any((select acces.mds(%L, ''creer''))::int[])', t),
      format('mds_id = any((select acces.mds(%L, ''modifier''))::int[])', t),
      format('mds_id = any((select acces.mds(%L, ''supprimer''))::int[])', t));
  end loop;
end $$;

-- The same, and a record is created on a youth that one sees, in the MDS of that youth: refused before any unique
-- key or period is compared, whose answer would tell something of a youth that one does not see.
create or replace procedure acces.par_jeune(p_tables text[]) language plpgsql as $$
declare t text;
begin
  call acces.par_mds(p_tables);
  foreach t in array p_tables loop
    execute format('alter policy creer on %1$I with check (mds_id = any((select acces.mds(%1$L, ''creer''))::int[])'
      || ' and exists (select 1 from jeune j where j.id = %1$I.jeune_id and j.mds_id = %1$I.mds_id))', t);
  end loop;
end $$;

create or replace procedure acces.departemental(p_tables text[]) language plpgsql as $$
declare t text;
begin
  foreach t in array p_tables loop
    call acces.proteger(t, format('(select acces.a_le_droit(%L, ''lire''))', t),
      format('(select acces.a_le_droit(%L, ''creer''))', t), format('(select acces.a_le_droit(%L, ''modifier''))', t),
      format('(select acces.a_le_droit(%L, ''supprimer''))', t));
  end loop;
end $$;

create or replace procedure acces.reference(p_tables text[]) language plpgsql as $$
declare t text;
begin
  foreach t in array p_tables loop
    call acces.proteger(t, '(select acces.connu())', '(select acces.a_le_droit(''nomenclature'', ''creer''))',
      '(select acces.a_le_droit(''nomenclature'', ''modifier''))');
  end loop;
end $$;

-- A row follows its parent: read where the parent is read, written where the parent may be changed.
create or replace procedure acces.avec_son_parent(p_table text, p_parent text) language plpgsql as $$
declare ecrire text;
begin
  select pg_get_expr(polqual, polrelid) into ecrire from pg_policy where polrelid = p_parent::regclass and polname = 'modifier';
  ecrire := format('exists (select 1 from %I where %I.id = %I and (%s))', p_parent, p_parent, p_parent || '_id', ecrire);
  call acces.proteger(p_table, format('exists (select 1 from %I where %I.id = %I)', p_parent, p_parent, p_parent || '_id'),
                      ecrire, ecrire, ecrire);
end $$;

create or replace procedure acces.personnel(p_tables text[]) language plpgsql as $$
declare t text; soi text := '(select acces.pour_tous()) or compte_id = (select acces.compte_id())';
begin
  foreach t in array p_tables loop
    call acces.proteger(t, soi, soi, soi, soi);
  end loop;
end $$;

create or replace procedure acces.fermer(p_tables text[]) language plpgsql as $$
declare t text;
begin
  foreach t in array p_tables loop call acces.proteger(t); end loop;
end $$;
