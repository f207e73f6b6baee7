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
drop function if exists acces.ouvrir_requete(text, interval, interval, text, text, text, text, text);
drop function if exists acces.ouvrir_requete(text, interval, interval, text, text, text, text, text, boolean, interval);
-- The first statement of a request: who asks, by the session of their cookie, what they may do, which agent they are, and
-- which code lists, which agents and which papers hold. From then on, in this
-- transaction, their account acts; without a session that still holds, nobody acts and no line is returned.
create function acces.ouvrir_requete(
  p_empreinte text, p_inactivite interval, p_duree interval,
  p_canal text, p_adresse text, p_requete text, p_statement_timeout text, p_lock_timeout text,
  p_pour_lire boolean, p_preuve interval)
returns table (session_id int, second_facteur boolean, exige boolean, preuve_recente boolean, a_marquer boolean, reste int, reste_total int,
               compte jsonb, habilitations jsonb, agent_id int, a_des_jeunes boolean,
               version_des_listes text, version_des_agents text, version_des_papiers text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare qui int;
begin
  perform set_config('TimeZone', 'Europe/Paris', true), set_config('app.acteur', '', true),
          set_config('app.canal', p_canal, true), set_config('app.adresse', p_adresse, true),
          set_config('app.requete', p_requete, true), set_config('app.motif', '', true), set_config('app.finalite', '', true),
          set_config('app.portee', '', true),
          set_config('statement_timeout', p_statement_timeout, true), set_config('lock_timeout', p_lock_timeout, true);
  select s.id, s.compte_id, s.second_facteur, s.prouvee_le > now() - p_preuve, s.vue_le < now() - interval '1 minute',
         extract(epoch from s.vue_le + p_inactivite - now())::int, extract(epoch from s.ouverte_le + p_duree - now())::int
  into session_id, qui, ouvrir_requete.second_facteur, preuve_recente, a_marquer, reste, reste_total
  from session_ouverte s
  where s.empreinte = p_empreinte and s.finie_le is null and s.vue_le > now() - p_inactivite and s.ouverte_le > now() - p_duree;
  select to_jsonb(c) into compte from ab_user c where c.id = qui and c.active;
  if compte is null then return; end if;
  perform set_config('app.acteur', qui::text, true);
  exige := not ouvrir_requete.second_facteur and acces.exige_second_facteur(qui, p_pour_lire);
  select coalesce(jsonb_agg(jsonb_build_array(h.role_code, h.mds_id)), '[]') into habilitations from acces.habilitations() h;
  select m.id, m.a_des_jeunes into agent_id, ouvrir_requete.a_des_jeunes from acces.mon_agent() m;
  select v.version into version_des_listes from acces.version_des_listes v;
  select coalesce(sum(v.nombre) filter (where v.famille = 'agents'), 0), coalesce(sum(v.nombre) filter (where v.famille = 'papiers'), 0)
  into version_des_agents, version_des_papiers from acces.version_des_tables v;
  return next;
end $$;

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
         jsonb_strip_nulls(jsonb_build_object('session', new.id, 'moyen', new.moyen, 'second_facteur', new.second_facteur, 'fin', new.fin,
           'nouvelle_machine', case when tg_op = 'INSERT' and new.machine_nouvelle then true end))
  from ab_user c where c.id = new.compte_id;
  if tg_op = 'INSERT' then
    update ab_user set last_login = localtimestamp where id = new.compte_id;
  end if;
  return null;
end $$;

create or replace trigger journal_insert after insert on session_ouverte for each row execute function acces.journal_session();
create or replace trigger journal_update after update on session_ouverte for each row
when (old.finie_le is null and new.finie_le is not null) execute function acces.journal_session();
