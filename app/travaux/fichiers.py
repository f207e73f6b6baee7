"""The files that wait for their author: cut in pieces, sealed, kept in the base for a day.

All nodes share the base, so whatever node answers hands the file over. The key is drawn from
SECRET_KEY: a copy of the base alone gives no name.
"""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, insert, select, update

from app.connexion.secret import deriver
from app.extensions import db
from app.models import Travail, TravailMorceau

GARDE = timedelta(hours=24)
"""How long a file waits."""
MORCEAU = 1_000_000
"""Bytes of a piece, before sealing."""


class FichierIllisible(Exception):
    """SECRET_KEY has changed since the file was made: it must be asked for again."""


def deposer(travail: Travail, chemin: Path) -> int:
    """Keep the file; returns its size in bytes. Part of the caller's transaction."""
    sceau = _sceau()
    octets = 0
    db.session.execute(delete(TravailMorceau).where(TravailMorceau.travail_id == travail.id))
    with chemin.open("rb") as fichier:
        for rang, morceau in enumerate(iter(lambda: fichier.read(MORCEAU), b"")):
            octets += len(morceau)
            valeurs = {
                "travail_id": travail.id,
                "rang": rang,
                "compte_id": travail.compte_id,
                "contenu": sceau.encrypt(morceau),
            }
            db.session.execute(insert(TravailMorceau), valeurs)
    return octets


def lire(numero: int) -> Iterator[bytes]:
    """The bytes of the file, a piece at a time; raises FichierIllisible."""
    sceau = _sceau()
    nombre = db.session.scalar(select(func.count()).where(TravailMorceau.travail_id == numero))
    for rang in range(nombre or 0):
        morceau = db.session.scalar(
            select(TravailMorceau.contenu).where(
                TravailMorceau.travail_id == numero, TravailMorceau.rang == rang
            )
        )
        try:
            yield sceau.decrypt(morceau or b"")
        except InvalidToken as erreur:
            raise FichierIllisible from erreur


def oublier_les_anciens() -> int:
    """Delete the files past their term; how many. What was asked stays, without its file."""
    perimes = select(Travail.id).where(Travail.expire_le < func.now())
    db.session.execute(delete(TravailMorceau).where(TravailMorceau.travail_id.in_(perimes)))
    oublies = db.session.scalars(
        update(Travail)
        .where(Travail.expire_le < func.now(), Travail.octets.is_not(None))
        .values(octets=None)
        .returning(Travail.id)
    )
    return len(oublies.all())


def _sceau() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(deriver("tandem fichiers qui attendent")))
