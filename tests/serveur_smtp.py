"""A real mail server on loopback: STARTTLS and a login, or neither; it keeps what it takes."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config import Smtp

LOGIN = "tandem"
MOT_DE_PASSE = "courriel-des-essais"
HOTE = "127.0.0.1"


@dataclass
class Boite:
    """What the server took, and whom it refuses."""

    recus: list[EmailMessage] = field(default_factory=list)
    refusees: set[str] = field(default_factory=set)
    plus_tard: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refusees:
            return "550 5.1.1 no such mailbox"
        if address in self.plus_tard:
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.recus.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def textes(self, a: str) -> list[str]:
        return [m.get_content().replace("\r\n", "\n") for m in self.recus if m["To"] == a]


def _verifier(server, session, envelope, mechanism, auth_data) -> AuthResult:
    attendu = (LOGIN.encode(), MOT_DE_PASSE.encode())
    donne = (auth_data.login, auth_data.password)
    return AuthResult(success=donne == attendu, handled=False)


def certificat(dossier: Path) -> Path:
    """A certificate of this machine and its key, in one file."""
    cle = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOTE)])
    maintenant = datetime.now(UTC)
    signe = (
        x509.CertificateBuilder()
        .subject_name(nom)
        .issuer_name(nom)
        .public_key(cle.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(maintenant - timedelta(days=1))
        .not_valid_after(maintenant + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOTE))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(cle, hashes.SHA256())
    )
    prive = cle.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    fichier = dossier / "courriel.pem"
    fichier.write_bytes(prive + signe.public_bytes(serialization.Encoding.PEM))
    return fichier


@contextmanager
def servir(boite: Boite, port: int, pem: Path | None = None) -> Iterator[None]:
    """Take e-mails for ``boite``; with a certificate, only over TLS and from who signs in."""
    options: dict = {}
    if pem is not None:
        contexte = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        contexte.load_cert_chain(pem)
        options = {
            "tls_context": contexte,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _verifier,
        }
    serveur = Controller(boite, HOTE, port, **options)
    serveur.start()
    try:
        yield
    finally:
        serveur.stop()


def reglages(port: int, **autres) -> Smtp:
    valeurs = {
        "hote": HOTE,
        "port": port,
        "chiffrement": "aucun",
        "login": "",
        "mot_de_passe": "",
        "expediteur": "tandem@example.org",
        "adresse": "https://tandem.example.org",
    }
    return Smtp(**valeurs | autres)
