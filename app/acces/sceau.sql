-- The seal of the audit log. Rows are inserted unchained so that writers never block; they are sealed in batches soon after:
-- a hash of each line, a hash of the batch chained to the batch before. Whoever alters, removes, adds or reorders a line
-- breaks a hash; whoever computes the hashes again lacks the signature, whose key is not in the base (acces/sceau.py).

-- The hash of a line: sixteen bytes of SHA-256. Columns are named: a later column does not break the seals of before.
-- A line whose contents were taken away (acces.anonymiser) keeps the hash that it had.
create or replace function acces.empreinte_ligne(l journal) returns bytea language sql stable as $$
  select coalesce(l.empreinte, substring(sha256(convert_to(json_build_array(
    l.id, extract(epoch from l.le), l.transaction, l.acteur, l.login, l.canal, l.adresse, l.requete, l.operation, l.table_nom,
    l.cle, l.jeune_id, l.mds_id, l.avant, l.apres, l.motif, l.detail)::text, 'UTF8')) for 16))
$$;

-- The hash of what is left of the lines that an anonymisation emptied: it is written in the line of that anonymisation, itself
-- sealed, so that who, when and what they were are watched as before.
create or replace function acces.empreinte_expurgee(p_numero bigint) returns text language sql stable as $$
  select encode(sha256(convert_to(coalesce(json_agg(json_build_array(
    l.id, extract(epoch from l.le), l.transaction, l.acteur, l.login, l.canal, l.adresse, l.requete, l.operation, l.table_nom,
    l.cle, l.jeune_id, l.mds_id, encode(l.empreinte, 'hex')) order by l.id), '[]')::text, 'UTF8')), 'hex')
  from journal l where l.expurgee_par = p_numero
$$;

-- The hash of a batch, from what it says and from the hash of the batch before.
create or replace function acces.empreinte_sceau(s sceau, precedente bytea) returns bytea language sql stable as $$
  select sha256(coalesce(precedente, '') || convert_to(jsonb_build_array(
    s.id, s.famille, s.lignes::text, s.nombre, extract(epoch from s.dernier_le), extract(epoch from s.scelle_le),
    encode(sha256(s.contenu), 'hex'))::text, 'UTF8'))
$$;

-- Reads are kept some months, the rest for good: they are sealed apart, so that what is purged is whole batches.
create or replace function acces.famille(p_operation text) returns text language sql immutable as
$$ select case when p_operation in ('lecture', 'lecture_liste', 'lecture_justifiee', 'recherche') then 'lecture' else 'ecriture' end $$;

-- The last seal, whichever machine made it, as a mark that the application signs (acces/reperes.py): whoever cuts the end of the
-- log off must think of it too, and cannot sign another one.
create or replace function acces.lire_repere() returns table (numero bigint, empreinte bytea)
language sql stable security definer set search_path = public, pg_temp as
$$ select r.numero, r.empreinte from acces.repere r $$;

create or replace function acces.noter_repere(p_dit jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not acces.pour_tous() then raise insufficient_privilege; end if;
  insert into acces.repere (numero, empreinte, dit) values ((p_dit ->> 'numero')::bigint, decode(p_dit ->> 'empreinte', 'hex'), p_dit)
  on conflict on constraint repere_pkey do update set numero = excluded.numero, empreinte = excluded.empreinte, dit = excluded.dit;
end $$;

-- Where the last seal was handed to somebody else: an e-mail, a time-stamping authority (acces/ancres.py).
create or replace function acces.noter_ancre(p_moyen text, p_sceau bigint, p_empreinte text, p_jeton bytea) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare numero bigint;
begin
  if not acces.pour_tous() then raise insufficient_privilege; end if;
  -- Without a gap: one that is missing was taken away.
  insert into acces.ancre (id, moyen, sceau, empreinte, jeton)
  select coalesce(max(id), 0) + 1, p_moyen, p_sceau, p_empreinte, p_jeton from acces.ancre returning id into numero;
  perform acces.inscrire('ancre', 'sceau', p_sceau::text, null, jsonb_build_object('ancre', numero, 'moyen', p_moyen));
end $$;

-- Seal at most p_lignes of the committed lines that are not. A line can be committed after others of a higher number:
-- the numbers still missing below are looked for again, until every transaction that could hold one has ended.
create or replace function acces.sceller(p_lignes int) returns table (numero bigint, empreinte bytea, premiere bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  avant sceau; neuf sceau; une text; nouvelles bigint[]; retardataires bigint[]; fini boolean;
  attendues int8multirange; jusqu_a bigint; limite bigint;
begin
  if not pg_try_advisory_xact_lock(7415236204) then return; end if;
  select * into avant from sceau order by id desc limit 1;
  fini := pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= coalesce(avant.limite, 0);
  retardataires := array(
    select j.id from journal j where j.id between lower(avant.trous) and upper(avant.trous) and j.id <@ avant.trous);
  nouvelles := array(select j.id from journal j where j.id > coalesce(avant.jusqu_a, 0) order by j.id limit p_lignes);
  limite := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  jusqu_a := coalesce(nouvelles[cardinality(nouvelles)], avant.jusqu_a);
  if cardinality(nouvelles) + cardinality(retardataires) = 0 then return; end if;
  select coalesce(range_agg(int8range(x, x, '[]')), '{}') into attendues from unnest(nouvelles || retardataires) x;
  attendues := (case when fini then '{}'::int8multirange else coalesce(avant.trous, '{}') end
    + int8multirange(int8range(coalesce(avant.jusqu_a, 0) + 1, jusqu_a + 1))) - attendues;
  foreach une in array array['ecriture', 'lecture'] loop
    select range_agg(int8range(j.id, j.id, '[]')), count(*), max(j.le), string_agg(acces.empreinte_ligne(j), ''::bytea order by j.id)
    into neuf.lignes, neuf.nombre, neuf.dernier_le, neuf.contenu
    from journal j where j.id = any(nouvelles || retardataires) and acces.famille(j.operation) = une;
    continue when neuf.nombre = 0;
    neuf.id := coalesce(avant.id, 0) + 1;
    neuf.famille := une;
    neuf.scelle_le := clock_timestamp();
    neuf.jusqu_a := jusqu_a;
    neuf.trous := attendues;
    neuf.limite := limite;
    neuf.empreinte := acces.empreinte_sceau(neuf, avant.empreinte);
    insert into sceau select neuf.*;
    avant := neuf;
    return query select neuf.id, neuf.empreinte, (select s.empreinte from sceau s where s.id = 1);
  end loop;
end $$;

-- The signature is made outside the base, once.
create or replace function acces.signer_sceau(p_id bigint, p_cle text, p_signature text) returns void
language sql security definer set search_path = public, pg_temp as
$$ update sceau set cle = p_cle, signature = p_signature where id = p_id and signature is null $$;

-- « Les consultations sont gardées douze mois » : whole batches of reads, never younger, and the audit log says so.
create or replace function acces.purger_lectures(p_mois int) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare batches bigint[]; numeros int8multirange; combien bigint;
begin
  batches := array(select id from sceau where famille = 'lecture' and purge_le is null
                and dernier_le < now() - make_interval(months => greatest(p_mois, 12)) for update);
  if cardinality(batches) = 0 then return 0; end if;
  select range_agg(r) into numeros from sceau s, unnest(s.lignes) r where s.id = any(batches);
  delete from journal j where j.id between lower(numeros) and upper(numeros) and j.id <@ numeros;
  get diagnostics combien = row_count;
  update sceau set purge_le = now() where id = any(batches);
  perform acces.inscrire('purge', 'journal', null, null, jsonb_build_object('lectures', combien, 'sceaux', to_jsonb(batches)));
  return combien;
end $$;
