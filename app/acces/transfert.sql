-- A youth leaves an MDS and enters another only here: asked by one, accepted by the other, dated; the history follows.

-- The mark of a transfer under way is that the owner acts, inside repondre_transfert: the application cannot forge it.
create or replace function acces.refuser_deplacement() returns trigger language plpgsql as $$
begin
  if not acces.pour_tous() and not acces.par_le_proprietaire(tg_relid) then
    raise exception using errcode = '23514', constraint = 'ck_jeune_transfert', message = 'move without transfer';
  end if;
  return new;
end $$;

-- Accept or refuse. False = no transfer awaits an answer from the acting account, or it is unknown: the same answer.
-- From effet_le the youth is attached to the receiving MDS; without any attachment recorded, the first one starts at birth.
create or replace function acces.repondre_transfert(p_id int, p_accepte boolean, p_par text, p_motif text default null)
returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
declare t transfert;
begin
  select * into t from transfert
  where id = p_id and accepte_le is null and refuse_le is null
    and vers_mds_id = any(acces.mds('transfert', 'modifier')) for update;
  if not found then return false; end if;
  if not p_accepte then
    update transfert set refuse_le = acces.aujourd_hui(), repondu_par = p_par, motif_refus = p_motif where id = p_id;
    return true;
  end if;
  if t.effet_le > acces.aujourd_hui() then
    raise exception using errcode = '23514', constraint = 'ck_transfert_effet', message = 'accepted too early';
  end if;
  set constraints all deferred;
  insert into rattachement (jeune_id, mds_id, mds_rattachement_id, du)
    select t.jeune_id, t.mds_id, t.mds_id, j.date_naissance from jeune j
    where j.id = t.jeune_id and not exists (select 1 from rattachement r where r.jeune_id = t.jeune_id);
  delete from rattachement where jeune_id = t.jeune_id and du >= t.effet_le;
  update rattachement set au = t.effet_le - 1 where jeune_id = t.jeune_id and coalesce(au, 'infinity') >= t.effet_le;
  update transfert set accepte_le = acces.aujourd_hui(), repondu_par = p_par where id = p_id;
  update jeune set mds_id = t.vers_mds_id where id = t.jeune_id;
  insert into rattachement (jeune_id, mds_id, mds_rattachement_id, du)
    values (t.jeune_id, t.vers_mds_id, t.vers_mds_id, t.effet_le);
  return true;
end $$;
