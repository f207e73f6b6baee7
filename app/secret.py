"""What must be read again (a second factor, a token, a file) is encrypted with SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


class SecretIllisible(Exception):
    """SECRET_KEY has changed since: what it encrypted is lost."""


USAGE = "tandem secrets du compte"


def chiffrer(clair: str, usage: str = USAGE) -> str:
    """``usage``: what the key is for; two usages do not read each other."""
    return chiffrer_octets(clair.encode(), usage).decode()


def dechiffrer(chiffre: str, usage: str = USAGE) -> str:
    return dechiffrer_octets(chiffre.encode(), usage).decode()


def chiffrer_octets(clair: bytes, usage: str = USAGE) -> bytes:
    return _fernet(usage).encrypt(clair)


def dechiffrer_octets(chiffre: bytes, usage: str = USAGE) -> bytes:
    try:
        return _fernet(usage).decrypt(chiffre)
    except InvalidToken as erreur:
        raise SecretIllisible from erreur


def dechiffrer_si_possible(chiffre: str | None, usage: str = USAGE) -> str | None:
    """None for nothing, and for what another SECRET_KEY encrypted."""
    if not chiffre:
        return None
    try:
        return dechiffrer(chiffre, usage)
    except SecretIllisible:
        return None


def cle_secrete() -> bytes:
    """SECRET_KEY, that ``create_app`` requires."""
    return current_app.config["SECRET_KEY"].encode()


def deriver(usage: str, taille: int = 32) -> bytes:
    """A key of its own for each use: what leaks of one says nothing of the others."""
    hkdf = HKDF(hashes.SHA256(), taille, salt=None, info=usage.encode())
    return hkdf.derive(cle_secrete())


def _fernet(usage: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(deriver(usage)))
