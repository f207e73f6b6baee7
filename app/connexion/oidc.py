"""Who may come in by an OpenID Connect provider (``fournisseur``), and whose account it opens.

An identity opens an account that exists, found by the e-mail address that the provider has
verified, then for ever by the provider's own number (``sub``). No account is made here: rights come
from people. Tried with ProConnect and Keycloak.
"""

from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import func, select

from app.extensions import db
from app.models import Authentification, Compte

from .motdepasse import authentification


class IdentiteRefusee(Exception):
    """The provider's answer is not one that we can trust; the text goes to the log."""


class FournisseurInjoignable(Exception):
    """The provider does not answer."""


@dataclass(frozen=True)
class Identite:
    """Who the provider says it is.

    ``sujet`` is its own number for the person, ``courriel`` the address it vouches for (None when
    it does not), ``fort`` whether a second factor was shown.
    """

    emetteur: str
    sujet: str
    courriel: str | None
    fort: bool
    jeton: str


def declarer(app: Flask) -> None:
    """Without a provider in the settings, its libraries are not even read."""
    if app.config["OIDC"] is not None:
        from . import fournisseur

        fournisseur.declarer(app)


def propose() -> str | None:
    """The name of the provider, when there is one."""
    reglages = current_app.config["OIDC"]
    return reglages and reglages["nom"]


def compte_de(identite: Identite) -> Compte | None:
    """The open account of this identity, tied to it from the first time."""
    connu = db.session.scalar(
        select(Compte)
        .join(Authentification, Authentification.compte_id == Compte.id)
        .where(
            Authentification.oidc_emetteur == identite.emetteur,
            Authentification.oidc_sujet == identite.sujet,
        )
    )
    if connu is not None and connu.is_active:
        return connu
    if connu is not None or identite.courriel is None:
        return None
    comptes = db.session.scalars(
        select(Compte).where(func.lower(Compte.email) == identite.courriel.lower(), Compte.active)
    ).all()
    if len(comptes) != 1:
        return None
    compte = comptes[0]
    auth = authentification(compte.id)
    # Already tied: at the provider, the address has been given to someone else.
    if auth.oidc_sujet is not None:
        return None
    auth.oidc_emetteur = identite.emetteur
    auth.oidc_sujet = identite.sujet
    db.session.flush()
    return compte
