"""« Confirmez que c’est vous »: before what matters most, when the last proof is not recent.

The password, or the digits, are asked on a page that sends the same form again; nothing of it is
kept meanwhile. A proof is the sign-in, or this page.
"""

import re

from flask import Response, g, make_response, render_template, request
from flask_login import current_user
from sqlalchemy import update

from app import acces, journal
from app.extensions import db
from app.models import Compte, SessionOuverte
from app.secret import SecretIllisible

from . import motdepasse, oidc, second_facteur, sessions, verrouillage

CHAMP = "preuve"
"""The field of the proof; never kept with what else the form holds."""
MINUTES = sessions.PREUVE.seconds // 60
FAUX = "Ce n’est ni votre mot de passe, ni le code que montre votre application."
TROP = "Trop d’essais. Attendez quelques minutes."


def demander_une_preuve(acte: str) -> Response | None:
    """None when the person has proven who they are within ten minutes, or does it now.

    Else the page that asks, which sends the form of this request again. ``acte``: « emporter ce
    fichier ». The queue plays again what was proven when it was asked.
    """
    if "travail" in g or g.session_lue is None or g.session_lue.preuve_recente:
        return None
    refus = None
    if CHAMP in request.form:
        refus = _verifier(request.form[CHAMP])
        if refus is None:
            return None
    champs = [(n, v) for n, v in request.form.items(multi=True) if n not in (CHAMP, "csrf_token")]
    page = render_template(
        "connexion/preuve.html",
        acte=acte,
        champs=champs,
        refus=refus,
        fournisseur=oidc.propose(),
        minutes=MINUTES,
    )
    return make_response(page, 403)


def _verifier(saisi: str) -> str | None:
    """Count the attempt, then look; what is wrong, or None and the session is proven anew."""
    compte = db.session.get_one(Compte, current_user.id)
    with acces.acteur(acces.CONNEXION):
        essai = verrouillage.essayer_second_facteur(compte.id)
        if essai.attente:
            return TROP
        if not _est_juste(compte, saisi):
            detail = {"raison": "confirmation"}
            journal.consigner("connexion_refusee", table="ab_user", cle=compte.id, detail=detail)
            db.session.commit()
            return FAUX
        essai.reussi()
        db.session.execute(
            update(SessionOuverte)
            .where(SessionOuverte.id == g.session_lue.id)
            .values(prouvee_le=db.func.now())
        )
        db.session.commit()
    return None


def _est_juste(compte: Compte, saisi: str) -> bool:
    if re.fullmatch(r"\s*([0-9]\s*){6}", saisi) and second_facteur.actif(compte.id):
        try:
            return second_facteur.accepter(compte, saisi) is not None
        except SecretIllisible:
            return False
    return motdepasse.verifier(compte.password, saisi[: motdepasse.MAXIMUM + 1])
