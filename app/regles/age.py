"""Ages and anniversaries, in the civil calendar."""

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def aujourd_hui() -> date:
    """The day it is in Paris, whatever the clock of the machine.

    At midnight it is not yet tomorrow in UTC.
    """
    return datetime.now(PARIS).date()


def anniversaire(naissance: date, ans: int) -> date:
    """The day someone turns ``ans``; born on 29 February, it is 1 March in a common year."""
    annee = naissance.year + ans
    if (naissance.month, naissance.day) == (2, 29) and not calendar.isleap(annee):
        return date(annee, 3, 1)
    return naissance.replace(year=annee)


def age_revolu(naissance: date, le: date) -> int:
    """Completed years on a day."""
    ans = le.year - naissance.year
    if le.month != naissance.month:  # 29 February included: it turns with the month
        return ans if le.month > naissance.month else ans - 1
    return ans if le >= anniversaire(naissance, ans) else ans - 1


def ajouter_mois(jour: date, mois: int) -> date:
    """Same day of another month, or its last day: 31 August + 6 months = 28 (29) February."""
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, mois = divmod(rang, 12)
    dernier = jour.day if jour.day <= 28 else min(jour.day, calendar.monthrange(annee, mois + 1)[1])
    return date(annee, mois + 1, dernier)
