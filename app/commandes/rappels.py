"""``flask tandem rappels``: write to each person what waits for them (a planned task runs it)."""

import click
from flask import current_app

from app import exploitation
from app.rappels import tournee
from app.regles.age import aujourd_hui

from . import CommandeRefusee, application, tandem


@tandem.command("rappels")
def rappels() -> None:
    """Écrit à chacun ce qui l’attend, une fois, et envoie ce qui est écrit.

    Code 1 si le serveur de courriel ne répond pas ou refuse une adresse : ce qui n’est pas parti
    attend la prochaine fois.
    """
    if current_app.config["SMTP"] is None:
        raise CommandeRefusee(
            "aucun serveur de courriel n’est réglé : donnez TANDEM_SMTP_HOTE"
            " (docs/exploitation.md)."
        )
    bilan = tournee.faire(application(), aujourd_hui())
    exploitation.noter("rappels", bilan.est_bon, bilan.en_texte())
    if not bilan.est_bon:
        raise CommandeRefusee(f"{bilan.en_texte()}.")
    click.echo(f"Rappels : {bilan.en_texte()}.")
