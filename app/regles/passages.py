"""The passages of a youth through the scheme: one by accompagnement, each with its own chapters.

« le droit à l’erreur, les aller/retour »: coming back begins another passage; what was recorded
before stays with the passage in which it happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from .faits import AccompagnementLu, JeuneLu, MesureLue, OrientationLue, TripartiteLue
from .parcours import ERREUR, Bloc, blocs, rdv_tenu

ORDINAUX = ("Premier", "Deuxième", "Troisième", "Quatrième", "Cinquième", "Sixième")
UN_JOUR = timedelta(days=1)


@dataclass(frozen=True)
class PeriodeDuPassage:
    """The days that belong to a passage: from the day after the former exit to its own exit."""

    du: date
    au: date

    def contient(self, jour: date | None) -> bool:
        return jour is not None and self.du <= jour <= self.au


@dataclass(frozen=True)
class PassageDuJeune:
    """A stay in the scheme, or the return that prepares one (``sejour`` None)."""

    rang: int
    """1 = the first."""
    fenetre: PeriodeDuPassage
    sejour: AccompagnementLu | None = None
    jalons: Mapping[str, date] = field(default_factory=dict)
    """Code of a phase → the day on which that chapter was reached."""
    orientation: OrientationLue | None = None
    """The last one of the passage."""

    @property
    def titre(self) -> str:
        """« Deuxième accompagnement (2024–2025) »."""
        if self.rang <= len(ORDINAUX):
            dit = f"{ORDINAUX[self.rang - 1]} accompagnement"
        else:
            dit = f"{self.rang}e accompagnement"
        if self.sejour is None:
            return dit
        premiere = self.sejour.du.year
        if self.sejour.au is None:
            return f"{dit} (depuis {premiere})"
        if self.sejour.au.year == premiere:
            return f"{dit} ({premiere})"
        return f"{dit} ({premiere}–{self.sejour.au.year})"


@dataclass(frozen=True)
class FaitsDesPassages:
    """What the passages are read from."""

    jeune: JeuneLu
    orientations: Sequence[OrientationLue]
    sejours: Iterable[AccompagnementLu]
    mesures: Iterable[MesureLue]
    rencontres: Sequence[TripartiteLue]


def passages(faits: FaitsDesPassages, le: date) -> list[PassageDuJeune]:
    """In their order, the one that runs (or ran last) at the end; always at least one."""
    suites = blocs(faits.mesures)
    return [
        _passage(rang, sejour, fenetre, faits, suites, le)
        for rang, (sejour, fenetre) in enumerate(_fenetres(faits, le), 1)
    ]


def _fenetres(
    faits: FaitsDesPassages, le: date
) -> list[tuple[AccompagnementLu | None, PeriodeDuPassage]]:
    """Each stay with its days; a contact after the last exit begins a passage without stay."""
    valides = [s for s in faits.sejours if s.motif_sortie_code != ERREUR and s.du <= le]
    debut = date.min
    lues: list[tuple[AccompagnementLu | None, PeriodeDuPassage]] = []
    for sejour in sorted(valides, key=lambda s: s.du):
        lues.append((sejour, PeriodeDuPassage(debut, sejour.au or date.max)))
        debut = (sejour.au or date.max - UN_JOUR) + UN_JOUR
    contact = faits.jeune.contact_le
    est_revenu = bool(contact and contact >= debut and debut <= le)
    if not lues or est_revenu:
        lues.append((None, PeriodeDuPassage(debut, date.max)))
    return lues


def _passage(
    rang: int,
    sejour: AccompagnementLu | None,
    fenetre: PeriodeDuPassage,
    faits: FaitsDesPassages,
    suites: Sequence[Bloc],
    le: date,
) -> PassageDuJeune:
    siennes = [o for o in faits.orientations if fenetre.contient(o.contact_le or o.repere_le)]
    contacts = [o.contact_le for o in siennes if o.contact_le]
    reperes = [o.repere_le for o in siennes if o.repere_le]
    if faits.jeune.repere_le and fenetre.contient(faits.jeune.repere_le):
        reperes.append(faits.jeune.repere_le)
    tenus = [
        r.le for r in faits.rencontres if rdv_tenu(r) and r.le <= le and fenetre.contient(r.le)
    ]
    jalons = {
        "REPERAGE": min(reperes, default=None),
        "ORIENTATION": min(contacts, default=None),
        "RENDEZ_VOUS": min(tenus, default=None),
        **_jalons_du_sejour(sejour, tenus, fenetre, suites, le),
    }
    derniere = max(siennes, key=lambda o: o.contact_le or date.min, default=None)
    dits = {code: jour for code, jour in jalons.items() if jour is not None}
    return PassageDuJeune(rang, fenetre, sejour, dits, derniere)


def _jalons_du_sejour(
    sejour: AccompagnementLu | None,
    tenus: Sequence[date],
    fenetre: PeriodeDuPassage,
    suites: Sequence[Bloc],
    le: date,
) -> dict[str, date | None]:
    if sejour is None:
        return {}
    jalons: dict[str, date | None] = {
        "ACCOMPAGNEMENT": max(sejour.du, min(tenus, default=sejour.du)),
        "RELAIS": _relais(sejour, fenetre, suites, le),
    }
    if sejour.au is not None and sejour.au < le:
        jalons["SORTI"] = sejour.au
    return jalons


def _relais(
    sejour: AccompagnementLu, fenetre: PeriodeDuPassage, suites: Sequence[Bloc], le: date
) -> date | None:
    """The exit from the ASE after which the coordonnateur went on; none while a mesure follows."""
    commences = [bloc for bloc in suites if bloc.du <= min(fenetre.au, le)]
    if not commences:
        return None
    dernier = commences[-1]
    if dernier.au is None or dernier.deces or dernier.au >= min(fenetre.au, le):
        return None
    return max(dernier.au, sejour.du)
