-- A table once sent is frozen for good: neither changed nor deleted, by nobody, not even by a command for everyone.

create or replace function acces.figer_envoi() returns trigger language plpgsql as $$
begin
  if old.envoye_le is not null then
    raise exception using errcode = '23514', constraint = 'ck_envoi_fige', message = 'a table sent never changes';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  if (new.mois, new.mds_id, new.numero) is distinct from (old.mois, old.mds_id, old.numero) then
    raise exception using errcode = '23514', constraint = 'ck_envoi_identite', message = 'a table keeps its month, MDS and number';
  end if;
  -- Who checks may not send.
  if new.envoye_le is not null and not acces.peut_envoyer(new.mds_id) then
    raise exception using errcode = '42501', message = 'sent by who may';
  end if;
  return new;
end $$;

-- The table of an MDS is sent by who prepares it there; that of the whole Département, by who covers all MDS.
create or replace function acces.peut_envoyer(p_mds int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select case when p_mds is null then acces.partout('envoi', 'envoyer') else p_mds = any(coalesce(acces.mds('envoi', 'creer'), '{}')) end
$$;
