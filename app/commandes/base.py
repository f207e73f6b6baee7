"""``flask tandem init``: create the base or bring it to the version of the code."""

import click
import psycopg
from alembic import command as alembic
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from psycopg import sql
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from app import acces, roles
from app.extensions import db, migrate
from app.models import catalogue, nomenclature, territoire

from . import Refus, consigner_commande, tandem

VERROU = 7_415_236_202
"""The advisory lock of ``init`` and ``restaurer``: two machines starting at once go one after the
other."""


@tandem.command("init")
def init() -> None:
    """Crée ou met à niveau la base : schéma, rôles, listes de codes."""
    avant, apres = initialiser(current_app._get_current_object())
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"avant": avant, "apres": apres})
        db.session.commit()
    click.echo(
        f"La base est à jour (version {apres})."
        if avant == apres
        else f"La base passe à la version {apres}."
    )


def initialiser(app: Flask) -> tuple[str | None, str]:
    """Upgrade the schema, the policies, the grants and the lists; idempotent. Return the version
    before and after."""
    moteur = moteur_proprietaire(app)
    try:
        with moteur.connect() as connexion:
            connexion.execute(text("select pg_advisory_lock(:cle)"), {"cle": VERROU})
            connexion.commit()
            avant = version_de_la_base(connexion)
            _assurer_role_application(connexion, make_url(app.config["SQLALCHEMY_DATABASE_URI"]))
            _migrer(app, connexion)
            _refuser_sans_migration(connexion)
            # The lists are written by nobody in particular: the command, for everyone.
            connexion.execute(
                text(
                    "select set_config('app.acteur', 'tous', true), set_config('app.canal', 'commande', true)"
                )
            )
            nomenclature.charger(connexion, app.config["DEPARTEMENT"])
            territoire.charger(connexion, app.config["DEPARTEMENT"])
            roles.charger(connexion)
            connexion.commit()
            apres = version_de_la_base(connexion)
    except OperationalError as erreur:
        raise Refus(f"la base ne répond pas : {premiere_ligne(erreur)}", code=2) from erreur
    finally:
        moteur.dispose()
    return avant, apres


def moteur_proprietaire(app: Flask):
    if not app.config["DATABASE_OWNER_URL"]:
        raise Refus(
            "cette commande travaille avec le rôle propriétaire de la base : donnez son adresse dans DATABASE_OWNER_URL.",
            code=2,
        )
    return create_engine(
        app.config["DATABASE_OWNER_URL"],
        connect_args={
            "options": "-c timezone=Europe/Paris",
            "connect_timeout": 10,
            "application_name": "tandem-init",
        },
    )


def version_de_la_base(connexion: Connection) -> str | None:
    if connexion.scalar(text("select to_regclass('public.alembic_version')")) is None:
        return None
    return connexion.scalar(text("select version_num from alembic_version"))


def version_du_code(app: Flask) -> str:
    with app.app_context():
        return ScriptDirectory.from_config(migrate.get_config()).get_current_head()


def _migrer(app: Flask, connexion: Connection) -> None:
    with app.app_context():
        configuration = migrate.get_config()
        configuration.attributes["connection"] = connexion
        alembic.upgrade(configuration, "head")


def _refuser_sans_migration(connexion: Connection) -> None:
    """A noun that is declared has its table, or the file of a youth would not open any more."""
    presentes = set(inspect(connexion).get_table_names())
    for table in sorted(catalogue.noms().keys() - presentes):
        raise Refus(
            f"la table « {table} » est déclarée mais n’existe pas dans la base : écrivez sa"
            " migration dans migrations/versions.",
            code=2,
        )


def _assurer_role_application(connexion: Connection, url) -> None:
    """Create the application's role when we may; else hand the administrator what to type."""
    role = connexion.execute(
        text(
            "select rolsuper or rolbypassrls as passe, pg_has_role(oid, current_user, 'member') as membre"
            " from pg_roles where rolname = :nom"
        ),
        {"nom": url.username},
    ).one_or_none()
    if role is not None:
        connexion.rollback()
        if role.passe or role.membre:
            raise Refus(
                f"le rôle « {url.username} » de DATABASE_URL passe outre le cloisonnement (superutilisateur, BYPASSRLS "
                "ou membre du propriétaire) : donnez à l’application un rôle ordinaire."
            )
        return
    ordre = sql.SQL("create role {} login password {}").format(
        sql.Identifier(url.username), sql.Literal(url.password or "")
    )
    pilote = connexion.connection.driver_connection
    try:
        pilote.execute(ordre)
        connexion.commit()
    except psycopg.errors.DuplicateObject:  # another base of the same server, at the same moment
        connexion.rollback()
    except psycopg.errors.InsufficientPrivilege:
        connexion.rollback()
        masque = sql.SQL("create role {} login password {};").format(
            sql.Identifier(url.username), sql.Literal("le-mot-de-passe-de-DATABASE_URL")
        )
        raise Refus(
            f"le rôle de l’application « {url.username} » n’existe pas et le propriétaire ne peut pas le créer. "
            f"À exécuter par l’administrateur du serveur, puis recommencez :\n\n  {masque.as_string(pilote)}\n"
        ) from None


def premiere_ligne(erreur: OperationalError) -> str:
    return str(erreur.orig).strip().splitlines()[0]


def actualiser_les_statistiques(app: Flask) -> None:
    """After many rows at once, so that the first figures asked for are computed as fast as the next
    ones."""
    if not app.config["DATABASE_OWNER_URL"]:
        return
    moteur = moteur_proprietaire(app)
    with moteur.connect().execution_options(isolation_level="AUTOCOMMIT") as connexion:
        connexion.execute(text("analyze"))
    moteur.dispose()
