"""``flask tandem registre``: the register of columns, for the DPO."""

import csv
import sys
from pathlib import Path

import click

from app.models import registre

from . import CommandeRefusee, raison, tandem


@tandem.command("registre")
@click.argument("fichier", required=False, type=click.Path(path_type=Path))
def produire(fichier: Path | None) -> None:
    """Donne le registre des colonnes : libellé, nature, journal, anonymisation (CSV)."""
    lignes = registre.en_tableau()
    if fichier is None:
        csv.writer(sys.stdout, delimiter=";").writerows(lignes)
        return
    try:
        with fichier.open("w", encoding="utf-8-sig", newline="") as sortie:
            csv.writer(sortie, delimiter=";").writerows(lignes)
    except OSError as erreur:
        raise CommandeRefusee(f"{fichier} ne s’écrit pas : {raison(erreur)}.", code=2) from erreur
    click.echo(f"Écrit : {fichier} ({len(lignes) - 1} colonnes).")
