"""The possible duplicates of a territory.

The base gives the names by day of birth, ``regles/doublons.py`` decides.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import NomCompare, noms_portes, paires

_NES_LE_MEME_JOUR = text("""
select date_naissance, id, nom_tri, anciens_noms from (
  select date_naissance, id, nom_tri, anciens_noms,
    count(*) over (partition by date_naissance) as nombre
  from jeune where (cast(:mds as int) is null or mds_id = :mds) and nom_tri <> :anonyme) j
where nombre > 1 order by date_naissance, id""")
_DISTINCTS = text("select jeune_id, autre_id from distinction")


def possibles(mds_id: int | None) -> list[tuple[int, int]]:
    """Pairs of youths that look alike, save those that someone said to be two persons.

    Inside the MDS when one is given: that a youth exists elsewhere is told only to whoever reads
    the whole Département.
    """
    distincts = {frozenset(paire) for paire in db.session.execute(_DISTINCTS)}
    lignes = db.session.execute(_NES_LE_MEME_JOUR, {"mds": mds_id, "anonyme": NOM_ANONYME})
    trouvees: list[tuple[int, int]] = []
    for _, nes in groupby(lignes, key=lambda ligne: ligne.date_naissance):
        trouvees += paires(_par_nom(nes))
    return [paire for paire in dict.fromkeys(trouvees) if frozenset(paire) not in distincts]


def _par_nom(nes: Iterable[Row[Any]]) -> list[tuple[int, NomCompare]]:
    """The number of each youth, once for each name that they bear or bore."""
    return [(j.id, nom) for j in nes for nom in noms_portes(j.nom_tri, "", j.anciens_noms)]
