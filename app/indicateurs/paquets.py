"""What is kept by bucket of youths: a look counts again only what moved.

A figure, a check, a likely duplicate is told of youths, so of buckets of youths. What a statement
answers for each bucket is kept, with the number of movements that its snapshot saw there
(``acces/chiffres.sql``); a trigger adds a movement in the transaction of each write. A look reads
the total, takes out of it what the buckets that moved answered, and adds what **the very same
statement** answers for them now, in one statement for all of them.

- Who asks: the figures (``chiffres_des_jeunes.py``), the checks before a sending
  (``anomalies.py``), the likely duplicates (``doublons.py``).
- The key of what is kept is the hash of the statement and of all it binds: a definition, a number
  of ``regles/parametres.py`` or a period that changes is another key. A list of codes that changes
  makes everything that was kept void, and so does another version of what decides.
- A statement counts a slice of the buckets at most. The first look at a large base keeps each slice
  as it goes; when a page has no time for all of them, the next look goes on from there.
- What belongs to no youth (postes, instances) is counted each time.
- What is kept is signed with a key that is not in the base: whoever writes there by another way
  than a look makes it void.
- A transaction that has itself written, or that holds one instant (the sending of a table), counts
  by the statement alone, and keeps nothing.
"""

import functools
import hmac
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import text

from app import acces
from app.acces import cles
from app.extensions import db
from app.models.comptees import COMPTEES, PAQUET

from .planification import sans_un_par_un

Comptes = Counter[str]
"""What a statement answers: a key (« period|code|answer|dont|modalité », a rule, two youths) → how
many."""

ESSAIS = 3
"""Beyond, writes come faster than looks: the statement counts everything."""
INACHEVE = -1
"""The movements of a total to which slices are still to be added: no snapshot sees as many."""
TOUTES_LES_MDS = 8
"""Buckets that the Département takes together: each asks the whole statement once."""
UNE_MDS = 9
"""The same of an MDS, which has few youths of each."""
JEUNES_A_LA_FOIS = 120_000
"""Youths whose buckets one statement counts: a page has thirty seconds."""
PLACE = 120
"""Demands kept; beyond, the oldest goes. One takes a megabyte at most for 100,000 youths."""

_LUES = re.compile(r"\b(?:from|join) ([a-z_]+)")
_GARDES = text(
    "select * from acces.chiffres_gardes(:cle, :famille, :taille, :groupe, :ressource, :mds)"
)
_GARDER = text(
    "select acces.garder_les_chiffres("
    "cast(:total as jsonb), cast(:paquets as jsonb), cast(:place as int))"
)
_QUI_DECIDENT = ("indicateurs/*.py", "regles/*.py", "acces/*.sql")
_directement: ContextVar[bool] = ContextVar("directement", default=False)


@contextmanager
def directement() -> Iterator[None]:
    """Inside the block nothing that was kept is read: the statement counts every youth."""
    jeton = _directement.set(True)
    try:
        yield
    finally:
        _directement.reset(jeton)


@dataclass(frozen=True)
class FamilleDePaquets:
    """How youths are put into buckets."""

    nom: str
    taille: int
    """Numbers of those whose movements are counted."""
    tranche: int
    """Buckets that one statement counts."""
    parts: Mapping[str, str]
    """Table → that its rows are of the bucket ``paquet.numero``, in SQL."""
    groupe: int = 1
    """How many of those whose movements are counted make one bucket."""

    def parmi(self, ordre: str) -> str:
        """The tables that a statement reads, narrowed to the bucket: parts of the same names."""
        return ", ".join(
            f"{table} as not materialized (select * from public.{table} where {self.parts[table]})"
            for table in tables_lues(ordre)
            if table in self.parts
        )

    def une_fois_par_paquet(self, ordre: str, lues: str) -> str:
        """The very same statement, once a bucket of ``:paquets``; ``lues``: what is read of it."""
        return f"""
select paquet.numero, (select acces.mouvements('{self.nom}')) as mouvements, {lues}
from unnest(cast(:paquets as bigint[])) as paquet(numero)
left join lateral (with {self.parmi(ordre)} select * from ({ordre}) entier) x on true"""


def _par_numero(groupe: int) -> FamilleDePaquets:
    taille = PAQUET * groupe
    return FamilleDePaquets(
        "jeunes",
        PAQUET,
        JEUNES_A_LA_FOIS // taille,
        {
            table: f"{colonne} between paquet.numero * {taille}"
            f" and paquet.numero * {taille} + {taille - 1}"
            for table, colonne in COMPTEES.items()
        },
        groupe,
    )


PAR_NUMERO = _par_numero(TOUTES_LES_MDS)
PAR_NUMERO_DANS_UNE_MDS = _par_numero(UNE_MDS)


def _par_naissance(jours: int) -> FamilleDePaquets:
    premier = f"date '0001-01-01' + cast(paquet.numero as int) * {jours}"
    nes = {"jeune": f"date_naissance between {premier} and {premier} + {jours - 1}"}
    return FamilleDePaquets("naissances", 1, 500, nes, jours)


PAR_NAISSANCE = _par_naissance(1)
PAR_NAISSANCE_DANS_UNE_MDS = _par_naissance(UNE_MDS)


@dataclass(frozen=True)
class Demande(ABC):
    """What is asked of every youth, and may be kept by bucket."""

    sorte: ClassVar[str]
    ressource: ClassVar[str]
    """Whoever may read it in these MDS reads what is kept."""
    liees: Mapping[str, Any]
    """What the statement binds."""
    mds: tuple[int, ...]
    """The MDS that it is asked of; 0: the whole Département."""

    @property
    def est_d_une_mds(self) -> bool:
        return len(self.mds) == 1 and self.mds[0] > 0

    @property
    @abstractmethod
    def famille(self) -> FamilleDePaquets:
        """Its buckets."""

    @property
    @abstractmethod
    def ordre(self) -> str:
        """The statement, for every youth."""

    @property
    @abstractmethod
    def dite(self) -> list[Any]:
        """What makes it again, in JSON."""

    @abstractmethod
    def tout(self) -> Comptes:
        """What it answers for every youth."""

    @abstractmethod
    def par_paquet(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """(bucket, movements of the whole base, what it answers there: ``en_lignes``) of each of
        these."""

    def par_paquet_d_un_coup(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """The same, when these are all its buckets."""
        return self.par_paquet(numeros)

    @functools.cached_property
    def cle(self) -> str:
        """What is kept of the same statement, binding the same values, has the same key."""
        liees = [(nom, str(valeur)) for nom, valeur in sorted(self.liees.items())]
        taille = self.famille.taille * self.famille.groupe
        de_quoi = [definitions(), self.sorte, taille, self.ordre, liees]
        return sha256(json.dumps(de_quoi).encode()).hexdigest()


@dataclass(frozen=True)
class DemandeComptee(Demande):
    """A demand whose statement counts by itself: a line for each key (``cle``), and how many
    (``n``)."""

    @property
    def famille(self) -> FamilleDePaquets:
        return PAR_NUMERO_DANS_UNE_MDS if self.est_d_une_mds else PAR_NUMERO

    def tout(self) -> Comptes:
        lignes = db.session.execute(text(self.ordre), self.liees)
        return Counter({cle: int(nombre) for cle, nombre in lignes})

    def par_paquet(self, numeros: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        lues = "coalesce(string_agg(x.cle || '=' || x.n, chr(10)), '') as lignes"
        ordre = self.famille.une_fois_par_paquet(self.ordre, lues) + " group by paquet.numero"
        valeurs = {**self.liees, "paquets": list(numeros)}
        with sans_un_par_un():
            lues_par_paquet = db.session.execute(text(ordre), valeurs).all()
        for paquet in lues_par_paquet:
            yield paquet.numero, paquet.mouvements, paquet.lignes


def gardees(sorte: str) -> list[Any]:
    """What makes again each demand that is kept; for a command that acts for everyone."""
    lues = text("select demande from acces.demandes_gardees(:sorte, :definitions)")
    return [*db.session.scalars(lues, {"sorte": sorte, "definitions": definitions()})]


def oublier() -> None:
    """Keep nothing any more; for a command that acts for everyone."""
    db.session.execute(text("select acces.oublier_les_chiffres()"))
    db.session.commit()


def tables_lues(ordre: str) -> list[str]:
    """What a statement names after « from » and « join »: tables, and its own parts."""
    return sorted(set(_LUES.findall(ordre)))


@functools.cache
def definitions() -> str:
    """Changes with anything that decides: definitions, rules, their numbers, what the base does."""
    app = Path(__file__).parents[1]
    sources = [chemin for motif in _QUI_DECIDENT for chemin in sorted(app.glob(motif))]
    return sha256(b"".join(chemin.read_bytes() for chemin in sources)).hexdigest()[:16]


def en_comptes(*lignes: str) -> Comptes:
    """The sum of what some buckets answered; a line that several of them say is read once."""
    fois: Counter[str] = Counter()
    for siennes in filter(None, lignes):
        fois.update(siennes.split("\n"))
    comptes: Comptes = Counter()
    for ligne, paquets in fois.items():
        cle, _, nombre = ligne.rpartition("=")
        comptes[cle] += int(nombre) * paquets
    return comptes


def en_lignes(comptes: Comptes) -> str:
    return "\n".join(f"{cle}={nombre}" for cle, nombre in comptes.items() if nombre)


@dataclass
class Paquet:
    """What is kept of a bucket (or of all: « total »), and the movements that it saw."""

    nom: str
    mouvements: int
    lignes: str
    signature: str = ""

    @property
    def comptes(self) -> Comptes:
        return en_comptes(self.lignes)

    def signe(self, cle: str, listes: str) -> str:
        """Its signature, for this demand and these lists of codes."""
        octets = "\n".join((cle, listes, self.nom, str(self.mouvements), self.lignes)).encode()
        return cles.signature(cles.cle_des_chiffres(), octets)

    def est_signe(self, cle: str, listes: str) -> bool:
        return hmac.compare_digest(self.signature, self.signe(cle, listes))


@dataclass
class PaquetsConnus:
    """What one snapshot knows of a demand."""

    mouvements: int
    """Of the whole family of buckets."""
    listes: str
    seul: bool
    """The transaction has written nothing, holds no instant, and reads to count what it may."""
    revision: int | None = None
    total: Paquet | None = None
    avant: list[Paquet] = field(default_factory=list)
    """What was kept of the buckets that moved."""
    bouges: dict[int, int] = field(default_factory=dict)
    """Bucket that moved, or of which nothing is kept → its movements."""


@dataclass(frozen=True)
class Recompte:
    """What a look counted again, and what it started from."""

    demande: Demande
    connu: PaquetsConnus
    total: Paquet
    paquets: list[Paquet]

    @property
    def acheve(self) -> bool:
        return self.total.mouvements != INACHEVE


@contextmanager
def lecture() -> Iterator[list[Recompte]]:
    """Inside the block rows are read to be counted; what it counted again is kept after."""
    recomptes: list[Recompte] = []
    with acces.compter():
        _regler()
        yield recomptes
    garder(recomptes)


def _regler() -> None:
    """For this transaction: compiling costs more than running, and nothing here is worth spilling
    to the disk."""
    db.session.execute(
        text("select set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
    )


def compter(demande: Demande, a_garder: list[Recompte]) -> Comptes:
    """What it answers for every youth; what was counted again is added to ``a_garder``.

    Nothing that is kept is read outside ``acces.compter``.
    """
    essais = 0
    while essais < ESSAIS and not _directement.get():
        connu = _lire(demande)
        if not connu.seul:
            break
        if connu.total is not None and connu.total.mouvements == connu.mouvements:
            return connu.total.comptes
        recompte = _recompter(demande, connu)
        if recompte is None:
            essais += 1
        elif recompte.acheve:
            a_garder.append(recompte)
            return recompte.total.comptes
        else:
            _garder_en_chemin(recompte)
    return demande.tout()


def _garder_en_chemin(recompte: Recompte) -> None:
    """What a slice counted stays, whatever becomes of this look."""
    with acces.ne_plus_compter():
        garder([recompte])
    _regler()


def compter_si_garde(demande: Demande) -> Comptes | None:
    """The same, when it costs but what moved; None when nothing is kept, or may be read."""
    if _directement.get():
        return None
    connu = _lire(demande)
    if not connu.seul or connu.total is None:
        return None
    return compter(demande, [])


def _lire(demande: Demande) -> PaquetsConnus:
    """What is kept, as one snapshot sees it; what is not signed is as if nothing was."""
    connu = _lire_sous(demande.cle, demande)
    gardes = [connu.total, *connu.avant] if connu.total else []
    if all(paquet.est_signe(demande.cle, connu.listes) for paquet in gardes):
        return connu
    return _lire_sous("", demande)


def _lire_sous(cle: str, demande: Demande) -> PaquetsConnus:
    famille = demande.famille
    total, *paquets = db.session.execute(
        _GARDES,
        {
            "cle": cle,
            "famille": famille.nom,
            "taille": famille.taille,
            "groupe": famille.groupe,
            "ressource": demande.ressource,
            "mds": list(demande.mds),
        },
    )
    connu = PaquetsConnus(total.mouvements, str(total.listes), total.seul)
    if total.vus is not None:
        connu.revision = total.revision
        connu.total = Paquet("total", total.vus, total.lignes, total.signature)
    for p in paquets:
        connu.bouges[p.paquet] = p.mouvements
        if p.vus is not None:
            connu.avant.append(Paquet(str(p.paquet), p.vus, p.lignes, p.signature))
    return connu


def _recompter(demande: Demande, connu: PaquetsConnus) -> Recompte | None:
    """The total once the buckets that moved are counted again, or a slice of them.

    None when something moved since: what was kept and what was counted are of two moments.
    """
    a_compter = _tranche(demande, connu)
    comptes = Counter(connu.total.comptes if connu.total else {})
    comptes.subtract(en_comptes(*(p.lignes for p in connu.avant if int(p.nom) in a_compter)))
    compter_ceux_ci = demande.par_paquet
    if connu.total is None and len(a_compter) == len(connu.bouges):
        compter_ceux_ci = demande.par_paquet_d_un_coup
    paquets = []
    if a_compter:
        for numero, mouvements, siens in compter_ceux_ci(sorted(a_compter)):
            if mouvements != connu.mouvements:
                return None
            paquets.append(Paquet(str(numero), connu.bouges[numero], siens))
    comptes.update(en_comptes(*(paquet.lignes for paquet in paquets)))
    vus = connu.mouvements if len(a_compter) == len(connu.bouges) else INACHEVE
    return Recompte(demande, connu, Paquet("total", vus, en_lignes(comptes)), paquets)


def _tranche(demande: Demande, connu: PaquetsConnus) -> set[int]:
    """The buckets to count now; all of them where nothing can be kept on the way."""
    if _ne_peut_rien_garder():
        return set(connu.bouges)
    return set(sorted(connu.bouges)[: demande.famille.tranche])


def _ne_peut_rien_garder() -> bool:
    return bool(db.session().in_nested_transaction())


def garder(recomptes: Sequence[Recompte]) -> None:
    """Keep what was counted again, at once: a page that only reads keeps nothing else.

    Called once the reading is over, in a transaction that has written nothing.
    """
    if not recomptes or _ne_peut_rien_garder():
        return
    for recompte in recomptes:
        demande = recompte.demande
        cle = demande.cle
        listes = recompte.connu.listes
        for paquet in (recompte.total, *recompte.paquets):
            paquet.signature = paquet.signe(cle, listes)
        total = {
            **_en_json(recompte.total),
            "cle": cle,
            "sorte": demande.sorte,
            "ressource": demande.ressource,
            "mds": demande.mds,
            "demande": demande.dite,
            "definitions": definitions(),
            "listes": listes,
            "revision": recompte.connu.revision,
        }
        paquets = [_en_json(p) | {"paquet": int(p.nom)} for p in recompte.paquets]
        db.session.execute(
            _GARDER,
            {"total": json.dumps(total), "paquets": json.dumps(paquets), "place": PLACE},
        )
    db.session.commit()


def _en_json(paquet: Paquet) -> dict[str, Any]:
    return {
        "mouvements": paquet.mouvements,
        "lignes": paquet.lignes,
        "signature": paquet.signature,
    }
