"""The first administrator, and the accounts of the demonstration."""

import click
from flask import current_app
from sqlalchemy import Connection, func, or_, select, text

from app import acces
from app.connexion import motdepasse, second_facteur, verrouillage
from app.extensions import db
from app.models import Compte, Habilitation

from . import CommandeRefusee, consigner_commande, tandem

DOMAINE_DE_DEMONSTRATION = "demonstration.invalid"
"""The addresses of demonstration accounts end with it; production refuses to serve with one of them
open."""


@tandem.command("administrateur")
@click.argument("login")
@click.option("--prenom", help="Demandé pour un compte neuf.")
@click.option("--nom", help="Demandé pour un compte neuf.")
@click.option("--courriel", help="Demandé pour un compte neuf.")
@click.option(
    "--demander",
    is_flag=True,
    help="Taper le mot de passe (sinon il est tiré au hasard et affiché une fois).",
)
@click.option(
    "--sans-second-facteur",
    is_flag=True,
    help="Retirer le second facteur (téléphone perdu) : il en activera un autre.",
)
def administrateur(
    login: str, *, demander: bool, sans_second_facteur: bool, **identite: str | None
) -> None:
    """Crée l’administrateur technique LOGIN.

    Pour un compte qui existe, le rouvre et change son mot de passe.
    """
    with acces.acteur(acces.TOUS, canal="commande"):
        compte = db.session.scalar(select(Compte).where(Compte.username == login))
        if compte is None:
            compte = _creer_administrateur(login, identite)
        compte.active = True
        tire = None
        if demander:
            motdepasse.poser(compte, _saisir(compte))
        else:
            tire = motdepasse.poser_temporaire(compte)
        if sans_second_facteur:
            second_facteur.retirer(compte)
        verrouillage.rouvrir(compte.id)
        habiliter(compte, "ADMINISTRATEUR")
        consigner_commande({"compte": login})
        db.session.commit()
    click.echo(f"{login} est administrateur technique de Tandem.")
    if tire is not None:
        jours = current_app.config["MOT_DE_PASSE_TEMPORAIRE_JOURS"]
        click.echo(f"Il choisira son mot de passe à sa première connexion, dans les {jours} jours.")
        click.echo(f"Mot de passe temporaire, affiché cette seule fois : {tire}")


def _creer_administrateur(login: str, identite: dict[str, str | None]) -> Compte:
    """Refused without a first name, a last name and an address that no other account has."""
    prenom = identite["prenom"]
    nom = identite["nom"]
    courriel = identite["courriel"]
    if not (prenom and nom and courriel):
        raise CommandeRefusee(
            f"« {login} » est un compte neuf : donnez --prenom, --nom et --courriel."
        )
    if db.session.scalar(select(Compte.id).where(Compte.email == courriel)):
        raise CommandeRefusee(f"un autre compte porte déjà l’adresse {courriel}.")
    return creer_compte(login, prenom, nom, courriel)


def creer_compte(
    login: str, prenom: str, nom: str, courriel: str, mot_de_passe: str | None = None
) -> Compte:
    """An open account without any right yet, flushed; without a password, nobody signs in to it."""
    hache = None
    if mot_de_passe is not None:
        hache = motdepasse.hacher(mot_de_passe)
    compte = Compte(
        username=login,
        first_name=prenom,
        last_name=nom,
        email=courriel,
        active=True,
        password=hache,
    )
    db.session.add(compte)
    db.session.flush()
    return compte


def habiliter(compte: Compte, role: str, mds_id: int | None = None) -> None:
    """Give a role in an MDS (None: all) from today, unless the account holds it already."""
    present = select(Habilitation.id).where(
        Habilitation.compte_id == compte.id,
        Habilitation.role_code == role,
        Habilitation.mds_id.is_not_distinct_from(mds_id),
        Habilitation.du <= func.current_date(),
        or_(Habilitation.au.is_(None), Habilitation.au >= func.current_date()),
    )
    if db.session.scalar(present) is None:
        db.session.add(
            Habilitation(compte_id=compte.id, role_code=role, mds_id=mds_id, du=func.current_date())
        )


def comptes_de_demonstration_ouverts(connexion: Connection) -> list[str]:
    requete = text(
        "select username from ab_user where active and email like :fin order by username"
    )
    return list(connexion.scalars(requete, {"fin": f"%@{DOMAINE_DE_DEMONSTRATION}"}))


def _saisir(compte: Compte) -> str:
    mot_de_passe = click.prompt(
        "Mot de passe", hide_input=True, confirmation_prompt="Encore une fois"
    )
    if refus := motdepasse.refus(mot_de_passe, compte):
        raise CommandeRefusee(f"ce mot de passe ne convient pas. {refus}")
    return mot_de_passe
