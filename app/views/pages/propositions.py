"""The agenda that Tandem proposes to a comité de suivi: what the base knows, youth by youth (M10).

One statement a reason, whatever the number of youths; at most ``AU_PLUS`` youths for each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from app.extensions import db
from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Decision,
    Instance,
    Jeune,
    Mesure,
    PointDeComite,
    Rencontre,
    Tache,
)
from app.regles import parametres as p
from app.regles.age import aujourd_hui
from app.regles.comite import Raison, ranger
from app.regles.conservation import NOM_ANONYME
from app.views import tache
from app.views.comite import COMITE, precedent
from app.views.en_attente import FIN_ATTENDUE, PAS_PAR_ERREUR, alertes_ouvertes, vivant
from app.views.pages.a_faire import etapes_de_la_mds
from app.views.socle.affichage import en_texte

AU_PLUS = 40
"""Youths found for one reason, and proposed at once, the gravest first."""
COCHES = 20
"""Those that are ticked at first: what a comité has the time to look at."""
Trouvees = Iterable[tuple[int, Raison]]


@dataclass(frozen=True)
class Proposition:
    """A youth to put on the agenda."""

    jeune_id: int
    code: str
    nom: str
    raisons: list[Raison]


@dataclass(frozen=True)
class RechercheDuComite:
    """For which comité the base is asked."""

    mds_id: int
    le: date
    """The day of the comité: what is due before it counts."""
    comite: Instance
    dernier: Instance | None
    """The last one that was held: what is new is new since then."""
    aujourd_hui: date

    @property
    def depuis(self) -> date:
        """The day of the last comité; without one, a quarter ago."""
        if self.dernier is not None:
            return self.dernier.le
        return self.le - timedelta(days=p.FIN_PROCHE_JOURS.valeur)


def proposer(comite: Instance) -> list[Proposition]:
    """The youths of the MDS whom something brings to this comité, with their reasons."""
    if comite.mds_id is None:
        return []
    cherche = RechercheDuComite(comite.mds_id, comite.le, comite, precedent(comite), aujourd_hui())
    raisons: dict[int, list[Raison]] = defaultdict(list)
    for trouver in RAISONS:
        for jeune, raison in trouver(cherche):
            raisons[jeune].append(raison)
    ranges = ranger(raisons)
    premiers = [*ranges][: AU_PLUS * 2]
    jeunes = select(Jeune.id, Jeune.code, Jeune.prenom, Jeune.nom).where(
        Jeune.id.in_(premiers),
        Jeune.mds_id == comite.mds_id,
        Jeune.nom_tri != NOM_ANONYME,
        Jeune.deces_le.is_(None),
    )
    vus = {j.id: j for j in db.session.execute(jeunes)}
    return [
        Proposition(n, vus[n].code, f"{vus[n].prenom} {vus[n].nom}", ranges[n])
        for n in premiers
        if n in vus
    ][:AU_PLUS]


def _alertes(c: RechercheDuComite) -> Trouvees:
    lues = select(Alerte.jeune_id, Alerte.du).where(
        Alerte.mds_id == c.mds_id, *alertes_ouvertes(c.aujourd_hui)
    )
    for jeune, du in _premieres(lues.order_by(Alerte.du)):
        yield jeune, Raison("ALERTE", f"depuis le {en_texte(du)}")


def _etapes(c: RechercheDuComite) -> Trouvees:
    vues = set()
    for jeune, etape in etapes_de_la_mds(c.mds_id, c.aujourd_hui, AU_PLUS):
        if jeune.id not in vues:  # the oldest tells the others
            vues.add(jeune.id)
            yield jeune.id, Raison("ETAPE", f"{etape.titre}, {en_texte(etape.du)}")


def _decisions(c: RechercheDuComite) -> Trouvees:
    """Taken at the last comité, or due since: neither done nor given up."""
    if c.dernier is None:
        return
    du_dernier = Decision.instance_id == c.dernier.id
    venue = Decision.echeance_le.between(c.dernier.le, c.le)
    lues = select(Decision.jeune_id, Decision.decision).where(
        Decision.mds_id == c.mds_id,
        Decision.faite_le.is_(None),
        Decision.abandon.is_(None),
        or_(du_dernier, venue),
        Decision.instance_id != c.comite.id,
    )
    for jeune, dite in _premieres(lues.order_by(Decision.id)):
        yield jeune, Raison("DECISION", _court(dite))


def _taches(c: RechercheDuComite) -> Trouvees:
    lues = select(Tache.jeune_id, Tache.quoi).where(
        Tache.mds_id == c.mds_id, tache.ouvertes(), Tache.pour_le < c.aujourd_hui
    )
    for jeune, quoi in _premieres(lues.order_by(Tache.pour_le, Tache.id)):
        yield jeune, Raison("TACHE", _court(quoi))


def _mesures(c: RechercheDuComite) -> Trouvees:
    bientot = FIN_ATTENDUE.between(c.le, c.le + timedelta(days=p.FIN_PROCHE_JOURS.valeur))
    lues = select(Mesure.jeune_id, FIN_ATTENDUE.label("fin")).where(
        Mesure.mds_id == c.mds_id, bientot, vivant(Mesure.jeune_id)
    )
    for jeune, fin in _premieres(lues.order_by("fin", Mesure.id)):
        yield jeune, Raison("MESURE", f"le {en_texte(fin)}")


def _nouvelles(c: RechercheDuComite) -> Trouvees:
    """Followed for that long, and nobody met them since."""
    avant = c.aujourd_hui - timedelta(days=p.SANS_NOUVELLES_JOURS.valeur)
    rencontre = exists().where(
        Rencontre.jeune_id == Accompagnement.jeune_id,
        Rencontre.le > avant,
        Rencontre.statut_code == "TENUE",
        Rencontre.jeune_present.is_(True),
    )
    lues = _suivis(c, Accompagnement.du <= avant, ~rencontre)
    for (jeune,) in _premieres(lues):
        yield jeune, Raison("NOUVELLES", f"depuis plus de {p.SANS_NOUVELLES_JOURS.dit}")


def _binomes(c: RechercheDuComite) -> Trouvees:
    le = c.aujourd_hui
    court = and_(Binome.du <= le, or_(Binome.au.is_(None), Binome.au >= le))
    binome = exists().where(Binome.jeune_id == Accompagnement.jeune_id, court)
    for (jeune,) in _premieres(_suivis(c, ~binome)):
        yield jeune, Raison("BINOME")


def _nouveaux(c: RechercheDuComite) -> Trouvees:
    lues = select(Jeune.id, Jeune.contact_le).where(
        Jeune.mds_id == c.mds_id, Jeune.contact_le > c.depuis, Jeune.contact_le <= c.aujourd_hui
    )
    for jeune, contact in _premieres(lues.order_by(Jeune.contact_le.desc())):
        yield jeune, Raison("NOUVEAU", f"prise de contact le {en_texte(contact)}")


def _pas_vus(c: RechercheDuComite) -> Trouvees:
    """On the agenda of the last one, that was cancelled or had no time for them."""
    avant = (
        select(Instance.id)
        .where(
            Instance.type_code == COMITE,
            Instance.mds_id == c.mds_id,
            Instance.le < c.le,
            exists().where(PointDeComite.instance_id == Instance.id),
        )
        .order_by(Instance.le.desc(), Instance.id.desc())
        .limit(1)
    )
    decide = exists().where(
        Decision.instance_id == PointDeComite.instance_id,
        Decision.jeune_id == PointDeComite.jeune_id,
    )
    lues = (
        select(PointDeComite.jeune_id, Instance.le)
        .join(Instance, Instance.id == PointDeComite.instance_id)
        .where(
            PointDeComite.instance_id == avant.scalar_subquery(),
            PointDeComite.est_vu.is_(False),
            ~decide,
        )
        .order_by(PointDeComite.rang)
    )
    for jeune, le in _premieres(lues):
        yield jeune, Raison("PAS_VU", f"celui du {en_texte(le)}")


def _suivis(c: RechercheDuComite, *conditions: ColumnElement[bool]) -> Select:
    """The youths of the MDS in the scheme today."""
    le = c.aujourd_hui
    return (
        select(Accompagnement.jeune_id)
        .where(
            Accompagnement.mds_id == c.mds_id,
            PAS_PAR_ERREUR,
            Accompagnement.du <= le,
            or_(Accompagnement.au.is_(None), Accompagnement.au >= le),
            vivant(Accompagnement.jeune_id),
            *conditions,
        )
        .order_by(Accompagnement.du, Accompagnement.id)
    )


def _premieres(requete: Select) -> Iterator[tuple]:
    """The first rows, one a youth."""
    vus = set()
    for ligne in db.session.execute(requete.limit(AU_PLUS)):
        if ligne[0] not in vus:
            vus.add(ligne[0])
            yield tuple(ligne)


def _court(texte: str, lettres: int = 80) -> str:
    ligne = " ".join(texte.replace(";", ",").split())
    return ligne if len(ligne) <= lettres else f"{ligne[:lettres].rstrip()}…"


RAISONS: tuple[Callable[[RechercheDuComite], Trouvees], ...] = (
    _alertes,
    _etapes,
    _decisions,
    _taches,
    _mesures,
    _nouvelles,
    _binomes,
    _pas_vus,
    _nouveaux,
)
