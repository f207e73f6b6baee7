"""Files that wait for their author, in the base: every machine finds them, nobody else opens them.

Encrypted with a key drawn from SECRET_KEY, they are erased after a day (``travaux/entretien.py``);
the rows of an import that wait for a decision, after thirty.
"""

from datetime import timedelta

from sqlalchemy import text

from app.extensions import db
from app.secret import SecretIllisible, chiffrer_octets, dechiffrer_octets

DUREE = timedelta(hours=24)

_DEPOSER = text("select acces.deposer_fichier(:usage, :cle, :contenu, :duree)")
_LIRE = text("select acces.lire_fichier(:usage, :cle)")
_OUBLIER = text("select acces.oublier_fichier(:usage, :cle)")


def deposer(usage: str, cle: int, contenu: bytes, duree: timedelta = DUREE) -> None:
    """Keep a file of the acting account, in the current transaction."""
    valeurs = {"contenu": chiffrer_octets(contenu), "duree": duree}
    db.session.execute(_DEPOSER, {"usage": usage, "cle": cle, **valeurs})


def lire_fichier(usage: str, cle: int) -> bytes | None:
    """The file, if it is the acting account's and if its term has not passed."""
    contenu = db.session.scalar(_LIRE, {"usage": usage, "cle": cle})
    if contenu is None:
        return None
    try:
        return dechiffrer_octets(contenu)
    except SecretIllisible:  # SECRET_KEY was changed meanwhile: it is lost
        return None


def oublier(usage: str, cle: int) -> None:
    db.session.execute(_OUBLIER, {"usage": usage, "cle": cle})
