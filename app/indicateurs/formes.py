"""From counts to figures: how each kind of indicator is told. Nothing of the base here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.regles import parametres as p
from app.regles.texte import accorder, en_une_phrase

from .chiffres import (
    SANS_OBJET,
    TROP_PEU,
    Chiffre,
    Decompte,
    attendues,
    en_francais,
    en_pourcent,
    pourcent,
    pourcentages,
)
from .definitions import DEFINITIONS, Indicateur, Moyen, Repartition, Taux
from .demande import Periode
from .reperes import Reperes


@dataclass(frozen=True)
class Decomptes:
    """The counts of all the indicators of one period."""

    comptes: dict[str, list[Decompte]]
    periode: Periode
    reperes: Reperes

    def total(self, code: str, reponse: str) -> int:
        return sum(c.nombre for c in self.comptes[code] if c.reponse == reponse)

    def total_dont(self, code: str) -> int:
        """Those of the line below: « dont … »."""
        return sum(c.nombre for c in self.comptes[code] if c.reponse == "oui" and c.dont)

    def somme(self, code: str) -> Decimal:
        """What the postes, the meetings that are counted carry: ETP, youths received."""
        valeurs = [c.valeur for c in self.comptes[code] if c.reponse == "oui" and c.valeur]
        return sum(valeurs, Decimal(0))

    def attendues(self, indicateur: Moyen) -> int:
        return attendues(
            self.periode.du, self.periode.au, indicateur.echeance, self.periode.mds, self.reperes
        )

    def par_modalite(self, code: str) -> dict[str, int]:
        """What splits those who are counted, in no order."""
        nombres: dict[str, int] = {}
        for c in self.comptes[code]:
            if c.reponse == "oui" and c.modalite is not None:
                nombres[c.modalite] = nombres.get(c.modalite, 0) + c.nombre
        return nombres

    def chiffre(self, indicateur: Indicateur) -> Chiffre:
        if isinstance(indicateur, Moyen) and indicateur.forme:
            return _FORMES[indicateur.forme](self, indicateur)
        if isinstance(indicateur, Taux):
            return _taux(self, indicateur)
        if isinstance(indicateur, Repartition):
            return _repartition(self, indicateur)
        return _effectif(self, indicateur)


def chiffrer(
    comptes: dict[str, list[Decompte]], periode: Periode, reperes: Reperes
) -> dict[str, Chiffre]:
    """The figures that the period asks for."""
    tous = Decomptes(comptes, periode, reperes)
    return {
        code: tous.chiffre(indicateur)
        for code, indicateur in DEFINITIONS.items()
        if code in periode.codes
    }


def _effectif(comptes: Decomptes, indicateur: Indicateur) -> Chiffre:
    nombre = comptes.total(indicateur.code, "oui")
    valeurs: dict[str, Any] = {"nombre": nombre}
    a_cote = []
    if indicateur.modalite == "age":
        ages = comptes.par_modalite(indicateur.code)
        premier, dernier = p.AGE_SUIVI.valeur
        par_age = {str(age): ages.get(str(age), 0) for age in range(premier, dernier + 1)}
        valeurs["par_age"] = par_age
        a_cote += [f"{age} ans : {en_francais(n)}" for age, n in par_age.items()]
    if indicateur.a_part:
        apart = comptes.total(indicateur.code, indicateur.a_part.nom)
        valeurs[indicateur.a_part.nom] = apart
        a_cote.append(f"{indicateur.a_part.titre} : {en_francais(apart)}")
    if indicateur.dont:
        dont = comptes.total_dont(indicateur.code)
        valeurs[indicateur.dont.nom] = dont
        a_cote.append(f"{indicateur.dont.titre} : {en_francais(dont)}")
    return Chiffre(indicateur, valeurs, nombre, en_francais(nombre), en_une_phrase(a_cote))


@dataclass(frozen=True)
class _Reponses:
    """How the persons of a rate answer."""

    oui: int
    non: int
    nr: int

    @property
    def n(self) -> int:
        return self.oui + self.non + self.nr

    @property
    def connues(self) -> int:
        return self.oui + self.non

    @property
    def taux(self) -> float | None:
        if not self.connues:
            return None
        return pourcent(self.oui, self.connues)

    @property
    def completude(self) -> float | None:
        if not self.n:
            return None
        return pourcent(self.connues, self.n)

    @property
    def est_incomplet(self) -> bool:
        return self.connues * 100 < p.COMPLETUDE_MINIMALE.valeur * self.n

    @property
    def sont_peu(self) -> bool:
        return self.connues < p.REPONSES_MINIMALES.valeur

    @property
    def texte(self) -> str:
        """The rate, or what may be said when it must not be read alone."""
        if self.taux is None:
            return SANS_OBJET
        if self.sont_peu:
            return f"{self.oui} sur {self.connues}"
        if self.est_incomplet:
            bas = en_pourcent(pourcent(self.oui, self.n))
            return f"de {bas} à {en_pourcent(pourcent(self.oui + self.nr, self.n))}"
        return en_pourcent(self.taux)


def _taux(comptes: Decomptes, indicateur: Taux) -> Chiffre:
    code = indicateur.code
    reponses = _Reponses(*(comptes.total(code, mot) for mot in ("oui", "non", "nr")))
    valeurs: dict[str, Any] = {
        "n": reponses.n,
        "oui": reponses.oui,
        "non": reponses.non,
        "nr": reponses.nr,
        "taux": reponses.taux,
    }
    dits = f"{en_francais(reponses.oui)} oui, {en_francais(reponses.non)} non"
    if indicateur.inconnu:
        dits += f", {accorder(reponses.nr, 'non renseigné', 'non renseignés')}"
    a_cote = [dits]
    if indicateur.dont:
        dont = comptes.total_dont(code)
        valeurs[indicateur.dont.nom] = dont
        a_cote.append(f"{indicateur.dont.titre} : {en_francais(dont)}")
    secret = indicateur.est_secret and _trahirait(comptes.comptes[code], reponses)
    if secret:
        a_cote = []
    if indicateur.est_secret:
        sollicites = comptes.total("SOLLICITES", "oui")
        valeurs |= {"sollicites": sollicites, "repondants": reponses.connues}
        a_cote.append(_participation(reponses.connues, sollicites))
    if reponses.est_incomplet and reponses.completude is not None:
        a_cote.append(f"complétude insuffisante ({en_pourcent(reponses.completude)})")
    return Chiffre(
        indicateur,
        {cle: valeurs[cle] for cle in indicateur.cles or valeurs},
        reponses.oui,
        TROP_PEU if secret else reponses.texte,
        en_une_phrase(a_cote),
        reponses.completude,
        reponses.est_incomplet,
        secret,
        delais=_delais(comptes.comptes[code]) if indicateur.modalite == "delai" else None,
    )


def _trahirait(comptes: Sequence[Decompte], reponses: _Reponses) -> bool:
    """The few who answered alone, by their link, would be recognised."""
    return reponses.sont_peu and any(c.modalite == "true" for c in comptes)


def _delais(comptes: Sequence[Decompte]) -> dict[int | None, int]:
    nombres: dict[int | None, int] = {}
    for c in comptes:
        if c.reponse in ("oui", "non"):
            jours = int(c.modalite) if c.modalite is not None else None
            nombres[jours] = nombres.get(jours, 0) + c.nombre
    return nombres


def _participation(repondants: int, sollicites: int) -> str:
    """A rate only where the answers are part of those asked.

    Who answered in the period may have been asked before.
    """
    dits = f"{accorder(repondants, 'répondant', 'répondants')}, "
    dits += accorder(sollicites, "sollicité", "sollicités")
    if sollicites > 0 and sollicites >= repondants:
        dits += f" ({en_pourcent(pourcent(repondants, sollicites))} de réponses)"
    return dits


def _repartition(comptes: Decomptes, indicateur: Repartition) -> Chiffre:
    nombres = comptes.par_modalite(indicateur.code)
    codes = [code for code in comptes.reperes.logements if code in nombres]
    parts = pourcentages([nombres[code] for code in codes])
    logees = sum(nombres.values())
    non_loges = comptes.total(indicateur.code, "non")
    inconnus = comptes.total(indicateur.code, "nr")
    valeurs = {
        "n": logees,
        "repartition": {code: nombres[code] for code in codes},
        "pourcentages": dict(zip(codes, parts, strict=True)),
        "non_loges": non_loges,
        "nr": inconnus,
    }
    a_cote = ", ".join(
        (
            accorder(non_loges, "non logé", "non logés"),
            accorder(inconnus, "non renseigné", "non renseignés"),
        )
    )
    return Chiffre(indicateur, valeurs, logees, accorder(logees, "logé", "logés"), a_cote)


# --- Means and meetings


def _postes(comptes: Decomptes, indicateur: Moyen) -> Chiffre:
    nombre = comptes.total(indicateur.code, "oui")
    etp = comptes.somme(indicateur.code).quantize(Decimal("0.01"), ROUND_HALF_UP)
    valeurs = {"postes": nombre, "etp": float(etp)}
    return Chiffre(indicateur, valeurs, nombre, en_francais(nombre), f"{en_francais(etp, 2)} ETP")


def _equipes(comptes: Decomptes, indicateur: Moyen) -> Chiffre:
    equipes = comptes.total(indicateur.code, "oui")
    postes = comptes.total("I1", "oui")
    valeurs = {"equipes": equipes, "postes": postes}
    return Chiffre(indicateur, valeurs, equipes, f"{equipes} sur {postes}", "postes équipés")


def _comites(comptes: Decomptes, indicateur: Moyen) -> Chiffre:
    presences = comptes.total(indicateur.code, "oui")
    attendu = comptes.attendues(indicateur)
    valeurs = {"presences": presences, "attendues": attendu}
    return Chiffre(indicateur, valeurs, presences, f"{presences} sur {attendu}", "attendues")


def _permanences(comptes: Decomptes, indicateur: Moyen) -> Chiffre:
    tenues = comptes.total(indicateur.code, "oui")
    attendu = comptes.attendues(indicateur)
    annulees = comptes.total(indicateur.code, "annulees")
    recus = int(comptes.somme(indicateur.code))
    valeurs = {
        "permanences": tenues,
        "attendues": attendu,
        "annulees": annulees,
        "jeunes_recus": recus,
    }
    a_cote = f"attendues ; annulées : {annulees} ; jeunes reçus : {en_francais(recus)}"
    return Chiffre(indicateur, valeurs, tenues, f"{tenues} sur {attendu}", a_cote)


def _copil(comptes: Decomptes, indicateur: Moyen) -> Chiffre:
    dates = sorted(comptes.par_modalite(indicateur.code))
    valeurs = {"tenu": bool(dates), "dates": dates}
    dits = ", ".join(f"{date.fromisoformat(le):%d/%m/%Y}" for le in dates)
    return Chiffre(indicateur, valeurs, len(dates), "oui" if dates else "non", dits)


_FORMES: dict[str, Callable[[Decomptes, Moyen], Chiffre]] = {
    "postes": _postes,
    "comites": _comites,
    "permanences": _permanences,
    "copil": _copil,
    "equipes": _equipes,
}
