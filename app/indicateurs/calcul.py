"""What can be asked: figures, lists, who counts where; who may, under what rights it is read."""

import functools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, text
from werkzeug.exceptions import Forbidden, NotFound

from app import acces
from app.extensions import db

from . import chiffres_des_jeunes, paquets
from .chiffres import Chiffre, Decompte
from .definitions import DEFINITIONS, Taux
from .demande import Periode
from .formes import chiffrer
from .periodes import Periodes
from .reperes import AUCUN, Reperes, lire_reperes
from .requete import ECARTE, OBJETS, requete


@dataclass(frozen=True)
class LigneComptee:
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
class Resultats:
    """The figures of one period, for the Département or one MDS."""

    du: date
    au: date
    mds: str | None
    chiffres: dict[str, Chiffre]

    def __getitem__(self, code: str) -> Chiffre:
        return self.chiffres[code]

    def __iter__(self) -> Iterator[Chiffre]:
        return iter(self.chiffres.values())

    def json(self) -> dict[str, Any]:
        """The shape that the contract of the command ``indicateurs`` fixes."""
        return {
            "periode": {"du": self.du.isoformat(), "au": self.au.isoformat()},
            "mds": self.mds,
            "indicateurs": {c.code: c.valeurs for c in self if c.indicateur.au_contrat},
            "retours": self["RETOURS"].nombre,
            "deces": self["DECES"].nombre,
        }


def calculer(du: date, au: date, mds: str | None = None) -> Resultats:
    """Every figure of the period; refuses (403) whoever may not read those of this territory."""
    return calculer_ensemble([Periode(du, au, mds)])[0]


def calculer_ensemble(periodes: Sequence[Periode]) -> list[Resultats]:
    """The same for several periods and territories, counted together.

    Those of the Département, then those of MDS; of youths, only what moved since the last look.
    """
    comptes: list[dict[str, list[Decompte]]] = [
        {code: [] for code in DEFINITIONS} for _ in periodes
    ]
    departement = {n: periode for n, periode in enumerate(periodes) if not periode.mds}
    mds = {n: periode for n, periode in enumerate(periodes) if periode.mds}
    recomptes: list[paquets.Recompte] = []
    with _lecture(periodes) as (valeurs, reperes):
        for groupe in (departement, mds):
            for numero, code, compte in _decompter(groupe, valeurs, recomptes):
                comptes[numero][code].append(compte)
    paquets.garder(recomptes)
    return [
        _resultats(periode, comptes[numero], reperes) for numero, periode in enumerate(periodes)
    ]


def _decompter(
    periodes: Mapping[int, Periode], valeurs: dict[str, Any], recomptes: list[paquets.Recompte]
) -> Iterator[tuple[int, str, Decompte]]:
    """(number of the period, indicator, count): of youths by bucket, of other things at once."""
    des_jeunes = _qui_comptent(periodes, jeunes=True)
    if des_jeunes:
        demande = chiffres_des_jeunes.DemandeDeChiffres.de(des_jeunes, valeurs)
        numeros = [*des_jeunes]
        for rang, code, compte in chiffres_des_jeunes.compter(demande, recomptes):
            yield numeros[rang], code, compte
    autres = _qui_comptent(periodes, jeunes=False)
    if autres:
        for numero, code, reponse, modalite, dont, nombre, valeur in db.session.execute(
            _compter(autres), valeurs
        ):
            yield numero, code, Decompte(reponse, modalite, dont, int(nombre), valeur)


def _qui_comptent(periodes: Mapping[int, Periode], *, jeunes: bool) -> dict[int, Periode]:
    """These periods with their figures that count youths, or those that count other things, and
    the counts that these are told with."""
    choisies = {}
    for numero, periode in periodes.items():
        tous = _avec_ce_qu_il_faut(periode).codes
        codes = frozenset(c for c in tous if (DEFINITIONS[c].parmi not in OBJETS) == jeunes)
        if codes:
            choisies[numero] = replace(periode, codes=codes)
    return choisies


def _resultats(periode: Periode, comptes: dict[str, list[Decompte]], reperes: Reperes) -> Resultats:
    chiffres = chiffrer(comptes, periode, reperes)
    return Resultats(periode.du, periode.au, periode.mds, chiffres)


def colonnes_du_mois(mois: date, mds: str | None = None) -> dict[str, Periode]:
    """The columns of a month report.

    The month, 1 January → end of the month, the last day of the month.
    """
    premier = mois.replace(day=1)
    dernier = (premier + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {
        "mois": Periode(premier, dernier, mds),
        "cumul": Periode(premier.replace(month=1), dernier, mds),
        "en_cours": Periode(dernier, dernier, mds),
    }


def trois_colonnes(mois: date, mds: str | None = None) -> dict[str, Resultats]:
    """The figures of a month report, column by column."""
    periodes = colonnes_du_mois(mois, mds)
    return dict(zip(periodes, calculer_ensemble([*periodes.values()]), strict=True))


@dataclass(frozen=True)
class Apercu:
    """A figure and how long the list behind it is."""

    chiffre: Chiffre
    groupes: dict[str, int]
    """Answer → lines."""
    lisibles: dict[str, int]
    """Of these, the lines that the reader may open: of youths whose file is in the MDS asked for;
    all, of other things."""


def apercu(periode: Periode, lues: Collection[int] | None = None) -> Apercu:
    """The one figure that ``periode`` asks for.

    ``lues``: the MDS whose files may be opened (None: all).
    """
    (code,) = periode.codes
    comptes: dict[str, list[Decompte]] = {connu: [] for connu in DEFINITIONS}
    groupes: Counter[str] = Counter()
    lisibles: Counter[str] = Counter()
    jointure, lisible = _lisible(code, lues)
    lire = f"""
select r.code, r.reponse, r.modalite, r.dont, {lisible}, count(*), sum(r.valeur)
from reponses r {jointure}
group by 1, 2, 3, 4, 5"""
    with _lecture([periode]) as (valeurs, reperes):
        ordre = requete({0: _avec_ce_qu_il_faut(periode)}, lire, ensemble=False)
        for lu, reponse, modalite, dont, est_lisible, nombre, valeur in db.session.execute(
            ordre, valeurs | {"lues": list(lues or ())}
        ):
            comptes[lu].append(Decompte(reponse, modalite, dont, nombre, valeur))
            if lu == code:
                groupes[reponse] += nombre
                lisibles[reponse] += nombre * bool(est_lisible)
    chiffre = chiffrer(comptes, periode, reperes)[code]
    return Apercu(chiffre, dict(groupes), dict(lisibles))


def _lisible(code: str, lues: Collection[int] | None) -> tuple[str, str]:
    """(join, condition): the file of the youth is in one of the MDS ``:lues``."""
    if lues is None or DEFINITIONS[code].parmi in OBJETS:
        return "", "true"
    return "join jeune j on j.id = r.id", "j.mds_id = any(:lues)"


@dataclass(frozen=True)
class ChoixDeLignes:
    """Which lines of a list are asked for."""

    reponses: Collection[str] = ()
    """Only these answers; empty: all."""
    debut: int = 0
    limite: int | None = None
    lues: Collection[int] | None = None
    """The MDS whose files may be opened (None: all)."""


TOUT = ChoixDeLignes()


def liste(
    code: str, du: date, au: date, mds: str | None = None, page: ChoixDeLignes = TOUT
) -> list[LigneComptee]:
    """Those the figure counts, and those it leaves out with the reason; by date, then number."""
    if code not in DEFINITIONS:
        raise NotFound("Cet indicateur n’existe pas.")
    periode = Periode(du, au, mds, frozenset({code}))
    jointure, lisible = _lisible(code, page.lues)
    choisies = "r.reponse = any(:reponses)" if page.reponses else "true"
    with _lecture([periode], chiffrer=False) as (valeurs, _):
        valeurs |= {
            "reponses": list(page.reponses),
            "debut": page.debut,
            "limite": page.limite,
            "lues": list(page.lues or ()),
        }
        ordre = _lister(
            periode, f"{jointure} where {choisies} and {lisible}", "limit :limite offset :debut"
        )
        return [_ligne(rang) for rang in db.session.execute(ordre, valeurs)]


def par_jeune(du: date, au: date, mds: str | None = None) -> dict[int, dict[str, LigneComptee]]:
    """For each youth counted somewhere, the answer to each indicator that counts them."""
    jeunes: dict[int, dict[str, LigneComptee]] = {}
    codes = frozenset(i.code for i in DEFINITIONS.values() if i.parmi not in OBJETS)
    periode = Periode(du, au, mds, codes)
    with _lecture([periode], chiffrer=False) as (valeurs, _):
        for rang in db.session.execute(_lister(periode, f"where r.reponse <> '{ECARTE}'"), valeurs):
            jeunes.setdefault(rang.id, {})[rang.code] = _ligne(rang)
    return jeunes


def codes_par_jeune(du: date, au: date, mds: str | None = None) -> dict[int, str]:
    """The indicators that count each youth: « I2 I4 I4a ».

    In their number or in the population of their rate.

    Light: what ``par_jeune`` knows of 100,000 youths weighs hundreds of megabytes.
    """
    qui = [i for i in DEFINITIONS.values() if i.parmi not in OBJETS and i.au_contrat]
    periode = Periode(du, au, mds, frozenset(i.code for i in qui))
    lire = f"""
select id, string_agg(code, ' ') from reponses
where reponse = 'oui' or reponse <> '{ECARTE}' and code = any(:taux) group by id"""
    with _lecture([periode], chiffrer=False) as (valeurs, _):
        valeurs["taux"] = [i.code for i in qui if isinstance(i, Taux)]
        lignes = db.session.execute(
            requete({0: periode}, lire, ensemble=False),
            valeurs,
            execution_options={"yield_per": 5000},
        )
        # Put in order here: the base would sort every code of every youth, for a few hundred sets.
        ordonner = functools.cache(functools.partial(_dans_l_ordre, [i.code for i in qui]))
        return {numero: ordonner(codes) for lot in lignes.partitions() for numero, codes in lot}


def _dans_l_ordre(ordre: Sequence[str], codes: str) -> str:
    """« I4 I2 » → « I2 I4 »."""
    return " ".join(sorted(codes.split(), key=ordre.index))


def _ligne(rang: Row[Any]) -> LigneComptee:
    return LigneComptee(
        rang.code,
        rang.objet,
        rang.id,
        rang.reponse,
        rang.raison,
        rang.modalite,
        rang.dont,
        rang.reprise,
        rang.le,
    )


# --- Who may, and under what rights it is read


@contextmanager
def _lecture(
    periodes: Sequence[Periode], *, chiffrer: bool = True
) -> Iterator[tuple[dict[str, Any], Reperes]]:
    """Check the rights and the periods.

    Inside, rows are read to be counted, by a planner that does not overthink it. Gives what the
    statement binds, and what the figures are told with when they are asked for (``chiffrer``).
    """
    if any(periode.au < periode.du for periode in periodes):
        raise ValueError("La période finit avant d’avoir commencé.")
    codes = {periode.mds for periode in periodes if periode.mds}
    reperes = AUCUN
    if codes or chiffrer:
        reperes = lire_reperes()
    numeros = _numeros(codes, reperes)
    _verifier_les_droits({periode.mds for periode in periodes}, numeros)
    valeurs: dict[str, Any] = {"les_mds": list(numeros.values())}
    valeurs |= Periodes({n: (x.du, x.au) for n, x in enumerate(periodes)}).valeurs
    for rang, periode in enumerate(periodes):
        valeurs[f"mds{rang}"] = numeros.get(periode.mds or "")
    with acces.compter():
        # For this transaction: compiling costs more than running, and nothing here is worth
        # spilling to the disk.
        db.session.execute(
            text("select set_config('jit', 'off', true), set_config('work_mem', '64MB', true)")
        )
        yield valeurs, reperes


def _numeros(codes: set[str], reperes: Reperes) -> dict[str, int]:
    """Code → number of these MDS; refuses (404) those that do not exist."""
    numeros = {code: mds.numero for code, mds in reperes.mds.items() if code in codes}
    if codes - set(numeros):
        raise NotFound("Cette MDS n’existe pas.")
    return numeros


def _verifier_les_droits(mds: set[str | None], numeros: Mapping[str, int]) -> None:
    if acces.contexte().acteur == acces.TOUS:
        return
    for code in mds:
        if not acces.perimetre().peut("chiffre", "lire", numeros.get(code or "")):
            ou = "de cette MDS" if code else "de tout le Département"
            raise Forbidden(f"Vous n’avez pas le droit de lire les chiffres {ou}.")


# --- Counting, listing


def _compter(periodes: Mapping[int, Periode]) -> TextClause:
    lire = f"""
select periode, code, reponse, modalite, dont, sum(n), sum(valeur) from reponses
where reponse <> '{ECARTE}'
group by periode, code, reponse, modalite, dont"""
    return requete(periodes, lire, ensemble=True)


def _avec_ce_qu_il_faut(periode: Periode) -> Periode:
    """And the counts that its figures are told with."""
    codes = set(periode.codes)
    for code in periode.codes:
        codes.update(DEFINITIONS[code].avec)
    return replace(periode, codes=frozenset(codes))


def _lister(periode: Periode, ou: str, page: str = "") -> TextClause:
    lire = f"select r.* from reponses r {ou} order by r.le, r.objet, r.id {page}"
    return requete({0: periode}, lire, ensemble=False)
