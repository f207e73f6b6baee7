"""The second factor: six digits that change every thirty seconds, and ten recovery codes.

Nothing is stored before the person has shown that their application computes the right digits:
until then the secret is drawn again from a number kept in the cookie.
"""

import base64
import hashlib
import hmac
import io
import re

import pyotp
from flask import current_app
from sqlalchemy import any_, func, select, update

from app import horloge, journal
from app.extensions import db
from app.models import Authentification, Compte
from app.secret import chiffrer, dechiffrer, deriver

from .motdepasse import authentification, lire_authentification, tirer

PAS = 30
TOLERANCE = 1
"""Steps of thirty seconds accepted before and after: telephones are rarely on time."""
CODES = 10
"""Recovery codes, for the day on which the phone is lost; sixty random bits each."""
TAILLE_DU_SECRET = 20
"""Bytes, as RFC 4226 asks."""
EMETTEUR = "Tandem"


def exige(compte_id: int) -> bool:
    """Whether the roles of this account require it.

    They cover more than one MDS; in production, they open files.
    """
    if not current_app.config["SECOND_FACTEUR_EXIGE"]:
        return False
    exigee = func.acces.exige_second_facteur(
        compte_id, current_app.config["SECOND_FACTEUR_POUR_LIRE"]
    )
    return bool(db.session.scalar(select(exigee)))


def actif(compte_id: int) -> bool:
    return lire_authentification(compte_id).totp_depuis is not None


def secret_propose(numero: str, compte: Compte) -> str:
    """The secret offered to this account, always the same for the same number."""
    octets = hmac.digest(
        deriver("tandem second facteur propose"), f"{compte.id}\n{numero}".encode(), "sha256"
    )
    return base64.b32encode(octets[:TAILLE_DU_SECRET]).decode()


def image(secret: str, compte: Compte) -> bytes:
    """The QR code to photograph, drawn here: nobody else is told the secret."""
    import segno  # read when a code is drawn

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
    auth = authentification(compte.id)
    auth.totp_secret = chiffrer(secret)
    auth.totp_depuis = horloge.maintenant()
    auth.totp_dernier_pas = pas
    db.session.flush()
    journal.consigner("second_facteur_pose", table="ab_user", cle=compte.id)
    return renouveler_codes(compte)


def retirer(compte: Compte) -> None:
    auth = authentification(compte.id)
    auth.totp_secret = None
    auth.totp_depuis = None
    auth.codes_secours = []
    db.session.flush()
    journal.consigner("second_facteur_retire", table="ab_user", cle=compte.id)


def renouveler_codes(compte: Compte) -> list[str]:
    """Ten new recovery codes; the former ones are worth nothing any more."""
    codes = [tirer(groupes=3, lettres=4) for _ in range(CODES)]
    authentification(compte.id).codes_secours = [_hash(compte.id, code) for code in codes]
    db.session.flush()
    journal.consigner("codes_secours", table="ab_user", cle=compte.id, detail={"nombre": CODES})
    return codes


def accepter(compte: Compte, saisi: str) -> str | None:
    """How the person proved it, « totp » or « code_secours »; None when they did not.

    What was used is used up.
    """
    saisi = "".join(saisi.split())
    if re.fullmatch("[0-9]+", saisi):
        if _consommer_pas(compte, saisi):
            return "totp"
    elif _consommer_code(compte, saisi):
        return "code_secours"
    return None


def _consommer_pas(compte: Compte, code: str) -> bool:
    chiffre = lire_authentification(compte.id).totp_secret
    if not chiffre:
        return False
    pas = _pas(dechiffrer(chiffre), code)
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
    hache = _hash(compte.id, code)
    reste = db.session.scalar(
        update(Authentification)
        .where(
            Authentification.compte_id == compte.id,
            any_(Authentification.codes_secours) == hache,
        )
        .values(codes_secours=func.array_remove(Authentification.codes_secours, hache))
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
    """The step of time that these digits belong to, the last one if several; None if none."""
    code = "".join(code.split())
    totp = pyotp.TOTP(secret, interval=PAS)
    present = int(horloge.maintenant().timestamp()) // PAS
    for pas in range(present + TOLERANCE, present - TOLERANCE - 1, -1):
        if hmac.compare_digest(totp.generate_otp(pas).encode(), code.encode()):
            return pas
    return None


def _hash(compte_id: int, code: str) -> str:
    """Sixty random bits: a plain hash resists, and survives a change of SECRET_KEY."""
    plat = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(f"{compte_id}\n{plat}".encode()).hexdigest()
