-- Who acts, and on which MDS they may do what. Read once per query by the policies, as (select acces.mds(…)).
-- app.acteur: '' = nobody (no row) · 'connexion' = the login page · 'tous' = a command for everyone · an account's number.

set local check_function_bodies = off;  -- they call each other

create or replace function acces.acteur() returns text language sql stable as
$$ select coalesce(current_setting('app.acteur', true), '') $$;

-- The account that acts; one that is closed, or does not exist, is nobody.
create or replace function acces.compte_id() returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select id from ab_user where active and id = case when acces.acteur() ~ '^[0-9]{1,9}$' then acces.acteur()::int end
$$;

create or replace function acces.pour_tous() returns boolean language sql stable as
$$ select acces.acteur() = 'tous' $$;

create or replace function acces.connu() returns boolean language sql stable as
$$ select acces.pour_tous() or acces.compte_id() is not null $$;

-- Rows are read to be counted, and nothing can be written meanwhile (app.portee = 'chiffres').
create or replace function acces.chiffres() returns boolean language sql stable as
$$ select coalesce(current_setting('app.portee', true), '') = 'chiffres' $$;

-- The habilitations of the acting account that hold today.
create or replace function acces.habilitations() returns table (role_code varchar, mds_id int)
language sql stable security definer set search_path = public, pg_temp as $$
  select h.role_code, h.mds_id
  from habilitation h
  where h.compte_id = (select acces.compte_id())  -- once, not once a row
    and current_date between h.du and coalesce(h.au, 'infinity')
$$;

-- One of the habilitations of the acting account gives this right.
create or replace function acces.detient(p_ressource text, p_acte text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from acces.habilitations() h
    join droit d on d.role_code = h.role_code and d.ressource = p_ressource and d.acte = p_acte)
$$;

-- To count, whoever may ask for figures reads every row of the follow-up: a figure never depends on who asks.
-- Agents, accounts, rights, the audit log, exports, pending transfers and the requests of persons are no figures.
create or replace function acces.compte_ici(p_ressource text, p_acte text) returns boolean language sql stable as $$
  select acces.chiffres() and p_acte = 'lire' and acces.detient('chiffre', 'lire')
    and p_ressource not in ('agent', 'compte', 'habilitation', 'toute_habilitation', 'journal', 'transfert', 'demande_personne',
                         'sortie_de_donnees', 'acte_a_deux')
$$;

-- The MDS where the acting account may do this act on this resource; null = none. Asked by each statement on each table:
-- plpgsql keeps its plans from one call to the next, and asks who acts once.
create or replace function acces.mds(p_ressource text, p_acte text) returns int[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare qui int;
begin
  if acces.chiffres() and p_acte <> 'lire' then return null; end if;
  if acces.pour_tous() or (acces.chiffres() and acces.compte_ici(p_ressource, p_acte)) then
    return (select array_agg(id) from mds);
  end if;
  qui := acces.compte_id();
  return (select array_agg(distinct m.id)
          from habilitation h
          join droit d on d.role_code = h.role_code and d.ressource = p_ressource and d.acte = p_acte
          join mds m on h.mds_id is null or m.id = h.mds_id
          where h.compte_id = qui and current_date between h.du and coalesce(h.au, 'infinity'));
end $$;

-- The acting account may do this act somewhere.
create or replace function acces.a_le_droit(p_ressource text, p_acte text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not (acces.chiffres() and p_acte <> 'lire')
    and (acces.pour_tous() or acces.compte_ici(p_ressource, p_acte) or acces.detient(p_ressource, p_acte))
$$;

-- The acting account may do this act in the whole Département.
create or replace function acces.partout(p_ressource text, p_acte text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not (acces.chiffres() and p_acte <> 'lire') and (acces.pour_tous() or exists (
    select 1 from acces.habilitations() h
    join droit d on d.role_code = h.role_code and d.ressource = p_ressource and d.acte = p_acte
    where h.mds_id is null))
$$;

-- A record of a youth takes the MDS of its youth; an unseen or unknown youth leaves it empty, and the row is refused.
create or replace function acces.mds_du_jeune() returns trigger language plpgsql as $$
begin
  select j.mds_id into new.mds_id from public.jeune j where j.id = new.jeune_id;
  return new;
end $$;

-- A record stays with its youth: typed on the wrong file, it is deleted there and created here, and both stories say so.
-- Only an import may move one (its key is the code, the cell « Jeune » may be corrected), or the undoing of an import.
create or replace function acces.garder_le_jeune() returns trigger language plpgsql as $$
begin
  if coalesce(acces.reglage('requete'), '') not like 'import:%' and not acces.par_le_proprietaire(tg_relid) then
    raise exception using errcode = '23514', constraint = 'ck_jeune_fixe', message = 'a record stays with its youth';
  end if;
  return new;
end $$;

-- The audit log follows a record by its key.
create or replace function acces.garder_la_cle() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = 'ck_cle_fixe', message = 'a key never changes';
end $$;

-- A partner, an instance, an action that the acting account does not see answers like one that does not exist.
-- Runs with the rights of who writes: the policies of the parent decide. Arguments: column, table.
create or replace function acces.exiger_parent() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare numero int := (to_jsonb(new) ->> tg_argv[0])::int; present boolean;
begin
  if tg_op = 'UPDATE' and (to_jsonb(old) ->> tg_argv[0])::int = numero then
    return new;  -- chosen where the youth was before
  end if;
  execute format('select exists (select 1 from %I where id = $1)', tg_argv[1]) into present using numero;
  if not present then
    raise exception using errcode = '23503', table = tg_table_name, column = tg_argv[0],
      message = format('insert or update on table "%s" violates foreign key constraint', tg_table_name),
      detail = format('Key (%s)=(%s) is not present in table "%s".', tg_argv[0], numero, tg_argv[1]);
  end if;
  return new;
end $$;

-- Inside a function of the owner (a transfer, the undoing of an import): the application cannot forge it.
create or replace function acces.par_le_proprietaire(p_table oid) returns boolean language sql stable as
$$ select relowner = current_user::regrole from pg_catalog.pg_class where oid = p_table $$;

-- A youth is found by the name they had; an anonymised one had none. A fusion, and what undoes it or an import, changes no name.
create or replace function acces.garder_ancien_nom_du_jeune() returns trigger language plpgsql as $$
begin
  if new.nom <> 'anonymisé' and coalesce(acces.reglage('requete'), '') !~ '^(fusion|annulation):'
     and position(acces.serrer(old.nom || old.prenom) in acces.serrer(coalesce(new.anciens_noms, ''))) = 0 then
    new.anciens_noms := concat_ws(' ; ', new.anciens_noms, old.nom || ' ' || old.prenom);
  end if;
  return new;
end $$;

-- Every change makes a new version of the record.
-- Arguments: the columns that the audit log never tells; a change of these alone is no new version, so that the lines of a record
-- count its versions (acces/concordance.py).
create or replace function acces.nouvelle_version() returns trigger language plpgsql as $$
begin
  new.version := old.version;
  if to_jsonb(new) - tg_argv[0]::text[] is distinct from to_jsonb(old) - tg_argv[0]::text[] then
    new.version := old.version + 1;
  end if;
  return new;
end $$;

-- How a code is written: D00001, R000001, I00001, and one digit more beyond D99999.
create or replace function acces.ecrire_code(p_prefixe text, p_chiffres int, p_numero text) returns text language sql immutable as
$$ select p_prefixe || lpad(p_numero, greatest(p_chiffres, length(p_numero)), '0') $$;

-- The MDS of a partner, of an agent exist; one is added or taken away only by who may write there.
create or replace function acces.verifier_mds() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare anciennes int[] := case when tg_op = 'UPDATE' then old.mds_ids else new.mds_ids end;
begin
  if exists (select 1 from unnest(new.mds_ids) x left join mds on mds.id = x where mds.id is null) then
    raise exception using errcode = '23503', constraint = format('fk_%s_mds', tg_table_name), message = 'unknown mds';
  end if;
  if exists (
    select 1 from unnest(anciennes || new.mds_ids) x
    where (x = any(anciennes)) <> (x = any(new.mds_ids)) and not x = any(coalesce(acces.mds(tg_table_name, 'modifier'), '{}'))
  ) then
    raise exception using errcode = '42501', message = 'it is added to an MDS, or removed, by who works there';
  end if;
  return new;
end $$;

-- Who gave a right is who gives it.
create or replace function acces.signer_habilitation() returns trigger language plpgsql as $$
begin
  if not acces.pour_tous() then new.donnee_par_id := acces.compte_id(); end if;
  return new;
end $$;

-- The attachment still open is that of the MDS of the file.
create or replace function acces.verifier_rattachement() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare jeune_verifie int := case when tg_table_name = 'jeune' then new.id else (to_jsonb(new) ->> 'jeune_id')::int end;
begin
  if exists (
    select 1 from rattachement r join jeune j on j.id = r.jeune_id
    where r.jeune_id = jeune_verifie and r.au is null and r.mds_rattachement_id <> j.mds_id
  ) then
    raise exception using errcode = '23514', constraint = 'ck_rattachement_ouvert', message = 'open attachment elsewhere';
  end if;
  return null;
end $$;

-- What everyone known reads: the MDS, their services, and the lists of codes (their items can be retired).
create or replace function acces.listes() returns text[] language sql stable set search_path = public, pg_temp as $$
  select array['mds', 'service'] || array_agg(attrelid::regclass::text) from pg_catalog.pg_attribute where attname = 'retire_le' and attnum > 0
$$;
