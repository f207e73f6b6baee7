"""The page where the youth answers alone, on a phone, without an account and without JavaScript.

The code travels after « ? », which no log of ours keeps (run.py), or is typed. Nobody acts
(``securite.SANS_COMPTE``): the base itself takes the print of the code and writes the answer
(``acces/satisfaction.sql``).
"""

import math

from flask import make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from sqlalchemy import text

from app import acces
from app.connexion import verrouillage
from app.extensions import db
from app.views.enquete import empreinte

FERME = "Ce lien ne permet pas de répondre : il a déjà servi, il a expiré, ou il a été retiré. Vérifiez le code écrit sur le papier, ou demandez un autre lien à votre coordonnateur."
CHOISIR = "Choisissez une réponse."


class Avis(BaseView):
    route_base = "/avis"
    default_view = "index"

    @expose("/", methods=["GET", "POST"])
    def index(self):
        """Reading the page uses nothing up: a message service that looks at the address answers for
        nobody."""
        code = request.values.get("c", "")[:60]
        if not code:
            return _page()
        with acces.acteur(acces.CONNEXION):
            essai = verrouillage.essayer_lien()
        if essai.attente:
            minutes = math.ceil(essai.attente / 60)
            return _page(
                refus=f"Trop d’essais. Attendez {minutes} minute{'s' * (minutes > 1)}.", statut=429
            )
        choix, reponse = _choix(code), request.form.get("reponse", "")
        if not choix:
            return _page(refus=FERME, statut=404)
        with acces.acteur(acces.CONNEXION):
            essai.reussi()
            db.session.commit()
        if request.method == "GET":
            return _page(choix, code)
        if reponse not in dict(choix):
            return _page(choix, code, refus=CHOISIR, statut=422)
        garde = db.session.scalar(
            text("select acces.repondre_enquete(:empreinte, :reponse)"),
            {"empreinte": empreinte(code), "reponse": reponse},
        )
        db.session.commit()
        return redirect(url_for("Avis.merci")) if garde else _page(refus=FERME, statut=404)

    @expose("/merci")
    def merci(self):
        return _page(merci=True)


def _choix(code: str) -> list[tuple[str, str]]:
    """What may be answered with this code; nothing when it opens nothing."""
    lues = db.session.execute(
        text("select code, libelle from acces.reponses_possibles(:empreinte)"),
        {"empreinte": empreinte(code)},
    )
    return [(c, libelle) for c, libelle in lues]


def _page(
    choix=(), code: str = "", *, refus: str | None = None, merci: bool = False, statut: int = 200
):
    page = make_response(
        render_template("avis.html", choix=choix, code=code, refus=refus, merci=merci), statut
    )
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    return page


VUES = (Avis,)
