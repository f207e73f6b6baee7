"""From one step of the way in to the next, and in: what the pages of sign-in share."""

import functools
import secrets

from flask import flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import acces
from app.models import Compte
from app.regles.texte import accorder

from . import arrivee, attente, motdepasse, second_facteur, sessions, textes, verrouillage
from .attente import Attente, EtapeConnexion
from .chemins import chemin_local

NUMERO = "totp"
"""Where the cookie keeps the number from which the secret offered is drawn."""
ECHECS = (
    "Depuis votre dernière connexion, {echecs} sur votre compte, ailleurs que sur"
    " vos postes. Si ce n’était pas vous, changez de mot de passe et prévenez l’administrateur de"
    " Tandem."
)
PAGES = {
    EtapeConnexion.CODE: "Connexion.code",
    EtapeConnexion.MOT_DE_PASSE: "Connexion.premier_mot_de_passe",
    EtapeConnexion.SECOND_FACTEUR: "Connexion.second_facteur",
}


def pour_la_connexion(vue):
    """The view reads and writes accounts as the login page, and nothing else."""

    @functools.wraps(vue)
    def enveloppe(self, **arguments):
        with acces.acteur(acces.CONNEXION):
            return vue(self, **arguments)

    return enveloppe


def etape(attendue: EtapeConnexion):
    """The view is a step of the way in: someone must be waiting, and at that step."""

    def decorer(vue):
        @functools.wraps(vue)
        def enveloppe(self, **arguments):
            en_attente = attente.lire_attente()
            if en_attente is None:
                return redirect(url_for("Connexion.login", next=suite()))
            if en_attente.etape() is not attendue:
                return poursuivre(en_attente)
            return vue(self, en_attente, **arguments)

        return enveloppe

    return decorer


def poursuivre(en_attente: Attente) -> Response:
    """Lead to the step that is missing, or in."""
    manque = en_attente.etape()
    if manque is EtapeConnexion.FINIE:
        return entrer(en_attente)
    ou = suite()
    en_attente.garder()
    return redirect(url_for(PAGES[manque], next=ou))


def entrer(en_attente: Attente, codes: list[str] | None = None) -> Response:
    """Open the session; show the recovery codes when there are new ones, this once.

    What was typed in a form that the end of a session refused comes first.
    """
    ou = suite()
    compte = en_attente.compte
    echecs = verrouillage.echecs_d_ailleurs(compte.id)
    sessions.ouvrir(
        compte, en_attente.moyen, second_facteur=en_attente.prouve, jeton_oidc=en_attente.jeton
    )
    if echecs:
        flash(
            ECHECS.format(echecs=accorder(echecs, "essai a échoué", "essais ont échoué")),
            "attention",
        )
    with acces.acteur(compte.id):
        ou = textes.page_a_rendre(compte.id) or ou
        arrivee.dire_la_derniere_fois()
        if codes:
            reponse = make_response(render_template("connexion/codes.html", codes=codes, suite=ou))
        else:
            reponse = make_response(redirect(ou))
    return verrouillage.retenir_poste(reponse, compte.id)


def choisir_mot_de_passe(compte: Compte) -> dict[str, str] | None:
    """The new password of the form, given to the account; else field → what is wrong with it."""
    nouveau = request.form.get("nouveau", "")
    encore = request.form.get("encore", "")
    if refus := motdepasse.refus(nouveau, compte):
        return {"nouveau": refus}
    if motdepasse.normaliser(nouveau) != motdepasse.normaliser(encore):
        return {"encore": "Les deux saisies ne sont pas identiques."}
    if motdepasse.verifier(compte.password, nouveau):
        return {"nouveau": "C’est le mot de passe actuel : choisissez-en un autre."}
    motdepasse.poser(compte, nouveau)
    return None


def secret_propose(compte: Compte) -> str:
    """The secret offered to this account, the same as long as this browser keeps its cookie."""
    if not isinstance(session.get(NUMERO), str):
        session[NUMERO] = secrets.token_hex(16)
    return second_facteur.secret_propose(session[NUMERO], compte)


def en_image(secret: str, compte: Compte) -> Response:
    """The QR code of this secret."""
    reponse = make_response(second_facteur.image(secret, compte))
    reponse.content_type = "image/svg+xml"
    return reponse


def suite() -> str:
    """Where to go afterwards: the path asked for, in this application and nowhere else."""
    return chemin_local(request.args.get("next", "")) or url_for("Accueil.index")
