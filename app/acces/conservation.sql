-- Two years after the last contact that came from the youth, a file is proposed; a person decides to keep it or to
-- anonymise it. What the figures count stays; what says who it was goes, in the file and in the audit log.

-- The files of the MDS where the acting account may look at them, with no name, for the DPO reads none: the last day the youth
-- came or answered (none: the last day that the file itself tells), whether something still runs, the last decision (why: for whoever reads the youths of that MDS).
-- p_jeune: this file alone.
create or replace function acces.dossiers_a_examiner(p_limite date, p_jeune int default null) returns table (
  jeune_id int, mds_id int, code varchar, dernier_contact_le date, est_venu boolean, en_cours boolean,
  decision varchar, decidee_le date, decidee_par varchar, motif varchar, garder_jusqu_au date
) language plpgsql stable security definer set search_path = public, pg_temp as $f$
begin
  return query execute $$
    select j.id, j.mds_id, j.code, coalesce(v.le, f.le), v.le is not null, acces.dossier_en_cours(j.id),
           d.decision, d.decidee_le, d.decidee_par,
           case when j.mds_id = any(acces.mds('jeune', 'lire')) then d.motif end, d.garder_jusqu_au
    from (  -- those who did not come since: most of the others are set aside at the first look
      select y.* from jeune y
      where y.mds_id = any(acces.mds('conservation', 'lire'))$$ || case when p_jeune is not null then ' and y.id = $2' else '' end || $$
        and not exists (select from rencontre r where r.jeune_id = y.id and r.le between $1 and acces.aujourd_hui() and r.statut_code = 'TENUE' and r.jeune_present is not false)
        and not exists (select from enquete e where e.jeune_id = y.id and e.repondue_le >= $1)) j
    cross join lateral (select greatest(
      (select max(r.le) from rencontre r where r.jeune_id = j.id and r.statut_code = 'TENUE' and r.jeune_present is not false and r.le <= acces.aujourd_hui()),
      (select max(e.repondue_le) from enquete e where e.jeune_id = j.id)) as le) v
    left join lateral (select greatest(j.repere_le, j.contact_le,
      (select max(s.du) from accompagnement s where s.jeune_id = j.id and s.du <= acces.aujourd_hui()),
      (select max(m.du) from mesure m where m.jeune_id = j.id and m.du <= acces.aujourd_hui()),
      (select max(s.observee_le) from situation s where s.jeune_id = j.id)) as le where v.le is null) f on true
    left join lateral (select c.* from conservation c where c.jeune_id = j.id order by c.id desc limit 1) d on true
    where coalesce(v.le, f.le) < $1 or d.decision = 'ANONYMISE'$$ using p_limite, p_jeune;
end $f$;

-- Which of them wait for a decision, in these MDS: for the home page. The same conditions; who did not come since p_limite and came
-- once came before it. p_jeunes: of these youths alone.
drop function if exists acces.compter_dossiers_a_decider(date, int);
create or replace function acces.dossiers_a_decider(p_limite date, p_mds int[], p_jeunes int[] default null)
returns table (jeune_id int, mds_id int)
language plpgsql stable security definer set search_path = public, pg_temp as $f$
begin
  return query execute $$
    select j.id, j.mds_id from jeune j
    left join lateral (select c.decision, c.garder_jusqu_au from conservation c where c.jeune_id = j.id order by c.id desc limit 1) d on true
    where j.mds_id = any((select acces.mds('conservation', 'lire'))::int[]) and j.mds_id = any($2)$$
      || case when p_jeunes is not null then ' and j.id = any($3)' else '' end || $$
      and not exists (select from rencontre r where r.jeune_id = j.id and r.le between $1 and acces.aujourd_hui() and r.statut_code = 'TENUE' and r.jeune_present is not false)
      and not exists (select from enquete e where e.jeune_id = j.id and e.repondue_le >= $1)
      and (d.decision is null or (d.decision = 'GARDE' and d.garder_jusqu_au <= acces.aujourd_hui()))
      and (exists (select from rencontre r where r.jeune_id = j.id and r.le < $1 and r.statut_code = 'TENUE' and r.jeune_present is not false)
        or exists (select from enquete e where e.jeune_id = j.id and e.repondue_le < $1)
        or greatest(j.repere_le, j.contact_le,
          (select max(s.du) from accompagnement s where s.jeune_id = j.id and s.du <= acces.aujourd_hui()),
          (select max(m.du) from mesure m where m.jeune_id = j.id and m.du <= acces.aujourd_hui()),
          (select max(s.observee_le) from situation s where s.jeune_id = j.id)) < $1)$$ using p_limite, p_mds, p_jeunes;
end $f$;

-- A stay, a mesure, a binôme that has not ended, a transfer that waits: the file is still used.
create or replace function acces.dossier_en_cours(p_jeune int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from accompagnement where jeune_id = p_jeune and coalesce(au, 'infinity') >= acces.aujourd_hui() and motif_sortie_code is distinct from 'ERREUR')
    or exists (select 1 from mesure where jeune_id = p_jeune and coalesce(au, 'infinity') >= acces.aujourd_hui())
    or exists (select 1 from binome where jeune_id = p_jeune and coalesce(au, 'infinity') >= acces.aujourd_hui())
    or exists (select 1 from transfert where jeune_id = p_jeune and accepte_le is null and refuse_le is null)
$$;
revoke execute on function acces.dossier_en_cours(int) from public;

-- A day of the month of birth that changes no age on any day that a figure or a line of a table looks at: the first of a
-- month, the last, and those on which a stay, a mesure or an attachment starts or ends.
create or replace function acces.naissance_floue(p_jeune int, p_naissance date) returns date
language sql stable security definer set search_path = public, pg_temp as $$
  select case when extract(day from p_naissance) = 1 then p_naissance
    else p_naissance - extract(day from p_naissance)::int + least(
      (select min(extract(day from x.jour))::int
       from (select unnest(array[du, au]) as jour from accompagnement where jeune_id = p_jeune
             union all select unnest(array[du, au]) from mesure where jeune_id = p_jeune
             union all select unnest(array[du, au]) from rattachement where jeune_id = p_jeune and du <> p_naissance) x
       where extract(month from x.jour) = extract(month from p_naissance) and extract(day from x.jour) >= extract(day from p_naissance)),
      -- 28 February: the last day of the month of a common year.
      case when extract(month from p_naissance) = 2 then greatest(28, extract(day from p_naissance)::int)
           else extract(day from p_naissance + interval '1 month' - extract(day from p_naissance + interval '1 month') * interval '1 day')::int end)
    end
$$;
revoke execute on function acces.naissance_floue(int, date) from public;

-- What a person wrote, column by column: every text of the file but the codes of the lists; whether a rule may ask for it.
create or replace function acces.textes_du_dossier() returns table (nom text, colonne text, obligatoire boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.relname::text, a.attname::text,
         a.attnotnull or exists (select 1 from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any(k.conkey))
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where (c.relname = 'jeune' or c.relname in (select acces.tables_du_jeune()))
    and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and a.atttypid in ('text'::regtype, 'varchar'::regtype)
    and (c.relname::text, a.attname::text) not in (select nom, colonne from acces.textes_gardes())
    and not exists (select 1 from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any(k.conkey))
$$;

-- Anonymise a file, for good. Null = not for this account, no such file, or another code than that of the file: the same
-- answer. Refused (exception) while something runs, or before the two years.
create or replace function acces.anonymiser(p_jeune int, p_code text, p_ans int, p_motif text, p_par text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  j jeune; t text; ordre text; dossiers int[]; numero bigint; naissance date; lignes bigint; contact date;
begin
  select * into j from jeune where id = p_jeune for update;
  if not found or not j.mds_id = any(coalesce(acces.mds('conservation', 'creer'), '{}')) or acces.plier(p_code) is distinct from j.cle
     or acces.est_anonyme(p_jeune) then
    return null;
  end if;
  if acces.dossier_en_cours(p_jeune) then
    raise exception using errcode = '23514', constraint = 'ck_conservation_en_cours', message = 'still followed';
  end if;
  select x.dernier_contact_le into contact
  from acces.dossiers_a_examiner((acces.aujourd_hui() - make_interval(years => greatest(p_ans, 2)))::date, p_jeune) x;
  if not found then
    raise exception using errcode = '23514', constraint = 'ck_conservation_delai', message = 'too early';
  end if;
  select array_agg(absorbe_id) into dossiers from fusion where jeune_id = p_jeune and annulee_le is null;
  dossiers := array[p_jeune] || coalesce(dossiers, '{}');
  naissance := acces.naissance_floue(p_jeune, j.date_naissance);
  set constraints all deferred;
  update rattachement set du = naissance where jeune_id = p_jeune and du = j.date_naissance;
  delete from distinction where jeune_id = p_jeune or autre_id = p_jeune;
  update fusion set absorbe = '{}', avant = '{}', deplacees = '{}' where jeune_id = p_jeune;
  for t, ordre in
    select nom, string_agg(format('%I = %s', colonne, case
      when (nom, colonne) in (('jeune', 'code'), ('rencontre', 'code')) then '''ANONYME-'' || id'
      when (nom, colonne) = ('jeune', 'nom') then '''anonymisé'''
      when (nom, colonne) = ('jeune', 'prenom') then '''Dossier'''
      when obligatoire then format('case when %I is not null then ''Anonymisé'' end', colonne) else 'null' end), ', ')
    from acces.textes_du_dossier() group by nom
  loop
    execute format('update %I set %s where %I = $1', t, ordre, case when t = 'jeune' then 'id' else 'jeune_id' end) using p_jeune;
  end loop;
  update jeune set date_naissance = naissance, est_parent = null, est_hors_departement = null where id = p_jeune;
  insert into conservation (jeune_id, mds_id, decision, motif, dernier_contact_le, decidee_par)
    values (p_jeune, j.mds_id, 'ANONYMISE', p_motif, contact, p_par);
  -- The audit log says who did what and when; no longer what was written. Each line keeps its hash, so that the seals still hold.
  numero := nextval('journal_id_seq');
  update journal l set empreinte = acces.empreinte_ligne(l), expurgee_par = numero, avant = null, apres = null, motif = null, detail = null
  where l.jeune_id = any(dossiers) and acces.famille(l.operation) = 'ecriture' and l.expurgee_par is null;
  get diagnostics lignes = row_count;
  insert into journal (id, transaction, acteur, login, canal, adresse, requete, operation, table_nom, cle, jeune_id, mds_id, detail)
  values (numero, pg_current_xact_id()::text::bigint, acces.acteur(), acces.journal_login(), acces.reglage('canal'), acces.reglage('adresse'),
          acces.reglage('requete'), 'anonymisation', 'jeune', p_jeune::text, p_jeune, j.mds_id,
          jsonb_build_object('dossiers', to_jsonb(dossiers), 'lignes', lignes, 'empreinte', acces.empreinte_expurgee(numero)));
  return true;
end $$;

create or replace function acces.est_anonyme(p_jeune int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from conservation where jeune_id = p_jeune and decision = 'ANONYMISE')
$$;
revoke execute on function acces.est_anonyme(int) from public;

-- An anonymised file is history: nothing is added to it, changed in it, taken from it. Runs with the rights of whoever writes: of a file
-- that one does not see the policies answer as of one that does not exist.
create or replace function acces.refuser_anonyme() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare numero int;
begin
  if tg_table_name = 'jeune' then numero := case when tg_op = 'DELETE' then old.id else new.id end;
  else numero := case when tg_op = 'DELETE' then old.jeune_id else new.jeune_id end;
  end if;
  if exists (select 1 from conservation where jeune_id = numero and decision = 'ANONYMISE') then
    raise exception using errcode = '23514', constraint = 'ck_conservation_anonyme', message = 'an anonymised file does not change';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
