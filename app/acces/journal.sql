-- The audit log: written by the base for every table and channel. Statement triggers, so that a bulk change costs one insert.

create or replace function acces.journal_login() returns text
language sql stable security definer set search_path = public, pg_temp as
$$ select username from ab_user where id = acces.compte_id() $$;

create or replace function acces.reglage(p_nom text) returns text language sql stable as
$$ select nullif(current_setting('app.' || p_nom, true), '') $$;

-- What the log keeps of a password: the hash of its hash, which tells that it was replaced and nothing else.
create or replace function acces.hash_du_mot_de_passe(p_hache text) returns jsonb language sql immutable as $$
  select jsonb_build_object('hash', substring(encode(sha256(convert_to(coalesce(p_hache, ''), 'UTF8')), 'hex') for 32))
$$;

-- Arguments: the key of the table; its columns that are computed, counted or secret, hence never told (installation.py).
create or replace function acces.journaliser() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  k text := tg_argv[0];
  tu text[] := tg_argv[1];
  q record;  -- who acts: the same for every row of the statement, hence read once
begin
  select pg_current_xact_id()::text::bigint as transaction, acces.acteur() as acteur, acces.journal_login() as login,
         acces.reglage('canal') as canal, acces.reglage('adresse') as adresse, acces.reglage('requete') as requete,
         acces.reglage('motif') as motif into q;
  if tg_op = 'INSERT' then
    insert into journal (transaction, acteur, login, canal, adresse, requete, motif, operation, table_nom, cle, jeune_id, mds_id, apres, detail)
    select q.transaction, q.acteur, q.login, q.canal, q.adresse, q.requete, q.motif, 'creation', tg_table_name, n.j ->> k,
           case when tg_table_name = 'jeune' then (n.j ->> 'id')::int else (n.j ->> 'jeune_id')::int end, (n.j ->> 'mds_id')::int,
           jsonb_strip_nulls(n.j - tu), case when tg_table_name = 'ab_user' then acces.hash_du_mot_de_passe(n.j ->> 'password') end
    from (select to_jsonb(x) as j from nouveau x) n;
  elsif tg_op = 'DELETE' then
    insert into journal (transaction, acteur, login, canal, adresse, requete, motif, operation, table_nom, cle, jeune_id, mds_id, avant)
    select q.transaction, q.acteur, q.login, q.canal, q.adresse, q.requete, q.motif, 'suppression', tg_table_name, a.j ->> k,
           case when tg_table_name = 'jeune' then (a.j ->> 'id')::int else (a.j ->> 'jeune_id')::int end, (a.j ->> 'mds_id')::int,
           jsonb_strip_nulls(a.j - tu)
    from (select to_jsonb(x) as j from ancien x) a;
  else
    insert into journal (transaction, acteur, login, canal, adresse, requete, motif, operation, table_nom, cle, jeune_id, mds_id, avant, apres)
    select q.transaction, q.acteur, q.login, q.canal, q.adresse, q.requete, q.motif, 'modification', tg_table_name, n.j ->> k,
           case when tg_table_name = 'jeune' then (n.j ->> 'id')::int else (n.j ->> 'jeune_id')::int end, (n.j ->> 'mds_id')::int,
           d.avant, d.apres
    from (select to_jsonb(x) as j from nouveau x) n
    join (select to_jsonb(x) as j from ancien x) a on a.j ->> k = n.j ->> k
    cross join lateral (
      select jsonb_object_agg(e.key, a.j -> e.key) as avant, jsonb_object_agg(e.key, e.value) as apres
      from jsonb_each(n.j - tu) e
      -- The history of a youth follows them to another MDS: one line for the youth says it, not one a record.
      where e.value is distinct from a.j -> e.key and not (e.key = 'mds_id' and n.j ? 'jeune_id')
    ) d
    where d.apres is not null;
    if tg_table_name = 'ab_user' then
      insert into journal (transaction, acteur, login, canal, adresse, requete, operation, table_nom, cle, detail)
      select q.transaction, q.acteur, q.login, q.canal, q.adresse, q.requete, 'mot_de_passe', tg_table_name, n.j ->> k,
             acces.hash_du_mot_de_passe(n.j ->> 'password')
      from (select to_jsonb(x) as j from nouveau x) n
      join (select to_jsonb(x) as j from ancien x) a on a.j ->> k = n.j ->> k
      where a.j ->> 'password' is distinct from n.j ->> 'password';
    end if;
  end if;
  return null;
end $$;

-- What no table shows: a file read, an export, a command. The base alone calls this one.
create or replace function acces.inscrire(
  p_operation text, p_table text default null, p_cle text default null, p_jeune int default null, p_detail jsonb default null
) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_current_xact_id();  -- before the line takes its number: the seal counts on it
  insert into journal (transaction, acteur, login, canal, adresse, requete, motif, operation, table_nom, cle, jeune_id, mds_id, detail)
  values (pg_current_xact_id()::text::bigint, acces.acteur(), acces.journal_login(), acces.reglage('canal'), acces.reglage('adresse'),
          acces.reglage('requete'), acces.reglage('motif'), p_operation, p_table, p_cle, p_jeune,
          (select mds_id from jeune where id = p_jeune), p_detail);
end $$;
revoke execute on function acces.inscrire(text, text, text, int, jsonb) from public;

-- The application calls this one and can do nothing else; what the base itself writes cannot be imitated.
create or replace function acces.consigner(
  p_operation text, p_table text default null, p_cle text default null, p_jeune int default null, p_detail jsonb default null
) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_operation in ('creation', 'modification', 'suppression', 'mot_de_passe', 'anonymisation', 'connexion', 'deconnexion', 'purge', 'constat',
                     'export', 'ancre', 'regles_remises') then
    raise exception using errcode = '42501', message = 'only the base writes this line';
  end if;
  perform acces.inscrire(p_operation, p_table, p_cle, p_jeune, p_detail);
end $$;

-- A record whose state no line explains, after an upgrade that wrote it without a trigger: written once, by the upgrade.
create or replace function acces.constater(p_table text, p_cle text, p_jeune int, p_mds int, p_etat jsonb, p_version int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_current_xact_id();
  insert into journal (transaction, acteur, canal, operation, table_nom, cle, jeune_id, mds_id, apres, detail)
  values (pg_current_xact_id()::text::bigint, acces.acteur(), acces.reglage('canal'), 'constat', p_table, p_cle, p_jeune, p_mds, p_etat,
          jsonb_build_object('version', p_version));
end $$;
revoke execute on function acces.constater(text, text, int, int, jsonb, int) from public;

-- A file deleted keeps its history for whoever may read the audit log of the MDS where it was deleted.
create or replace function acces.jeune_supprime(p_jeune int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from journal where table_nom = 'jeune' and cle = p_jeune::text and operation = 'suppression'
      and mds_id = any(acces.mds('journal', 'lire')))
    and not exists (select 1 from jeune where id = p_jeune)
$$;

-- « Qui lit une ligne du journal lit le nom de qui l’a écrite » : behind these logins, names and nothing else of the accounts.
create or replace function acces.noms_des_auteurs(p_logins text[]) returns table (login varchar, prenom varchar, nom varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select username, first_name, last_name from ab_user
  where username = any(p_logins) and (acces.compte_id() is not null or acces.pour_tous())
$$;
