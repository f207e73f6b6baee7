"""What waits of the youths that a person sees, or of theirs: counted and named alike everywhere.

Each part is one statement about many youths, with the conditions of the lists
(``app/views/en_attente.py``). The steps of the law are those of the eldest youths whom they can
concern (``EXAMINES``): the rule says them, one life at a time.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array as pg_array

from app.models import Alerte, Binome, Jeune, Orientation, Rencontre
from app.regles import parametres as p
from app.regles.age import ajouter_mois
from app.regles.conservation import NOM_ANONYME
from app.regles.echeances import EN_RETARD, Echeance, Faits, echeances
from app.regles.sortie import sortie_sans_situation
from app.views import orientation
from app.views.en_attente import (
    alertes_ouvertes,
    concernes,
    court,
    muet,
    rdv_a_fixer,
    rencontres_a_mettre_a_jour,
)
from app.views.pages import garde, parcours_lus
from app.views.pages.garde import MdsGardee, Part, PerimetreLu, VieDuJeune
from app.views.pages.parcours_lus import ParcoursLu
from app.views.portefeuille import TOUS

EXAMINES = 100
"""Youths whose steps are computed for one page."""
MARGE = 50
"""Youths kept beyond them: when one is no longer concerned, the others are not read again."""
ORIGINE = date(2000, 1, 1)
"""The day from which a part counts days, where it tells them as numbers."""
SILENCE = p.SANS_NOUVELLES_JOURS.valeur


def _dire(part: str, modele: Any, **valeurs: SQLColumnExpression[Any]) -> Select:
    jeune = modele.id if modele is Jeune else modele.jeune_id
    return garde.une_ligne(part, modele.mds_id, jeune, **valeurs)


def _rencontres(le: date, ou: PerimetreLu) -> Select:
    return (
        _dire("rencontres", Rencontre, nombre=func.count())
        .where(*ou(Rencontre), *rencontres_a_mettre_a_jour(le))
        .group_by(Rencontre.mds_id, Rencontre.jeune_id)
    )


def _alertes(le: date, ou: PerimetreLu) -> Select:
    return (
        _dire("alertes", Alerte, nombre=func.count())
        .where(*ou(Alerte), *alertes_ouvertes(le))
        .group_by(Alerte.mds_id, Alerte.jeune_id)
    )


def _rdv(le: date, ou: PerimetreLu) -> Select:
    return _dire("rdv", Jeune, jour=Jeune.contact_le).where(*ou(Jeune), *rdv_a_fixer(le))


def _charges(le: date, ou: PerimetreLu) -> Select:
    """The coordonnateurs of today, and whether the youth is without news.

    What the lists hold is read once, whole, in indexes: an MDS follows thousands of youths.
    """
    anonymes = select(Jeune.id).where(*ou(Jeune), Jeune.nom_tri == NOM_ANONYME)
    return (
        _dire(
            "charges",
            Binome,
            numeros=func.array_agg(Binome.coordonnateur_id, type_=ARRAY(Integer)),
            vrai=func.bool_or(muet(Binome.jeune_id, SILENCE, le, ou)),
        )
        .where(*ou(Binome), *court(Binome, le), Binome.jeune_id.not_in(anonymes))
        .where(Binome.coordonnateur_id.is_not(None))
        .group_by(Binome.mds_id, Binome.jeune_id)
    )


def _concernes(le: date, ou: PerimetreLu) -> Select:
    """The eldest of each MDS; of youths given by their numbers, all."""
    if ou.jeunes is not None:
        return _nes(le, ou)
    if ou.mds is None:
        return _premiers(le, ou)
    une_a_une = [_premiers(le, PerimetreLu(mds=[numero])) for numero in ou.mds]
    return select(union_all(*une_a_une).subquery())


def _premiers(le: date, ou: PerimetreLu) -> Select:
    premiers = _nes(le, ou).order_by(Jeune.date_naissance, Jeune.id).limit(EXAMINES + MARGE)
    return select(premiers.subquery())


def _nes(le: date, ou: PerimetreLu) -> Select:
    return _dire("concernes", Jeune, jour=Jeune.date_naissance).where(
        *ou(Jeune), concernes(le), Jeune.nom_tri != NOM_ANONYME, Jeune.deces_le.is_(None)
    )


def _orientations(le: date, ou: PerimetreLu) -> Select:
    """Those that nobody answered, of each youth: urgent or not, contact, number, for whom."""
    dites = pg_array(
        [
            cast(Orientation.est_urgente, Integer),
            Orientation.contact_le - literal(ORIGINE, Date),
            Orientation.id,
            Orientation.vers_id,
        ]
    )
    return (
        _dire("orientations", Orientation, numeros=func.array_agg(dites))
        .where(*ou(Orientation), orientation.sans_reponse(le))
        .group_by(Orientation.mds_id, Orientation.jeune_id)
    )


@lru_cache(maxsize=4096)
def _une_charge(coordonnateurs: tuple[int, ...], muette: bool) -> tuple[tuple[int, ...], bool]:
    """The same object for the many youths of a coordonnateur."""
    return coordonnateurs, muette


def _en_charge(ligne: Row) -> tuple[tuple[int, ...], bool]:
    return _une_charge(tuple(ligne.numeros), ligne.vrai)


RENCONTRES = Part("rencontres", _rencontres, lambda ligne: ligne.nombre)
ALERTES = Part("alertes", _alertes, lambda ligne: ligne.nombre)
RDV = Part("rdv", _rdv, lambda ligne: ligne.jour)
CHARGES = Part("charges", _charges, _en_charge)
ORIENTATIONS = Part("orientations", _orientations, lambda ligne: ligne.numeros)
CONCERNES = Part(
    "concernes",
    _concernes,
    lambda ligne: ligne.jour,
    au_plus=EXAMINES + MARGE,
    au_moins=EXAMINES + 1,
)


@dataclass(frozen=True)
class Charge:
    """The youths whom a coordonnateur accompanies today; those without news; those to meet."""

    jeunes: int
    muets: int
    a_fixer: int


@dataclass(frozen=True)
class LignesDesJeunes:
    """What the rule says that waits, by the numbers of the youths, in no order."""

    etapes: list[tuple[int, Echeance]]
    """The steps of the law that are late and can still be done."""
    sorties: list[tuple[int, date]]
    """The exits whose situation is awaited."""
    tous_examines: bool


@dataclass(frozen=True)
class AttenteDesJeunes:
    """What waits on a day: of all the youths that a person sees, or of theirs."""

    le: date
    lues: dict[int, MdsGardee]
    """MDS → what was read of these youths."""
    toutes: dict[int, MdsGardee]
    """MDS → what was read of all the youths that the person sees."""
    gardees: dict[int, MdsGardee]
    """MDS → where the lives that are computed may be kept."""

    def combien(self, part: Part) -> int:
        """How many records a part counts."""
        return sum(mds.part(part).total for mds in self.lues.values())

    def jours(self, part: Part) -> Iterator[tuple[date, int]]:
        """(day, youth) of a part, in this order."""
        return merge(*(mds.part(part).dans_l_ordre for mds in self.lues.values()))

    def combien_de_jeunes(self, part: Part, avant: date = date.max) -> int:
        """How many youths have a day of a part before this one."""
        return sum(bisect_left(mds.part(part).dans_l_ordre, (avant,)) for mds in self.lues.values())

    def orientations(self, agent: int | None, combien: int) -> list[int]:
        """The first that wait for an agent, or for whoever answers: urgent, then the oldest."""
        recues = [
            (-1 if urgente is None else urgente, contact, numero)
            for mds in self.toutes.values()
            for dites in mds.part(ORIENTATIONS).valeurs.values()
            for urgente, contact, numero, vers in dites
            if vers is None or vers == agent
        ]
        recues.sort(key=lambda recue: (-recue[0], *recue[1:]))
        return [numero for *_, numero in recues[:combien]]

    def charges(self) -> dict[int, Charge]:
        """Coordonnateur → what they carry."""
        jeunes: Counter[int] = Counter()
        muets: Counter[int] = Counter()
        a_fixer: Counter[int] = Counter()
        for mds in self.toutes.values():
            portes = mds.part(CHARGES)
            for (coordonnateurs, muette), combien in portes.repartition.items():
                for numero in coordonnateurs:
                    jeunes[numero] += combien
                    muets[numero] += combien * muette
            for jeune in portes.valeurs.keys() & mds.part(RDV).valeurs.keys():
                for numero in portes.valeurs[jeune][0]:
                    a_fixer[numero] += 1
        return {n: Charge(jeunes[n], muets[n], a_fixer[n]) for n in jeunes}

    def examiner(self) -> LignesDesJeunes:
        """Ask the rule about the eldest ones; those whose life is not kept are read now."""
        par_mds = [self._aines(numero, mds) for numero, mds in self.lues.items()]
        candidats = [*islice(merge(*par_mds), EXAMINES + 1)]
        examines = candidats[:EXAMINES]
        connues = {jeune: self._vies(numero).get(jeune) for _, jeune, numero in examines}
        manquent = [jeune for jeune, vie in connues.items() if vie is None]
        lus = parcours_lus.lire(manquent) if manquent else {}
        for naissance, jeune, numero in examines:
            if jeune in lus:
                vues = self._vies(numero)
                vues[jeune] = _examiner_une_vie(naissance, lus[jeune], self.le)
                connues[jeune] = vues[jeune]
        etapes, sorties = [], []
        for jeune, vie in connues.items():
            if vie is not None:
                etapes += [(jeune, etape) for etape in vie.en_retard]
                sorties += [(jeune, jour) for jour in (vie.sortie,) if jour]
        return LignesDesJeunes(etapes, sorties, len(candidats) <= EXAMINES)

    @staticmethod
    def _aines(numero: int, mds: MdsGardee) -> Iterator[tuple[date, int, int]]:
        """(birth, youth, MDS) of those whom a step can concern, the eldest first."""
        return ((naissance, jeune, numero) for naissance, jeune in mds.part(CONCERNES).dans_l_ordre)

    def _vies(self, numero: int) -> dict[int, VieDuJeune]:
        return (self.gardees.get(numero) or self.lues[numero]).vies


def regarder(
    parts: Sequence[Part], le: date, qui: str = TOUS, de_tous: Sequence[Part] = ()
) -> AttenteDesJeunes:
    """These parts as they are now; ``qui``: of all the youths that the person sees, or of theirs.

    ``de_tous``: others, of all the youths in any case. All of an MDS is kept from one look to the
    next; the youths of a person are few, and read each time.
    """
    communes = list(dict.fromkeys([*parts, *de_tous] if qui == TOUS else de_tous))
    gardees = garde.regarder(communes, le)
    toutes = gardees
    if toutes is None:
        toutes = garde.lire_sans_garder(communes, le, TOUS)
    lues = toutes
    if qui != TOUS:
        lues = garde.lire_sans_garder(parts, le, qui)
    return AttenteDesJeunes(le, lues, toutes, gardees or {})


def preparer(parts: Sequence[Part], le: date) -> None:
    """Read these parts of every MDS, and ask the rule about its eldest, before anybody looks."""
    for numero, mds in garde.preparer(parts, le).items():
        seule = {numero: mds}
        AttenteDesJeunes(le, seule, seule, seule).examiner()


def _examiner_une_vie(naissance: date, lu: ParcoursLu, le: date) -> VieDuJeune:
    sortie = sortie_sans_situation(lu.mesures, lu.sejours, lu.situations, le)
    recente = ajouter_mois(le, -p.SITUATION_DE_SORTIE_MOIS.valeur)
    if sortie is not None and sortie < recente:
        sortie = None
    return VieDuJeune(en_retard(naissance, lu, le), sortie)


def en_retard(naissance: date, lu: ParcoursLu, le: date) -> tuple[Echeance, ...]:
    """The steps of a youth that are late that day and can still be done."""
    faits = Faits(
        naissance,
        lu.mesures,
        lu.sejours,
        lu.rencontres,
        lu.situations,
        lu.decisions,
        demandes_cjm=lu.demandes,
        propositions_cej=lu.propositions,
    )
    return tuple(e for e in echeances(faits, le, dues=True) if e.etat == EN_RETARD)
