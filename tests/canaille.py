"""Canaille (canaille.readthedocs.io), an OpenID Connect provider that is not ours, run as its
documentation says.

It has an environment of its own (requirements-oidc.txt), its base on sqlite, its keys, its people;
nothing leaves the machine.
"""

import json
import secrets
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from config import RACINE

PYTHON = Path(sys.prefix) / "canaille" / "bin" / "python"
NOM, CLIENT, SECRET = "Annuaire des essais", "tandem", "secret-du-client-des-essais"
MOT_DE_PASSE = "quatre moineaux sur le toit"


def courriel(prenom: str) -> str:
    return f"{prenom}.fictive@example.org"


@contextmanager
def servir(port: int, dossier: Path, application: str, prenoms: list[str]):
    """Serve on this port these people and one client, the application at this address."""
    if not PYTHON.exists():
        pytest.fail(
            f"{PYTHON} is missing: run « make test » once, it installs the provider of the tests"
        )
    cle = RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)
    reglages = {
        "PYTHONPATH": str(RACINE / "tests" / "boucle_locale"),
        "PYTHONUTF8": "1",
        "SECRET_KEY": secrets.token_hex(32),
        "SERVER_NAME": f"localhost:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE__NAME": NOM,
        "CANAILLE__SMTP": "null",
        "CANAILLE_SQL__DATABASE_URI": f"sqlite:///{dossier / 'annuaire.sqlite'}",
        "CANAILLE_OIDC__ACTIVE_JWKS": json.dumps([cle]),
        "CANAILLE_OIDC__TRUSTED_DOMAINS": "",  # else consent is not asked on the loopback
    }
    numero = str(uuid.uuid4())
    contenu = {
        "user": [
            {
                "id": str(uuid.uuid4()),
                "user_name": prenom,
                "formatted_name": f"{prenom.capitalize()} Fictive",
                "family_name": "Fictive",
                "emails": [courriel(prenom)],
                "password": MOT_DE_PASSE,
            }
            for prenom in prenoms
        ],
        "client": [
            {
                "id": numero,
                "client_id": CLIENT,
                "client_secret": SECRET,
                "client_name": "Tandem",
                "audience": [numero],
                "redirect_uris": [f"{application}/login/fournisseur/retour"],
                "scope": ["openid", "email"],
                "post_logout_redirect_uris": [f"{application}/login/"],
                "grant_types": ["authorization_code"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
            }
        ],
    }
    commande, options = [PYTHON, "-m", "canaille.commands"], {"env": reglages, "cwd": dossier}
    trace = dossier / "canaille.log"
    with trace.open("w") as sortie:
        options |= {"stdout": sortie, "stderr": subprocess.STDOUT}
        subprocess.run([*commande, "install"], check=True, stdin=subprocess.DEVNULL, **options)
        subprocess.run(
            [*commande, "restore"], check=True, input=json.dumps(contenu).encode(), **options
        )
        with subprocess.Popen(
            [*commande, "run", "--bind", f"127.0.0.1:{port}", "--workers", "0"],
            stdin=subprocess.DEVNULL,
            **options,
        ) as processus:
            try:
                yield processus
            finally:
                processus.terminate()
    assert "outside the machine" not in trace.read_text()
