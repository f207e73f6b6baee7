"""A time-stamping authority (RFC 3161): what is asked of it, and whether a token is its own."""

from pathlib import Path

import requests
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)

from app.acces.ancres import AncreRefusee, message
from app.acces.reperes import RepereDuSceau

PATIENCE_SECONDES = 30
_TYPE = {"Content-Type": "application/timestamp-query"}


def horodater(adresse: str, autorite: Path, repere: RepereDuSceau) -> bytes:
    """The answer of the authority, whose signature was verified; raises AncreRefusee."""
    a_dater = message(repere.numero, repere.empreinte)
    demande = TimestampRequestBuilder(hash_algorithm=HashAlgorithm.SHA256).data(a_dater).build()
    try:
        rendu = requests.post(
            adresse,
            data=demande.as_bytes(),
            headers=_TYPE,
            timeout=PATIENCE_SECONDES,
            allow_redirects=False,
        )
        rendu.raise_for_status()
        reponse = decode_timestamp_response(rendu.content)
        _verificateur(autorite, demande.nonce).verify_message(reponse, a_dater)
    except requests.RequestException as erreur:
        raise AncreRefusee(f"l’autorité d’horodatage ne répond pas ({erreur})") from erreur
    except (ValueError, VerificationError) as erreur:
        raise AncreRefusee(f"l’horodatage n’est pas valable ({erreur})") from erreur
    return rendu.content


def est_valable(jeton: bytes, autorite: Path, a_dater: bytes) -> bool:
    """Whether the authority gave this token for this message."""
    try:
        _verificateur(autorite, None).verify_message(decode_timestamp_response(jeton), a_dater)
    except (ValueError, TypeError, VerificationError):
        return False
    return True


def _verificateur(autorite: Path, nonce: int | None) -> Verifier:
    certificats = x509.load_pem_x509_certificates(autorite.read_bytes())
    return VerifierBuilder(roots=certificats, nonce=nonce).build()
