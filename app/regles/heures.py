"""Moments and durations as people read them, one way everywhere."""

from datetime import datetime, time

from .age import PARIS
from .texte import heure_dite


def moment(quand: datetime) -> str:
    """« 23/11/2026 à 14 h 05 » on one line, in Paris; without a zone it is told there already, as
    the base notes the last sign-in."""
    la = quand.astimezone(PARIS) if quand.tzinfo else quand
    return f"{la:%d/%m/%Y}\u00a0à\u00a0{heure_dite(la)}"


def duree_dite(minutes: int) -> str:
    """« 45 min », « 1 h », « 1 h 30 »."""
    heures, reste = divmod(minutes, 60)
    if not heures:
        return f"{reste}\u00a0min"
    return heure_dite(time(heures % 24, reste))
