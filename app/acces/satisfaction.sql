-- The youth answers alone. Without an account nothing can be read; these two functions take the hash of a link's code,
-- and say nothing that tells a link that never was from one that has served, has expired or was taken back.

-- The enquête that this link still opens; null = none.
create or replace function acces.enquete_ouverte(p_empreinte text) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select e.id from invitation i join enquete e on e.id = i.enquete_id
  where i.empreinte = p_empreinte and i.utilisee_le is null and i.revoquee_le is null and i.expire_le > now()
    and e.repondue_le is null
$$;
revoke execute on function acces.enquete_ouverte(text) from public;

-- What may be answered through this link: no row when it opens nothing.
create or replace function acces.reponses_possibles(p_empreinte text) returns table (code varchar, libelle varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.code, r.libelle from reponse_enquete r
  where acces.enquete_ouverte(p_empreinte) is not null and (r.retire_le is null or r.retire_le > acces.aujourd_hui())
  order by r.ordre, r.code
$$;

-- Keep the answer, apart from the file; the link has served. False = the link opens nothing, or this is no answer.
-- The audit log says that an answer came (enquete.repondue_le), never which: reponse_confiee is not told.
create or replace function acces.repondre_enquete(p_empreinte text, p_reponse text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare enquete_lue int;
begin
  perform 1 from invitation where empreinte = p_empreinte for update;  -- two fingers on the button: one answer
  enquete_lue := acces.enquete_ouverte(p_empreinte);
  if enquete_lue is null or not exists (select 1 from acces.reponses_possibles(p_empreinte) r where r.code = p_reponse) then
    return false;
  end if;
  insert into reponse_confiee (enquete_id, reponse_code) values (enquete_lue, p_reponse);
  update enquete set repondue_le = greatest(acces.aujourd_hui(), demandee_le), par_lien = true where id = enquete_lue;
  update invitation set utilisee_le = now() where empreinte = p_empreinte;
  return true;
end $$;

-- « Le jeune a répondu seul » is said by the youth's link and by nothing else, and stays said.
create or replace function acces.garder_reponse_confiee() returns trigger language plpgsql as $$
begin
  if not acces.par_le_proprietaire(tg_relid) then
    raise exception using errcode = '23514', constraint = 'ck_enquete_confiee', message = 'the youth answered alone';
  end if;
  return new;
end $$;

create or replace trigger reponse_confiee before update on enquete for each row
when ((old.par_lien, new.par_lien) is distinct from (false, false)
      and (old.demandee_le, old.repondue_le, old.reponse_code, old.par_lien)
          is distinct from (new.demandee_le, new.repondue_le, new.reponse_code, new.par_lien))
execute function acces.garder_reponse_confiee();
