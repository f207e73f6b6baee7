-- The orientations of a youth, and the last one on their file: each kept true by the other, whatever the door.

-- The file says the last orientation. Nothing is written when it says it already.
create or replace function acces.derniere_orientation(p_jeune int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform set_config('app.orientation', 'derniere', true);
  update jeune j set repere_le = o.repere_le, oriente_par = o.oriente_par, contact_le = o.contact_le
  from (select 1) seul left join lateral (
    select x.repere_le, x.oriente_par, x.contact_le from orientation x
    where x.jeune_id = p_jeune order by x.contact_le desc nulls last, x.id desc limit 1) o on true
  where j.id = p_jeune
    and (j.repere_le, j.oriente_par, j.contact_le) is distinct from (o.repere_le, o.oriente_par, o.contact_le);
  perform set_config('app.orientation', '', true);
end $$;
revoke execute on function acces.derniere_orientation(int) from public;

create or replace function acces.dire_la_derniere_orientation() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(acces.reglage('orientation'), '') = 'derniere' then return null; end if;  -- the file says it already
  if tg_op <> 'INSERT' then perform acces.derniere_orientation(old.jeune_id); end if;
  if tg_op <> 'DELETE' then perform acces.derniere_orientation(new.jeune_id); end if;
  return null;
end $$;

-- What is typed on the file (« Repéré le », « Orienté par », « Prise de contact le ») is an orientation of that date: made when the youth
-- has none of it, and no other changes. A fusion moves orientations: it makes none.
create or replace function acces.orienter_depuis_la_fiche() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare numero int;
begin
  if coalesce(acces.reglage('orientation'), '') = 'derniere' or coalesce(acces.reglage('requete'), '') like 'fusion:%' then
    return null;
  end if;
  if tg_op = 'INSERT' then  -- the first of a new file, without reading anything again
    perform set_config('app.orientation', 'derniere', true);
    insert into orientation (jeune_id, mds_id, repere_le, oriente_par, contact_le, est_de_la_fiche)
    values (new.id, new.mds_id, new.repere_le, new.oriente_par, new.contact_le, true);
    perform set_config('app.orientation', '', true);
    return null;
  end if;
  select id into numero from orientation where jeune_id = new.id
    and (contact_le is not distinct from new.contact_le or (contact_le is null and new.contact_le is not null))
  order by contact_le nulls last limit 1;
  if numero is not null then
    update orientation o set contact_le = new.contact_le, repere_le = coalesce(new.repere_le, o.repere_le),
      oriente_par = coalesce(new.oriente_par, o.oriente_par)
    where o.id = numero and (o.contact_le, o.repere_le, o.oriente_par) is distinct from
      (new.contact_le, coalesce(new.repere_le, o.repere_le), coalesce(new.oriente_par, o.oriente_par));
  elsif new.contact_le is not null
        or ((new.repere_le is not null or new.oriente_par is not null) and not exists (select from orientation where jeune_id = new.id)) then
    insert into orientation (jeune_id, mds_id, repere_le, oriente_par, contact_le, est_de_la_fiche)
    values (new.id, new.mds_id, new.repere_le, new.oriente_par, new.contact_le, true);
  end if;
  perform acces.derniere_orientation(new.id);
  return null;
end $$;

-- Once somebody answered it, or said more of it, an orientation read from the file is one like the others.
create or replace function acces.garder_celle_de_la_fiche() returns trigger language plpgsql as $$
begin
  new.est_de_la_fiche := new.est_de_la_fiche and num_nonnulls(new.vers, new.motif_code, new.objectifs, new.est_urgente, new.vue_le,
                                                              new.reponse_code, new.repondue_le, new.raison_renvoi) = 0;
  return new;
end $$;

-- An orientation written in full takes the place of the one read from the file on the same date.
create or replace function acces.remplacer_celle_de_la_fiche() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare lue orientation;
begin
  delete from orientation o where o.jeune_id = new.jeune_id and o.est_de_la_fiche and o.contact_le is not distinct from new.contact_le
  returning * into lue;
  if found then
    new.repere_le := coalesce(new.repere_le, lue.repere_le);
    new.oriente_par := coalesce(new.oriente_par, lue.oriente_par);
  end if;
  return new;
end $$;
