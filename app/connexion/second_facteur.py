"""The second factor: six digits that change every thirty seconds, and ten recovery codes for the
day the phone is lost.

Nothing is stored before the person has shown that their application computes the right digits:
until then the secret is drawn again from a number kept in the cookie.
"""

import base64
import hashlib
import hmac
import io
import secrets
import time
from datetime import UTC, datetime

import pyotp
import segno
from flask import current_app
from sqlalchemy import any_, func, text, update

from app import journal
from app.extensions import db
from app.models import Authentification, Compte
from app.secret import chiffrer, dechiffrer, deriver

from .motdepasse import ALPHABET, authentification, lire_authentification

PAS = 30
TOLERANCE = 1
"""Steps of thirty seconds accepted before and after: telephones are rarely on time."""
CODES, GROUPES, LETTRES = 10, 3, 4
EMETTEUR = "Tandem"


def exige(compte_id: int) -> bool:
    """Whether the roles of this account require it: they cover more than one MDS."""
    if not current_app.config["SECOND_FACTEUR_EXIGE"]:
        return False
    return bool(
        db.session.scalar(text("select acces.plusieurs_mds(:compte)"), {"compte": compte_id})
    )


def actif(compte_id: int) -> bool:
    return lire_authentification(compte_id).totp_depuis is not None


def secret_propose(numero: str, compte: Compte) -> str:
    """The secret offered to this account, always the same for the same number."""
    octets = hmac.new(
        deriver("tandem second facteur propose"), f"{compte.id}\n{numero}".encode(), hashlib.sha1
    ).digest()
    return base64.b32encode(octets).decode()


def image(secret: str, compte: Compte) -> bytes:
    """The QR code to photograph, drawn here: nobody else is told the secret."""
    adresse = pyotp.TOTP(secret).provisioning_uri(name=compte.username, issuer_name=EMETTEUR)
    sortie = io.BytesIO()
    segno.make(adresse, error="m").save(
        sortie, kind="svg", scale=5, border=4, light="#ffffff", title="Code à photographier"
    )
    return sortie.getvalue()


def activer(compte: Compte, secret: str, code: str) -> list[str] | None:
    """Keep the secret if the code is right; return the recovery codes, to be shown once."""
    pas = _pas(secret, code)
    if pas is None:
        return None
    garde = authentification(compte.id)
    garde.totp_secret, garde.totp_depuis, garde.totp_dernier_pas = (
        chiffrer(secret),
        datetime.now(UTC),
        pas,
    )
    db.session.flush()
    journal.consigner("second_facteur_pose", table="ab_user", cle=compte.id)
    return renouveler_codes(compte)


def retirer(compte: Compte) -> None:
    garde = authentification(compte.id)
    garde.totp_secret, garde.totp_depuis, garde.codes_secours = None, None, []
    db.session.flush()
    journal.consigner("second_facteur_retire", table="ab_user", cle=compte.id)


def renouveler_codes(compte: Compte) -> list[str]:
    """Ten new recovery codes; the former ones are worth nothing any more."""
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTRES)) for _ in range(GROUPES))
        for _ in range(CODES)
    ]
    authentification(compte.id).codes_secours = [_empreinte(compte.id, code) for code in codes]
    db.session.flush()
    journal.consigner("codes_secours", table="ab_user", cle=compte.id, detail={"nombre": CODES})
    return codes


def accepter(compte: Compte, saisi: str) -> str | None:
    """How the person proved it: « totp » or « code_secours »; None when they did not. What was used
    is used up."""
    saisi = "".join(saisi.split())
    if saisi.isascii() and saisi.isdigit():
        return "totp" if _consommer_pas(compte, saisi) else None
    return "code_secours" if _consommer_code(compte, saisi) else None


def _consommer_pas(compte: Compte, code: str) -> bool:
    garde = lire_authentification(compte.id)
    pas = _pas(dechiffrer(garde.totp_secret), code) if garde.totp_secret else None
    if pas is None:
        return False
    # Two browsers that send the same digits at the same moment: one row, one of them changes it.
    change = db.session.execute(
        update(Authentification)
        .where(Authentification.compte_id == compte.id, Authentification.totp_dernier_pas < pas)
        .values(totp_dernier_pas=pas)
        .execution_options(synchronize_session=False)
    )
    return change.rowcount == 1


def _consommer_code(compte: Compte, code: str) -> bool:
    empreinte = _empreinte(compte.id, code)
    reste = db.session.scalar(
        update(Authentification)
        .where(
            Authentification.compte_id == compte.id,
            any_(Authentification.codes_secours) == empreinte,
        )
        .values(codes_secours=func.array_remove(Authentification.codes_secours, empreinte))
        .returning(func.cardinality(Authentification.codes_secours))
        .execution_options(synchronize_session=False)
    )
    if reste is None:
        return False
    journal.consigner(
        "code_secours_utilise", table="ab_user", cle=compte.id, detail={"restants": reste}
    )
    return True


def _pas(secret: str, code: str) -> int | None:
    """The step of time that these digits belong to."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit()):
        return None
    totp, present = pyotp.TOTP(secret, interval=PAS), int(time.time()) // PAS
    justes = [
        pas
        for pas in range(present - TOLERANCE, present + TOLERANCE + 1)
        if hmac.compare_digest(totp.generate_otp(pas), code)
    ]
    return justes[-1] if justes else None


def _empreinte(compte_id: int, code: str) -> str:
    """Sixty random bits: a plain fingerprint resists, and survives a change of SECRET_KEY."""
    plat = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(f"{compte_id}\n{plat}".encode()).hexdigest()
