"""The dates that a form brings, against the rule of every door (``regles/dates.py``)."""

from datetime import date
from typing import Any

from app.extensions import db
from app.models import Jeune
from app.models.dates import colonnes_de_date, est_un_fait, naissance_avant
from app.regles.age import aujourd_hui
from app.regles.dates import refus

from . import formulaire


def verifier(form: Any, modele: Any, fiche: Any) -> None:
    """Refuse, beside its field, each date that cannot be.

    One that another check has refused is left as it is.
    """

    def lire(nom: str) -> Any:
        if nom in form:
            return form[nom].data
        return getattr(fiche, nom, None)

    naissance = _naissance(modele, lire)
    for colonne in colonnes_de_date(modele.__table__):
        if colonne.name not in form or form[colonne.name].errors:
            continue
        jour = form[colonne.name].data
        if not isinstance(jour, date) or colonne.name == "date_naissance":
            continue
        phrase = refus(
            jour,
            aujourd_hui(),
            est_un_fait=est_un_fait(colonne, lire),
            naissance=naissance if naissance_avant(colonne) else None,
        )
        if phrase:
            formulaire.refuser(form, phrase, colonne.name)


def _naissance(modele: Any, lire: Any) -> date | None:
    """Of the youth whom the record is about, as far as it is known."""
    if modele is Jeune:
        jour = lire("date_naissance")
        return jour if isinstance(jour, date) else None
    numero = lire("jeune_id")
    if not numero:
        return None
    jeune = db.session.get(Jeune, numero)  # read already, by the field that chose it
    return jeune and jeune.date_naissance
