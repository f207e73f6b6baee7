-- What is kept by bucket: the figures, the checks and the likely duplicates (app/indicateurs/paquets.py). These tables are the
-- base's own: the application's role has no right on them. What a bucket answered is kept with the number of movements that the same
-- snapshot saw: it holds as long as a look sees as many. Movements are only ever added (and added up), so a writer waits for no other
-- one, and a transaction that commits late changes the number too.
-- Two families of buckets: « jeunes », by the number of the youth; « naissances », by the day of birth.

-- The bucket of a day of birth: the number of the day.
create or replace function acces.paquet_de_naissance(p_le date) returns bigint language sql immutable as
$$ select p_le - date '0001-01-01' $$;

-- Buckets of the youths whose rows were written. Arguments: the column of the youth's number, the size of a bucket.
create or replace function acces.noter_mouvement() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare taille bigint := tg_argv[1]::bigint;
begin
  if tg_op = 'TRUNCATE' then
    insert into acces.mouvement values ('jeunes', -1, 1);  -- of every bucket
    if tg_argv[0] = 'id' then insert into acces.mouvement values ('naissances', -1, 1); end if;
    return null;
  end if;
  if tg_argv[0] = 'enquete_id' then
    if tg_op <> 'DELETE' then
      insert into acces.mouvement select distinct 'jeunes', e.jeune_id / taille, 1 from nouveau n join public.enquete e on e.id = n.enquete_id;
    end if;
    if tg_op <> 'INSERT' then
      insert into acces.mouvement select distinct 'jeunes', e.jeune_id / taille, 1 from ancien a join public.enquete e on e.id = a.enquete_id;
    end if;
  elsif tg_argv[0] = 'id' then  -- a key never changes
    if tg_op = 'DELETE' then
      insert into acces.mouvement select distinct 'jeunes', id / taille, 1 from ancien;
      insert into acces.mouvement select distinct 'naissances', acces.paquet_de_naissance(date_naissance), 1 from ancien;
    elsif tg_op = 'INSERT' then
      insert into acces.mouvement select distinct 'jeunes', id / taille, 1 from nouveau;
      insert into acces.mouvement select distinct 'naissances', acces.paquet_de_naissance(date_naissance), 1 from nouveau;
    else
      insert into acces.mouvement select distinct 'jeunes', id / taille, 1 from nouveau;
      -- Where they were born, what they are called, where their file is: nothing else makes a duplicate.
      insert into acces.mouvement
      select distinct 'naissances', acces.paquet_de_naissance(jour), 1
      from ancien a join nouveau n using (id) cross join lateral (values (a.date_naissance), (n.date_naissance)) as v(jour)
      where (a.date_naissance, a.nom_tri, a.anciens_noms, a.mds_id) is distinct from (n.date_naissance, n.nom_tri, n.anciens_noms, n.mds_id);
    end if;
  elsif tg_op = 'UPDATE' then  -- a row that changes youth moves both
    insert into acces.mouvement
    select 'jeunes', paquet, 1 from (select jeune_id / taille as paquet from nouveau union select jeune_id / taille from ancien) b;
  elsif tg_op = 'INSERT' then
    insert into acces.mouvement select distinct 'jeunes', jeune_id / taille, 1 from nouveau;
  else
    insert into acces.mouvement select distinct 'jeunes', jeune_id / taille, 1 from ancien;
  end if;
  return null;
end $$;

-- How many movements a family of buckets has seen in all, in the snapshot of the statement that asks.
create or replace function acces.mouvements(p_famille text) returns bigint
language sql stable security definer set search_path = public, pg_temp as
$$ select coalesce(sum(nombre), 0)::bigint from acces.mouvement where famille = p_famille $$;

-- « Ce qui est gardé se lit par qui a le droit de le demander : dans chacune de ses MDS ; celui du Département (0), partout. »
-- Whoever may not read figures does not count the same rows (compte_ici): nothing is kept of what they count.
create or replace function acces.peut_compter(p_ressource text, p_mds int[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.pour_tous() or not exists (
    select 1 from unnest(p_mds) as demandee, unnest(array['chiffre', p_ressource]) as voulue where not exists (
      select 1 from acces.habilitations() h
      join droit d on d.role_code = h.role_code and d.ressource = voulue and d.acte = 'lire'
      where h.mds_id is null or h.mds_id = demandee))
$$;

-- The buckets that hold a youth.
create or replace function acces.paquets_peuples(p_famille text, p_taille int) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if p_famille = 'naissances' then
    return query select distinct acces.paquet_de_naissance(j.date_naissance) / p_taille from jeune j;
    return;
  end if;
  return query
    with recursive peuples(numero) as (
      (select j.id::bigint / p_taille from jeune j order by j.id limit 1)
      union all
      select (select j.id::bigint / p_taille from jeune j where j.id >= (p.numero + 1) * p_taille order by j.id limit 1)
      from peuples p where p.numero is not null
    )
    select numero from peuples where numero is not null;
end $$;

revoke execute on function acces.paquets_peuples(text, int) from public;

-- What is kept of a demand, in one snapshot. The first line is the total (no bucket): « vus » is what it saw, « mouvements » what
-- there is now; when they differ, a line for each bucket that moved since, and for each that has not been counted yet: every one when
-- nothing is kept, the rest when the total is unfinished (« vus » below 0). A demand that is not kept, or was before a list of codes
-- changed, or may not be read, has no « vus ». A bucket of the demand is ``p_groupe`` of those whose movements are counted, of
-- ``p_taille`` numbers each.
create or replace function acces.chiffres_gardes(p_cle text, p_famille text, p_taille int, p_groupe int, p_ressource text, p_mds int[])
returns table (paquet bigint, mouvements bigint, vus bigint, revision bigint, listes uuid, lignes text, signature text, seul boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  d acces.demande_comptee; tous bigint := acces.mouvements(p_famille); de_tous bigint; liste uuid;
  peut boolean := acces.peut_compter(p_ressource, p_mds);
begin
  select version into liste from acces.version_des_listes;
  select * into d from acces.demande_comptee where cle = p_cle and listes = liste and ressource = p_ressource and mds = p_mds and peut;
  -- A transaction that has written counts by itself: what it would keep could be undone. So does one that holds an instant:
  -- keeping would end it; and one that reads by the rights of a person, not to count.
  return query select null::bigint, tous, d.mouvements, d.revision, liste, d.lignes, d.signature,
    peut and acces.chiffres() and pg_current_xact_id_if_assigned() is null and current_setting('transaction_isolation') = 'read committed';
  if d.mouvements = tous then return; end if;
  de_tous := coalesce((select sum(nombre) from acces.mouvement where famille = p_famille and paquet = -1), 0);
  return query
    with bouges as (
      select m.paquet / p_groupe as numero, sum(m.nombre) as nombre from acces.mouvement m
      where m.famille = p_famille and m.paquet >= 0 group by 1
    ), gardes as (select * from acces.paquet_compte g where g.cle = d.cle),
    connus as (
      select numero from bouges where d.cle is not null
      union select g.paquet from gardes g
      union select p from acces.paquets_peuples(p_famille, p_taille * p_groupe) as p where d.cle is null or d.mouvements < 0
    )
    select n.numero, coalesce(b.nombre, 0)::bigint + de_tous, g.mouvements, null::bigint, null::uuid, g.lignes, g.signature, null::boolean
    from connus n left join bouges b on b.numero = n.numero left join gardes g on g.paquet = n.numero
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
  if not acces.peut_compter(p_total ->> 'ressource', les_mds) then raise insufficient_privilege; end if;
  if not pg_try_advisory_xact_lock(7415236301) then return; end if;
  if p_total ->> 'revision' is null then
    delete from acces.demande_comptee where cle = la_cle or definitions <> p_total ->> 'definitions'
      or comptee_le < now() - acces.duree('acces.demande_comptee');
    delete from acces.demande_comptee where cle in (select cle from acces.demande_comptee order by comptee_le desc offset p_place - 1);
    insert into acces.demande_comptee (cle, sorte, ressource, mds, demande, definitions, mouvements, listes, lignes, signature)
    select la_cle, t.sorte, t.ressource, les_mds, p_total -> 'demande', t.definitions, t.mouvements, t.listes, t.lignes, t.signature
    from jsonb_to_record(p_total)
      as t(sorte text, ressource text, definitions text, mouvements bigint, listes uuid, lignes text, signature text);
  else
    update acces.demande_comptee d set revision = d.revision + 1, mouvements = t.mouvements, lignes = t.lignes, signature = t.signature
    from jsonb_to_record(p_total) as t(revision bigint, ressource text, mouvements bigint, lignes text, signature text)
    where d.cle = la_cle and d.revision = t.revision and d.ressource = t.ressource and d.mds = les_mds;
    if not found then return; end if;
  end if;
  insert into acces.paquet_compte
  select la_cle, p.* from jsonb_to_recordset(p_paquets) as p(paquet bigint, mouvements bigint, lignes text, signature text)
  on conflict (cle, paquet) do update set mouvements = excluded.mouvements, lignes = excluded.lignes, signature = excluded.signature;
  if (select sum(n - 1) from (select count(*) as n from acces.mouvement group by famille, paquet) as x) > 4000 then
    perform acces.additionner_les_mouvements();
  end if;
end $$;

-- The movements of a bucket become one row: as many, told at once.
create or replace function acces.additionner_les_mouvements() returns void
language sql security definer set search_path = public, pg_temp as $$
  with retires as (
    delete from acces.mouvement
    where (famille, paquet) in (select famille, paquet from acces.mouvement group by famille, paquet having count(*) > 1)
    returning famille, paquet, nombre)
  insert into acces.mouvement select famille, paquet, sum(nombre) from retires group by famille, paquet
$$;

revoke execute on function acces.additionner_les_mouvements() from public;

-- What was asked and is still kept, of these definitions; told to a command alone.
create or replace function acces.demandes_gardees(p_sorte text, p_definitions text) returns table (demande jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  select demande from acces.demande_comptee
  where acces.pour_tous() and sorte = p_sorte and definitions = p_definitions order by comptee_le
$$;

-- Nothing is kept any more: the next look counts everything again.
create or replace function acces.oublier_les_chiffres() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not acces.pour_tous() then raise insufficient_privilege; end if;
  perform pg_advisory_xact_lock(7415236301);
  delete from acces.demande_comptee;
end $$;
