"""« Mon compte »: one's password, second factor and open sessions; and the clock of the session."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g, jsonify, redirect, render_template, request, session, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app import acces, journal
from app.extensions import db
from app.models import Compte, SessionOuverte
from app.regles.age import PARIS
from app.regles.heures import moment

from . import (
    agenda_secret,
    attente,
    brouillons,
    motdepasse,
    second_facteur,
    sessions,
    textes,
    verrouillage,
)
from .passage import NUMERO, choisir_mot_de_passe, en_image, secret_propose

INCORRECT = "Ce n’est pas votre mot de passe actuel."


APPARENCES = {"": "Comme mon appareil", "clair": "Clair", "sombre": "Sombre"}
"""Kept value → its word."""
RAPPELS = {"": "Chaque jour", "semaine": "Une fois par semaine", "jamais": "Jamais"}
"""How often the digest is sent: kept value → its word."""
JOURS = dict(
    zip(
        "1234567",
        ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"),
        strict=True,
    )
)


class MonCompte(BaseView):
    """What each person changes of their own account, and of no other."""

    route_base = "/mon-compte"
    default_view = "index"
    class_permission_name = "connecte"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        return _page()

    @expose("/mot-de-passe", methods=["GET", "POST"])
    @has_access
    @permission_name("lire")
    def mot_de_passe(self):
        if request.method == "GET":
            return render_template("connexion/mot_de_passe.html")
        refus, code = _confirmer("actuel")
        compte = _compte()
        if refus is None:
            refus = choisir_mot_de_passe(compte)
            code = 400
        if refus:
            return render_template("connexion/mot_de_passe.html", refus=refus), code
        # The base has just ended every session of the account, this one included: here a new one
        # takes over.
        _rouvrir(compte, session_prouvee=g.session_lue.second_facteur)
        return redirect(url_for("MonCompte.index", fait="mot-de-passe"))

    @expose("/second-facteur", methods=["GET", "POST"])
    @has_access
    @permission_name("lire")
    def second_facteur(self):
        compte = _compte()
        secret = secret_propose(compte)
        page = {
            "fil": [
                ("Accueil", url_for("Accueil.index")),
                ("Mon compte", url_for("MonCompte.index")),
            ],
            "secret": secret,
            "image": url_for("MonCompte.image"),
            "envoi": url_for("MonCompte.second_facteur"),
            "confirmer": compte.password is not None,
        }
        if request.method == "GET":
            return render_template("connexion/second_facteur.html", **page)
        refus, code = _confirmer("actuel")
        if refus:
            return render_template(
                "connexion/second_facteur.html", refus=refus["actuel"], **page
            ), code
        codes = second_facteur.activer(compte, secret, request.form.get("code", ""))
        if codes is None:
            return render_template(
                "connexion/second_facteur.html", refus="Ce code n’est pas le bon.", **page
            ), 400
        sessions.terminer(compte.id, "second_facteur_change")
        _rouvrir(compte, session_prouvee=True)
        session.pop(NUMERO, None)
        apres = textes.page_a_rendre(compte.id) or url_for("MonCompte.index")
        return render_template("connexion/codes.html", codes=codes, suite=apres)

    @expose("/second-facteur.svg")
    @has_access
    @permission_name("lire")
    def image(self):
        compte = _compte()
        return en_image(secret_propose(compte), compte)

    @expose("/second-facteur/retirer", methods=["POST"])
    @has_access
    @permission_name("lire")
    def retirer(self):
        compte = _compte()
        if second_facteur.exige(compte.id):
            return _page(
                {"retirer": "Vos rôles l’exigent : vous pouvez en changer, pas le retirer."}, 400
            )
        refus, code = _confirmer("actuel")
        if refus:
            return _page({"retirer": refus["actuel"]}, code)
        second_facteur.retirer(compte)
        db.session.commit()
        return redirect(url_for("MonCompte.index", fait="second-facteur-retire"))

    @expose("/codes", methods=["POST"])
    @has_access
    @permission_name("lire")
    def codes(self):
        compte = _compte()
        if not second_facteur.actif(compte.id):
            raise NotFound
        refus, code = _confirmer("actuel")
        if refus:
            return _page({"codes": refus["actuel"]}, code)
        codes = second_facteur.renouveler_codes(compte)
        db.session.commit()
        return render_template(
            "connexion/codes.html", codes=codes, suite=url_for("MonCompte.index")
        )

    @expose("/sessions/<int(max=2147483647):numero>/fermer", methods=["POST"])
    @has_access
    @permission_name("lire")
    def fermer(self, numero: int):
        if not sessions.terminer(current_user.id, "fermee_par_son_titulaire", numero):
            raise NotFound
        db.session.commit()
        return redirect(url_for("MonCompte.index", fait="session-fermee"))

    @expose("/sessions/fermer", methods=["POST"])
    @has_access
    @permission_name("lire")
    def fermer_partout(self):
        sessions.terminer(current_user.id, "deconnexion_partout")
        db.session.commit()
        session.clear()
        return redirect(url_for("Connexion.login"))

    @expose("/apparence", methods=["POST"])
    @has_access
    @permission_name("lire")
    def choisir_apparence(self):
        """Light, dark, or as the system of the person asks."""
        choisie = request.form.get("apparence", "")
        if choisie not in APPARENCES:
            raise BadRequest
        _compte().apparence = choisie or None
        db.session.commit()
        return redirect(url_for("MonCompte.index", fait="apparence", _anchor="apparence"))

    @expose("/rappels", methods=["POST"])
    @has_access
    @permission_name("lire")
    def choisir_rappels(self):
        """How often Tandem writes, and on which days."""
        rythme = request.form.get("rappels", "")
        jours = set(request.form.getlist("jour"))
        if rythme not in RAPPELS or not jours <= set(JOURS):
            raise BadRequest
        if not jours and rythme != "jamais":
            return _page({"rappels": "Gardez au moins un jour, ou choisissez « Jamais »."}, 422)
        compte = _compte()
        compte.rappels = rythme or None
        compte.sans_rappel = "".join(jour for jour in JOURS if jour not in jours)
        db.session.commit()
        return redirect(url_for("MonCompte.index", fait="rappels", _anchor="rappels"))

    @expose("/agenda", methods=["POST"])
    @has_access
    @permission_name("lire")
    def ouvrir_agenda(self):
        """Draw the secret address of one's calendar, and show it this once."""
        secret = agenda_secret.tirer(current_user.id)
        db.session.commit()
        return _page(agenda=url_for("Agenda.flux", c=secret, _external=True))

    @expose("/agenda/retirer", methods=["POST"])
    @has_access
    @permission_name("lire")
    def retirer_agenda(self):
        agenda_secret.retirer(current_user.id)
        db.session.commit()
        return redirect(url_for("MonCompte.index", fait="agenda-retire", _anchor="agenda"))

    @expose("/textes/<int(max=2147483647):numero>/effacer", methods=["POST"])
    @has_access
    @permission_name("lire")
    def oublier_texte(self, numero: int):
        """Erase what was typed and given back: the person does not want it."""
        siens = [texte for texte in textes.textes(current_user.id) if texte.numero == numero]
        if not siens:
            raise NotFound
        textes.oublier(numero)
        return redirect(siens[0].page)

    @expose("/session")
    def etat(self):
        """How long the session still lasts, for the page to warn; asking prolongs nothing.

        With it, what the page needs of an open session: the token of its forms, the keys of drafts.
        """
        la_mienne = g.get("session_lue")
        if la_mienne is None or not current_user.is_authenticated:
            return jsonify(reste=0), 401
        return _etat()

    @expose("/session/prolonger", methods=["POST"])
    @has_access
    @permission_name("lire")
    def prolonger(self):
        sessions.marquer(g.session_lue.id)
        if request.accept_mimetypes.best == "application/json":
            return _etat()
        return redirect(url_for("MonCompte.index"))


def _etat() -> Response:
    return jsonify(
        reste=g.session_lue.reste,
        total=g.session_lue.reste_total,
        compte=current_user.id,
        jeton=generate_csrf(),
        cles=brouillons.cles(current_user.id),
    )


@dataclass(frozen=True)
class SessionVue:
    """One of the person's open sessions, as they recognise it."""

    numero: int
    ici: bool
    ouverte: str
    vue: str
    adresse: str | None
    navigateur: str


@dataclass(frozen=True)
class PageMonCompte:
    """``refus``: part of the page → why its form was refused; ``fait``: what has just been done."""

    compte: Compte
    sessions: list[SessionVue]
    refus: dict[str, str]
    fait: str | None
    second_facteur_depuis: str | None
    codes: int
    exige: bool
    agenda: str | None
    """The address of the calendar, the once that it is shown."""
    agenda_depuis: str | None

    apparences = APPARENCES
    rythmes = RAPPELS
    jours = JOURS

    @property
    def ecrit(self) -> bool:
        """Whether this installation writes e-mails."""
        return current_app.config["SMTP"] is not None

    @property
    def avec_mot_de_passe(self) -> bool:
        return self.compte.password is not None


def _page(refus: dict[str, str] | None = None, code: int = 200, agenda: str | None = None):
    compte = _compte()
    auth = motdepasse.lire_authentification(compte.id)
    page = PageMonCompte(
        compte,
        [_session_vue(ouverte) for ouverte in sessions.ouvertes(compte.id)],
        refus or {},
        request.args.get("fait"),
        _jour(auth.totp_depuis),
        len(auth.codes_secours),
        second_facteur.exige(compte.id),
        agenda,
        _jour(auth.agenda_depuis),
    )
    return render_template("connexion/mon_compte.html", page=page), code


def _jour(quand: datetime | None) -> str | None:
    return None if quand is None else f"{quand.astimezone(PARIS):%d/%m/%Y}"


def _session_vue(ouverte: SessionOuverte) -> SessionVue:
    return SessionVue(
        ouverte.id,
        ouverte.id == g.session_lue.id,
        moment(ouverte.ouverte_le),
        moment(ouverte.vue_le),
        ouverte.adresse,
        _navigateur(ouverte.agent),
    )


def _compte() -> Compte:
    return db.session.get(Compte, current_user.id)


def _confirmer(champ: str) -> tuple[dict[str, str] | None, int]:
    """Ask for the password again before what matters; counted like a sign-in.

    Without a password there is none to ask.
    """
    compte = _compte()
    if compte.password is None:
        return None, 200
    with acces.acteur(acces.CONNEXION):
        essai = verrouillage.essayer(compte.username, compte.id)
        if essai.attente:
            return {champ: "Trop d’essais. Attendez quelques minutes."}, 429
        if motdepasse.verifier(
            compte.password, request.form.get(champ, "")[: motdepasse.MAXIMUM + 1]
        ):
            essai.reussi()
            db.session.commit()
            return None, 200
    journal.consigner(
        "connexion_refusee", table="ab_user", cle=compte.id, detail={"raison": "confirmation"}
    )
    db.session.commit()
    return {champ: INCORRECT}, 400


def _rouvrir(compte: Compte, *, session_prouvee: bool) -> None:
    """A new session in this browser in place of the one that has just been ended."""
    numero = compte.id
    db.session.flush()
    with acces.acteur(acces.CONNEXION):
        sessions.ouvrir(
            db.session.get(Compte, numero), attente.MOT_DE_PASSE, second_facteur=session_prouvee
        )


def _navigateur(agent: str | None) -> str:
    """What the person recognises: « Firefox sous Windows »."""
    programme = _reconnu(agent, _PROGRAMMES)
    systeme = _reconnu(agent, _SYSTEMES)
    if programme is None:
        programme = "Navigateur inconnu"
    if systeme is None:
        return programme
    return f"{programme} sous {systeme}"


def _reconnu(agent: str | None, signes: tuple[tuple[str, str], ...]) -> str | None:
    return next((nom for signe, nom in signes if signe in (agent or "")), None)


_PROGRAMMES = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMES = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
