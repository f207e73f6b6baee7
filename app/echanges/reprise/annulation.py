"""Undoing a whole import as one act, while nothing has been changed since."""

from sqlalchemy import func, select

from app.echanges.reprise.application import VERROU
from app.echanges.reprise.feuilles import ORDRE_D_ECRITURE
from app.extensions import db
from app.journal import ActeDuJournal, AnnulationRefusee
from app.models import Importation

__all__ = ["AnnulationRefusee", "annuler", "defaire"]


def annuler(numero: int) -> None:
    """Undo a whole import, and commit.

    Raises AnnulationRefusee when something was changed since, or it is not one's own.
    """
    try:
        defaire(numero)
        db.session.commit()
    finally:
        db.session.rollback()


def defaire(numero: int) -> None:
    """The same in the transaction of the caller, who commits; nothing is undone when it raises."""
    db.session.execute(select(func.pg_advisory_xact_lock(VERROU)))
    acte = ActeDuJournal(
        f"import:{numero}",
        tuple(f.table for f in ORDRE_D_ECRITURE),
        "cet import",
        ("annulation", "importation", numero),
    )
    permis = acte.est_annulable()
    importation = db.session.get(Importation, numero)
    if importation is None or importation.statut != "appliquee" or not permis:
        raise AnnulationRefusee(
            "Cet import ne peut pas être annulé : il est inconnu, déjà annulé, n’est pas le vôtre,"
            " ou vos habilitations ne suffisent plus."
        )
    acte.defaire(motif=f"Annulation de l’import {numero}", requete=f"annulation:{numero}")
    db.session.expire(importation)
