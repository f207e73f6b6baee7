"""Why a file leaves: a purpose of the short list, and words that say something.

Asked for every file; the transaction is told, and the base writes it beside the youths inside.
"""

from flask import request

from app import acces
from app.regles.finalites import FINALITES, LETTRES, dit_pourquoi
from app.views.socle import saisie

TAILLE = 300
"""Characters of the words."""
MANQUE = f"choisissez à quoi sert ce fichier, et dites pourquoi en {LETTRES} lettres au moins."


def lire_motif() -> str:
    """The words, once the base is told them and the purpose; empty when either is missing."""
    mots = saisie.ligne_saisie("motif", TAILLE)
    finalite = request.form.get("finalite", "")
    if finalite not in FINALITES or not dit_pourquoi(mots):
        return ""
    dire_pourquoi(finalite, mots)
    return mots


def dire_pourquoi(finalite: str, mots: str) -> None:
    """Why what follows leaves, in this transaction and those of the request."""
    acces.agir_pour(acces.contexte().acteur, motif=mots, finalite=finalite)
