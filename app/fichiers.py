"""Files that wait for their author, in the base: every machine finds them, nobody else opens them.

Encrypted with a key drawn from SECRET_KEY, part by part: none is ever whole in the memory of a
process that keeps it or hands it over. The key of a part is drawn for its place, so that a part
moved, lost or put from one file into another does not open. They are erased after a day
(``travaux/entretien.py``); the rows of an import that wait for a decision, after thirty.
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
    for rang, (morceau, fin) in enumerate(_jusqu_au_dernier(_decouper(flux))):
        contenu = chiffrer_octets(morceau, _place(usage, cle, rang, fin))
        valeurs = {"contenu": contenu, "duree": duree, "rang": rang}
        db.session.execute(_DEPOSER, {"usage": usage, "cle": cle, **valeurs})


def _decouper(flux: BinaryIO) -> Iterator[bytes]:
    """Its parts; one, without anything in it, of an empty file."""
    yield flux.read(MORCEAU)
    while morceau := flux.read(MORCEAU):
        yield morceau


def _jusqu_au_dernier(morceaux: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each part, and whether it is the last."""
    suivant = next(morceaux, None)
    while suivant is not None:
        morceau, suivant = suivant, next(morceaux, None)
        yield morceau, suivant is None


def _place(usage: str, cle: int, rang: int, fin: bool) -> str:
    """What the key of a part is for."""
    return f"fichier {usage} {cle} {rang} {fin}"


def ouvrir_fichier(usage: str, cle: int) -> BinaryIO | None:
    """The file at its first byte, if it is the acting account's and if its term has not passed.

    None too when it does not open: SECRET_KEY was changed, or its parts were.
    """
    lus = db.session.scalars(
        _LIRE, {"usage": usage, "cle": cle}, execution_options={"yield_per": 1}
    )
    try:
        return _reunir(_dechiffrer(usage, cle, lus))
    except SecretIllisible:
        return None
    finally:
        lus.close()


def _dechiffrer(usage: str, cle: int, morceaux: Iterator[bytes]) -> Iterator[bytes]:
    """Those kept before parts were are alone, and open with a key of no place."""
    for rang, (morceau, fin) in enumerate(_jusqu_au_dernier(morceaux)):
        try:
            clair = dechiffrer_octets(morceau, _place(usage, cle, rang, fin))
        except SecretIllisible:
            if rang or not fin:
                raise
            clair = dechiffrer_octets(morceau)
        yield clair


def _reunir(morceaux: Iterator[bytes]) -> BinaryIO | None:
    """Beyond one part, on the disk without a name."""
    premiers = [*islice(morceaux, 2)]
    if len(premiers) < 2:
        return BytesIO(premiers[0]) if premiers else None
    fichier = TemporaryFile()  # noqa: SIM115  (whoever asks closes it)
    try:
        fichier.writelines(chain(premiers, morceaux))
    except SecretIllisible:
        fichier.close()
        raise
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
