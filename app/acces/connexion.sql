-- Sessions of people signed in. What ends them is decided here, so that it holds whoever changes the account, and how.

-- Roles in more than one MDS, or in all: the second factor is required.
create or replace function acces.plusieurs_mds(p_compte int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(bool_or(h.mds_id is null) or count(distinct h.mds_id) > 1, false)
  from habilitation h
  where h.compte_id = p_compte and current_date between h.du and coalesce(h.au, 'infinity')
$$;

-- The session behind a cookie, if it still holds: not ended, not idle, not too old, its account open.
drop function if exists acces.lire_session(text, interval, interval);
create function acces.lire_session(p_empreinte text, p_inactivite interval, p_duree interval)
returns table (id int, compte_id int, second_facteur boolean, plusieurs_mds boolean, a_marquer boolean, reste int, reste_total int)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.compte_id, s.second_facteur, acces.plusieurs_mds(s.compte_id), s.vue_le < now() - interval '1 minute',
         extract(epoch from s.vue_le + p_inactivite - now())::int, extract(epoch from s.ouverte_le + p_duree - now())::int
  from session_ouverte s join ab_user c on c.id = s.compte_id and c.active
  where s.empreinte = p_empreinte and s.finie_le is null and s.vue_le > now() - p_inactivite and s.ouverte_le > now() - p_duree
$$;

-- « Un mot de passe changé, un compte fermé : toutes ses sessions finissent, quel que soit le moyen. »
create or replace function acces.finir_sessions() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update session_ouverte
  set finie_le = now(), fin = case when new.active is not true then 'compte_ferme' else 'mot_de_passe_change' end
  where compte_id = new.id and finie_le is null;
  return null;
end $$;

create or replace trigger finir_sessions after update on ab_user for each row
when (old.password is distinct from new.password or new.active is not true)
execute function acces.finir_sessions();

-- The audit log of sessions, and the last sign-in of the account: one line when it opens, one when it ends, nothing when it is merely seen.
create or replace function acces.journal_session() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into journal (transaction, acteur, login, canal, adresse, requete, operation, table_nom, cle, detail)
  select pg_current_xact_id()::text::bigint, case when tg_op = 'INSERT' then new.compte_id::text else acces.acteur() end,
         case when tg_op = 'INSERT' then c.username else acces.journal_login() end,
         acces.reglage('canal'), acces.reglage('adresse'), acces.reglage('requete'),
         case when tg_op = 'INSERT' then 'connexion' else 'deconnexion' end, 'ab_user', new.compte_id::text,
         jsonb_strip_nulls(jsonb_build_object('session', new.id, 'moyen', new.moyen, 'second_facteur', new.second_facteur, 'fin', new.fin))
  from ab_user c where c.id = new.compte_id;
  if tg_op = 'INSERT' then
    update ab_user set last_login = localtimestamp where id = new.compte_id;
  end if;
  return null;
end $$;

create or replace trigger journal_insert after insert on session_ouverte for each row execute function acces.journal_session();
create or replace trigger journal_update after update on session_ouverte for each row
when (old.finie_le is null and new.finie_le is not null) execute function acces.journal_session();
