"""The one statement that counts all the indicators; read without counting, it lists the persons
behind each.

The periods that ask the same things of a population go together: its rows with every criterion
answered (``vus_…``). A list reads them as they are; a count first puts together those that answer
alike (``comptes_…``), then both go through the same ``_reponses``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from .criteres import CRITERES
from .definitions import DEFINITIONS, SANS_SITUATION, Indicateur
from .periodes import Periodes
from .populations import populations

ECARTE = "ecarte"
OBJETS = {"postes": "poste"} | dict.fromkeys(
    ("comites_de_suivi", "permanences", "comites_de_pilotage", "comites_techniques", "formations"),
    "instance",
)
"""Whom a population is made of, when they are not youths."""
_SITUATION = {"sortants"}
"""The populations whose answers come from a situation, perhaps missing, perhaps carried over."""


@dataclass(frozen=True)
class Periode:
    """What is asked for: a period, an MDS (None = the whole Département), some figures (all of them
    by default)."""

    du: date
    au: date
    mds: str | None = None
    codes: frozenset[str] = frozenset(DEFINITIONS)


def requete(periodes: Mapping[int, Periode], lire: str, *, ensemble: bool):
    """``periodes``: those of the Département, or those of MDS, by their numbers."""
    groupes: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for n, x in periodes.items():
        par_population: dict[str, list[str]] = {}
        for i in (i for i in DEFINITIONS.values() if i.code in x.codes):
            par_population.setdefault(i.parmi, []).append(i.code)
        for nom, codes in par_population.items():
            groupes.setdefault((nom, tuple(codes)), []).append(n)
    mds = frozenset(x.mds for x in periodes.values() if x.mds)
    voulues: dict[str, Periodes] = {}
    for (nom, codes), numeros in groupes.items():
        jours = {n: (periodes[n].du, periodes[n].au) for n in numeros}
        q = Periodes(
            jours, mds, frozenset(mot for code in codes for mot in _mots(DEFINITIONS[code]))
        )
        voulues[nom] = q | voulues.get(nom, q)
    vus, reponses = [], []
    for rang, ((nom, codes), numeros) in enumerate(groupes.items()):
        ou = (
            f"n in ({', '.join(map(str, numeros))})"
            if len(numeros) < len(voulues[nom].jours)
            else "true"
        )
        vus += _vus(nom, rang, [DEFINITIONS[code] for code in codes], ou, ensemble)
        reponses += [_reponses(DEFINITIONS[code], rang, ensemble) for code in codes]
    ctes = [*(f"{nom} as {sql}" for nom, sql in populations(voulues).items()), *vus]
    union = "\nunion all\n".join(reponses)
    return text(f"with {', '.join(ctes)}, reponses as ({union})\n{lire}")


def _vus(nom: str, rang: int, indicateurs: list[Indicateur], ou: str, ensemble: bool) -> list[str]:
    """The rows of a population with its criteria answered and, to count, put together when they are
    alike."""
    criteres = dict.fromkeys(
        critere for i in indicateurs for critere in (*_criteres(i), *_comptes_par(i.parent))
    )
    parts = dict.fromkeys(i.modalite for i in indicateurs if i.modalite)
    jours = dict.fromkeys(i.le for i in indicateurs if i.le not in parts)
    numero = "id" if nom in OBJETS else "jeune_id as id"
    autres = [
        *jours,
        *(("reprise", "observee_le is null as sans_situation") if nom in _SITUATION else ()),
    ]
    valeur = "valeur" if nom in OBJETS else "cast(null as numeric) as valeur"
    reponses = [f"({CRITERES[critere]}) is true as {critere}" for critere in criteres]
    colonnes = ", ".join(["n as periode", numero, valeur, *autres, *parts, *reponses])
    vus = f"vus_{rang} as (select {colonnes} from {nom} where {ou})"
    if not ensemble:
        return [vus]
    alike = ", ".join(["periode", *parts, *criteres])
    return [
        vus,
        f"comptes_{rang} as materialized (select {alike}, count(*) as n, sum(valeur) as valeur from vus_{rang} group by {alike})",
    ]


def _criteres(i: Indicateur) -> Iterator[str]:
    yield from (critere for critere, _ in i.si)
    yield from (groupe[0] for groupe in (i.a_part, i.dont) if groupe)
    yield from (
        critere for critere in (getattr(i, "oui", ""), getattr(i, "inconnu", "")) if critere
    )


def _mots(i: Indicateur) -> Iterator[str]:
    """The columns that the indicator reads."""
    yield from (i.le, i.modalite or "")
    for critere in (*_criteres(i), *_comptes_par(i.parent)):
        yield from re.findall(r"[a-z_0-9]+", CRITERES[critere])


def _reponses(i: Indicateur, rang: int, ensemble: bool) -> str:
    """The answer to one indicator, and why it is not known or not counted."""
    cas = [(i.a_part[0], i.a_part[1], i.a_part[2])] if i.a_part else []
    cas += [(f"not {critere}", ECARTE, phrase) for critere, phrase in i.si]
    reponse, raison = _reponse(i)
    colonnes = [
        "periode",
        f"'{i.code}' as code",
        f"{_selon([(si, alors) for si, alors, _ in cas], reponse)} as reponse",
        f"cast({i.modalite or 'null'} as text) as modalite",
        f"{i.dont[0] if i.dont else 'cast(null as boolean)'} as dont",
        "valeur",
    ]
    if ensemble:
        colonnes.append("n")
    else:
        colonnes += [
            f"'{OBJETS.get(i.parmi, 'jeune')}' as objet",
            "id",
            f"{_selon([(si, phrase) for si, _, phrase in cas], raison)} as raison",
            f"{'reprise' if i.parmi in _SITUATION else 'cast(null as boolean)'} as reprise",
            f"cast({i.le} as date) as le",
        ]
    parent = " and ".join(_comptes_par(i.parent, non="not ")) or "true"
    return f"select {', '.join(colonnes)} from {'comptes' if ensemble else 'vus'}_{rang} where {parent}"


def _comptes_par(code: str | None, non: str = "") -> list[str]:
    """What makes the parent count someone, and the parent's parent; ``non``: before what must not
    hold."""
    if code is None:
        return []
    parent = DEFINITIONS[code]
    a_part = [f"{non}{parent.a_part[0]}"] if parent.a_part else []
    return _comptes_par(parent.parent, non) + [critere for critere, _ in parent.si] + a_part


def _reponse(i: Indicateur) -> tuple[str, str]:
    """The answer of someone who is counted, and why it is not known."""
    oui, inconnu = getattr(i, "oui", ""), getattr(i, "inconnu", "")
    if not oui:
        return "'oui'", "null"
    if not inconnu:
        return f"case when {oui} then 'oui' else 'non' end", "null"
    pourquoi = (
        f"case when sans_situation then {_citer(SANS_SITUATION)} else {_citer(i.si_inconnu)} end"
    )
    return (
        f"case when {oui} then 'oui' when {inconnu} then 'nr' else 'non' end",
        f"case when {inconnu} and not {oui} then {pourquoi} end",
    )


def _selon(cas: list[tuple[str, str]], sinon: str) -> str:
    return (
        "case "
        + " ".join(f"when {si} then {_citer(alors)}" for si, alors in cas)
        + f" else {sinon} end"
        if cas
        else sinon
    )


def _citer(phrase: str) -> str:
    return "'" + phrase.replace("'", "''").replace(":", r"\:") + "'"
