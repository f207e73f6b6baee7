"""Between the password and the session: what has been proven so far, signed in the cookie for ten
minutes.

It opens nothing. What is still missing is asked of the base at each step, never read from the
cookie.
"""

import hmac
import time
from dataclasses import dataclass, replace
from enum import Enum

from flask import session

from app.extensions import db
from app.models import Compte
from app.secret import SecretIllisible, chiffrer, dechiffrer

from . import second_facteur
from .motdepasse import lire_authentification

CLE = "attente"
SECONDES = 600
ECART_DES_HORLOGES = 300
"""Seconds by which the clocks of two machines may differ: a step begun on one goes on on the other.
"""
MOT_DE_PASSE, OIDC = "mot_de_passe", "oidc"
JETON_MAXIMUM = 2_000
"""A longer token would not fit in a cookie: then the provider asks before it signs the person out.
"""


class Etape(Enum):
    CODE = "code"
    MOT_DE_PASSE = "mot_de_passe"
    SECOND_FACTEUR = "second_facteur"
    FINIE = "finie"


@dataclass(frozen=True)
class Attente:
    """Someone who has shown who they are by ``moyen``; ``prouve``: with a second factor."""

    compte: Compte
    moyen: str
    prouve: bool = False
    jeton: str | None = None

    def etape(self) -> Etape:
        """What is missing: the digits, then one's own password, then a second factor when the roles
        require it."""
        garde = lire_authentification(self.compte.id)
        if garde.totp_depuis is not None and not self.prouve:
            return Etape.CODE
        if garde.temporaire_jusqu_au is not None and self.moyen == MOT_DE_PASSE:
            return Etape.MOT_DE_PASSE
        if not self.prouve and second_facteur.exige(self.compte.id):
            return Etape.SECOND_FACTEUR
        return Etape.FINIE

    def prouvee(self) -> "Attente":
        return replace(self, prouve=True)

    def garder(self) -> None:
        """A new cookie, so that nothing prepared before in this browser is kept."""
        session.clear()
        jeton = chiffrer(self.jeton) if self.jeton and len(self.jeton) <= JETON_MAXIMUM else None
        session[CLE] = {
            "c": self.compte.id,
            "e": self.compte.empreinte(),
            "t": int(time.time()),
            "m": self.moyen,
            "p": self.prouve,
            "j": jeton,
        }


def _encore_temps(debut: int) -> bool:
    age = time.time() - debut
    return -ECART_DES_HORLOGES <= age <= SECONDES + ECART_DES_HORLOGES


def lire() -> Attente | None:
    lu = session.get(CLE)
    if not isinstance(lu, dict) or not _encore_temps(lu["t"]):
        return None
    compte = db.session.get(Compte, lu["c"])
    if (
        compte is None
        or not compte.is_active
        or not hmac.compare_digest(compte.empreinte(), lu["e"])
    ):
        return None
    try:
        jeton = dechiffrer(lu["j"]) if lu["j"] else None
    except SecretIllisible:
        jeton = None
    return Attente(compte, lu["m"], lu["p"], jeton)
