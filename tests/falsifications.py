"""What the owner of the base does to the audit log, and how a base is put back after it.

Each falsification is a name, the statements (in their order), and what the verification must say.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from app.base_embarquee import SUPERUTILISATEUR

PLUS_RIEN = "delete from acces.repere"
REFAIRE_LES_EMPREINTES = """
    update sceau x set contenu = (
      select string_agg(acces.empreinte_ligne(j), ''::bytea order by j.id)
      from unnest(x.lignes) r join journal j on j.id >= lower(r) and j.id < upper(r));
    do $$ declare n bigint; begin
      for n in select id from sceau order by id loop
        update sceau x set empreinte = acces.empreinte_sceau(
          x, (select empreinte from sceau where id = n - 1)) where id = n;
      end loop; end $$;
    update acces.repere r set numero = s.id, empreinte = s.empreinte
      from sceau s where s.id = (select max(id) from sceau)"""
COUPER = """
    delete from journal j using sceau s, unnest(s.lignes) r
      where s.id > (select max(id) - 2 from sceau) and j.id >= lower(r) and j.id < upper(r);
    delete from sceau where id > (select max(id) - 2 from sceau)"""
UNE_LECTURE = "(select min(id) from journal where operation = 'lecture')"
NEUVE = "insert into journal (transaction, acteur, operation, table_nom, cle)"

# name → (statements, sentence)
DES_LIGNES = {
    "acteur": ("update journal set acteur = '1' where id = 7", "la ligne 7 a été modifiée"),
    "identifiant": ("update journal set login = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "canal": ("update journal set canal = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "adresse": ("update journal set adresse = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "demande": ("update journal set requete = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "opération": (
        "update journal set operation = 'lecture' where id = 7",
        "la ligne 7 a été modifiée",
    ),
    "objet": ("update journal set table_nom = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "clé": ("update journal set cle = '99' where id = 7", "la ligne 7 a été modifiée"),
    "jeune": ("update journal set jeune_id = 99 where id = 7", "la ligne 7 a été modifiée"),
    "mds": ("update journal set mds_id = 99 where id = 7", "la ligne 7 a été modifiée"),
    "avant": ("update journal set avant = '{}' where id = 7", "la ligne 7 a été modifiée"),
    "après": ("update journal set apres = '{}' where id = 7", "la ligne 7 a été modifiée"),
    "motif": ("update journal set motif = 'x' where id = 7", "la ligne 7 a été modifiée"),
    "précisions": ("update journal set detail = '{}' where id = 7", "la ligne 7 a été modifiée"),
    "transaction": (
        "update journal set transaction = 1 where id = 7",
        "la ligne 7 a été modifiée",
    ),
    "date passée": (
        "update journal set le = le - interval '1 year' where id = 7",
        "la ligne 7 a été modifiée",
    ),
    "hash gardé, contenu changé": (
        """update journal l set empreinte = acces.empreinte_ligne(l) where id = 7;
           update journal set apres = '{}' where id = 7""",
        "la ligne 7 a été vidée sans anonymisation",
    ),
    "hash gardé, fausse anonymisation": (
        """update journal l set empreinte = acces.empreinte_ligne(l), apres = null,
             expurgee_par = (select max(id) from journal) where id = 7;
           update journal set operation = 'anonymisation',
             detail = jsonb_build_object('dossiers', array[(select jeune_id from journal
               where id = 7)]) where id = (select max(id) from journal)""",
        "a été modifiée",
    ),
    "numéro": ("update journal set id = 90000 where id = 7", "la ligne 7 a été supprimée"),
    "échange": (
        """update journal set id = 90000 where id = 7; update journal set id = 7 where id = 8;
           update journal set id = 8 where id = 90000""",
        "la ligne 7 a été modifiée",
    ),
    "première supprimée": ("delete from journal where id = 1", "la ligne 1 a été supprimée"),
    "milieu supprimé": ("delete from journal where id = 9", "la ligne 9 a été supprimée"),
    "fin supprimée": (
        """delete from journal where id = (select max(upper(lignes)) - 1 from sceau)""",
        "a été supprimée",
    ),
    "lecture supprimée": (f"delete from journal where id = {UNE_LECTURE}", "a été supprimée"),
    "plusieurs réunies en une": (
        "delete from journal where id in (7, 8)",
        "la ligne 7 a été supprimée",
    ),
    "journal vidé": ("delete from journal", "la ligne 1 a été supprimée"),
    "sceau supprimé": ("delete from sceau where id = 2", "le sceau n° 2 a été supprimé"),
    "sceau daté autrement": (
        "update sceau set scelle_le = now() where id = 2",
        "le sceau n° 2",
    ),
    "sceau d’une autre famille": ("update sceau set famille = 'lecture' where id = 1", "n° 1"),
    "sceau rétréci": (
        """update sceau set lignes = lignes - int8multirange(int8range(7, 8)),
           nombre = nombre - 1 where lignes @> 7::bigint""",
        "la ligne 8 a été modifiée",
    ),
    "signature retirée": ("update sceau set signature = null where id = 2", "n’est pas signé"),
    "signature d’un autre": (
        "update sceau set signature = (select signature from sceau where id = 1) where id = 2",
        "sa signature est fausse",
    ),
    "empreintes refaites": (
        f"update journal set login = 'x' where id = 7; {REFAIRE_LES_EMPREINTES}",
        "sa signature est fausse",
    ),
    "empreintes refaites, clé nommée autrement": (
        f"""update journal set login = 'x' where id = 7; {REFAIRE_LES_EMPREINTES};
            update sceau set cle = '0123456789abcdef'""",
        "signés avec une autre SECRET_KEY",
    ),
    "fin coupée": (COUPER, "la fin du journal a été coupée"),
    "fin coupée, repère effacé": (f"{COUPER}; {PLUS_RIEN}", "la fin du journal a été coupée"),
    "fin coupée, repère reculé": (
        f"""{COUPER}; update acces.repere r set numero = s.id, empreinte = s.empreinte
            from sceau s where s.id = (select max(id) from sceau)""",
        "le repère de la base a été modifié",
    ),
    "fin coupée, repère et compteur reculés": (
        f"""{COUPER}; {PLUS_RIEN};
            select setval('journal_id_seq', (select max(id) from journal))""",
        "la fin du journal a été coupée",
    ),
    "journal, sceaux et repère effacés": (
        f"delete from journal; delete from sceau; {PLUS_RIEN}",
        "la fin du journal a été coupée",
    ),
    "repère effacé": (PLUS_RIEN, "le repère de la base a été effacé"),
    "repère reculé": (
        """update acces.repere r set numero = 1, empreinte = s.empreinte, dit = dit
           || jsonb_build_object('numero', 1, 'empreinte', encode(s.empreinte, 'hex'))
           from sceau s where s.id = 1""",
        "le repère noté dans la base a été modifié",
    ),
    "repère d’un autre serveur": (
        """update acces.repere set dit = dit || '{"systeme": "1"}'""",
        "celui d’un autre serveur PostgreSQL",
    ),
    "purge inventée": (
        f"""delete from journal where id = {UNE_LECTURE};
            update sceau set purge_le = now() where id = (
              select min(id) from sceau where famille = 'lecture')""",
        "a été purgé avant l’heure",
    ),
    "purge datée d’un autre moment, avec sa ligne": (
        f"""delete from journal where id = {UNE_LECTURE};
            update sceau set purge_le = dernier_le + interval '13 months' where id = (
              select min(id) from sceau where famille = 'lecture');
            insert into journal (transaction, acteur, canal, operation, table_nom, detail)
            values (pg_current_xact_id()::text::bigint, 'tous', 'commande', 'purge', 'journal',
              (select jsonb_build_object('lectures', 1, 'sceaux', jsonb_agg(id))
               from sceau where purge_le is not null))""",
        "a été purgé à un autre moment que ne le dit le journal",
    ),
    "fin du dernier sceau déplacée": (
        "update sceau set jusqu_a = jusqu_a + 5000 where id = (select max(id) from sceau)",
        "a été déplacée à la ligne",
    ),
    "numéro libre rouvert, et une ligne dedans": (
        """update sceau set trous = '{[-9,0)}' where id = (select max(id) from sceau);
           insert into journal (id, transaction, acteur, operation, table_nom, cle)
           values (-3, 1, 'tous', 'lecture', 'jeune', '1')""",
        "la ligne -3 a été glissée dans le journal",
    ),
    "trou rouvert pour y glisser une ligne": (
        """update journal set id = 90000 where id = (select max(upper(lignes)) - 1 from sceau);
           update sceau set trous = '{[1,100000)}'
            where id = (select max(id) from sceau)""",
        "a été supprimée",
    ),
    "compteur reculé": (
        "select setval('journal_id_seq', 3)",
        "le compteur des lignes a été reculé",
    ),
}
SANS_SCEAU = {
    "glissée avec un numéro de transaction inventé": (
        f"{NEUVE} values (1, 'tous', 'lecture', 'jeune', '1')",
        "a été glissée dans le journal",
    ),
    "datée du passé": (
        f"""{NEUVE} values (pg_current_xact_id()::text::bigint, 'tous', 'export', 'jeune', '1');
            update journal set le = le - interval '3 days'
            where id = (select max(id) from journal)""",
        "est datée d’un autre moment",
    ),
    "datée du futur": (
        f"""{NEUVE} values (pg_current_xact_id()::text::bigint, 'tous', 'export', 'jeune', '1');
            update journal set le = le + interval '3 days'
            where id = (select max(id) from journal)""",
        "est datée d’un autre moment",
    ),
    "d’un autre auteur": (
        """insert into journal (transaction, acteur, login, operation)
           values (pg_current_xact_id()::text::bigint, '1', 'personne', 'export')""",
        "dit un autre auteur que le compte",
    ),
    "d’un auteur qui n’existe pas": (
        """insert into journal (transaction, acteur, operation)
           values (pg_current_xact_id()::text::bigint, 'quelqu’un', 'export')""",
        "dit un autre auteur que le compte",
    ),
    "à l’écran, de qui n’avait pas de session": (
        """insert into journal (transaction, acteur, login, canal, operation)
           select pg_current_xact_id()::text::bigint, id::text, username, 'ecran', 'export'
           from ab_user where id not in (select compte_id from session_ouverte) limit 1""",
        "dit un acte à l’écran de qui n’avait pas de session",
    ),
    "connexion inventée": (
        """insert into journal (transaction, acteur, operation, table_nom, cle, detail)
           values (pg_current_xact_id()::text::bigint, '', 'connexion', 'ab_user', '1',
             '{"session": 99}')""",
        "dit une connexion qui n’a pas eu lieu",
    ),
    "connexion tue": (
        """delete from journal where operation = 'connexion'""",
        "n’a plus sa ligne",
    ),
    "modification inventée": (
        """insert into journal (transaction, acteur, operation, table_nom, cle, jeune_id, apres)
           select pg_current_xact_id()::text::bigint, '', 'modification', 'jeune', id::text, id,
             '{"nom": "Autre"}' from jeune limit 1""",
        "en est à sa version",
    ),
    "création inventée": (
        """insert into journal (transaction, acteur, operation, table_nom, cle, apres)
           values (pg_current_xact_id()::text::bigint, '', 'creation', 'alerte', '9999',
             '{"id": 9999}')""",
        "la fiche 9999 de « alerte » a disparu",
    ),
    "suppression inventée": (
        """insert into journal (transaction, acteur, operation, table_nom, cle, avant)
           select pg_current_xact_id()::text::bigint, '', 'suppression', 'mesure', id::text, '{}'
           from mesure limit 1""",
        "de « mesure » n’a aucune ligne",
    ),
    "glissée avec son sceau": (
        f"""{NEUVE} values (pg_current_xact_id()::text::bigint, 'tous', 'lecture', 'jeune', '1');
            select acces.sceller(1000)""",
        "n’est pas signé",
    ),
}
DES_FICHES = {
    "valeur changée": ("update jeune set nom = 'Autre' where id = 1", "la fiche 1 de « jeune »"),
    "valeur changée, version aussi": (
        "update alerte set motif_code = 'SANTE', version = version + 1 where id = 1",
        "la fiche 1 de « alerte »",
    ),
    "fiche supprimée": ("delete from mesure where id = 1", "la fiche 1 de « mesure » a disparu"),
    "fiche ajoutée": (
        """insert into binome (id, jeune_id, mds_id, du, version, coordonnateur)
           select 900, id, mds_id, '2026-01-01', 1, 'Autre' from jeune where id = 1""",
        "la fiche 900 de « binome » n’a aucune ligne",
    ),
    "fiche ajoutée dans une table vide": (
        """insert into frein (id, jeune_id, mds_id, theme_code, du, version)
           select 901, id, mds_id, 'MOBILITE', '2026-01-01', 1 from jeune where id = 1""",
        "la fiche 901 de « frein » n’a aucune ligne",
    ),
    "habilitation donnée": (
        "update habilitation set au = null, mds_id = null where id = 1",
        "la fiche 1 de « habilitation »",
    ),
    "compte renommé": (
        "update ab_user set first_name = 'Autre' where id = 1",
        "la fiche 1 de « ab_user »",
    ),
    "version changée": ("update partenaire set version = 9 where id = 1", "en est à sa version 9"),
    "liste changée": (
        "update motif_rupture set libelle = 'Autre'",
        "de « motif_rupture » a été changée",
    ),
    "colonne jamais suivie": (
        "alter table rencontre add column contenu text; update rencontre set contenu = 'secret'",
        "la fiche 1 de « rencontre » a été changée sans ligne dans le journal (colonne contenu)",
    ),
    "mot de passe remplacé": (
        "update ab_user set password = (select password from ab_user where id = 2) || 'x'",
        "le mot de passe du compte 1 a été remplacé dans la base",
    ),
    "octets d’un tableau envoyé": (
        "update envoi set classeur = 'autre'",
        "la fiche 1 de « envoi » a été changée sans ligne dans le journal (colonne classeur_hash)",
    ),
    "octets d’un compte rendu validé": (
        """update compte_rendu_comite set document = 'autre',
           empreinte = encode(sha256('autre'), 'hex')""",
        "de « compte_rendu_comite » a été changée sans ligne dans le journal (colonne empreinte)",
    ),
    "jeune ôté d’un fichier sorti": (
        "update part_de_sortie set jeunes = jeunes[2:], nombre = nombre - 1 where sortie_id = 1",
        "la sortie de données n° 1, ou les jeunes qui sont dedans, a été modifiée",
    ),
    "sortie effacée": (
        "delete from sortie_de_donnees where id = 2",
        "la sortie de données n° 2, que dit la ligne",
    ),
    "sortie ajoutée": (
        """insert into sortie_de_donnees (id, objet, table_nom, lignes, jeunes)
           values (900, 'Liste', 'jeune', 1, 0)""",
        "la sortie de données n° 900 n’a aucune ligne dans le journal",
    ),
}
"""Played together, the triggers asleep (``session_replication_role = replica``)."""
DES_REGLES = {
    "déclencheur éteint": (
        "alter table jeune disable trigger journal_update",
        "le déclencheur journal_update de public.jeune",
    ),
    "déclencheur éteint puis rallumé": (
        """alter table alerte disable trigger journal_insert;
           alter table alerte enable trigger journal_insert""",
        "le déclencheur journal_insert de public.alerte",
    ),
    "déclencheur refait": (
        """do $$ declare d text; begin
             select pg_get_triggerdef(oid) into d from pg_trigger
             where tgname = 'journal_delete' and tgrelid = 'mesure'::regclass;
             execute 'drop trigger journal_delete on mesure'; execute d; end $$""",
        "le déclencheur journal_delete de public.mesure",
    ),
    "déclencheur supprimé": (
        "drop trigger journal_update on binome",
        "le déclencheur journal_update de public.binome",
    ),
    "fonction du hash": (
        """create or replace function acces.empreinte_ligne(l journal) returns bytea
           language sql stable as $$ select ''::bytea $$""",
        "la fonction acces.empreinte_ligne(public.journal)",
    ),
    "fonction du sceau": (
        """create or replace function acces.empreinte_sceau(s sceau, precedente bytea) returns bytea
           language sql stable as $$ select ''::bytea $$""",
        "la fonction acces.empreinte_sceau(public.sceau,bytea)",
    ),
    "fonction du journal": (
        """create or replace function acces.journaliser() returns trigger language plpgsql as
           $$ begin return null; end $$""",
        "la fonction acces.journaliser()",
    ),
    "fonction remise comme avant": (
        """do $$ declare d text; begin
             select pg_get_functiondef('acces.reglage(text)'::regprocedure) into d; execute d;
           end $$""",
        "la fonction acces.reglage(text)",
    ),
    "propriétaire changé": (
        "alter function acces.pour_tous() owner to tandem_app",
        "la fonction acces.pour_tous()",
    ),
    "octroi": ("grant insert on journal to public", "la table public.journal"),
    "politique": ("drop policy lire on sceau", "la politique lire de public.sceau"),
    "cloisonnement levé": (
        "alter table rencontre disable row level security",
        "la table public.rencontre",
    ),
    "opérateur": (
        "create operator public.-> (function = jsonb_contains, leftarg = jsonb, rightarg = jsonb)",
        "l’opérateur public.->",
    ),
    "règle": (
        "create rule rien as on delete to etape do instead nothing",
        "la règle rien de public.etape",
    ),
    "table changée pour une vue": (
        """alter table tentative rename to tentative_vraie;
           create view tentative as select * from tentative_vraie""",
        "l’objet public.tentative",
    ),
    "table changée pour une autre": (
        "alter table rappel rename to r2; create table rappel (like r2 including all)",
        "la table public.rappel",
    ),
    "défaut de l’heure": (
        "alter table conservation alter column decidee_le set default '2020-01-01'",
        "la table public.conservation",
    ),
    "table ajoutée": ("create table journal_bis (id int)", "la table public.journal_bis"),
    "compteur refait": (
        "alter sequence journal_id_seq restart with 500000",
        "la séquence public.journal_id_seq",
    ),
    "déclencheur d’événement": (
        """create function public.rien() returns event_trigger language plpgsql as
           $$ begin end $$;
           create event trigger rien on ddl_command_end execute function public.rien()""",
        "le déclencheur d’événement rien",
    ),
    "rôle au-dessus des politiques": ("alter role tandem_app bypassrls", "le rôle tandem_app"),
    "rôle au-dessus de tout": (
        "create role fantome superuser login",
        "le rôle fantome",
    ),
    "rôle qui devient le propriétaire": (
        """create role fantome2 login;
           do $$ begin execute format('grant %I to fantome2', (select tableowner from pg_tables
             where schemaname = 'public' and tablename = 'journal')); end $$""",
        "le rôle fantome2",
    ),
    "déclencheurs éteints pour tout le monde": (
        """do $$ begin execute format('alter database %I set session_replication_role = replica',
             current_database()); end $$""",
        "les réglages de la base et du rôle",
    ),
    "fonction de PostgreSQL": (
        """create or replace function pg_catalog.jsonb_pretty(jsonb) returns text
           language sql immutable as $$ select ''::text $$""",
        "les fonctions et les opérateurs de PostgreSQL",
    ),
    "table devant la table": (
        """create schema tandem_app; create table tandem_app.jeune (like public.jeune)""",
        "la table tandem_app.jeune",
    ),
    "journal qui s’oublie à la première panne": (
        "alter table acces.ancre set unlogged",
        "la table acces.ancre",
    ),
    "unicité retirée": (
        "drop index uq_envoi_mds",
        "la table public.envoi",
    ),
    "contrainte retirée": (
        "alter table envoi drop constraint ck_envoi_empreinte",
        "la table public.envoi",
    ),
    "fonctions cachées dans une extension": (
        """create function public.cachee() returns int language sql as $$ select 1 $$;
           do $$ begin execute format('alter extension %I add function public.cachee()',
             (select extname from pg_extension order by oid limit 1)); end $$""",
        "l’extension plpgsql",
    ),
    "colonne calculée": (
        "alter table tache add column x text generated always as ('a') stored",
        "la table public.tache",
    ),
    "table qui hérite": (
        "create table public.journal_autre () inherits (public.journal)",
        "la table public.journal",
    ),
    "clé étrangère éteinte": (
        "alter table besoin disable trigger all",
        "les clés étrangères de public.besoin",
    ),
    "réglage de la base": (
        "alter role tandem_app set search_path = acces",
        "les réglages de la base et du rôle",
    ),
    "note changée": (
        "update acces.installation set catalogues = 'x', voulus = 'x'",
        "la note de ce qui est installé a été modifiée",
    ),
}
"""Played together, as an administrator of the server."""


@dataclass
class Proprietaire:
    """The owner of a base, or the administrator of its server."""

    adresse: str

    @classmethod
    def de(cls, app, *, administrateur: bool = False) -> Proprietaire:
        url = make_url(app.config["DATABASE_OWNER_URL"])
        connexion = url.translate_connect_args(username="user", database="dbname")
        connexion |= dict(url.query)
        if administrateur:
            connexion["user"] = SUPERUTILISATEUR
        return cls(make_conninfo(**connexion))

    @contextmanager
    def ouvrir(self):
        with psycopg.connect(self.adresse, autocommit=True) as connexion:
            yield connexion

    def __call__(self, *ordres: str) -> None:
        with self.ouvrir() as connexion:
            for ordre in ordres:
                connexion.execute(ordre)

    def lire(self, ordre: str):
        with self.ouvrir() as connexion:
            return connexion.execute(ordre).fetchone()[0]


TABLES_DU_JOURNAL = ("public.journal", "public.sceau", "acces.repere", "acces.ancre")


@dataclass
class Copie:
    """The audit log of a base and its outside mark, kept aside and put back as they were."""

    administrateur: Proprietaire
    repere: Path
    octets: bytes

    @classmethod
    def prendre(cls, app, repere: Path) -> Copie:
        administrateur = Proprietaire.de(app, administrateur=True)
        administrateur("create schema copie")
        for table in TABLES_DU_JOURNAL:
            nom = table.partition(".")[2]
            administrateur(f"create table copie.{nom} as table {table}")
        return cls(administrateur, repere, repere.read_bytes())

    def remettre(self) -> None:
        """The sequence goes on: a number that was taken stays so."""
        ordres = ["set session_replication_role = replica"]
        for table in TABLES_DU_JOURNAL:
            nom = table.partition(".")[2]
            ordres += [f"delete from {table}", f"insert into {table} table copie.{nom}"]
        ordres.append("select setval('journal_id_seq', (select max(id) from journal) + 1000, true)")
        self.administrateur(*ordres)
        self.repere.write_bytes(self.octets)
