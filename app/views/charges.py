"""What an agent has to do changes hands with the portfolio: rencontres, tâches, needs (M3, M10).

Written with the rights of the person; the rows that they may not change stay as they are.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    ScalarSelect,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased

from app import acces
from app.extensions import db
from app.models import (
    Besoin,
    Binome,
    Instance,
    ModificationGroupee,
    Rencontre,
    Tache,
    TacheInstance,
)
from app.regles.age import aujourd_hui
from app.regles.passation import Passation

_DEPLACER = text("""
    update rencontre r set agents = acces.remplacer_nom(r.agents, v.de, v.vers)
    from unnest(cast(:jeune_id as int[]), cast(:de_id as int[]), cast(:de as text[]),
                cast(:vers as text[]), cast(:du as date[]), cast(:au as date[]))
      as v(jeune_id, de_id, de, vers, du, au)
    where r.jeune_id = v.jeune_id and r.statut_code = 'PREVUE' and r.agents_ids @> array[v.de_id]
      and r.le between v.du and coalesce(v.au, 'infinity')
""")
"""The base finds the agent of the name again (acces.nommer_agents)."""
_CONFIER = text("""
    update tache t set agent_id = v.vers_id
    from unnest(cast(:jeune_id as int[]), cast(:de_id as int[]), cast(:vers_id as int[]),
                cast(:du as date[]), cast(:au as date[]), cast(:toutes as boolean[]))
      as v(jeune_id, de_id, vers_id, du, au, toutes)
    where t.jeune_id = v.jeune_id and t.agent_id = v.de_id
      and t.faite_le is null and t.abandon is null
      and (v.toutes or t.pour_le between v.du and coalesce(v.au, 'infinity'))
""")
"""Of one who leaves for good, all that is still to do; else what is due in these days."""
_CHARGER = text("""
    update besoin b set qui_id = v.vers_id
    from unnest(cast(:jeune_id as int[]), cast(:de_id as int[]), cast(:vers_id as int[]),
                cast(:du as date[]), cast(:au as date[]), cast(:toutes as boolean[]))
      as v(jeune_id, de_id, vers_id, du, au, toutes)
    where b.jeune_id = v.jeune_id and b.qui_id = v.de_id
      and (v.toutes or b.pour_le between v.du and coalesce(v.au, 'infinity'))
      and not exists (
        select from besoin s where s.jeune_id = b.jeune_id and s.domaine_code = b.domaine_code
          and s.entretien_le > b.entretien_le)
""")
"""The needs that the last interview found; those of an earlier one are over."""


@dataclass(frozen=True)
class PassationDesTaches:
    """What an agent had to do for a youth between two days, and who does it instead."""

    jeune_id: int
    de_id: int
    de: str
    vers_id: int
    vers: str
    du: date
    au: date | None
    toutes: bool = False
    """All that is still to do, whenever it is due."""


def deplacer(lot: ModificationGroupee, deplacements: list[PassationDesTaches]) -> None:
    """Move what the person may change, and count it."""
    if deplacements:
        valeurs = en_colonnes([asdict(d) for d in deplacements])
        lot.rencontres = db.session.execute(_DEPLACER, valeurs).rowcount
        lot.taches = db.session.execute(_CONFIER, valeurs).rowcount
        lot.taches += db.session.execute(_CHARGER, valeurs).rowcount


def comptees(de: int, passation: Passation) -> list[Label[int]]:
    """How much of the agent would change hands with a binôme: columns of its row."""
    du = func.greatest(Binome.du, passation.du)
    au = func.least(Binome.au, passation.jusqu_au or date.max)
    pour_de_bon = and_(
        literal(passation.jusqu_au is None), Binome.du < passation.du, Binome.au.is_(None)
    )
    suivant = aliased(Besoin)
    rencontres = _compter(
        Rencontre.jeune_id == Binome.jeune_id,
        Rencontre.statut_code == "PREVUE",
        Rencontre.agents_ids.contains([de]),
        Rencontre.le.between(du, au),
    )
    taches = _compter(
        Tache.jeune_id == Binome.jeune_id,
        Tache.agent_id == de,
        Tache.faite_le.is_(None),
        Tache.abandon.is_(None),
        or_(pour_de_bon, Tache.pour_le.between(du, au)),
    )
    besoins = _compter(
        Besoin.jeune_id == Binome.jeune_id,
        Besoin.qui_id == de,
        or_(pour_de_bon, Besoin.pour_le.between(du, au)),
        not_(
            exists().where(
                suivant.jeune_id == Besoin.jeune_id,
                suivant.domaine_code == Besoin.domaine_code,
                suivant.entretien_le > Besoin.entretien_le,
            )
        ),
    )
    return [rencontres.label("rencontres"), taches.label("taches"), besoins.label("besoins")]


def _compter(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*conditions).correlate(Binome).scalar_subquery()


def des_instances(passation: Passation) -> int:
    """How many tâches that instances gave to the agent would change hands."""
    if not acces.perimetre().peut("tache_instance", "modifier"):
        return 0
    return db.session.scalar(select(func.count()).where(*_a_confier(passation))) or 0


def confier(lot: ModificationGroupee, passation: Passation, vers: int) -> None:
    """Give them to another agent, and count them; until a day, each says whose it is."""
    valeurs: dict[str, Any] = {"agent_id": vers}
    if passation.jusqu_au is not None:
        proprietaire = func.coalesce(TacheInstance.remplace_id, passation.de)
        fin = func.coalesce(TacheInstance.remplace_jusqu_au, passation.jusqu_au)
        valeurs |= {"remplace_id": proprietaire, "remplace_jusqu_au": fin}
    ordre = update(TacheInstance).where(*_a_confier(passation)).values(valeurs)
    faite = db.session.execute(ordre.execution_options(synchronize_session=False))
    lot.taches += faite.rowcount


def confiees() -> list[ColumnElement[bool]]:
    """The conditions « handed over until a day that is not past, and still to do »."""
    return [
        TacheInstance.remplace_id.is_not(None),
        TacheInstance.remplace_id != TacheInstance.agent_id,
        TacheInstance.remplace_jusqu_au >= aujourd_hui(),
        TacheInstance.faite_le.is_(None),
        TacheInstance.abandon.is_(None),
        TacheInstance.instance_id.in_(select(Instance.id).where(*_tenues())),
    ]


def a_rendre(de: int, vers: int) -> list[int]:
    """The tâches of instances that ``vers`` holds for ``de``, where the person may change them."""
    if not acces.perimetre().peut("tache_instance", "modifier"):
        return []
    siennes = (TacheInstance.remplace_id == de, TacheInstance.agent_id == vers)
    requete = select(TacheInstance.id).where(*confiees(), *siennes)
    return list(db.session.scalars(requete.order_by(TacheInstance.id)))


def rendre(lot: ModificationGroupee, taches: list[int], de: int) -> None:
    """Give these tâches of instances back to ``de``."""
    rendues = {"agent_id": de, "remplace_id": None, "remplace": None, "remplace_jusqu_au": None}
    ordre = update(TacheInstance).where(TacheInstance.id.in_(taches)).values(rendues)
    faite = db.session.execute(ordre.execution_options(synchronize_session=False))
    lot.taches += faite.rowcount


def _a_confier(passation: Passation) -> tuple[ColumnElement[bool], ...]:
    """For good, all that is still to do; until a day, what is due in these days."""
    dues: ColumnElement[bool] = TacheInstance.pour_le.between(passation.du, passation.jusqu_au)
    if passation.jusqu_au is None:
        dues = true()
    return (
        TacheInstance.agent_id == passation.de,
        TacheInstance.faite_le.is_(None),
        TacheInstance.abandon.is_(None),
        dues,
        TacheInstance.instance_id.in_(select(Instance.id).where(*_tenues())),
    )


def _tenues() -> Iterator[ColumnElement[bool]]:
    """The instances that the person keeps, and whose youths they follow."""
    perimetre = acces.perimetre()
    for ou in (perimetre.mds("instance", "modifier"), perimetre.mds("jeune", "lire")):
        if not isinstance(ou, acces.Toutes):
            yield Instance.mds_id.in_(sorted(ou))


def en_colonnes(lignes: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows → one array a column."""
    return {nom: [ligne[nom] for ligne in lignes] for nom in lignes[0]}
