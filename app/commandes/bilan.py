"""``flask tandem bilan``: the bilan as a Word document.

Of a year, of an MDS or of the whole Département.
"""

from datetime import date
from pathlib import Path

import click
from werkzeug.exceptions import Forbidden

from app.echanges.bilan import contenu as bilan
from app.echanges.bilan import document as bilan_document

from . import CommandeRefusee, agissant_pour, raison, tandem
from .emploi import JOUR
from .tableau import lire_mds


@tandem.command("bilan")
@click.option("--annee", type=int, required=True, metavar="AAAA", help="L’année, par exemple 2025.")
@click.option("--mds", "code", metavar="CODE", help="Une MDS (sinon : tout le Département).")
@click.option(
    "--au",
    type=JOUR,
    metavar="AAAA-MM-JJ",
    help="Bilan intermédiaire : son dernier jour.",
)
@click.option(
    "--sortie", metavar="F.docx", type=click.Path(path_type=Path), help="Le fichier à écrire."
)
@agissant_pour
def produire_bilan(annee: int, code: str | None, au: date | None, sortie: Path | None) -> None:
    """Écrit le bilan d’une année, sans nom de jeune."""
    if sortie is None or sortie.suffix.lower() != ".docx":
        raise CommandeRefusee(
            "donnez le fichier à écrire : --sortie, un nom qui finit par .docx.", code=2
        )
    try:
        prepare = bilan.preparer_bilan(annee, lire_mds(code), au)
        bilan_document.ecrire(prepare, sortie)
    except bilan.BilanRefuse as erreur:
        raise CommandeRefusee(str(erreur), code=2) from erreur
    except Forbidden as erreur:
        raise CommandeRefusee(erreur.description) from erreur
    except OSError as erreur:
        raise CommandeRefusee(
            f"{sortie} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur
    click.echo(f"{sortie} : {prepare.titre}, {prepare.territoire}.")
