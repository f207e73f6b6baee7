-- Unusual use: what is counted of each person, told and never blocking; the ceiling of a day; why a file is read.

-- The rows that an account may take away in a day: the sum of the ceilings of its MDS; null: lifted for today, or a command.
create or replace function acces.plafond_du_jour(p_defaut int) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select sum(coalesce(r.plafond_lignes, p_defaut))
  from mds m left join reglage_mds r on r.mds_id = m.id
  where (exists (select 1 from acces.habilitations() h where h.mds_id is null or h.mds_id = m.id))
    and not exists (select 1 from levee_de_plafond l where l.compte_id = acces.compte_id() and l.le = acces.aujourd_hui())
$$;

-- The rows that the account has taken away since midnight.
create or replace function acces.emporte_du_jour() returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(sum(lignes), 0) from sortie_de_donnees
  where compte_id = acces.compte_id() and le >= current_date and coalesce(canal, '') not in ('agenda', 'rappels')
$$;

-- What left today passes the ceiling: nothing leaves.
create or replace function acces.verifier_plafond(p_defaut int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare plafond bigint; emporte bigint := acces.emporte_du_jour();
begin
  if acces.compte_id() is null then return; end if;
  if emporte <= p_defaut and not exists (select 1 from reglage_mds where plafond_lignes is not null) then return; end if;
  plafond := acces.plafond_du_jour(p_defaut);
  if emporte > plafond then
    raise exception using errcode = '42501', constraint = 'ck_plafond_du_jour', message = 'too many rows today';
  end if;
end $$;

-- « Lire un dossier hors de son portefeuille demande pourquoi, une fois par jour et par dossier, là où la MDS l’a choisi. »
create or replace function acces.motif_de_lecture(p_jeune int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from reglage_mds r join jeune j on j.mds_id = r.mds_id where j.id = p_jeune and r.motif_hors_portefeuille)
    and acces.compte_id() is not null
    and not exists (
      select 1 from acces.mon_agent() a join binome b on b.jeune_id = p_jeune
      where (b.coordonnateur_id = a.id or b.referent_id = a.id or (b.remplace_id = a.id and b.en_double_jusqu_au >= acces.aujourd_hui()))
        and b.du <= acces.aujourd_hui() and coalesce(b.au, 'infinity') >= acces.aujourd_hui())
    and not exists (
      select 1 from journal l
      where l.jeune_id = p_jeune and l.operation = 'lecture_justifiee' and l.acteur = acces.acteur() and l.le >= current_date)
$$;

-- A file is opened: the audit log says so, unless the person must first say why (false).
create or replace function acces.lire_dossier(p_table text, p_cle text, p_jeune int) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if acces.motif_de_lecture(p_jeune) then return false; end if;
  perform acces.consigner('lecture', p_table, p_cle, p_jeune);
  return true;
end $$;

-- What each account did lately, for whoever reads the audit log where it did it. Counts alone.
create or replace function acces.usages(p_jours int, p_debut int, p_fin int)
returns table (compte_id int, dossiers bigint, hors_portefeuille bigint, fichiers bigint, lignes bigint, plus_grand bigint,
               hors_heures bigint, refus bigint, en_un_jour bigint, machines bigint, echecs bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  with ou as (select coalesce(acces.mds('journal', 'lire'), '{}') as mds, acces.comptes_de_mes_mds() as comptes,
                     now() - make_interval(days => p_jours) as depuis),
  lus as (
    select l.acteur::int as compte, l.jeune_id as jeune
    from journal l, ou where l.operation = 'lecture' and l.le >= ou.depuis and l.mds_id = any(ou.mds) and l.acteur ~ '^[0-9]{1,9}$'
    group by 1, 2),
  lectures as (
    select lus.compte, count(*) as dossiers, count(*) filter (where not exists (
      select 1 from agent a join binome b on b.jeune_id = lus.jeune and a.id in (b.coordonnateur_id, b.referent_id, b.remplace_id)
      where a.compte_id = lus.compte)) as hors
    from lus group by 1),
  sorties as (
    select s.compte_id as compte, count(*) as fichiers, sum(s.lignes) as lignes, max(s.lignes) as plus_grand,
           count(*) filter (where extract(isodow from s.le) > 5 or extract(hour from s.le) < p_debut or extract(hour from s.le) >= p_fin) as hors_heures
    from sortie_de_donnees s, ou
    where s.le >= ou.depuis and s.compte_id is not null and coalesce(s.canal, '') not in ('commande', 'agenda', 'rappels')
      and (s.compte_id = any(ou.comptes) or exists (select 1 from part_de_sortie p where p.sortie_id = s.id and p.mds_id = any(ou.mds)))
    group by 1),
  par_jour as (
    select l.acteur::int as compte, count(*) as refus
    from journal l, ou where l.operation = 'refus' and l.le >= ou.depuis and l.acteur ~ '^[0-9]{1,9}$' and l.acteur::int = any(ou.comptes)
    group by 1, l.le::date),
  refuses as (select compte, sum(refus) as refus, max(refus) as en_un_jour from par_jour group by 1),
  machines as (
    select l.acteur::int as compte, count(*) as machines
    from journal l, ou where l.operation = 'connexion' and l.le >= ou.depuis and l.detail ? 'nouvelle_machine' and l.acteur ~ '^[0-9]{1,9}$'
      and l.acteur::int = any(ou.comptes)
    group by 1),
  echecs as (
    select l.cle::int as compte, count(*) as echecs
    from journal l, ou where l.operation = 'connexion_refusee' and l.le >= ou.depuis and l.cle ~ '^[0-9]{1,9}$' and l.cle::int = any(ou.comptes)
    group by 1)
  select c.id, coalesce(le.dossiers, 0), coalesce(le.hors, 0), coalesce(s.fichiers, 0), coalesce(s.lignes, 0), coalesce(s.plus_grand, 0),
         coalesce(s.hors_heures, 0), coalesce(r.refus, 0), coalesce(r.en_un_jour, 0), coalesce(m.machines, 0), coalesce(e.echecs, 0)
  from ab_user c
  left join lectures le on le.compte = c.id left join sorties s on s.compte = c.id left join refuses r on r.compte = c.id
  left join machines m on m.compte = c.id left join echecs e on e.compte = c.id
  where acces.a_le_droit('journal', 'lire')
    and coalesce(le.compte, s.compte, r.compte, m.compte, e.compte) is not null
$$;

-- What each person is told when they sign in: when they did before, the failures since, what others changed of their account.
create or replace function acces.depuis_ma_derniere_connexion() returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare moi text := acces.compte_id()::text; avant journal; changes jsonb; echecs int;
begin
  select * into avant from journal
  where table_nom = 'ab_user' and cle = moi and operation = 'connexion' order by id desc offset 1 limit 1;
  if avant.id is null then return null; end if;
  select count(*) into echecs from journal
  where table_nom = 'ab_user' and cle = moi and operation = 'connexion_refusee' and id > avant.id;
  select coalesce(jsonb_agg(jsonb_build_object('le', l.le, 'quoi', l.quoi, 'par', l.login) order by l.id), '[]') into changes
  from (
    select l.id, l.le, l.login, coalesce(l.table_nom || '.' || l.operation, l.operation) as quoi from journal l
    where l.id > avant.id and l.acteur <> moi and l.acteur <> 'connexion'
      and ((l.table_nom = 'ab_user' and l.cle = moi and l.operation not in ('connexion', 'deconnexion', 'connexion_refusee', 'lecture'))
        or (l.table_nom = 'habilitation' and l.cle in (select id::text from habilitation where compte_id = moi::int))
        or (l.table_nom = 'acte_a_deux' and l.operation = 'creation' and l.cle in (select id::text from acte_a_deux where compte_id = moi::int)))
    order by l.id desc limit 10) l;
  return jsonb_build_object('le', avant.le, 'adresse', avant.adresse, 'echecs', echecs, 'changements', changes);
end $$;
