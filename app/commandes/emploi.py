"""What a command says when it is badly written, and its help, in French.

click speaks English only: its sentences are recognised, and said again. One that is not known stays
as it is.
"""

import re
from datetime import date, datetime
from typing import Any

import click

from app.regles import dates
from app.regles.texte import lisible

PHRASES = (
    (re.compile(r"No such command '(.*)'\."), "la commande « {} » n’existe pas"),
    (re.compile(r"Missing command\."), "il manque la commande"),
    (re.compile(r"No such option '(.*?)'\."), "l’option {} n’existe pas"),
    (
        re.compile(r"Option '(.*)' requires (?:an|\d+) arguments?\."),
        "l’option {} attend une valeur",
    ),
    (re.compile(r"Option '(.*)' does not take a value\."), "l’option {} n’attend pas de valeur"),
    (re.compile(r"Got unexpected extra arguments? \((.*)\)"), "« {} » est de trop"),
    (
        re.compile(r"'(.*)' is not (?:one of )?('.*')\."),
        "« {} » n’est pas l’une de ces valeurs : {}",
    ),
    (
        re.compile(r"'(.*)' is not a valid integer(?: range)?\."),
        "« {} » n’est pas un nombre entier",
    ),
    (re.compile(r"(.*) is not in the range (.*)\."), "{} n’est pas dans les bornes ({})"),
    (re.compile(r"(?:File|Path) '(.*)' is a directory\."), "{} est un dossier"),
    (re.compile(r"Directory '(.*)' is a file\."), "{} est un fichier"),
)
AIDE = (
    (re.compile(r"^Usage: ", re.MULTILINE), "Emploi : "),
    (re.compile(r"COMMAND \[ARGS\]\.\.\.", re.MULTILINE), "COMMANDE …"),
    (re.compile(r"^Options:$", re.MULTILINE), "Options :"),
    (re.compile(r"^Commands:$", re.MULTILINE), "Commandes :"),
    (re.compile(r"Show this message and exit\.", re.MULTILINE), "Affiche cette aide."),
    (re.compile(r"\[required\]", re.MULTILINE), "[obligatoire]"),
    (re.compile(r"\[default:", re.MULTILINE), "[par défaut :"),
    (re.compile(r"; required\]", re.MULTILINE), " ; obligatoire]"),
)


class LigneRefusee(click.ClickException):
    """The command is not written as it must be: what is wrong, then how to know more."""

    exit_code = 2

    def __init__(self, erreur: click.UsageError):
        super().__init__(lisible(phrase(erreur)))
        self.contexte = erreur.ctx

    def show(self, file: Any = None) -> None:
        click.echo(f"Refusé : {self.message.removesuffix('.')}.", err=True)
        if self.contexte is not None:
            chemin = self.contexte.command_path
            click.echo(f"« {chemin} --help » dit comment elle s’écrit.", err=True)


class Jour(click.ParamType):
    """A day written AAAA-MM-JJ, in the bounds of every date of the base."""

    name = "AAAA-MM-JJ"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            jour = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            self.fail(f"« {value} » n’est pas un jour écrit AAAA-MM-JJ", param, ctx)
        if not dates.PREMIER_JOUR <= jour <= dates.DERNIER_JOUR:
            self.fail(
                f"« {value} » n’est pas entre le {dates.PREMIER_JOUR} et le {dates.DERNIER_JOUR}",
                param,
                ctx,
            )
        return jour


JOUR = Jour()


def phrase(erreur: click.UsageError) -> str:
    """Why the command line is refused, in French."""
    if isinstance(erreur, click.MissingParameter):
        return f"il manque {_nom(erreur)}"
    dit = erreur.message
    for anglais, francais in PHRASES:
        if lue := anglais.match(dit):
            dit = francais.format(*lue.groups())
            break
    if isinstance(erreur, click.BadParameter) and erreur.param is not None:
        return f"{_nom(erreur)} : {dit}"
    return dit


def _nom(erreur: click.BadParameter) -> str:
    """« --du »; « FICHIER » for an argument."""
    if erreur.param is None:
        return "une valeur"
    nom = erreur.param.opts[0]
    return nom.upper() if isinstance(erreur.param, click.Argument) else nom


def aide(texte: str) -> str:
    """The help that click writes, its own words in French."""
    for anglais, francais in AIDE:
        texte = anglais.sub(francais, texte)
    return texte
