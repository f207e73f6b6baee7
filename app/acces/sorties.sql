-- What left: written beside its line of the audit log, by the base alone, and read by MDS.

-- The accounts that hold, or held, a role in an MDS where the acting account reads the audit log: what they did that concerns
-- no record in particular (a search, a refusal, a sign-in) is read there.
create or replace function acces.comptes_de_mes_mds() returns int[]
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(array_agg(distinct h.compte_id), '{}')
  from habilitation h where h.mds_id = any(acces.mds('journal', 'lire')) or acces.partout('journal', 'lire')
$$;

-- The hash of what is kept of a file that left: its line of the audit log holds it (acces/sorties_dites.py).
create or replace function acces.empreinte_sortie(p_sortie bigint) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select encode(sha256(convert_to(json_build_array(s.id, extract(epoch from s.le), s.compte_id, s.login, s.canal, s.requete, s.objet,
    s.table_nom, s.cle, s.lignes, s.jeunes, s.finalite_code, s.motif, s.filtres, s.recherche, (
      select json_agg(json_build_array(p.mds_id, p.nombre, p.jeunes) order by p.mds_id)
      from part_de_sortie p where p.sortie_id = s.id))::text, 'UTF8')), 'hex')
  from sortie_de_donnees s where s.id = p_sortie
$$;
revoke execute on function acces.empreinte_sortie(bigint) from public;

-- « Ce qu’un programme relit tout le jour se note une fois par jour, et de nouveau quand un autre jeune y entre. »
create or replace function acces.deja_sortie(p_sortie jsonb, p_jeunes int[]) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((p_sortie ->> 'une_fois_par_jour')::boolean, false) and p_jeunes <@ coalesce((
    select array_agg(u.id)
    from sortie_de_donnees s join part_de_sortie p on p.sortie_id = s.id cross join unnest(p.jeunes) u(id)
    where s.compte_id = acces.compte_id() and s.le >= acces.aujourd_hui() and s.objet = p_sortie ->> 'objet'
      and s.canal is not distinct from acces.reglage('canal')), '{}')
$$;
revoke execute on function acces.deja_sortie(jsonb, int[]) from public;

-- A file leaves: who, when, why and what from the transaction; the youths inside, by their MDS of that moment.
create or replace function acces.noter_sortie(p_sortie jsonb, p_jeunes int[]) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare numero bigint; dedans int;
begin
  if acces.deja_sortie(p_sortie, p_jeunes) then return null; end if;
  insert into sortie_de_donnees
    (compte_id, login, canal, requete, objet, table_nom, cle, lignes, jeunes, finalite_code, motif, filtres, recherche)
  values (acces.compte_id(), acces.journal_login(), acces.reglage('canal'), acces.reglage('requete'), p_sortie ->> 'objet',
          p_sortie ->> 'table', p_sortie ->> 'cle', (p_sortie ->> 'lignes')::int, 0, acces.reglage('finalite'),
          acces.reglage('motif'), p_sortie ->> 'filtres', p_sortie ->> 'recherche')
  returning id into numero;
  insert into part_de_sortie (sortie_id, mds_id, nombre, jeunes)
  select numero, lus.mds_id, count(*), array_agg(lus.id)
  from (select j.mds_id, j.id from jeune j where j.id = any(p_jeunes) order by j.id) lus group by lus.mds_id;
  select coalesce(sum(nombre), 0) into dedans from part_de_sortie where sortie_id = numero;
  update sortie_de_donnees set jeunes = dedans where id = numero and dedans > 0;
  perform acces.inscrire('export', p_sortie ->> 'table', p_sortie ->> 'cle', (p_sortie ->> 'jeune_id')::int,
    (p_sortie -> 'detail') || jsonb_build_object('sortie', numero, 'jeunes', dedans, 'empreinte', acces.empreinte_sortie(numero)));
  perform acces.verifier_plafond((p_sortie ->> 'plafond')::int);
  return numero;
end $$;

-- A file made by the queue was fetched by who asked for it.
create or replace function acces.sortie_recuperee(p_travail int) returns void
language sql security definer set search_path = public, pg_temp as $$
  update sortie_de_donnees set recupere_le = now()
  where compte_id = acces.compte_id() and requete = 'travail:' || p_travail and recupere_le is null
$$;

-- The youths inside a file, by their code, of the MDS whose exports the acting account reads.
create or replace function acces.jeunes_de_sortie(p_sortie bigint, p_combien int)
returns table (jeune_id int, code varchar, mds_id int)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, j.code, p.mds_id
  from part_de_sortie p cross join unnest(p.jeunes) u(id) left join jeune j on j.id = u.id
  where p.sortie_id = p_sortie and p.mds_id = any(acces.mds('sortie_de_donnees', 'lire'))
  order by p.mds_id, u.id limit p_combien
$$;

-- Where the data of a youth went: read in the MDS of the file, wherever it was when the data left.
create or replace function acces.sorties_du_jeune(p_jeune int)
returns table (sortie_id bigint, le timestamptz, login varchar, canal varchar, objet varchar, finalite_code varchar, motif varchar,
               recupere_le timestamptz, avec int)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.le, u.login, u.canal, u.objet, u.finalite_code, u.motif, u.recupere_le, u.jeunes
  from (
    -- What a program takes every day is told once: the last time.
    select s.*, row_number() over (partition by case when s.canal in ('agenda', 'rappels') then concat(s.canal, s.login, s.objet)
                                                     else s.id::text end order by s.id desc) as rang
    from part_de_sortie p join sortie_de_donnees s on s.id = p.sortie_id
    where p.jeunes && (p_jeune || array(select f.absorbe_id from fusion f where f.jeune_id = p_jeune and f.annulee_le is null))
      and exists (select 1 from jeune j where j.id = p_jeune
                  and (j.mds_id = any(acces.mds('sortie_de_donnees', 'lire')) or j.mds_id = any(acces.mds('jeune', 'copier'))))) u
  where u.rang = 1
  order by u.le desc, u.id desc limit 500
$$;

-- « Ce qui est sorti se garde comme les consultations. »
create or replace function acces.purger_sorties(p_mois int) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare effacees bigint;
begin
  if not acces.pour_tous() then raise insufficient_privilege; end if;
  delete from sortie_de_donnees where le < now() - make_interval(months => greatest(p_mois, 12));
  get diagnostics effacees = row_count;
  if effacees > 0 then
    perform acces.inscrire('purge', 'sortie_de_donnees', null, null, jsonb_build_object('sorties', effacees));
  end if;
  return effacees;
end $$;
