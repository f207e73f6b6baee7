"""``flask tandem importer | exporter | modele``: the classeur de reprise, from the command line."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import current_app

from app.echanges.formats.ecriture import TropDeLignes
from app.echanges.formats.examen import ClasseurRefuse, Limites
from app.echanges.reprise import annulation, application, extraction
from app.echanges.reprise.application import OptionsDImport
from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.fichier import ColonnesADecider
from app.echanges.reprise.lecture import CelluleRefusee
from app.echanges.reprise.rapport import RapportDImport
from app.regles.texte import accorder, en_milliers
from app.travaux import colonnes
from app.travaux.colonnes import CorrespondanceRefusee

from . import CommandeRefusee, agissant_pour, raison, tandem

FICHIER = click.Path(dir_okay=False, path_type=Path)
DETAILS = 200
"""Created rows, changed cells and refusals that the report shows on a terminal; --json gives all
the refusals."""


class Progression:
    """A line on the standard error that says how far it is.

    Nothing when nobody watches and the work is short.
    """

    def __init__(self) -> None:
        self.derniere = ""
        self.ecrite = False

    def __call__(self, etape: str, fait: int, total: int) -> None:
        part = f"{etape} : {100 * fait // max(total, 1)} %"
        if part != self.derniere and sys.stderr.isatty():
            click.echo(f"\r{part:<30}", err=True, nl=False)
            self.derniere = part
            self.ecrite = True

    def finir(self) -> None:
        if self.ecrite:
            click.echo("\r" + " " * 30 + "\r", err=True, nl=False)


@tandem.command("importer")
@click.argument("fichier", type=FICHIER)
@click.option(
    "--essai", is_flag=True, help="Montre ce qui serait créé, modifié et refusé ; n’écrit rien."
)
@click.option(
    "--garder-les-bonnes",
    is_flag=True,
    help="Importe les lignes justes et laisse de côté les autres.",
)
@click.option(
    "--correspondance",
    metavar="NOM",
    help="Les colonnes vont où le dit ce qui a été retenu à l’écran sous ce nom.",
)
@click.option("--effacer", is_flag=True, help="Une cellule vide efface ce qui existe.")
@click.option("--mds", default="", help="MDS des jeunes d’un fichier qui ne la dit pas (code).")
@click.option("--coordonnateur", default="", help="Coordonnateur, si aucune colonne ne le nomme.")
@click.option("--json", "en_json", is_flag=True, help="Le rapport en JSON sur la sortie standard.")
@agissant_pour
def importer(
    fichier: Path,
    essai: bool,
    garder_les_bonnes: bool,
    correspondance: str | None,
    en_json: bool,
    **choix: Any,
) -> None:
    """Importe FICHIER, classeur de reprise ou autre : en entier, ou pas du tout s’il a des erreurs.

    Les colonnes d’un autre fichier vont où Tandem les reconnaît, sinon dans les observations.
    --correspondance suit celles qu’une personne a retenues à l’écran.

    Code de sortie : 0 importé, 1 refusé, 2 illisible ou trop grand.
    """
    progression = Progression()
    options = OptionsDImport(essai, garder_les_bonnes, DETAILS, choix=ChoixDuFichier(**choix))
    try:
        rapport = _importer(fichier, options, correspondance, progression)
    except (ClasseurRefuse, CorrespondanceRefusee) as refus:
        raise CommandeRefusee(str(refus), code=2) from refus
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être lu ({raison(erreur)}).", code=2
        ) from erreur
    except (application.ImportInterdit, application.ConflitEcriture) as refus:
        raise CommandeRefusee(str(refus)) from refus
    finally:
        progression.finir()
    for avertissement in rapport.avertissements:
        click.echo(avertissement, err=True)
    if en_json:
        click.echo(json.dumps(_en_json(rapport), ensure_ascii=False))
    else:
        _raconter(rapport, essai)
    if rapport.refus and not garder_les_bonnes:
        sys.exit(1)


def _importer(
    fichier: Path, options: OptionsDImport, correspondance: str | None, progression: Progression
) -> RapportDImport:
    """Raises CorrespondanceRefusee, and what ``application.importer`` does.

    A classeur de reprise names its columns: nothing that was kept changes them.
    """
    if correspondance is None:
        return application.importer(fichier, limites(), options, progression)
    options.choix.fait = False
    retenues = colonnes.retenues_sous(correspondance)
    try:
        return application.importer(fichier, limites(), options, progression)
    except ColonnesADecider as question:
        colonnes.suivre(question, retenues, options.choix)
    return application.importer(fichier, limites(), options, progression)


@tandem.command("exporter")
@click.argument("fichier", type=FICHIER)
@agissant_pour
def exporter(fichier: Path) -> None:
    """Écrit dans FICHIER (.xlsx) tout le classeur de reprise."""
    progression = Progression()
    try:
        nombres = extraction.exporter(fichier, avancer=progression)
    except (extraction.ExportInterdit, TropDeLignes) as refus:
        raise CommandeRefusee(str(refus)) from refus
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur
    finally:
        progression.finir()
    click.echo(
        f"{fichier} : {accorder(sum(nombres.values()), 'ligne', 'lignes')}. Ce fichier contient des"
        " données personnelles."
    )


@tandem.command("modele")
@click.argument("fichier", type=FICHIER)
@agissant_pour
def modele(fichier: Path) -> None:
    """Écrit dans FICHIER (.xlsx) le classeur de reprise vide, avec ses listes et son aide."""
    try:
        extraction.ecrire_modele(fichier)
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur
    click.echo(f"{fichier} : le modèle à remplir.")


@tandem.command("annuler-import")
@click.argument("numero", type=click.IntRange(1, 2_147_483_647))
@click.option("--reste", is_flag=True, help="Garder ce qui a changé depuis, annuler le reste.")
@agissant_pour
def annuler_import(numero: int, reste: bool) -> None:
    """Annule d’un bloc l’import NUMERO, si rien n’a été changé depuis."""
    try:
        annulation.annuler(numero, reste=reste)
    except annulation.AnnulationRefusee as refus:
        for ligne in refus.lignes[:DETAILS]:
            click.echo(
                f"{ligne.le:%d/%m/%Y %H:%M} · {ligne.login or 'commande'} · {ligne.operation}"
                f" · {ligne.table_nom} {ligne.cle}",
                err=True,
            )
        raise CommandeRefusee(str(refus)) from refus
    click.echo(f"L’import {numero} est annulé.")


def limites() -> Limites:
    reglages = current_app.config
    return Limites(
        reglages["IMPORT_OCTETS_COMMANDE"], reglages["IMPORT_LIGNES"], reglages["IMPORT_COLONNES"]
    )


def _en_json(rapport: RapportDImport) -> dict[str, object]:
    return {
        "crees": rapport.crees,
        "modifies": rapport.modifies,
        "inchanges": rapport.inchanges,
        "refus": [_refus_en_json(refus) for refus in rapport.refus],
    }


def _refus_en_json(refus: CelluleRefusee) -> dict[str, object]:
    dit = asdict(refus)
    del dit["se_corrige"]
    if refus.proposition is None:
        del dit["proposition"]
    return dit


def _raconter(rapport: RapportDImport, essai: bool) -> None:
    """The report for a person: what was done (or would be), then what is refused, one line each."""
    if essai:
        for feuille, ligne, fiche in rapport.nouveautes:
            click.echo(f"{feuille}, ligne {ligne} : crée {fiche}")
        for c in rapport.changements:
            click.echo(
                f"{c.feuille}, ligne {c.ligne} ({c.fiche}), {c.colonne} :"
                f" « {c.avant} » → « {c.apres} »"
            )
    for refus in rapport.refus[:DETAILS]:
        lue = f" (lu : « {refus.valeur} »)" if refus.valeur else ""
        click.echo(f"{refus.feuille}, ligne {refus.ligne}, {refus.colonne} : {refus.raison}{lue}")
        if refus.proposition is not None:
            click.echo(f"    proposé : « {refus.proposition.valeur} » {refus.proposition.raison}")
    if len(rapport.refus) > DETAILS:
        autres = accorder(len(rapport.refus) - DETAILS, "autre", "autres")
        click.echo(f"… et {autres} refus (--json les donne tous).")
    for feuille, (crees, modifies) in rapport.par_feuille.items():
        click.echo(f"{feuille} : {crees} à créer, {modifies} à modifier")
    if essai:
        suite = "Essai : rien n’a été écrit."
    elif rapport.importation:
        suite = f"Import {rapport.importation} appliqué."
    elif rapport.refus:
        suite = "Rien n’a été écrit : corrigez, ou recommencez avec --garder-les-bonnes."
    else:
        suite = "Rien à changer : tout est déjà dans Tandem."
    comptees = (
        accorder(rapport.crees, "ligne créée", "lignes créées"),
        accorder(rapport.modifies, "modifiée", "modifiées"),
        accorder(rapport.inchanges, "inchangée", "inchangées"),
        f"{en_milliers(len(rapport.refus))} refus",
    )
    click.echo(f"{', '.join(comptees)}. {suite}")
