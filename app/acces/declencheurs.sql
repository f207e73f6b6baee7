-- What the base does by itself when a row is written, table by table. What every noun has (version, key, audit log, code, parents)
-- is put by installation.py from what the models declare.

call acces.declencheur('jeune', 'transfert', 'before update of mds_id', 'new.mds_id <> old.mds_id', 'acces.refuser_deplacement()');
call acces.declencheur('partenaire', 'mds', 'before insert or update of mds_ids', '', 'acces.verifier_mds()');
drop function if exists acces.verifier_mds_partenaire(), acces.attribuer_code();
call acces.declencheur('agent', 'mds', 'before insert or update of mds_ids', '', 'acces.verifier_mds()');
call acces.declencheur('agent', 'services', 'before insert or update of service_ids', '', 'acces.verifier_services()');
call acces.declencheur('service', 'agents', 'before delete', '', 'acces.garder_le_service()');
call acces.declencheur('agent', 'compte', 'before insert or update of compte_id', '', 'acces.verifier_compte_agent()');
call acces.declencheur('agent', 'ancien_nom', 'before update of nom', 'acces.serrer(new.nom) <> old.cle', 'acces.garder_ancien_nom()');
call acces.declencheur('agent', 'renomme', 'after update of nom', 'new.nom <> old.nom', 'acces.renommer_agent()');
call acces.declencheur('ab_user', 'portefeuille', 'before update of active', 'old.active and new.active is not true', 'acces.garder_le_portefeuille()');
call acces.declencheur('habilitation', 'signature', 'before insert', '', 'acces.signer_habilitation()');
call acces.declencheur('envoi', 'fige', 'before update or delete', '', 'acces.figer_envoi()');
call acces.declencheur('compte_rendu_comite', 'fige', 'before update or delete', '', 'acces.figer_compte_rendu()');
call acces.declencheur('point_de_comite', 'fige', 'before insert or update or delete', '', 'acces.figer_ordre_du_jour()');
call acces.declencheur('point_de_comite', 'reuni', 'before update of jeune_id', 'new.jeune_id <> old.jeune_id', 'acces.reunir_les_points()');
call acces.declencheur('decision', 'figee', 'before insert or delete or update of decision, instance_id', '', 'acces.figer_decision()');
call acces.declencheur('jeune', 'ancien_nom', 'before update of nom, prenom', 'acces.serrer(new.nom || new.prenom) <> acces.serrer(old.nom || old.prenom)', 'acces.garder_ancien_nom_du_jeune()');
create or replace trigger mots_ajoutes after insert on jeune referencing new table as nouveau
  for each statement execute function acces.ajouter_les_mots();
call acces.declencheur('jeune', 'mots_changes', 'after update',
  '(new.nom, new.prenom, new.anciens_noms, new.mds_id) is distinct from (old.nom, old.prenom, old.anciens_noms, old.mds_id)', 'acces.changer_les_mots()');
create or replace trigger mots_retires after delete on jeune referencing old table as ancien
  for each statement execute function acces.retirer_les_mots();
create or replace trigger mots_vides after truncate on jeune for each statement execute function acces.retirer_les_mots();
call acces.declencheur('jeune', 'orientation_creee', 'after insert', 'coalesce(new.contact_le, new.repere_le) is not null or new.oriente_par is not null', 'acces.orienter_depuis_la_fiche()');
call acces.declencheur('jeune', 'orientation_changee', 'after update of contact_le, repere_le, oriente_par',
  '(new.contact_le, new.repere_le, new.oriente_par) is distinct from (old.contact_le, old.repere_le, old.oriente_par)', 'acces.orienter_depuis_la_fiche()');
call acces.declencheur('orientation', 'celle_de_la_fiche', 'before insert', 'not new.est_de_la_fiche', 'acces.remplacer_celle_de_la_fiche()');
call acces.declencheur('orientation', 'garde_de_la_fiche', 'before update', 'new.est_de_la_fiche', 'acces.garder_celle_de_la_fiche()');
call acces.declencheur('orientation', 'derniere', 'after insert or update or delete', '', 'acces.dire_la_derniere_orientation()');
call acces.declencheur('mesure', 'deces_cree', 'after insert', 'new.motif_fin_code = ''DECES''', 'acces.suivre_le_deces()');
call acces.declencheur('mesure', 'deces_change', 'after update', '''DECES'' in (old.motif_fin_code, new.motif_fin_code)', 'acces.suivre_le_deces()');
call acces.declencheur('mesure', 'deces_supprime', 'after delete', 'old.motif_fin_code = ''DECES''', 'acces.suivre_le_deces()');
call acces.declencheur('accompagnement', 'deces_cree', 'after insert', 'new.motif_sortie_code = ''DECES''', 'acces.suivre_le_deces()');
call acces.declencheur('accompagnement', 'deces_change', 'after update', '''DECES'' in (old.motif_sortie_code, new.motif_sortie_code)', 'acces.suivre_le_deces()');
call acces.declencheur('accompagnement', 'deces_supprime', 'after delete', 'old.motif_sortie_code = ''DECES''', 'acces.suivre_le_deces()');
call acces.declencheur_a_la_fin('rattachement', 'rattachement_ouvert', 'after insert or update', 'acces.verifier_rattachement()');
call acces.declencheur_a_la_fin('jeune', 'rattachement_ouvert', 'after update of mds_id', 'acces.verifier_rattachement()');
call acces.declencheur('ab_user', 'a_deux', 'before update of password, email, username, active', '', 'acces.garder_a_deux()');
call acces.declencheur('authentification', 'a_deux', 'before update',
  '(new.totp_secret, new.oidc_emetteur, new.oidc_sujet, new.agenda_hash) is distinct from (old.totp_secret, old.oidc_emetteur, old.oidc_sujet, old.agenda_hash)', 'acces.garder_a_deux()');
call acces.declencheur('authentification', 'a_deux_cree', 'before insert',
  'num_nonnulls(new.totp_secret, new.oidc_sujet, new.agenda_hash) > 0', 'acces.garder_a_deux()');
call acces.declencheur('habilitation', 'a_deux', 'before update of du, au', '', 'acces.garder_les_roles()');
call acces.declencheur('acte_a_deux', 'a_deux', 'before insert', '', 'acces.verifier_acte_a_deux()');
