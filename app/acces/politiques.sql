-- WHO SEES WHICH ROWS, when none of the usual shapes says it. The shape of the other tables is declared on their model
-- (« forme »: app/models/declaration.py) and written in outils.sql; what is declared there comes first, what is said here holds.
-- A table that neither says fails the upgrade. What is not said is refused.

-- « Ce que le jeune a répondu seul, aucun rôle ne le lit : les chiffres le comptent. »
call acces.proteger('reponse_confiee', lire => $$(select acces.a_le_droit('reponse_confiee', 'lire'))$$);

-- « Une fusion se lit dans la MDS du dossier gardé ; pour un compte, seules acces.fusionner et acces.annuler_fusion l’écrivent. »
call acces.proteger('fusion', lire => $$mds_id = any((select acces.mds('fusion', 'lire'))::int[])$$, creer => $$(select acces.pour_tous())$$,
  modifier => $$(select acces.pour_tous())$$, supprimer => $$(select acces.pour_tous())$$);

-- « Qui peut fusionner deux dossiers peut dire qu’ils sont ceux de deux jeunes, et revenir dessus. »
call acces.proteger('distinction', lire => $$mds_id = any((select acces.mds('fusion', 'lire'))::int[])$$,
  creer     => $$acces.peut_fusionner('creer', array[mds_id]) and exists (select 1 from jeune j where j.id = distinction.jeune_id and j.mds_id = distinction.mds_id)
    and exists (select 1 from jeune j where j.id = distinction.autre_id and acces.peut_fusionner('creer', array[j.mds_id]))$$,
  modifier  => $$(select acces.pour_tous())$$, supprimer => $$acces.peut_fusionner('creer', array[mds_id])$$);

-- « Ce qui fut décidé d’un dossier resté deux ans sans contact se lit dans sa MDS par qui y lit les jeunes et en décide (qu’un dossier est
--   anonymisé, par qui y lit les jeunes) ; le garder s’y décide ; l’anonymiser passe
--   par acces.anonymiser. Rien ne se récrit. »
call acces.proteger('conservation', lire => $$mds_id = any((select acces.mds('jeune', 'lire'))::int[])
    and (decision = 'ANONYMISE' or mds_id = any((select acces.mds('conservation', 'lire'))::int[]))$$,
  modifier => $$(select acces.pour_tous())$$, supprimer => $$(select acces.pour_tous())$$,
  creer => $$decision = 'GARDE' and mds_id = any((select acces.mds('conservation', 'creer'))::int[])
    and exists (select 1 from jeune j where j.id = conservation.jeune_id and j.mds_id = conservation.mds_id)$$);

-- « Un transfert se demande dans la MDS du jeune et se lit aussi dans celle qui le reçoit ; la réponse passe par acces.repondre_transfert. »
call acces.proteger('transfert',
  lire      => $$mds_id = any((select acces.mds('transfert', 'lire'))::int[]) or vers_mds_id = any((select acces.mds('transfert', 'lire'))::int[])$$,
  creer     => $$mds_id = any((select acces.mds('transfert', 'creer'))::int[]) and de_mds_id = mds_id and vers_mds_id <> mds_id and accepte_le is null and refuse_le is null
    and exists (select 1 from jeune j where j.id = transfert.jeune_id and j.mds_id = transfert.mds_id)$$,
  supprimer => $$mds_id = any((select acces.mds('transfert', 'supprimer'))::int[]) and accepte_le is null and refuse_le is null$$);

-- « Une instance appartient à sa MDS, et s’y écrit par qui y suit des jeunes ; sans MDS, elle est celle du Département : tous la
--   lisent, seul qui agit partout l’écrit. »
call acces.proteger('instance',
  lire      => acces.ici_ou_departement('instance', 'lire', true),
  creer     => $$mds_id = any((select acces.mds('instance', 'creer'))::int[]) and mds_id = any((select acces.mds('jeune', 'lire'))::int[])
    or (mds_id is null and (select acces.partout('instance', 'creer')))$$,
  modifier  => $$mds_id = any((select acces.mds('instance', 'modifier'))::int[]) and mds_id = any((select acces.mds('jeune', 'lire'))::int[])
    or (mds_id is null and (select acces.partout('instance', 'modifier')))$$,
  supprimer => $$mds_id = any((select acces.mds('instance', 'supprimer'))::int[]) and mds_id = any((select acces.mds('jeune', 'lire'))::int[])
    or (mds_id is null and (select acces.partout('instance', 'supprimer')))$$);

-- « Un tableau envoyé se lit dans sa MDS ; celui du Département, par qui couvre toutes les MDS. Une fois envoyé, rien ne le change. »
call acces.proteger('envoi',
  lire      => acces.ici_ou_departement('envoi', 'lire'),
  creer     => $$envoye_le is null and (mds_id = any((select acces.mds('envoi', 'creer'))::int[]) or (mds_id is null and (select acces.partout('envoi', 'envoyer'))))$$,
  modifier  => $$mds_id = any((select acces.mds('envoi', 'modifier'))::int[]) or (mds_id is null and (select acces.partout('envoi', 'envoyer')))$$,
  supprimer => $$mds_id = any((select acces.mds('envoi', 'supprimer'))::int[]) or (mds_id is null and (select acces.partout('envoi', 'envoyer')))$$);

-- « Le compte rendu d’un comité de suivi se lit dans sa MDS, et s’y valide par qui y tient le comité. Une fois validé, rien ne le change. »
call acces.proteger('compte_rendu_comite',
  lire  => acces.ici('compte_rendu_comite', 'lire'),
  creer => acces.ici('compte_rendu_comite', 'creer')
    || ' and exists (select 1 from instance i where i.id = instance_id and i.mds_id = compte_rendu_comite.mds_id and i.type_code = ''COMITE_SUIVI'')');
call acces.raconter('compte_rendu_comite', acces.ici('compte_rendu_comite', 'lire'));

-- « Les colonnes retenues d’un fichier sont à qui les a dites ; retenues pour sa MDS, qui y importe des classeurs les lit. »
call acces.proteger('correspondance',
  lire      => $$compte_id = (select acces.compte_id()) or mds_id = any((select acces.mds('classeur', 'creer'))::int[]) or (select acces.pour_tous())$$,
  creer     => $$compte_id = (select acces.compte_id()) and (mds_id is null or mds_id = any((select acces.mds('classeur', 'creer'))::int[]))$$,
  modifier  => $$compte_id = (select acces.compte_id()) and (mds_id is null or mds_id = any((select acces.mds('classeur', 'creer'))::int[]))$$,
  supprimer => $$compte_id = (select acces.compte_id()) or (select acces.pour_tous())$$);

-- « Un partenaire se lit et se modifie dans ses MDS, on ne l’inscrit que dans les siennes ; sans MDS, il est celui du
--   Département : tous le lisent, seul qui agit partout l’écrit. »
call acces.proteger('partenaire',
  lire      => $$mds_ids && (select acces.mds('partenaire', 'lire'))::int[] or (mds_ids = '{}' and (select acces.a_le_droit('partenaire', 'lire')))$$,
  creer     => $$mds_ids <> '{}' and mds_ids <@ (select acces.mds('partenaire', 'creer'))::int[] or (mds_ids = '{}' and (select acces.partout('partenaire', 'creer')))$$,
  modifier  => $$mds_ids && (select acces.mds('partenaire', 'modifier'))::int[] or (mds_ids = '{}' and (select acces.partout('partenaire', 'modifier')))$$,
  supprimer => $$mds_ids <@ (select acces.mds('partenaire', 'supprimer'))::int[] and (mds_ids <> '{}' or (select acces.partout('partenaire', 'supprimer')))$$);
call acces.raconter('partenaire', $$case operation
  when 'suppression' then avant -> 'mds_ids' <@ to_jsonb((select acces.mds('partenaire', 'lire'))) and avant -> 'mds_ids' <> '[]'
  else cle in (select id::text from partenaire) end$$);

-- « Un agent se lit et se modifie dans ses MDS, on ne l’inscrit que dans les siennes ; sans MDS, il est celui du Département : tous
--   le lisent, seul qui agit partout l’écrit. Son nom reste écrit là où il est nommé ; son téléphone et son courriel ne se lisent qu’ici.
--   Un agent ne s’efface pas : il part, ou sa fiche en double est réunie à la sienne. »
call acces.proteger('agent',
  lire      => $$mds_ids && (select acces.mds('agent', 'lire'))::int[] or (mds_ids = '{}' and (select acces.a_le_droit('agent', 'lire')))$$,
  creer     => $$mds_ids <> '{}' and mds_ids <@ (select acces.mds('agent', 'creer'))::int[] or (mds_ids = '{}' and (select acces.partout('agent', 'creer')))$$,
  modifier  => $$mds_ids && (select acces.mds('agent', 'modifier'))::int[] or (mds_ids = '{}' and (select acces.partout('agent', 'modifier')))$$,
  supprimer => $$(select acces.pour_tous())$$);

-- « Le registre des demandes des personnes se tient par le DPO et se lit dans la MDS concernée par son responsable ; sans MDS, une
--   demande concerne le Département : seul qui agit partout la lit et l’écrit. Rien ne s’y efface. »
call acces.proteger('demande_personne',
  lire      => acces.ici_ou_departement('demande_personne', 'lire'),
  creer     => acces.ici_ou_departement('demande_personne', 'creer'),
  modifier  => acces.ici_ou_departement('demande_personne', 'modifier'),
  supprimer => $$(select acces.pour_tous())$$);

-- « Chacun lit ce que les rôles permettent ; personne ne le change ici (app/roles.py). »
call acces.proteger('role', lire => $$(select acces.connu())$$);
call acces.proteger('droit', lire => $$(select acces.connu())$$);

-- « Chacun lit ses propres habilitations ; le responsable, celles de sa MDS et celles qui valent partout. On ne donne ni à soi-même, ni ailleurs, ni plus que ses droits. »
call acces.proteger('habilitation',
  lire      => $$compte_id = (select acces.compte_id()) or mds_id = any((select acces.mds('habilitation', 'lire'))::int[]) or (mds_id is null and (select acces.a_le_droit('habilitation', 'lire')))$$,
  creer     => $$compte_id is distinct from (select acces.compte_id()) and acces.peut_donner(role_code, mds_id)$$,
  modifier  => $$compte_id is distinct from (select acces.compte_id())
    and ((select acces.partout('toute_habilitation', 'modifier')) or acces.peut_donner(role_code, mds_id))$$,
  supprimer => $$(select acces.pour_tous())$$);

-- « Un compte se lit par son titulaire, par qui gère les comptes ou les habilitations, et par la page de connexion. »
call acces.proteger('ab_user',
  lire      => $$id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'lire'))$$,
  creer     => $$(select acces.a_le_droit('compte', 'creer'))$$,
  modifier  => $$id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  supprimer => $$(select acces.pour_tous())$$);
call acces.raconter('ab_user', $$(select acces.a_le_droit('compte', 'modifier'))$$);

-- « Ce qui prouve qui je suis (second facteur, sessions) n’est lu que par moi, par la page de connexion et par qui gère les comptes. »
call acces.proteger('authentification',
  lire      => $$compte_id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  creer     => $$compte_id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  modifier  => $$compte_id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  supprimer => $$(select acces.pour_tous())$$);
call acces.proteger('session_ouverte',
  lire      => $$compte_id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  creer     => $$(select acces.acteur()) = 'connexion'$$,
  modifier  => $$compte_id = (select acces.compte_id()) or (select acces.acteur()) = 'connexion' or (select acces.a_le_droit('compte', 'modifier'))$$,
  supprimer => $$(select acces.pour_tous())$$);

-- « Les essais de connexion se comptent avant que l’on sache qui essaie : seule la page de connexion les lit et les écrit. »
call acces.proteger('tentative',
  lire      => $$(select acces.acteur()) = 'connexion'$$, creer => $$(select acces.acteur()) = 'connexion'$$,
  modifier  => $$(select acces.acteur()) = 'connexion'$$, supprimer => $$(select acces.acteur()) = 'connexion'$$);

-- « Les rôles propres à Flask-AppBuilder ne servent pas : personne ne les lit ni ne les écrit. »
call acces.fermer(array['ab_permission', 'ab_view_menu', 'ab_permission_view', 'ab_permission_view_role', 'ab_role', 'ab_user_role',
                        'ab_group', 'ab_user_group', 'ab_group_role', 'ab_register_user', 'ab_api_key']);

-- « Les sceaux se lisent par qui lit tout le journal ; seule la base les pose. »
call acces.proteger('sceau', lire => $$(select acces.partout('journal', 'lire'))$$);

-- « Ce qui est sorti de Tandem se lit par le DPO, et dans chaque MDS par son responsable, avec les seuls jeunes de sa MDS ; sans jeune
--   dedans, par le responsable de qui l’a emporté. Seule la base l’écrit. »
call acces.proteger('part_de_sortie', lire => $$mds_id = any((select acces.mds('sortie_de_donnees', 'lire'))::int[])$$);
call acces.proteger('sortie_de_donnees', lire => $$(select acces.partout('sortie_de_donnees', 'lire'))
  or exists (select 1 from part_de_sortie p where p.sortie_id = sortie_de_donnees.id)
  or (jeunes = 0 and compte_id = any((select acces.comptes_de_mes_mds())::int[]))$$);

-- « Un acte à deux se lit par qui le demande, par qui le confirme et par la personne qu’il concerne ; il se demande par qui gère les
--   habilitations ; la réponse passe par acces.repondre_acte_a_deux. »
call acces.proteger('acte_a_deux',
  lire  => $$compte_id = (select acces.compte_id()) or (select acces.a_le_droit('acte_a_deux', 'lire'))$$,
  creer => $$((select acces.pour_tous()) or demande_par_id = (select acces.compte_id()) and (select acces.a_le_droit('acte_a_deux', 'creer')))
    and compte_id <> demande_par_id and demande_le <= now() and num_nonnulls(repondu_par_id, confirme_le, refuse_le, fait_le) = 0$$);
