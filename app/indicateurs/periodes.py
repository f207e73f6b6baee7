"""What the populations are written with.

The periods that a statement looks at together, and the expressions they share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from app.regles import parametres as p

COMPTE = "a.motif_sortie_code is distinct from 'ERREUR'"
"""The accompagnement ``a`` was not opened by mistake."""

TRIPARTITE_TENU = (
    "r.type_code = 'TRIPARTITE' and r.statut_code = 'TENUE'"
    " and r.jeune_present and r.coordonnateur_present"
    " and (r.service_ase_present or r.lieu_accueil_present)"
)

SEJOUR_ROMPU = p.ECART_ENTRE_MESURES_JOURS.valeur + 1
"""A mesure that begins more than so many days after an end is another stay."""


def est_sortie(jeune: str, le: str) -> str:
    """The mesure that ends on ``le`` ends a stay in the ASE.

    None goes on beyond it, starting soon enough to prolong the stay.
    """
    return (
        f"not exists (select from mesure n"
        f" where n.jeune_id = {jeune} and n.du <= {le} + {SEJOUR_ROMPU}"
        f" and (n.au is null or n.au > {le}))"
    )


def age(naissance: str, le: str) -> str:
    """Completed years.

    Without time zone, so that 29 February becomes 1 March and nothing else moves.
    """
    ecart = f"age(cast({le} as timestamp), cast({naissance} as timestamp))"
    return f"cast(extract(year from {ecart}) as int)"


@dataclass(frozen=True)
class Periodes:
    """Some of the periods asked for, by their numbers.

    Those of one population, and what is asked of it.
    """

    jours: Mapping[int, tuple[date, date]]
    """Number → first and last day."""
    mds: frozenset[str | int] = frozenset()
    """Each period is narrowed to one of these MDS (codes or numbers); empty: all are of the whole
    Département."""
    colonnes: frozenset[str] = frozenset()
    """The columns that the criteria read."""

    @property
    def table(self) -> str:
        """``p(n, du, au, mds)``: a single period is folded into the plan as if it were written."""
        lignes = ", ".join(
            f"({n}, cast(:du{n} as date), cast(:au{n} as date), {self._mds(n)})" for n in self.jours
        )
        return f"(values {lignes}) p(n, du, au, mds)"

    def _mds(self, numero: int) -> str:
        return f"cast(:mds{numero} as int)" if self.mds else "null"

    @property
    def debut(self) -> str:
        """The first day of all."""
        return f":du{min(self.jours, key=lambda n: self.jours[n][0])}"

    @property
    def fin(self) -> str:
        """The last day of all."""
        return f":au{max(self.jours, key=lambda n: self.jours[n][1])}"

    @property
    def premiere_fin(self) -> str:
        """The last day of the period that ends first."""
        return f":au{min(self.jours, key=lambda n: self.jours[n][1])}"

    @property
    def valeurs(self) -> dict[str, date]:
        """What the statement binds, but for the MDS."""
        valeurs = {}
        for numero, (du, au) in self.jours.items():
            valeurs[f"du{numero}"] = du
            valeurs[f"au{numero}"] = au
        return valeurs

    def dans_sa_mds(self, colonne: str) -> str:
        """The planner takes an equality for rarer than it is: none where there is a single MDS."""
        if len(self.mds) > 1:
            return f"{colonne} = p.mds"
        return "true"

    def dedans(self, le: str) -> str:
        """That day is in the period: what is read for the span of a single one is."""
        if len(self.jours) > 1:
            return f"{le} between p.du and p.au"
        return "true"

    def attache(self, jeune: str, le: str) -> str:
        """« dans la MDS » that day; the whole Département takes everyone, attached or not."""
        if not self.mds:
            return "true"
        ou = f"t.jeune_id = {jeune} and {le} between t.du and t.au"
        return f"exists (select from territoire t where {ou} and {self.dans_sa_mds('t.mds')})"

    def passe_par_la(self, jeune: str) -> str:
        """Attached to one of the MDS some day: the others need not be read at all."""
        if not self.mds:
            return "true"
        return f"{jeune} in (select t.jeune_id from territoire t)"

    def lit(self, *colonnes: str) -> bool:
        """A criterion reads one of these columns."""
        return not self.colonnes.isdisjoint(colonnes)

    def __or__(self, autres: "Periodes") -> "Periodes":
        jours = {**self.jours, **autres.jours}
        return replace(autres, jours=jours, colonnes=self.colonnes | autres.colonnes)
