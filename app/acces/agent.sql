-- The agents behind the names that people type: found by the folded name, made when nobody bears it, merged by a person.

-- What can be the name of somebody: « à définir », « ? » or « néant » is written where there is nobody.
create or replace function acces.est_un_nom(t text) returns boolean language sql immutable parallel safe as $$
  select t is not null and t ~ '[[:alpha:]]{2}' and acces.plier(t) <> all (array[
    'a definir', 'a designer', 'a pourvoir', 'en attente', 'inconnu', 'inconnue', 'aucun', 'aucune', 'neant', 'nr', 'non renseigne',
    'sans', 'sans referent', 'vacant', 'xxx'])
$$;

-- The number of the agent who bears this name, by one of its spellings; null: nobody does.
create or replace function acces.agent_de_nom(p_nom text) returns int
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare serre text := acces.serrer(p_nom); numero int;
begin
  select id into numero from agent where cle = serre;
  if numero is null then
    select a.id into numero from agent a
    where a.autres_noms is not null
      and exists (select 1 from unnest(string_to_array(a.autres_noms, ';')) autre where acces.serrer(autre) = serre)
    order by a.id limit 1;
  end if;
  return numero;
end $$;
revoke execute on function acces.agent_de_nom(text) from public;

-- The agent of a name; one that is new is made, in the MDS of the record that names it.
create or replace function acces.agent_nomme(p_nom text, p_fonction text, p_mds int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare numero int := acces.agent_de_nom(p_nom);
begin
  if numero is null and p_fonction <> '' then
    insert into agent (nom, fonction_code, mds_ids) values (p_nom, p_fonction, array_remove(array[p_mds], null))
    on conflict (cle) do nothing returning id into numero;
    if numero is null then numero := acces.agent_de_nom(p_nom); end if;  -- made by somebody else at the same moment
  end if;
  return numero;
end $$;
revoke execute on function acces.agent_nomme(text, text, int) from public;

-- « L’annuaire se lit dans ses MDS ; un agent sans MDS est celui du Département. »
create or replace function acces.voit_agent(p_mds_ids int[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select p_mds_ids && acces.mds('agent', 'lire') or (p_mds_ids = '{}' and acces.a_le_droit('agent', 'lire'))
$$;
revoke execute on function acces.voit_agent(int[]) from public;

-- A number and a name that say the same agent. A name typed gives the number; a number chosen gives the name, of an agent that the
-- acting account sees: any other answers like one that does not exist. Arguments: column of the number, of the name, fonction of a new agent.
create or replace function acces.nommer_agent() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  apres jsonb := to_jsonb(new); avant jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
  numero int := (apres ->> tg_argv[0])::int; nom text := apres ->> tg_argv[1];
  choisi boolean := numero is distinct from (avant ->> tg_argv[0])::int;
  tape boolean := nom is distinct from avant ->> tg_argv[1];
  celui record;
begin
  if not choisi and not tape then return new; end if;
  if choisi and numero is not null then
    select a.nom, a.mds_ids into celui from agent a where a.id = numero;
    if found and not (tape and nom is not null and acces.agent_de_nom(nom) = numero) then
      if acces.voit_agent(celui.mds_ids) then nom := celui.nom; else celui := null; end if;
    end if;
    if celui is null then
      raise exception using errcode = '23503', table = tg_table_name, column = tg_argv[0],
        message = format('insert or update on table "%s" violates foreign key constraint', tg_table_name),
        detail = format('Key (%s)=(%s) is not present in table "agent".', tg_argv[0], numero);
    end if;
  elsif tape and nom is not null then
    -- « Anonymisé » is what is left of a name (acces.anonymiser): nobody bears it.
    numero := case when acces.est_un_nom(nom) and nom <> 'Anonymisé' then acces.agent_nomme(nom, tg_argv[2], (apres ->> 'mds_id')::int) end;
  else
    numero := null; nom := null;
  end if;
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], numero, tg_argv[1], nom));
end $$;

-- The names of a list, once each, by the agent that bears them: « ; » between them.
-- Arguments: column of the numbers, which follow; column of the names.
create or replace function acces.nommer_agents() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  apres jsonb := to_jsonb(new); avant jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
  noms text[] := '{}'; numeros int[] := '{}'; ecrit text; numero int; celui record;
begin
  if tg_op = 'UPDATE' and apres -> tg_argv[1] = avant -> tg_argv[1] then
    return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], avant -> tg_argv[0]));
  end if;
  foreach ecrit in array coalesce(string_to_array(apres ->> tg_argv[1], ';'), '{}') loop
    ecrit := btrim(ecrit);
    numero := case when acces.est_un_nom(ecrit) and ecrit <> 'Anonymisé'
                   then acces.agent_nomme(ecrit, 'AUTRE', (apres ->> 'mds_id')::int) end;
    select a.nom, a.mds_ids into celui from agent a where a.id = numero;
    if found and acces.voit_agent(celui.mds_ids) then ecrit := celui.nom; end if;
    continue when ecrit = '' or numero = any(numeros) or ecrit = any(noms);
    noms := noms || ecrit;
    numeros := numeros || numero;
  end loop;
  return jsonb_populate_record(new, jsonb_build_object(
    tg_argv[0], array_remove(numeros, null), tg_argv[1], nullif(array_to_string(noms, ' ; '), '')));
end $$;

-- The same list, with another name where this one stood.
create or replace function acces.remplacer_nom(p_noms text, p_de text, p_vers text) returns text
language sql stable set search_path = public, pg_temp as $$
  select string_agg(case when acces.serrer(nom) = acces.serrer(p_de) then p_vers else btrim(nom) end, ' ; ' order by rang)
  from unnest(string_to_array(p_noms, ';')) with ordinality as x(nom, rang)
$$;

-- An agent who changes name is called so everywhere it is named.
create or replace function acces.renommer_agent() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare c record;
begin
  for c in select * from acces.colonnes_d_agent() loop
    execute format('update %I set %I = $1 where %I = $2', c.nom, c.texte, c.numero) using new.nom, new.id;
  end loop;
  for c in select * from acces.listes_d_agents() loop
    execute format('update %1$I set %2$I = acces.remplacer_nom(%2$I, $1, $2) where %3$I @> array[$3]', c.nom, c.textes, c.numeros)
      using old.nom, new.nom, new.id;
  end loop;
  return null;
end $$;

-- The name that an agent leaves goes on designating them.
create or replace function acces.garder_ancien_nom() returns trigger language plpgsql as $$
begin
  new.autres_noms := concat_ws(' ; ', new.autres_noms, old.nom);
  return new;
end $$;

-- The services of an agent exist; one is not deleted while an agent works there.
create or replace function acces.verifier_services() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select 1 from unnest(new.service_ids) x left join service on service.id = x where service.id is null) then
    raise exception using errcode = '23503', constraint = 'fk_agent_service', message = 'unknown service';
  end if;
  return new;
end $$;

create or replace function acces.garder_le_service() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select 1 from agent where service_ids @> array[old.id]) then
    raise exception using errcode = '23503', constraint = 'ck_service_agents', message = 'agents work in this service';
  end if;
  return old;
end $$;

-- « Un compte se rattache à un agent par le responsable de toutes ses MDS ou par l’administrateur. »
create or replace function acces.verifier_compte_agent() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and new.compte_id is not distinct from old.compte_id then return new; end if;
  if tg_op = 'INSERT' and new.compte_id is null then return new; end if;
  if not acces.partout('agent', 'lier')
     and (new.mds_ids = '{}' or not new.mds_ids <@ coalesce(acces.mds('agent', 'lier'), '{}')) then
    raise exception using errcode = '42501', message = 'an account is tied to an agent by the responsable or the administrator';
  end if;
  return new;
end $$;

-- Two records of one person made one. The one that stays keeps what it says; what it does not say is taken from the other, and the
-- name of the other goes on designating it. Null = not for this account, or there is no such agent: the same answer.
create or replace function acces.fusionner_agents(p_garde int, p_absorbe int) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare garde agent; absorbe agent; c record;
begin
  perform 1 from agent where id in (p_garde, p_absorbe) order by id for update;
  select * into garde from agent where id = p_garde;
  select * into absorbe from agent where id = p_absorbe;
  if not acces.partout('agent', 'fusionner') or garde.id is null or absorbe.id is null or garde.id = absorbe.id then
    return null;
  end if;
  if garde.compte_id <> absorbe.compte_id then
    raise exception using errcode = '23514', constraint = 'ck_agent_deux_comptes', message = 'two accounts are two persons';
  end if;
  perform set_config('app.requete', format('fusion_agents:%s:%s', p_garde, p_absorbe), true);
  for c in select * from acces.colonnes_d_agent() loop
    execute format('update %1$I set %2$I = $1, %3$I = $2 where %2$I = $3', c.nom, c.numero, c.texte) using garde.id, garde.nom, absorbe.id;
  end loop;
  for c in select * from acces.listes_d_agents() loop
    execute format('update %1$I set %2$I = acces.remplacer_nom(%2$I, $1, $2) where %3$I @> array[$3]', c.nom, c.textes, c.numeros)
      using absorbe.nom, garde.nom, absorbe.id;
  end loop;
  delete from agent where id = absorbe.id;
  update agent set
    mds_ids = (select coalesce(array_agg(distinct x order by x), '{}') from unnest(garde.mds_ids || absorbe.mds_ids) x),
    service_ids = (select coalesce(array_agg(distinct x order by x), '{}') from unnest(garde.service_ids || absorbe.service_ids) x),
    fonction_code = coalesce(garde.fonction_code, absorbe.fonction_code),
    telephone = coalesce(garde.telephone, absorbe.telephone), courriel = coalesce(garde.courriel, absorbe.courriel),
    du = least(garde.du, absorbe.du), au = case when garde.au is not null and absorbe.au is not null then greatest(garde.au, absorbe.au) end,
    compte_id = coalesce(garde.compte_id, absorbe.compte_id),
    autres_noms = concat_ws(' ; ', garde.autres_noms, absorbe.nom, absorbe.autres_noms)
  where id = garde.id;
  return true;
end $$;

-- What names an agent, counted for whoever may merge them, who reads none of these records.
create or replace function acces.compter_nommes(p_agent int) returns table (nom text, numero text, nombre bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare c record;
begin
  if not acces.partout('agent', 'fusionner') then return; end if;
  for c in select * from acces.colonnes_d_agent() loop
    return query execute format('select %L::text, %L::text, count(*) from %I where %I = $1', c.nom, c.numero, c.nom, c.numero) using p_agent;
  end loop;
  for c in select * from acces.listes_d_agents() loop
    return query execute format('select %L::text, %L::text, count(*) from %I where %I @> array[$1]', c.nom, c.numeros, c.nom, c.numeros) using p_agent;
  end loop;
end $$;

-- The agent that the acting account is, and whether it accompanies somebody today; no row: none.
create or replace function acces.mon_agent() returns table (id int, a_des_jeunes boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.id, exists (
    select 1 from binome b
    where (b.coordonnateur_id = a.id or b.referent_id = a.id or (b.remplace_id = a.id and b.en_double_jusqu_au >= acces.aujourd_hui()))
      and b.du <= acces.aujourd_hui() and coalesce(b.au, 'infinity') >= acces.aujourd_hui())
  from agent a where a.compte_id = (select acces.compte_id())
$$;

-- « Un compte ne se ferme pas tant que son agent accompagne des jeunes : on dit d’abord qui les reprend. »
create or replace function acces.garder_le_portefeuille() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (
    select 1 from agent a join binome b on b.coordonnateur_id = a.id or b.referent_id = a.id
    where a.compte_id = new.id and coalesce(b.au, 'infinity') >= acces.aujourd_hui()
  ) then
    raise exception using errcode = '23514', constraint = 'ck_compte_portefeuille', message = 'the agent of this account still has youths';
  end if;
  return new;
end $$;
