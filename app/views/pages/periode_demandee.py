"""The period, the territory and the comparison that an address of the figures names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort

from app import acces, departement
from app.erreurs import PeriodeRefusee
from app.regles.age import ajouter_mois, aujourd_hui
from app.views.pages.territoire import toutes_les_mds

COMPARAISONS = {
    "mois": "la fin du mois d’avant",
    "": "rien",
    "an": "un an avant",
    "avant": "la période précédente",
}
MOIS_PAR_AN = 12
PREMIERE_ANNEE = 1950
DERNIERE_ANNEE = 2100
JOUR = "jour"
ANNEE_GLISSANTE = "12mois"


@dataclass(frozen=True)
class PeriodeDemandee:
    """The period and the MDS that the address names, and those the person may choose."""

    du: date
    au: date
    mds: str | None
    choix: list[tuple[str, str]]
    """(code, name) of the MDS; "" = the whole Département."""
    comparee: str = ""
    """With what the page compares itself: a key of ``COMPARAISONS``."""

    @property
    def adresse(self) -> dict[str, str]:
        """The query string that asks for the same."""
        return {"du": self.du.isoformat(), "au": self.au.isoformat(), "mds": self.mds or ""}

    @property
    def avant(self) -> tuple[date, date] | None:
        """The period that this one is compared with; whole months stay whole months."""
        if not self.comparee:
            return None
        if self.comparee == "mois":
            fin = self.au.replace(day=1) - timedelta(days=1)
            return (self.du, fin) if fin >= self.du else None
        if self.comparee == "avant" and not self._mois_entiers:
            duree = self.au - self.du + timedelta(days=1)
            return self.du - duree, self.au - duree
        mois = MOIS_PAR_AN
        if self.comparee == "avant":
            mois = (self.au.year - self.du.year) * MOIS_PAR_AN + self.au.month - self.du.month + 1
        return ajouter_mois(self.du, -mois), self._fin_reculee(mois)

    @property
    def _finit_un_mois(self) -> bool:
        return (self.au + timedelta(days=1)).day == 1

    @property
    def _mois_entiers(self) -> bool:
        return self.du.day == 1 and self._finit_un_mois

    def _fin_reculee(self, mois: int) -> date:
        """The last day, so many months earlier; the end of a month stays the end of a month."""
        if self._finit_un_mois:
            return ajouter_mois(self.au + timedelta(days=1), -mois) - timedelta(days=1)
        return ajouter_mois(self.au, -mois)

    @property
    def territoire(self) -> str:
        nom = dict(self.choix)[self.mds or ""]
        if self.mds is None:
            return nom
        return departement.courant().territoire(nom)

    @property
    def periode(self) -> str:
        return f"du {self.du:%d/%m/%Y} au {self.au:%d/%m/%Y}"


def lire_demande(valeurs: Mapping[str, str]) -> PeriodeDemandee:
    """By default this year until today, and the first MDS allowed.

    Refuses (404) what cannot be chosen.
    """
    permises = acces.perimetre().mds("chiffre", "lire")
    choix = []
    if permises is acces.TOUTES:
        choix.append(("", departement.courant().nom))
    choix += [(mds.code, mds.nom) for mds in toutes_les_mds() if mds.id in permises]
    code = valeurs.get("mds", choix[0][0])
    comparee = valeurs.get("comparee", "mois")
    if code not in dict(choix) or comparee not in COMPARAISONS:
        abort(404)
    du, au = _lire_periode(valeurs)
    return PeriodeDemandee(du, au, code or None, choix, comparee)


def douze_mois(le: date) -> tuple[date, date]:
    """The twelve months that end with the last month that is over."""
    debut = le.replace(day=1)
    return ajouter_mois(debut, -MOIS_PAR_AN), debut - timedelta(days=1)


def _lire_periode(valeurs: Mapping[str, str]) -> tuple[date, date]:
    """Two dates, or one of the periods that have a name (``?sur=jour``)."""
    jour = aujourd_hui()
    nommees = {JOUR: (jour, jour), ANNEE_GLISSANTE: douze_mois(jour)}
    if valeurs.get("sur") in nommees:
        return nommees[valeurs["sur"]]
    try:
        du = date.fromisoformat(valeurs.get("du") or f"{jour.year}-01-01")
        au = date.fromisoformat(valeurs.get("au") or jour.isoformat())
    except ValueError as refus:
        raise PeriodeRefusee("La période demandée n’est pas faite de deux dates.") from refus
    if au < du:
        raise PeriodeRefusee(
            f"La période finit le {au:%d/%m/%Y}, avant d’avoir commencé, le {du:%d/%m/%Y}."
        )
    if not (du.year >= PREMIERE_ANNEE and au.year <= DERNIERE_ANNEE):
        raise PeriodeRefusee(f"Une période va de {PREMIERE_ANNEE} à {DERNIERE_ANNEE}.")
    return du, au
