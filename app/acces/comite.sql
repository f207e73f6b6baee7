-- The comité de suivi: who of its participants may read the youths, what left the sight of those who prepared it, what is
-- written to whom, what no longer changes once the minutes are validated.

-- The participants who are agents with an open account that reads the youths of the MDS today; whether they want e-mails.
create or replace function acces.lecteurs_du_comite(p_instance int)
returns table (participant_id int, compte_id int, veut_des_courriels boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, c.id, c.rappels is distinct from 'jamais' and c.email like '%@%'
  from instance i
  join participant p on p.instance_id = i.id
  join agent a on a.id = p.agent_id
  join ab_user c on c.id = a.compte_id and c.active
  where i.id = p_instance and i.mds_id = any(acces.mds('point_de_comite', 'lire'))
    and exists (
      select 1 from habilitation h
      join droit d on d.role_code = h.role_code and d.ressource = 'jeune' and d.acte = 'lire'
      where h.compte_id = c.id and coalesce(h.mds_id, i.mds_id) = i.mds_id
        and current_date between h.du and coalesce(h.au, 'infinity'))
$$;

-- How many youths of the agenda went to an MDS that the acting account does not read: their number alone.
create or replace function acces.points_hors_de_vue(p_instance int) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::int from instance i join point_de_comite o on o.instance_id = i.id
  where i.id = p_instance and i.mds_id = any(acces.mds('point_de_comite', 'lire'))
    and not o.mds_id = any(acces.mds('point_de_comite', 'lire'))
$$;

-- Write the agenda, in codes and links, to the participants who may read it: how many e-mails are new. They leave with the next
-- round (flask tandem rappels). The same agenda (p_cle) is never written twice to one person. Only who prepares the comité may.
create or replace function acces.convoquer(p_instance int, p_cle text, p_objet text, p_corps text) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare ecrits int;
begin
  if not exists (select 1 from instance where id = p_instance and mds_id = any(acces.mds('point_de_comite', 'creer'))) then
    return 0;
  end if;
  insert into rappel (compte_id, genre, cle, objet, corps)
    select distinct l.compte_id, 'comite', p_instance || ':' || p_cle, p_objet, p_corps
    from acces.lecteurs_du_comite(p_instance) l where l.veut_des_courriels
    on conflict do nothing;
  get diagnostics ecrits = row_count;
  return ecrits;
end $$;

-- Two files on the agenda of one comité, merged meanwhile: the youth is there once.
create or replace function acces.reunir_les_points() returns trigger language plpgsql as $$
begin
  delete from point_de_comite where instance_id = new.instance_id and jeune_id = new.jeune_id and id <> new.id;
  return new;
end $$;

-- The minutes of this comité are validated.
create or replace function acces.est_valide(p_instance int) returns boolean
language sql stable security definer set search_path = public, pg_temp as
$$ select exists (select 1 from compte_rendu_comite where instance_id = p_instance) $$;

-- Minutes once validated never change, by nobody, not even by a command for everyone.
create or replace function acces.figer_compte_rendu() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '23514', constraint = 'ck_compte_rendu_comite_fige', message = 'validated minutes never change';
end $$;

-- Nor does what they say of the agenda; it still follows its youth, by a transfer, a fusion, an anonymisation.
create or replace function acces.figer_ordre_du_jour() returns trigger language plpgsql as $$
declare comite int := case when tg_op = 'DELETE' then old.instance_id else new.instance_id end;
begin
  if not acces.pour_tous() and not acces.par_le_proprietaire(tg_relid) and acces.est_valide(comite) then
    raise exception using errcode = '23514', constraint = 'ck_point_de_comite_fige', message = 'the minutes are validated';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

create or replace function acces.figer_decision() returns trigger language plpgsql as $$
declare comite int := case when tg_op = 'DELETE' then old.instance_id else new.instance_id end;
begin
  if not acces.pour_tous() and not acces.par_le_proprietaire(tg_relid) and acces.est_valide(comite) then
    raise exception using errcode = '23514', constraint = 'ck_decision_figee', message = 'the minutes are validated';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
