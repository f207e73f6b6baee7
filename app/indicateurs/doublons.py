"""The possible duplicates of a territory.

The base gives the names by day of birth, ``regles/doublons.py`` decides. What it says is kept by
day of birth (``paquets.py``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, text

from app.extensions import db
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import NomCompare, noms_portes, paires

from . import paquets

_NES_LE_MEME_JOUR = """
select date_naissance, id, nom_tri, anciens_noms from (
  select date_naissance, id, nom_tri, anciens_noms,
    count(*) over (partition by date_naissance) as nombre
  from jeune where (cast(:mds as int) is null or mds_id = :mds) and nom_tri <> :anonyme) j
where nombre > 1"""
_DISTINCTS = text("select jeune_id, autre_id from distinction")


@dataclass(frozen=True)
class DemandeDeDoublons(paquets.Demande):
    """The pairs of youths that look alike: « number|number »."""

    sorte = "doublons"
    ressource = "tableau"
    ordre = _NES_LE_MEME_JOUR

    @classmethod
    def de(cls, mds_id: int | None) -> "DemandeDeDoublons":
        return cls({"mds": mds_id, "anonyme": NOM_ANONYME}, (mds_id or 0,))

    @property
    def famille(self) -> paquets.FamilleDePaquets:
        if self.est_d_une_mds:
            return paquets.PAR_NAISSANCE_DANS_UNE_MDS
        return paquets.PAR_NAISSANCE

    @property
    def dite(self) -> list[Any]:
        return [*self.mds]

    def tout(self) -> paquets.Comptes:
        ordre = text(f"{self.ordre} order by date_naissance, id")
        return _comptees(db.session.execute(ordre, self.liees))

    def par_paquet(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        ordre = self.famille.une_fois_par_paquet(self.ordre, "x.*")
        lignes = db.session.execute(
            text(f"{ordre} order by paquet.numero, x.date_naissance, x.id"),
            {**self.liees, "paquets": list(numeros)},
        )
        for (numero, mouvements), nes in groupby(lignes, key=lambda x: (x.numero, x.mouvements)):
            yield numero, mouvements, paquets.en_lignes(_comptees(x for x in nes if x.id))


def possibles(
    mds_id: int | None, a_garder: list[paquets.Recompte] | None = None
) -> list[tuple[int, int]]:
    """Pairs of youths that look alike, save those that someone said to be two persons.

    Inside the MDS when one is given: that a youth exists elsewhere is told only to whoever reads
    the whole Département. ``a_garder``: see ``paquets.compter``.
    """
    distincts = {frozenset(paire) for paire in db.session.execute(_DISTINCTS)}
    trouvees = paquets.compter(DemandeDeDoublons.de(mds_id), [] if a_garder is None else a_garder)
    lues = [tuple(map(int, cle.split("|"))) for cle in trouvees]
    return [(un, autre) for un, autre in lues if frozenset((un, autre)) not in distincts]


def gardees() -> list[DemandeDeDoublons]:
    """The demands that are kept; for a command that acts for everyone."""
    return [
        DemandeDeDoublons.de(mds or None) for (mds,) in paquets.gardees(DemandeDeDoublons.sorte)
    ]


def _comptees(lignes: Iterable[Row[Any]]) -> paquets.Comptes:
    """Each pair once, though they look alike by several of their names."""
    comptes: paquets.Comptes = Counter()
    for _, nes in groupby(lignes, key=lambda ligne: ligne.date_naissance):
        for un, autre in paires(_par_nom(nes)):
            comptes[f"{un}|{autre}"] = 1
    return comptes


def _par_nom(nes: Iterable[Row[Any]]) -> list[tuple[int, NomCompare]]:
    """The number of each youth, once for each name that they bear or bore."""
    return [(j.id, nom) for j in nes for nom in noms_portes(j.nom_tri, "", j.anciens_noms)]
