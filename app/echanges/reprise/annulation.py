"""Undoing a whole import as one act, or what of it nobody has changed since."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from app.echanges.reprise.application import VERROU
from app.echanges.reprise.feuilles import ORDRE_D_ECRITURE
from app.extensions import db
from app.journal import ActeDuJournal, AnnulationRefusee
from app.models import Importation

__all__ = ["AnnulationRefusee", "annuler", "changes_depuis", "defaire"]


def annuler(numero: int, *, reste: bool = False) -> None:
    """Undo a whole import, and commit; ``reste``: all of it but what was changed since.

    Raises AnnulationRefusee when something was changed since, or it is not one's own.
    """
    try:
        defaire(numero, reste=reste)
        db.session.commit()
    finally:
        db.session.rollback()


def defaire(numero: int, *, reste: bool = False) -> None:
    """The same in the transaction of the caller, who commits; nothing is undone when it raises."""
    db.session.execute(select(func.pg_advisory_xact_lock(VERROU)))
    acte = _acte(numero)
    permis = acte.est_annulable()
    importation = db.session.get(Importation, numero)
    if importation is None or importation.statut != "appliquee" or not permis:
        raise AnnulationRefusee(
            "Cet import ne peut pas être annulé : il est inconnu, déjà annulé, n’est pas le vôtre,"
            " ou vos habilitations ne suffisent plus."
        )
    motif = f"Annulation de l’import {numero}"
    acte.defaire(motif=motif, requete=f"annulation:{numero}", reste=reste)
    db.session.expire(importation)


def changes_depuis(numero: int) -> Sequence[Row[Any]]:
    """What was done since to the records of an import that the acting account may undo."""
    return _acte(numero).changes_depuis()


def _acte(numero: int) -> ActeDuJournal:
    tables = [feuille.table for feuille in ORDRE_D_ECRITURE]
    return ActeDuJournal(
        f"import:{numero}",
        (*tables, "distinction"),
        "cet import",
        ("annulation", "importation", numero),
    )
