"""The fusions made or undone since the last table sent.

Frozen months stay as they are, the next table says so.

What a table tells is what happened since the last one sent of the same territory, until it is
prepared; since the first of its month when none was ever sent. Each fusion, each undoing, is thus
told once by what goes out. By code, without name.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, Row, func, or_, select

from app.echanges.tableau.lignes import LigneDeFusion
from app.extensions import db
from app.models import Envoi, Fusion, Mds
from app.regles.age import PARIS
from app.regles.heures import moment

FUSION = "Fusion"
ANNULATION = "Fusion annulée"
AILLEURS = "dans une autre MDS"
RETARD = timedelta(hours=1)
"""A fusion that had begun before a table was frozen, and was saved after it, is told by the next
one."""


@dataclass(frozen=True)
class Fusions:
    depuis: datetime
    jamais_envoye: bool
    lignes: list[LigneDeFusion]

    @property
    def periode(self) -> str:
        if self.jamais_envoye:
            return f"depuis le {self.depuis:%d/%m/%Y} (aucun tableau envoyé avant)"
        return f"depuis le dernier tableau envoyé, le {moment(self.depuis)}"

    @property
    def phrase(self) -> str:
        """« 2 dossiers réunis à un autre, 1 fusion annulée depuis… »"""
        return f"{en_mots([ligne.nature for ligne in self.lignes])} {self.periode}"

    def json(self) -> list[dict[str, object]]:
        return [asdict(ligne) | {"le": ligne.le.isoformat()} for ligne in self.lignes]


def en_mots(natures: list[str]) -> str:
    """« 2 dossiers réunis à un autre, 1 fusion annulée »."""
    mots = []
    match natures.count(FUSION):
        case 0:
            pass
        case 1:
            mots.append("1 dossier réuni à un autre")
        case faites:
            mots.append(f"{faites} dossiers réunis à un autre")
    match natures.count(ANNULATION):
        case 0:
            pass
        case 1:
            mots.append("1 fusion annulée")
        case defaites:
            mots.append(f"{defaites} fusions annulées")
    return ", ".join(mots) or "aucun dossier réuni à un autre"


def fusions_figees(fige: Mapping[str, Any]) -> list[LigneDeFusion]:
    """What a table sent told."""
    return [
        LigneDeFusion(**f | {"le": date.fromisoformat(f["le"])}) for f in fige.get("fusions", [])
    ]


def fusions_a_dire(du: date, mds: Mds | None) -> Fusions:
    """What the table of the month that begins on ``du`` has to tell.

    Read with the rights of whoever counts.
    """
    ici = Envoi.mds_id.is_not_distinct_from(mds and mds.id)
    dernier = db.session.scalar(select(func.max(Envoi.envoye_le)).where(ici))
    depuis = (dernier or datetime.combine(du, time.min, PARIS)).astimezone(PARIS)
    seuil = depuis - RETARD if dernier else depuis
    trouvees = []
    for lue in db.session.execute(_fusions(seuil, mds)):
        for nature, le in ((FUSION, lue.fusionnee_le), (ANNULATION, lue.annulee_le)):
            if le is not None and le >= seuil:
                trouvees.append((le, _ligne(lue, nature, le, mds)))
    if any(le <= depuis for le, _ in trouvees):
        dites = _deja_dites(ici, seuil)
        trouvees = [(le, x) for le, x in trouvees if (x.numero, x.nature) not in dites]
    trouvees.sort(key=lambda x: (x[0], x[1].numero))
    return Fusions(depuis, dernier is None, [ligne for _, ligne in trouvees])


def _ligne(lue: Row[Any], nature: str, le: datetime, mds: Mds | None) -> LigneDeFusion:
    """The code of the file kept, and its MDS, are told in its own territory alone."""
    garde = AILLEURS
    ou = ""
    if mds is None or lue.mds_id == mds.id:
        garde = lue.code_garde
        ou = lue.mds
    return LigneDeFusion(lue.id, nature, le.astimezone(PARIS).date(), lue.code_absorbe, garde, ou)


def _fusions(depuis: datetime, mds: Mds | None) -> Executable:
    d_origine = Fusion.absorbe["mds_id"].astext.cast(Integer)
    lues = (
        select(
            Fusion.id,
            Fusion.code_garde,
            Fusion.code_absorbe,
            Fusion.fusionnee_le,
            Fusion.annulee_le,
            Fusion.mds_id,
            Mds.nom.label("mds"),
        )
        .join(Mds, Mds.id == Fusion.mds_id)
        .where(or_(Fusion.fusionnee_le >= depuis, Fusion.annulee_le >= depuis))
    )
    if mds is None:
        return lues
    return lues.where(or_(Fusion.mds_id == mds.id, d_origine == mds.id))


def _deja_dites(ici: ColumnElement[bool], depuis: datetime) -> set[tuple[int, str]]:
    """The (number, nature) of what the tables sent since have told."""
    contenus = db.session.scalars(select(Envoi.contenu).where(ici, Envoi.envoye_le >= depuis))
    dites = set()
    for contenu in contenus:
        for fusion in json.loads(contenu).get("fusions", []):
            dites.add((fusion["numero"], fusion["nature"]))
    return dites
