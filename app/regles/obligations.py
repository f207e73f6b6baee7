"""The meetings that the call for projects asks for (M10), and what is said of each on a day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from .age import ajouter_mois
from .faits import InstanceLue
from .parametres import COMITE_DE_SUIVI_MOIS, COMITE_TECHNIQUE_SEMAINES, COPIL_MOIS, PERMANENCE_MOIS

TENUE = "tenue"
SANS_COORDONNATEUR = "sans_coordonnateur"
PRESENCE_INCONNUE = "presence_inconnue"
PREVUE = "prevue"
A_METTRE_A_JOUR = "a_mettre_a_jour"
ANNULEE = "annulee"
MANQUANTE = "manquante"
A_PREVOIR = "a_prevoir"
A_VENIR = "a_venir"
PAS_OUVERTE = "pas_ouverte"
ETATS = {
    TENUE: "Tenu{e}",
    SANS_COORDONNATEUR: "Tenu{e} sans le coordonnateur",
    PRESENCE_INCONNUE: "Tenu{e}, présence du coordonnateur non renseignée",
    PREVUE: "Prévu{e}",
    A_METTRE_A_JOUR: "Passé{e}, à mettre à jour",
    ANNULEE: "Annulé{e}",
    MANQUANTE: "Manquant{e}",
    A_PREVOIR: "À prévoir",
    A_VENIR: "À venir",
    PAS_OUVERTE: "MDS pas encore ouverte",
}
"""What is said of each state; ``{e}`` agrees with the kind of meeting."""
A_REGARDER = (SANS_COORDONNATEUR, PRESENCE_INCONNUE, A_METTRE_A_JOUR, ANNULEE, MANQUANTE)
"""What someone still has to explain, or to mend."""


MOIS = (
    "janv.",
    "févr.",
    "mars",
    "avril",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)


@dataclass(frozen=True)
class Obligation:
    """A kind of meeting (``type_code``) due once a period.

    The period is of so many months, or of so many weeks.
    """

    type_code: str
    titre: str
    source: str
    mois: int = 0
    semaines: int = 0
    par_mds: bool = False
    participer: bool = False
    """The coordonnateur has to be there: a meeting held without them does not answer it."""
    est_feminin: bool = False

    def dire(self, etat: str) -> str:
        return ETATS[etat].format(e="e" if self.est_feminin else "")


OBLIGATIONS = (
    Obligation(
        "PERMANENCE",
        "Permanence au SEF, chaque mois",
        "« Assurer une présence mensuelle au sein des services SEF du territoire, dans le "
        "cadre de permanence. »",
        mois=PERMANENCE_MOIS.valeur,
        par_mds=True,
        est_feminin=True,
    ),
    Obligation(
        "COMITE_SUIVI",
        "Comité de suivi, chaque trimestre",
        "« Participer au comité de suivi une fois par trimestre, afin de relayer les "
        "informations concernant le projet du jeune. »",
        mois=COMITE_DE_SUIVI_MOIS.valeur,
        par_mds=True,
        participer=True,
    ),
    Obligation(
        "COPIL",
        "Comité de pilotage, chaque année",
        "« Organiser un comité de pilotage une fois par an. »",
        mois=COPIL_MOIS.valeur,
    ),
    Obligation(
        "COMITE_TECHNIQUE",
        f"Comité technique de réseau, toutes les {COMITE_TECHNIQUE_SEMAINES.en_lettres}",
        "« Participer au comité technique de réseau, toutes les 6 semaines, organisé par la "
        "DPID. »",
        semaines=COMITE_TECHNIQUE_SEMAINES.valeur,
        participer=True,
    ),
)


@dataclass(frozen=True)
class PeriodeDObligation:
    du: date
    au: date

    @property
    def nom(self) -> str:
        """« mars » for a month, « 2e trimestre » for a quarter, « 2026 » for a year.

        Else its two ends.
        """
        if self._dure(1):
            return MOIS[self.du.month - 1]
        if self._dure(3):
            rang = (self.du.month + 2) // 3
            return "1er trimestre" if rang == 1 else f"{rang}e trimestre"
        if self._dure(12):
            return str(self.du.year)
        return f"{self.du:%d/%m} – {self.au:%d/%m}"

    def _dure(self, mois: int) -> bool:
        fin = ajouter_mois(self.du, mois) - timedelta(days=1)
        return self.du.day == 1 and self.au == fin


UN_JOUR = timedelta(days=1)


def periodes(
    obligation: Obligation, annee: int, tenues: Iterable[date] = ()
) -> list[PeriodeDObligation]:
    """The periods that touch a year; ``tenues``: the days when such a meeting was held.

    Months are those of the calendar. Weeks run from the last meeting held: early or late, the
    next one is due so many weeks after it; from 1 January when none was held the year before.
    """
    premier = date(annee, 1, 1)
    suivant = date(annee + 1, 1, 1)
    if obligation.semaines:
        return list(_d_une_reunion_a_l_autre(obligation, premier, suivant, tenues))
    debuts = [ajouter_mois(premier, n) for n in range(0, 12, obligation.mois)]
    return [
        PeriodeDObligation(du, fin - UN_JOUR)
        for du, fin in zip(debuts, [*debuts[1:], suivant], strict=True)
    ]


def _d_une_reunion_a_l_autre(
    obligation: Obligation, premier: date, suivant: date, tenues: Iterable[date]
) -> Iterator[PeriodeDObligation]:
    """A period ends with the meeting held in it, or when it was due; the next one follows."""
    jours = sorted(tenues)
    precedents = [jour for jour in jours if premier.year - 1 <= jour.year < premier.year]
    du = premier
    if precedents:
        du = precedents[-1] + UN_JOUR
    while du < suivant:
        au = du + timedelta(weeks=obligation.semaines) - UN_JOUR
        au = next((jour for jour in jours if du <= jour <= au), au)
        if au >= premier:
            yield PeriodeDObligation(du, au)
        du = au + UN_JOUR


UneInstance = TypeVar("UneInstance", bound=InstanceLue)


def etat(
    obligation: Obligation,
    periode: PeriodeDObligation,
    instances: Iterable[UneInstance],
    le: date,
    ouverte_le: date | None = None,
) -> tuple[str, UneInstance | None]:
    """What is said of one period, and the meeting that says it.

    ``instances``: those of this kind held in that place; ``ouverte_le``: when its MDS opened.
    """
    siennes = sorted((i for i in instances if periode.du <= i.le <= periode.au), key=lambda i: i.le)
    tenues = [i for i in siennes if i.statut_code == "TENUE"]
    prevues = [i for i in siennes if i.statut_code == "PREVUE"]
    if tenues and not obligation.participer:
        return TENUE, tenues[0]
    if bonne := next((i for i in tenues if i.coordonnateur_present), None):
        return TENUE, bonne
    if a_venir := next((i for i in prevues if i.le >= le), None):
        return PREVUE, a_venir
    if prevues:
        return A_METTRE_A_JOUR, prevues[0]
    if inconnue := next((i for i in tenues if i.coordonnateur_present is None), None):
        return PRESENCE_INCONNUE, inconnue
    if tenues:
        return SANS_COORDONNATEUR, tenues[0]
    if ouverte_le is not None and periode.au < ouverte_le:
        return PAS_OUVERTE, None
    return _sans_reunion(periode, siennes, le)


def _sans_reunion(
    periode: PeriodeDObligation, annulees: Sequence[UneInstance], le: date
) -> tuple[str, UneInstance | None]:
    """None was held, none is planned."""
    if le < periode.du:
        return A_VENIR, None
    if le <= periode.au:
        return A_PREVOIR, None
    if annulees:
        return ANNULEE, annulees[0]
    return MANQUANTE, None
