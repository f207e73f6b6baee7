"""Contrats jeune majeur: which one a request renews (M4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .echeances import ACCEPTEE
from .faits import DemandeLue, MesureLue


@dataclass(frozen=True)
class ContratLu:
    """The contrat that a request renews: a mesure, or a request that was accepted."""

    le: date
    table: str
    id: int


def renouvele(
    demandee_le: date, mesures: Sequence[MesureLue], demandes: Sequence[DemandeLue]
) -> ContratLu | None:
    """The last contrat that began, or was accepted, before the request; None: there is none.

    A contrat accepted and then recorded as a mesure is told by the mesure, which begins later.
    """
    anterieurs = [
        ContratLu(m.du, "mesure", m.id) for m in mesures if m.jeune_majeur and m.du <= demandee_le
    ]
    for demande in demandes:
        if demande.decision_code == ACCEPTEE and demande.demandee_le < demandee_le:
            le = demande.decidee_le or demande.demandee_le
            anterieurs.append(ContratLu(le, "demande_cjm", demande.id))
    return max(anterieurs, key=lambda contrat: contrat.le, default=None)
