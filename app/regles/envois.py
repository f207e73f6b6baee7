"""When the monthly table is due, when to remind of it, and what « late » means (M11)."""

from datetime import date

from .age import ajouter_mois
from .parametres import CONVENTION, RAPPELS_JOURS, TABLEAU_JOUR

A_TEMPS = "a_temps"
TARDIF = "tardif"
EN_RETARD = "en_retard"
ATTENDU = "attendu"
A_VENIR = "a_venir"
PAS_OUVERTE = "pas_ouverte"
ETATS = {
    A_TEMPS: "Envoyé à temps",
    TARDIF: "Envoyé en retard",
    EN_RETARD: "Manque",
    ATTENDU: "À envoyer",
    A_VENIR: "Mois non terminé",
    PAS_OUVERTE: "MDS pas encore ouverte",
}

ABREGES = {
    A_TEMPS: "À temps",
    TARDIF: "En retard",
    EN_RETARD: "Manque",
    ATTENDU: "À envoyer",
    A_VENIR: "À venir",
    PAS_OUVERTE: "–",
}
"""The same, where a cell is narrow."""


def a_rendre_le(mois: date) -> date:
    """« Pour le 10 de chaque mois »: the 10th of the next one."""
    return ajouter_mois(mois.replace(day=1), 1).replace(day=TABLEAU_JOUR.valeur)


def etat(mois: date, envoye_le: date | None, le: date, ouverte_le: date | None = None) -> str:
    """What is said of the first sending of a month; a rectificatif changes nothing to it.

    ``ouverte_le``: when the MDS opened; it owes no table of a month that was over by then.
    """
    if envoye_le is not None:
        return A_TEMPS if envoye_le <= a_rendre_le(mois) else TARDIF
    suivant = ajouter_mois(mois.replace(day=1), 1)
    if ouverte_le is not None and ouverte_le >= suivant:
        return PAS_OUVERTE
    if le < suivant:
        return A_VENIR
    return ATTENDU if le <= a_rendre_le(mois) else EN_RETARD


def mois_a_rendre(le: date) -> date:
    """The month whose table is due next, or was due last: the last one that is over."""
    return ajouter_mois(le.replace(day=1), -1)


def rappel(mois: date, le: date) -> int | None:
    """Days left at the last reminder (5, 2, 0 days before the 10th).

    Negative: late by so many days; None: not yet.
    """
    restent = (a_rendre_le(mois) - le).days
    if restent < 0:
        return restent
    return min((jours for jours in RAPPELS_JOURS.valeur if restent <= jours), default=None)


def mois_attendus(annee: int, le: date) -> list[date]:
    """The months of a year that the agreement asks for, up to the current one."""
    tous = (date(annee, mois, 1) for mois in range(1, 13))
    return [mois for mois in tous if CONVENTION <= mois <= le]
