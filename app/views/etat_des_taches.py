"""What somebody has to do for a day, tâche or decision: to do, late, done or given up."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from app.extensions import db
from app.models import Jeune
from app.regles.age import aujourd_hui
from app.views.socle.fiche import CalculeeDuDossier

A_FAIRE = "À faire"
EN_RETARD = "En retard"
FAITE = "Faite"
_PASTILLES = {EN_RETARD: "tard", FAITE: "fait"}
"""State → the class of its pill; the others have no colour."""


def etat(chose: Any, pour_le: date | None, le: date) -> str:
    """Where it stands on this day; late from the day after the one it was due."""
    if chose.faite_le:
        return FAITE
    if chose.abandon:
        return "Abandonnée"
    return EN_RETARD if pour_le and pour_le < le else A_FAIRE


def pastille(dit: str) -> Markup:
    if not dit:
        return Markup()
    return Markup('<span class="etat {}">{}</span>').format(_PASTILLES.get(dit, ""), dit)


def de_la_ligne(chose: Any, pour_le: date | None, deces_le: date | None = None) -> Markup:
    """Its pill today; ``deces_le``: of the youth for whom it is."""
    dit = etat(chose, pour_le, aujourd_hui())
    return pastille("" if deces_le and _sans_objet(dit) else dit)


def dans_le_dossier(echeance: str) -> CalculeeDuDossier:
    """The same in the file of a youth; ``echeance``: the column of the day."""

    def dire(ligne: Any, dossier: Any) -> str:
        return de_la_ligne(ligne, getattr(ligne, echeance), dossier.jeune.deces_le)

    return CalculeeDuDossier("État", dire)


class EtatDesTaches:
    """The column « État » of their list; nothing is expected any more for a youth who died."""

    echeance = "pour_le"
    """The column of the day for which they are due."""
    calculees = ["etat"]
    label_columns = {"etat": "État"}
    formatters_columns = {"etat": pastille}

    def calculer(self, fiches: Sequence[Any]) -> Iterator[tuple[str]]:
        le = aujourd_hui()
        dits = [etat(fiche, getattr(fiche, self.echeance), le) for fiche in fiches]
        jeunes = [getattr(fiche, "jeune_id", None) for fiche in fiches]
        attendus = {numero for numero, dit in zip(jeunes, dits, strict=True) if _sans_objet(dit)}
        decedes = _decedes(attendus - {None})
        for numero, dit in zip(jeunes, dits, strict=True):
            yield ("" if _sans_objet(dit) and numero in decedes else dit,)


def _sans_objet(dit: str) -> bool:
    """Whether it is so for a youth who died."""
    return dit in (A_FAIRE, EN_RETARD)


def _decedes(jeunes: set[int | None]) -> set[int]:
    if not jeunes:
        return set()
    decedes = select(Jeune.id).where(Jeune.id.in_(jeunes), Jeune.deces_le.is_not(None))
    return set(db.session.scalars(decedes))
