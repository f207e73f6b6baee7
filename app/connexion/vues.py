"""The way in: login and password or provider, then the digits, the first password, the second
factor; and the way out."""

import functools
import math
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import (
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_appbuilder import BaseView, expose
from flask_login import current_user, logout_user
from sqlalchemy import func, or_, select

from app import acces, journal
from app.extensions import db
from app.models import Compte, SessionOuverte
from app.secret import SecretIllisible, dechiffrer

from . import attente, motdepasse, oidc, second_facteur, sessions, verrouillage
from .attente import Attente, Etape

REFUS = "Identifiant ou mot de passe incorrect, ou compte fermé."
PERIME = "Ce mot de passe temporaire n’est plus valable. Demandez-en un autre à l’administrateur de Tandem."
ILLISIBLE = (
    "Votre second facteur ne peut plus être lu. Utilisez un code de secours, ou demandez à l’administrateur de "
    "Tandem de le retirer de votre compte."
)
NUMERO = "totp"
"""Where the cookie keeps the number from which the secret offered is drawn."""


def pour_la_connexion(vue):
    """The view reads and writes accounts as the login page, and nothing else."""

    @functools.wraps(vue)
    def enveloppe(self, **arguments):
        with acces.acteur(acces.CONNEXION):
            return vue(self, **arguments)

    return enveloppe


def etape(attendue: Etape):
    """The view is a step of the way in: someone must be waiting, and at that step."""

    def decorer(vue):
        @functools.wraps(vue)
        def enveloppe(self, **arguments):
            en_attente = attente.lire()
            if en_attente is None:
                return redirect(url_for("Connexion.login", next=suite()))
            if en_attente.etape() is not attendue:
                return poursuivre(en_attente)
            return vue(self, en_attente, **arguments)

        return enveloppe

    return decorer


class Connexion(BaseView):
    """The login page and its steps, the only ones that are open to all."""

    route_base = ""
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    @pour_la_connexion
    def login(self):
        if current_user.is_authenticated:
            return redirect(suite())
        if request.method == "POST":
            return _identifier(request.form.get("username", ""), request.form.get("password", ""))
        # Nobody is invited to type a password when the base is away: the page says so (503).
        db.session.execute(select(1))
        session.pop("_flashes", None)  # « access denied »: being sent here says it already
        return _page_de_connexion(terminee=session.pop(sessions.CLE, None) is not None)

    @expose("/login/code", methods=["GET", "POST"])
    @pour_la_connexion
    @etape(Etape.CODE)
    def code(self, en_attente: Attente):
        secours = "secours" in request.args
        if request.method == "GET":
            return render_template("connexion/code.html", secours=secours, suite=suite())
        essai = verrouillage.essayer_second_facteur(en_attente.compte.id)
        if essai.attente:
            return _trop("connexion/code.html", essai, secours=secours)
        try:
            preuve, refus = (
                second_facteur.accepter(en_attente.compte, request.form.get("code", "")),
                "Ce code n’est pas le bon.",
            )
        except SecretIllisible:
            preuve, refus = None, ILLISIBLE
        if preuve is None:
            _consigner_refus("second_facteur", en_attente.compte)
            return render_template(
                "connexion/code.html", secours=secours, refus=refus, suite=suite()
            ), 401
        essai.reussi()
        db.session.commit()
        return poursuivre(en_attente.prouvee())

    @expose("/login/mot-de-passe", methods=["GET", "POST"])
    @pour_la_connexion
    @etape(Etape.MOT_DE_PASSE)
    def premier_mot_de_passe(self, en_attente: Attente):
        page = {"identifiant": en_attente.compte.username, "suite": suite()}
        if request.method == "GET":
            return render_template("connexion/premier_mot_de_passe.html", **page)
        if refus := choisir_mot_de_passe(en_attente.compte):
            return render_template("connexion/premier_mot_de_passe.html", refus=refus, **page), 400
        db.session.commit()
        return poursuivre(en_attente)

    @expose("/login/second-facteur", methods=["GET", "POST"])
    @pour_la_connexion
    @etape(Etape.SECOND_FACTEUR)
    def second_facteur(self, en_attente: Attente):
        secret = secret_propose(en_attente.compte)
        page = {
            "secret": secret,
            "image": url_for("Connexion.image"),
            "envoi": url_for("Connexion.second_facteur", next=suite()),
        }
        if request.method == "GET":
            return render_template("connexion/second_facteur.html", **page)
        essai = verrouillage.essayer_second_facteur(en_attente.compte.id)
        if essai.attente:
            return _trop("connexion/second_facteur.html", essai, **page)
        codes = second_facteur.activer(en_attente.compte, secret, request.form.get("code", ""))
        if codes is None:
            return render_template(
                "connexion/second_facteur.html", refus="Ce code n’est pas le bon.", **page
            ), 400
        essai.reussi()
        return entrer(en_attente.prouvee(), codes)

    @expose("/login/second-facteur.svg")
    @pour_la_connexion
    @etape(Etape.SECOND_FACTEUR)
    def image(self, en_attente: Attente):
        return en_image(secret_propose(en_attente.compte), en_attente.compte)

    @expose("/login/fournisseur")
    def fournisseur(self):
        if not oidc.propose():
            return redirect(url_for("Connexion.login"))
        try:
            return oidc.partir(url_for("Connexion.retour", _external=True))
        except oidc.FournisseurInjoignable as erreur:
            return _injoignable(erreur)

    @expose("/login/fournisseur/retour")
    @pour_la_connexion
    def retour(self):
        if not oidc.propose():
            return redirect(url_for("Connexion.login"))
        try:
            identite = oidc.revenir()
        except oidc.FournisseurInjoignable as erreur:
            return _injoignable(erreur)
        except oidc.IdentiteRefusee as erreur:
            current_app.logger.warning(
                "Référence %s : identité refusée (%s)", g.get("requete"), erreur
            )
            _consigner_refus("identite_refusee")
            return _page_de_connexion(
                refus=f"La connexion par {oidc.propose()} n’a pas abouti. Recommencez."
            ), 401
        compte = oidc.compte_de(identite)
        if compte is None:
            _consigner_refus("identite_inconnue")
            refus = f"Aucun compte ouvert de Tandem ne correspond à votre identité {oidc.propose()}. Demandez-le au responsable de votre MDS."
            return _page_de_connexion(refus=refus), 401
        db.session.commit()
        return poursuivre(Attente(compte, attente.OIDC, prouve=identite.fort, jeton=identite.jeton))

    @expose("/logout/", methods=["POST"])
    @pour_la_connexion
    def logout(self):
        jeton = _jeton_du_fournisseur()
        sessions.terminer_la_mienne("deconnexion")
        db.session.commit()
        logout_user()
        session.clear()
        ailleurs = (
            oidc.adresse_de_sortie(jeton, url_for("Connexion.login", _external=True))
            if jeton and oidc.propose()
            else None
        )
        if ailleurs is None:
            return redirect(url_for("Connexion.login"))
        # A page and not a redirection: the answer to a form may not lead to another site
        # (form-action).
        page = make_response(
            render_template("connexion/sortie.html", ailleurs=ailleurs, fournisseur=oidc.propose())
        )
        page.headers["Refresh"] = f"0; url={ailleurs}"
        return page


def poursuivre(en_attente: Attente) -> Response:
    """Lead to the step that is missing, or in."""
    match en_attente.etape():
        case Etape.FINIE:
            return entrer(en_attente)
        case Etape.CODE:
            page = "Connexion.code"
        case Etape.MOT_DE_PASSE:
            page = "Connexion.premier_mot_de_passe"
        case Etape.SECOND_FACTEUR:
            page = "Connexion.second_facteur"
    ou = suite()
    en_attente.garder()
    return redirect(url_for(page, next=ou))


def entrer(en_attente: Attente, codes: list[str] | None = None) -> Response:
    """Open the session; show the recovery codes when there are new ones, this once."""
    ou, compte = suite(), en_attente.compte
    sessions.ouvrir(
        compte, en_attente.moyen, second_facteur=en_attente.prouve, jeton_oidc=en_attente.jeton
    )
    with acces.acteur(compte.id):
        reponse = make_response(
            render_template("connexion/codes.html", codes=codes, suite=ou)
            if codes
            else redirect(ou)
        )
    return verrouillage.retenir_poste(reponse, compte.id)


def choisir_mot_de_passe(compte: Compte) -> dict[str, str] | None:
    """The new password of the form, given to the account; else field → what is wrong with it."""
    nouveau, encore = request.form.get("nouveau", ""), request.form.get("encore", "")
    if refus := motdepasse.refus(nouveau, compte):
        return {"nouveau": refus}
    if motdepasse.normaliser(nouveau) != motdepasse.normaliser(encore):
        return {"encore": "Les deux saisies ne sont pas identiques."}
    if motdepasse.verifier(compte.password, nouveau):
        return {"nouveau": "C’est le mot de passe actuel : choisissez-en un autre."}
    motdepasse.poser(compte, nouveau)
    return None


def secret_propose(compte: Compte) -> str:
    if not isinstance(session.get(NUMERO), str):
        session[NUMERO] = motdepasse.secrets.token_hex(16)
    return second_facteur.secret_propose(session[NUMERO], compte)


def en_image(secret: str, compte: Compte) -> Response:
    reponse = make_response(second_facteur.image(secret, compte))
    reponse.content_type = "image/svg+xml"
    return reponse


def suite() -> str:
    """Where to go afterwards: the path asked for, in this application and nowhere else."""
    return _chemin_sur(request.args.get("next", "")) or current_app.appbuilder.get_url_for_index


def _chemin_sur(brut: str) -> str | None:
    if "\\" in brut or any(ord(c) < 33 or ord(c) == 127 for c in brut):
        return None
    try:
        url = urlsplit(brut)
    except ValueError:
        return None
    if (url.scheme or url.netloc) and (
        url.scheme not in ("http", "https") or url.netloc != request.host
    ):
        return None
    if not url.path.startswith("/") or url.path.startswith("//"):
        return None
    return f"{url.path}?{url.query}" if url.query else url.path


def _identifier(saisi: str, mot_de_passe: str) -> Response:
    """The same work, the same answer and the same time whether the account exists or not."""
    saisi = saisi.strip().replace("\0", "")[:320]
    cherche = saisi.casefold()
    compte = db.session.scalar(
        select(Compte)
        .where(or_(func.lower(Compte.username) == cherche, func.lower(Compte.email) == cherche))
        .order_by(
            (func.lower(Compte.username) == cherche).desc(), (Compte.username == saisi).desc()
        )
        .limit(1)
    )
    essai = verrouillage.essayer(cherche, compte.id if compte else None)
    if essai.attente:
        return (
            _page_de_connexion(refus=_attendre(essai.attente), saisi=saisi),
            429,
            {"Retry-After": str(essai.attente)},
        )
    empreinte = compte.password if compte is not None and compte.is_active else None
    if not motdepasse.verifier(empreinte, mot_de_passe[: motdepasse.MAXIMUM + 1]):
        _consigner_refus("mot_de_passe", compte, bloque=essai.vient_de_bloquer)
        return _page_de_connexion(refus=REFUS, saisi=saisi), 401
    essai.reussi()
    db.session.commit()
    limite = motdepasse.lire_authentification(compte.id).temporaire_jusqu_au
    if limite is not None and limite < datetime.now(UTC):
        _consigner_refus("temporaire_perime", compte)
        return _page_de_connexion(refus=PERIME, saisi=saisi), 401
    return poursuivre(Attente(compte, attente.MOT_DE_PASSE))


def _page_de_connexion(*, refus: str | None = None, saisi: str = "", terminee: bool = False) -> str:
    return render_template(
        "connexion/connexion.html",
        refus=refus,
        saisi=saisi,
        terminee=terminee,
        suite=suite(),
        fournisseur=oidc.propose(),
    )


def _consigner_refus(raison: str, compte: Compte | None = None, *, bloque: bool = False) -> None:
    """In the trail, at once; a login that is nobody's is not copied: people type their password
    there by mistake."""
    detail = {"raison": raison} | ({"attente": True} if bloque else {})
    journal.consigner(
        "connexion_refusee", table="ab_user", cle=compte.id if compte else None, detail=detail
    )
    db.session.commit()


def _trop(modele: str, essai: verrouillage.Essai, **page) -> Response:
    page = render_template(modele, refus=_attendre(essai.attente), suite=suite(), **page)
    return page, 429, {"Retry-After": str(essai.attente)}


def _attendre(secondes: int) -> str:
    duree = f"{secondes} secondes" if secondes < 120 else f"{math.ceil(secondes / 60)} minutes"
    return f"Trop d’essais. Attendez {duree} avant de recommencer."


def _injoignable(erreur: oidc.FournisseurInjoignable) -> Response:
    current_app.logger.error(
        "Référence %s : fournisseur d’identité injoignable (%s)", g.get("requete"), erreur
    )
    refus = f"{oidc.propose()} ne répond pas. Recommencez dans quelques minutes, ou utilisez votre mot de passe."
    return _page_de_connexion(refus=refus), 503


def _jeton_du_fournisseur() -> str | None:
    """The provider's token of the session of this request."""
    la_mienne = g.get("session_lue")
    chiffre = (
        db.session.scalar(
            select(SessionOuverte.jeton_oidc).where(SessionOuverte.id == la_mienne.id)
        )
        if la_mienne
        else None
    )
    try:
        return dechiffrer(chiffre) if chiffre else None
    except SecretIllisible:
        return None
