"""Put the functions, triggers, policies and grants into the base; run again at each upgrade, it
ends the same.

They are not versioned step by step like tables: the SQL files beside this one are the whole and
only rule.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.models import LISTES
from app.models.base import PHRASES, Enregistrement, SuiviJeune

ICI = Path(__file__).parent
CODES = {"jeune": ("D", 5), "rencontre": ("R", 6), "instance": ("I", 5)}
"""Tables whose code is given when left empty: prefix and number of digits."""
PARENTS = {
    "mobilisation": {"partenaire_id": "partenaire"},
    "decision": {"instance_id": "instance"},
    "rencontre": {"action_id": "action_collective"},
}
"""Records of a youth that also refer to something of an MDS: it must be seen to be chosen."""
NON_JOURNALISEES = {
    "journal",
    "sceau",
    "alembic_version",
    "jeton_formulaire",
    "droit",
    "role",
    "session_ouverte",
    "tentative",
    "importation",
    "reponse_confiee",
}
"""Written by the base itself or by the upgrade, never by a person; ``connexion.sql`` tells the
trail of sessions, ``echanges/application.py`` that of imports (their report holds what was read in
the file). What a youth answered alone is told to nobody."""

PHRASES |= {
    "fk_partenaire_mds": ("Une des MDS choisies n’existe pas.", "mds_ids"),
    "ck_jeune_transfert": (
        "Un jeune ne change de MDS que par un transfert, accepté par la MDS qui le reçoit.",
        "mds_id",
    ),
    "ck_jeune_fixe": (
        "Une fiche reste au jeune pour qui elle a été créée : supprimez-la, puis créez-la dans le bon dossier.",
        "jeune_id",
    ),
    "ck_cle_fixe": ("L’identifiant d’une fiche ne change pas.", None),
    "ck_transfert_effet": ("Ce transfert s’accepte à partir de sa date d’effet.", "effet_le"),
    "ck_rattachement_ouvert": (
        "Le rattachement en cours doit être celui de la MDS du dossier.",
        "mds_rattachement_id",
    ),
}


def installer(connexion: Connection, role_application: str) -> None:
    """Make the base ready for ``role_application``: who sees what, what is journalled, what may be
    done.

    Runs as the owner, inside the caller's transaction. Refuses (raises) when a table has no policy.
    """
    with (
        connexion.connection.cursor() as curseur
    ):  # the driver itself: several statements at once, no parameter
        for fichier in (
            "fonctions.sql",
            "journal.sql",
            "sceau.sql",
            "transfert.sql",
            "importation.sql",
            "satisfaction.sql",
            "fusion.sql",
            "conservation.sql",
            "connexion.sql",
            "envoi.sql",
            "exploitation.sql",
            "outils.sql",
            "politiques.sql",
        ):
            curseur.execute((ICI / fichier).read_text(encoding="utf-8"))
    tables = set(inspect(connexion).get_table_names())
    _declencheurs(connexion, tables)
    _droits(connexion, tables, role_application)
    nues = connexion.scalars(
        text(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and not relforcerowsecurity and relname <> 'alembic_version' order by 1"
        )
    ).all()
    if nues:
        raise RuntimeError(
            f"Table without a policy, add its line to app/acces/politiques.sql: {', '.join(nues)}"
        )


def _declencheurs(connexion: Connection, tables: set[str]) -> None:
    versionnees = {c.__tablename__ for c in _classes(Enregistrement)}
    suivies = {c.__tablename__ for c in _classes(SuiviJeune)}
    for table in sorted(tables - {"alembic_version"}):
        cle = "code" if table in LISTES else "jeton" if table == "jeton_formulaire" else "id"
        ordres = []
        if table in suivies:
            ordres.append(
                (
                    "mds_du_jeune",
                    "before insert",
                    "for each row when (new.mds_id is null)",
                    "acces.mds_du_jeune()",
                )
            )
            ordres.append(
                (
                    "jeune_fixe",
                    "before update of jeune_id",
                    "for each row when (new.jeune_id <> old.jeune_id)",
                    "acces.garder_le_jeune()",
                )
            )
        if table == "jeune" or table in suivies - {"conservation"}:
            ordres.append(
                (
                    "anonyme",
                    "before insert or update or delete",
                    "for each row",
                    "acces.refuser_anonyme()",
                )
            )
        if table not in NON_JOURNALISEES:
            ordres.append(
                (
                    "cle_fixe",
                    f"before update of {cle}",
                    f"for each row when (new.{cle} <> old.{cle})",
                    "acces.garder_la_cle()",
                )
            )
        for colonne, parent in PARENTS.get(table, {}).items():
            ordres.append(
                (
                    f"parent_{parent}",
                    f"before insert or update of {colonne}",
                    f"for each row when (new.{colonne} is not null)",
                    f"acces.exiger_parent('{colonne}', '{parent}')",
                )
            )
        if table == "habilitation":
            ordres.append(
                ("signature", "before insert", "for each row", "acces.signer_habilitation()")
            )
        if table == "envoi":
            ordres.append(
                ("fige", "before update or delete", "for each row", "acces.figer_envoi()")
            )
        if table in versionnees:
            ordres.append(("version", "before update", "for each row", "acces.nouvelle_version()"))
        if table == "jeune":
            ordres.append(
                (
                    "transfert",
                    "before update of mds_id",
                    "for each row when (new.mds_id <> old.mds_id)",
                    "acces.refuser_deplacement()",
                )
            )
        if table in CODES:
            prefixe, chiffres = CODES[table]
            connexion.exec_driver_sql(f"create sequence if not exists acces.{table}_code_seq")
            ordres.append(
                (
                    "code",
                    "before insert",
                    "for each row when (new.code is null or btrim(new.code) = '')",
                    f"acces.attribuer_code('{prefixe}', '{chiffres}', 'acces.{table}_code_seq')",
                )
            )
        if table == "partenaire":
            ordres.append(
                (
                    "mds",
                    "before insert or update of mds_ids",
                    "for each row",
                    "acces.verifier_mds_partenaire()",
                )
            )
        if table not in NON_JOURNALISEES:
            for acte, images in (
                ("insert", "new table as nouveau"),
                ("update", "old table as ancien new table as nouveau"),
                ("delete", "old table as ancien"),
            ):
                ordres.append(
                    (
                        f"journal_{acte}",
                        f"after {acte}",
                        f"referencing {images} for each statement",
                        f"acces.journaliser('{cle}')",
                    )
                )
        for nom, quand, comment, fonction in ordres:
            connexion.exec_driver_sql(
                f'create or replace trigger {nom} {quand} on "{table}" {comment} execute function {fonction}'
            )
    for table, quand in (("rattachement", "insert or update"), ("jeune", "update of mds_id")):
        connexion.exec_driver_sql(f"drop trigger if exists rattachement_ouvert on {table}")
        connexion.exec_driver_sql(
            f"create constraint trigger rattachement_ouvert after {quand} on {table}"
            " deferrable initially deferred for each row execute function acces.verifier_rattachement()"
        )


def _droits(connexion: Connection, tables: set[str], role: str) -> None:
    """Grant the application's role what the policies then narrow; never DDL, never a write on the
    trail or the rights."""
    role = connexion.dialect.identifier_preparer.quote(role)
    lecture = {"alembic_version", "journal", "sceau", "droit", "role"}
    sans_suppression = {*LISTES, "mds", "service", "ab_user", "habilitation"}
    connexion.exec_driver_sql(
        "revoke create on schema public from public"
    )  # still granted there before PostgreSQL 15
    connexion.exec_driver_sql(f"revoke all on all tables in schema public from {role}")
    connexion.exec_driver_sql(f"grant usage on schema public, acces to {role}")
    connexion.exec_driver_sql(f"grant usage on all sequences in schema public, acces to {role}")
    connexion.exec_driver_sql(f"revoke all on sequence journal_id_seq from {role}")
    for fonction in connexion.scalars(
        text(
            "select oid::regprocedure::text from pg_proc where pronamespace = 'acces'::regnamespace and prorettype = 'trigger'::regtype"
        )
    ).all():
        # A trigger needs no right to run; without it nobody hangs the trail on a table of their own
        # to imitate it.
        connexion.exec_driver_sql(f"revoke execute on function {fonction} from public")
    for table in sorted(tables):
        droits = "select" if table in lecture else "select, insert, update"
        if table == "habilitation":  # withdrawn and given again, never turned into another
            droits = "select, insert, update (du, au, motif)"
        if table not in lecture | sans_suppression:
            droits += ", delete"
        connexion.exec_driver_sql(f'grant {droits} on "{table}" to {role}')


def _classes(base: type) -> list[type]:
    """The mapped classes below ``base``."""
    return [
        c
        for directe in base.__subclasses__()
        for c in (([] if directe.__dict__.get("__abstract__") else [directe]) + _classes(directe))
    ]
