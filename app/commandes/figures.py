"""``flask tandem indicateurs``: the figures of a period, for a script (JSON) or a person (text)."""

import json
from datetime import date, datetime

import click
from werkzeug.exceptions import Forbidden, NotFound

from app.indicateurs import Resultats, calculer

from . import CommandeRefusee, agissant_pour, tandem

JOUR = click.DateTime(["%Y-%m-%d"])


@tandem.command("indicateurs")
@click.option(
    "--du", required=True, type=JOUR, metavar="AAAA-MM-JJ", help="Premier jour de la période."
)
@click.option(
    "--au",
    required=True,
    type=JOUR,
    metavar="AAAA-MM-JJ",
    help="Dernier jour de la période, compris.",
)
@click.option("--mds", metavar="CODE", help="Une MDS (ART, LLI…) ; sinon, tout le Département.")
@click.option(
    "--format", "forme", type=click.Choice(["json", "texte"]), default="texte", show_default=True
)
@agissant_pour
def indicateurs(du: datetime, au: datetime, mds: str | None, forme: str) -> None:
    """Affiche les indicateurs d’évaluation d’une période."""
    resultats = chiffres(du.date(), au.date(), mds)
    if forme == "json":
        click.echo(json.dumps(resultats.json(), ensure_ascii=False, indent=1))
    else:
        click.echo(_en_texte(resultats))


def chiffres(du: date, au: date, mds: str | None) -> Resultats:
    """The figures, or a refusal that a command can show."""
    if au < du:
        raise CommandeRefusee("la période finit avant d’avoir commencé (--au avant --du).", code=2)
    try:
        return calculer(du, au, (mds or "").strip().upper() or None)
    except NotFound:
        raise CommandeRefusee(f"aucune MDS ne porte le code « {mds} ».", code=2) from None
    except Forbidden as erreur:
        raise CommandeRefusee(erreur.description) from None


def _en_texte(resultats: Resultats) -> str:
    ou = f"MDS {resultats.mds}" if resultats.mds else "tout le Département"
    lignes = [f"Indicateurs du {resultats.du:%d/%m/%Y} au {resultats.au:%d/%m/%Y}, {ou}", ""]
    for chiffre in resultats:
        code = chiffre.code if chiffre.indicateur.au_contrat else ""
        ligne = f"{code:<4} {chiffre.indicateur.titre} : {chiffre.texte}"
        if chiffre.complement:
            ligne += f"  ({chiffre.complement})"
        lignes.append(ligne)
    return "\n".join(lignes)
