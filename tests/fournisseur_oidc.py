"""A small OpenID Connect provider on the loopback, for the tests: Authlib's server side, over HTTP,
keys of its own.

It requires the client's secret and PKCE, refuses a code used twice, and can be told to answer badly
(``fautes``).
"""

import base64
import json
import threading
import time
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "tandem", "secret-du-client-des-essais"


@dataclass
class Personne:
    sub: str
    revendications: dict = field(default_factory=dict)

    def get_user_id(self):
        return self.sub


class Client(ClientMixin):
    client_id = CLIENT

    def __init__(self, fournisseur):
        self.fournisseur = fournisseur

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.fournisseur.retours

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    personne: Personne
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return int(time.time())

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Jeton:
    personne: Personne
    scope: str

    def is_expired(self):
        return False

    def is_revoked(self):
        return False

    def get_scope(self):
        return self.scope


class Fournisseur:
    """``personne`` is who signs in there; ``dans_le_jeton``: e-mail in the id_token, else only at
    userinfo."""

    def __init__(self):
        self.cle, self.autre_cle = (
            RSAKey.generate_key(2048, auto_kid=True),
            RSAKey.generate_key(2048, auto_kid=True),
        )
        self.retours: set[str] = set()
        self.personne = Personne("1")
        self.dans_le_jeton, self.userinfo_signe, self.acr = True, False, None
        self.fautes: dict = {}
        self.mauvaise_cle = self.autre_sujet_au_userinfo = False
        self.codes: dict[str, Code] = {}
        self.jetons: dict[str, Jeton] = {}
        self.sorties: list[dict] = []
        self.demandes: list[dict] = []
        self.serveur = make_server("127.0.0.1", 0, self._application(), threaded=True)
        self.adresse = f"http://127.0.0.1:{self.serveur.server_port}"
        self.fil = threading.Thread(target=self.serveur.serve_forever, daemon=True)
        self.fil.start()

    @property
    def reglages(self) -> dict[str, str]:
        """The settings that tie an application to it."""
        return {
            "TANDEM_OIDC_ISSUER": self.adresse,
            "TANDEM_OIDC_CLIENT_ID": CLIENT,
            "TANDEM_OIDC_CLIENT_SECRET": SECRET,
        }

    def arreter(self):
        self.serveur.shutdown()
        self.serveur.server_close()
        self.fil.join()

    def revendications(self, personne: Personne) -> dict:
        return {"sub": personne.sub, **personne.revendications}

    def _code_avec_pkce(self) -> type:
        """The grant of a code that its browser alone can use."""
        ici = self

        class CodeAvecPkce(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

            def save_authorization_code(self, code, request):
                donnees = request.payload.data
                ici.codes[code] = Code(
                    code,
                    request.user,
                    request.payload.redirect_uri,
                    request.payload.scope,
                    donnees.get("nonce"),
                    donnees.get("code_challenge"),
                    donnees.get("code_challenge_method"),
                )

            def query_authorization_code(self, code, client):
                return ici.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                del ici.codes[authorization_code.code]

            def authenticate_user(self, authorization_code):
                return authorization_code.personne

        return CodeAvecPkce

    def _application(self) -> Flask:
        ici = self
        app = Flask("fournisseur")

        class Identite(OpenIDCode):
            def exists_nonce(self, nonce, request):
                return False

            def get_client_algorithm(self, client):
                return "RS256"

            def get_encode_header(self, client):
                cle = ici.autre_cle if ici.mauvaise_cle else ici.cle
                return {"alg": "RS256", "kid": ici.cle.kid if ici.mauvaise_cle else cle.kid}

            def resolve_client_private_key(self, client):
                return ici.autre_cle if ici.mauvaise_cle else ici.cle

            def get_compatible_claims(self, request):
                maintenant = int(time.time())
                return {
                    "iss": ici.adresse,
                    "aud": [CLIENT],
                    "iat": maintenant,
                    "exp": maintenant + 300,
                }

            def generate_user_info(self, user, scope):
                dit = ici.revendications(user) if ici.dans_le_jeton else {"sub": user.sub}
                return UserInfo(dit | ({"acr": ici.acr} if ici.acr else {}) | ici.fautes)

        class Porteur(BearerTokenValidator):
            def authenticate_token(self, token_string):
                return ici.jetons.get(token_string)

        def garder(token, request):
            ici.jetons[token["access_token"]] = Jeton(request.user, token["scope"])

        serveur = AuthorizationServer(
            app, lambda client_id: Client(ici) if client_id == CLIENT else None, garder
        )
        serveur.register_grant(
            self._code_avec_pkce(), [Identite(require_nonce=True), CodeChallenge(required=True)]
        )
        proteger = ResourceProtector()
        proteger.register_token_validator(Porteur())
        self._annoncer(app)
        self._repondre(app, serveur, proteger)
        return app

    def _annoncer(self, app: Flask) -> None:
        """What a client reads first: the addresses and the public keys."""
        ici = self

        @app.get("/.well-known/openid-configuration")
        def annonce():
            return jsonify(
                issuer=ici.adresse,
                authorization_endpoint=f"{ici.adresse}/autoriser",
                token_endpoint=f"{ici.adresse}/jeton",
                userinfo_endpoint=f"{ici.adresse}/userinfo",
                jwks_uri=f"{ici.adresse}/cles",
                end_session_endpoint=f"{ici.adresse}/sortie",
                id_token_signing_alg_values_supported=["RS256", "none"],
                code_challenge_methods_supported=["S256"],
            )

        @app.get("/cles")
        def cles():
            return jsonify(KeySet([ici.cle]).as_dict(private=False))

    def _repondre(
        self, app: Flask, serveur: AuthorizationServer, proteger: ResourceProtector
    ) -> None:
        """The way of the code, from the consent to the exit."""
        ici = self

        @app.get("/autoriser")
        def autoriser():
            ici.demandes.append(request.args.to_dict())
            try:
                grant = serveur.get_consent_grant(end_user=ici.personne)
            except OAuth2Error as erreur:
                return jsonify(dict(erreur.get_body())), 400
            return serveur.create_authorization_response(grant=grant, grant_user=ici.personne)

        @app.post("/jeton")
        def jeton():
            reponse = serveur.create_token_response()
            if ici.fautes.get("alg") == "none" and reponse.status_code == 200:
                corps = json.loads(reponse.get_data())
                milieu = corps["id_token"].split(".")[1]
                entete = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
                reponse.set_data(json.dumps(corps | {"id_token": f"{entete}.{milieu}."}))
            return reponse

        @app.get("/userinfo")
        def userinfo():
            jeton = proteger.acquire_token("openid")
            dit = ici.revendications(jeton.personne) | (
                {"sub": "autre"} if ici.autre_sujet_au_userinfo else {}
            )
            if ici.userinfo_signe:
                cle = ici.autre_cle if ici.mauvaise_cle else ici.cle
                dit |= {"iss": ici.adresse, "aud": CLIENT, "exp": int(time.time()) + 60}
                return Response(
                    jwt.encode({"alg": "RS256", "kid": ici.cle.kid}, dit, cle),
                    mimetype="application/jwt",
                )
            return jsonify(dit)

        @app.get("/sortie")
        def sortie():
            indice = jwt.decode(request.args["id_token_hint"], KeySet([ici.cle])).claims
            ici.sorties.append(
                {"sub": indice["sub"], "retour": request.args["post_logout_redirect_uri"]}
            )
            return redirect(request.args["post_logout_redirect_uri"])
