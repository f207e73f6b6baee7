"""The way in (password or provider, digits, first password, second factor), and the way out."""

import math

from flask import (
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose
from flask_login import current_user, logout_user
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response

from app import horloge, journal
from app.extensions import db
from app.models import Compte, SessionOuverte
from app.regles.texte import accorder
from app.secret import SecretIllisible, dechiffrer_si_possible

from . import attente, motdepasse, oidc, second_facteur, sessions, verrouillage
from .attente import Attente, EtapeConnexion
from .passage import (
    choisir_mot_de_passe,
    en_image,
    entrer,
    etape,
    pour_la_connexion,
    poursuivre,
    secret_propose,
    suite,
)

REFUS = "Identifiant ou mot de passe incorrect, ou compte fermé."
PERIME = (
    "Ce mot de passe temporaire n’est plus valable."
    " Demandez-en un autre à l’administrateur de Tandem."
)
FAUX = "Ce code n’est pas le bon."
ILLISIBLE = (
    "Votre second facteur ne peut plus être lu. Utilisez un code de secours, ou demandez à"
    " l’administrateur de Tandem de le retirer de votre compte."
)


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
    @etape(EtapeConnexion.CODE)
    def code(self, en_attente: Attente):
        secours = "secours" in request.args
        if request.method == "GET":
            return render_template("connexion/code.html", secours=secours, suite=suite())
        essai = verrouillage.essayer_second_facteur(en_attente.compte.id)
        if essai.attente:
            return _trop("connexion/code.html", essai, secours=secours)
        preuve = None
        refus = FAUX
        try:
            preuve = second_facteur.accepter(en_attente.compte, request.form.get("code", ""))
        except SecretIllisible:
            refus = ILLISIBLE
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
    @etape(EtapeConnexion.MOT_DE_PASSE)
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
    @etape(EtapeConnexion.SECOND_FACTEUR)
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
            return render_template("connexion/second_facteur.html", refus=FAUX, **page), 400
        essai.reussi()
        return entrer(en_attente.prouvee(), codes)

    @expose("/login/second-facteur.svg")
    @pour_la_connexion
    @etape(EtapeConnexion.SECOND_FACTEUR)
    def image(self, en_attente: Attente):
        return en_image(secret_propose(en_attente.compte), en_attente.compte)

    @expose("/login/fournisseur")
    def fournisseur(self):
        if not oidc.propose():
            return redirect(url_for("Connexion.login"))
        from . import fournisseur

        try:
            return fournisseur.partir(url_for("Connexion.retour", _external=True))
        except oidc.FournisseurInjoignable as erreur:
            return _injoignable(erreur)

    @expose("/login/fournisseur/retour")
    @pour_la_connexion
    def retour(self):
        if not oidc.propose():
            return redirect(url_for("Connexion.login"))
        from . import fournisseur

        try:
            identite = fournisseur.revenir()
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
            refus = (
                f"Aucun compte ouvert de Tandem ne correspond à votre identité {oidc.propose()}."
                " Demandez-le au responsable de votre MDS."
            )
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
        ailleurs = None
        if jeton and oidc.propose():
            from . import fournisseur

            ailleurs = fournisseur.adresse_de_sortie(
                jeton, url_for("Connexion.login", _external=True)
            )
        if ailleurs is None:
            return _effacer(redirect(url_for("Connexion.login", sortie="oui")))
        # A page and not a redirection: the answer to a form may not lead to another site
        # (form-action).
        page = make_response(
            render_template("connexion/sortie.html", ailleurs=ailleurs, fournisseur=oidc.propose())
        )
        page.headers["Refresh"] = f"0; url={ailleurs}"
        return _effacer(page)


def _effacer(reponse: Response) -> Response:
    """The browser keeps no page and no draft of whoever leaves; the workstation stays known."""
    reponse.headers["Clear-Site-Data"] = '"cache", "storage"'
    return reponse


def _identifier(saisi: str, mot_de_passe: str) -> ResponseReturnValue:
    """The same work, the same answer and the same time whether the account exists or not."""
    saisi = saisi.strip().replace("\0", "")[:320]
    compte = _compte_de(saisi)
    essai = verrouillage.essayer(saisi.casefold(), compte and compte.id)
    if essai.attente:
        page = _page_de_connexion(refus=_attendre(essai.attente), saisi=saisi)
        return page, 429, {"Retry-After": str(essai.attente)}
    hache = None
    if compte is not None and compte.is_active:
        hache = compte.password
    juste = motdepasse.verifier(hache, mot_de_passe[: motdepasse.MAXIMUM + 1])
    if compte is None or not juste:
        _consigner_refus("mot_de_passe", compte, bloque=essai.vient_de_bloquer)
        return _page_de_connexion(refus=REFUS, saisi=saisi), 401
    essai.reussi()
    db.session.commit()
    limite = motdepasse.lire_authentification(compte.id).temporaire_jusqu_au
    if limite is not None and limite < horloge.maintenant():
        _consigner_refus("temporaire_perime", compte)
        return _page_de_connexion(refus=PERIME, saisi=saisi), 401
    return poursuivre(Attente(compte, attente.MOT_DE_PASSE))


def _compte_de(saisi: str) -> Compte | None:
    """The account of this login, or of this address; the login exactly typed comes first."""
    cherche = saisi.casefold()
    par_login = func.lower(Compte.username) == cherche
    return db.session.scalar(
        select(Compte)
        .where(or_(par_login, func.lower(Compte.email) == cherche))
        .order_by(par_login.desc(), (Compte.username == saisi).desc())
        .limit(1)
    )


def _page_de_connexion(*, refus: str | None = None, saisi: str = "", terminee: bool = False) -> str:
    return render_template(
        "connexion/connexion.html",
        refus=refus,
        saisi=saisi,
        terminee=terminee,
        suite=suite(),
        sortie="sortie" in request.args,
        garde="garde" in request.args,
        fournisseur=oidc.propose(),
    )


def _consigner_refus(raison: str, compte: Compte | None = None, *, bloque: bool = False) -> None:
    """Write it in the audit log at once.

    A login that is nobody's is not copied: people type their password there by mistake.
    """
    detail: dict[str, str | bool] = {"raison": raison}
    if bloque:
        detail["attente"] = True
    journal.consigner("connexion_refusee", table="ab_user", cle=compte and compte.id, detail=detail)
    db.session.commit()


def _trop(modele: str, essai: verrouillage.Essai, **valeurs) -> ResponseReturnValue:
    page = render_template(modele, refus=_attendre(essai.attente), suite=suite(), **valeurs)
    return page, 429, {"Retry-After": str(essai.attente)}


def _attendre(secondes: int) -> str:
    duree = accorder(secondes, "seconde", "secondes")
    if secondes >= 120:
        duree = f"{math.ceil(secondes / 60)} minutes"
    return f"Trop d’essais. Attendez {duree} avant de recommencer."


def _injoignable(erreur: oidc.FournisseurInjoignable) -> ResponseReturnValue:
    current_app.logger.error(
        "Référence %s : fournisseur d’identité injoignable (%s)", g.get("requete"), erreur
    )
    refus = (
        f"{oidc.propose()} ne répond pas."
        " Recommencez dans quelques minutes, ou utilisez votre mot de passe."
    )
    return _page_de_connexion(refus=refus), 503


def _jeton_du_fournisseur() -> str | None:
    """The provider's token of the session of this request."""
    la_mienne = g.get("session_lue")
    if la_mienne is None:
        return None
    chiffre = select(SessionOuverte.jeton_oidc).where(SessionOuverte.id == la_mienne.id)
    return dechiffrer_si_possible(db.session.scalar(chiffre))
