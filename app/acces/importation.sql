-- The classeur de reprise: what an import must know beyond what its author sees, and its undoing as one act.

-- Among these folded keys, those already held, wherever the record is. The unique key would tell as much, one by one.
create or replace function acces.cles_prises(p_table text, p_cles text[]) returns setof text
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from pg_constraint where conname = format('uq_%s_cle', p_table) and contype = 'u') or not acces.a_le_droit('classeur', 'creer') then
    raise exception using errcode = '42501', message = 'not for this';
  end if;
  return query execute format('select cle from %I where cle = any($1)', p_table) using p_cles;
end $$;

-- Who may undo an import: the account that made it, while it may still write all that it touched.
create or replace function acces.peut_annuler_importation(p_id int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.pour_tous() or (
    exists (select 1 from importation i where i.id = p_id and i.compte_id = acces.compte_id())
    and not exists (
      select 1 from (
        select distinct j.table_nom, j.mds_id, case j.operation when 'creation' then 'creer' else 'modifier' end as acte
        from journal j where j.requete = 'import:' || p_id and j.operation in ('creation', 'modification')) t
      where case when t.mds_id is null then not acces.a_le_droit(t.table_nom, t.acte)
                 else not t.mds_id = any(coalesce(acces.mds(t.table_nom, t.acte), '{}')) end))
$$;

-- What was done since to the records that an import touched, or was added to the youths it created.
create or replace function acces.changes_depuis_importation(p_id int)
returns table (id bigint, le timestamptz, login text, operation text, table_nom text, cle text)
language sql stable security definer set search_path = public, pg_temp as $$
  with lignes as (
    select j.* from journal j
    where j.requete = 'import:' || p_id and j.operation in ('creation', 'modification') and acces.peut_annuler_importation(p_id)
  ), touches as (select l.table_nom, l.cle, max(l.id) as dernier from lignes l group by 1, 2),
  nouveaux as (select l.cle::int as jeune_id from lignes l where l.table_nom = 'jeune' and l.operation = 'creation')
  select j.id, j.le, j.login::text, j.operation::text, j.table_nom::text, j.cle::text
  from journal j left join touches t on t.table_nom = j.table_nom and t.cle = j.cle
  where j.operation in ('creation', 'modification', 'suppression') and j.requete is distinct from 'import:' || p_id
    and j.id > (select min(dernier) from touches)
    and (j.id > t.dernier or (t.cle is null and j.jeune_id in (select jeune_id from nouveaux)))
  order by j.id
$$;

-- Put back what the import changed, delete what it created; p_tables: those that others refer to first.
-- The audit log keeps both acts. Refused (exception) when something was changed since.
create or replace function acces.annuler_importation(p_id int, p_tables text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  marque text := 'import:' || p_id;
  t text; champs text; suit_un_jeune boolean; rang int;
begin
  perform 1 from importation where id = p_id and statut = 'appliquee' for update;
  if not found or not acces.peut_annuler_importation(p_id) or exists (select 1 from acces.changes_depuis_importation(p_id)) then
    raise exception using errcode = '42501', message = 'this import cannot be undone';
  end if;
  set constraints all deferred;
  foreach t in array p_tables loop
    select exists (select 1 from pg_attribute where attrelid = t::regclass and attname = 'jeune_id') into suit_un_jeune;
    select string_agg(format('%I = r.%I', champ, champ), ', ')
      || case when suit_un_jeune then ', mds_id = (select j.mds_id from jeune j where j.id = r.jeune_id)' else '' end
    into champs
    from (select distinct jsonb_object_keys(avant) as champ from journal
          where requete = marque and table_nom = t and operation = 'modification') c
    where not (suit_un_jeune and champ = 'mds_id');
    if champs is not null then
      execute format(
        'update %1$I x set %2$s from (
           select (jsonb_populate_record(actuel, a.avant)).* from %1$I actuel join (
             select j.cle::int as id, jsonb_object_agg(e.key, e.value order by j.id desc) as avant
             from journal j cross join lateral jsonb_each(j.avant) e
             where j.requete = $1 and j.table_nom = $2 and j.operation = ''modification'' group by j.cle) a on a.id = actuel.id
         ) r where r.id = x.id', t, champs) using marque, t;
    end if;
  end loop;
  for rang in reverse cardinality(p_tables)..1 loop
    t := p_tables[rang];
    execute format('delete from %I x using journal j where j.requete = $1 and j.table_nom = $2
                    and j.operation = ''creation'' and x.id = j.cle::int', t) using marque, t;
  end loop;
  update importation set statut = 'annulee', annulee_le = now() where id = p_id;
  set constraints all immediate;
end $$;
