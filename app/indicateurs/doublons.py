"""The possible duplicates of a territory.

The base gives the names by day of birth, ``regles/doublons.py`` decides. What it says is kept by
day of birth (``paquets.py``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import text

from app.extensions import db
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import NomCompare, noms_portes, paires

from . import paquets

_NES_LE_MEME_JOUR = """
select date_naissance, array_agg(id order by id) as numeros,
  array_agg(nom_tri order by id) as noms, array_agg(anciens_noms order by id) as anciens
from jeune where (cast(:mds as int) is null or mds_id = :mds) and nom_tri <> :anonyme
group by date_naissance having count(*) > 1"""
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
        ordre = text(f"{self.ordre} order by date_naissance")
        jours = db.session.execute(ordre, self.liees)
        return _comptees(nes for _, *nes in jours)

    def par_paquet(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        ordre = self.famille.une_fois_par_paquet(self.ordre, "x.numeros, x.noms, x.anciens")
        lignes = db.session.execute(
            text(f"{ordre} order by paquet.numero, x.date_naissance"),
            {**self.liees, "paquets": list(numeros)},
        )
        for (numero, mouvements), jours in groupby(lignes, key=itemgetter(0, 1)):
            comptes = _comptees(nes for _, _, *nes in jours if nes[0])
            yield numero, mouvements, paquets.en_lignes(comptes)


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


def _comptees(jours: Iterable[list[Any]]) -> paquets.Comptes:
    """Each pair once, though they look alike by several of their names.

    ``jours``: the numbers of those born one day, their names, those that they bore.
    """
    comptes: paquets.Comptes = Counter()
    for nes in jours:
        for un, autre in paires(_par_nom(*nes)):
            comptes[f"{un}|{autre}"] = 1
    return comptes


def _par_nom(
    numeros: Sequence[int], noms: Sequence[str], anciens: Sequence[str | None]
) -> list[tuple[int, NomCompare]]:
    """The number of each youth, once for each name that they bear or bore."""
    return [
        (numero, nom)
        for numero, actuel, passes in zip(numeros, noms, anciens, strict=True)
        for nom in noms_portes(actuel, passes)
    ]
