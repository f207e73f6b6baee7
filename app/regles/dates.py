"""Dates that cannot be.

Of a fact after the day on which it is recorded, of a youth before their birth, or in another
century. One rule for each door: form, workbook, check before sending.
"""

from datetime import date

from .age import age_revolu

PREMIER_JOUR = date(1900, 1, 1)
DERNIER_JOUR = date(2100, 12, 31)

PAS_UNE_DATE = "Écrivez la date comme 31/12/2025."
JOUR_INEXISTANT = "Cette date n’existe pas."
FUTUR = "Cette date est dans le futur."
AVANT_NAISSANCE = "Cette date est avant la naissance du jeune."
APRES_DES_FAITS = (
    "Des dates déjà enregistrées pour ce jeune sont avant cette naissance : vérifiez l’année, ou"
    " corrigez-les d’abord."
)
HORS_DU_SIECLE = (
    f"Cette date n’est pas entre le {PREMIER_JOUR:%d/%m/%Y} et le {DERNIER_JOUR:%d/%m/%Y}."
)

AGES_D_UN_NOUVEAU = range(10, 31)
"""Outside them, the birth date of a youth not yet known is a typing mistake."""


def refus_de_la_naissance(naissance: date, aujourd_hui: date, *, est_nouveau: bool) -> str | None:
    """Why a youth cannot be born that day, in a sentence; None: they can."""
    if naissance > aujourd_hui:
        return FUTUR
    age = age_revolu(naissance, aujourd_hui)
    if est_nouveau and age not in AGES_D_UN_NOUVEAU:
        premier = AGES_D_UN_NOUVEAU[0]
        dernier = AGES_D_UN_NOUVEAU[-1]
        return (
            f"Le jeune aurait {age} ans : un jeune nouveau a de {premier} à {dernier} ans, vérifiez"
            " l’année."
        )
    return None


def refus(
    le: date, aujourd_hui: date, *, est_un_fait: bool = False, naissance: date | None = None
) -> str | None:
    """Why this date cannot be, in a sentence; None: it can.

    ``est_un_fait``: what has been seen or done, which is never dated after the day on which it is
    recorded; a plan is. ``naissance``: that of the youth whom the record is about.
    """
    if not PREMIER_JOUR <= le <= DERNIER_JOUR:
        return HORS_DU_SIECLE
    if est_un_fait and le > aujourd_hui:
        return FUTUR
    if naissance is not None and le < naissance:
        return AVANT_NAISSANCE
    return None
