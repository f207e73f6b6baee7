-- The figures kept by bucket of youths (app/indicateurs/paquets.py). These tables are the base's own: the application's role has no
-- right on them. What a bucket answered is kept with the number of movements that the same snapshot saw: it holds as long as a look
-- sees as many. Movements are only ever added (and added up), so a writer waits for no other one, and a transaction that commits
-- late changes the number too.

-- Buckets of the youths whose rows were written. Arguments: the column of the youth's number, the size of a bucket.
create or replace function acces.noter_mouvement() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare taille bigint := tg_argv[1]::bigint;
begin
  if tg_op = 'TRUNCATE' then
    insert into acces.mouvement values (-1, 1);  -- of every bucket
    return null;
  end if;
  if tg_argv[0] = 'enquete_id' then
    if tg_op <> 'DELETE' then
      insert into acces.mouvement select distinct e.jeune_id / taille, 1 from nouveau n join public.enquete e on e.id = n.enquete_id;
    end if;
    if tg_op <> 'INSERT' then
      insert into acces.mouvement select distinct e.jeune_id / taille, 1 from ancien a join public.enquete e on e.id = a.enquete_id;
    end if;
  elsif tg_argv[0] = 'id' then  -- a key never changes
    if tg_op = 'DELETE' then
      insert into acces.mouvement select distinct id / taille, 1 from ancien;
    else
      insert into acces.mouvement select distinct id / taille, 1 from nouveau;
    end if;
  elsif tg_op = 'UPDATE' then  -- a row that changes youth moves both
    insert into acces.mouvement
    select paquet, 1 from (select jeune_id / taille as paquet from nouveau union select jeune_id / taille from ancien) b;
  elsif tg_op = 'INSERT' then
    insert into acces.mouvement select distinct jeune_id / taille, 1 from nouveau;
  else
    insert into acces.mouvement select distinct jeune_id / taille, 1 from ancien;
  end if;
  return null;
end $$;

-- How many movements the base has seen in all, in the snapshot of the statement that asks.
create or replace function acces.mouvements() returns bigint
language sql stable security definer set search_path = public, pg_temp as
$$ select coalesce(sum(nombre), 0)::bigint from acces.mouvement $$;

-- « Un chiffre gardé se lit par qui a le droit de le demander : dans chacune de ses MDS ; celui du Département (0), partout. »
create or replace function acces.peut_compter(p_mds int[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.pour_tous() or not exists (
    select 1 from unnest(p_mds) as demandee where not exists (
      select 1 from acces.habilitations() h
      join droit d on d.role_code = h.role_code and d.ressource = 'chiffre' and d.acte = 'lire'
      where h.mds_id is null or h.mds_id = demandee))
$$;

-- What is kept of a demand, in one snapshot. The first line is the total (no bucket): « vus » is what it saw, « mouvements » what
-- there is now; when they differ, a line for each bucket that moved since or is not kept. A demand that is not kept, or was before a list of codes
-- changed, has no « vus ».
create or replace function acces.chiffres_gardes(p_cle text, p_taille int)
returns table (paquet bigint, mouvements bigint, vus bigint, revision bigint, listes uuid, lignes text, signature text, seul boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare d acces.demande_comptee; tous bigint := acces.mouvements(); de_tous bigint; liste uuid;
begin
  select version into liste from acces.version_des_listes;
  select * into d from acces.demande_comptee where cle = p_cle and listes = liste and acces.peut_compter(mds);
  -- A transaction that has written counts by itself: what it would keep could be undone. So does one that holds an instant:
  -- keeping would end it.
  return query select null::bigint, tous, d.mouvements, d.revision, liste, d.lignes, d.signature,
    pg_current_xact_id_if_assigned() is null and current_setting('transaction_isolation') = 'read committed';
  if d.mouvements = tous then return; end if;
  de_tous := coalesce((select sum(nombre) from acces.mouvement where paquet = -1), 0);
  return query
    with recursive peuples(numero) as (
      (select j.id::bigint / p_taille from jeune j order by j.id limit 1)
      union all
      select (select j.id::bigint / p_taille from jeune j where j.id >= (p.numero + 1) * p_taille order by j.id limit 1)
      from peuples p where p.numero is not null
    ), bouges as (select m.paquet as numero, sum(m.nombre) as nombre from acces.mouvement m group by m.paquet),
    gardes as (select * from acces.paquet_compte g where g.cle = d.cle)
    select n.numero, coalesce(b.nombre, 0)::bigint + de_tous, g.mouvements, null::bigint, null::uuid, g.lignes, g.signature, null::boolean
    from (select numero from peuples where numero is not null union select g.paquet from gardes g) n
    left join bouges b on b.numero = n.numero left join gardes g on g.paquet = n.numero
    where g.mouvements is distinct from coalesce(b.nombre, 0) + de_tous
    order by 1;
end $$;

-- Keep the total of a demand and the buckets that it took: ``p_revision`` is that of the total it started from (none: all is new).
-- Does nothing when somebody else keeps the same one. What a definition of before counted goes, what has passed its term
-- (models/traitements.py) and, beyond a number of demands, the oldest.
create or replace function acces.garder_les_chiffres(p_total jsonb, p_paquets jsonb, p_place int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare la_cle text := p_total ->> 'cle'; les_mds int[] := array(select jsonb_array_elements_text(p_total -> 'mds')::int);
begin
  if not acces.peut_compter(les_mds) then raise insufficient_privilege; end if;
  if not pg_try_advisory_xact_lock(7415236301) then return; end if;
  if p_total ->> 'revision' is null then
    delete from acces.demande_comptee where cle = la_cle or definitions <> p_total ->> 'definitions'
      or comptee_le < now() - acces.duree('acces.demande_comptee');
    delete from acces.demande_comptee where cle in (select cle from acces.demande_comptee order by comptee_le desc offset p_place - 1);
    insert into acces.demande_comptee (cle, mds, demande, definitions, mouvements, listes, lignes, signature)
    select la_cle, les_mds, p_total -> 'demande', t.definitions, t.mouvements, t.listes, t.lignes, t.signature
    from jsonb_to_record(p_total) as t(definitions text, mouvements bigint, listes uuid, lignes text, signature text);
  else
    update acces.demande_comptee d set revision = d.revision + 1, mouvements = t.mouvements, lignes = t.lignes, signature = t.signature
    from jsonb_to_record(p_total) as t(revision bigint, mouvements bigint, lignes text, signature text)
    where d.cle = la_cle and d.revision = t.revision;
    if not found then return; end if;
  end if;
  insert into acces.paquet_compte
  select la_cle, p.* from jsonb_to_recordset(p_paquets) as p(paquet bigint, mouvements bigint, lignes text, signature text)
  on conflict (cle, paquet) do update set mouvements = excluded.mouvements, lignes = excluded.lignes, signature = excluded.signature;
  if (select count(*) from acces.mouvement) > 5000 then perform acces.additionner_les_mouvements(); end if;
end $$;

-- The movements of a bucket become one row: as many, told at once.
create or replace function acces.additionner_les_mouvements() returns void
language sql security definer set search_path = public, pg_temp as $$
  with retires as (
    delete from acces.mouvement where paquet in (select paquet from acces.mouvement group by paquet having count(*) > 1)
    returning paquet, nombre)
  insert into acces.mouvement select paquet, sum(nombre) from retires group by paquet
$$;

revoke execute on function acces.additionner_les_mouvements() from public;

-- What was asked and is still kept, of these definitions; told to a command alone.
create or replace function acces.demandes_gardees(p_definitions text) returns table (demande jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  select demande from acces.demande_comptee where acces.pour_tous() and definitions = p_definitions order by comptee_le
$$;

-- Nothing is kept any more: the next look counts everything again.
create or replace function acces.oublier_les_chiffres() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not acces.pour_tous() then raise insufficient_privilege; end if;
  perform pg_advisory_xact_lock(7415236301);
  delete from acces.demande_comptee;
end $$;
