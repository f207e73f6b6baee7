-- What the base does by itself when a row is written, table by table. What every noun has (version, key, audit log, code, parents)
-- is put by installation.py from what the models declare.

call acces.declencheur('jeune', 'transfert', 'before update of mds_id', 'new.mds_id <> old.mds_id', 'acces.refuser_deplacement()');
call acces.declencheur('partenaire', 'mds', 'before insert or update of mds_ids', '', 'acces.verifier_mds_partenaire()');
call acces.declencheur('habilitation', 'signature', 'before insert', '', 'acces.signer_habilitation()');
call acces.declencheur('envoi', 'fige', 'before update or delete', '', 'acces.figer_envoi()');
call acces.declencheur_a_la_fin('rattachement', 'rattachement_ouvert', 'after insert or update', 'acces.verifier_rattachement()');
call acces.declencheur_a_la_fin('jeune', 'rattachement_ouvert', 'after update of mds_id', 'acces.verifier_rattachement()');
