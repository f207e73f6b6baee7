-- The words of the names of youths, read when nobody bears exactly the name typed. They are written with the youth, in the same statement, follow
-- them to another MDS, and go with them. An anonymised youth has none. No foreign key: a merger or an undoing would take them for records.

create or replace function acces.ajouter_les_mots() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into acces.mot (mot, mds_id, jeune_id)
    select mot, n.mds_id, n.id from nouveau n, unnest(acces.mots(n.nom, n.prenom, n.anciens_noms)) mot
    where n.nom_tri <> 'anonymise dossier';
  return null;
end $$;

create or replace function acces.changer_les_mots() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from acces.mot where jeune_id = new.id;
  if new.nom_tri <> 'anonymise dossier' then
    insert into acces.mot (mot, mds_id, jeune_id)
      select mot, new.mds_id, new.id from unnest(acces.mots(new.nom, new.prenom, new.anciens_noms)) mot;
  end if;
  return null;
end $$;

create or replace function acces.retirer_les_mots() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from acces.mot;
  else
    delete from acces.mot where jeune_id in (select id from ancien);
  end if;
  return null;
end $$;

-- « Un mot se lit dans les MDS où l’on lit les jeunes ; personne ne l’écrit, la base le fait. »
alter table acces.mot enable row level security;
alter table acces.mot force row level security;
drop policy if exists proprietaire on acces.mot;
create policy proprietaire on acces.mot to current_user using (true) with check (true);
drop policy if exists lire on acces.mot;
create policy lire on acces.mot for select using (mds_id = any((select acces.mds('jeune', 'lire'))::int[]));
