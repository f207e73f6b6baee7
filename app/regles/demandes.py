"""The requests of persons (RGPD, articles 12 and 15 to 21).

What is asked, until when it is answered, what is said of it.
"""

from datetime import date

from .age import ajouter_mois
from .parametres import DEMANDE_PROLONGATION_MOIS, DEMANDE_REPONSE_MOIS

NATURES = {
    "ACCES": "Accès (article\u00a015)",
    "RECTIFICATION": "Rectification (article\u00a016)",
    "EFFACEMENT": "Effacement (article\u00a017)",
    "LIMITATION": "Limitation (article\u00a018)",
    "OPPOSITION": "Opposition (article\u00a021)",
    "AUTRE": "Autre demande",
}
DEMANDEURS = {
    "JEUNE": "Le jeune",
    "REPRESENTANT": "Son représentant légal",
    "AUTRE": "Une autre personne",
}
SENS = {"ACCEPTEE": "Acceptée", "PARTIELLE": "Acceptée en partie", "REFUSEE": "Refusée"}
A_REPONDRE, EN_RETARD, REPONDUE, HORS_DELAI = "a_repondre", "en_retard", "repondue", "hors_delai"
ETATS = {
    A_REPONDRE: "À répondre",
    EN_RETARD: "En retard",
    REPONDUE: "Répondue",
    HORS_DELAI: "Répondue hors délai",
}


def mois_pour_repondre(prolongee: bool) -> int:
    """How many months there are to answer (article 12.3).

    « dans un délai d’un mois à compter de la réception […] prolongé de deux mois »
    """
    mois = DEMANDE_REPONSE_MOIS.valeur
    if prolongee:
        mois += DEMANDE_PROLONGATION_MOIS.valeur
    return mois


def echeance(recue_le: date, prolongee: bool = False) -> date:
    """The last day to answer: the same day of a later month, or its last.

    Week-ends do not move it (choix: the strict side).
    """
    return ajouter_mois(recue_le, mois_pour_repondre(prolongee))


def etat(recue_le: date, prolongee: bool, repondue_le: date | None, le: date) -> str:
    limite = echeance(recue_le, prolongee)
    if repondue_le is None:
        return A_REPONDRE if le <= limite else EN_RETARD
    return REPONDUE if repondue_le <= limite else HORS_DELAI
