"""The phase of a youth, what comes next, since when it waits.

Call for projects, « Phasage du projet »; and the delay of the first rendez-vous (M2).

The arguments are rows that have the named attributes (``faits.py``), whatever reads them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple, TypeVar

from .faits import (
    AccompagnementLu,
    BinomeLu,
    DecesDuJeune,
    FinDeMesureLue,
    Intervalle,
    JeuneLu,
    TripartiteLue,
)
from .parametres import DELAI_RDV_JOURS, ECART_ENTRE_MESURES_JOURS
from .texte import majuscule

UneRencontre = TypeVar("UneRencontre", bound=TripartiteLue)

PHASES = {
    "REPERAGE": "Phase 1 : repérage",
    "ORIENTATION": "Phase 2 : orientation",
    "RENDEZ_VOUS": "Phase 3 : rendez-vous tripartite",
    "ACCOMPAGNEMENT": "Phase 4 : accompagnement",
    "RELAIS": "Relais après l’ASE",
    "SORTI": "Sorti du dispositif",
}
ABREGES = {code: majuscule(titre.rpartition(" : ")[2]) for code, titre in PHASES.items()}
ERREUR, DECES = "ERREUR", "DECES"
_DEBUT = attrgetter("du")


class Phase(NamedTuple):
    """Where the youth stands.

    ``suite`` is what someone has to do next (empty = nothing waits), ``acte`` its kind.
    """

    code: str
    depuis: date | None
    suite: str = ""
    avant_le: date | None = None
    acte: str = ""

    @property
    def titre(self) -> str:
        return PHASES[self.code]

    @property
    def chapitre(self) -> str:
        """The title on screen, where a phase is a chapter: « Chapitre 4 : accompagnement »."""
        return self.titre.replace("Phase", "Chapitre")

    @property
    def abrege(self) -> str:
        """« Accompagnement », for a column."""
        return ABREGES[self.code]

    def en_retard(self, le: date) -> bool:
        return self.avant_le is not None and le > self.avant_le


def court(periode: Intervalle, le: date) -> bool:
    """The period holds that day; both ends count, no end = still running."""
    return periode.du <= le and (periode.au is None or periode.au >= le)


class Bloc(NamedTuple):
    """Mesures that overlap or follow each other; ``au`` None = still running."""

    du: date
    au: date | None
    deces: bool


def blocs(mesures: Iterable[FinDeMesureLue]) -> list[Bloc]:
    """Merge the mesures whose gap is short enough: each block that ends is an exit from the ASE."""
    suites: list[list[FinDeMesureLue]] = []
    fin = None
    for mesure in sorted(mesures, key=_DEBUT):
        if suites and (
            fin is None or (mesure.du - fin).days - 1 <= ECART_ENTRE_MESURES_JOURS.valeur
        ):
            suites[-1].append(mesure)
            fin = fin and mesure.au and max(fin, mesure.au)
        else:
            suites.append([mesure])
            fin = mesure.au
    return [_bloc(suite) for suite in suites]


def _bloc(suite: Sequence[FinDeMesureLue]) -> Bloc:
    if len(suite) == 1:
        [seule] = suite
        return Bloc(seule.du, seule.au, seule.au is not None and seule.motif_fin_code == DECES)
    fins = [m.au for m in suite if m.au is not None]
    if len(fins) < len(suite):
        return Bloc(suite[0].du, None, False)
    fin = max(fins)
    dernieres = [m for m in suite if m.au == fin]
    dernier_debut = max((m.du for m in dernieres), default=None)
    deces = any(m.motif_fin_code == DECES for m in dernieres if m.du == dernier_debut)
    return Bloc(suite[0].du, fin, deces)


def rdv_tenu(rencontre: TripartiteLue) -> bool:
    """Whether all who must be there were.

    « Sont présents le jeune, le représentant du service ASE et/ou du lieu d’accueil et le
    coordonnateur. »
    """
    return (
        rencontre.type_code == "TRIPARTITE"
        and rencontre.statut_code == "TENUE"
        and rencontre.jeune_present is True
        and rencontre.coordonnateur_present is True
        and (rencontre.service_ase_present is True or rencontre.lieu_accueil_present is True)
    )


def limite_rdv(contact_le: date) -> date:
    """The last day on which the first rendez-vous is in time."""
    return contact_le + timedelta(days=DELAI_RDV_JOURS.valeur)


def premier_rdv(contact_le: date, rencontres: Iterable[UneRencontre]) -> UneRencontre | None:
    """The earliest TRIPARTITE dated on or after the contact, whatever its status but ANNULEE."""
    possibles = [
        r
        for r in rencontres
        if r.type_code == "TRIPARTITE" and r.statut_code != "ANNULEE" and r.le >= contact_le
    ]
    return min(possibles, key=lambda r: r.le, default=None)


class DossierLu(NamedTuple):
    """What is dated in the file of a youth, and the blocks that its mesures make."""

    accompagnements: Sequence[AccompagnementLu]
    binomes: Sequence[BinomeLu]
    mesures: Sequence[FinDeMesureLue]
    suites: Sequence[Bloc]
    rencontres: Sequence[TripartiteLue]


def phase(
    jeune: JeuneLu,
    accompagnements: Iterable[AccompagnementLu],
    binomes: Iterable[BinomeLu],
    mesures: Iterable[FinDeMesureLue],
    rencontres: Iterable[TripartiteLue],
    le: date,
) -> Phase:
    """The phase on a day. Nothing closes by itself: only what was recorded moves it."""
    mesures = [*mesures]
    dossier = DossierLu([*accompagnements], [*binomes], mesures, blocs(mesures), [*rencontres])
    return phase_du_dossier(jeune, dossier, le)


def phase_du_dossier(jeune: JeuneLu, dossier: DossierLu, le: date) -> Phase:
    """The same, of a file already read."""
    sejours = [a for a in dossier.accompagnements if a.motif_sortie_code != ERREUR and a.du <= le]
    en_cours = [a for a in sejours if court(a, le)]
    sorti_le = max((a.au for a in sejours if a.au is not None and a.au < le), default=None)
    passes = [bloc for bloc in dossier.suites if bloc.au is not None and bloc.au < le]
    if passes and passes[-1].deces:
        return Phase("SORTI", passes[-1].au)
    retour_le = None
    if sorti_le and jeune.contact_le and jeune.contact_le > sorti_le:
        retour_le = jeune.contact_le
    if sorti_le and not en_cours and not retour_le:
        return Phase("SORTI", sorti_le)
    rdv = [
        r
        for r in dossier.rencontres
        if r.type_code == "TRIPARTITE" and (retour_le is None or r.le >= retour_le)
    ]
    tenu_le = min((r.le for r in rdv if r.le <= le and rdv_tenu(r)), default=None)
    if tenu_le is None:
        return _avant_le_rdv(jeune, en_cours, rdv, le)
    courants = [b for b in dossier.binomes if court(b, le)]
    apres_l_ase = passes and not any(court(m, le) for m in dossier.mesures)
    suite, acte = _ce_qui_manque(bool(en_cours), courants, bool(apres_l_ase))
    code = "ACCOMPAGNEMENT"
    depuis = tenu_le
    if apres_l_ase:
        code = "RELAIS"
        depuis = passes[-1].au or depuis
    if sorti_le and en_cours:  # come back: not before this stay
        depuis = max(depuis, min(a.du for a in en_cours))
    return Phase(code, depuis, suite, acte=acte)


def phase_du_jeune(
    jeune: DecesDuJeune,
    accompagnements: Iterable[AccompagnementLu],
    binomes: Iterable[BinomeLu],
    mesures: Iterable[FinDeMesureLue],
    rencontres: Iterable[TripartiteLue],
    le: date,
) -> Phase:
    """The phase on a day; after a death nothing comes next."""
    if jeune.deces_le and jeune.deces_le <= le:
        return Phase("SORTI", jeune.deces_le)
    return phase(jeune, accompagnements, binomes, mesures, rencontres, le)


def _ce_qui_manque(
    est_suivi: bool, courants: Sequence[BinomeLu], apres_l_ase: bool
) -> tuple[str, str]:
    """(what to do next, its kind), once the rendez-vous was held; empty: nothing waits.

    ``courants``: the binômes that run; without référent, the coordonnateur is alone.
    """
    est_en_binome = any(b.referent_ase for b in courants)
    if not est_suivi:
        return "Ouvrir l’accompagnement", "accompagnement"
    if apres_l_ase and est_en_binome:
        return "Passer le relais : le coordonnateur poursuit seul", "fin_binome"
    if apres_l_ase and not courants:
        return "Dire quel coordonnateur poursuit seul", "relais"
    if not apres_l_ase and courants and not est_en_binome:
        return "Nommer le référent ASE : le coordonnateur est seul", "referent"
    if not apres_l_ase and not est_en_binome:
        return "Constituer le binôme", "binome"
    return "", ""


def _avant_le_rdv(
    jeune: JeuneLu,
    en_cours: Sequence[AccompagnementLu],
    rdv: Sequence[TripartiteLue],
    le: date,
) -> Phase:
    """Repérage, orientation or rendez-vous to come."""
    contact = jeune.contact_le
    if contact is None and not en_cours and not rdv:
        suite = "Orienter vers le coordonnateur (prise de contact)"
        return Phase("REPERAGE", jeune.repere_le, suite, acte="contact")
    prevus = [r for r in rdv if r.statut_code == "PREVUE" and r.le >= le]
    if prevus:
        prochain = min(prevus, key=lambda r: r.le)
        suite = f"Rendez-vous tripartite prévu le {prochain.le:%d/%m/%Y}"
        return Phase("RENDEZ_VOUS", prochain.fixee_le or contact, suite, prochain.le)
    passe = max((r for r in rdv if r.statut_code != "ANNULEE"), key=lambda r: r.le, default=None)
    if passe is None:
        depuis = contact or min((a.du for a in en_cours), default=None)
        limite = limite_rdv(contact) if contact else None
        suite = "Fixer le rendez-vous tripartite"
        return Phase("ORIENTATION", depuis, suite, limite, "rendez_vous")
    jour = f"{passe.le:%d/%m/%Y}"
    acte = "mise_a_jour"
    if passe.statut_code == "PREVUE":
        suite = f"Dire si le rendez-vous du {jour} a eu lieu"
    elif passe.statut_code == "TENUE":
        suite = f"Compléter les présences du rendez-vous du {jour}, ou en fixer un autre"
    else:
        suite = f"Fixer un nouveau rendez-vous (celui du {jour} n’a pas eu lieu)"
        acte = "rendez_vous"
    return Phase("RENDEZ_VOUS", passe.le, suite, passe.le, acte)


@dataclass(frozen=True)
class Delai:
    """The clock of an orientation: « dans un délai maximum […] suivant la prise de contact »."""

    contact_le: date
    limite_le: date
    rdv_le: date | None
    etat: str
    """tenu, depasse or en_cours."""

    def phrase(self, le: date) -> str:
        if self.rdv_le:
            jours = (self.rdv_le - self.contact_le).days
            au = "au" if self.etat == "tenu" else "seulement au"
            return f"rendez-vous {au} {jours}e jour après la prise de contact"
        restent = (self.limite_le - le).days
        delai_de = f"délai de {DELAI_RDV_JOURS.dit}"
        if restent < 0:
            return f"aucun rendez-vous : {delai_de} dépassé depuis {_en_jours(-restent)}"
        return f"encore {_en_jours(restent)} pour tenir le {delai_de}"


def _en_jours(nombre: int) -> str:
    return f"{nombre} jours" if nombre > 1 else f"{nombre} jour"


def delai(contact_le: date | None, rencontres: Iterable[TripartiteLue], le: date) -> Delai | None:
    """The clock of the last contact; None when nobody has been contacted yet."""
    if contact_le is None:
        return None
    limite = limite_rdv(contact_le)
    rdv = premier_rdv(contact_le, rencontres)
    if rdv is None:
        return Delai(contact_le, limite, None, "depasse" if le > limite else "en_cours")
    return Delai(contact_le, limite, rdv.le, "tenu" if rdv.le <= limite else "depasse")
