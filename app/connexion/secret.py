"""What must be read again (second factor, provider's token) is encrypted with a key derived from
SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


class SecretIllisible(Exception):
    """SECRET_KEY has changed since: what it encrypted is lost."""


def chiffrer(clair: str) -> str:
    return _fernet().encrypt(clair.encode()).decode()


def dechiffrer(chiffre: str) -> str:
    try:
        return _fernet().decrypt(chiffre.encode()).decode()
    except InvalidToken as erreur:
        raise SecretIllisible from erreur


def dechiffrer_si_possible(chiffre: str | None) -> str | None:
    """None for nothing, and for what another SECRET_KEY encrypted."""
    if not chiffre:
        return None
    try:
        return dechiffrer(chiffre)
    except SecretIllisible:
        return None


def cle_secrete() -> bytes:
    """SECRET_KEY, that ``create_app`` requires."""
    cle = current_app.secret_key
    if isinstance(cle, str):
        return cle.encode()
    if cle is None:
        raise RuntimeError("SECRET_KEY is not set")
    return cle


def deriver(usage: str, taille: int = 32) -> bytes:
    """A key of its own for each use: what leaks of one says nothing of the others."""
    hkdf = HKDF(hashes.SHA256(), taille, salt=None, info=usage.encode())
    return hkdf.derive(cle_secrete())


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(deriver("tandem secrets du compte")))
