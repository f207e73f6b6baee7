"""The steps of the law (M4), computed from the birth date and the mesures; a person's word is in
the table ``etape``.

A step has a due date and a window: once the window has closed without anything recorded it was
missed, and says so without asking for work that can no longer be done. What someone wrote (done,
not applicable and why) always wins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from . import parametres as p
from .age import ajouter_mois, anniversaire
from .parcours import DECES, blocs

FAITE, PREVUE, EN_RETARD, A_VENIR, SANS_OBJET, NON_FAITE = (
    "faite",
    "prevue",
    "en_retard",
    "a_venir",
    "sans_objet",
    "non_faite",
)
ETATS = {
    FAITE: "Faite",
    PREVUE: "Prévue",
    EN_RETARD: "En retard",
    A_VENIR: "À venir",
    SANS_OBJET: "Sans objet",
    NON_FAITE: "Non faite à temps",
}
TITRES = {
    "ENTRETIEN_17": ("Entretien des 17 ans", "Avec le référent et le RSASE (loi du 14 mars 2016)."),
    "PROJET_17": (
        "Projet d’accès à l’autonomie",
        "Écrit avec le jeune à la suite de l’entretien des 17 ans.",
    ),
    "PREPARATION_18": (
        "Préparation à la majorité",
        "Droits ouverts, couverture maladie, logement : deux mois avant 18 ans.",
    ),
    "CJM_18": (
        "Contrat jeune majeur : demande et décision",
        "Possible jusqu’à 21 ans (loi du 7 février 2022).",
    ),
    "CEJ_18": (
        "Contrat d’engagement jeune proposé",
        "À tout jeune hors parcours scolaire ou professionnel.",
    ),
    "FIN": ("Fin de mesure à préparer", "À 90, 60 puis 30 jours de la fin de chaque mesure."),
    "ENTRETIEN_6_MOIS": (
        "Entretien six mois après la sortie",
        "Dû au jeune majeur sorti de l’ASE.",
    ),
    "ANS_21": ("21 ans : fin du contrat jeune majeur", "Relais organisé avec le coordonnateur."),
    "ANS_25": ("25 ans : fin de l’accompagnement", "Bilan et relais vers le droit commun."),
}
RENCONTRES = {"ENTRETIEN_17": "ENTRETIEN_17", "ENTRETIEN_6_MOIS": "ENTRETIEN_6_MOIS"}
"""The type of rencontre that, held, makes the step done and, planned, makes it planned."""


@dataclass(frozen=True)
class Echeance:
    """A step of one youth; ``cle`` names it in the table ``etape``."""

    cle: str
    du: date
    ferme_le: date
    depuis: date
    """The first day on which a rencontre counts for this step."""
    precision: str = ""
    etat: str = A_VENIR
    le: date | None = None
    motif: str = ""

    @property
    def famille(self) -> str:
        return self.cle.split(":")[0]

    @property
    def titre(self) -> str:
        return TITRES[self.famille][0] + (f" ({self.precision})" if self.precision else "")

    @property
    def aide(self) -> str:
        return TITRES[self.famille][1]

    @property
    def libelle_etat(self) -> str:
        return ETATS[self.etat]

    @property
    def a_decider(self) -> bool:
        """Someone may still say that it was done, or why it is not applicable."""
        return self.etat not in (FAITE, SANS_OBJET)


def echeances(
    naissance: date,
    mesures: Iterable,
    accompagnements: Iterable,
    rencontres: Iterable,
    situations: Iterable,
    decisions: Iterable,
    le: date,
    *,
    dues: bool = False,
) -> list[Echeance]:
    """Every step of a youth on a day, in the order of their due dates; with ``dues``, those that
    can be late only."""
    mesures, accompagnements = sorted(mesures, key=lambda m: m.du), list(accompagnements)
    rencontres, situations = list(rencontres), sorted(situations, key=lambda s: s.observee_le)
    dites = {d.echeance: d for d in decisions}
    deces = max((m.au for m in mesures if m.motif_fin_code == DECES and m.au), default=None)
    toutes = []
    for calculee in _calculees(naissance, mesures, le if dues else None):
        _, du, ferme_le, *_ = calculee
        if dues and not du <= le < ferme_le:
            continue
        pas = _etat(Echeance(*calculee), rencontres, le)
        if pas.etat in (EN_RETARD, A_VENIR, NON_FAITE):
            pas = _deduire(pas, naissance, mesures, accompagnements, situations, le)
        if deces and pas.etat != FAITE and (pas.ferme_le > deces or pas.etat == PREVUE):
            pas = replace(pas, etat=SANS_OBJET, motif="décès")
        if dite := dites.get(pas.cle):
            if dite.est_sans_objet:
                pas = replace(pas, etat=SANS_OBJET, le=None, motif=dite.motif or "")
            elif dite.faite_le:
                pas = replace(pas, etat=FAITE, le=dite.faite_le, motif=dite.motif or "")
        # A reminder that the next one has replaced, or whose mesure has ended, says nothing any
        # more.
        if pas.famille != "FIN" or pas.etat != NON_FAITE:
            toutes.append(pas)
    return sorted(toutes, key=lambda e: e.du)


def _calculees(naissance: date, mesures: list, dues_le: date | None = None) -> Iterator[tuple]:
    """The steps with their dates, nothing decided yet: what ``Echeance`` starts with, most of them
    being soon dropped.

    ``dues_le``: the reminders of the end of a mesure that cannot be due that day may be left out.
    """

    def ans(n: int) -> date:
        return anniversaire(naissance, n)

    premiere = mesures[0].du if mesures else None
    a_17, a_18 = ans(17), ans(18)
    avant_18 = ajouter_mois(a_18, -p.PREPARATION_MAJORITE_MOIS)
    avance_17 = ajouter_mois(a_17, -p.ENTRETIEN_17_AVANCE_MOIS)
    # Entrusted after the birthday: the interview is due on the first day, as long as the youth is a
    # minor.
    du_17, du_18 = a_17, avant_18
    if premiere and premiere < a_18:
        du_17, du_18 = max(a_17, premiere), max(avant_18, premiere)
    yield "ENTRETIEN_17", du_17, a_18, avance_17
    yield "PROJET_17", du_17, a_18, du_17
    yield "PREPARATION_18", du_18, a_18, avant_18
    apres_18 = ajouter_mois(a_18, p.RELAIS_FERME_MOIS)
    yield "CJM_18", a_18, apres_18, a_18
    yield "CEJ_18", a_18, apres_18, a_18
    rappel = timedelta(days=max(p.FIN_DE_MESURE_JOURS))
    for mesure in mesures:
        if mesure.au is None or (dues_le and not mesure.au - rappel <= dues_le <= mesure.au):
            continue
        bornes = [mesure.au - timedelta(days=j) for j in p.FIN_DE_MESURE_JOURS] + [
            mesure.au + timedelta(days=1)
        ]
        for jours, du, ferme in zip(p.FIN_DE_MESURE_JOURS, bornes, bornes[1:], strict=False):
            if du >= mesure.du:
                yield (
                    f"FIN:{mesure.id}:{mesure.au}:{jours}",
                    du,
                    ferme,
                    du,
                    f"{jours} jours avant le {mesure.au:%d/%m/%Y}",
                )
    for bloc in blocs(mesures):
        if bloc.au is not None and not bloc.deces:
            du = ajouter_mois(bloc.au, p.ENTRETIEN_APRES_SORTIE_MOIS)
            ferme = ajouter_mois(bloc.au, p.ENTRETIEN_APRES_SORTIE_FERME_MOIS)
            yield (
                f"ENTRETIEN_6_MOIS:{bloc.au}",
                du,
                ferme,
                bloc.au,
                f"sortie du {bloc.au:%d/%m/%Y}",
            )
    for n in (21, 25):
        jour = ans(n)
        yield f"ANS_{n}", jour, ajouter_mois(jour, p.RELAIS_FERME_MOIS), jour


def _etat(pas: Echeance, rencontres: list, le: date) -> Echeance:
    """Done or planned by a rencontre; else late, missed or to come by the calendar."""
    attendue = RENCONTRES.get(pas.famille)
    siennes = (
        [r for r in rencontres if r.type_code == attendue and r.le >= pas.depuis]
        if attendue
        else []
    )
    tenue = min((r.le for r in siennes if r.statut_code == "TENUE" and r.le <= le), default=None)
    if tenue:
        return replace(pas, etat=FAITE, le=tenue)
    prevue = min((r.le for r in siennes if r.statut_code == "PREVUE" and r.le >= le), default=None)
    if prevue:
        return replace(pas, etat=PREVUE, le=prevue)
    if le < pas.du:
        return pas
    return replace(pas, etat=EN_RETARD if le < pas.ferme_le else NON_FAITE)


def _deduire(
    pas: Echeance, naissance: date, mesures: list, accompagnements: list, situations: list, le: date
) -> Echeance:
    """What the file already says: not applicable, or done in another way."""
    majorite = anniversaire(naissance, 18)

    def sans_objet(pourquoi: str) -> Echeance:
        return replace(pas, etat=SANS_OBJET, motif=pourquoi)

    def faite(jour: date, comment: str) -> Echeance:
        return replace(pas, etat=FAITE, le=jour, motif=comment)

    famille = pas.famille
    if famille in ("ENTRETIEN_17", "PROJET_17", "PREPARATION_18", "CJM_18") and not any(
        m.du < majorite for m in mesures
    ):
        return sans_objet("aucune mesure ASE avant 18 ans")
    if famille in ("ENTRETIEN_17", "PROJET_17", "PREPARATION_18") and _fini(
        mesures, min(pas.du, le)
    ):
        return sans_objet("plus de mesure ASE à cette date")
    if famille == "CJM_18":
        contrat = next((m for m in mesures if m.jeune_majeur), None)
        return faite(contrat.du, "contrat jeune majeur enregistré") if contrat else pas
    if famille == "CEJ_18":
        propose = next((s for s in situations if s.situation_pro_code == "CEJ"), None)
        if propose:
            return faite(propose.observee_le, "situation « CEJ »")
        passees = [s for s in situations if s.observee_le <= le] if le >= pas.du else []
        return (
            sans_objet("déjà dans un parcours")
            if passees and passees[-1].parcours in ("scolaire", "pro")
            else pas
        )
    if famille == "FIN":
        fin = date.fromisoformat(pas.cle.split(":")[2])
        suite = any(
            m.du <= fin + timedelta(days=1) and (m.au is None or m.au > fin) for m in mesures
        )
        return sans_objet("une autre mesure prend la suite") if suite else pas
    if famille == "ENTRETIEN_6_MOIS" and date.fromisoformat(pas.cle.split(":")[1]) < majorite:
        return sans_objet("sorti de l’ASE avant 18 ans")
    if (
        famille in ("ANS_21", "ANS_25")
        and accompagnements
        and _fini(accompagnements, min(pas.du, le))
    ):
        return sans_objet("sorti du dispositif")
    if famille == "ANS_21" and not mesures:
        return sans_objet("aucune mesure ASE")
    return pas


def _fini(periodes: list, le: date) -> bool:
    """Everything recorded had ended before that day, and nothing starts after."""
    return all(x.au is not None and x.au < le for x in periodes)
