"""The steps of the law (M4), computed from the birth date and the mesures.

A person's word is in the table ``etape``.

A step has a due date and a window: once the window has closed without anything recorded it was
missed, and says so without asking for work that can no longer be done. What someone wrote (done,
not applicable and why) always wins.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from . import parametres as p
from .age import ajouter_mois, anniversaire
from .faits import (
    AccompagnementLu,
    DemandeLue,
    EtapeLue,
    Intervalle,
    MesureLue,
    PropositionLue,
    RencontreLue,
    SituationLue,
)
from .parcours import DECES, blocs

FAITE = "faite"
PREVUE = "prevue"
EN_RETARD = "en_retard"
A_VENIR = "a_venir"
SANS_OBJET = "sans_objet"
NON_FAITE = "non_faite"
ETATS = {
    FAITE: "Faite",
    PREVUE: "Prévue",
    EN_RETARD: "En retard",
    A_VENIR: "À venir",
    SANS_OBJET: "Sans objet",
    NON_FAITE: "Non faite à temps",
}
ACCEPTEE = "ACCEPTEE"
REFUSEE = "REFUSEE"
"""The codes of the list « reponse_demande »."""
_ENTRETIEN = f"l’entretien des {p.AGE_ENTRETIEN.dit}"
_LOI_DE_2022 = "loi du 7 février 2022"
TITRES = {
    "ENTRETIEN_17": (
        f"Entretien des {p.AGE_ENTRETIEN.dit}",
        "Avec le référent et le RSASE (loi du 14 mars 2016).",
    ),
    "PROJET_17": (
        "Projet d’accès à l’autonomie",
        f"Écrit avec le jeune à la suite de {_ENTRETIEN}.",
    ),
    "PREPARATION_18": (
        "Préparation à la majorité",
        (
            "Droits ouverts, couverture maladie, logement :"
            f" {p.PREPARATION_MAJORITE_MOIS.en_lettres} avant {p.AGE_MAJORITE.dit}."
        ),
    ),
    "CJM_18": (
        "Contrat jeune majeur : demande et décision",
        f"Possible jusqu’à {p.AGE_CONTRAT_JEUNE_MAJEUR.dit} ({_LOI_DE_2022}).",
    ),
    "CEJ_18": (
        "Contrat d’engagement jeune proposé",
        "À tout jeune hors parcours scolaire ou professionnel.",
    ),
    "FIN": (
        "Fin de mesure à préparer",
        f"À {p.FIN_DE_MESURE_JOURS.dit} de la fin de chaque mesure.",
    ),
    "ENTRETIEN_6_MOIS": (
        f"Entretien {p.ENTRETIEN_APRES_SORTIE_MOIS.en_lettres} après la sortie",
        "Dû au jeune majeur sorti de l’ASE.",
    ),
    "ANS_21": (
        f"{p.AGE_CONTRAT_JEUNE_MAJEUR.dit} : fin du contrat jeune majeur",
        "Relais organisé avec le coordonnateur.",
    ),
    "ANS_25": (
        f"{p.AGE_LIMITE.dit} : fin de l’accompagnement",
        "Bilan et relais vers le droit commun.",
    ),
}
"""Family → (title, help). The keys are those of the table ``etape``: they never change."""
RENCONTRES = {"ENTRETIEN_17": "ENTRETIEN_17", "ENTRETIEN_6_MOIS": "ENTRETIEN_6_MOIS"}
"""The type of rencontre that, held, makes the step done and, planned, makes it planned."""
ENTRETIEN = "ENTRETIEN"
"""The type of rencontre that is planned for any other step."""
_REPONSES = {ACCEPTEE: "accepté", REFUSEE: "refusé", None: "réponse attendue"}
_DE_LA_MINORITE = ("ENTRETIEN_17", "PROJET_17", "PREPARATION_18")


@dataclass(frozen=True)
class Faits:
    """What is recorded of a youth, as far as the steps depend on it."""

    naissance: date
    mesures: Sequence[MesureLue] = ()
    accompagnements: Sequence[AccompagnementLu] = ()
    rencontres: Sequence[RencontreLue] = ()
    situations: Sequence[SituationLue] = ()
    decisions: Sequence[EtapeLue] = ()
    decede_le: date | None = None
    """What the file says, when no mesure does."""
    demandes_cjm: Sequence[DemandeLue] = ()
    propositions_cej: Sequence[PropositionLue] = ()

    @property
    def majorite(self) -> date:
        return anniversaire(self.naissance, p.AGE_MAJORITE.valeur)

    @property
    def deces_le(self) -> date | None:
        fins = [m.au for m in self.mesures if m.motif_fin_code == DECES and m.au]
        return max(fins, default=self.decede_le)


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
    demande: int | None = None
    """The request of contrat jeune majeur whose decision is awaited."""

    @property
    def famille(self) -> str:
        return self.cle.split(":")[0]

    @property
    def titre(self) -> str:
        titre, _ = TITRES[self.famille]
        if self.precision:
            return f"{titre} ({self.precision})"
        return titre

    @property
    def aide(self) -> str:
        return TITRES[self.famille][1]

    @property
    def type_rencontre(self) -> str:
        """The type of the rencontre that one plans for the step."""
        return RENCONTRES.get(self.famille, ENTRETIEN)

    @property
    def a_prevoir(self) -> bool:
        """A rencontre may still be planned for it, late or not: nothing is."""
        return self.etat in (EN_RETARD, A_VENIR, NON_FAITE)

    @property
    def libelle_etat(self) -> str:
        return ETATS[self.etat]

    @property
    def a_decider(self) -> bool:
        """Someone may still say that it was done, or why it is not applicable."""
        return self.etat not in (FAITE, SANS_OBJET)

    def sans_objet(self, motif: str) -> "Echeance":
        return replace(self, etat=SANS_OBJET, le=None, motif=motif)

    def faite(self, le: date, motif: str = "") -> "Echeance":
        return replace(self, etat=FAITE, le=le, motif=motif)


def echeances(faits: Faits, le: date, *, dues: bool = False) -> list[Echeance]:
    """Every step of a youth on a day, in the order of their due dates.

    With ``dues``, those that can be late only.
    """
    dites = {decision.echeance: decision for decision in faits.decisions}
    toutes = []
    for calculee in _calculees(faits, le if dues else None):
        if dues and not calculee.du <= le < calculee.ferme_le:
            continue
        pas = _decider(calculee, faits, le)
        if dite := dites.get(pas.cle):
            pas = _selon_la_personne(pas, dite)
        # A reminder that the next one has replaced, or whose mesure has ended, says nothing more.
        if pas.famille != "FIN" or pas.etat != NON_FAITE:
            toutes.append(pas)
    return sorted(toutes, key=lambda pas: pas.du)


def _decider(calculee: Echeance, faits: Faits, le: date) -> Echeance:
    """What the calendar and the records say of a step."""
    pas = _etat(calculee, faits.rencontres, le)
    par_rencontre = pas.etat == PREVUE and pas.famille in RENCONTRES
    if pas.etat != FAITE and not par_rencontre:
        pas = _deduire(pas, faits, le)
    deces = faits.deces_le
    if deces and pas.etat != FAITE and (pas.ferme_le > deces or pas.etat == PREVUE):
        return replace(pas, etat=SANS_OBJET, motif="décès")
    return pas


def _selon_la_personne(pas: Echeance, dite: EtapeLue) -> Echeance:
    if dite.est_sans_objet:
        return pas.sans_objet(dite.motif or "")
    if dite.faite_le:
        return pas.faite(dite.faite_le, dite.motif or "")
    return pas


# --- The steps and their dates, nothing decided yet


def _calculees(faits: Faits, dues_le: date | None = None) -> Iterator[Echeance]:
    """``dues_le``: those that cannot be late that day are left out, most of them uncomputed."""
    mesures = sorted(faits.mesures, key=lambda mesure: mesure.du)
    majorite = faits.majorite
    if dues_le is None or dues_le < majorite:
        yield from _de_la_minorite(faits, mesures)
    ferme = ajouter_mois(majorite, p.RELAIS_FERME_MOIS.valeur)
    if dues_le is None or majorite <= dues_le < ferme:
        yield Echeance("CJM_18", majorite, ferme, majorite)
        yield Echeance("CEJ_18", majorite, ferme, majorite)
    yield from _rappels(mesures, dues_le)
    yield from _entretiens_apres_la_sortie(mesures, dues_le)
    for cle, age in (("ANS_21", p.AGE_CONTRAT_JEUNE_MAJEUR), ("ANS_25", p.AGE_LIMITE)):
        jour = anniversaire(faits.naissance, age.valeur)
        if dues_le is None or jour <= dues_le:
            yield Echeance(cle, jour, ajouter_mois(jour, p.RELAIS_FERME_MOIS.valeur), jour)


def _de_la_minorite(faits: Faits, mesures: Sequence[MesureLue]) -> Iterator[Echeance]:
    """The interview of a youth entrusted after the birthday.

    It is due on the first day, as long as the youth is a minor.
    """
    majorite = faits.majorite
    entretien = anniversaire(faits.naissance, p.AGE_ENTRETIEN.valeur)
    preparation = ajouter_mois(majorite, -p.PREPARATION_MAJORITE_MOIS.valeur)
    du_entretien = entretien
    du_preparation = preparation
    if mesures and mesures[0].du < majorite:
        du_entretien = max(entretien, mesures[0].du)
        du_preparation = max(preparation, mesures[0].du)
    avance = ajouter_mois(entretien, -p.ENTRETIEN_17_AVANCE_MOIS.valeur)
    yield Echeance("ENTRETIEN_17", du_entretien, majorite, avance)
    yield Echeance("PROJET_17", du_entretien, majorite, du_entretien)
    yield Echeance("PREPARATION_18", du_preparation, majorite, preparation)


def _entretiens_apres_la_sortie(
    mesures: Sequence[MesureLue], dues_le: date | None
) -> Iterator[Echeance]:
    if dues_le and not any(mesure.au and mesure.au < dues_le for mesure in mesures):
        return
    for bloc in blocs(mesures):
        if bloc.au is not None and not bloc.deces:
            yield Echeance(
                f"ENTRETIEN_6_MOIS:{bloc.au}",
                ajouter_mois(bloc.au, p.ENTRETIEN_APRES_SORTIE_MOIS.valeur),
                ajouter_mois(bloc.au, p.ENTRETIEN_APRES_SORTIE_FERME_MOIS.valeur),
                bloc.au,
                f"sortie du {bloc.au:%d/%m/%Y}",
            )


def fin_attendue(mesure: MesureLue) -> date | None:
    """The day that the reminders count down to: the planned end, or the end when it came first."""
    return min((jour for jour in (mesure.echeance, mesure.au) if jour), default=None)


def _rappels(mesures: Sequence[MesureLue], dues_le: date | None) -> Iterator[Echeance]:
    """Before the planned end of each mesure; each reminder closes when the next one opens."""
    jours = p.FIN_DE_MESURE_JOURS.valeur
    premier = timedelta(days=max(jours))
    for mesure in mesures:
        fin = fin_attendue(mesure)
        if fin is None or (dues_le and not fin - premier <= dues_le <= fin):
            continue
        bornes = [fin - timedelta(days=nombre) for nombre in jours]
        bornes.append(fin + timedelta(days=1))
        for nombre, (du, ferme) in zip(jours, pairwise(bornes), strict=True):
            if du >= mesure.du:
                cle = f"FIN:{mesure.id}:{fin}:{nombre}"
                yield Echeance(cle, du, ferme, du, f"{nombre} jours avant le {fin:%d/%m/%Y}")


# --- What is said of a step on a day


def _etat(pas: Echeance, rencontres: Sequence[RencontreLue], le: date) -> Echeance:
    """Done or planned by a rencontre; else late, missed or to come by the calendar.

    One that was planned for the step makes it planned, whatever its type.
    """
    attendue = RENCONTRES.get(pas.famille)
    siennes = [r for r in rencontres if r.type_code == attendue and r.le >= pas.depuis]
    tenue = min((r.le for r in siennes if r.statut_code == "TENUE" and r.le <= le), default=None)
    if tenue:
        return pas.faite(tenue)
    siennes.extend(r for r in rencontres if r.etape == pas.cle)
    prevue = min((r.le for r in siennes if r.statut_code == "PREVUE" and r.le >= le), default=None)
    if prevue:
        return replace(pas, etat=PREVUE, le=prevue)
    if le < pas.du:
        return pas
    return replace(pas, etat=EN_RETARD if le < pas.ferme_le else NON_FAITE)


def _deduire(pas: Echeance, faits: Faits, le: date) -> Echeance:
    """What the file already says: not applicable, or done in another way."""
    famille = pas.famille
    mineur = any(mesure.du < faits.majorite for mesure in faits.mesures)
    if famille in (*_DE_LA_MINORITE, "CJM_18") and not mineur:
        return pas.sans_objet(f"aucune mesure ASE avant {p.AGE_MAJORITE.dit}")
    if famille in _DE_LA_MINORITE and _fini(faits.mesures, min(pas.du, le)):
        return pas.sans_objet("plus de mesure ASE à cette date")
    if famille == "CJM_18":
        return _deduire_le_cjm(pas, faits)
    if famille == "CEJ_18":
        return _deduire_le_cej(pas, faits, le)
    if famille == "FIN":
        return _deduire_la_fin(pas, faits.mesures)
    if famille == "ENTRETIEN_6_MOIS" and date.fromisoformat(pas.cle.split(":")[1]) < faits.majorite:
        return pas.sans_objet(f"sorti de l’ASE avant {p.AGE_MAJORITE.dit}")
    return _deduire_a_un_anniversaire(pas, faits, le)


def _deduire_a_un_anniversaire(pas: Echeance, faits: Faits, le: date) -> Echeance:
    if pas.famille not in ("ANS_21", "ANS_25"):
        return pas
    if faits.accompagnements and _fini(faits.accompagnements, min(pas.du, le)):
        return pas.sans_objet("sorti du dispositif")
    if pas.famille == "ANS_21" and not faits.mesures:
        return pas.sans_objet("aucune mesure ASE")
    return pas


def _deduire_le_cjm(pas: Echeance, faits: Faits) -> Echeance:
    """Done by a contrat that runs, or by the first decision; asked, it waits for the decision."""
    contrat = next((m for m in _par_date(faits.mesures) if m.jeune_majeur), None)
    if contrat:
        return pas.faite(contrat.du, "contrat jeune majeur enregistré")
    demandes = sorted(faits.demandes_cjm, key=lambda demande: demande.demandee_le)
    for demande in demandes:
        if demande.decidee_le:
            accepte = demande.decision_code == ACCEPTEE
            return pas.faite(demande.decidee_le, "accepté" if accepte else "refusé")
    if demandes:
        derniere = demandes[-1]
        motif = f"demandé le {derniere.demandee_le:%d/%m/%Y}, décision attendue"
        return replace(pas, motif=motif, demande=derniere.id)
    return pas


def _deduire_le_cej(pas: Echeance, faits: Faits, le: date) -> Echeance:
    suite = sorted(faits.situations, key=lambda situation: situation.observee_le)
    for situation in suite:
        if situation.situation_pro_code == "CEJ":
            return pas.faite(situation.observee_le, "situation « CEJ »")
    if faits.propositions_cej:
        proposition = max(faits.propositions_cej, key=lambda p: p.proposee_le)
        return pas.faite(proposition.proposee_le, _REPONSES[proposition.reponse_code])
    passees = [situation for situation in suite if situation.observee_le <= le]
    if le >= pas.du and passees and passees[-1].parcours in ("scolaire", "pro"):
        return pas.sans_objet("déjà dans un parcours")
    return pas


def _deduire_la_fin(pas: Echeance, mesures: Sequence[MesureLue]) -> Echeance:
    _, numero, fin_ecrite, _ = pas.cle.split(":")
    fin = date.fromisoformat(fin_ecrite)
    autres = [m for m in mesures if str(m.id) != numero and m.du <= fin + timedelta(days=1)]
    fins = [fin_attendue(m) for m in autres]
    if any(suite is None or suite > fin for suite in fins):
        return pas.sans_objet("une autre mesure prend la suite")
    return pas


def _par_date(mesures: Iterable[MesureLue]) -> list[MesureLue]:
    return sorted(mesures, key=lambda mesure: mesure.du)


def _fini(periodes: Iterable[Intervalle], le: date) -> bool:
    """Everything recorded had ended before that day, and nothing starts after."""
    return all(periode.au is not None and periode.au < le for periode in periodes)


def droit_au_retour(faits: Faits, le: date) -> date | None:
    """Until which day a young adult who has left the ASE may ask for a contrat jeune majeur again.

    The day before they turn 21; None for a minor, beyond, or while a mesure runs.
    """
    fin = anniversaire(faits.naissance, p.AGE_CONTRAT_JEUNE_MAJEUR.valeur) - timedelta(days=1)
    mineur = any(mesure.du < faits.majorite for mesure in faits.mesures)
    if not mineur or faits.deces_le or not faits.majorite <= le <= fin:
        return None
    return fin if _fini(faits.mesures, le) else None
