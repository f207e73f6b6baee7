"""``flask tandem tableau``: the monthly table of an MDS, or of the whole Département."""

from contextlib import nullcontext
from pathlib import Path

import click
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from app.echanges.formats.ecriture import TropDeLignes
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import paquets
from app.models import Mds

from . import CommandeRefusee, agissant_pour, raison, tandem


@tandem.command("tableau")
@click.option("--mois", metavar="AAAA-MM", default="", help="Le mois, par exemple 2025-06.")
@click.option("--mds", "code", metavar="CODE", help="Une MDS (sinon : tout le Département).")
@click.option(
    "--sortie", metavar="F.xlsx", type=click.Path(path_type=Path), help="Le fichier à écrire."
)
@click.option(
    "--direct", is_flag=True, help="Compter tous les jeunes, sans lire ce qui a été gardé."
)
@agissant_pour
def tableau(mois: str, code: str | None, sortie: Path | None, *, direct: bool) -> None:
    """Écrit le tableau de suivi mensuel, sans nom de jeune."""
    if sortie is None or sortie.suffix.lower() != ".xlsx":
        raise CommandeRefusee(
            "donnez le fichier à écrire : --sortie, un nom qui finit par .xlsx.", code=2
        )
    try:
        with paquets.directement() if direct else nullcontext():
            rapport = tableau_mensuel.calculer_le_mois(
                tableau_mensuel.lire_mois(mois), lire_mds(code)
            )
            nombre = tableau_classeur.ecrire(rapport, sortie)
    except tableau_mensuel.MoisRefuse as erreur:
        raise CommandeRefusee(f"--mois : {erreur}", code=2) from erreur
    except Forbidden as erreur:
        raise CommandeRefusee(erreur.description) from erreur
    except TropDeLignes as erreur:
        raise CommandeRefusee(str(erreur)) from erreur
    except OSError as erreur:
        raise CommandeRefusee(
            f"{sortie} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur
    jeunes = "jeunes" if nombre > 1 else "jeune"
    click.echo(f"{sortie} : {rapport.territoire}, {rapport.mois}, {nombre} {jeunes}.")


def lire_mds(code: str | None) -> Mds | None:
    if code is None:
        return None
    mds = db.session.scalar(select(Mds).where(Mds.code == code.strip().upper()))
    if mds is None:
        connues = ", ".join(db.session.scalars(select(Mds.code).order_by(Mds.code)))
        raise CommandeRefusee(
            f"--mds : « {code} » n’est pas le code d’une MDS ({connues}).", code=2
        )
    return mds
