"""What every figure is told with: the codes of housing in their order, and when each MDS opened."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.extensions import db

_LIRE = text(
    "select 'mds' as sorte, code, id as rang, ouverte_le from mds"
    " union all select 'logement', code, ordre, null from logement order by sorte, rang, code"
)


@dataclass(frozen=True)
class OuvertureMds:
    """``ouverte_le`` None: open since the beginning."""

    numero: int
    ouverte_le: date | None

    def est_ouverte(self, le: date) -> bool:
        return self.ouverte_le is None or self.ouverte_le <= le


@dataclass(frozen=True)
class Reperes:
    logements: tuple[str, ...]
    mds: dict[str, OuvertureMds]

    def mds_ouvertes(self, le: date, code: str | None = None) -> int:
        """How many MDS are open that day: of the Département, or 0 or 1 for one of them."""
        choisies = self.mds.values() if code is None else [self.mds[code]]
        return sum(mds.est_ouverte(le) for mds in choisies)


AUCUN = Reperes((), {})
"""For what tells no figure."""


def lire_reperes() -> Reperes:
    """In one statement, since every page of figures makes it."""
    logements: list[str] = []
    mds: dict[str, OuvertureMds] = {}
    for sorte, code, rang, ouverte_le in db.session.execute(_LIRE):
        if sorte == "mds":
            mds[code] = OuvertureMds(rang, ouverte_le)
        else:
            logements.append(code)
    return Reperes(tuple(logements), mds)
