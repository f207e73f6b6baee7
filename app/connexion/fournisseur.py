"""What is said to the OpenID Connect provider: the code flow, with state, nonce and PKCE."""

from collections.abc import Mapping

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app, session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException
from werkzeug.wrappers import Response

from app import horloge

from .oidc import FournisseurInjoignable, Identite, IdentiteRefusee

NOM = "oidc"
SIGNATURES = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Signed with the provider's private key: never « none », never a secret that we also hold."""
DELAI = 10
TOLERANCE = 120
"""Seconds by which the provider's clock may differ from the base's."""


class SessionDuFournisseur(OAuth2Session):
    """The provider is where the settings say: it does not send us elsewhere."""

    def __init__(self, *arguments, **reglages):
        super().__init__(*arguments, **reglages)
        self.max_redirects = 0


class ConnexionAuFournisseur(FlaskOAuth2App):
    client_cls = SessionDuFournisseur


def declarer(app: Flask) -> None:
    reglages = app.config["OIDC"]
    parametres = None
    if reglages["acr"]:
        parametres = {"acr_values": reglages["acr"]}
    oauth = OAuth(app)
    oauth.register(
        NOM,
        client_cls=ConnexionAuFournisseur,
        client_id=reglages["client_id"],
        client_secret=reglages["client_secret"],
        server_metadata_url=f"{reglages['issuer'].rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": reglages["scopes"],
            "code_challenge_method": "S256",
            "default_timeout": DELAI,
        },
        authorize_params=parametres,
    )


def partir(retour: str) -> Response:
    """Send the browser to the provider; one departure at a time is kept in the cookie."""
    for cle in [c for c in session if c.startswith(f"_state_{NOM}_")]:
        session.pop(cle)
    _annonce()
    return _client().authorize_redirect(retour)


def revenir() -> Identite:
    """Who comes back from the provider.

    Everything is checked: state, code, signature, issuer, audience, nonce, age.
    """
    reglages = current_app.config["OIDC"]
    jeton, declare = _recevoir(reglages)
    acr = declare.get("acr")
    if reglages["acr"] and acr not in reglages["acr"].split():
        raise IdentiteRefusee(f"acr {acr}")
    return Identite(
        reglages["issuer"],
        str(declare["sub"])[:300],
        _courriel(declare, reglages),
        acr in reglages["acr_forts"].split(),
        jeton["id_token"],
    )


def _recevoir(reglages: Mapping) -> tuple[dict, dict]:
    """The token and the claims.

    Those of the id_token, and of ``userinfo`` if they lack the address.
    """
    annonce = _annonce()
    exigences = {
        "iss": {"essential": True, "values": [reglages["issuer"]]},
        "aud": {"essential": True, "values": [reglages["client_id"]]},
        "nonce": {"essential": True},
    }
    try:
        # The provider's clock is on time; that of this machine may not be.
        jeton = _client().authorize_access_token(
            claims_options=exigences, leeway=TOLERANCE + horloge.ecart()
        )
        declare = jeton.get("userinfo")
        if not declare:
            raise IdentiteRefusee("no id_token")
        if reglages["claim"] not in declare and annonce.get("userinfo_endpoint"):
            declare = {**declare, **_complement(annonce, jeton, declare["sub"])}
    except (OAuthError, JoseError, KeyError, ValueError) as erreur:
        raise IdentiteRefusee(str(erreur)) from erreur
    except RequestException as erreur:
        raise FournisseurInjoignable(str(erreur)) from erreur
    return jeton, declare


def _courriel(declare: Mapping, reglages: Mapping) -> str | None:
    """The address, when the provider has verified it, or verifies all of them (settings)."""
    courriel = declare.get(reglages["claim"])
    verifie = declare.get("email_verified")
    if verifie is None:
        verifie = reglages["courriel_sur"]
    if isinstance(courriel, str) and verifie is True:
        return courriel
    return None


def adresse_de_sortie(jeton: str, retour: str) -> str | None:
    """Where to sign out of the provider as well; None when it offers no such page, or is away."""
    try:
        annonce = _annonce()
    except FournisseurInjoignable:
        return None
    if "end_session_endpoint" not in annonce:
        return None
    return _client().create_logout_url(
        post_logout_redirect_uri=retour,
        id_token_hint=jeton,
        client_id=current_app.config["OIDC"]["client_id"],
    )["url"]


def _annonce() -> dict:
    """What the provider says of itself, read at the first need."""
    try:
        annonce = _client().load_server_metadata()
    except (RequestException, ValueError) as erreur:
        raise FournisseurInjoignable(str(erreur)) from erreur
    if annonce.get("issuer") != current_app.config["OIDC"]["issuer"]:
        raise FournisseurInjoignable(f"the provider calls itself {annonce.get('issuer')}")
    annonce["id_token_signing_alg_values_supported"] = list(SIGNATURES)
    return annonce


def _complement(annonce: Mapping, jeton: dict, sujet: str) -> dict:
    """What the id_token does not say; ProConnect signs this answer, Keycloak does not."""
    reponse = _client().get(annonce["userinfo_endpoint"], token=jeton)
    reponse.raise_for_status()
    if reponse.headers.get("Content-Type", "").startswith("application/jwt"):
        cles = KeySet.import_key_set(_client().fetch_jwk_set())
        dit = jwt.decode(
            reponse.text, cles, registry=JWSRegistry(algorithms=list(SIGNATURES))
        ).claims
        if dit.get("iss", annonce["issuer"]) != annonce["issuer"]:
            raise IdentiteRefusee("userinfo from another issuer")
    else:
        dit = reponse.json()
    if dit.get("sub") != sujet:
        raise IdentiteRefusee("userinfo of someone else")
    return {cle: valeur for cle, valeur in dit.items() if cle not in ("iss", "aud", "acr", "nonce")}


def _client():
    return current_app.extensions["authlib.integrations.flask_client"].create_client(NOM)
