"""The keys that sign the seals and the marks of the audit log, and the figures that are kept.

None of them is in the base.

A key is drawn from SECRET_KEY. After SECRET_KEY was changed, the former ones
(``TANDEM_ANCIENNES_CLES``) still check what they signed.
"""

import hmac
from hashlib import sha256

from flask import current_app

INCONNUE = -1
"""The rank of a key that is not given."""


def _tirer(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"sceau du journal", "sha256")


def cle() -> bytes:
    """The key that signs now."""
    return _tirer(current_app.config["SECRET_KEY"])


def cle_des_chiffres() -> bytes:
    """The key that signs the figures that are kept (``indicateurs/paquets.py``)."""
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), b"chiffres gardes", "sha256")


def nom_de_cle(cle: bytes) -> str:
    """Tells keys apart, and nothing of the key."""
    return sha256(cle).hexdigest()[:16]


def connues() -> list[bytes]:
    """The key of now, then the former ones, latest first."""
    return [cle(), *map(_tirer, current_app.config["ANCIENNES_CLES"])]


def rang(nom: str | None) -> int:
    """How many changes ago this key signed: 0 is now. INCONNUE when it is not given."""
    for place, tenue in enumerate(connues()):
        if nom_de_cle(tenue) == nom:
            return place
    return INCONNUE


def signature(cle: bytes, octets: bytes) -> str:
    return hmac.digest(cle, octets, "sha256").hex()


def est_signe(nom: str | None, octets: bytes, signe: str | None) -> bool:
    """Whether the key of this name, one of those given, signed these bytes."""
    place = rang(nom)
    if place == INCONNUE or signe is None:
        return False
    return hmac.compare_digest(signe, signature(connues()[place], octets))
