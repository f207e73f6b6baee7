"""One e-mail handed to the mail server: it took it, it will never take it, or not now."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from config import Smtp

PATIENCE_SECONDES = 30
DEFINITIF = 500
"""SMTP: from there on, the server will not change its mind (RFC 5321, 4.2.1)."""


class RappelEnAttente(Exception):
    """The mail server does not answer, refuses to sign in or asks to come back later."""


class RappelRefuse(Exception):
    """The mail server will never take this e-mail; the message says what it answered."""


@contextmanager
def ouvrir(reglages: Smtp) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, signed in. Raises RappelEnAttente."""
    contexte = ssl.create_default_context(cafile=reglages.autorite)
    try:
        serveur = _connecter(reglages, contexte)
    except (OSError, SMTPException) as erreur:
        raise RappelEnAttente(str(erreur)) from erreur
    try:
        yield serveur
    finally:
        serveur.close()


def _connecter(reglages: Smtp, contexte: ssl.SSLContext) -> smtplib.SMTP:
    if reglages.chiffrement == "tls":
        serveur: smtplib.SMTP = smtplib.SMTP_SSL(
            reglages.hote, reglages.port, timeout=PATIENCE_SECONDES, context=contexte
        )
    else:
        serveur = smtplib.SMTP(reglages.hote, reglages.port, timeout=PATIENCE_SECONDES)
    try:
        if reglages.chiffrement == "starttls":
            serveur.starttls(context=contexte)
        if reglages.login:
            serveur.login(reglages.login, reglages.mot_de_passe)
    except (OSError, SMTPException):
        serveur.close()
        raise
    return serveur


def ecrire(reglages: Smtp, a: str, objet: str, corps: str, numero: str, date) -> EmailMessage:
    """``numero`` makes the Message-ID: an e-mail sent again after a crash bears the same one, so
    that the mailbox keeps it once."""
    message = EmailMessage()
    message["From"] = reglages.expediteur
    message["To"] = a
    message["Subject"] = objet
    message["Date"] = format_datetime(date)
    domaine = reglages.expediteur.rpartition("@")[2].rstrip(">")
    message["Message-ID"] = f"<rappel-{numero}@{domaine}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(corps)
    return message


def remettre(serveur: smtplib.SMTP, message: EmailMessage) -> None:
    """Raises RappelRefuse, RappelEnAttente."""
    try:
        serveur.send_message(message)
    except SMTPRecipientsRefused as refus:
        code, dit = next(iter(refus.recipients.values()))
        _refuser(code, dit, refus)
    except SMTPResponseException as refus:
        _refuser(refus.smtp_code, refus.smtp_error, refus)
    except (OSError, SMTPException) as erreur:
        raise RappelEnAttente(str(erreur)) from erreur


def _refuser(code: int, dit: bytes | str, cause: Exception) -> None:
    texte = dit.decode(errors="replace") if isinstance(dit, bytes) else dit
    if code >= DEFINITIF:
        raise RappelRefuse(f"{code} {texte}") from cause
    raise RappelEnAttente(f"{code} {texte}") from cause
