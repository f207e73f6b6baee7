"""What must be read again (a second factor, a token, a file) is encrypted with SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


class SecretIllisible(Exception):
    """SECRET_KEY has changed since: what it encrypted is lost."""


def chiffrer(clair: str) -> str:
    return chiffrer_octets(clair.encode()).decode()


def dechiffrer(chiffre: str) -> str:
    return dechiffrer_octets(chiffre.encode()).decode()


def chiffrer_octets(clair: bytes) -> bytes:
    return _fernet().encrypt(clair)


def dechiffrer_octets(chiffre: bytes) -> bytes:
    try:
        return _fernet().decrypt(chiffre)
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
    return current_app.config["SECRET_KEY"].encode()


def deriver(usage: str, taille: int = 32) -> bytes:
    """A key of its own for each use: what leaks of one says nothing of the others."""
    hkdf = HKDF(hashes.SHA256(), taille, salt=None, info=usage.encode())
    return hkdf.derive(cle_secrete())


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(deriver("tandem secrets du compte")))
