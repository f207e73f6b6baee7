-- « Le journal se lit en entier par le DPO, dans sa MDS par qui en a le droit ; le récit d’une fiche, par qui peut lire cette fiche
--   (ou le dossier où le sien a été fusionné). Il suit le jeune d’une MDS à l’autre. Personne ne l’écrit. »
-- « Une recherche, un refus, une connexion ne parlent d’aucune fiche : ils se lisent dans les MDS de qui les a faits. »
-- Who reads the story of what belongs to no youth was said by the policy of each table (acces.raconter).
do $do$
declare histoires text;
begin
  select string_agg(format('when table_nom = %L then %s', table_nom, condition), ' ' order by table_nom) into histoires
  from pg_temp.histoire where table_nom <> 'jeune';
  call acces.proteger('journal', lire => format($$(select acces.partout('journal', 'lire'))
    or (not (select acces.chiffres()) and operation in ('creation', 'modification', 'suppression')
        and (exists (select 1 from jeune j where j.id = jeune_id)
             or exists (select 1 from fusion f where f.absorbe_id = journal.jeune_id and f.annulee_le is null)
             or (jeune_id is null and (select acces.a_le_droit('journal', 'historique'))
                 and case %s else table_nom = any((select acces.listes())::text[]) end)))
    or (mds_id = any((select acces.mds('journal', 'lire'))::int[])
        and (jeune_id is null or exists (select 1 from jeune j where j.id = jeune_id) or acces.jeune_supprime(jeune_id)))
    or (mds_id is null and jeune_id is null
        and operation in ('recherche', 'refus', 'lecture_liste', 'connexion', 'deconnexion', 'connexion_refusee')
        and case operation when 'connexion_refusee' then cle else acteur end
            = any((select acces.comptes_de_mes_mds())::text[]))$$, histoires));
end $do$;
