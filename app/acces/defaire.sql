-- Undoing as one act all that one act wrote. The lines of the audit log that it wrote bear its mark: « import:12 », « lot:7 ».

-- The act of a mark: who made it, since when the audit log speaks of it. No row: unknown.
create or replace function acces.acte_de(p_marque text) returns table (compte_id int, depuis timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare numero int := case when p_marque ~ '^(import|lot):[0-9]{1,9}$' then split_part(p_marque, ':', 2)::int end;
begin
  if p_marque like 'import:%' then
    return query select i.compte_id, i.deposee_le from importation i where i.id = numero;
  else
    return query select m.compte_id, m.faite_le from modification_groupee m where m.id = numero;
  end if;
end $$;
revoke execute on function acces.acte_de(text) from public;

-- What an act wrote; read from the day it was made, not from the beginning of the audit log.
create or replace function acces.lignes_de(p_marque text)
returns table (id bigint, le timestamptz, operation text, table_nom text, cle text, jeune_id int, mds_id int, avant jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  select j.id, j.le, j.operation::text, j.table_nom::text, j.cle::text, j.jeune_id, j.mds_id, j.avant from journal j
  where j.le >= (select a.depuis from acces.acte_de(p_marque) a) and j.requete = p_marque
    and j.operation in ('creation', 'modification')
$$;
revoke execute on function acces.lignes_de(text) from public;

-- Who may undo an act: the account that made it, while it may still write all that it touched; a death, whoever may edit the youth.
create or replace function acces.peut_defaire(p_marque text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.pour_tous() or acces.peut_revenir_sur_le_deces(p_marque) or (
    exists (select 1 from acces.acte_de(p_marque) a where a.compte_id = acces.compte_id())
    and not exists (
      select 1 from (
        select distinct case j.table_nom when 'distinction' then 'fusion' else j.table_nom end as table_nom, j.mds_id,
          case j.operation when 'creation' then 'creer' else 'modifier' end as acte
        from acces.lignes_de(p_marque) j) t
      where case when t.mds_id is null then not acces.a_le_droit(t.table_nom, t.acte)
                 else not t.mds_id = any(coalesce(acces.mds(t.table_nom, t.acte), '{}')) end))
$$;

-- What was done since to the records that an act touched, or was added to the youths it created.
drop function if exists acces.changes_depuis(text);
create or replace function acces.changes_depuis(p_marque text)
returns table (id bigint, le timestamptz, login text, operation text, table_nom text, cle text, jeune_id int)
language sql stable security definer set search_path = public, pg_temp as $$
  with lignes as (
    select j.* from acces.lignes_de(p_marque) j where acces.peut_defaire(p_marque)
  ), touches as (select l.table_nom, l.cle, max(l.id) as dernier from lignes l group by 1, 2),
  nouveaux as (select l.cle::int as jeune_id from lignes l where l.table_nom = 'jeune' and l.operation = 'creation')
  select j.id, j.le, j.login::text, j.operation::text, j.table_nom::text, j.cle::text,
    coalesce(j.jeune_id, case j.table_nom when 'jeune' then j.cle::int end)
  from journal j left join touches t on t.table_nom = j.table_nom and t.cle = j.cle
  where j.operation in ('creation', 'modification', 'suppression') and j.requete is distinct from p_marque
    and j.le >= (select min(l.le) from lignes l) and j.id > (select min(dernier) from touches)
    and (j.id > t.dernier or (t.cle is null and j.jeune_id in (select jeune_id from nouveaux)))
  order by j.id
$$;

-- What an act wrote and nobody touched since: a youth's file is one whole, that stays as it is when any part of it changed.
create or replace function acces.lignes_intactes_de(p_marque text)
returns table (id bigint, le timestamptz, operation text, table_nom text, cle text, jeune_id int, mds_id int, avant jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  with changees as materialized (select c.table_nom, c.cle, c.jeune_id from acces.changes_depuis(p_marque) c)
  select l.* from acces.lignes_de(p_marque) l
  where not exists (select 1 from changees c where c.table_nom = l.table_nom and c.cle = l.cle)
    and not exists (select 1 from changees c
      where c.jeune_id = coalesce(l.jeune_id, case l.table_nom when 'jeune' then l.cle::int end))
$$;
revoke execute on function acces.lignes_intactes_de(text) from public;

-- In SQL, that no record which stays refers to the row x of a table: « not exists (…) and … ».
create or replace function acces.sans_reference(p_table text) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(string_agg(format('not exists (select 1 from %s y where y.%I = x.id)', c.conrelid::regclass, a.attname), ' and '), 'true')
  from pg_constraint c join pg_attribute i on i.attrelid = c.confrelid and i.attname = 'id'
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[array_position(c.confkey, i.attnum)]
  where c.contype = 'f' and c.confrelid = p_table::regclass and c.confdeltype in ('a', 'r')
$$;
revoke execute on function acces.sans_reference(text) from public;

-- Put back what an act changed, delete what it created; p_tables: those that others refer to first.
-- The audit log keeps both acts. Refused (exception) when something was changed since, or when it is undone already;
-- p_reste: what was changed since stays as it is, with all that the youth's file holds, and the rest is undone.
drop function if exists acces.defaire(text, text[]);
create or replace function acces.defaire(p_marque text, p_tables text[], p_reste boolean default false) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  numero int := case when p_marque ~ '^(import|lot):[0-9]{1,9}$' then split_part(p_marque, ':', 2)::int end;
  t text; champs text; suit_un_jeune boolean; rang int; tient boolean; intactes bigint[];
begin
  if p_marque like 'import:%' then
    select statut = 'appliquee' into tient from importation where id = numero for update;
  else
    select annulee_le is null into tient from modification_groupee where id = numero for update;
  end if;
  if tient is not true or not acces.peut_defaire(p_marque) or (not p_reste and exists (select 1 from acces.changes_depuis(p_marque))) then
    raise exception using errcode = '42501', message = 'this act cannot be undone';
  end if;
  if p_reste then
    select coalesce(array_agg(l.id), '{}') into intactes from acces.lignes_intactes_de(p_marque) l;
  end if;
  set constraints all deferred;
  foreach t in array p_tables loop
    select exists (select 1 from pg_attribute where attrelid = t::regclass and attname = 'jeune_id') into suit_un_jeune;
    select string_agg(format('%I = r.%I', champ, champ), ', ')
      || case when suit_un_jeune then ', mds_id = (select j.mds_id from jeune j where j.id = r.jeune_id)' else '' end
    into champs
    from (select distinct jsonb_object_keys(l.avant) as champ from acces.lignes_de(p_marque) l
          where l.table_nom = t and l.operation = 'modification' and (not p_reste or l.id = any(intactes))) c
    where not (suit_un_jeune and champ = 'mds_id');
    if champs is not null then
      execute format(
        'update %1$I x set %2$s from (
           select (jsonb_populate_record(actuel, a.avant)).* from %1$I actuel join (
             select j.cle::int as id, jsonb_object_agg(e.key, e.value order by j.id desc) as avant
             from acces.lignes_de($1) j cross join lateral jsonb_each(j.avant) e
             where j.table_nom = $2 and j.operation = ''modification'' and ($3 is null or j.id = any($3)) group by j.cle) a
             on a.id = actuel.id
         ) r where r.id = x.id', t, champs) using p_marque, t, intactes;
    end if;
  end loop;
  for rang in reverse cardinality(p_tables)..1 loop
    t := p_tables[rang];
    execute format('delete from %I x using acces.lignes_de($1) j where j.table_nom = $2
                    and j.operation = ''creation'' and x.id = j.cle::int and ($3 is null or (j.id = any($3) and %s))',
      t, acces.sans_reference(t)) using p_marque, t, intactes;
  end loop;
  if p_marque like 'import:%' then
    update importation set statut = 'annulee', annulee_le = now() where id = numero;
  else
    update modification_groupee set annulee_le = now(), annulee_par = acces.journal_login() where id = numero;
  end if;
  set constraints all immediate;
end $$;

-- The same, for imports alone, before.
drop function if exists acces.peut_annuler_importation(int), acces.changes_depuis_importation(int),
  acces.annuler_importation(int, text[]);
