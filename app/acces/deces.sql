-- The death of a youth: the file says its day, whatever the door; declared as one act by whoever may edit the youth.

-- The day that the mesures and the stays say; null when none does, or when a later one contradicts it.
create or replace function acces.deces_des_fiches(p_jeune int) returns date
language sql stable security definer set search_path = public, pg_temp as $$
  select max(x.au) from (
    select au from mesure where jeune_id = p_jeune and motif_fin_code = 'DECES'
    union all select au from accompagnement where jeune_id = p_jeune and motif_sortie_code = 'DECES') x
  where x.au <= acces.dernier_jour_d_un_fait()
    and not exists (select from mesure m where m.jeune_id = p_jeune and coalesce(m.au, 'infinity') > x.au)
    and not exists (select from accompagnement a where a.jeune_id = p_jeune and a.du > x.au and a.motif_sortie_code is distinct from 'ERREUR')
$$;
revoke execute on function acces.deces_des_fiches(int) from public;

-- After a mesure or a stay that says a death, or said one, was written.
create or replace function acces.suivre_le_deces() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare numeros int[] := '{}';
begin
  if tg_op <> 'INSERT' then numeros := numeros || old.jeune_id; end if;
  if tg_op <> 'DELETE' then numeros := numeros || new.jeune_id; end if;
  update jeune j set deces_le = d.le
  from (select n, acces.deces_des_fiches(n) as le from unnest(numeros) n group by n) d
  where j.id = d.n and j.deces_le is distinct from d.le;
  return null;
end $$;

-- Declare a death: what runs ends that day, what was planned from that day on is cancelled, a transfer that waits for its answer is
-- closed, no link of an enquête opens any more.
-- Refused (exception) for whoever may not edit the youth, when it is declared already, or when something contradicts it.
create or replace function acces.declarer_deces(p_jeune int, p_le date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare j jeune;
begin
  select * into j from jeune where id = p_jeune for update;
  if not found or not j.mds_id = any(coalesce(acces.mds('jeune', 'modifier'), '{}')) then
    raise exception using errcode = '42501', message = 'not for this account';
  end if;
  if j.deces_le is not null then
    raise exception using errcode = '23514', constraint = 'ck_jeune_deces_deja', message = 'already declared';
  end if;
  if exists (select from mesure where jeune_id = p_jeune and du > p_le)
     or exists (select from accompagnement where jeune_id = p_jeune and du > p_le and motif_sortie_code is distinct from 'ERREUR')
     or exists (select from binome where jeune_id = p_jeune and du > p_le)
     or exists (select from alerte where jeune_id = p_jeune and du > p_le)
     or exists (select from rencontre where jeune_id = p_jeune and le > p_le and statut_code = 'TENUE' and jeune_present) then
    raise exception using errcode = '23514', constraint = 'ck_jeune_deces_suite', message = 'something follows';
  end if;
  update jeune set deces_le = p_le where id = p_jeune;
  update mesure set au = p_le, motif_fin_code = 'DECES' where jeune_id = p_jeune and coalesce(au, 'infinity') >= p_le;
  update accompagnement set au = p_le, motif_sortie_code = 'DECES'
  where jeune_id = p_jeune and coalesce(au, 'infinity') >= p_le and motif_sortie_code is distinct from 'ERREUR';
  update binome set au = p_le where jeune_id = p_jeune and coalesce(au, 'infinity') > p_le;
  update alerte set au = p_le where jeune_id = p_jeune and coalesce(au, 'infinity') > p_le;
  update rencontre set statut_code = 'ANNULEE' where jeune_id = p_jeune and statut_code = 'PREVUE' and le >= p_le;
  update tache set abandon = 'Décès' where jeune_id = p_jeune and faite_le is null and abandon is null;
  update transfert set refuse_le = acces.aujourd_hui(), repondu_par = acces.journal_login(), motif_refus = 'Décès'
  where jeune_id = p_jeune and accepte_le is null and refuse_le is null;
  update invitation i set revoquee_le = now() from enquete e
  where e.id = i.enquete_id and e.jeune_id = p_jeune and i.utilisee_le is null and i.revoquee_le is null;
end $$;

-- The act that declared the death of a youth and was not taken back, for whoever may edit the youth.
create or replace function acces.acte_du_deces(p_jeune int) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select max(m.id) from modification_groupee m join jeune j on j.id = m.jeune_id
  where m.jeune_id = p_jeune and m.genre = 'DECES' and m.annulee_le is null
    and j.mds_id = any(coalesce(acces.mds('jeune', 'modifier'), '{}'))
$$;

-- The mark is that of such an act: it is taken back by whoever may edit the youth, not by its author alone.
create or replace function acces.peut_revenir_sur_le_deces(p_marque text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from modification_groupee m join jeune j on j.id = m.jeune_id
    where p_marque = 'lot:' || m.id and m.genre = 'DECES' and j.mds_id = any(coalesce(acces.mds('jeune', 'modifier'), '{}')))
$$;
revoke execute on function acces.peut_revenir_sur_le_deces(text) from public;
