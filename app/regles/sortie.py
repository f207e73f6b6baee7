"""The exit from the ASE as the figures know it, and the situation that is awaited of it.

The same sentences as « Sortie de l’ASE » and « Situation à la sortie » of the definitions, on the
records of one youth: a second calculation checks both (``tests/test_sortie.py``).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from .faits import AccompagnementLu, MesureLue, SituationLue
from .parametres import SITUATION_AUTOUR_DE_LA_SORTIE_JOURS, SITUATION_REPRISE_JOURS
from .parcours import ERREUR, Bloc, blocs


def derniere_sortie(mesures: Sequence[MesureLue], le: date) -> date | None:
    """The last day of the ASE of whoever is out of it; None under a mesure, or after a death."""
    commencees = [mesure for mesure in mesures if mesure.du <= le]
    if any(mesure.au is None or mesure.au > le for mesure in commencees):
        return None
    commences = [bloc for bloc in blocs(mesures) if bloc.du <= le]
    if not commences:
        return None
    dernier: Bloc = commences[-1]
    if dernier.au is None or dernier.au > le or dernier.deces:
        return None
    return dernier.au


def situation_a_la_sortie(sortie: date, situations: Iterable[SituationLue]) -> SituationLue | None:
    """The one observed closest to the exit, else the last one that still held shortly before."""
    lues = list(situations)
    autour = SITUATION_AUTOUR_DE_LA_SORTIE_JOURS.valeur
    proches = [s for s in lues if abs((s.observee_le - sortie).days) <= autour]
    if proches:
        return max(proches, key=lambda s: (-abs((s.observee_le - sortie).days), s.observee_le))
    tot = sortie - timedelta(days=SITUATION_REPRISE_JOURS.valeur)
    reprises = [s for s in lues if s.observee_le <= sortie and _vue_le(s, sortie) >= tot]
    return max(reprises, key=lambda s: (_vue_le(s, sortie), s.observee_le), default=None)


def _vue_le(situation: SituationLue, sortie: date) -> date:
    """The last day it was seen to hold; what was confirmed after the exit counts as that day."""
    return min(max(situation.observee_le, situation.confirmee_le or date.min), sortie)


def sortie_sans_situation(
    mesures: Sequence[MesureLue],
    sejours: Iterable[AccompagnementLu],
    situations: Iterable[SituationLue],
    le: date,
) -> date | None:
    """The exit of a youth of the scheme whose situation is still awaited; None when none is.

    Of somebody who came back under a mesure, or was never accompanied before, nothing is asked.
    """
    sortie = derniere_sortie(mesures, le)
    if sortie is None:
        return None
    suivi = any(s.motif_sortie_code != ERREUR and s.du <= sortie for s in sejours)
    if not suivi or situation_a_la_sortie(sortie, situations):
        return None
    return sortie
