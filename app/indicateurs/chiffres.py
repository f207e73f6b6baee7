"""From counts to what is read: the values of the contract, the rounding, the words. Nothing of the
base here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.regles import parametres as p
from app.regles.age import ajouter_mois

from .definitions import DEFINITIONS, Indicateur, Repartition, Taux
from .reperes import Reperes

PAS = {"mois": 1, "trimestre": 3}
TROP_PEU = "trop peu de réponses"
FINE = "\u202f"
"""The narrow space that French puts before « % »."""


@dataclass(frozen=True)
class Compte:
    """How many rows share an answer and, for postes and meetings, the sum of what they carry."""

    reponse: str
    modalite: str | None
    dont: bool | None
    nombre: int
    valeur: Decimal | None


@dataclass(frozen=True)
class Chiffre:
    """One figure: what the contract says of it, and what a person reads."""

    indicateur: Indicateur
    valeurs: dict
    """The keys and types of ``contrat.md``."""
    nombre: int
    """How many are counted: persons, « oui » of a rate, postes, meetings."""
    texte: str
    complement: str = ""
    """What must be read beside it: completeness, groups set apart, expected numbers. Empty:
    nothing."""
    completude: float | None = None
    """Percent of known answers of a rate; None when there is nobody or when it does not apply."""
    alerte: bool = False
    """The figure is too incomplete to be read as a rate."""
    secret: bool = False
    """Its « oui » and « non » would tell what someone answered alone: no screen, no table shows
    them."""

    delais: dict[int | None, int] | None = None
    """I3d: how many waited so many days for their first rendez-vous; None: those who are still
    waiting."""

    @property
    def code(self) -> str:
        return self.indicateur.code


def pourcent(partie: int, total: int) -> float:
    """One decimal, half up: 1 of 16 is 6.3."""
    return (2000 * partie + total) // (2 * total) / 10


def pourcentages(nombres: Sequence[int]) -> list[float]:
    """One decimal each, 100.0 in all: largest remainder; equal remainders, the first one."""
    total = sum(nombres)
    if not total:
        return []
    dixiemes = [1000 * n // total for n in nombres]
    par_reste = sorted(range(len(nombres)), key=lambda i: (-(1000 * nombres[i] % total), i))
    for i in par_reste[: 1000 - sum(dixiemes)]:
        dixiemes[i] += 1
    return [d / 10 for d in dixiemes]


def echeances(du: date, au: date, echeance: str) -> list[date]:
    """The ends of month (of quarter: 31/3, 30/6, 30/9, 31/12) that lie in the period."""
    fin = du.replace(day=1)
    tous = []
    while (fin := ajouter_mois(fin, 1)) <= au + timedelta(days=1):
        if (fin.month - 1) % PAS[echeance] == 0:
            tous.append(fin - timedelta(days=1))
    return tous


def attendues(du: date, au: date, echeance: str, mds: str | None, reperes: Reperes) -> int:
    """One per end of month (of quarter) in the period, for each MDS open that day."""
    return sum(reperes.mds_ouvertes(le, mds) for le in echeances(du, au, echeance))


def en_francais(nombre: float | Decimal, decimales: int = 0) -> str:
    """1 234,5"""
    return f"{nombre:,.{decimales}f}".replace(",", FINE).replace(".", ",")


def en_pourcent(valeur: float) -> str:
    return f"{en_francais(valeur, 1)}{FINE}%"


def hauteur(chiffre: Chiffre) -> float | None:
    """What a chart draws: the rate, or the number; nothing when the rate must not be read alone."""
    if not isinstance(chiffre.indicateur, Taux):
        return chiffre.nombre
    if not chiffre.texte.endswith("%") or chiffre.alerte:
        return None
    oui, non = chiffre.valeurs["oui"], chiffre.valeurs["non"]
    return chiffre.valeurs.get("taux", pourcent(oui, oui + non))


class Comptes:
    """The counts of all the indicators of one period."""

    def __init__(
        self,
        comptes: dict[str, list[Compte]],
        du: date,
        au: date,
        mds: str | None,
        reperes: Reperes,
    ):
        self.comptes = comptes
        self.du = du
        self.au = au
        self.mds = mds
        self.reperes = reperes

    def total(
        self, code: str, reponse: str, condition: Callable[[Compte], bool] = lambda c: True
    ) -> int:
        return sum(c.nombre for c in self.comptes[code] if c.reponse == reponse and condition(c))

    def somme(self, code: str) -> Decimal:
        return sum(
            (c.valeur or Decimal(0) for c in self.comptes[code] if c.reponse == "oui"), Decimal(0)
        )

    def attendues(self, i: Indicateur) -> int:
        return attendues(self.du, self.au, i.echeance, self.mds, self.reperes)

    def par_modalite(self, code: str) -> dict[str, int]:
        """What splits those who are counted, in no order."""
        nombres: dict[str, int] = {}
        for c in self.comptes[code]:
            if c.reponse == "oui":
                nombres[c.modalite] = nombres.get(c.modalite, 0) + c.nombre
        return nombres

    def chiffre(self, i: Indicateur) -> Chiffre:
        if i.code in _MOYENS:
            return _MOYENS[i.code](self, i)
        if isinstance(i, Taux):
            return _taux(self, i)
        return _repartition(self, i) if isinstance(i, Repartition) else _effectif(self, i)


def _effectif(c: Comptes, i: Indicateur) -> Chiffre:
    nombre, beside = c.total(i.code, "oui"), []
    valeurs: dict = {"nombre": nombre}
    if i.modalite == "age":
        ages = c.par_modalite(i.code)
        valeurs["par_age"] = {
            str(age): ages.get(str(age), 0) for age in range(p.AGE_SUIVI[0], p.AGE_SUIVI[1] + 1)
        }
        beside += [f"{age} ans : {en_francais(n)}" for age, n in valeurs["par_age"].items()]
    for groupe, combien in (
        (i.a_part, c.total(i.code, i.a_part[1]) if i.a_part else 0),
        (i.dont, c.total(i.code, "oui", lambda x: x.dont)),
    ):
        if groupe:
            valeurs[groupe[1]] = combien
            beside.append(f"{groupe[2]} : {en_francais(combien)}")
    return Chiffre(i, valeurs, nombre, en_francais(nombre), " ; ".join(beside))


def _taux(c: Comptes, i: Taux) -> Chiffre:
    oui, non, nr = (c.total(i.code, reponse) for reponse in ("oui", "non", "nr"))
    n, connus = oui + non + nr, oui + non
    valeurs = {
        "n": n,
        "oui": oui,
        "non": non,
        "nr": nr,
        "taux": pourcent(oui, connus) if connus else None,
    }
    beside = [
        f"{en_francais(oui)} oui, {en_francais(non)} non"
        + (f", {en_francais(nr)} non renseignés" if i.inconnu else "")
    ]
    if i.dont:
        valeurs[i.dont[1]] = c.total(i.code, "oui", lambda x: x.dont)
        beside.append(f"{i.dont[2]} : {en_francais(valeurs[i.dont[1]])}")
    secret = False
    if i.code == "I6":
        valeurs |= {"sollicites": c.total("SOLLICITES", "oui"), "repondants": connus}
        # The few who answered alone would be recognised.
        secret = connus < p.REPONSES_MINIMALES and any(
            x.modalite == "true" for x in c.comptes["I6"]
        )
        if secret:
            beside = []
        beside.append(_participation(connus, valeurs["sollicites"]))
    completude = pourcent(connus, n) if n else None
    incomplet = connus * 100 < p.COMPLETUDE_MINIMALE * n
    if not connus:
        texte = "sans objet"
    elif secret:
        texte = TROP_PEU
    elif connus < p.REPONSES_MINIMALES:
        texte = f"{oui} sur {connus}"
    elif incomplet:
        texte = f"de {en_pourcent(pourcent(oui, n))} à {en_pourcent(pourcent(oui + nr, n))}"
    else:
        texte = en_pourcent(valeurs["taux"])
    if incomplet:
        beside.append(f"complétude insuffisante ({en_pourcent(completude)})")
    cles = _CLES.get(i.code, tuple(valeurs))
    return Chiffre(
        i,
        {cle: valeurs[cle] for cle in cles},
        oui,
        texte,
        " ; ".join(beside),
        completude,
        incomplet,
        secret,
        delais=_delais(c.comptes[i.code]) if i.modalite == "delai" else None,
    )


def _delais(comptes: list[Compte]) -> dict[int | None, int]:
    nombres: dict[int | None, int] = {}
    for c in comptes:
        if c.reponse in ("oui", "non"):
            jours = None if c.modalite is None else int(c.modalite)
            nombres[jours] = nombres.get(jours, 0) + c.nombre
    return nombres


def _participation(repondants: int, sollicites: int) -> str:
    """Who answered in the period may have been asked before: a rate only where one is part of the
    other."""
    taux = (
        f" ({en_pourcent(pourcent(repondants, sollicites))} de réponses)"
        if 0 < sollicites >= repondants
        else ""
    )
    return f"{en_francais(repondants)} répondants, {en_francais(sollicites)} sollicités{taux}"


AVEC = {"I6": ("SOLLICITES",), "I14": ("I1",)}
"""The figures that another one is told with: their counts are needed too."""
_CLES = {"I3d": ("oui", "non"), "I6": ("oui", "non", "taux", "sollicites", "repondants")}
"""Rates without NR: the contract gives fewer keys."""


def _repartition(c: Comptes, i: Repartition) -> Chiffre:
    nombres = c.par_modalite(i.code)
    codes = [code for code in c.reperes.logements if code in nombres]
    parts = pourcentages([nombres[code] for code in codes])
    valeurs = {
        "n": sum(nombres.values()),
        "repartition": {code: nombres[code] for code in codes},
        "pourcentages": dict(zip(codes, parts, strict=True)),
        "non_loges": c.total(i.code, "non"),
        "nr": c.total(i.code, "nr"),
    }
    beside = f"{en_francais(valeurs['non_loges'])} non logés, {en_francais(valeurs['nr'])} non renseignés"
    return Chiffre(i, valeurs, valeurs["n"], f"{en_francais(valeurs['n'])} logés", beside)


def _postes(c: Comptes, i: Indicateur) -> Chiffre:
    nombre, etp = c.total(i.code, "oui"), c.somme(i.code).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Chiffre(
        i,
        {"postes": nombre, "etp": float(etp)},
        nombre,
        en_francais(nombre),
        f"{en_francais(etp, 2)} ETP",
    )


def _equipes(c: Comptes, i: Indicateur) -> Chiffre:
    equipes, postes = c.total(i.code, "oui"), c.total("I1", "oui")
    return Chiffre(
        i,
        {"equipes": equipes, "postes": postes},
        equipes,
        f"{equipes} sur {postes}",
        "postes équipés",
    )


def _comites(c: Comptes, i: Indicateur) -> Chiffre:
    presences, attendu = c.total(i.code, "oui"), c.attendues(i)
    return Chiffre(
        i,
        {"presences": presences, "attendues": attendu},
        presences,
        f"{presences} sur {attendu}",
        "attendues",
    )


def _permanences(c: Comptes, i: Indicateur) -> Chiffre:
    tenues, attendu, annulees, recus = (
        c.total(i.code, "oui"),
        c.attendues(i),
        c.total(i.code, "annulees"),
        int(c.somme(i.code)),
    )
    valeurs = {
        "permanences": tenues,
        "attendues": attendu,
        "annulees": annulees,
        "jeunes_recus": recus,
    }
    beside = f"attendues ; annulées : {annulees} ; jeunes reçus : {en_francais(recus)}"
    return Chiffre(i, valeurs, tenues, f"{tenues} sur {attendu}", beside)


def _copil(c: Comptes, i: Indicateur) -> Chiffre:
    dates = sorted(c.par_modalite(i.code))
    beside = ", ".join(f"{date.fromisoformat(le):%d/%m/%Y}" for le in dates)
    return Chiffre(
        i, {"tenu": bool(dates), "dates": dates}, len(dates), "oui" if dates else "non", beside
    )


_MOYENS = {"I1": _postes, "I11": _comites, "I12": _permanences, "I13": _copil, "I14": _equipes}


def chiffrer(
    comptes: dict[str, list[Compte]],
    du: date,
    au: date,
    mds: str | None,
    reperes: Reperes,
    codes: Collection[str] = DEFINITIONS,
) -> dict[str, Chiffre]:
    """The figures asked for (``codes``), from the counts of one period."""
    tous = Comptes(comptes, du, au, mds, reperes)
    return {
        code: tous.chiffre(indicateur) for code, indicateur in DEFINITIONS.items() if code in codes
    }
