"""The page where the youth answers alone, on a phone, without an account and without JavaScript.

The code travels in the query string, that no log of ours keeps (run.py), or is typed. Nobody acts
(``securite.SANS_COMPTE``): the base itself takes the hash of the code and writes the answer
(``acces/satisfaction.sql``).
"""

import math
from dataclasses import dataclass, field

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from sqlalchemy import text

from app import acces
from app.connexion import verrouillage
from app.extensions import db
from app.views.enquete import hash_du_code

CHOISIR = "Choisissez une réponse."


@dataclass(frozen=True)
class PageAvis:
    """What the youth reads: the answers to choose from, why one is refused, or thanks."""

    choix: list[tuple[str, str]] = field(default_factory=list)
    """(code, label); without any, the code of the paper is asked for."""
    code: str = ""
    refus: str | None = None
    merci: bool = False
    ferme: bool = False
    """The link opens nothing, any more or at all: said calmly, it is nobody's mistake."""

    @property
    def facile(self) -> bool:
        """The same page in short sentences and large letters."""
        return request.values.get("facile") == "oui"

    @property
    def titre(self) -> str:
        if self.merci:
            return "Merci"
        return "Ce lien ne permet pas de répondre" if self.ferme else "Votre avis"


class Avis(BaseView):
    route_base = "/avis"
    default_view = "index"

    @expose("/", methods=["GET", "POST"])
    def index(self):
        """Reading the page uses nothing up.

        A message service that follows the link does not answer.
        """
        code = request.values.get("c", "")[:60]
        if not code:
            return _rendre(PageAvis())
        with acces.acteur(acces.CONNEXION):
            essai = verrouillage.essayer_lien()
        if essai.attente:
            minutes = math.ceil(essai.attente / 60)
            pluriel = "s" * (minutes > 1)
            refus = f"Trop d’essais. Attendez {minutes} minute{pluriel}."
            return _rendre(PageAvis(refus=refus), 429)
        choix = _choix(code)
        if not choix:
            return _rendre(PageAvis(ferme=True), 404)
        with acces.acteur(acces.CONNEXION):
            essai.reussi()
            db.session.commit()
        if request.method == "GET":
            return _rendre(PageAvis(choix, code))
        reponse = request.form.get("reponse", "")
        if reponse not in dict(choix):
            return _rendre(PageAvis(choix, code, CHOISIR), 422)
        enregistree = db.session.scalar(
            text("select acces.repondre_enquete(:empreinte, :reponse)"),
            {"empreinte": hash_du_code(code), "reponse": reponse},
        )
        db.session.commit()
        if not enregistree:
            return _rendre(PageAvis(ferme=True), 404)
        return redirect(url_for("Avis.merci"))

    @expose("/merci")
    def merci(self):
        return _rendre(PageAvis(merci=True))


def _choix(code: str) -> list[tuple[str, str]]:
    """What may be answered with this code; nothing when it opens nothing."""
    lues = db.session.execute(
        text("select code, libelle from acces.reponses_possibles(:empreinte)"),
        {"empreinte": hash_du_code(code)},
    )
    return [(valeur, libelle) for valeur, libelle in lues]


def _rendre(page: PageAvis, statut: int = 200) -> Response:
    reponse = make_response(render_template("avis.html", page=page), statut)
    reponse.headers["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


VUES = (Avis,)
