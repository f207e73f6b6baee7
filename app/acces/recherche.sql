-- A rare name: the youths who hold it, found by the parts of three letters that it is made of.

-- The numbers of the youths that the acting account may read and who hold each of these texts somewhere in their names, code or
-- telephone; null when there are more than p_au_plus of them, or when no text is long enough to be looked for: then the list, which
-- stops at its first page, is the shorter way. As the owner, because row security lets no comparison of arrays choose an index.
-- « La fonction ne rend que les jeunes des MDS où l’on lit les jeunes. »
create or replace function acces.jeunes_contenant(p_textes text[], p_au_plus int) returns int[]
language plpgsql stable security definer
set search_path = public, pg_temp set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off as $$
declare parties text[]; permises int[]; trouves int[];
begin
  select array_agg(distinct partie) into parties from unnest(p_textes) t, unnest(acces.trigrammes(t)) partie;
  if parties is null then return null; end if;
  permises := acces.mds('jeune', 'lire');
  select array_agg(j.id) into trouves from (
    select id from jeune
    where acces.trigrammes(recherche) @> parties and mds_id = any(permises) and nom_tri <> 'anonymise dossier'
      and not exists (select 1 from unnest(p_textes) t where position(t in recherche) = 0)
    limit p_au_plus + 1) j;
  if cardinality(trouves) > p_au_plus then return null; end if;
  return coalesce(trouves, '{}');
end $$;
