"""Files made one, or taken apart, since the last table sent: frozen months stay as they are, the
next table says so.

What a table tells is what happened since the last one sent of the same territory, until it is
prepared; since the first of its month when none was ever sent. Each fusion, each undoing, is thus
told once by what goes out. By code, without name.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Integer, func, or_, select

from app.extensions import db
from app.models import Envoi, Fusion, Mds
from app.regles.age import PARIS

FUSION, ANNULATION = "Fusion", "Fusion annulée"
AILLEURS = "dans une autre MDS"
RETARD = timedelta(hours=1)
"""A fusion that had begun before a table was frozen, and was saved after it, is told by the next
one."""


@dataclass(frozen=True)
class Ligne:
    numero: int
    nature: str
    le: date
    absorbe: str
    garde: str
    """Its code, or « dans une autre MDS »: a table never names the file of another territory."""
    mds: str


@dataclass(frozen=True)
class Fusions:
    depuis: datetime
    jamais_envoye: bool
    lignes: list[Ligne]

    @property
    def periode(self) -> str:
        if self.jamais_envoye:
            return f"depuis le {self.depuis:%d/%m/%Y} (aucun tableau envoyé avant)"
        return f"depuis le dernier tableau envoyé, le {self.depuis:%d/%m/%Y à %H:%M}"

    @property
    def phrase(self) -> str:
        """« 2 dossiers réunis à un autre, 1 fusion annulée depuis… »"""
        return f"{en_mots([ligne.nature for ligne in self.lignes])} {self.periode}"

    def json(self) -> list[dict]:
        return [asdict(ligne) | {"le": ligne.le.isoformat()} for ligne in self.lignes]


def en_mots(natures: list[str]) -> str:
    faites, defaites = natures.count(FUSION), natures.count(ANNULATION)
    mots = []
    if faites:
        mots.append(
            f"{faites} dossiers réunis à un autre" if faites > 1 else "1 dossier réuni à un autre"
        )
    if defaites:
        mots.append(f"{defaites} fusions annulées" if defaites > 1 else "1 fusion annulée")
    return ", ".join(mots) or "aucun dossier réuni à un autre"


def figees(fige: dict) -> list[Ligne]:
    """What a table sent told."""
    return [Ligne(**f | {"le": date.fromisoformat(f["le"])}) for f in fige.get("fusions", [])]


def lire(du: date, mds: Mds | None) -> Fusions:
    """What the table of the month that begins on ``du`` has to tell; read with the rights of who
    counts."""
    ici = Envoi.mds_id.is_(None) if mds is None else Envoi.mds_id == mds.id
    dernier = db.session.scalar(select(func.max(Envoi.envoye_le)).where(ici))
    depuis = (dernier or datetime.combine(du, time.min, PARIS)).astimezone(PARIS)
    seuil = depuis - RETARD if dernier else depuis
    trouvees = []
    for f in db.session.execute(_fusions(seuil, mds)):
        garde, ou = (f.code_garde, f.mds) if mds is None or f.mds_id == mds.id else (AILLEURS, "")
        trouvees += [
            (le, Ligne(f.id, nature, le.astimezone(PARIS).date(), f.code_absorbe, garde, ou))
            for nature, le in ((FUSION, f.fusionnee_le), (ANNULATION, f.annulee_le))
            if le is not None and le >= seuil
        ]
    if any(le <= depuis for le, _ in trouvees):
        dites = _deja_dites(ici, seuil)
        trouvees = [(le, x) for le, x in trouvees if (x.numero, x.nature) not in dites]
    trouvees.sort(key=lambda x: (x[0], x[1].numero))
    return Fusions(depuis, dernier is None, [ligne for _, ligne in trouvees])


def _fusions(depuis: datetime, mds: Mds | None):
    d_origine = Fusion.absorbe["mds_id"].astext.cast(Integer)
    ici = True if mds is None else or_(Fusion.mds_id == mds.id, d_origine == mds.id)
    return (
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
        .where(or_(Fusion.fusionnee_le >= depuis, Fusion.annulee_le >= depuis), ici)
    )


def _deja_dites(ici, depuis: datetime) -> set[tuple[int, str]]:
    contenus = db.session.scalars(select(Envoi.contenu).where(ici, Envoi.envoye_le >= depuis))
    return {(f["numero"], f["nature"]) for c in contenus for f in json.loads(c).get("fusions", [])}
