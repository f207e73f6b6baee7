"""``flask tandem travaux``: work the queue (``run.py`` starts it; alone on another machine)."""

import click
from flask.globals import app_ctx

from app.travaux import file

from . import tandem


@tandem.command("travaux")
@click.option("--une-fois", is_flag=True, help="S’arrête quand la file est vide.")
def travaux(une_fois: bool) -> None:
    """Fait les travaux demandés (exports, imports, tableaux, bilans), avec les droits de qui les a
    demandés."""
    file.travailler(app_ctx.app, attendre=not une_fois)
