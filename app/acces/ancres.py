"""The last seal handed to somebody whom the owner of the base does not command.

A time-stamping authority (RFC 3161) signs its hash with the hour; the token is kept in the base and
checked at each verification. What was sent by e-mail is noted, for the same comparison.
"""

from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from flask import current_app
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlalchemy import Connection, text

from app.acces.alteration import Alteration
from app.acces.reperes import RepereDuSceau

COURRIEL = "courriel"
HORODATAGE = "horodatage"
PATIENCE_SECONDES = 30
_TYPE = {"Content-Type": "application/timestamp-query"}

_NOTER = text("select acces.noter_ancre(:moyen, :numero, :empreinte, :jeton)")
_DU_JOUR = text(
    "select exists (select from acces.ancre where moyen = :moyen and le > now() - interval '20 h')"
)
_ANCRES = text("""
    select a.id, a.moyen, a.sceau, a.empreinte, a.le, a.jeton,
      pg_catalog.row_number() over (order by a.id) as rang,
      pg_catalog.encode(s.empreinte, 'hex') as lue
    from acces.ancre a left join public.sceau s on s.id = a.sceau order by a.id""")
_EFFACEE = text("""
    select pg_catalog.min((l.detail ->> 'ancre')::bigint) from public.journal l
    where l.operation = 'ancre' and not exists (
      select from acces.ancre a
      where a.id::text = l.detail ->> 'ancre' and a.moyen = l.detail ->> 'moyen')""")
"""The log tells each of them, the last one too."""


class AncreRefusee(Exception):
    """The last seal could not be handed over; the message says why, in French."""


def est_du_jour(connexion: Connection, moyen: str) -> bool:
    return bool(connexion.scalar(_DU_JOUR, {"moyen": moyen}))


def noter(
    connexion: Connection, moyen: str, repere: RepereDuSceau, jeton: bytes | None = None
) -> None:
    valeurs = {"moyen": moyen, "numero": repere.numero, "empreinte": repere.empreinte}
    connexion.execute(_NOTER, {**valeurs, "jeton": jeton})


def horodater(adresse: str, autorite: Path, repere: RepereDuSceau) -> bytes:
    """The answer of the authority, whose signature was verified; raises AncreRefusee."""
    import requests  # one command a day needs it

    message = _message(repere.numero, repere.empreinte)
    demande = TimestampRequestBuilder(hash_algorithm=HashAlgorithm.SHA256).data(message).build()
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
        _verificateur(autorite, demande.nonce).verify_message(reponse, message)
    except requests.RequestException as erreur:
        raise AncreRefusee(f"l’autorité d’horodatage ne répond pas ({erreur})") from erreur
    except (ValueError, VerificationError) as erreur:
        raise AncreRefusee(f"l’horodatage n’est pas valable ({erreur})") from erreur
    return rendu.content


def alterations(connexion: Connection) -> Iterator[Alteration]:
    """Each seal handed over is still in the log, and the tokens are those of the authority."""
    if effacee := connexion.scalar(_EFFACEE):
        yield Alteration(f"le dépôt n° {effacee} d’un sceau a été effacé")
        return
    autorite: Path | None = current_app.config["ANCRE_AUTORITE"]
    for ancre in connexion.execute(_ANCRES).all():
        if ancre.id != ancre.rang:
            yield Alteration(f"le dépôt n° {ancre.rang} d’un sceau a été effacé")
            return
        if ancre.lue != ancre.empreinte:
            yield Alteration(
                f"le sceau n° {ancre.sceau}, déposé le {ancre.le:%d/%m/%Y} ({ancre.moyen}), n’est"
                " plus dans le journal"
            )
            return
        if ancre.moyen == HORODATAGE and autorite is not None:
            try:
                reponse = decode_timestamp_response(bytes(ancre.jeton))
                message = _message(ancre.sceau, ancre.empreinte)
                _verificateur(autorite, None).verify_message(reponse, message)
            except (ValueError, TypeError, VerificationError):
                yield Alteration(f"l’horodatage du sceau n° {ancre.sceau} a été modifié")
                return


def _message(numero: int, empreinte: str) -> bytes:
    """What the authority stamps."""
    return f"journal de Tandem, sceau {numero}, empreinte {empreinte}".encode()


def _verificateur(autorite: Path, nonce: int | None) -> Verifier:
    certificats = x509.load_pem_x509_certificates(autorite.read_bytes())
    return VerifierBuilder(roots=certificats, nonce=nonce).build()
