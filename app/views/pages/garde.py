"""What this process keeps of the youths of each MDS: a look reads again only those who moved.

What was read is kept with the snapshot in which it was (``acces/bouges.sql``): the youths to read
again are those written by a transaction that the snapshot did not see. Nothing of it is a name. It
is kept for one day, for the code lists of one version, and read by whoever reads all these tables
in the MDS: their policies ask for nothing else. Whoever has just written, reads otherwise, or acts
for everyone keeps nothing and reads nothing kept.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar

from flask import g
from sqlalchemy import (
    ARRAY,
    BindParameter,
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
    bindparam,
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
from app.views.socle.ordre_prepare import OrdrePrepare

T = TypeVar("T")
AU_PLUS = 400
"""Youths who moved, read again by their numbers; beyond, all are."""
VIES_AU_PLUS = 5000
"""Lives kept of an MDS; beyond, they are computed again."""
LUES = tuple(BOUGENT.keys() - {"conservation"})
"""Whoever reads youths reads which of them are anonymised (``acces/politiques.sql``)."""
_LIRE = OrdrePrepare.de(
    text(
        "select suivi, instantane::text, seul, jeunes from acces.jeunes_bouges("
        "cast(:suivi as text), cast(:depuis as pg_snapshot[]), :au_plus)"
    )
)
_SUIVRE = text("select acces.suivre_les_bouges()")


@dataclass(frozen=True)
class PerimetreLu:
    """Of which rows something is read: of MDS, of youths of them, of whom a person accompanies."""

    mds: Sequence[int] | None = None
    """None: all that the person reads."""
    jeunes: BindParameter[Sequence[int]] | None = None
    """None: all of them."""
    qui: str = TOUS

    def __call__(self, modele: Any) -> tuple[ColumnElement[bool], ...]:
        """The conditions on the rows of a table of youths."""
        jeune = modele.id if modele is Jeune else modele.jeune_id
        conditions = list(mds_permises(modele))
        if self.mds is not None:
            conditions = [_de_ces_mds(modele, self.mds)]
        if self.jeunes is not None:
            conditions.append(jeune == any_(self.jeunes))
        return (*conditions, *les_siens(jeune, self.qui))


def _de_ces_mds(modele: Any, mds: Sequence[int]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = modele.mds_id == any_(_en_tableau(tuple(sorted(mds))))
    if len(mds) == 1:
        condition = modele.mds_id == mds[0]
    return condition


@lru_cache(maxsize=64)
def _en_tableau(mds: tuple[int, ...]) -> BindParameter[Sequence[int]]:
    """One parameter for all the parts of a statement: an array takes long to send."""
    return literal([*mds], ARRAY(Integer))


BOUGES: BindParameter[Sequence[int]] = bindparam("bouges", type_=ARRAY(Integer), required=False)
"""The youths who moved, in a statement made once for all looks."""
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


@dataclass(frozen=True, eq=False)
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
    """Youth → value; ``borne``: the last (value, youth) kept, when there may be others beyond.

    What several looks share never changes: ``sans`` and ``avec`` give another one.
    """

    valeurs: dict[int, Any] = field(default_factory=dict)
    borne: tuple[Any, int] | None = None

    def sans(self, jeunes: Collection[int]) -> "PartGardee":
        if self.valeurs.keys().isdisjoint(jeunes):
            return self
        return PartGardee(_sans(self.valeurs, jeunes), self.borne)

    def avec(self, lues: Mapping[int, Any]) -> "PartGardee":
        """With the values of these youths that are not beyond ``borne``."""
        if self.borne is not None:
            lues = {j: valeur for j, valeur in lues.items() if (valeur, j) <= self.borne}
        if not lues:
            return self
        return PartGardee({**self.valeurs, **lues}, self.borne)

    @classmethod
    def entiere(cls, lues: dict[int, Any], au_plus: int | None) -> "PartGardee":
        """What was read in full, or the first ``au_plus``."""
        if au_plus is None or len(lues) < au_plus:
            return cls(lues)
        return cls(lues, max((valeur, jeune) for jeune, valeur in lues.items()))

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
        vies = self.vies
        if not vies.keys().isdisjoint(bouges):
            vies = _sans(vies, bouges)
        if len(vies) > VIES_AU_PLUS:
            vies = {}
        return MdsGardee(instantane, tenues, vies)


def _sans(valeurs: dict[int, T], jeunes: Collection[int]) -> dict[int, T]:
    """A copy without these youths."""
    autres = dict(valeurs)
    for jeune in jeunes:
        autres.pop(jeune, None)
    return autres


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
    [moment] = _LIRE.lire(suivi=garde.suivi, depuis=depuis, au_plus=AU_PLUS)
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
    gardees: dict[int, MdsGardee] = defaultdict(MdsGardee)
    if not parts:
        return gardees
    requetes = [part.requete(le, PerimetreLu(qui=qui)) for part in parts]
    for (numero, part), lues in _ranger(db.session.execute(union_all(*requetes)), parts).items():
        gardees[numero].parts[part] = PartGardee(lues)
    return gardees


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
    tenues = dict.fromkeys(part for mds in gardees.values() for part in mds.parts)
    suivies = [(part, _qui_ont(part, gardees)) for part in tenues]
    if suivies and bouges:
        relire = _relire_les_bouges(tuple(suivies), le)
        for (numero, part), lues in _ranger(relire.lire(bouges=bouges), [*tenues]).items():
            gardees[numero].parts[part] = gardees[numero].parts[part].avec(lues)
    manquent = {part: gardees.keys() - _qui_ont(part, gardees) for part in parts}
    requetes = [
        part.requete(le, PerimetreLu(mds=sorted(mds))) for part, mds in manquent.items() if mds
    ]
    if not requetes:
        return
    toutes_lues = _ranger(db.session.execute(union_all(*requetes)), parts)
    for part, mds in manquent.items():
        for numero in mds:
            lues = toutes_lues.get((numero, part), {})
            gardees[numero].parts[part] = PartGardee.entiere(lues, part.au_plus)


def _qui_ont(part: Part, gardees: Mapping[int, MdsGardee]) -> tuple[int, ...]:
    return tuple(numero for numero, mds in gardees.items() if part in mds.parts)


@lru_cache(maxsize=64)
def _relire_les_bouges(suivies: tuple[tuple[Part, tuple[int, ...]], ...], le: date) -> OrdrePrepare:
    """Written once a day: it takes longer to write than the base to answer."""
    relues = [part.requete(le, PerimetreLu(mds=mds, jeunes=BOUGES)) for part, mds in suivies]
    return OrdrePrepare.de(union_all(*relues))


def _ranger(lignes: Iterable[Row], parts: Sequence[Part]) -> dict[tuple[int, Part], dict[int, Any]]:
    """(MDS, part) → youth → value."""
    par_nom = {part.nom: part for part in parts}
    lues: dict[tuple[int, Part], dict[int, Any]] = defaultdict(dict)
    for ligne in lignes:
        part = par_nom[ligne.part]
        lues[ligne.mds_id, part][ligne.jeune_id] = part.valeur(ligne)
    return lues
