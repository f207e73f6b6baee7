"""WHO is there, what they may open, and the headers of every answer.

A right is asked of ``acces.perimetre()``, read once per request from the habilitations:
Flask-AppBuilder's own tables of rights stay empty. A view says its resource
(``class_permission_name``) and each route its act (``permission_name``).
"""

import hmac
import uuid

from flask import Flask, g, redirect, request, url_for
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import current_user
from werkzeug.wrappers import Response

from app import acces, delai, journal
from app.connexion import oidc, remise, sessions, textes
from app.connexion.mon_compte import MonCompte
from app.connexion.vues import Connexion
from app.extensions import db
from app.models import Compte

CONNECTE = "connecte"
"""The resource of what every person with an account may open: home, own account."""

ENTETES = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PATIENCE = {"statement_timeout": "30s", "lock_timeout": "10s"}
"""What a page may ask of the base; longer work goes to the queue."""
SANS_PERSONNE = {"static", "sante.repondre"}
"""Routes that never ask who is there."""
SANS_SECOND_FACTEUR = {
    "MonCompte.second_facteur",
    "MonCompte.image",
    "MonCompte.etat",
    "MonCompte.prolonger",
    "Connexion.logout",
}
"""What is left to a person whose roles require a second factor, until they have one."""
OUVERTES_A_TOUS = {"Connexion", "Accessibilite"}
"""The views that open without an account to get in."""
SANS_COMPTE = {"Avis", "Agenda"}
"""The page of the youth who answers alone, the calendar behind its secret address: nobody acts,
even where someone is signed in."""
UN_AN = 31_536_000


class Gestionnaire(SecurityManager):
    user_model = Compte
    userstatschartview = None

    def create_db(self) -> None:
        """Migrations own the tables, ``roles.py`` the rights: nothing to write at start."""

    def create_jwt_manager(self, app: Flask) -> None:
        """No API, no token (``app/cadre.py``)."""

    def create_limiter(self, app: Flask) -> None:
        """Attempts are counted in the base, for all processes."""

    def register_views(self) -> None:
        self.auth_view = self.appbuilder.add_view_no_menu(Connexion)
        self.appbuilder.add_view_no_menu(MonCompte)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        if not current_user.is_authenticated:
            return False
        acte = permission_name.removeprefix("can_")
        if view_name == CONNECTE or acces.perimetre().peut(view_name, acte):
            return True
        journal.consigner("refus", table=view_name, detail={"acte": acte})
        db.session.commit()
        g.refus_ecrit = True
        return False

    def load_user(self, pk: str) -> Compte | None:
        """The account of the session that the base knows; its password has not changed since."""
        ouverte = g.get("session_lue")
        numero, _, empreinte = str(pk).partition(".")
        if ouverte is None or numero != str(ouverte.compte_id):
            return None
        if not hmac.compare_digest(empreinte, ouverte.compte.empreinte()):
            return None
        return ouverte.compte


def proteger(app: Flask) -> None:
    """Tell the base who acts in each request.

    Put the security headers on every answer, errors included.
    """
    # The address of a static file carries a hash of its content.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = UN_AN
    entetes = dict(ENTETES)
    if app.config["TANDEM_ENV"] == "production":
        entetes["Strict-Transport-Security"] = f"max-age={UN_AN}; includeSubDomains"
    app.session_interface = sessions.SansHorloge()
    oidc.declarer(app)
    # Before the CSRF check, so that its refusal is shown to the person and not to a stranger.
    app.before_request_funcs.setdefault(None, []).insert(0, _ouvrir)
    app.teardown_request(_fermer)

    @app.after_request
    def repondre(reponse):
        presents = {nom.lower() for nom, _ in reponse.headers}
        manquent = [(nom, v) for nom, v in entetes.items() if nom.lower() not in presents]
        reponse.headers.extend(manquent)
        if request.endpoint != "static" or reponse.status_code >= 400:
            reponse.headers["Cache-Control"] = "no-store"
        return reponse

    remise.declarer(app)


def _ouvrir() -> Response | None:
    """Who acts in this request; None to go on, or the answer that leads to sign-in."""
    g.requete = uuid.uuid4().hex[:12]
    if request.endpoint in SANS_PERSONNE:
        return None
    delai.commencer()
    g.jeton_acces = acces.agir_pour(
        "", canal="ecran", adresse=request.remote_addr or "", requete=g.requete, **PATIENCE
    )
    if request.blueprint in SANS_COMPTE:
        acces.agir_pour("", canal="formulaire", adresse="")
        return None
    g.session_lue = sessions.lire_session()
    if not current_user.is_authenticated:
        acces.agir_pour("")
        return _mener_a_la_connexion()
    if g.session_lue.second_facteur_manque and request.endpoint not in SANS_SECOND_FACTEUR:
        textes.garder()
        return redirect(url_for("MonCompte.second_facteur"))
    return None


def _fermer(erreur: BaseException | None) -> None:
    if jeton := g.pop("jeton_acces", None):
        acces.oublier(jeton)


def _mener_a_la_connexion() -> Response | None:
    """Nobody is there: only the login page opens, whatever a view forgot to ask."""
    if request.endpoint is None or request.blueprint in OUVERTES_A_TOUS:
        return None
    if request.endpoint in sessions.SANS_ACTIVITE:
        return None  # what a page asks by itself answers for itself
    if request.method == "GET":
        return redirect(url_for("Connexion.login", next=request.full_path.rstrip("?")))
    if garde := textes.garder():
        return redirect(url_for("Connexion.login", next=garde.page, garde="oui"))
    return redirect(url_for("Connexion.login"))
