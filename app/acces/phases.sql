-- What the phase of each youth of a list is read from (app/views/phases.py), under the rights of whoever asks. A function keeps the plan of
-- its statement from one page to the next, whatever pooler stands between: planning it took as long as reading.
create or replace function acces.faits_des_jeunes(p_jeunes int[], p_le date)
returns table (genre text, jeune_id int, debut date, fin date, mot text, nom text, presents boolean[])
language plpgsql stable set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
  return query
  select 'accompagnement', a.jeune_id, a.du, a.au, a.motif_sortie_code::text, null, null::boolean[]
  from accompagnement a where a.jeune_id = any(p_jeunes)
  union all
  select 'binome', b.jeune_id, b.du, b.au, b.coordonnateur::text, b.referent_ase::text, null
  from binome b where b.jeune_id = any(p_jeunes)
    and b.du <= p_le and (b.au is null or b.au >= p_le)  -- the others are read by nobody here
  union all
  select 'mesure', m.jeune_id, m.du, m.au, m.motif_fin_code::text, null, null
  from mesure m where m.jeune_id = any(p_jeunes)
  union all
  select 'rencontre', r.jeune_id, r.le, r.fixee_le, r.statut_code::text, null, array[r.jeune_present,
    r.coordonnateur_present, r.service_ase_present, r.lieu_accueil_present]
  from rencontre r where r.jeune_id = any(p_jeunes) and r.type_code = 'TRIPARTITE'
  union all
  select 'nouvelles', r.jeune_id,
    max(r.le) filter (where r.statut_code = 'TENUE' and r.jeune_present and r.le <= p_le),
    min(r.le) filter (where r.statut_code = 'PREVUE' and r.le >= p_le), null, null, null
  from rencontre r where r.jeune_id = any(p_jeunes) group by r.jeune_id;
end $$;
