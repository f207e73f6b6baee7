"""The phase of a youth (call for projects, « Phasage du projet »), what comes next, since when it
waits; the 15 days (M2).

The arguments are rows that have the named attributes (``du``, ``au``, ``le``, ``statut_code``…),
whatever reads them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .parametres import DELAI_RDV_JOURS, ECART_ENTRE_MESURES_JOURS

PHASES = {
    "REPERAGE": "Phase 1 : repérage",
    "ORIENTATION": "Phase 2 : orientation",
    "RENDEZ_VOUS": "Phase 3 : rendez-vous tripartite",
    "ACCOMPAGNEMENT": "Phase 4 : accompagnement",
    "RELAIS": "Relais après l’ASE",
    "SORTI": "Sorti du dispositif",
}
ERREUR, DECES = "ERREUR", "DECES"


@dataclass(frozen=True)
class Phase:
    """Where the youth stands; ``suite`` is what someone has to do next (empty = nothing waits),
    ``acte`` its kind."""

    code: str
    depuis: date | None
    suite: str = ""
    avant_le: date | None = None
    acte: str = ""

    @property
    def titre(self) -> str:
        return PHASES[self.code]

    @property
    def abrege(self) -> str:
        """« 4 – accompagnement », for a column."""
        return self.titre.removeprefix("Phase ").replace(" : ", " – ")

    def en_retard(self, le: date) -> bool:
        return self.avant_le is not None and le > self.avant_le


def court(periode, le: date) -> bool:
    """The period holds that day; both ends count, no end = still running."""
    return periode.du <= le and (periode.au is None or periode.au >= le)


@dataclass(frozen=True)
class Bloc:
    """Mesures that overlap or follow each other; ``au`` None = still running."""

    du: date
    au: date | None
    deces: bool


def blocs(mesures: Iterable) -> list[Bloc]:
    """Merge the mesures whose gap is at most 30 days: each block that ends is an exit from the ASE
    (indicateurs)."""
    suites: list[list] = []
    fin = None
    for mesure in sorted(mesures, key=lambda m: m.du):
        if suites and (fin is None or (mesure.du - fin).days - 1 <= ECART_ENTRE_MESURES_JOURS):
            suites[-1].append(mesure)
            fin = fin and mesure.au and max(fin, mesure.au)
        else:
            suites.append([mesure])
            fin = mesure.au
    return [_bloc(suite) for suite in suites]


def _bloc(suite: list) -> Bloc:
    fin = None if any(m.au is None for m in suite) else max(m.au for m in suite)
    dernieres = [m for m in suite if fin is not None and m.au == fin]
    dernier_debut = max((m.du for m in dernieres), default=None)
    deces = any(m.motif_fin_code == DECES for m in dernieres if m.du == dernier_debut)
    return Bloc(suite[0].du, fin, deces)


def rdv_tenu(rencontre) -> bool:
    """« Sont présents le jeune, le représentant du service ASE et/ou du lieu d’accueil et le
    coordonnateur. »"""
    return (
        rencontre.type_code == "TRIPARTITE"
        and rencontre.statut_code == "TENUE"
        and rencontre.jeune_present is True
        and rencontre.coordonnateur_present is True
        and (rencontre.service_ase_present is True or rencontre.lieu_accueil_present is True)
    )


def limite_rdv(contact_le: date) -> date:
    """The last day on which the first rendez-vous is in time."""
    return contact_le + timedelta(days=DELAI_RDV_JOURS)


def premier_rdv(contact_le: date, rencontres: Iterable):
    """The earliest TRIPARTITE dated on or after the contact, whatever its status but ANNULEE."""
    possibles = [
        r
        for r in rencontres
        if r.type_code == "TRIPARTITE" and r.statut_code != "ANNULEE" and r.le >= contact_le
    ]
    return min(possibles, key=lambda r: r.le, default=None)


def phase(
    jeune,
    accompagnements: Iterable,
    binomes: Iterable,
    mesures: Iterable,
    rencontres: Iterable,
    le: date,
) -> Phase:
    """The phase on a day. Nothing closes by itself: only what was recorded moves it."""
    sejours = [a for a in accompagnements if a.motif_sortie_code != ERREUR and a.du <= le]
    en_cours = [a for a in sejours if court(a, le)]
    sortie = max(
        (a for a in sejours if a.au is not None and a.au < le), key=lambda a: a.au, default=None
    )
    passes = [b for b in blocs(mesures) if b.au is not None and b.au < le]
    if passes and passes[-1].deces:
        return Phase("SORTI", passes[-1].au)
    retour = sortie and jeune.contact_le and jeune.contact_le > sortie.au
    if sortie and not en_cours and not retour:
        return Phase("SORTI", sortie.au)
    depuis_le = jeune.contact_le if retour else None
    rdv = [
        r
        for r in rencontres
        if r.type_code == "TRIPARTITE" and (depuis_le is None or r.le >= depuis_le)
    ]
    tenus = sorted(r.le for r in rdv if rdv_tenu(r) and r.le <= le)
    if not tenus:
        return _avant_le_rdv(jeune, en_cours, rdv, le)
    binome = any(court(b, le) for b in binomes)
    suite = {} if en_cours else {"suite": "Ouvrir l’accompagnement", "acte": "accompagnement"}
    if passes and not any(court(m, le) for m in mesures):
        if binome:
            suite = suite or {
                "suite": "Terminer le binôme : le coordonnateur poursuit seul",
                "acte": "fin_binome",
            }
        return Phase("RELAIS", passes[-1].au, **suite)
    if not binome:
        suite = suite or {"suite": "Constituer le binôme", "acte": "binome"}
    return Phase("ACCOMPAGNEMENT", tenus[0], **suite)


def _avant_le_rdv(jeune, en_cours: list, rdv: list, le: date) -> Phase:
    contact = jeune.contact_le
    if contact is None and not en_cours and not rdv:
        return Phase(
            "REPERAGE",
            jeune.repere_le,
            "Orienter vers le coordonnateur (prise de contact)",
            acte="contact",
        )
    limite = contact and limite_rdv(contact)
    a_venir = min(
        (r for r in rdv if r.statut_code == "PREVUE" and r.le >= le),
        key=lambda r: r.le,
        default=None,
    )
    if a_venir:
        return Phase(
            "RENDEZ_VOUS",
            a_venir.fixee_le or contact,
            f"Rendez-vous tripartite prévu le {a_venir.le:%d/%m/%Y}",
            a_venir.le,
        )
    passe = max((r for r in rdv if r.statut_code != "ANNULEE"), key=lambda r: r.le, default=None)
    if passe is None:
        depuis = contact or min((a.du for a in en_cours), default=None)
        return Phase(
            "ORIENTATION", depuis, "Fixer le rendez-vous tripartite", limite, "rendez_vous"
        )
    acte = "mise_a_jour"
    if passe.statut_code == "PREVUE":
        suite = f"Dire si le rendez-vous du {passe.le:%d/%m/%Y} a eu lieu"
    elif passe.statut_code == "TENUE":
        suite = (
            f"Compléter les présences du rendez-vous du {passe.le:%d/%m/%Y}, ou en fixer un autre"
        )
    else:
        suite, acte = (
            f"Fixer un nouveau rendez-vous (celui du {passe.le:%d/%m/%Y} n’a pas eu lieu)",
            "rendez_vous",
        )
    return Phase("RENDEZ_VOUS", passe.le, suite, passe.le, acte)


@dataclass(frozen=True)
class Delai:
    """The clock of an orientation: « dans un délai maximum de 15 jours, suivant la prise de contact
    »."""

    contact_le: date
    limite_le: date
    rdv_le: date | None
    etat: str  # tenu, depasse, en_cours

    def phrase(self, le: date) -> str:
        if self.rdv_le:
            jours = (self.rdv_le - self.contact_le).days
            return f"rendez-vous {'au' if self.etat == 'tenu' else 'seulement au'} {jours}e jour après la prise de contact"
        restent = (self.limite_le - le).days
        if restent < 0:
            return f"aucun rendez-vous : délai de {DELAI_RDV_JOURS} jours dépassé depuis {-restent} jour{'s' * (restent < -1)}"
        return f"encore {restent} jour{'s' * (restent > 1)} pour tenir le délai de {DELAI_RDV_JOURS} jours"


def delai(contact_le: date | None, rencontres: Iterable, le: date) -> Delai | None:
    """The clock of the last contact; None when nobody has been contacted yet."""
    if contact_le is None:
        return None
    limite, rdv = limite_rdv(contact_le), premier_rdv(contact_le, rencontres)
    if rdv is None:
        return Delai(contact_le, limite, None, "depasse" if le > limite else "en_cours")
    return Delai(contact_le, limite, rdv.le, "tenu" if rdv.le <= limite else "depasse")
