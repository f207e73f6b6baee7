"""``flask tandem mds``: the territories of the Département."""

from datetime import date

import click
from sqlalchemy import select

from app.extensions import db
from app.models import Mds, Service
from app.regles.age import aujourd_hui
from app.regles.territoire import refus_d_ouverture

from . import CommandeRefusee, GroupeDeCommandes, agissant_pour, tandem
from .emploi import JOUR


@tandem.group("mds", cls=GroupeDeCommandes)
def mds() -> None:
    """Les MDS : les lister, en ajouter une."""


@mds.command("lister")
@agissant_pour
def lister() -> None:
    """Écrit le code, le nom et le jour d’ouverture de chaque MDS."""
    for une in db.session.scalars(select(Mds).order_by(Mds.code)):
        ouverte = "depuis le début" if une.ouverte_le is None else f"{une.ouverte_le:%d/%m/%Y}"
        click.echo(f"{une.code}\t{une.nom}\t{ouverte}")


@mds.command("ajouter")
@click.argument("code")
@click.argument("nom")
@click.option(
    "--ouverte-le",
    type=JOUR,
    help="Le jour d’ouverture (sinon : aujourd’hui).",
)
@click.option("--sef", help="Le nom de son Service Enfance Famille.")
@click.option("--slai", help="Le nom de son Service Local Allocation Insertion.")
@agissant_pour
def ajouter(
    code: str, nom: str, ouverte_le: date | None, sef: str | None, slai: str | None
) -> None:
    """Ajoute la MDS NOM, de code CODE (trois caractères), et ses services."""
    code = code.strip().upper()
    nom = nom.strip()
    le = ouverte_le or aujourd_hui()
    if not code.isascii() or not code.isalnum() or len(code) != 3:
        raise CommandeRefusee(
            f"« {code} » : le code d’une MDS est de trois lettres ou chiffres.", code=2
        )
    if not nom or len(nom) > 60:
        raise CommandeRefusee("le nom d’une MDS compte de 1 à 60 caractères.", code=2)
    if refus := refus_d_ouverture(le, aujourd_hui()):
        raise CommandeRefusee(refus)
    if db.session.scalar(select(Mds.id).where(Mds.code == code)):
        raise CommandeRefusee(f"une MDS porte déjà le code {code}.")
    neuve = Mds(code=code, nom=nom, ouverte_le=le)
    db.session.add(neuve)
    db.session.flush()
    for sorte, service in (("SEF", sef), ("SLAI", slai)):
        if service:
            db.session.add(Service(mds_id=neuve.id, type=sorte, nom=service.strip()))
    db.session.commit()
    click.echo(f"La MDS {nom} ({code}) ouvre le {le:%d/%m/%Y}. Donnez-y maintenant des rôles.")
