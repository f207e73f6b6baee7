-- No one alone. Whoever manages accounts reads no file: a role that opens some, the means of signing in of somebody who holds one,
-- and the end of the last DPO are asked by one person and confirmed, within a day, by the DPO or a responsable.
-- A command for everyone (installation, recovery) and the login page are let through.

-- A role whose holder reads files, or the audit log that tells them.
create or replace function acces.ouvre_des_dossiers(p_role text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from droit where role_code = p_role and (ressource, acte) in (('jeune', 'lire'), ('journal', 'lire')))
$$;

create or replace function acces.tient_des_dossiers(p_compte int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from habilitation
    where compte_id = p_compte and coalesce(au, 'infinity') >= current_date and acces.ouvre_des_dossiers(role_code))
$$;

-- Open accounts that hold this role today, besides one: in this MDS, or (null) anywhere.
create or replace function acces.autres_titulaires(p_role text, p_mds int, p_sauf int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from habilitation h join ab_user c on c.id = h.compte_id and c.active
    where h.role_code = p_role and h.compte_id is distinct from p_sauf
      and (p_mds is null or h.mds_id is null or h.mds_id = p_mds)
      and current_date between h.du and coalesce(h.au, 'infinity'))
$$;

create or replace function acces.est_dernier_dpo(p_compte int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from habilitation where compte_id = p_compte and role_code = 'DPO'
                 and current_date between du and coalesce(au, 'infinity'))
    and not acces.autres_titulaires('DPO', null, p_compte)
$$;

-- At the installation there is nobody to confirm anything: the first DPO is named alone, and confirms the rest.
create or replace function acces.personne_ne_confirme() returns boolean
language sql stable security definer set search_path = public, pg_temp as
$$ select not acces.autres_titulaires('DPO', null, null) and not acces.autres_titulaires('RESPONSABLE', null, null) $$;

-- A role may be given in an MDS by whoever holds there each of its rights; one that opens no file, by whoever administers all
-- habilitations.
create or replace function acces.peut_donner(p_role text, p_mds int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select (acces.pour_tous() and not acces.chiffres())
    or (acces.partout('toute_habilitation', 'creer')
        and (not acces.ouvre_des_dossiers(p_role) or (p_role = 'DPO' and acces.personne_ne_confirme())))
    or (p_mds = any(acces.mds('habilitation', 'creer'))
        and not exists (
          select 1 from droit d where d.role_code = p_role and not p_mds = any(coalesce(acces.mds(d.ressource, d.acte), '{}'))))
$$;

-- What the administrator may ask: a DPO, a role over files in all the MDS, the first responsable of an MDS. Its responsable gives
-- the others.
create or replace function acces.peut_demander_role(p_role text, p_mds int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.partout('toute_habilitation', 'creer') and acces.ouvre_des_dossiers(p_role)
    and (p_mds is null or (p_role = 'RESPONSABLE' and not acces.autres_titulaires('RESPONSABLE', p_mds, null)))
$$;

-- Whether this act on this account must be confirmed by a second person.
create or replace function acces.a_deux(p_genre text, p_compte int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select case p_genre when 'FERMETURE' then acces.est_dernier_dpo(p_compte) else acces.tient_des_dossiers(p_compte) end
$$;

-- Each act is asked for a reason that the base knows; one at a time.
create or replace function acces.verifier_acte_a_deux() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if (case new.genre when 'ROLE' then not acces.peut_demander_role(new.role_code, new.mds_id) else not acces.a_deux(new.genre, new.compte_id) end) then
    raise exception using errcode = '42501', message = 'nothing to ask here';
  end if;
  if exists (select 1 from acte_a_deux a where a.compte_id = new.compte_id and a.genre = new.genre
             and a.role_code is not distinct from new.role_code and a.mds_id is not distinct from new.mds_id
             and a.fait_le is null and a.refuse_le is null and a.demande_le > now() - interval '24 hours') then
    raise exception using errcode = '23514', constraint = 'ck_acte_a_deux_deja', message = 'asked already';
  end if;
  return new;
end $$;

-- Those who must know are written to, when e-mails are sent: the person, and whoever may confirm.
create or replace function acces.annoncer_acte_a_deux(p_acte int, p_genre text, p_objet text, p_corps text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare a acte_a_deux;
begin
  select * into a from acte_a_deux where id = p_acte;
  if a.demande_par_id is distinct from acces.compte_id() and a.repondu_par_id is distinct from acces.compte_id() then
    raise insufficient_privilege;
  end if;
  insert into rappel (compte_id, genre, cle, objet, corps)
  select distinct c.id, p_genre, a.id::text, p_objet, p_corps
  from ab_user c
  where c.active and c.id is distinct from acces.compte_id() and (c.id = a.compte_id or exists (
    select 1 from habilitation h
    where h.compte_id = c.id and current_date between h.du and coalesce(h.au, 'infinity')
      and (h.role_code = 'DPO' or (h.role_code = 'RESPONSABLE' and (
        h.mds_id = a.mds_id or h.mds_id in (select x.mds_id from habilitation x where x.compte_id = a.compte_id))))))
  on conflict do nothing;
end $$;

-- The answer of the second person: neither who asked, nor whom it is about. A role is given at once.
create or replace function acces.repondre_acte_a_deux(p_acte int, p_oui boolean) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare a acte_a_deux; qui int := acces.compte_id();
begin
  select * into a from acte_a_deux where id = p_acte for update;
  if a.id is null or not acces.a_le_droit('acte_a_deux', 'modifier') or qui in (a.demande_par_id, a.compte_id) then
    raise insufficient_privilege;
  end if;
  if a.confirme_le is not null or a.refuse_le is not null or a.demande_le <= now() - interval '24 hours' then
    return false;
  end if;
  update acte_a_deux set repondu_par_id = qui, confirme_le = case when p_oui then now() end,
    refuse_le = case when not p_oui then now() end, fait_le = case when p_oui and genre = 'ROLE' then now() end
  where id = p_acte;
  if p_oui and a.genre = 'ROLE' then
    insert into habilitation (compte_id, role_code, mds_id, du, motif, donnee_par_id)
    values (a.compte_id, a.role_code, a.mds_id, current_date, a.motif, qui);
  end if;
  return true;
end $$;

-- The act that was confirmed is done, once, by whoever asked; else the base refuses.
create or replace function acces.exiger_a_deux(p_genre text, p_compte int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare permis int;
begin
  if acces.pour_tous() or acces.acteur() = 'connexion' or p_compte is not distinct from acces.compte_id()
     or not acces.a_deux(p_genre, p_compte) then
    return;
  end if;
  select id into permis from acte_a_deux
  where genre = p_genre and compte_id = p_compte and demande_par_id = acces.compte_id() and confirme_le is not null
    and demande_le > now() - interval '24 hours'
    and (fait_le is null or fait_le = now())  -- one transaction may write twice
  order by fait_le nulls last limit 1 for update;
  if permis is null then
    raise exception using errcode = '42501', constraint = 'ck_a_deux', message = 'a second person must confirm';
  end if;
  update acte_a_deux set fait_le = now() where id = permis;
end $$;

create or replace function acces.garder_a_deux() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'ab_user' then
    if new.password is distinct from old.password then perform acces.exiger_a_deux('MOT_DE_PASSE', new.id); end if;
    if (new.email, new.username) is distinct from (old.email, old.username) then perform acces.exiger_a_deux('COURRIEL', new.id); end if;
    if old.active and new.active is not true then perform acces.exiger_a_deux('FERMETURE', new.id); end if;
  else
    perform acces.exiger_a_deux('SECOND_FACTEUR', new.compte_id);
  end if;
  return new;
end $$;

-- A role that was withdrawn does not come back by its dates; the last DPO is not withdrawn by one person.
create or replace function acces.garder_les_roles() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.role_code = 'DPO' and coalesce(new.au, 'infinity') < current_date then
    perform acces.exiger_a_deux('FERMETURE', new.compte_id);
  end if;
  if (coalesce(new.au, 'infinity') > coalesce(old.au, 'infinity') or (new.du < old.du and coalesce(new.au, 'infinity') >= current_date))
     and not acces.peut_donner(new.role_code, new.mds_id) then
    raise exception using errcode = '42501', constraint = 'ck_habilitation_prolongee', message = 'a role is given, not prolonged';
  end if;
  return new;
end $$;

-- Roles over files ask for the second factor in production; elsewhere, roles in more than one MDS, or in all.
create or replace function acces.exige_second_facteur(p_compte int, p_pour_lire boolean) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select acces.plusieurs_mds(p_compte) or (p_pour_lire and exists (
    select 1 from habilitation h
    where h.compte_id = p_compte and current_date between h.du and coalesce(h.au, 'infinity') and acces.ouvre_des_dossiers(h.role_code)))
$$;
