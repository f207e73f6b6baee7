"""One statement counts all the indicators; the same statement, read without counting, lists the persons behind each."""

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select, text
from werkzeug.exceptions import Forbidden, NotFound

from app import acces
from app.extensions import db
from app.models import Mds
from app.models.nomenclature import Logement

from .chiffres import AVEC, Chiffre, Compte, chiffrer
from .criteres import CRITERES
from .definitions import DEFINITIONS, SANS_SITUATION, Indicateur, Taux
from .populations import Periodes, populations


@dataclass(frozen=True)
class Ligne:
    """A person (a poste, an instance) behind a figure."""

    code: str
    objet: str
    """jeune, poste or instance."""
    id: int
    reponse: str
    """oui, non, nr, the name of a group set apart, or « ecarte »."""
    raison: str | None
    """Why it is not counted, or not known: in French, to be shown as is."""
    modalite: str | None
    """What splits the figure: the age, the code of the housing or of the situation."""
    dont: bool | None
    """Also in the line below (« dont CEJ », « dont alternance »)."""
    reprise: bool | None
    """The situation is an older one, carried over to the exit."""
    le: date | None
    """The day that counts: first day, exit, answer…"""


@dataclass(frozen=True)
class Periode:
    """What is asked for: a period, an MDS (None = the whole Département), some figures (all of them by default)."""

    du: date
    au: date
    mds: str | None = None
    codes: frozenset[str] = frozenset(DEFINITIONS)


class Resultats:
    """The figures of one period, for the Département or one MDS."""

    def __init__(self, periode: Periode, chiffres: dict[str, Chiffre]):
        self.du, self.au, self.mds, self.chiffres = periode.du, periode.au, periode.mds, chiffres

    def __getitem__(self, code: str) -> Chiffre:
        return self.chiffres[code]

    def __iter__(self) -> Iterator[Chiffre]:
        return iter(self.chiffres.values())

    def json(self) -> dict:
        """The shape that ``contrat.md`` fixes."""
        return {
            "periode": {"du": self.du.isoformat(), "au": self.au.isoformat()},
            "mds": self.mds,
            "indicateurs": {c.code: c.valeurs for c in self if c.indicateur.au_contrat},
            "retours": self["RETOURS"].nombre,
            "deces": self["DECES"].nombre,
        }


def calculer(du: date, au: date, mds: str | None = None) -> Resultats:
    """Every figure of the period. Refuses (403) whoever may not read the figures of this territory."""
    return calculer_ensemble([Periode(du, au, mds)])[0]


def calculer_ensemble(periodes: Sequence[Periode]) -> list[Resultats]:
    """The same for several periods and territories: one statement for the Département, one for all the MDS."""
    comptes: list[dict[str, list[Compte]]] = [{code: [] for code in DEFINITIONS} for _ in periodes]
    with _lecture(periodes) as valeurs:
        for ensemble in ([n for n, x in enumerate(periodes) if bool(x.mds) == par_mds] for par_mds in (False, True)):
            requete = ensemble and _compter({n: periodes[n] for n in ensemble})
            for n, code, reponse, modalite, dont, nombre, valeur in (
                db.session.execute(requete, valeurs) if ensemble else ()
            ):
                comptes[n][code].append(Compte(reponse, modalite, dont, int(nombre), valeur))
        logements = db.session.scalars(select(Logement.code).order_by(Logement.ordre, Logement.code)).all()
    return [Resultats(x, chiffrer(comptes[n], x.du, x.au, x.mds, logements, x.codes)) for n, x in enumerate(periodes)]


def trois_colonnes(mois: date, mds: str | None = None) -> dict[str, Resultats]:
    """The columns of a month report: the month, 1 January → end of the month, the last day of the month."""
    premier = mois.replace(day=1)
    dernier = (premier + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    jours = {
        "mois": (premier, dernier),
        "cumul": (premier.replace(month=1), dernier),
        "en_cours": (dernier, dernier),
    }
    return dict(zip(jours, calculer_ensemble([Periode(*x, mds) for x in jours.values()]), strict=True))


def liste(
    code: str, du: date, au: date, mds: str | None = None, *, reponses: Collection[str] = (), debut: int = 0,
    limite: int | None = None,
) -> list[Ligne]:  # fmt: skip
    """Those the figure counts, and those it leaves out with the reason; by date, then number.

    ``reponses``: only these answers. ``debut``, ``limite``: one page of the list.
    """
    if code not in DEFINITIONS:
        raise NotFound("Cet indicateur n’existe pas.")
    periode = Periode(du, au, mds, frozenset({code}))
    ou = "reponse = any(:reponses)" if reponses else "true"
    with _lecture([periode]) as valeurs:
        valeurs |= {"reponses": list(reponses), "debut": debut, "limite": limite}
        requete = _lister(periode, ou, "limit :limite offset :debut")
        return [_ligne(rang) for rang in db.session.execute(requete, valeurs)]


def par_jeune(du: date, au: date, mds: str | None = None) -> dict[int, dict[str, Ligne]]:
    """For each youth counted somewhere, the answer to each indicator that counts them."""
    jeunes: dict[int, dict[str, Ligne]] = {}
    periode = Periode(du, au, mds, frozenset(i.code for i in DEFINITIONS.values() if i.parmi not in _OBJETS))
    with _lecture([periode]) as valeurs:
        for rang in db.session.execute(_lister(periode, f"reponse <> '{ECARTE}'"), valeurs):
            jeunes.setdefault(rang.id, {})[rang.code] = _ligne(rang)
    return jeunes


def codes_par_jeune(du: date, au: date, mds: str | None = None) -> dict[int, str]:
    """The indicators that count each youth, in their number or in the population of their rate: « I2 I4 I4a ».

    Light: what ``par_jeune`` knows of 100,000 youths weighs hundreds of megabytes.
    """
    qui = [i for i in DEFINITIONS.values() if i.parmi not in _OBJETS and i.au_contrat]
    periode = Periode(du, au, mds, frozenset(i.code for i in qui))
    lire = f"""
select id, string_agg(code, ' ' order by array_position(cast(:codes as text[]), code)) from reponses
where reponse = 'oui' or reponse <> '{ECARTE}' and code = any(:taux) group by id"""
    with _lecture([periode]) as valeurs:
        valeurs |= {"codes": [i.code for i in qui], "taux": [i.code for i in qui if isinstance(i, Taux)]}
        return {
            n: sys.intern(codes)
            for n, codes in db.session.execute(
                _requete({0: periode}, lire, ensemble=False), valeurs, execution_options={"yield_per": 5000}
            )
        }


def _ligne(rang) -> Ligne:
    return Ligne(
        rang.code, rang.objet, rang.id, rang.reponse, rang.raison, rang.modalite, rang.dont, rang.reprise, rang.le
    )


# --- Who may, and under what rights it is read ------------------------------------------------------------------------


class _lecture:
    """Check the rights and the periods; inside, rows are read to be counted, by a planner that does not overthink it."""

    def __init__(self, periodes: Sequence[Periode]):
        if any(x.au < x.du for x in periodes):
            raise ValueError("La période finit avant d’avoir commencé.")
        self.periodes, self.portee = periodes, acces.compter()

    def __enter__(self) -> dict:
        """What the statement binds."""
        codes = {x.mds for x in self.periodes} - {None}
        numeros = dict(db.session.execute(select(Mds.code, Mds.id).where(Mds.code.in_(codes))).all()) if codes else {}
        if codes - set(numeros):
            raise NotFound("Cette MDS n’existe pas.")
        for mds in {x.mds for x in self.periodes} if acces.contexte().acteur != acces.TOUS else ():
            if not acces.perimetre().peut("chiffre", "lire", numeros.get(mds)):
                ou = "de cette MDS" if mds else "de tout le Département"
                raise Forbidden(f"Vous n’avez pas le droit de lire les chiffres {ou}.")
        self.portee.__enter__()
        # For this transaction: compiling costs more than running, and nothing here is worth spilling to the disk.
        db.session.execute(text("select set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"))
        jours = Periodes({n: (x.du, x.au) for n, x in enumerate(self.periodes)})
        mds = {f"mds{n}": numeros.get(x.mds) for n, x in enumerate(self.periodes)}
        return jours.valeurs | mds | {"les_mds": list(numeros.values())}

    def __exit__(self, *erreur) -> None:
        self.portee.__exit__(*erreur)


# --- The statement ----------------------------------------------------------------------------------------------------
#
# The periods that ask the same things of a population go together: its rows with every criterion answered (``vus_…``).
# A list reads them as they are; a count first puts together those that answer alike (``comptes_…``), then both go
# through the same ``_reponses``.

ECARTE = "ecarte"
_OBJETS = {"postes": "poste"} | dict.fromkeys(
    ("comites_de_suivi", "permanences", "comites_de_pilotage", "comites_techniques", "formations"), "instance"
)
"""Whom a population is made of, when they are not youths."""
_SITUATION = {"sortants"}
"""The populations whose answers come from a situation, perhaps missing, perhaps carried over."""


def _compter(periodes: Mapping[int, Periode]):
    lire = f"""
select periode, code, reponse, modalite, dont, sum(n), sum(valeur) from reponses where reponse <> '{ECARTE}'
group by periode, code, reponse, modalite, dont"""
    avec = {
        n: replace(x, codes=x.codes | {c for code in x.codes for c in AVEC.get(code, ())}) for n, x in periodes.items()
    }
    return _requete(avec, lire, ensemble=True)


def _lister(periode: Periode, ou: str = "true", page: str = ""):
    lire = f"select * from reponses where {ou} order by le, objet, id {page}"
    return _requete({0: periode}, lire, ensemble=False)


def _requete(periodes: Mapping[int, Periode], lire: str, *, ensemble: bool):
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
        q = Periodes(jours, mds, frozenset(mot for code in codes for mot in _mots(DEFINITIONS[code])))
        voulues[nom] = q | voulues.get(nom, q)
    vus, reponses = [], []
    for rang, ((nom, codes), numeros) in enumerate(groupes.items()):
        ou = f"n in ({', '.join(map(str, numeros))})" if len(numeros) < len(voulues[nom].jours) else "true"
        vus += _vus(nom, rang, [DEFINITIONS[code] for code in codes], ou, ensemble)
        reponses += [_reponses(DEFINITIONS[code], rang, ensemble) for code in codes]
    ctes = [*(f"{nom} as {sql}" for nom, sql in populations(voulues).items()), *vus]
    union = "\nunion all\n".join(reponses)
    return text(f"with {', '.join(ctes)}, reponses as ({union})\n{lire}")


def _vus(nom: str, rang: int, indicateurs: list[Indicateur], ou: str, ensemble: bool) -> list[str]:
    """The rows of a population with its criteria answered and, to count, put together when they are alike."""
    criteres = dict.fromkeys(critere for i in indicateurs for critere in (*_criteres(i), *_comptes_par(i.parent)))
    parts = dict.fromkeys(i.modalite for i in indicateurs if i.modalite)
    jours = dict.fromkeys(i.le for i in indicateurs if i.le not in parts)
    numero = "id" if nom in _OBJETS else "jeune_id as id"
    autres = [*jours, *(("reprise", "observee_le is null as sans_situation") if nom in _SITUATION else ())]
    valeur = "valeur" if nom in _OBJETS else "cast(null as numeric) as valeur"
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
    yield from (critere for critere in (getattr(i, "oui", ""), getattr(i, "inconnu", "")) if critere)


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
            f"'{_OBJETS.get(i.parmi, 'jeune')}' as objet", "id",
            f"{_selon([(si, phrase) for si, _, phrase in cas], raison)} as raison",
            f"{'reprise' if i.parmi in _SITUATION else 'cast(null as boolean)'} as reprise",
            f"cast({i.le} as date) as le",
        ]  # fmt: skip
    parent = " and ".join(_comptes_par(i.parent, non="not ")) or "true"
    return f"select {', '.join(colonnes)} from {'comptes' if ensemble else 'vus'}_{rang} where {parent}"


def _comptes_par(code: str | None, non: str = "") -> list[str]:
    """What makes the parent count someone, and the parent's parent; ``non``: before what must not hold."""
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
    pourquoi = f"case when sans_situation then {_citer(SANS_SITUATION)} else {_citer(i.si_inconnu)} end"
    return (
        f"case when {oui} then 'oui' when {inconnu} then 'nr' else 'non' end",
        f"case when {inconnu} and not {oui} then {pourquoi} end",
    )


def _selon(cas: list[tuple[str, str]], sinon: str) -> str:
    return (
        "case " + " ".join(f"when {si} then {_citer(alors)}" for si, alors in cas) + f" else {sinon} end"
        if cas
        else sinon
    )


def _citer(phrase: str) -> str:
    return "'" + phrase.replace("'", "''").replace(":", r"\:") + "'"
