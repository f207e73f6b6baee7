"""« Sortie de X »: what is known of a youth who leaves, what is ended, and what a part is.

A part (``RubriqueDeSortie``) says its fields, what it refuses, what it writes; they are declared in
``rubriques_de_sortie.py``. All are written in one transaction, and each is optional.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, update
from wtforms import Field

from app.acces import Perimetre
from app.extensions import db
from app.models import Jeune
from app.regles.parcours import ERREUR, blocs
from app.regles.sortie import derniere_sortie
from app.views.dossier import Dossier
from app.views.socle.champs import Formulaire
from app.views.socle.champs_choix import ChampListe

UN_JOUR = timedelta(days=1)
PAS_UNE_SORTIE = (
    "Une mesure continue, ou suit de près : ce n’est pas une sortie de l’ASE. Ne cochez rien ici."
)


class ConflitDeFiche(Exception):
    """A record is no longer the one that was shown."""


class ChampChoix(ChampListe):
    """A few answers, one of them; none is « later »."""

    rendu = "radios"


class ChampMotif(ChampListe):
    """A reason of the list, without those that another screen writes."""

    def __init__(self, *arguments: Any, sauf: tuple[str, ...], **autres: Any):
        super().__init__(*arguments, **autres)
        self.sauf = sauf

    def preparer(self, actuelle: Any) -> None:
        super().preparer(actuelle)
        self.choix = [(code, dit) for code, dit in self.choix if code not in self.sauf]


@dataclass(frozen=True)
class MesureDuJeune:
    """A mesure as it would be, for the rule of the exits."""

    id: int
    du: date
    au: date | None
    echeance: date | None
    motif_fin_code: str | None
    jeune_majeur: bool | None


@dataclass(frozen=True)
class SortieDuJeune:
    """The file of a youth who leaves, and what is asked: which mesure, which stay."""

    jeune: Jeune
    vu: Dossier
    perimetre: Perimetre
    mesure: int | None = None
    sejour: int | None = None

    @property
    def le(self) -> date:
        return self.vu.le

    def peut(self, table: str, *actes: str) -> bool:
        return all(self.perimetre.peut(table, acte, self.jeune.mds_id) for acte in actes)

    def lignes(self, table: str) -> Sequence[Row[Any]]:
        return self.vu.lignes[table]

    @property
    def mesures_a_finir(self) -> list[Row[Any]]:
        """Those that run, of which the end is not there yet."""
        return [m for m in self.lignes("mesure") if self._court_encore(m)]

    @property
    def sejour_a_finir(self) -> Row[Any] | None:
        siens = (s for s in self.lignes("accompagnement") if s.motif_sortie_code != ERREUR)
        return next((s for s in siens if self._court_encore(s)), None)

    def _court_encore(self, ligne: Row[Any]) -> bool:
        return ligne.du <= self.le and (ligne.au is None or ligne.au > self.le)

    @property
    def sortie_deja(self) -> date | None:
        """The exit from the ASE that is recorded."""
        return derniere_sortie(self.lignes("mesure"), self.le)

    @property
    def sortie_prevue(self) -> date | None:
        """The exit there would be if the mesure that is asked ended today; or the one there is."""
        if [m.id for m in self.mesures_a_finir] == [self.mesure]:
            return self.le
        return self.sortie_deja

    @property
    def mesure_sans_motif(self) -> Row[Any] | None:
        """The mesure of the exit that is recorded, when nobody said why it ended."""
        finies = (m for m in self.lignes("mesure") if m.au and m.au == self.sortie_deja)
        return next((m for m in finies if m.motif_fin_code is None), None)

    @property
    def situation(self) -> Row[Any] | None:
        return self.vu.derniere_situation

    def touchees(self) -> Iterable[Row[Any]]:
        """What the act may change: if somebody else did, it is told."""
        yield from self.lignes("mesure")
        yield from self.lignes("accompagnement")
        yield from self.lignes("binome")
        yield from self.lignes("situation")
        yield from self.lignes("demande_cjm")
        yield from self.lignes("proposition_cej")


@dataclass(frozen=True)
class SortieVoulue:
    """What the form ends: the day, and the exit from the ASE that there is then."""

    fin: date | None
    sortie: date | None
    mesures: Sequence[Row[Any]] = ()
    sejours: Sequence[Row[Any]] = ()
    """The stay that ends, if it does."""


@dataclass(frozen=True)
class ChampsDeLigne:
    """Fields by name, read together; ``repli``: the words under which they are folded."""

    champs: dict[str, Field]
    repli: str = ""


class RubriqueDeSortie:
    """A part of the screen; each screen of the exit has one object of each."""

    titre = ""

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        """Its fields; none: the part is not shown, and nothing of it is written."""
        raise NotImplementedError

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        """What the fields propose."""
        return {}

    def aide(self, sortant: SortieDuJeune) -> str:
        """The sentence under its title."""
        return ""

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        """Refuse, beside the field; by default nothing is."""

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        """Within the transaction of the act."""
        raise NotImplementedError


def sortie_voulue(form: Formulaire, sortant: SortieDuJeune) -> SortieVoulue:
    """What is ticked, applied to the mesures as they are."""
    cochees = [m for m in sortant.mesures_a_finir if lu(form, f"mesure_{m.id}")]
    sejours = [s for s in (sortant.sejour_a_finir,) if s is not None and lu(form, "sejour")]
    fin = None
    if cochees or sejours:
        fin = lu(form, "le")
    sortie = sortant.sortie_deja
    if cochees and fin is not None:
        sortie = _sortie_si(sortant, {m.id for m in cochees}, fin)
    return SortieVoulue(fin, sortie, cochees, sejours)


def _sortie_si(sortant: SortieDuJeune, finies: set[int], fin: date) -> date | None:
    """The exit there would be if these mesures ended that day; None when another one goes on."""
    mesures = [_fin(m) for m in sortant.lignes("mesure")]
    for rang, mesure in enumerate(mesures):
        if mesure.id in finies and mesure.du <= fin:
            mesures[rang] = replace(mesure, au=fin)
    return next((bloc.au for bloc in blocs(mesures) if bloc.au == fin), None)


def _fin(m: Row[Any]) -> MesureDuJeune:
    return MesureDuJeune(m.id, m.du, m.au, m.echeance, m.motif_fin_code, m.jeune_majeur)


def lu(form: Formulaire, nom: str) -> Any:
    """What a field says; nothing when the person does not have it."""
    if nom in form:
        return form[nom].data
    return None


def changer(classe: Any, ligne: Row[Any], **valeurs: Any) -> None:
    """Change a record that nobody changed since it was shown."""
    ordre = update(classe).where(classe.id == ligne.id, classe.version == ligne.version)
    faites = db.session.execute(
        ordre.values(valeurs).execution_options(synchronize_session=False)
    ).rowcount
    if faites != 1:
        raise ConflitDeFiche
