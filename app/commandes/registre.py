"""``flask tandem registre``: the register of columns, for the DPO."""

import csv
import io
from pathlib import Path

import click
from flask import current_app

from app.models import registre

from . import CommandeRefusee, raison, tandem


@tandem.command("registre")
@click.argument("fichier", required=False, type=click.Path(path_type=Path))
@click.option("--fiche", is_flag=True, help="La fiche de registre (article 30), en texte.")
def produire(fichier: Path | None, fiche: bool) -> None:
    """Donne le registre des colonnes : nature, finalité, conservation, anonymisation (CSV)."""
    if fiche:
        texte = registre.fiche(current_app.config["DEPARTEMENT"].nom)
        dit = "fiche de registre"
    else:
        lignes = registre.en_tableau()
        texte = _csv(lignes)
        dit = f"{len(lignes) - 1} colonnes"
    if fichier is None:
        click.echo(texte, nl=False)
        return
    try:
        fichier.write_text(texte, encoding="utf-8-sig", newline="")
    except OSError as erreur:
        raise CommandeRefusee(f"{fichier} ne s’écrit pas : {raison(erreur)}.", code=2) from erreur
    click.echo(f"Écrit : {fichier} ({dit}).")


def _csv(lignes: list[tuple[str, ...]]) -> str:
    sortie = io.StringIO()
    csv.writer(sortie, delimiter=";").writerows(lignes)
    return sortie.getvalue()
