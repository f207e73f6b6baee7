"""``flask tandem indicateurs``: the figures of a period, for a script (JSON) or a person (text).

``verifier-chiffres`` compares what is kept (figures, checks, duplicates) with what the statement
answers.
"""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, timedelta

import click
from werkzeug.exceptions import Forbidden

from app import exploitation
from app.indicateurs import (
    Periode,
    Resultats,
    anomalies,
    calculer,
    calculer_ensemble,
    chiffres_des_jeunes,
    colonnes_du_mois,
    doublons,
    graphiques,
    paquets,
)
from app.regles.age import aujourd_hui

from . import CommandeRefusee, agissant_pour, tandem
from .emploi import JOUR
from .tableau import lire_mds


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
@click.option(
    "--direct", is_flag=True, help="Compter tous les jeunes, sans lire ce qui a été gardé."
)
@agissant_pour
def indicateurs(du: date, au: date, mds: str | None, forme: str, *, direct: bool) -> None:
    """Affiche les indicateurs d’évaluation d’une période."""
    with paquets.directement() if direct else nullcontext():
        resultats = chiffres(du, au, mds)
    if forme == "json":
        click.echo(json.dumps(resultats.json(), ensure_ascii=False, indent=1))
    else:
        click.echo(_en_texte(resultats))


def chiffres(du: date, au: date, mds: str | None) -> Resultats:
    """The figures, or a refusal that a command can show."""
    if au < du:
        raise CommandeRefusee("la période finit avant d’avoir commencé (--au avant --du).", code=2)
    nommee = lire_mds(mds)
    try:
        return calculer(du, au, nommee and nommee.code)
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


@tandem.command("verifier-chiffres")
@agissant_pour
@click.pass_context
def verifier_chiffres(contexte: click.Context) -> None:
    """Compare ce qui est gardé (chiffres, contrôles, doublons) au décompte de tous les jeunes.

    Code 0 si tout est égal. Sinon 1 : ce qui diffère, et tout ce qui était gardé est oublié.
    """
    des_chiffres = [*_demandes_habituelles(), *chiffres_des_jeunes.gardees()]
    fautes = [faute for demande in des_chiffres for faute in _ecarts(demande)]
    demandes = _demandes_de_controles()
    fautes += [faute for demande in demandes for faute in _ecarts_des_controles(demande)]
    if fautes:
        paquets.oublier()
    for faute in fautes:
        click.echo(faute, err=True)
    bilan = f"{len(des_chiffres) + len(demandes)} demandes comparées, {len(fautes)} écarts"
    exploitation.noter("chiffres", not fautes, bilan)
    click.echo(f"{bilan}.")
    contexte.exit(1 if fautes else 0)


def _demandes_de_controles() -> list[paquets.Demande]:
    """Those that are kept, those of the last month that is over."""
    mois = _dernier_mois()
    toutes: list[paquets.Demande] = [
        *anomalies.demandes(mois.replace(day=1), mois, None),
        doublons.DemandeDeDoublons.de(None),
        *anomalies.gardees(),
        *doublons.gardees(),
    ]
    return [*{demande.cle: demande for demande in toutes}.values()]


def _dernier_mois() -> date:
    """The last day of the last month that is over."""
    return aujourd_hui().replace(day=1) - timedelta(days=1)


def _demandes_habituelles() -> list[list[Periode]]:
    """The last month that is over, as its table asks it, and the year until today."""
    le = aujourd_hui()
    mois = _dernier_mois()
    return [
        [*colonnes_du_mois(mois).values(), *graphiques.tendance(mois, None)],
        [Periode(le.replace(month=1, day=1), le)],
    ]


def _ecarts(periodes: list[Periode]) -> Iterator[str]:
    """A sentence a figure that is not the same both ways.

    A write between the two would make them differ: what differs is looked at again.
    """
    for _ in range(paquets.ESSAIS):
        gardes = calculer_ensemble(periodes)
        with paquets.directement():
            directs = calculer_ensemble(periodes)
        differents = [
            (garde, direct, code)
            for garde, direct in zip(gardes, directs, strict=True)
            for code in garde.chiffres
            if garde[code] != direct[code]
        ]
        if not differents:
            return
    for garde, direct, code in differents:
        ou = garde.mds or "le Département"
        yield (
            f"{code}, du {garde.du:%d/%m/%Y} au {garde.au:%d/%m/%Y}, {ou} :"
            f" gardé {garde[code].texte}, compté {direct[code].texte}."
        )


def _ecarts_des_controles(demande: paquets.Demande) -> Iterator[str]:
    """The same of the checks and of the likely duplicates."""
    for _ in range(paquets.ESSAIS):
        with paquets.lecture() as recomptes:
            garde = paquets.compter(demande, recomptes)
        with paquets.directement(), paquets.lecture() as recomptes:
            direct = paquets.compter(demande, recomptes)
        if garde == direct:
            return
    for cle in sorted(garde | direct):
        if garde[cle] != direct[cle]:
            yield f"{demande.sorte}, {cle} : gardé {garde[cle]}, compté {direct[cle]}."
