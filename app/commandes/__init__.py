"""``flask tandem …``: one module a topic in this package, found by itself.

A command is a small function. The modules are read when a command is asked for: what serves pages
knows none of them.

A command on the data acts for everyone and says so in the audit log, unless an account is named by
``--en-tant-que LOGIN``; the lines that it wrote there are sealed at its end. Exit codes: 0 done,
1 refused, 2 unusable (unreadable file, unknown account, base out of reach).
"""

import errno
import functools
import getpass
import importlib
import io
import pkgutil
import signal
import sys
from pathlib import Path

import click
import psycopg
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from psycopg import errors as pg
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app import acces, journal
from app.acces import sceau
from app.extensions import db
from app.models import Compte
from app.ramassage import ramasser_moins_souvent
from app.regles.texte import lisible

from . import emploi

INCONNUS = (pg.InvalidSchemaName, pg.UndefinedColumn, pg.UndefinedFunction, pg.UndefinedTable)
"""What a base says of what it does not hold yet."""
SANS_REPONSE = ("", "08", "53", "57")
"""Classes of errors of a base that is away, full of connections, or stopping."""


class CommandeRefusee(click.ClickException):
    """What was asked is refused; the message says why and what to do."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        # click declares a class variable, and reads it on the instance.
        self.exit_code = code  # type: ignore[misc]

    def show(self, file=None) -> None:
        click.echo(f"Refusé : {self.format_message()}", err=True)


class CommandeTandem(click.Command):
    """A command whose help is in French."""

    def get_help(self, ctx: click.Context) -> str:
        return emploi.aide(super().get_help(ctx))


class GroupeDeCommandes(AppGroup):
    """What click says of a command badly written, and its help, are said in French."""

    command_class = CommandeTandem

    def get_help(self, ctx: click.Context) -> str:
        return emploi.aide(super().get_help(ctx))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as erreur:
            raise emploi.LigneRefusee(erreur) from erreur

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as erreur:
            erreur.ctx = erreur.ctx or ctx
            raise emploi.LigneRefusee(erreur) from erreur


class GroupeTandem(GroupeDeCommandes):
    """Reads its commands when one is wanted: the module of that name, else all of them.

    A base that does not answer, or is not that of the code, is said, whatever the command.
    """

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except (DBAPIError, psycopg.Error) as erreur:
            if phrase := _dire_la_base(erreur):
                raise CommandeRefusee(phrase, code=2) from erreur
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        lire_les_commandes()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = cmd_name.replace("-", "_")
        if module in {trouve.name for trouve in pkgutil.iter_modules(__path__)}:
            importlib.import_module(f"{__name__}.{module}")
        if cmd_name not in self.commands:
            lire_les_commandes()
        return super().get_command(ctx, cmd_name)


@click.group("tandem", cls=GroupeTandem, help="Les commandes de Tandem.")
def tandem() -> None:
    # A polite stop runs the exit hooks: the embedded base stops with its last user.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ramasser_moins_souvent()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file may bear a name that is no text
        sys.stdout.reconfigure(errors="backslashreplace")


@tandem.result_callback()
@with_appcontext
def sceller_ce_qui_a_ete_ecrit(_resultat: object) -> None:
    """Seal the audit log at the end of a command.

    Nothing is said of a base that is not there: a command that needs none leaves nothing to seal.
    """
    try:
        sceau.sceller()
    except DBAPIError as erreur:
        if not _dire_la_base(erreur):
            current_app.logger.error(
                "the audit log could not be sealed: %s", premiere_ligne(erreur)
            )


def _dire_la_base(erreur: Exception) -> str:
    """Why nothing can be done with the base, and what to do; empty for any other fault."""
    cause = getattr(erreur, "orig", erreur)
    dit = premiere_ligne(erreur)
    etat = getattr(cause, "sqlstate", None) or ""
    if isinstance(cause, pg.DiskFull):
        return "le disque de la base est plein : faites de la place, puis recommencez."
    if isinstance(cause, INCONNUS):
        return (
            f"la base n’a pas ce que cette version attend ({dit}) : lancez « flask tandem init »."
        )
    if isinstance(cause, psycopg.OperationalError) and etat[:2] in SANS_REPONSE:
        return f"la base ne répond pas : {dit}"
    return ""


def premiere_ligne(erreur: Exception) -> str:
    """What the base said of a fault, without the statement."""
    return str(getattr(erreur, "orig", erreur)).strip().partition("\n")[0]


class CommandeDesMigrations(click.Command):
    """``flask db``, whose library is read when it is asked for."""

    def __init__(self, app: Flask):
        super().__init__("db", help="Les migrations (Alembic).")
        self.app = app

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra
    ) -> click.Context:
        """That of the real ones, which run in its place."""
        from flask_migrate import cli

        from .base import migrations

        migrations(self.app)
        return cli.db.make_context(info_name, args, parent, **extra)


def declarer(app: Flask) -> None:
    app.cli.add_command(tandem)
    app.cli.add_command(CommandeDesMigrations(app))


def lire_les_commandes() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def application() -> Flask:
    """The application itself, not the proxy that follows the context."""
    return current_app._get_current_object()  # type: ignore[attr-defined]  # of werkzeug's proxy


def agissant_pour(commande):
    """Give a command its ``--en-tant-que`` option, tell the base who acts, and log the run.

    The line of the audit log is committed before the command starts: a run that fails is told too.
    """

    @click.option(
        "--en-tant-que",
        "login",
        metavar="LOGIN",
        help="Agir avec les droits de ce compte (sinon : tous).",
    )
    @functools.wraps(commande)
    def enveloppe(*arguments, login: str | None, **options):
        exiger_des_textes(options)
        acteur: int | str = acces.TOUS
        if login is not None:
            acteur = compte_ouvert(login)
        with acces.acteur(acteur, canal="commande"):
            consigner_commande(options)
            db.session.commit()
            return commande(*arguments, **options)

    return enveloppe


def exiger_des_textes(options: dict) -> None:
    """Refuse an option that the base cannot hold: bytes that are no UTF-8."""
    for nom, valeur in options.items():
        if isinstance(valeur, str) and lisible(valeur) != valeur:
            raise CommandeRefusee(
                f"{nom} : « {lisible(valeur)} » n’est pas écrit en UTF-8.", code=2
            )


def compte_ouvert(login: str) -> int:
    """The number of the account that may act today."""
    exiger_des_textes({"--en-tant-que": login})
    with acces.acteur(acces.CONNEXION, canal="commande"):
        identifiant = login.strip().lower()
        numero = db.session.scalar(
            select(Compte.id).where(Compte.username == identifiant, Compte.active)
        )
        db.session.rollback()
    if numero is None:
        raise CommandeRefusee(f"aucun compte ouvert ne porte l’identifiant « {login} ».", code=2)
    return numero


def consigner_commande(options: dict) -> None:
    """The run of a command: its name, its options, and the system account that typed it.

    Refuses a base where ``init`` was never run.
    """
    detail = {
        "commande": click.get_current_context().info_name,
        "options": {
            nom: lisible(str(valeur)) if isinstance(valeur, str | Path) else valeur
            for nom, valeur in options.items()
        },
        "systeme": _compte_systeme(),
    }
    try:
        journal.consigner("commande", detail=detail)
    except ProgrammingError as erreur:
        if not isinstance(erreur.orig, pg.InvalidSchemaName):
            raise
        raise CommandeRefusee(
            "la base est vide : lancez d’abord « flask tandem init ».", code=2
        ) from erreur


def raison(erreur: OSError) -> str:
    """Why a file cannot be used, in French."""
    if erreur.errno == errno.ENOSPC:
        return "le disque est plein"
    return _RAISONS.get(type(erreur)) or erreur.strerror or str(erreur)


_RAISONS: dict[type[OSError], str] = {
    FileNotFoundError: "introuvable",
    PermissionError: "accès refusé",
    IsADirectoryError: "c’est un dossier",
    NotADirectoryError: "le dossier n’existe pas",
}


def _compte_systeme() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's number without a name
        return "inconnu"
