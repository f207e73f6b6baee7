"""Sessions kept in the base: what ends one ends every copy of its cookie, at the very next request.

The cookie holds a random token, the base its hash: neither a backup nor the base itself opens a
session.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Request, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import login_user
from itsdangerous import BadData, BadSignature, URLSafeTimedSerializer
from sqlalchemy import Boolean, Integer, String, column, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import make_transient_to_detached

from app import acces
from app.extensions import db
from app.liaison import PREPAREE
from app.models import Compte, SessionOuverte
from app.models.agent import AgentDuCompte
from app.secret import chiffrer, cle_secrete

from . import verrouillage


class SansHorloge(SecureCookieSessionInterface):
    """The cookie is signed, its age is not looked at: the base alone says what a session is worth.

    Flask compares the moment of the signature with the clock of the machine that reads it: behind
    two machines whose clocks differ, or after a clock stepped back, everybody would be signed out.
    """

    _signature: URLSafeTimedSerializer | None = None
    _cles: object = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Every request asks for it: made again only when the keys change."""
        cles = (app.secret_key, app.config["SECRET_KEY_FALLBACKS"])
        if self._cles != cles:
            self._signature = super().get_signing_serializer(app)
            self._cles = cles
        return self._signature

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        signature = self.get_signing_serializer(app)
        if signature is None:
            return None
        try:
            return self.session_class(signature.loads(request.cookies[self.get_cookie_name(app)]))
        except (KeyError, BadSignature):
            return self.session_class()


CLE = "sid"
_COMPTE = Compte.__table__.columns
_OUVRIR = (
    text(
        "select o.session_id, o.second_facteur, o.exige, o.preuve_recente, o.a_marquer, o.reste,"
        " o.reste_total, o.habilitations, o.agent_id, o.a_des_jeunes,"
        " o.version_des_listes, o.version_des_agents, o.version_des_papiers,"
        f" {', '.join(f'c.{colonne.name}' for colonne in _COMPTE)}"
        " from acces.ouvrir_requete(:empreinte, :inactivite, :duree, :canal, :adresse, :requete,"
        " :statement_timeout, :lock_timeout, :pour_lire, :preuve) o,"
        " jsonb_populate_record(null::ab_user, o.compte) c"
    )
    .columns(
        column("session_id", Integer),
        column("second_facteur", Boolean),
        column("exige", Boolean),
        column("preuve_recente", Boolean),
        column("a_marquer", Boolean),
        column("reste", Integer),
        column("reste_total", Integer),
        column("habilitations", JSONB),
        column("agent_id", Integer),
        column("a_des_jeunes", Boolean),
        column("version_des_listes", String),
        column("version_des_agents", String),
        column("version_des_papiers", String),
        *_COMPTE,
    )
    .execution_options(**PREPAREE)
)
PREUVE = timedelta(minutes=10)
"""How long a sign-in, or a proof given since, is recent."""
SANS_ACTIVITE = {"MonCompte.etat"}
"""Routes that a page asks by itself: they do not keep the session alive."""


@dataclass(frozen=True)
class Session:
    """The session of the request; ``reste``, ``reste_total``: the seconds before it closes."""

    id: int
    compte: Compte
    compte_id: int
    second_facteur: bool
    exige: bool
    """The roles ask for a second factor, which was not given."""
    preuve_recente: bool
    """The person proved who they are within ``PREUVE``."""
    reste: int
    reste_total: int

    @property
    def second_facteur_manque(self) -> bool:
        return self.exige and current_app.config["SECOND_FACTEUR_EXIGE"]


def lire_session() -> Session | None:
    """The session behind the cookie of this request, if it still holds; its account then acts.

    Its use is written once a minute at most.
    """
    token = session.get(CLE)
    if not isinstance(token, str):
        return None
    pour_lire = current_app.config["SECOND_FACTEUR_POUR_LIRE"]
    voulu = {"empreinte": _hash(token), "pour_lire": pour_lire, "preuve": PREUVE}
    ligne = acces.commencer(_OUVRIR, **voulu, **_limites())
    if ligne is None:
        return None
    # The account as it was when the request began: no commit nor rollback makes it read again.
    compte = Compte()
    compte.__dict__.update(zip(_COMPTE.keys(), ligne[-len(_COMPTE) :], strict=True))
    make_transient_to_detached(compte)
    acces.reconnaitre(compte.id, ligne.habilitations)
    reste = ligne.reste
    if request.endpoint not in SANS_ACTIVITE:
        reste = int(_limites()["inactivite"].total_seconds())
        if ligne.a_marquer:
            marquer(ligne.session_id)
    g.version_des_listes = ligne.version_des_listes
    g.version_des_agents = ligne.version_des_agents
    g.version_des_papiers = ligne.version_des_papiers
    g.mon_agent = None
    if ligne.agent_id is not None:
        g.mon_agent = AgentDuCompte(ligne.agent_id, ligne.a_des_jeunes)
    return Session(
        ligne.session_id,
        compte,
        compte.id,
        ligne.second_facteur,
        ligne.exige,
        ligne.preuve_recente,
        min(reste, ligne.reste_total),
        ligne.reste_total,
    )


def marquer(numero: int) -> None:
    """The person is active now. Committed at once: a page that only reads keeps nothing else."""
    with acces.acteur(acces.CONNEXION):
        db.session.execute(
            update(SessionOuverte).where(SessionOuverte.id == numero).values(vue_le=func.now())
        )
        db.session.commit()


def ouvrir(
    compte: Compte, moyen: str, *, second_facteur: bool, jeton_oidc: str | None = None
) -> None:
    """A new session for this account in this browser, in place of the one that it had here.

    Those of the account that ran out are closed. The caller acts as ``connexion``; what it wrote is
    committed with the session.
    """
    terminer_la_mienne("remplacee")
    limites = _limites()
    perimee = or_(
        SessionOuverte.vue_le <= func.now() - limites["inactivite"],
        SessionOuverte.ouverte_le <= func.now() - limites["duree"],
    )
    _terminer("expiree", SessionOuverte.compte_id == compte.id, perimee)
    token = secrets.token_urlsafe(32)
    jeton = None
    if jeton_oidc:
        jeton = chiffrer(jeton_oidc)
    db.session.add(
        SessionOuverte(
            empreinte=_hash(token),
            compte_id=compte.id,
            moyen=moyen,
            second_facteur=second_facteur,
            adresse=request.remote_addr,
            machine_nouvelle=compte.id not in verrouillage.lire_poste()["comptes"],
            agent=request.user_agent.string[:300].replace("\0", ""),
            jeton_oidc=jeton,
        )
    )
    db.session.commit()
    session.clear()
    session[CLE] = token
    # Flask-WTF signs it in each form: a form says for whom its page was made, session or not.
    session["csrf_token"] = f"{compte.id}.{secrets.token_hex(20)}"
    login_user(compte)


def auteur_du_formulaire() -> int | None:
    """The account for which the page of the form that is sent was made, as its token says.

    None for a token that Tandem has not signed, and for that of a page of nobody.
    """
    signature = URLSafeTimedSerializer(cle_secrete(), salt="wtf-csrf-token")
    try:
        signe = signature.loads(request.form.get("csrf_token", ""))
    except BadData:
        return None
    numero, point, _ = str(signe).partition(".")
    if not point or not numero.isdecimal():
        return None
    return int(numero)


def terminer_la_mienne(fin: str) -> None:
    token = session.get(CLE)
    if isinstance(token, str):
        _terminer(fin, SessionOuverte.empreinte == _hash(token))


def terminer(compte_id: int, fin: str, numero: int | None = None) -> int:
    """End one session of this account, or all; return how many were open."""
    conditions = [SessionOuverte.compte_id == compte_id]
    if numero is not None:
        conditions.append(SessionOuverte.id == numero)
    return _terminer(fin, *conditions)


def ouvertes(compte_id: int) -> list[SessionOuverte]:
    """The sessions of this account that still hold, the one seen last first."""
    limites = _limites()
    return list(
        db.session.scalars(
            select(SessionOuverte)
            .where(
                SessionOuverte.compte_id == compte_id,
                SessionOuverte.finie_le.is_(None),
                SessionOuverte.vue_le > func.now() - limites["inactivite"],
                SessionOuverte.ouverte_le > func.now() - limites["duree"],
            )
            .order_by(SessionOuverte.vue_le.desc(), SessionOuverte.id)
        )
    )


def _terminer(fin: str, *conditions) -> int:
    ordre = (
        update(SessionOuverte)
        .where(SessionOuverte.finie_le.is_(None), *conditions)
        .values(finie_le=func.now(), fin=fin)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(ordre).rowcount


def _limites() -> dict:
    return {
        "inactivite": current_app.config["SESSION_INACTIVITE"],
        "duree": current_app.config["SESSION_DUREE"],
    }


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
