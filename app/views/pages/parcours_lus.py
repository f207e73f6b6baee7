"""What the steps of the law are computed from: the records of many youths, in one statement."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Integer, String, bindparam, text

from app.extensions import db
from app.regles.echeances import RENCONTRES

_LIRE = text(
    """
    select 'mesures', m.jeune_id, m.id, m.du, m.echeance, m.au, m.motif_fin_code, null, null,
      t.jeune_majeur
    from mesure m join mesure_ase t on t.code = m.type_code where m.jeune_id = any(:jeunes)
    union all
    select 'sejours', jeune_id, null, du, null, au, motif_sortie_code, null, null, null
    from accompagnement where jeune_id = any(:jeunes)
    union all
    select 'rencontres', jeune_id, null, le, null, null, type_code, statut_code, etape, null
    from rencontre
    where jeune_id = any(:jeunes) and (type_code = any(:types) or etape is not null)
    union all
    select 'situations', s.jeune_id, null, s.observee_le, s.confirmee_le, null,
      s.situation_pro_code, p.parcours, null, null
    from situation s left join situation_pro p on p.code = s.situation_pro_code
    where s.jeune_id = any(:jeunes)
    union all
    select 'decisions', jeune_id, null, faite_le, null, null, echeance, null, motif, est_sans_objet
    from etape where jeune_id = any(:jeunes)
    union all
    select 'demandes', jeune_id, id, demandee_le, decidee_le, null, decision_code, null, null, null
    from demande_cjm where jeune_id = any(:jeunes)
    union all
    select 'propositions', jeune_id, null, proposee_le, null, null, reponse_code, null, null, null
    from proposition_cej where jeune_id = any(:jeunes)
    """
).bindparams(
    bindparam("jeunes", type_=ARRAY(Integer)),
    bindparam("types", sorted(RENCONTRES.values()), type_=ARRAY(String)),
)


class MesureDuParcours(NamedTuple):
    id: int
    du: date
    echeance: date | None
    au: date | None
    motif_fin_code: str | None
    jeune_majeur: bool


class AccompagnementDuParcours(NamedTuple):
    du: date
    au: date | None
    motif_sortie_code: str | None


class RencontreDuParcours(NamedTuple):
    le: date
    type_code: str
    statut_code: str
    etape: str | None


class SituationDuParcours(NamedTuple):
    observee_le: date
    confirmee_le: date | None
    situation_pro_code: str | None
    parcours: str | None


class DecisionDuParcours(NamedTuple):
    echeance: str
    faite_le: date | None
    est_sans_objet: bool
    motif: str | None


class DemandeDuParcours(NamedTuple):
    id: int
    demandee_le: date
    decidee_le: date | None
    decision_code: str | None


class PropositionDuParcours(NamedTuple):
    proposee_le: date
    reponse_code: str | None


@dataclass
class ParcoursLu:
    """The records of one youth, in no order."""

    mesures: list[MesureDuParcours] = field(default_factory=list)
    sejours: list[AccompagnementDuParcours] = field(default_factory=list)
    rencontres: list[RencontreDuParcours] = field(default_factory=list)
    situations: list[SituationDuParcours] = field(default_factory=list)
    decisions: list[DecisionDuParcours] = field(default_factory=list)
    demandes: list[DemandeDuParcours] = field(default_factory=list)
    propositions: list[PropositionDuParcours] = field(default_factory=list)


_FAIRE: dict[str, Callable[..., Any]] = {
    "mesures": lambda n, le, prevu, fin, code, _a, _t, vrai: MesureDuParcours(
        n, le, prevu, fin, code, vrai
    ),
    "sejours": lambda _n, le, _p, fin, code, *_: AccompagnementDuParcours(le, fin, code),
    "rencontres": lambda _n, le, _p, _f, code, autre, texte, _v: RencontreDuParcours(
        le, code, autre, texte
    ),
    "situations": lambda _n, le, autre_jour, _f, code, autre, *_: SituationDuParcours(
        le, autre_jour, code, autre
    ),
    "decisions": lambda _n, le, _p, _f, code, _a, texte, vrai: DecisionDuParcours(
        code, le, vrai, texte
    ),
    "demandes": lambda n, le, autre_jour, _f, code, *_: DemandeDuParcours(n, le, autre_jour, code),
    "propositions": lambda _n, le, _p, _f, code, *_: PropositionDuParcours(le, code),
}
"""List of a ``ParcoursLu`` → what one line of the statement becomes there."""


def lire(jeunes: list[int]) -> dict[int, ParcoursLu]:
    """By the number of the youth; each of those asked for has an entry."""
    lus = {jeune: ParcoursLu() for jeune in jeunes}
    for genre, jeune, *valeurs in db.session.execute(_LIRE, {"jeunes": jeunes}):
        getattr(lus[jeune], genre).append(_FAIRE[genre](*valeurs))
    return lus
