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

-- Who reads the story of the records of a table that belong to no youth: a condition on a line of the audit log. Each shape
-- says its own; the policy of the audit log is made of them (acces.raconter_les_histoires).
create temporary table if not exists histoire (table_nom text primary key, condition text not null);
truncate pg_temp.histoire;

create or replace procedure acces.raconter(p_table text, p_condition text) language sql as $$
  insert into pg_temp.histoire values (p_table, p_condition)
  on conflict (table_nom) do update set condition = excluded.condition
$$;

-- Whoever reads the record reads its story.
create or replace procedure acces.raconter_par_la_cle(p_table text) language plpgsql as $$
begin
  call acces.raconter(p_table, format('cle in (select id::text from %I)', p_table));
end $$;

-- A row of one of the MDS where the acting account may do this act.
create or replace function acces.ici(p_ressource text, p_acte text) returns text language sql immutable as
$$ select format('mds_id = any((select acces.mds(%L, %L))::int[])', p_ressource, p_acte) $$;

-- The same, or a row of the whole Département (no MDS): for whoever acts everywhere; with p_pour_tous, for whoever acts somewhere.
create or replace function acces.ici_ou_departement(
  p_ressource text, p_acte text, p_pour_tous boolean default false
) returns text language sql immutable as $$
  select format('%s or (mds_id is null and (select acces.%s(%L, %L)))', acces.ici(p_ressource, p_acte),
                case when p_pour_tous then 'a_le_droit' else 'partout' end, p_ressource, p_acte)
$$;

create or replace procedure acces.par_mds(p_table text) language plpgsql as $$
begin
  call acces.proteger(p_table, acces.ici(p_table, 'lire'), acces.ici(p_table, 'creer'), acces.ici(p_table, 'modifier'),
                      acces.ici(p_table, 'supprimer'));
  call acces.raconter(p_table, acces.ici(p_table, 'lire'));
end $$;

-- The same, and a record is created on a youth that one sees, in the MDS of that youth: refused before any unique
-- key or period is compared, whose answer would tell something of a youth that one does not see.
create or replace procedure acces.par_jeune(p_table text) language plpgsql as $$
begin
  call acces.proteger(p_table, acces.ici(p_table, 'lire'),
    format('%s and exists (select 1 from jeune j where j.id = %2$I.jeune_id and j.mds_id = %2$I.mds_id)', acces.ici(p_table, 'creer'), p_table),
    acces.ici(p_table, 'modifier'), acces.ici(p_table, 'supprimer'));
end $$;

create or replace procedure acces.mds_ou_departement(p_table text) language plpgsql as $$
begin
  call acces.proteger(p_table, acces.ici_ou_departement(p_table, 'lire', true), acces.ici_ou_departement(p_table, 'creer'),
                      acces.ici_ou_departement(p_table, 'modifier'), acces.ici_ou_departement(p_table, 'supprimer'));
  call acces.raconter(p_table, acces.ici_ou_departement(p_table, 'lire', true));
end $$;

create or replace procedure acces.departemental(p_table text) language plpgsql as $$
begin
  call acces.proteger(p_table, format('(select acces.a_le_droit(%L, ''lire''))', p_table),
    format('(select acces.a_le_droit(%L, ''creer''))', p_table), format('(select acces.a_le_droit(%L, ''modifier''))', p_table),
    format('(select acces.a_le_droit(%L, ''supprimer''))', p_table));
  call acces.raconter(p_table, format('(select acces.a_le_droit(%L, ''lire''))', p_table));
end $$;

-- Their story is told by acces.listes().
create or replace procedure acces.reference(p_table text) language plpgsql as $$
begin
  call acces.proteger(p_table, '(select acces.connu())', '(select acces.a_le_droit(''nomenclature'', ''creer''))',
    '(select acces.a_le_droit(''nomenclature'', ''modifier''))');
end $$;

-- A row follows its parent: read where the parent is read, written where the parent may be changed.
create or replace procedure acces.avec_son_parent(p_table text, p_parent text, p_histoire boolean) language plpgsql as $$
declare ecrire text;
begin
  select pg_get_expr(polqual, polrelid) into ecrire from pg_policy where polrelid = p_parent::regclass and polname = 'modifier';
  ecrire := format('exists (select 1 from %I where %I.id = %I and (%s))', p_parent, p_parent, p_parent || '_id', ecrire);
  call acces.proteger(p_table, format('exists (select 1 from %I where %I.id = %I)', p_parent, p_parent, p_parent || '_id'),
                      ecrire, ecrire, ecrire);
  if p_histoire then
    call acces.raconter(p_table, format(
      'coalesce(avant, ''{}'') ->> %L in (select id::text from %I) or cle in (select id::text from %I)', p_parent || '_id', p_parent, p_table));
  end if;
end $$;

create or replace procedure acces.personnel(p_table text) language plpgsql as $$
declare soi text := '(select acces.pour_tous()) or compte_id = (select acces.compte_id())';
begin
  call acces.proteger(p_table, soi, soi, soi, soi);
end $$;

-- A trigger for each row; put again, it ends the same.
create or replace procedure acces.declencheur(p_table text, p_nom text, p_quand text, p_condition text, p_fonction text)
language plpgsql as $$
begin
  execute format('create or replace trigger %I %s on %I for each row %s execute function %s', p_nom, p_quand, p_table,
                 case when p_condition <> '' then format('when (%s)', p_condition) else '' end, p_fonction);
end $$;

-- The same, looked at when the transaction ends.
create or replace procedure acces.declencheur_a_la_fin(p_table text, p_nom text, p_quand text, p_fonction text)
language plpgsql as $$
begin
  execute format('drop trigger if exists %I on %I', p_nom, p_table);
  execute format('create constraint trigger %I %s on %I deferrable initially deferred for each row execute function %s',
                 p_nom, p_quand, p_table, p_fonction);
end $$;

create or replace procedure acces.fermer(p_tables text[]) language plpgsql as $$
declare t text;
begin
  foreach t in array p_tables loop call acces.proteger(t); end loop;
end $$;

-- The same procedures took lists before.
drop procedure if exists acces.par_mds(text[]), acces.par_jeune(text[]), acces.departemental(text[]), acces.reference(text[]),
  acces.personnel(text[]), acces.avec_son_parent(text, text);
