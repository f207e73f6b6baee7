"""The figures of youths, as what is kept by bucket asks for them (``paquets.py``)."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import paquets
from .chiffres import Decompte
from .demande import Periode
from .requete import ECARTE, requete


@dataclass(frozen=True)
class DemandeDeChiffres(paquets.DemandeComptee):
    """Periods whose figures of youths are counted together, and what their statement binds."""

    sorte = "chiffres"
    ressource = "chiffre"
    periodes: Mapping[int, Periode]
    """Those of the Département, or those of MDS, numbered from 0; only figures of youths."""

    @classmethod
    def de(cls, periodes: Mapping[int, Periode], valeurs: Mapping[str, Any]) -> "DemandeDeChiffres":
        """The same periods, in their order: asked among others, they are the same demand."""
        numeros = [valeurs[f"mds{n}"] for n in periodes]
        liees: dict[str, Any] = {"les_mds": sorted({mds for mds in numeros if mds})}
        for rang, (periode, mds) in enumerate(zip(periodes.values(), numeros, strict=True)):
            liees |= {f"du{rang}": periode.du, f"au{rang}": periode.au, f"mds{rang}": mds}
        departement_ou_mds = tuple(sorted({mds or 0 for mds in numeros}))
        return cls(liees, departement_ou_mds, dict(enumerate(periodes.values())))

    @functools.cached_property
    def ordre(self) -> str:
        return f"""{requete(self.periodes, "", ensemble=True).text}
select concat_ws('|', periode, code, reponse, coalesce(cast(dont as text), ''), modalite) as cle,
  sum(n) as n
from reponses where reponse <> '{ECARTE}'
group by periode, code, reponse, modalite, dont"""

    @property
    def dite(self) -> list[list[Any]]:
        return [[f"{p.du}", f"{p.au}", p.mds, sorted(p.codes)] for p in self.periodes.values()]


def gardees() -> list[list[Periode]]:
    """The periods of each demand that is kept; for a command that acts for everyone."""
    return [
        [
            Periode(date.fromisoformat(du), date.fromisoformat(au), mds, frozenset(codes))
            for du, au, mds, codes in dite
        ]
        for dite in paquets.gardees(DemandeDeChiffres.sorte)
    ]


def compter(
    demande: DemandeDeChiffres, a_garder: list[paquets.Recompte]
) -> Iterator[tuple[int, str, Decompte]]:
    """(number of the period, indicator, count) of its figures.

    Inside ``acces.compter``. What was counted again is added to ``a_garder``.
    """
    for cle, nombre in paquets.compter(demande, a_garder).items():
        periode, code, reponse, dont, *modalite = cle.split("|", 4)
        dit = {"true": True, "false": False}.get(dont)
        yield (
            int(periode),
            code,
            Decompte(reponse, modalite[0] if modalite else None, dit, nombre, None),
        )
