"""Django's admin with its sign-in and its history, as a process that ``atelier`` asks."""

import itertools
import os
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

from tests.pairs.atelier import Client, Demande, formulaire, nom_sans_pareil, servir, un_jour

MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
PROCESSEURS = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)


def regler(adresse: str) -> None:
    """What ``startproject`` writes, in French, on PostgreSQL, connections kept open."""
    url = urlsplit(adresse)
    ou = {nom: valeurs[0] for nom, valeurs in parse_qs(url.query).items()}
    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="tests.pairs.dossiers.urls",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "tests.pairs.dossiers",
        ],
        MIDDLEWARE=list(MIDDLEWARE),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": list(PROCESSEURS)},
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username,
                "HOST": ou["host"],
                "PORT": ou["port"],
                "CONN_MAX_AGE": None,
                "OPTIONS": {"application_name": "django"},
            }
        },
        LANGUAGE_CODE="fr",
        TIME_ZONE="Europe/Paris",
        USE_TZ=True,
        STATIC_URL="static/",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()


def compteur() -> Callable[[], int]:
    """How many statements were sent so far."""
    envoyes: list[str] = []

    def noter(executer, ordre, *reste):
        envoyes.append(ordre)
        return executer(ordre, *reste)

    connection.execute_wrappers.append(noter)
    return lambda: len(envoyes)


def principal() -> None:
    regler(os.environ["PAIRS_BASE"])
    from django.contrib.auth.models import User
    from django.test import Client as ClientDeDjango

    from tests.pairs.dossiers.models import Jeune

    call_command("migrate", verbosity=0)
    personne, _ = User.objects.get_or_create(
        username="mesure", defaults={"is_staff": True, "is_superuser": True}
    )
    connue = ClientDeDjango()
    connue.force_login(personne)
    client = Client(get_wsgi_application())
    client.cookies["sessionid"] = connue.cookies["sessionid"].value
    jeune = Jeune.objects.order_by("nom", "prenom").first().id
    numeros = itertools.count(1)
    jeunes, rencontres = "/admin/dossiers/jeune", "/admin/dossiers/rencontre"

    def creer_rencontre() -> Demande:
        return formulaire(
            client,
            f"{rencontres}/add/?jeune={jeune}",
            type="ENTRETIEN",
            statut="TENUE",
            le="14/10/2026",
            jeune_present="true",
            compte_rendu="Point sur le logement.",
        )

    def creer_jeune() -> Demande:
        nom = nom_sans_pareil()
        return formulaire(
            client,
            f"{jeunes}/add/",
            code=f"X{nom}",
            nom=nom,
            prenom="Essai",
            date_naissance=f"{un_jour():%d/%m/%Y}",
            mds="1",
        )

    def enregistrer() -> Demande:
        return formulaire(client, f"{jeunes}/{jeune}/change/", objectif=f"Essai {next(numeros)}")

    servir(
        client,
        {
            "liste": lambda: Demande(f"{jeunes}/"),
            "creer_rencontre": creer_rencontre,
            "creer_jeune": creer_jeune,
            "enregistrer": enregistrer,
        },
        compteur(),
    )


if __name__ == "__main__":
    principal()
