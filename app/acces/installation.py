"""Put the functions, policies, triggers and grants into the base; run again, it ends the same.

They are not versioned step by step like tables: the SQL files beside this one, and what each model
declares (``app/models/declaration.py``), are the whole and only rule. ``ordres`` gives them all as
statements; ``installer`` runs them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.models import LISTES, catalogue, traitements
from app.models.base import PHRASES, Enregistrement
from app.models.bouges import BOUGENT
from app.models.comptees import COMPTEES, PAQUET, PAR_LEUR_ENQUETE
from app.models.dates import (
    NAISSANCE_TARDIVE,
    contrainte_de_naissance,
    contrainte_du_fait,
    dates_d_une_vie,
    faits_de,
)
from app.models.declaration import Forme
from app.models.formes import formes_de
from app.models.papiers import PAPIERS

ICI = Path(__file__).parent
FONCTIONS = (
    "fonctions.sql",
    "dates.sql",
    "agent.sql",
    "orientation.sql",
    "deces.sql",
    "recherche.sql",
    "mots.sql",
    "journal.sql",
    "a_deux.sql",
    "sceau.sql",
    "sorties.sql",
    "usages.sql",
    "transfert.sql",
    "importation.sql",
    "defaire.sql",
    "satisfaction.sql",
    "fusion.sql",
    "conservation.sql",
    "listes.sql",
    "phases.sql",
    "chiffres.sql",
    "bouges.sql",
    "connexion.sql",
    "envoi.sql",
    "comite.sql",
    "exploitation.sql",
    "travaux.sql",
    "outils.sql",
)
"""In their order: what the policies and the triggers call."""

PHRASES |= {
    "fk_partenaire_mds": ("Une des MDS choisies n’existe pas.", "mds_ids"),
    "fk_agent_mds": ("Une des MDS choisies n’existe pas.", "mds_ids"),
    "fk_agent_service": ("Un des services choisis n’existe pas.", "service_ids"),
    "ck_service_agents": ("Des agents travaillent dans ce service.", None),
    "ck_agent_deux_comptes": (
        "Ces deux agents ont chacun un compte : ce sont deux personnes.",
        None,
    ),
    "ck_compte_portefeuille": (
        "Cette personne accompagne encore des jeunes : passez d’abord la main à qui les reprend.",
        None,
    ),
    "ck_jeune_transfert": (
        "Un jeune ne change de MDS que par un transfert, accepté par la MDS qui le reçoit.",
        "mds_id",
    ),
    "ck_jeune_fixe": (
        (
            "Une fiche reste au jeune pour qui elle a été créée : supprimez-la, puis créez-la "
            "dans le bon dossier."
        ),
        "jeune_id",
    ),
    "ck_cle_fixe": ("L’identifiant d’une fiche ne change pas.", None),
    "ck_transfert_effet": ("Ce transfert s’accepte à partir de sa date d’effet.", "effet_le"),
    "ck_jeune_deces_deja": ("Ce décès est déjà déclaré.", None),
    "ck_jeune_deces_suite": (
        (
            "Une mesure, un accompagnement, un binôme ou une alerte commence après ce jour, ou le "
            "jeune a été vu depuis : corrigez d’abord cette fiche, ou la date."
        ),
        "le",
    ),
    "ck_plafond_du_jour": (
        (
            "Vous avez emporté aujourd’hui autant de lignes que votre MDS le permet : votre "
            "responsable peut lever ce plafond pour la journée."
        ),
        None,
    ),
    "ck_a_deux": (
        "Une deuxième personne doit d’abord le confirmer : voyez « Actes à deux ».",
        None,
    ),
    "ck_acte_a_deux_deja": (
        "C’est déjà demandé : le délégué à la protection des données, ou un responsable, répond.",
        None,
    ),
    "ck_habilitation_prolongee": (
        "Ce rôle ouvre des dossiers : il se donne de nouveau, il ne se prolonge pas.",
        "au",
    ),
    "ck_rattachement_ouvert": (
        "Le rattachement en cours doit être celui de la MDS du dossier.",
        "mds_rattachement_id",
    ),
}


IMAGES = (
    ("insert", "new table as nouveau"),
    ("update", "old table as ancien new table as nouveau"),
    ("delete", "old table as ancien"),
)
"""What a trigger on a statement reads of the rows written."""


@dataclass(frozen=True)
class Declencheur:
    """A trigger of one table: ``quand`` fires it, ``comment`` says for which rows."""

    table: str
    nom: str
    quand: str
    fonction: str
    comment: str = "for each row"

    @property
    def ordre(self) -> str:
        return (
            f'create or replace trigger {self.nom} {self.quand} on "{self.table}" {self.comment}'
            f" execute function {self.fonction}"
        )


def installer(connexion: Connection, role_application: str) -> None:
    """Make the base ready for ``role_application``: who sees what, what is audited, who may what.

    Runs as the owner, inside the caller's transaction. A table that is declared and does not exist
    yet waits for its migration. Refuses (raises) when a table has no policy.
    """
    role = connexion.dialect.identifier_preparer.quote(role_application)
    tables = set(inspect(connexion).get_table_names())
    # The driver itself: several statements at once, no parameter.
    curseur = connexion.connection.cursor()
    for ordre in ordres(tables, role):
        curseur.execute(ordre)
    curseur.close()
    nues = connexion.scalars(
        text(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('r', 'p') and not relforcerowsecurity"
            " and relname <> 'alembic_version' order by 1"
        )
    ).all()
    if nues:
        raise RuntimeError(
            "Table without a policy: declare its shape on its model, or"
            f" add its line to app/acces/politiques.sql: {', '.join(nues)}"
        )


def ordres(tables: set[str], role: str) -> list[str]:
    """All that the base must hold besides these tables, as statements, in their order."""
    suivies = sorted(tables - {"alembic_version"})
    declencheurs = [d.ordre for table in suivies for d in declencheurs_de(table)]
    return [
        *map(_fichier, FONCTIONS),
        textes_gardes(),
        durees(),
        colonnes_d_agent(),
        listes_d_agents(),
        *map(avant_la_naissance, tables_d_une_vie()),
        naissance_tardive(),
        *_codes(),
        *_politiques(tables),
        *_sequences(tables),
        *declencheurs,
        _fichier("declencheurs.sql"),
        _fichier("octrois.sql"),
        *_octrois(tables, role),
    ]


def _fichier(nom: str) -> str:
    return (ICI / nom).read_text(encoding="utf-8")


def _politiques(tables: set[str]) -> Iterator[str]:
    """The declared shapes, the policies apart, those of the children, that of the audit log."""
    for table in sorted(tables & catalogue.noms().keys()):
        forme = catalogue.declaration_de(table).forme
        if forme == Forme.A_PART:
            yield from _histoire_d_une_table_a_part(table)
        elif forme != Forme.AVEC_SON_PARENT:
            yield f"call acces.{forme}('{table}')"
    yield _fichier("politiques.sql")
    for table in sorted(tables & set(catalogue.de_forme(Forme.AVEC_SON_PARENT))):
        d = catalogue.declaration_de(table)
        yield f"call acces.avec_son_parent('{table}', '{d.parent}', {str(d.histoire).lower()})"
    yield _fichier("politique_du_journal.sql")


def _histoire_d_une_table_a_part(table: str) -> Iterator[str]:
    """Whoever reads the record reads its story; ``politiques.sql`` may say otherwise."""
    d = catalogue.declaration_de(table)
    if d.auditee and d.histoire and not catalogue.suit_un_jeune(table):
        yield f"call acces.raconter_par_la_cle('{table}')"


def textes_gardes() -> str:
    """The texts of a file that an anonymisation keeps: codes that no list holds."""
    gardees = [
        f"('{table}', '{colonne.name}')"
        for table, classe in catalogue.noms().items()
        for colonne in classe.__table__.c
        if not colonne.info.get("anonymisee", True)
    ]
    return (
        "create or replace function acces.textes_gardes() returns table (nom text, colonne text)"
        f" language sql immutable as $$ values {', '.join(gardees)} $$"
    )


def durees() -> str:
    """How long the rows of a table stay before the retention run, as the register says it."""
    termes = [
        f"when '{table}' then interval '{int(terme.total_seconds())} seconds'"
        for table, terme in traitements.termes().items()
    ]
    return (
        "create or replace function acces.duree(p_table text) returns interval"
        f" language sql immutable as $$ select case p_table {' '.join(termes)} end $$"
    )


def colonnes_d_agent() -> str:
    """Where agents are named: table, column of the number, column of the name."""
    nommees = [
        f"('{table}', '{numero}', '{texte}')"
        for table, classe in catalogue.noms().items()
        for numero, texte, _ in catalogue.agents_nommes(classe.__table__)
    ]
    return (
        "create or replace function acces.colonnes_d_agent()"
        " returns table (nom text, numero text, texte text)"
        f" language sql immutable as $$ values {', '.join(nommees)} $$"
    )


def listes_d_agents() -> str:
    """Where several agents are named together: table, column of the numbers, of the names."""
    listes = [
        f"('{table}', '{numeros}', '{textes}')"
        for table, classe in catalogue.noms().items()
        for numeros, textes in catalogue.listes_d_agents(classe.__table__)
    ]
    return (
        "create or replace function acces.listes_d_agents()"
        " returns table (nom text, numeros text, textes text)"
        f" language sql immutable as $$ values {', '.join(listes)} $$"
    )


def _sequences(tables: set[str]) -> Iterator[str]:
    for table in sorted(tables):
        if catalogue.declaration_de(table).code:
            yield f"create sequence if not exists acces.{table}_code_seq"


def declencheurs_de(table: str) -> Iterator[Declencheur]:
    """The triggers that a table has for what its model declares."""
    yield from _du_jeune(table)
    yield from _des_parents(table)
    yield from _des_agents(table)
    yield from _de_la_fiche(table)
    yield from _des_faits(table)
    yield from _d_une_vie(table)
    yield from _des_formes(table)
    yield from _des_versions(table)
    yield from _des_chiffres(table)
    yield from _des_bouges(table)
    if est_auditee(table):
        yield from _de_l_audit(table)


def est_auditee(table: str) -> bool:
    """The base writes each change in the audit log; of what is not declared too."""
    if table not in catalogue.noms():
        return True
    return catalogue.declaration_de(table).auditee


def _cle(table: str) -> str:
    classe = catalogue.noms().get(table)
    return "id" if classe is None else next(iter(classe.__table__.primary_key)).name


def _du_jeune(table: str) -> Iterator[Declencheur]:
    suit = catalogue.suit_un_jeune(table)
    if suit:
        yield Declencheur(
            table,
            "mds_du_jeune",
            "before insert",
            "acces.mds_du_jeune()",
            "for each row when (new.mds_id is null)",
        )
        yield Declencheur(
            table,
            "jeune_fixe",
            "before update of jeune_id",
            "acces.garder_le_jeune()",
            "for each row when (new.jeune_id <> old.jeune_id)",
        )
    ecrite = catalogue.declaration_de(table).ecrite_apres_anonymisation
    if table == "jeune" or (suit and not ecrite):
        quand = "before insert or update or delete"
        yield Declencheur(table, "anonyme", quand, "acces.refuser_anonyme()")


def _des_parents(table: str) -> Iterator[Declencheur]:
    """A record of a youth that names something of an MDS: it must be seen to be chosen."""
    if not catalogue.suit_un_jeune(table):
        return
    parents = catalogue.parents_a_voir(catalogue.classe_de(table).__table__)
    for colonne, parent in parents.items():
        yield Declencheur(
            table,
            f"parent_{parent}",
            f"before insert or update of {colonne}",
            f"acces.exiger_parent('{colonne}', '{parent}')",
            f"for each row when (new.{colonne} is not null)",
        )


def _des_agents(table: str) -> Iterator[Declencheur]:
    """The name of an agent and its number say the same; after « mds_du_jeune », by its name."""
    if table not in catalogue.noms():
        return
    for numero, texte, fonction in catalogue.agents_nommes(catalogue.classe_de(table).__table__):
        yield Declencheur(
            table,
            f"nommer_{numero}",
            f"before insert or update of {numero}, {texte}",
            f"acces.nommer_agent('{numero}', '{texte}', '{fonction}')",
        )
    for numeros, textes in catalogue.listes_d_agents(catalogue.classe_de(table).__table__):
        yield Declencheur(
            table,
            f"nommer_{numeros}",
            f"before insert or update of {numeros}, {textes}",
            f"acces.nommer_agents('{numeros}', '{textes}')",
            f"for each row when (new.{textes} is not null or new.{numeros} <> '{{}}')",
        )


def _de_la_fiche(table: str) -> Iterator[Declencheur]:
    classe = catalogue.noms().get(table)
    if classe is not None and issubclass(classe, Enregistrement):
        tues = ",".join(_jamais_dites(table))
        fonction = f"acces.nouvelle_version('{{{tues}}}')"
        yield Declencheur(table, "version", "before update", fonction)
    if est_auditee(table):
        cle = _cle(table)
        condition = f"for each row when (new.{cle} <> old.{cle})"
        quand = f"before update of {cle}"
        yield Declencheur(table, "cle_fixe", quand, "acces.garder_la_cle()", condition)
    if catalogue.declaration_de(table).code:
        comment = "for each row when (new.code is null or btrim(new.code) = '')"
        yield Declencheur(
            table, "code", "before insert", f"acces.attribuer_code_{table}()", comment
        )


def _des_faits(table: str) -> Iterator[Declencheur]:
    """A fact is refused when it is dated after today; ``PHRASES`` has the sentence."""
    if table not in catalogue.noms():
        return
    for colonne, statuts in faits_de(catalogue.classe_de(table).__table__):
        lues = colonne
        condition = f"new.{colonne} > acces.dernier_jour_d_un_fait()"
        if statuts:
            lues += ", statut_code"
            dits = ", ".join(f"'{statut}'" for statut in statuts.split())
            condition += f" and new.statut_code in ({dits})"
        yield Declencheur(
            table,
            f"fait_{colonne}",
            f"before insert or update of {lues}",
            f"acces.refuser_fait_a_venir('{contrainte_du_fait(table, colonne)}', '{colonne}')",
            f"for each row when ({condition})",
        )


def _des_formes(table: str) -> Iterator[Declencheur]:
    """A phone or an e-mail that is none, a text too long; ``PHRASES`` has the sentence."""
    if table not in catalogue.noms():
        return
    classe = catalogue.classe_de(table)
    for forme in formes_de(classe.__table__, classe.declaration.classeur is not None):
        yield Declencheur(
            table,
            f"forme_{forme.colonne}",
            f"before insert or update of {forme.colonne}",
            f"acces.refuser_forme('{forme.contrainte}', '{forme.colonne}')",
            f"for each row when ({forme.fautive('new')})",
        )


def avant_la_naissance(table: str) -> str:
    """The function of the trigger that refuses a date before the birth of the youth.

    A date that stays as it was is let through: it never blocks the mending of another field.
    """
    dates = dates_d_une_vie(catalogue.classe_de(table).__table__)
    naissance = "new.date_naissance"
    if table != "jeune":
        naissance = "(select j.date_naissance from jeune j where j.id = new.jeune_id)"
    refus = "".join(
        f" if new.{jour} < naissance"
        f" and (tg_op = 'INSERT' or new.{jour} is distinct from old.{jour})"
        " then raise exception using errcode = '23514',"
        f" constraint = '{contrainte_de_naissance(table, jour)}',"
        " message = 'a date before the birth'; end if;"
        for jour in dates
    )
    return (
        f"create or replace function acces.avant_naissance_{table}() returns trigger"
        " language plpgsql security definer set search_path = public, pg_temp as $$"
        f" declare naissance date; begin naissance := {naissance};{refus} return new; end $$"
    )


def _codes() -> Iterator[str]:
    """The functions that give a record without a code the next free one.

    One a table: what is asked of it is planned once a connection.
    """
    for table, classe in catalogue.noms().items():
        if code := classe.declaration.code:
            yield (
                f"create or replace function acces.attribuer_code_{table}() returns trigger"
                " language plpgsql security definer set search_path = public, pg_temp as $$"
                " declare numero text; begin loop"
                f" numero := nextval('acces.{table}_code_seq')::text;"
                f" new.code := acces.ecrire_code('{code.prefixe}', {code.chiffres}, numero);"
                f' exit when not exists (select from "{table}" where cle = acces.plier(new.code));'
                " end loop; return new; end $$"
            )


def naissance_tardive() -> str:
    """The functions that refuse a birth moved after what the youth has lived.

    Only what the new day leaves before it counts: what was already before the former one waits to
    be mended. A rattachement since the birth is « since always ».
    """
    vecus = []
    for table in tables_d_une_vie():
        if table != "jeune":
            depuis = " and du > p_du" if table == "rattachement" else ""
            ou = f"jeune_id = p_jeune{depuis} and ({_entre(table, 'p_du', 'p_au')})"
            vecus.append(f'exists (select from "{table}" where {ou})')
    siennes = _entre("jeune", "old.date_naissance", "new.date_naissance", "new.")
    return (
        "create or replace function acces.vecu_entre(p_jeune int, p_du date, p_au date)"
        " returns boolean language sql stable security definer set search_path = public, pg_temp"
        f" as $$ select {' or '.join(vecus)} $$;"
        " create or replace function acces.naissance_tardive() returns trigger language plpgsql"
        " as $$ begin if acces.vecu_entre(new.id, old.date_naissance, new.date_naissance) or"
        f" {siennes} then raise exception using errcode = '23514',"
        f" constraint = '{NAISSANCE_TARDIVE}', message = 'a birth after what was lived'; end if;"
        " return new; end $$"
    )


def _entre(table: str, du: str, au: str, de: str = "") -> str:
    """In SQL: a date of a record of a youth is from ``du`` to the day before ``au``."""
    dates = dates_d_une_vie(catalogue.classe_de(table).__table__)
    return " or ".join(f"({de}{jour} >= {du} and {de}{jour} < {au})" for jour in dates)


def _d_une_vie(table: str) -> Iterator[Declencheur]:
    if table == "jeune":
        quand = "before update of date_naissance"
        comment = "for each row when (new.date_naissance > old.date_naissance)"
        yield Declencheur(table, "vie", quand, "acces.naissance_tardive()", comment)
    classe = catalogue.noms().get(table)
    dates = [] if classe is None else dates_d_une_vie(classe.__table__)
    if dates:
        quand = f"before insert or update of {', '.join(dates)}"
        yield Declencheur(table, "naissance", quand, f"acces.avant_naissance_{table}()")


def tables_d_une_vie() -> list[str]:
    """The tables whose records tell dates of the life of a youth."""
    return [
        table for table, classe in catalogue.noms().items() if dates_d_une_vie(classe.__table__)
    ]


SECRETS_DU_CADRE = {"ab_register_user": ["password", "registration_hash"]}
"""Table of Flask-AppBuilder that no model declares → its columns that are never told."""


def _hors_audit(table: str) -> list[str]:
    """The columns that the audit log never holds: each is declared so on its own column."""
    classe = catalogue.noms().get(table)
    if classe is None:
        return SECRETS_DU_CADRE.get(table, [])
    return catalogue.hors_audit(classe.__table__)


def _jamais_dites(table: str) -> list[str]:
    """Those, and the MDS of a record of a youth, which follows theirs without a line of its own."""
    tues = _hors_audit(table)
    if catalogue.suit_un_jeune(table):
        tues.append("mds_id")
    return tues


def _de_l_audit(table: str) -> Iterator[Declencheur]:
    """One line a row changed; the columns never told are said to the function."""
    tues = _hors_audit(table)
    fonction = f"acces.journaliser('{_cle(table)}', '{{{','.join(tues)}}}')"
    for acte, images in IMAGES:
        comment = f"referencing {images} for each statement"
        yield Declencheur(table, f"journal_{acte}", f"after {acte}", fonction, comment)


def _des_chiffres(table: str) -> Iterator[Declencheur]:
    """The bucket of each youth whose rows are written, for the figures and checks that are kept."""
    colonne = COMPTEES.get(table)
    if table in PAR_LEUR_ENQUETE:
        colonne = "enquete_id"
    if colonne is None:
        return
    yield from _par_ordre(table, "chiffres", f"acces.noter_mouvement('{colonne}', '{PAQUET}')")


def _des_versions(table: str) -> Iterator[Declencheur]:
    """What changes with the table, by which a process knows whether what it keeps still holds."""
    fonctions = {}
    if table in LISTES or table in catalogue.nommees_a_plusieurs():
        fonctions["listes"] = "acces.changer_les_listes()"
    if table == "agent":
        fonctions["agents"] = "acces.changer_la_version('agents')"
    if table in PAPIERS:
        fonctions["papiers"] = "acces.changer_la_version('papiers')"
    quand = "after insert or update or delete or truncate"
    for nom, fonction in fonctions.items():
        yield Declencheur(table, nom, quand, fonction, "for each statement")


def _des_bouges(table: str) -> Iterator[Declencheur]:
    """The youths whose rows are written, for what the processes keep."""
    if table in BOUGENT:
        yield from _par_ordre(table, "bouges", f"acces.noter_bouges('{BOUGENT[table]}')")


def _par_ordre(table: str, nom: str, fonction: str) -> Iterator[Declencheur]:
    """A trigger for each way of writing, which reads the rows written."""
    for acte, images in IMAGES:
        comment = f"referencing {images} for each statement"
        yield Declencheur(table, f"{nom}_{acte}", f"after {acte}", fonction, comment)
    yield Declencheur(table, f"{nom}_truncate", "after truncate", fonction, "for each statement")


def _octrois(tables: set[str], role: str) -> Iterator[str]:
    """Grant the application's role what the policies then narrow.

    Never DDL, never a write on the audit log or the rights.
    """
    yield f"revoke all on all tables in schema public from {role}"
    yield f"grant usage on schema public, acces to {role}"
    yield f"grant usage on all sequences in schema public, acces to {role}"
    yield f"revoke all on sequence journal_id_seq from {role}"
    # A verification reads them; only functions write them.
    yield f"grant select on sequence journal_id_seq to {role}"
    yield f"grant select on acces.repere, acces.ancre, acces.installation to {role}"
    yield f"grant select on acces.mot to {role}"  # only triggers write it
    for table in sorted(tables):
        octrois = "select, insert, update, delete"
        if table in catalogue.noms() or table == "alembic_version":
            octrois = catalogue.declaration_de(table).octrois
        yield f'grant {octrois} on "{table}" to {role}'
    if "travail" in tables:  # the queue of procrastinate, in a schema of its own
        yield f"grant usage on schema travaux to {role}"
        yield f"grant select, insert, update, delete on all tables in schema travaux to {role}"
        yield f"grant usage on all sequences in schema travaux to {role}"
