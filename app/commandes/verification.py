"""``flask tandem verifier-journal``: is the audit log as it was written.

Each command also seals the lines that it wrote.
"""

import sys
from contextlib import suppress

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from app import acces, exploitation
from app.acces import sceau
from app.extensions import db
from app.indicateurs import saisies_refusees
from app.journal import moment
from app.models import Sceau
from app.regles.parametres import CONSERVATION_LECTURES_MOIS
from app.travaux.entretien import entretenir

from . import CommandeRefusee, agissant_pour, consigner_commande, tandem
from .base import premiere_ligne


@tandem.result_callback()
@with_appcontext
def sceller_ce_qui_a_ete_ecrit(resultat, **options) -> None:
    # A command that needs no base (modele) leaves nothing to seal, and says nothing of a base that
    # is not there.
    with suppress(OperationalError, ProgrammingError):
        sceau.sceller()


@tandem.command("verifier-journal")
@click.pass_context
def verifier_journal(contexte: click.Context) -> None:
    """Vérifie que le journal est tel qu’il a été écrit.

    Code 0 si rien n’a été modifié, supprimé ni ajouté ; sinon 1 et la première ligne touchée.
    """
    try:
        with acces.acteur(acces.TOUS, canal="commande"):
            consigner_commande({})
            db.session.commit()
            sceau.sceller()
            total = db.session.scalar(select(func.coalesce(func.sum(Sceau.nombre), 0)))
            db.session.rollback()
        with click.progressbar(length=total, label="Vérification", file=sys.stderr) as barre:
            constat = sceau.verifier(barre.update)
    except OperationalError as erreur:
        raise CommandeRefusee(
            f"la base ne répond pas : {premiere_ligne(erreur)}", code=2
        ) from erreur
    resultat = constat.alteration or f"{constat.lignes} lignes, {constat.sceaux} sceaux"
    exploitation.noter("verification", constat.alteration is None, resultat)
    if constat.alteration:
        click.echo(f"Le journal a été altéré : {constat.alteration}.", err=True)
        contexte.exit(1)
    _dire(constat)


def _dire(constat: sceau.ConstatJournal) -> None:
    """What was found of a log that is intact."""
    click.echo(f"Le journal est intact : {constat.lignes} lignes, {constat.sceaux} sceaux.")
    if constat.purges:
        click.echo(
            f"{constat.purges} consultations de plus de {CONSERVATION_LECTURES_MOIS.en_lettres}"
            " ont été purgées."
        )
    if dernier := constat.dernier:
        click.echo(
            f"Dernier sceau : n° {dernier.id}, du {moment(dernier.scelle_le)}, "
            f"empreinte {dernier.empreinte.hex()}."
        )
        _dire_ou_il_est_note(dernier.premiere)
    if constat.cles_inconnues:
        click.echo(
            "Attention : une partie des sceaux est signée avec une autre SECRET_KEY que celle "
            "d’ici ; leurs signatures n’ont pas pu être vérifiées. Relancez la commande avec la "
            "SECRET_KEY d’origine.",
            err=True,
        )


def _dire_ou_il_est_note(premiere: bytes) -> None:
    fichier = sceau.fichier_du_repere(premiere)
    if fichier is None:
        click.echo(
            "Il n’est noté que dans la base : TANDEM_REPERES nomme un dossier hors d’elle, commun "
            "à toutes les machines."
        )
    else:
        click.echo(f"Il est noté dans la base et dans {fichier}.")


@tandem.command("verifier-donnees")
@agissant_pour
def verifier_donnees() -> None:
    """Liste les fiches que les règles d’aujourd’hui refuseraient : dates, téléphones, longueurs…

    Code 0 s’il n’y en a pas, 1 sinon. Une règle n’empêche jamais de corriger un autre champ.
    """
    trouvees = 0
    for faute in saisies_refusees.lister():
        dossier = f", dossier {faute.dossier}" if faute.dossier else ""
        click.echo(f"{faute.fiche} {faute.numero}{dossier}, {faute.colonne} : {faute.phrase}")
        trouvees += 1
    click.echo(f"{trouvees} valeurs à corriger." if trouvees else "Rien à corriger.", err=True)
    sys.exit(1 if trouvees else 0)


@tandem.command("entretien")
@with_appcontext
def entretien() -> None:
    """Scelle le journal et efface ce qui a passé son terme : consultations, fichiers, sessions…"""
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({})
        db.session.commit()
    sceau.sceller()
    entretenir()
    click.echo("Fait.")
