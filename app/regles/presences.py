"""A rencontre whose status does not agree with its day, or with who was there.

A contradiction comes in with a workbook, with a warning, and waits among the anomalies; a form
refuses it to whoever types it.
"""

from datetime import date

ABSENT_ET_PRESENT = "Le jeune ne peut pas être à la fois absent et présent."
A_VENIR = "Cette date est à venir : le statut est « Prévue »."
ENCORE_PREVUE = "Encore prévue alors que son jour est passé : dites si elle a été tenue."
FAITS = ("TENUE", "ABSENCE", "EXCUSE")
ABSENCES = ("ABSENCE", "EXCUSE")


def contradictions(
    statut: str | None, le: date | None, est_present: bool | None, aujourd_hui: date
) -> list[tuple[str, str]]:
    """(column, sentence) of what does not agree, though each value is possible."""
    trouvees = []
    if statut in ABSENCES and est_present:
        trouvees.append(("jeune_present", ABSENT_ET_PRESENT))
    if statut == "PREVUE" and le is not None and le < aujourd_hui:
        trouvees.append(("statut_code", ENCORE_PREVUE))
    return trouvees
