"""The secret address of a person's calendar: drawn, shown once, taken back.

The base keeps its hash: neither a backup nor the base itself opens a calendar.
"""

import hashlib
import secrets

from sqlalchemy import func, select

from app.extensions import db
from app.models import Compte
from app.models.connexion import Authentification

from . import motdepasse

OCTETS = 32


def tirer(compte_id: int) -> str:
    """A new secret for this account; the one before opens nothing any more."""
    secret = secrets.token_urlsafe(OCTETS)
    sienne = motdepasse.authentification(compte_id)
    sienne.agenda_hash = _hash(secret)
    sienne.agenda_depuis = func.now()
    return secret


def retirer(compte_id: int) -> None:
    sienne = motdepasse.authentification(compte_id)
    sienne.agenda_hash = None
    sienne.agenda_depuis = None


def compte_de(secret: str) -> int | None:
    """The open account whose calendar this secret opens. The caller acts as ``connexion``."""
    return db.session.scalar(
        select(Compte.id)
        .join(Authentification, Authentification.compte_id == Compte.id)
        .where(Authentification.agenda_hash == _hash(secret), Compte.active)
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
