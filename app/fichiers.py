"""Files that wait for their author, in the base: every machine finds them, nobody else opens them.

Encrypted with a key drawn from SECRET_KEY, part by part: none is ever whole in the memory of a
process that keeps it or hands it over. They are erased after a day (``travaux/entretien.py``); the
rows of an import that wait for a decision, after thirty.
"""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import BinaryIO

from sqlalchemy import text

from app.extensions import db
from app.secret import SecretIllisible, chiffrer_octets, dechiffrer_octets

DUREE = timedelta(hours=24)
MORCEAU = 2**20
"""Bytes of a part."""

_DEPOSER = text("select acces.deposer_fichier(:usage, :cle, :contenu, :duree, :rang)")
_LIRE = text("select * from acces.lire_fichier(:usage, :cle)")
_OUBLIER = text("select acces.oublier_fichier(:usage, :cle)")


def deposer(usage: str, cle: int, contenu: bytes | BinaryIO, duree: timedelta = DUREE) -> None:
    """Keep a file of the acting account, in the current transaction; one that is open is read from
    where it stands."""
    flux = BytesIO(contenu) if isinstance(contenu, bytes) else contenu
    for rang, morceau in enumerate(_decouper(flux)):
        valeurs = {"contenu": chiffrer_octets(morceau), "duree": duree, "rang": rang}
        db.session.execute(_DEPOSER, {"usage": usage, "cle": cle, **valeurs})


def _decouper(flux: BinaryIO) -> Iterator[bytes]:
    """Its parts; one, without anything in it, of an empty file."""
    yield flux.read(MORCEAU)
    while morceau := flux.read(MORCEAU):
        yield morceau


def ouvrir_fichier(usage: str, cle: int) -> BinaryIO | None:
    """The file at its first byte, if it is the acting account's and if its term has not passed."""
    lus = db.session.scalars(
        _LIRE, {"usage": usage, "cle": cle}, execution_options={"yield_per": 1}
    )
    try:
        return _reunir(map(dechiffrer_octets, lus))
    except SecretIllisible:  # SECRET_KEY was changed meanwhile: it is lost
        return None
    finally:
        lus.close()


def _reunir(morceaux: Iterator[bytes]) -> BinaryIO | None:
    """Beyond one part, on the disk without a name."""
    premiers = [*islice(morceaux, 2)]
    if len(premiers) < 2:
        return BytesIO(premiers[0]) if premiers else None
    fichier = TemporaryFile()  # noqa: SIM115  (whoever asks closes it)
    fichier.writelines(chain(premiers, morceaux))
    fichier.seek(0)
    return fichier


def lire_fichier(usage: str, cle: int) -> bytes | None:
    """The same, whole."""
    fichier = ouvrir_fichier(usage, cle)
    if fichier is None:
        return None
    with fichier:
        return fichier.read()


def oublier(usage: str, cle: int) -> None:
    db.session.execute(_OUBLIER, {"usage": usage, "cle": cle})
