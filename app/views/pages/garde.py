"""What this process keeps of the youths of each MDS: a look reads again only those who moved.

What was read is kept with the snapshot in which it was (``acces/bouges.sql``): the youths to read
again are those written by a transaction that the snapshot did not see. Nothing of it is a name. It
is kept for one day, for the code lists of one version, and read by whoever reads all these tables
in the MDS: their policies ask for nothing else. Whoever has just written, reads otherwise, or acts
for everyone keeps nothing and reads nothing kept.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from flask import g
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Label,
    Row,
    Select,
    SQLColumnExpression,
    String,
    any_,
    literal,
    literal_column,
    null,
    select,
    text,
    union_all,
)

from app import acces
from app.acces import Toutes, mds_permises
from app.extensions import db
from app.models import Jeune
from app.models.bouges import BOUGENT
from app.regles.echeances import Echeance
from app.views.portefeuille import TOUS, les_siens
from app.views.socle.affichage import elements

AU_PLUS = 400
"""Youths who moved, read again by their numbers; beyond, all are."""
VIES_AU_PLUS = 5000
"""Lives kept of an MDS; beyond, they are computed again."""
LUES = tuple(BOUGENT.keys() - {"conservation"})
"""Whoever reads youths reads which of them are anonymised (``acces/politiques.sql``)."""
_LIRE = text(
    "select suivi, instantane::text, seul, jeunes from acces.jeunes_bouges("
    "cast(:suivi as text), cast(:depuis as pg_snapshot[]), :au_plus)"
)
_SUIVRE = text("select acces.suivre_les_bouges()")


@dataclass(frozen=True)
class PerimetreLu:
    """Of which rows something is read: of MDS, of youths of them, of whom a person accompanies."""

    mds: Sequence[int] | None = None
    """None: all that the person reads."""
    jeunes: Sequence[int] | None = None
    qui: str = TOUS

    def __call__(self, modele: Any) -> tuple[ColumnElement[bool], ...]:
        """The conditions on the rows of a table of youths."""
        jeune = modele.id if modele is Jeune else modele.jeune_id
        conditions = list(mds_permises(modele))
        if self.mds is not None:
            conditions = [modele.mds_id.in_(sorted(self.mds))]
        if self.jeunes is not None:
            conditions.append(jeune == any_(literal(self.jeunes, ARRAY(Integer))))
        return (*conditions, *les_siens(jeune, self.qui))


RIEN: dict[str, SQLColumnExpression[Any]] = {
    "nombre": null().cast(Integer),
    "jour": null().cast(Date),
    "numeros": null().cast(ARRAY(Integer)),
    "vrai": null().cast(Boolean),
}
"""What a part does not say of a youth."""


def une_ligne(
    part: str,
    mds_id: SQLColumnExpression[int],
    jeune_id: SQLColumnExpression[int],
    **valeurs: SQLColumnExpression[Any],
) -> Select:
    """What a part selects of each youth: its name, the MDS, the youth, and these values."""
    nom: ColumnElement[str] = literal_column(f"'{part}'", String)
    dites: list[Label[Any]] = [valeur.label(cle) for cle, valeur in {**RIEN, **valeurs}.items()]
    return select(nom.label("part"), mds_id.label("mds_id"), jeune_id.label("jeune_id"), *dites)


@dataclass(frozen=True)
class Part:
    """One thing that is read of many youths, a row for each (``une_ligne``), with what of the row
    is kept."""

    nom: str
    requete: Callable[[date, PerimetreLu], Select]
    valeur: Callable[[Row], Any]
    au_plus: int | None = None
    """Youths kept of an MDS, those of the smallest values then numbers; None: all."""
    au_moins: int = 0
    """When fewer are left of a part that stopped there, it is read again in full."""


@dataclass
class PartGardee:
    """Youth → value; ``borne``: the last (value, youth) kept, when there may be others beyond."""

    valeurs: dict[int, Any] = field(default_factory=dict)
    borne: tuple[Any, int] | None = None

    def sans(self, jeunes: Iterable[int]) -> "PartGardee":
        valeurs = dict(self.valeurs)
        for jeune in jeunes:
            valeurs.pop(jeune, None)
        return PartGardee(valeurs, self.borne)

    def ajouter(self, jeune: int, valeur: Any) -> None:
        if self.borne is None or (valeur, jeune) <= self.borne:
            self.valeurs[jeune] = valeur

    def borner(self, au_plus: int | None) -> None:
        """Say where what was read in full stops."""
        if au_plus is not None and len(self.valeurs) >= au_plus:
            self.borne = max((valeur, jeune) for jeune, valeur in self.valeurs.items())

    @cached_property
    def total(self) -> int:
        """The sum of the values, where they are numbers; nothing is added afterwards."""
        return sum(self.valeurs.values())

    @cached_property
    def dans_l_ordre(self) -> list[tuple[Any, int]]:
        """(value, youth), the smallest first."""
        return sorted((valeur, jeune) for jeune, valeur in self.valeurs.items())

    @cached_property
    def repartition(self) -> Counter[Any]:
        """Value → how many youths."""
        return Counter(self.valeurs.values())

    def suffit(self, part: Part) -> bool:
        return self.borne is None or len(self.valeurs) >= part.au_moins


class VieDuJeune(NamedTuple):
    """What the rule says of one youth on the day."""

    en_retard: tuple[Echeance, ...]
    sortie: date | None
    """The exit whose situation is awaited."""


@dataclass
class MdsGardee:
    """What is kept of the youths of one MDS: as its snapshot sees them, or later."""

    instantane: str = ""
    parts: dict[Part, PartGardee] = field(default_factory=dict)
    vies: dict[int, VieDuJeune] = field(default_factory=dict)

    def part(self, part: Part) -> PartGardee:
        """What was read of a part; nothing when no row was."""
        return self.parts.get(part) or PartGardee()

    def apres(self, instantane: str, bouges: Sequence[int]) -> "MdsGardee":
        """The same at a later snapshot, without the youths who moved in between."""
        if not bouges:
            return MdsGardee(instantane, dict(self.parts), self.vies)
        parts = {part: gardee.sans(bouges) for part, gardee in self.parts.items()}
        tenues = {part: gardee for part, gardee in parts.items() if gardee.suffit(part)}
        vies = dict(self.vies)
        for jeune in bouges:
            vies.pop(jeune, None)
        if len(vies) > VIES_AU_PLUS:
            vies = {}
        return MdsGardee(instantane, tenues, vies)


@dataclass
class GardeDesJeunes:
    """All that the process keeps, of a day, of a version of the lists, of a number of the base."""

    listes: str = ""
    le: date = date.min
    suivi: str | None = None
    mds: dict[int, MdsGardee] = field(default_factory=dict)


_gardes: dict[tuple[str, ...], GardeDesJeunes] = {}
"""What one must read of an MDS → what is kept for those who do."""


def oublier() -> None:
    """Keep nothing of what was read so far."""
    _gardes.clear()


def regarder(
    parts: Sequence[Part], le: date, tables: tuple[str, ...] = LUES
) -> dict[int, MdsGardee] | None:
    """MDS → what is kept of its youths, brought up to now, with these parts at least.

    Of the MDS of which the person reads these ``tables``; None for whoever keeps nothing. Two
    statements at most.
    """
    return _amener_a_maintenant(parts, le, tables, _mds_lues(tables))


def preparer(
    parts: Sequence[Part], le: date, tables: tuple[str, ...] = LUES
) -> dict[int, MdsGardee]:
    """The same for every MDS, by a process that acts for everyone before anybody looks.

    Nothing when it may not keep what it would read; the next look, or the next time, reads it.
    """
    return _amener_a_maintenant(parts, le, tables, numeros_des_mds()) or {}


def _amener_a_maintenant(
    parts: Sequence[Part], le: date, tables: tuple[str, ...], numeros: Sequence[int]
) -> dict[int, MdsGardee] | None:
    listes = g.get("version_des_listes")
    if listes is None or not numeros:
        return None
    garde = _garde_de(tables, listes, le)
    avant = {numero: garde.mds[numero] for numero in numeros if numero in garde.mds}
    depuis = sorted({mds.instantane for mds in avant.values()})
    demande = {"suivi": garde.suivi, "depuis": depuis, "au_plus": AU_PLUS}
    moment = db.session.execute(_LIRE, demande).one()
    if moment.suivi is None:
        db.session.execute(_SUIVRE)
        db.session.commit()
        return None
    if not moment.seul:
        return None
    if moment.suivi != garde.suivi:
        garde = _garde_de(tables, listes, le, moment.suivi)
    bouges = moment.jeunes
    if bouges is None:
        avant, bouges = {}, []
    apres = {
        numero: avant.get(numero, MdsGardee()).apres(moment.instantane, bouges)
        for numero in numeros
    }
    _completer(apres, parts, bouges, le)
    garde.mds.update(apres)
    return apres


def lire_sans_garder(parts: Sequence[Part], le: date, qui: str = TOUS) -> dict[int, MdsGardee]:
    """MDS → the same parts of all that the person reads, or of theirs, read now; one statement."""
    lues: dict[int, MdsGardee] = defaultdict(MdsGardee)
    _lire([part.requete(le, PerimetreLu(qui=qui)) for part in parts], parts, lues)
    return lues


def _mds_lues(tables: tuple[str, ...]) -> list[int]:
    """The MDS of which the person reads all these tables; none for whoever reads otherwise."""
    contexte = acces.contexte()
    if contexte.acteur == acces.TOUS or contexte.portee:
        return []
    perimetre = acces.perimetre()
    lues = [perimetre.mds(table, "lire") for table in tables]
    if any(autres != lues[0] for autres in lues):
        return []
    if isinstance(lues[0], Toutes):
        return numeros_des_mds()
    return sorted(lues[0])


def numeros_des_mds() -> list[int]:
    return [int(numero) for numero in elements("mds")["mds"]]


def _garde_de(
    tables: tuple[str, ...], listes: str, le: date, suivi: str | None = None
) -> GardeDesJeunes:
    """What is kept under these; something new when it was kept under others."""
    garde = _gardes.get(tables)
    if garde is None or suivi is not None or (garde.listes, garde.le) != (listes, le):
        garde = _gardes[tables] = GardeDesJeunes(listes, le, suivi)
    return garde


def _completer(
    gardees: Mapping[int, MdsGardee], parts: Sequence[Part], bouges: Sequence[int], le: date
) -> None:
    """Read in full the parts that an MDS lacks and, of the youths who moved, those that it has."""
    tenues = [part for mds in gardees.values() for part in mds.parts]
    toutes = list(dict.fromkeys([*parts, *tenues]))
    requetes, entieres = [], []
    for part in toutes:
        suivies = [numero for numero, mds in gardees.items() if part in mds.parts]
        if suivies and bouges:
            requetes.append(part.requete(le, PerimetreLu(mds=suivies, jeunes=bouges)))
        manquent = [numero for numero in gardees if part in parts and numero not in suivies]
        if manquent:
            requetes.append(part.requete(le, PerimetreLu(mds=manquent)))
            entieres += [(numero, part) for numero in manquent]
    for numero, part in entieres:
        gardees[numero].parts[part] = PartGardee()
    _lire(requetes, toutes, gardees)
    for numero, part in entieres:
        gardees[numero].parts[part].borner(part.au_plus)


def _lire(
    requetes: Sequence[Select], parts: Sequence[Part], gardees: Mapping[int, MdsGardee]
) -> None:
    if not requetes:
        return
    par_nom = {part.nom: part for part in parts}
    for ligne in db.session.execute(union_all(*requetes)):
        part = par_nom[ligne.part]
        gardee = gardees[ligne.mds_id].parts.setdefault(part, PartGardee())
        gardee.ajouter(ligne.jeune_id, part.valeur(ligne))
