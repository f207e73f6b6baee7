"""The files that may be those of the youth whose name is typed, among those that one may see."""

from datetime import date

from sqlalchemy import bindparam, select

from app.extensions import db
from app.models import Jeune
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import lire_nom, noms_portes, se_ressemblent
from app.views.socle.ordre_prepare import OrdrePrepare

NES_CE_JOUR = 500
"""Youths born on one day whose names are compared."""
_NES_CE_JOUR = OrdrePrepare.de(
    select(Jeune.id, Jeune.nom_tri, Jeune.anciens_noms)
    .where(
        Jeune.date_naissance == bindparam("ne_le", required=False),
        Jeune.nom_tri != NOM_ANONYME,
    )
    .order_by(Jeune.nom_tri)
    .limit(NES_CE_JOUR)
)


def doublons(nom: str, prenom: str, naissance: date, sauf: int | None = None) -> list[Jeune]:
    """The youths that the person may see, born that day, whose name looks alike."""
    saisi = lire_nom(nom, prenom)
    proches = [
        numero
        for numero, *noms in _NES_CE_JOUR.lire(ne_le=naissance)
        if numero != sauf and any(se_ressemblent(saisi, porte) for porte in noms_portes(*noms))
    ]
    if not proches:
        return []
    fiches = select(Jeune).where(Jeune.id.in_(proches)).order_by(Jeune.nom_tri)
    return list(db.session.scalars(fiches))
