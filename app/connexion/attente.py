"""Between the password and the session: what was proven so far, signed in the cookie, ten minutes.

It opens nothing. What is still missing is asked of the base at each step, never read from the
cookie.
"""

import hmac
from dataclasses import dataclass, replace
from enum import Enum

from flask import session

from app import horloge
from app.extensions import db
from app.models import Compte
from app.secret import chiffrer, dechiffrer_si_possible

from . import second_facteur
from .motdepasse import lire_authentification

CLE = "attente"
SECONDES = 600
MOT_DE_PASSE = "mot_de_passe"
OIDC = "oidc"
JETON_MAXIMUM = 2_000
"""Characters that fit in a cookie; without its token, the provider asks before signing out."""


class EtapeConnexion(Enum):
    """What is still to be proven."""

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

    def etape(self) -> EtapeConnexion:
        """What is missing: the digits, an own password, a second factor that the roles require."""
        authentification = lire_authentification(self.compte.id)
        if authentification.totp_depuis is not None and not self.prouve:
            return EtapeConnexion.CODE
        if authentification.temporaire_jusqu_au is not None and self.moyen == MOT_DE_PASSE:
            return EtapeConnexion.MOT_DE_PASSE
        if not self.prouve and second_facteur.exige(self.compte.id):
            return EtapeConnexion.SECOND_FACTEUR
        return EtapeConnexion.FINIE

    def prouvee(self) -> "Attente":
        return replace(self, prouve=True)

    def garder(self) -> None:
        """A new cookie, so that nothing prepared before in this browser is kept."""
        session.clear()
        jeton = None
        if self.jeton and len(self.jeton) <= JETON_MAXIMUM:
            jeton = chiffrer(self.jeton)
        session[CLE] = {
            "c": self.compte.id,
            "e": self.compte.empreinte(),
            "t": _present(),
            "m": self.moyen,
            "p": self.prouve,
            "j": jeton,
        }


def _present() -> int:
    return int(horloge.maintenant().timestamp())


def lire_attente() -> Attente | None:
    """Who is on the way in; None when the cookie is too old, or the account has changed since."""
    lu = session.get(CLE)
    if not isinstance(lu, dict) or _present() - lu["t"] > SECONDES:
        return None
    compte = db.session.get(Compte, lu["c"])
    if compte is None or not compte.is_active:
        return None
    if not hmac.compare_digest(compte.empreinte(), lu["e"]):
        return None
    return Attente(compte, lu["m"], lu["p"], dechiffrer_si_possible(lu["j"]))
