"""``flask tandem rappels``: write to each person what waits for them (a timer runs it)."""

from datetime import date

import click
from flask import current_app

from app.extensions import db
from app.rappels import tournee
from app.travaux import file

from . import CommandeRefusee, application, tandem
from .emploi import JOUR


@tandem.command("rappels")
@click.option("--tout-de-suite", is_flag=True, help="Les fait ici, sans la file, et dit le bilan.")
@click.option(
    "--le",
    type=JOUR,
    help="Ceux de ce jour (sinon : d’aujourd’hui) ; les fait ici, sans la file.",
)
def rappels(tout_de_suite: bool, le: date | None) -> None:
    """Demande à la file d’écrire à chacun ce qui l’attend, une fois, et d’envoyer ce qui est écrit.

    « État du service » dit ce qu’il en a été. Avec --tout-de-suite ou --le, code 1 si le serveur de
    courriel ne répond pas ou refuse une adresse. Ce qui n’est pas parti attend la prochaine fois.
    """
    if current_app.config["SMTP"] is None:
        raise CommandeRefusee(
            "aucun serveur de courriel n’est réglé : donnez TANDEM_SMTP_HOTE"
            " (docs/exploitation.md)."
        )
    if not tout_de_suite and le is None:
        mise = file.planifier("rappels")
        db.session.commit()
        click.echo(f"Rappels : {'mis dans la file' if mise else 'déjà dans la file'}.")
        return
    bilan = tournee.tourner(application(), le)
    if not bilan.est_bon:
        raise CommandeRefusee(f"{bilan.en_texte()}.")
    click.echo(f"Rappels : {bilan.en_texte()}.")
