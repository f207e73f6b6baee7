"""The files that may be those of the youth whose name is typed, among those that one may see."""

from datetime import date

from sqlalchemy import select

from app.extensions import db
from app.models import Jeune
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import lire_nom, noms_portes, se_ressemblent


def doublons(nom: str, prenom: str, naissance: date, sauf: int | None = None) -> list[Jeune]:
    """The youths that the person may see, born that day, whose name looks alike."""
    memes = (
        select(Jeune)
        .where(
            Jeune.date_naissance == naissance, Jeune.id != (sauf or 0), Jeune.nom_tri != NOM_ANONYME
        )
        .order_by(Jeune.nom_tri)
    )
    saisi = lire_nom(nom, prenom)
    return [
        j
        for j in db.session.scalars(memes.limit(500))
        if any(se_ressemblent(saisi, n) for n in noms_portes(j.nom, j.prenom, j.anciens_noms))
    ]
