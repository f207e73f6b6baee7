"""``flask tandem init``: create the base or bring it to the version of the code."""

import json
import time
from contextlib import closing

import click
import psycopg
from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import Migrate
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from app import acces, roles
from app.acces import concordance, installe, sceau
from app.extensions import db
from app.models import catalogue, nomenclature, territoire

from . import CommandeRefusee, application, consigner_commande, tandem

VERROU = 7_415_236_202
"""The advisory lock of ``init`` and ``restaurer``: machines that start together take turns."""
ESSAIS = 60
PAUSE_SECONDES = 1.0
ATTENTE_MILLISECONDES = 500
"""How long an upgrade waits for a table: less than ``deadlock_timeout`` (one second), so that it
gives way before PostgreSQL ends the request of somebody who works."""
OCCUPEE = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


REPERES_SIGNES = text("select to_regclass('acces.ancre') is not null")
"""Whether the base already signs the marks of its audit log (migration 0037)."""
_CONSIGNER_TOUCHES = text(
    "select acces.inscrire('regles_remises', null, null, null, cast(:detail as jsonb))"
)


@tandem.command("init")
def init() -> None:
    """Crée ou met à niveau la base : schéma, rôles, listes de codes."""
    avant, apres = initialiser(application())
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"avant": avant, "apres": apres})
        db.session.commit()
    if avant == apres:
        click.echo(f"La base est à jour (version {apres}).")
    else:
        click.echo(f"La base passe à la version {apres}.")


def initialiser(app: Flask, *, restauree: bool = False) -> tuple[str | None, str]:
    """Upgrade the schema, the policies, the grants and the lists: all of it or nothing.

    Idempotent; nothing to do locks nothing. Otherwise it tries until the tables are free for it.
    Return the version before and after.
    """
    for reste in range(ESSAIS - 1, -1, -1):
        try:
            return _initialiser_une_fois(app, restauree=restauree)
        except (OperationalError, *OCCUPEE) as erreur:
            # The installation speaks to the driver itself, whose errors come as they are.
            cause = erreur.orig if isinstance(erreur, OperationalError) else erreur
            if not isinstance(cause, OCCUPEE):
                phrase = f"la base ne répond pas : {str(cause).strip().splitlines()[0]}"
                raise CommandeRefusee(phrase, code=2) from erreur
            if not reste:
                raise CommandeRefusee(
                    "la base est trop occupée pour être mise à niveau : recommencez à une heure "
                    "plus calme, ou arrêtez les machines qui servent.",
                    code=2,
                ) from erreur
            time.sleep(PAUSE_SECONDES)
    raise AssertionError


def _initialiser_une_fois(app: Flask, *, restauree: bool) -> tuple[str | None, str]:
    """One transaction, so that its locks end with it, behind a pooler too."""
    moteur = moteur_proprietaire(app)
    try:
        with moteur.begin() as connexion:
            prendre_le_tour(connexion)
            connexion.execute(text(f"set local lock_timeout = {ATTENTE_MILLISECONDES}"))
            avant = version_de_la_base(connexion)
            touches: list[str] = []
            if avant is not None and not restauree:  # a restoration writes every object again
                touches = _ce_qui_a_ete_touche(app, connexion)
            signes = avant is None or connexion.scalar(REPERES_SIGNES)
            _assurer_role_application(connexion, make_url(app.config["SQLALCHEMY_DATABASE_URI"]))
            _migrer(app, connexion)
            _refuser_sans_migration(connexion)
            # The lists are written by nobody in particular: the command, for everyone.
            connexion.execute(
                text(
                    "select set_config('app.acteur', 'tous', true),"
                    " set_config('app.canal', 'commande', true)"
                )
            )
            nomenclature.charger(connexion, app.config["DEPARTEMENT"])
            territoire.charger(connexion, app.config["DEPARTEMENT"])
            roles.charger(connexion)
            with app.app_context():
                _accorder_le_journal(connexion, avant, version_du_code(app), touches)
                if not signes:
                    sceau.reprendre_les_reperes(connexion)
    finally:
        moteur.dispose()
    return avant, version_du_code(app)


def _ce_qui_a_ete_touche(app: Flask, connexion: Connection) -> list[str]:
    """What somebody changed in the base by hand: putting it right must not hide it."""
    with app.app_context():
        role = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).username or ""
        return installe.ecarts(connexion, role)


def _accorder_le_journal(
    connexion: Connection, avant: str | None, apres: str, touches: list[str]
) -> None:
    """Tell in the audit log what was found changed, and the records that the upgrade wrote."""
    if touches:
        current_app.logger.warning("changed by hand in the base: %s", ", ".join(touches))
        connexion.execute(_CONSIGNER_TOUCHES, {"detail": json.dumps({"touches": touches})})
    if avant == apres:
        return
    concordance.constater(connexion)


def prendre_le_tour(connexion: Connection) -> None:
    """Wait for whoever upgrades or restores this base; the lock ends with the transaction."""
    connexion.execute(text("select pg_advisory_xact_lock(:cle)"), {"cle": VERROU})


def moteur_proprietaire(app: Flask) -> Engine:
    """Connections of the owner of the base; refused when its address is not given."""
    if not app.config["DATABASE_OWNER_URL"]:
        raise CommandeRefusee(
            "cette commande travaille avec le rôle propriétaire de la base : donnez son adresse "
            "dans DATABASE_OWNER_URL.",
            code=2,
        )
    return create_engine(
        app.config["DATABASE_OWNER_URL"],
        connect_args={
            "connect_timeout": 10,
            "application_name": "tandem-init",
            "prepare_threshold": None,
        },
    )


def version_de_la_base(connexion: Connection) -> str | None:
    if connexion.scalar(text("select to_regclass('public.alembic_version')")) is None:
        return None
    return connexion.scalar(text("select version_num from alembic_version"))


def migrations(app: Flask) -> Config:
    """What Alembic asks; the processes that serve never read it."""
    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(app.config["DOSSIER_MIGRATIONS"]))
    with app.app_context():
        return app.extensions["migrate"].migrate.get_config()


def version_du_code(app: Flask) -> str:
    derniere = ScriptDirectory.from_config(migrations(app)).get_current_head()
    if derniere is None:
        raise RuntimeError("no migration in migrations/versions")
    return derniere


def _migrer(app: Flask, connexion: Connection) -> None:
    configuration = migrations(app)
    configuration.attributes["connection"] = connexion
    with app.app_context():
        alembic.upgrade(configuration, "head")


def _refuser_sans_migration(connexion: Connection) -> None:
    """A noun that is declared has its table, or the file of a youth would not open any more."""
    presentes = set(inspect(connexion).get_table_names())
    for table in sorted(catalogue.noms().keys() - presentes):
        raise CommandeRefusee(
            f"la table « {table} » est déclarée mais n’existe pas dans la base : écrivez sa"
            " migration dans migrations/versions.",
            code=2,
        )


def _assurer_role_application(connexion: Connection, url: URL) -> None:
    """Create the application's role when we may; else hand the administrator what to type."""
    role = connexion.execute(
        text(
            "select rolsuper or rolbypassrls as passe,"
            " pg_has_role(oid, current_user, 'member') as membre"
            " from pg_roles where rolname = :nom"
        ),
        {"nom": url.username},
    ).one_or_none()
    if role is None:
        _creer_role_application(connexion, url)
    elif role.passe or role.membre:
        raise CommandeRefusee(
            f"le rôle « {url.username} » de DATABASE_URL passe outre le cloisonnement "
            "(superutilisateur, BYPASSRLS ou membre du propriétaire) : donnez à l’application un "
            "rôle ordinaire."
        )


def _creer_role_application(connexion: Connection, url: URL) -> None:
    role = sql.Identifier(url.username or "")
    ordre = sql.SQL("create role {} login password {}")
    try:
        with connexion.begin_nested(), closing(connexion.connection.cursor()) as curseur:
            curseur.execute(ordre.format(role, sql.Literal(url.password or "")))
    except psycopg.errors.DuplicateObject:
        pass  # made by the upgrade of another base of the same server, at the same moment
    except psycopg.errors.InsufficientPrivilege:
        a_taper = ordre.format(role, sql.Literal("le-mot-de-passe-de-DATABASE_URL"))
        raise CommandeRefusee(
            f"le rôle de l’application « {url.username} » n’existe pas et le propriétaire ne peut "
            "pas le créer. À exécuter par l’administrateur du serveur, puis recommencez :\n\n"
            f"  {a_taper.as_string()};\n"
        ) from None


def actualiser_les_statistiques(app: Flask) -> None:
    """After many rows at once, so that the first figures are computed as fast as the next ones."""
    if not app.config["DATABASE_OWNER_URL"]:
        return
    moteur = moteur_proprietaire(app)
    with moteur.connect().execution_options(isolation_level="AUTOCOMMIT") as connexion:
        connexion.execute(text("analyze"))
    moteur.dispose()
