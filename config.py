"""Settings, read from the environment once at start-up; dangerous ones are refused in production.

The table of variables for people who install the application is in ``docs/exploitation.md``.
"""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

Environnement = Mapping[str, str]

RACINE = Path(__file__).resolve().parent
A_LA_DEMANDE = sys.maxsize
"""Statements prepared only when they ask to be: no statement is executed as many times."""
ENVIRONNEMENTS = ("demonstration", "production", "test")
SECRETS_CONNUS = (
    "secret",
    "changeme",
    "change-me",
    "changez",
    "tandem",
    "password",
    "motdepasse",
    "0123456789",
)
SUFFIXES_PUBLICS = ("gouv.fr", "asso.fr", "com.fr", "nom.fr", "prd.fr", "tm.fr", "co.uk")
"""Two labels under which anybody may have a name; of one label, all are."""
SECRET_DEVINABLE = 4
"""The score of zxcvbn, out of four, under which a secret is refused in production."""
HOTES_LOCAUX = ("127.0.0.1", "localhost", "[::1]")
TOUTES_INTERFACES = ("0.0.0.0", "::")  # noqa: S104 (recognised, not bound)


class ReglageRefuse(click.ClickException):
    """A setting the application refuses to start with; the message tells the remedy."""

    exit_code = 2

    def show(self, file=None) -> None:
        click.echo(f"Réglage refusé : {self.format_message()}", err=True)


def lire_reglages(environ: Environnement | None = None) -> dict:
    """Flask's configuration from the environment.

    Without DATABASE_URL, the two addresses of the base stay None: ``create_app`` then starts the
    embedded PostgreSQL, which gives them.
    """
    environ = os.environ if environ is None else environ
    nature = environ.get("TANDEM_ENV") or "demonstration"
    if nature not in ENVIRONNEMENTS:
        raise ReglageRefuse(
            f"TANDEM_ENV vaut « {nature} » ; les valeurs connues sont : "
            f"{', '.join(ENVIRONNEMENTS)}."
        )
    production = nature == "production"
    instance = Path(environ.get("TANDEM_INSTANCE") or RACINE / "instance").expanduser().resolve()
    return {
        "TANDEM_ENV": nature,
        "ENV_DONNE": bool(environ.get("TANDEM_ENV")),
        "TANDEM_INSTANCE": instance,
        "DOSSIER_MIGRATIONS": RACINE / "migrations",
        "TANDEM_DEPARTEMENT": Path(
            environ.get("TANDEM_DEPARTEMENT") or RACINE / "app" / "donnees" / "pas-de-calais"
        ).expanduser(),
        "TANDEM_PROXYS": _entier(environ, "TANDEM_PROXYS", 0, 0, 5),
        "SECRET_KEY": _secret(environ, instance, production),
        "ANCIENNES_CLES": tuple((environ.get("TANDEM_ANCIENNES_CLES") or "").split()),
        "TRUSTED_HOSTS": _hotes(environ, production),
        "MOT_DE_PASSE_TEMPORAIRE_JOURS": _entier(environ, "TANDEM_MOT_DE_PASSE_JOURS", 7, 1, 30),
        "OIDC": _fournisseur(environ, production),
        "SMTP": _courriel(environ, production),
        **_reglages_de_la_base(environ, production),
        **_reglages_des_sauvegardes(environ),
        "REPERES": _reperes(environ, instance),
        **_ancres(environ),
        **_reglages_de_session(nature),
        **LIMITES_DES_IMPORTS,
        **LANGUE,
        **FLASK_APPBUILDER,
    }


LIMITES_DES_IMPORTS = {
    # What the screen and the command line accept (classeur de reprise).
    "IMPORT_OCTETS_ECRAN": 20_000_000,
    "IMPORT_OCTETS_COMMANDE": 200_000_000,
    "IMPORT_CASES_ECRAN": 8_000_000,  # about 600 MB while a sheet is read
    "IMPORT_LIGNES": 1_000_000,
    "IMPORT_COLONNES": 60,
    "MAX_CONTENT_LENGTH": 21_000_000,
}
LANGUE = {
    "BABEL_DEFAULT_LOCALE": "fr",
    "BABEL_DEFAULT_TIMEZONE": "Europe/Paris",
    "LANGUAGES": {"fr": {"flag": "fr", "name": "Français"}},
}
FLASK_APPBUILDER = {
    # Its generic security screens and its API stay closed; rights come from habilitations.
    # FAB_SAFE_REDIRECT_HOSTS stays unset on purpose: then only the current host, which
    # TRUSTED_HOSTS checks.
    "APP_NAME": "Tandem",
    "AUTH_USER_REGISTRATION": False,
    # Attempts are counted in the base, for all workers (app/connexion/verrouillage.py).
    "AUTH_RATE_LIMITED": False,
    "RATELIMIT_ENABLED": False,
    "FAB_PASSWORD_COMPLEXITY_ENABLED": True,
    "FAB_UPDATE_PERMS": False,
    "FAB_ADD_SECURITY_API": False,
    "FAB_API_SWAGGER_UI": False,
    "FAB_ADD_OPENAPI_VIEWS": False,
    "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
    "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
    "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
}


def _reglages_de_la_base(environ: Environnement, production: bool) -> dict:
    """The two addresses, and what makes a pooler in transaction mode do (PgBouncer).

    No named statement unless none stands between, no start-up parameter that it refuses: the time
    zone is told in each transaction (``acces``).
    """
    application, proprietaire = _adresses_de_la_base(environ)
    if production:
        for nom, adresse in (("DATABASE_URL", application), ("DATABASE_OWNER_URL", proprietaire)):
            if adresse is not None:
                _exiger_une_base_sure(nom, make_url(adresse))
    return {
        "SQLALCHEMY_DATABASE_URI": application,
        "DATABASE_OWNER_URL": proprietaire,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,  # of a statement that fails, the log repeats no value
            "pool_recycle": 1800,
            "query_cache_size": 100,  # statements kept compiled: each weighs tens of kilobytes
            "pool_size": 10,
            "max_overflow": 25,  # a connection for each thread of a process
            "connect_args": {
                "connect_timeout": 5,
                "application_name": "tandem",
                "prepare_threshold": _seuil_de_preparation(environ),
            },
        },
    }


def _seuil_de_preparation(environ: Environnement) -> int | None:
    """After how many times the driver prepares a statement: never (None), as a pooler in
    transaction mode requires; or only those that ask to be (``app/liaison.py``)."""
    sans_reserve = "non" if environ.get("DATABASE_URL") else "oui"
    voulu = environ.get("TANDEM_INSTRUCTIONS_PREPAREES") or sans_reserve
    if voulu not in ("oui", "non"):
        raise ReglageRefuse(
            f"TANDEM_INSTRUCTIONS_PREPAREES vaut « {voulu} » ; il faut « oui » ou « non »."
        )
    return A_LA_DEMANDE if voulu == "oui" else None


def _reglages_des_sauvegardes(environ: Environnement) -> dict:
    """Where backups go, the public key that encrypts them, the file of the private one."""
    return {
        "SAUVEGARDES": _chemin(environ, "TANDEM_SAUVEGARDES"),
        "SAUVEGARDE_CLE": (environ.get("TANDEM_SAUVEGARDE_CLE") or "").strip() or None,
        "SAUVEGARDE_CLE_PRIVEE": _chemin(environ, "TANDEM_SAUVEGARDE_CLE_PRIVEE"),
    }


def _reperes(environ: Environnement, instance: Path) -> Path | None:
    """The folder where the last seal of the audit log is noted outside the base.

    All machines must see the same one; the embedded base serves one machine, and its folder does.
    """
    nomme = _chemin(environ, "TANDEM_REPERES")
    if nomme is not None and not nomme.is_dir():
        raise ReglageRefuse(
            f"TANDEM_REPERES vaut « {nomme} », qui n’est pas un dossier (ou n’est pas monté)."
        )
    if nomme is None and not environ.get("DATABASE_URL"):
        return instance
    return nomme


def _ancres(environ: Environnement) -> dict:
    """Where the last seal of the audit log is handed over each day; nowhere by default."""
    courriel = (environ.get("TANDEM_ANCRE_COURRIEL") or "").strip() or None
    horodatage = (environ.get("TANDEM_ANCRE_HORODATAGE") or "").strip() or None
    autorite = _chemin(environ, "TANDEM_ANCRE_AUTORITE")
    if courriel and not environ.get("TANDEM_SMTP_HOTE"):
        raise ReglageRefuse("TANDEM_ANCRE_COURRIEL est donnée sans TANDEM_SMTP_HOTE.")
    if horodatage and not horodatage.startswith(("https://", "http://")):
        raise ReglageRefuse(
            "TANDEM_ANCRE_HORODATAGE doit être l’adresse d’une autorité d’horodatage (RFC 3161)."
        )
    if horodatage and (autorite is None or not autorite.is_file()):
        raise ReglageRefuse(
            "TANDEM_ANCRE_HORODATAGE est donnée sans TANDEM_ANCRE_AUTORITE, le fichier (PEM) du"
            " certificat de l’autorité."
        )
    return {
        "ANCRE_COURRIEL": courriel,
        "ANCRE_HORODATAGE": horodatage,
        "ANCRE_AUTORITE": autorite,
    }


def _reglages_de_session(nature: str) -> dict:
    """The cookie is signed, not encrypted: nothing personal goes in it.

    What closes a session is in the base (``app/connexion/sessions.py``); the cookie lives as long
    as it may. Roles in more than one MDS need a second factor, and in production every role
    that reads files; a visitor of the demonstration has none.
    """
    return {
        "PREFIXE_DES_COOKIES": _prefixe_des_cookies(nature),
        "SESSION_COOKIE_NAME": f"{_prefixe_des_cookies(nature)}tandem",
        "SESSION_COOKIE_SECURE": nature == "production",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "SESSION_INACTIVITE": timedelta(minutes=30),
        "SESSION_DUREE": timedelta(hours=12),
        "SESSION_AVERTISSEMENT": timedelta(minutes=5),
        "SECOND_FACTEUR_EXIGE": nature != "demonstration",
        "SECOND_FACTEUR_POUR_LIRE": nature == "production",
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _prefixe_des_cookies(nature: str) -> str:
    """« __Host- »: no other site of the same domain may set it, and it never leaves HTTPS."""
    if nature == "production":
        return "__Host-"
    return ""


@dataclass(frozen=True)
class Service:
    """Where to serve, with how many workers; where the metrics are read, with which token."""

    hote: str
    port: int
    processus: int
    metriques: tuple[str, int] | None = None
    metriques_jeton: str = ""

    @property
    def adresse(self) -> str:
        hote = f"[{self.hote}]" if ":" in self.hote else self.hote
        return f"{hote}:{self.port}"


def lire_service(environ: Environnement | None = None) -> Service:
    """Where and with how many workers to serve."""
    environ = os.environ if environ is None else environ
    hote = environ.get("HOST") or "127.0.0.1"
    if (
        environ.get("TANDEM_ENV") == "production"
        and hote in TOUTES_INTERFACES
        and (environ.get("TANDEM_PROXYS") or "0") == "0"
    ):
        raise ReglageRefuse(
            f"en production, HOST={hote} sert sans TLS à tout le réseau : mettez un mandataire"
            " devant (deploiement/nginx.conf) et TANDEM_PROXYS=1, ou HOST=127.0.0.1."
        )
    return Service(
        hote,
        _entier(environ, "PORT", 8080, 1, 65535),
        _entier(environ, "WEB_CONCURRENCY", 2, 1, 64),
        *_metriques(environ),
    )


def journaux_en_json(environ: Environnement | None = None) -> bool:
    """Whether the logs are lines of JSON, for a collector, instead of text for a person."""
    environ = os.environ if environ is None else environ
    forme = environ.get("TANDEM_JOURNAUX") or "texte"
    if forme not in ("texte", "json"):
        raise ReglageRefuse(
            f"TANDEM_JOURNAUX vaut « {forme} » ; les valeurs connues sont : texte, json."
        )
    return forme == "json"


CHIFFREMENTS = {"starttls": 587, "tls": 465, "aucun": 25}
"""How the mail server is spoken to → its usual port."""


@dataclass(frozen=True)
class Smtp:
    """The mail server, who writes, and the address of the service that the e-mails give."""

    hote: str
    port: int
    chiffrement: str
    login: str
    mot_de_passe: str
    expediteur: str
    adresse: str
    autorite: Path | None = None
    """The certificates that are trusted; None: those of the machine."""


def _courriel(environ: Environnement, production: bool) -> Smtp | None:
    """The mail server; None: no e-mail is written."""
    hote = environ.get("TANDEM_SMTP_HOTE") or ""
    if not hote:
        return None
    chiffrement = _chiffrement_du_courriel(environ)
    if production and chiffrement == "aucun" and hote not in HOTES_LOCAUX:
        raise ReglageRefuse(
            "en production, TANDEM_SMTP_TLS ne peut être « aucun » que vers la machine elle-même."
        )
    expediteur = environ.get("TANDEM_SMTP_EXPEDITEUR") or ""
    adresse = (environ.get("TANDEM_ADRESSE") or "").rstrip("/")
    if "@" not in expediteur:
        raise ReglageRefuse(
            "TANDEM_SMTP_HOTE est donnée sans TANDEM_SMTP_EXPEDITEUR, une adresse comme"
            " tandem@exemple.fr."
        )
    if not adresse.startswith(("https://", "http://")):
        raise ReglageRefuse(
            "TANDEM_SMTP_HOTE est donnée sans TANDEM_ADRESSE, l’adresse du service dans les"
            " courriels, comme https://tandem.exemple.fr."
        )
    return Smtp(
        hote,
        _entier(environ, "TANDEM_SMTP_PORT", CHIFFREMENTS[chiffrement], 1, 65535),
        chiffrement,
        environ.get("TANDEM_SMTP_LOGIN") or "",
        environ.get("TANDEM_SMTP_MOT_DE_PASSE") or "",
        expediteur,
        adresse,
        _chemin(environ, "TANDEM_SMTP_AUTORITE"),
    )


def _chiffrement_du_courriel(environ: Environnement) -> str:
    """A key of CHIFFREMENTS; the former name of the setting still counts."""
    dits = {
        nom: dit.strip().lower()
        for nom in ("TANDEM_SMTP_TLS", "TANDEM_SMTP_CHIFFREMENT")
        if (dit := environ.get(nom))
    }
    for nom, dit in dits.items():
        if dit not in CHIFFREMENTS:
            raise ReglageRefuse(
                f"{nom} vaut « {dit} » ; les valeurs connues sont : {', '.join(CHIFFREMENTS)}."
            )
    if len({*dits.values()}) > 1:
        raise ReglageRefuse(
            "TANDEM_SMTP_TLS et TANDEM_SMTP_CHIFFREMENT (son ancien nom) se contredisent : gardez"
            " la première."
        )
    return next(iter(dits.values()), "starttls")


def _metriques(environ: Environnement) -> tuple[tuple[str, int] | None, str]:
    """The address of the metrics and the token that opens them; neither when none is named."""
    brut = environ.get("TANDEM_METRIQUES") or ""
    jeton = environ.get("TANDEM_METRIQUES_JETON") or ""
    if not brut:
        return None, ""
    hote, _, port = brut.rpartition(":")
    if not hote or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ReglageRefuse(
            f"TANDEM_METRIQUES vaut « {brut} » ; il faut une adresse et un port, par exemple : "
            "127.0.0.1:9464."
        )
    if len(jeton) < 16:
        raise ReglageRefuse(
            "TANDEM_METRIQUES est donnée sans TANDEM_METRIQUES_JETON d’au moins 16 caractères."
        )
    if environ.get("TANDEM_ENV") == "production" and _se_devine(jeton):
        raise ReglageRefuse("en production, TANDEM_METRIQUES_JETON ne doit pas pouvoir se deviner.")
    return (hote.strip("[]"), int(port)), jeton


def _chemin(environ: Environnement, nom: str) -> Path | None:
    brut = environ.get(nom)
    return Path(brut).expanduser().resolve() if brut else None


def _entier(environ: Environnement, nom: str, defaut: int, minimum: int, maximum: int) -> int:
    brut = environ.get(nom) or str(defaut)
    if not (brut.isascii() and brut.isdigit() and minimum <= int(brut) <= maximum):
        raise ReglageRefuse(
            f"{nom} vaut « {brut} » ; il faut un nombre entier de {minimum} à {maximum}."
        )
    return int(brut)


def _adresses_de_la_base(environ: Environnement) -> tuple[str | None, str | None]:
    application = _adresse(environ, "DATABASE_URL")
    proprietaire = _adresse(environ, "DATABASE_OWNER_URL")
    if application is None and proprietaire is None:
        return None, None
    if application is None:
        raise ReglageRefuse(
            "DATABASE_OWNER_URL est donnée sans DATABASE_URL (le rôle de l’application)."
        )
    if proprietaire is None:
        return application.render_as_string(hide_password=False), None
    if proprietaire.username == application.username:
        raise ReglageRefuse(
            "DATABASE_URL et DATABASE_OWNER_URL emploient le même rôle : l’application doit avoir "
            "le sien, qui ne possède rien, sinon le cloisonnement entre MDS ne la tient pas."
        )
    return (
        application.render_as_string(hide_password=False),
        proprietaire.render_as_string(hide_password=False),
    )


def _adresse(environ: Environnement, nom: str) -> URL | None:
    """A PostgreSQL address for psycopg 3, written postgres:// or postgresql:// by the host."""
    if not (brut := environ.get(nom)):
        return None
    try:
        url = make_url(brut)
    except ArgumentError:
        raise ReglageRefuse(
            f"{nom} n’est pas une adresse comme postgresql://role:mot-de-passe@hote/base."
        ) from None
    if url.drivername.partition("+")[0] not in ("postgres", "postgresql"):
        raise ReglageRefuse(f"{nom} ne désigne pas une base PostgreSQL.")
    if not url.username or not url.database:
        raise ReglageRefuse(
            f"{nom} doit nommer le rôle et la base : postgresql://role:mot-de-passe@hote/base."
        )
    return url.set(drivername="postgresql+psycopg")


def _exiger_une_base_sure(nom: str, url: URL) -> None:
    """A base across a network is spoken to over TLS, its certificate verified; its password too."""
    hotes = url.normalized_query.get("host") or (url.host or "",)
    distants = [h for h in ",".join(hotes).split(",") if h and not h.startswith("/")]
    if all(hote.partition(":")[0] in HOTES_LOCAUX or hote == "::1" for hote in distants):
        return
    if url.normalized_query.get("sslmode") != ("verify-full",):
        raise ReglageRefuse(
            f"en production, {nom} désigne une base d’une autre machine sans en vérifier le"
            " certificat : ajoutez ?sslmode=verify-full (et sslrootcert=… si son autorité n’est pas"
            " connue du système)."
        )
    if url.password and _se_devine(str(url.password)):
        raise ReglageRefuse(
            f"en production, le mot de passe de {nom} ne doit pas pouvoir se deviner."
        )


def _secret(environ: Environnement, instance: Path, production: bool) -> str:
    secret = environ.get("SECRET_KEY") or ""
    if production:
        conseil = (
            "Tirez-la au hasard, par exemple : "
            "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
        if len(secret) < 32:
            raise ReglageRefuse(
                f"en production, SECRET_KEY doit compter au moins 32 caractères. {conseil}"
            )
        if any(connu in secret.lower() for connu in SECRETS_CONNUS) or _se_devine(secret):
            raise ReglageRefuse(
                f"en production, SECRET_KEY ne doit pas pouvoir se deviner. {conseil}"
            )
    return secret or _secret_de_l_instance(instance / "secret")


def _se_devine(secret: str) -> bool:
    """Whether somebody could guess it: zxcvbn tries words, dates, keyboards and repetitions."""
    from zxcvbn import zxcvbn  # its dictionaries take a while to load, and only production asks

    return int(zxcvbn(secret[:72])["score"]) < SECRET_DEVINABLE


def _secret_de_l_instance(chemin: Path) -> str:
    """A random secret, kept from one start to the next.

    Two starts at once agree: the first file stays.
    """
    try:
        chemin.parent.mkdir(parents=True, exist_ok=True)
        if not chemin.exists():
            _ecrire_un_secret(chemin)
        return chemin.read_text().strip()
    except OSError as erreur:
        raise ReglageRefuse(
            f"le dossier {chemin.parent} ne peut être ni créé ni écrit par ce compte :"
            " choisissez-en un autre avec TANDEM_INSTANCE."
        ) from erreur


def _ecrire_un_secret(chemin: Path) -> None:
    neuf = chemin.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(neuf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fichier:
        fichier.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        os.link(neuf, chemin)
    neuf.unlink()


REGLAGES_OIDC = (
    "ISSUER",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SCOPES",
    "CLAIM",
    "ACR",
    "ACR_FORTS",
    "NOM",
    "COURRIEL_SUR",
)


def _fournisseur(environ: Environnement, production: bool) -> dict | None:
    """The OpenID Connect provider; None when none is named."""
    lu = {nom: (environ.get(f"TANDEM_OIDC_{nom}") or "").strip() for nom in REGLAGES_OIDC}
    if not lu["ISSUER"]:
        return None
    if absents := [nom for nom in ("CLIENT_ID", "CLIENT_SECRET") if not lu[nom]]:
        raise ReglageRefuse(f"TANDEM_OIDC_ISSUER est donnée sans TANDEM_OIDC_{absents[0]}.")
    local = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", lu["ISSUER"])
    if not lu["ISSUER"].startswith("https://") and (production or not local):
        raise ReglageRefuse(
            "TANDEM_OIDC_ISSUER doit commencer par https:// (http n’est admis qu’hors production, "
            "sur la machine elle-même)."
        )
    return {
        "issuer": lu["ISSUER"],
        "client_id": lu["CLIENT_ID"],
        "client_secret": lu["CLIENT_SECRET"],
        "scopes": lu["SCOPES"] or "openid email",
        "claim": lu["CLAIM"] or "email",
        "acr": lu["ACR"],
        "acr_forts": lu["ACR_FORTS"],
        "nom": lu["NOM"] or "ProConnect",
        # Some providers vouch for every address and say nothing of email_verified (ProConnect).
        "courriel_sur": lu["COURRIEL_SUR"] == "1",
    }


def _hotes(environ: Environnement, production: bool) -> list[str]:
    """The names under which browsers may ask for the application: other Host headers get a 400."""
    nommes = (environ.get("TANDEM_HOSTS") or "").split(",")
    hotes = [hote.strip() for hote in nommes if hote.strip()]
    if production:
        if not hotes or "*" in hotes:
            raise ReglageRefuse(
                "en production, TANDEM_HOSTS doit nommer les adresses servies, par exemple : "
                "TANDEM_HOSTS=tandem.exemple.fr"
            )
        for hote in hotes:
            if hote.startswith(".") and ("." not in hote[1:] or hote[1:] in SUFFIXES_PUBLICS):
                raise ReglageRefuse(
                    f"en production, TANDEM_HOSTS ne peut pas valoir pour « {hote} » : n’importe"
                    " qui y a des noms. Nommez les adresses servies en entier."
                )
        return hotes
    ecoute = environ.get("HOST") or "127.0.0.1"
    if ecoute not in (*HOTES_LOCAUX, *TOUTES_INTERFACES):
        hotes.insert(0, ecoute)
    return [*HOTES_LOCAUX, *hotes]
