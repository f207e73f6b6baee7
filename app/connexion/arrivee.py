"""What each person reads as they sign in: their last sign-in, failures since, changes made by
others."""

from datetime import datetime
from typing import Any

from flask import flash
from sqlalchemy import func, select

from app.extensions import db
from app.regles.heures import moment

CHANGEMENTS = {
    "ab_user.modification": "votre compte a été modifié",
    "ab_user.mot_de_passe": "votre mot de passe a été remplacé",
    "ab_user.second_facteur_retire": "votre second facteur a été retiré",
    "habilitation.creation": "un rôle vous a été donné",
    "habilitation.modification": "un de vos rôles a été changé ou retiré",
    "acte_a_deux.creation": "un acte sur votre compte a été demandé",
}
"""Table and operation of the audit log → what it means for the person."""
AUTRE = "votre compte a été changé"


def dire_la_derniere_fois() -> None:
    """Say it on the next page; nothing the first time. The caller acts as the person."""
    lu: dict[str, Any] | None = db.session.scalar(select(func.acces.depuis_ma_derniere_connexion()))
    if lu is None:
        return
    echecs = lu["echecs"]
    phrases = [f"Votre dernière connexion : {_moment(lu['le'])}."]
    if echecs:
        phrases.append(f"{echecs} échec{'s' * (echecs > 1)} de connexion depuis.")
    for change in lu["changements"]:
        quoi = CHANGEMENTS.get(change["quoi"], AUTRE)
        par = change["par"] or "une commande"
        phrases.append(f"{_moment(change['le'])}, {quoi} par {par}.")
    if lu["changements"] or echecs:
        phrases.append("Ce n’était pas vous ? Prévenez votre responsable.")
    flash(" ".join(phrases), "attention" if len(phrases) > 1 else "info")


def _moment(iso: str) -> str:
    return moment(datetime.fromisoformat(iso))
