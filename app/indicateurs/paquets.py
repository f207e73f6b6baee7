"""The figures of youths, kept by bucket of youths: a look counts again only what moved.

A figure of youths is a sum over youths. What the counting statement answers for each bucket
(``jeune_id / 400``) is kept, with the number of movements that its snapshot saw there
(``acces/chiffres.sql``); a trigger adds a movement in the transaction of each write. A look reads
the total, takes out of it what the buckets that moved answered, and adds what **the very same
statement** answers for them now, in one statement for all of them.

- The key of what is kept is the hash of the statement and of all it binds: a definition, a number
  of ``regles/parametres.py`` or a period that changes is another key. A list of codes that changes
  makes everything that was kept void.
- Postes and instances belong to no youth: they are counted each time.
- What is kept is signed with a key that is not in the base: whoever writes there by another way
  than a look makes it void.
- A transaction that has itself written, or that holds one instant (the sending of a table), counts
  by the statement alone, and keeps nothing.
"""

import functools
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from app.acces import cles
from app.extensions import db
from app.models.comptees import COMPTEES, PAQUET

from .chiffres import Decompte
from .demande import Periode
from .requete import ECARTE, requete

Comptes = Counter[str]
"""What a statement answers: « period|code|answer|dont|modalité » → how many."""

ESSAIS = 3
"""Beyond, writes come faster than looks: the statement counts everything."""
PLACE = 60
"""Demands kept; beyond, the oldest goes. One takes about a megabyte for 100,000 youths."""

_LUES = re.compile(r"\b(?:from|join) ([a-z_]+)")
_GARDES = text("select * from acces.chiffres_gardes(:cle, :taille)")
_GARDER = text(
    "select acces.garder_les_chiffres("
    "cast(:total as jsonb), cast(:paquets as jsonb), cast(:place as int))"
)
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
class DemandeDeChiffres:
    """Periods whose figures of youths are counted together, and what their statement binds."""

    periodes: Mapping[int, Periode]
    """Those of the Département, or those of MDS, numbered from 0; only figures of youths."""
    valeurs: Mapping[str, Any]
    mds: tuple[int, ...]
    """The MDS that they are of; 0: the whole Département."""

    @classmethod
    def de(cls, periodes: Mapping[int, Periode], valeurs: Mapping[str, Any]) -> "DemandeDeChiffres":
        """The same periods, in their order: asked among others, they are the same demand."""
        numeros = [valeurs[f"mds{n}"] for n in periodes]
        liees: dict[str, Any] = {"les_mds": sorted({mds for mds in numeros if mds})}
        for rang, (periode, mds) in enumerate(zip(periodes.values(), numeros, strict=True)):
            liees |= {f"du{rang}": periode.du, f"au{rang}": periode.au, f"mds{rang}": mds}
        departement_ou_mds = tuple(sorted({mds or 0 for mds in numeros}))
        return cls(dict(enumerate(periodes.values())), liees, departement_ou_mds)

    @functools.cached_property
    def compter(self) -> str:
        """The counting statement, for every youth."""
        return compter_les_jeunes(self.periodes)

    @property
    def par_paquet(self) -> str:
        """The very same statement, once a bucket: the tables are narrowed to its youths."""
        siennes = f"between paquet.numero * {PAQUET} and paquet.numero * {PAQUET} + {PAQUET} - 1"
        tables = ", ".join(
            f"{table} as not materialized"
            f" (select * from public.{table} where {COMPTEES[table]} {siennes})"
            for table in tables_lues(self.compter)
            if table in COMPTEES
        )
        return f"""
select paquet.numero, (select acces.mouvements()) as mouvements,
  coalesce(string_agg(x.cle || '=' || x.n, chr(10)), '') as lignes
from unnest(cast(:paquets as bigint[])) as paquet(numero)
left join lateral (with {tables}, {self.compter.removeprefix("with ")}) x on true
group by paquet.numero"""

    @functools.cached_property
    def cle(self) -> str:
        """What is kept of the same statement, binding the same values, has the same key."""
        liees = [(nom, str(valeur)) for nom, valeur in sorted(self.valeurs.items())]
        return sha256(json.dumps([PAQUET, self.compter, liees]).encode()).hexdigest()

    @property
    def dite(self) -> list[list[Any]]:
        """What ``gardees`` reads."""
        return [[f"{p.du}", f"{p.au}", p.mds, sorted(p.codes)] for p in self.periodes.values()]


def gardees() -> list[list[Periode]]:
    """The periods of each demand that is kept; for a command that acts for everyone."""
    lues = text("select demande from acces.demandes_gardees(:definitions)")
    return [
        [
            Periode(date.fromisoformat(du), date.fromisoformat(au), mds, frozenset(codes))
            for du, au, mds, codes in dite
        ]
        for dite in db.session.scalars(lues, {"definitions": definitions()})
    ]


def oublier() -> None:
    """Keep nothing any more; for a command that acts for everyone."""
    db.session.execute(text("select acces.oublier_les_chiffres()"))
    db.session.commit()


def compter_les_jeunes(periodes: Mapping[int, Periode]) -> str:
    """A line for each « period|code|answer|dont|modalité », and how many youths."""
    return f"""{requete(periodes, "", ensemble=True).text}
select concat_ws('|', periode, code, reponse, coalesce(cast(dont as text), ''), modalite) as cle,
  sum(n) as n
from reponses where reponse <> '{ECARTE}'
group by periode, code, reponse, modalite, dont"""


def tables_lues(ordre: str) -> list[str]:
    """What a statement names after « from » and « join »: tables, and its own parts."""
    return sorted(set(_LUES.findall(ordre)))


@functools.cache
def definitions() -> str:
    """Changes with any definition, any criterion, any number that they read."""
    ordres = [
        requete({0: Periode(date.min, date.max, mds)}, "", ensemble=True).text
        for mds in (None, "une MDS")
    ]
    return sha256("".join(ordres).encode()).hexdigest()[:16]


@dataclass
class Paquet:
    """What is kept of a bucket (or of all: « total »), and the movements that it saw."""

    nom: str
    mouvements: int
    lignes: str
    signature: str = ""

    @property
    def comptes(self) -> Comptes:
        comptes: Comptes = Counter()
        for ligne in self.lignes.split("\n") if self.lignes else ():
            cle, _, nombre = ligne.rpartition("=")
            comptes[cle] = int(nombre)
        return comptes

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
    """Of the whole base."""
    listes: str
    seul: bool
    """The transaction has written nothing, and holds no instant."""
    revision: int | None = None
    total: Paquet | None = None
    avant: list[Paquet] = field(default_factory=list)
    """What was kept of the buckets that moved."""
    bouges: dict[int, int] = field(default_factory=dict)
    """Bucket that moved, or of which nothing is kept → its movements."""


@dataclass(frozen=True)
class Recompte:
    """What a look counted again, and what it started from."""

    demande: DemandeDeChiffres
    connu: PaquetsConnus
    total: Paquet
    paquets: list[Paquet]


def compter(
    demande: DemandeDeChiffres, a_garder: list[Recompte]
) -> Iterator[tuple[int, str, Decompte]]:
    """(number of the period, indicator, count) of its figures.

    Inside ``acces.compter``. What was counted again is added to ``a_garder``.
    """
    comptes = _comptes(demande, a_garder)
    for cle, nombre in comptes.items():
        periode, code, reponse, dont, *modalite = cle.split("|", 4)
        dit = {"true": True, "false": False}.get(dont)
        yield (
            int(periode),
            code,
            Decompte(reponse, modalite[0] if modalite else None, dit, nombre, None),
        )


def _comptes(demande: DemandeDeChiffres, a_garder: list[Recompte]) -> Comptes:
    for _ in range(ESSAIS):
        if _directement.get():
            break
        connu = _lire(demande)
        if not connu.seul:
            break
        if connu.total is not None and connu.total.mouvements == connu.mouvements:
            return connu.total.comptes
        recompte = _recompter(demande, connu)
        if recompte is not None:
            a_garder.append(recompte)
            return recompte.total.comptes
    lignes = db.session.execute(text(demande.compter), demande.valeurs)
    return Counter({cle: int(nombre) for cle, nombre in lignes})


def _lire(demande: DemandeDeChiffres) -> PaquetsConnus:
    """What is kept, as one snapshot sees it; what is not signed is as if nothing was."""
    connu = _lire_sous(demande.cle)
    gardes = [connu.total, *connu.avant] if connu.total else []
    if all(paquet.est_signe(demande.cle, connu.listes) for paquet in gardes):
        return connu
    return _lire_sous("")


def _lire_sous(cle: str) -> PaquetsConnus:
    total, *paquets = db.session.execute(_GARDES, {"cle": cle, "taille": PAQUET})
    connu = PaquetsConnus(total.mouvements, str(total.listes), total.seul)
    if total.vus is not None:
        connu.revision = total.revision
        connu.total = Paquet("total", total.vus, total.lignes, total.signature)
    for p in paquets:
        connu.bouges[p.paquet] = p.mouvements
        if p.vus is not None:
            connu.avant.append(Paquet(str(p.paquet), p.vus, p.lignes, p.signature))
    return connu


def _recompter(demande: DemandeDeChiffres, connu: PaquetsConnus) -> Recompte | None:
    """The total once the buckets that moved are counted again.

    None when something moved since: what was kept and what was counted are of two moments.
    """
    comptes = Counter(connu.total.comptes if connu.total else {})
    for paquet in connu.avant:
        comptes.subtract(paquet.comptes)
    paquets = []
    if connu.bouges:
        lus = db.session.execute(
            text(demande.par_paquet), {**demande.valeurs, "paquets": list(connu.bouges)}
        )
        for numero, mouvements, lignes in lus:
            if mouvements != connu.mouvements:
                return None
            paquets.append(Paquet(str(numero), connu.bouges[numero], lignes))
            comptes.update(paquets[-1].comptes)
    lignes = "\n".join(f"{cle}={nombre}" for cle, nombre in comptes.items() if nombre)
    return Recompte(demande, connu, Paquet("total", connu.mouvements, lignes), paquets)


def garder(recomptes: Sequence[Recompte]) -> None:
    """Keep what was counted again, at once: a page that only reads keeps nothing else.

    Called once the reading is over, in a transaction that has written nothing.
    """
    if not recomptes or db.session().in_nested_transaction():
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
