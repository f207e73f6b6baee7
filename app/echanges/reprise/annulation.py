"""Undoing a whole import as one act, while nothing has been changed since."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, journal
from app.echanges.reprise.application import VERROU
from app.echanges.reprise.feuilles import ORDRE_D_ECRITURE
from app.extensions import db
from app.models import Importation


class AnnulationRefusee(Exception):
    """The import cannot be undone; the message says why, ``lignes`` what was changed since."""

    def __init__(self, raison: str, lignes: Sequence[Row[Any]] = ()):
        super().__init__(raison)
        self.lignes = list(lignes)


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
    permis = db.session.scalar(select(func.acces.peut_annuler_importation(numero)))
    importation = db.session.get(Importation, numero)
    if importation is None or importation.statut != "appliquee" or not permis:
        raise AnnulationRefusee(
            "Cet import ne peut pas être annulé : il est inconnu, déjà annulé, n’est pas le vôtre,"
            " ou vos habilitations ne suffisent plus."
        )
    depuis = db.session.execute(
        text("select * from acces.changes_depuis_importation(:numero)"), {"numero": numero}
    ).all()
    if depuis:
        raise AnnulationRefusee(
            "Des fiches de cet import ont été modifiées depuis : il ne peut plus être annulé d’un"
            " bloc.",
            depuis,
        )
    ordre = text("select acces.annuler_importation(:numero, :tables)")
    valeurs = {"numero": numero, "tables": [f.table for f in ORDRE_D_ECRITURE]}
    try:
        with (
            acces.acteur(
                acces.contexte().acteur,
                requete=f"annulation:{numero}",
                motif=f"Annulation de l’import {numero}",
            ),
            db.session.begin_nested(),
        ):
            db.session.execute(ordre, valeurs)
            journal.consigner("annulation", table="importation", cle=numero)
    except DBAPIError as erreur:
        raise AnnulationRefusee(
            "D’autres fiches dépendent maintenant de celles de cet import : il ne peut plus"
            " être annulé."
        ) from erreur
    db.session.expire(importation)
