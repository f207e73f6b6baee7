"""Sign in, for the tests: by the form like a person (``se_connecter``), or at once
(``ouvrir_session``, ``temoin``)."""

import html
import json
import re
import time
from contextlib import contextmanager

import lxml.html
import pyotp
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import text

from app import acces
from app.connexion import motdepasse, sessions
from app.extensions import db
from app.models import Compte
from tests.factories import MOT_DE_PASSE

NEUF = "trois pommes sur le buffet"
REFUS = "Identifiant ou mot de passe incorrect, ou compte fermé."


class Base:
    """The base, outside any request: each order in a transaction of its own."""

    def __init__(self, app):
        self.app = app

    @contextmanager
    def ouverte(self, acteur=acces.TOUS):
        with self.app.app_context(), acces.acteur(acteur, canal="essai"):
            yield db.session
            db.session.commit()

    def __call__(self, ordre: str, acteur: str | int = acces.TOUS, **valeurs) -> list:
        with self.ouverte(acteur) as session:
            rendu = session.execute(text(ordre), valeurs)
            return rendu.all() if rendu.returns_rows else []

    def nombre(self, ordre: str, acteur: str | int = acces.TOUS, **valeurs) -> int:
        return self(ordre, acteur, **valeurs)[0][0]

    def journal(self, operation: str) -> list:
        return self(
            "select acteur, login, cle, adresse, detail, table_nom from journal where operation"
            " = :o order by id",
            o=operation,
        )

    def tout_le_journal(self) -> str:
        return json.dumps([ligne[0] for ligne in self("select to_jsonb(journal) from journal")])

    def oublier_les_essais(self) -> None:
        self("delete from tentative", acces.CONNEXION)


def jeton(client: FlaskClient, adresse: str = "/login/") -> str:
    """The anti-forgery token of a page."""
    return re.search(
        r'name="csrf(?:_token)?" (?:value|content)="([^"]+)"', client.get(adresse).text
    )[1]


def poster(
    client: FlaskClient,
    adresse: str,
    champs: dict | None = None,
    *,
    page: str | None = None,
    **options,
):
    """Send a form with the token of the page where it stands."""
    return client.post(
        adresse, data={"csrf_token": jeton(client, page or adresse), **(champs or {})}, **options
    )


def champs(page: str) -> dict:
    """What the browser would send of the form of a page, as it stands; several ticked boxes are a
    list."""
    trouves: dict = {}
    for nom, valeur in lxml.html.fromstring(page).get_element_by_id("saisie").form_values():
        if valeur == "on":  # what lxml says of a radio button whose value is empty
            valeur = ""
        trouves.setdefault(nom, []).append(valeur)
    return {nom: lues[0] if len(lues) == 1 else lues for nom, lues in trouves.items()}


def sans_hasard(page: str) -> str:
    """A page without what two readings of it never share: references, tokens, seconds left."""
    return re.sub(r'(éférence : |value="|content="|data-reste="|data-total=")[\w.-]+', "", page)


def se_connecter(
    client: FlaskClient, login: str, mot_de_passe: str = MOT_DE_PASSE, suite: str = "", **options
):
    """Fill in the login form."""
    adresse = f"/login/?next={suite}" if suite else "/login/"
    return poster(
        client, adresse, {"username": login, "password": mot_de_passe}, page="/login/", **options
    )


def poser_second_facteur(
    client: FlaskClient, page: str = "/login/second-facteur", **champs
) -> tuple[str, list[str]]:
    """Go through the page that sets a second factor; return the secret and the recovery codes."""
    texte = html.unescape(client.get(page).text)
    secret = "".join(re.search(r'class="cle">([A-Z2-7 ]+)<', texte)[1].split())
    rendu = poster(client, page, {"code": pyotp.TOTP(secret).now(), **champs})
    assert rendu.status_code == 200, rendu.text
    return secret, re.findall(r"<li><code>([a-z0-9-]+)</code>", rendu.text)


def code(secret: str, pas: int = 0) -> str:
    """The digits of now, or of the steps before or after."""
    return pyotp.TOTP(secret).at(time.time() + 30 * pas)


def temoin(app: Flask, compte_id: int, *, second_facteur: bool = True) -> dict:
    """What the cookie of a session of this account holds."""
    with app.test_request_context(), acces.acteur(acces.CONNEXION, canal="essai"):
        sessions.ouvrir(
            db.session.get(Compte, compte_id), "mot_de_passe", second_facteur=second_facteur
        )
        return dict(session)


def ouvrir_session(
    client: FlaskClient, compte_id: int, *, second_facteur: bool = True
) -> FlaskClient:
    """This client is signed in, without going through the form."""
    contenu = temoin(client.application, compte_id, second_facteur=second_facteur)
    with client.session_transaction() as ouverte:
        ouverte.clear()
        ouverte.update(contenu)
    return client


def ouvrir(app: Flask, adresse: str, en_tant_que: int, **options):
    """The answer to someone, known by the number of their account, who opens a page."""
    return ouvrir_session(app.test_client(), en_tant_que).get(adresse, **options)


def cookie(app: Flask, compte_id: int) -> dict:
    """The same for a browser of Playwright, without its address:
    ``contexte.add_cookies([{**cookie(…), "url": serveur}])``."""
    valeur = app.session_interface.get_signing_serializer(app).dumps(temoin(app, compte_id))
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": valeur}


def entre(client) -> bool:
    """Whether this browser is signed in."""
    reponse = client.get("/")
    assert reponse.status_code in (200, 302), reponse.text
    return reponse.status_code == 200


def mot_de_passe_de(base, compte) -> str:
    return base("select password from ab_user where id = :c", c=compte.id)[0].password


def remettre(base, compte) -> str:
    """What an administrator does: a temporary password."""
    with base.ouverte() as session:
        return motdepasse.poser_temporaire(session.get(Compte, compte.id))
