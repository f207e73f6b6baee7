-- Two files of one youth made one, and taken apart again: each in one transaction, honoured by every rule of the base.

-- The tables whose rows belong to a youth, whichever they become.
create or replace function acces.tables_du_jeune() returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct c.relname::text
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'jeune_id' and a.attnum = any(k.conkey)
  where k.contype = 'f' and k.confrelid = 'jeune'::regclass
  order by 1
$$;

-- The acting account may put together, or take apart, files of these MDS: it may write youths in each.
create or replace function acces.peut_fusionner(p_acte text, p_mds int[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select p_mds <@ coalesce(acces.mds('fusion', p_acte), '{}') and p_mds <@ coalesce(acces.mds('jeune', 'modifier'), '{}')
$$;

-- Fields of a youth that one file may take from the other: not its code, by which others know it, nor its MDS.
create or replace function acces.champs_du_jeune() returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
  select attname::text from pg_attribute
  where attrelid = 'jeune'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    and attname not in ('id', 'version', 'code', 'mds_id')
  order by attnum
$$;

-- When the records of two youths break this rule together: [[from, until or null], …]. Behind a wall of rows the base itself
-- does not say it.
create or replace function acces.contradictions(p_table text, p_contrainte text, p_un int, p_autre int) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare k pg_constraint; condition text; memes text; jour text; dates jsonb;
begin
  select * into k from pg_constraint where conname = p_contrainte and conrelid = p_table::regclass;
  if k.contype = 'x' then
    select coalesce(pg_get_expr(indpred, indrelid), 'true') into condition from pg_index where indexrelid = k.conindid;
    execute format(
      'with un as (select du, au from %1$I where jeune_id = $1 and %2$s), autre as (select du, au from %1$I where jeune_id = $2 and %2$s)
       select jsonb_agg(jsonb_build_array(du, au) order by du) from (
         select un.* from un join autre on daterange(un.du, un.au, ''[]'') && daterange(autre.du, autre.au, ''[]'')
         union select autre.* from un join autre on daterange(un.du, un.au, ''[]'') && daterange(autre.du, autre.au, ''[]'')) t',
      p_table, condition) into dates using p_un, p_autre;
  elsif k.contype = 'u' then
    select string_agg(format('a.%1$I = b.%1$I', attname), ' and '), min(attname::text) filter (where atttypid = 'date'::regtype)
    into memes, jour from pg_attribute where attrelid = k.conrelid and attnum = any(k.conkey) and attname <> 'jeune_id';
    if jour is not null then
      execute format('select jsonb_agg(jsonb_build_array(a.%2$I, a.%2$I) order by a.%2$I) from %1$I a join %1$I b on %3$s
                      where a.jeune_id = $1 and b.jeune_id = $2', p_table, jour, memes) into dates using p_un, p_autre;
    end if;
  end if;
  return coalesce(dates, '[]');
end $$;
revoke execute on function acces.contradictions(text, text, int, int) from public;

-- Move the records of one youth to another, table after table; a table that refuses is told in p_refus and left alone.
create or replace function acces.deplacer_fiches(p_de int, p_vers int, p_mds int, p_lesquelles jsonb, out deplacees jsonb, out refus jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
declare t text; numeros jsonb; cause text;
begin
  deplacees := '{}'; refus := '[]';
  for t in select acces.tables_du_jeune() loop
    begin
      execute format(
        'with d as (update %I set jeune_id = $2, mds_id = $3 where jeune_id = $1 and ($4 is null or $4 @> to_jsonb(id)) returning id)
         select jsonb_agg(id order by id) from d', t)
        into numeros using p_de, p_vers, p_mds, case when p_lesquelles is null then null else coalesce(p_lesquelles -> t, '[]') end;
      if numeros is not null then deplacees := deplacees || jsonb_build_object(t, numeros); end if;
    exception when unique_violation or exclusion_violation or check_violation then
      get stacked diagnostics cause = constraint_name;
      refus := refus || jsonb_build_object('table', t, 'contrainte', cause, 'quand', acces.contradictions(t, cause, p_de, p_vers));
    end;
  end loop;
end $$;
revoke execute on function acces.deplacer_fiches(int, int, int, jsonb) from public;

-- Put the file p_absorbe into the file p_garde; p_champs: the fields that take the value of the file that goes.
-- With p_essai, or when records collide, nothing is kept: « refus » says what to solve first. Null = not for this account,
-- or there is no such file: the same answer.
create or replace function acces.fusionner(p_garde int, p_absorbe int, p_champs text[], p_par text, p_essai boolean)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  garde jeune; absorbe jeune; champs text[]; avant jsonb; fait record; numero int; refus jsonb; cause text;
begin
  perform 1 from jeune where id in (p_garde, p_absorbe) order by id for update;
  select * into garde from jeune where id = p_garde;
  select * into absorbe from jeune where id = p_absorbe;
  if garde.id is null or absorbe.id is null or garde.id = absorbe.id
     or not acces.peut_fusionner('creer', array[garde.mds_id, absorbe.mds_id]) then
    return null;
  end if;
  if exists (select 1 from transfert where jeune_id in (p_garde, p_absorbe) and accepte_le is null and refuse_le is null) then
    return jsonb_build_object('refus', jsonb_build_array(jsonb_build_object('table', 'transfert', 'contrainte', 'ck_fusion_transfert')));
  end if;
  if exists (select 1 from distinction d where (d.jeune_id, d.autre_id) in ((p_garde, p_absorbe), (p_absorbe, p_garde))) then
    return jsonb_build_object('refus', jsonb_build_array(jsonb_build_object('table', '', 'contrainte', 'ck_distinction_deux')));
  end if;
  numero := nextval('fusion_id_seq');
  begin
    perform set_config('app.requete', 'fusion:' || numero, true),
            set_config('app.motif', format('Fusion du dossier %s dans le dossier %s', absorbe.code, garde.code), true);
    select * into fait from acces.deplacer_fiches(p_absorbe, p_garde, garde.mds_id, null);
    refus := fait.refus;
    set constraints all immediate;
    if refus = '[]' then
      select array_agg(c), jsonb_object_agg(c, to_jsonb(garde) -> c) into champs, avant
      from acces.champs_du_jeune() c where c = any(p_champs) and to_jsonb(garde) -> c is distinct from to_jsonb(absorbe) -> c;
      delete from jeune where id = p_absorbe;
      if champs is not null then
        execute format('update jeune x set %s from jsonb_populate_record(null::jeune, $1) r where x.id = $2',
                       (select string_agg(format('%I = r.%I', c, c), ', ') from unnest(champs) c)) using to_jsonb(absorbe), p_garde;
      end if;
      insert into fusion (id, jeune_id, mds_id, absorbe_id, code_garde, code_absorbe, absorbe, avant, deplacees, fusionnee_par)
        values (numero, p_garde, garde.mds_id, p_absorbe, garde.code, absorbe.code, to_jsonb(absorbe),
                coalesce(avant, '{}'), fait.deplacees, p_par);
    end if;
    if p_essai or refus <> '[]' then
      raise exception using errcode = 'TD001';  -- take everything back
    end if;
  exception
    when sqlstate 'TD001' then null;
    when check_violation or exclusion_violation or unique_violation then
      get stacked diagnostics cause = constraint_name;
      refus := coalesce(refus, '[]') || jsonb_build_object('table', '', 'contrainte', cause);
  end;
  return jsonb_build_object('refus', coalesce(refus, '[]'), 'deplacees', fait.deplacees, 'fusion', case when not p_essai and refus = '[]' then numero end);
end $$;

-- Take a fusion back: the file that went comes back with its records and its number, the fields that nobody changed since
-- say again what they said. Null = not for this account, or nothing to take back.
create or replace function acces.annuler_fusion(p_id int, p_par text) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  f fusion; actuel jsonb; champs text[]; colonnes text; fait record; contraintes jsonb;
begin
  select * into f from fusion where id = p_id and annulee_le is null for update;
  if not found or not acces.peut_fusionner('modifier', array[f.mds_id, (f.absorbe ->> 'mds_id')::int]) then
    return null;
  end if;
  if exists (select 1 from fusion g where g.jeune_id = f.jeune_id and g.annulee_le is null and g.id > f.id) then
    return jsonb_build_object('refus', jsonb_build_array(jsonb_build_object('table', 'fusion', 'contrainte', 'ck_fusion_ordre')));
  end if;
  if exists (select 1 from transfert where jeune_id = f.jeune_id and accepte_le is null and refuse_le is null) then
    return jsonb_build_object('refus', jsonb_build_array(jsonb_build_object('table', 'transfert', 'contrainte', 'ck_fusion_transfert')));
  end if;
  perform set_config('app.requete', 'fusion:' || f.id, true),
          set_config('app.motif', format('Annulation de la fusion des dossiers %s et %s', f.code_absorbe, f.code_garde), true);
  select string_agg(quote_ident(c), ', ') into colonnes from acces.champs_du_jeune() c;
  execute format('insert into jeune (id, code, mds_id, %1$s) select id, code, mds_id, %1$s from jsonb_populate_record(null::jeune, $1)', colonnes)
    using f.absorbe;
  select * into fait from acces.deplacer_fiches(f.jeune_id, f.absorbe_id, (f.absorbe ->> 'mds_id')::int, f.deplacees);
  if fait.refus <> '[]' then
    raise exception using errcode = '23514', constraint = fait.refus -> 0 ->> 'contrainte', message = 'records collide';
  end if;
  select to_jsonb(j) into actuel from jeune j where id = f.jeune_id;
  select array_agg(c) into champs from jsonb_object_keys(f.avant) c where actuel -> c = f.absorbe -> c;
  if champs is not null then
    execute format('update jeune x set %s from jsonb_populate_record(null::jeune, $1) r where x.id = $2',
                   (select string_agg(format('%I = r.%I', c, c), ', ') from unnest(champs) c)) using f.avant, f.jeune_id;
  end if;
  update fusion set annulee_le = now(), annulee_par = p_par where id = f.id;
  set constraints all immediate;
  return jsonb_build_object('refus', '[]'::jsonb, 'jeune', f.absorbe_id);
end $$;
