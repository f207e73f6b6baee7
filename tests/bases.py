"""The databases of the tests: one server a session, one ready schema, a copy of it for each module
that asks."""

import copy
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from sqlalchemy import make_url

from app import create_app
from app.extensions import appbuilder, db
from config import lire_reglages

ROLE_APPLICATION = "tandem_app"
MOT_DE_PASSE = "application-des-essais"
PATIENCE_SECONDES = 120
COPIER = "create database {} template {} strategy file_copy"
"""Twice as fast, where nothing is written for a crash, as copying through the log of PostgreSQL."""
_numeros = itertools.count(1)


def garder_les_gabarits() -> None:
    """Compile each template once for all the applications and all the processes of the tests."""
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}


def patients(reglages: dict) -> dict:
    """The same settings, for an application that waits for the base of a busy machine."""
    reglages["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]["connect_timeout"] = PATIENCE_SECONDES
    return reglages


def _sans_partage(etat: dict[str, object]) -> dict[str, object]:
    """The same, with lists and dictionaries of its own."""
    return {
        nom: copy.copy(valeur) if isinstance(valeur, list | dict) else valeur
        for nom, valeur in etat.items()
    }


@dataclass(frozen=True)
class Neuve:
    """An application, and how it was when it had just been made."""

    app: Flask
    reglages: dict[str, object]
    cadre: dict[str, object]


class ServeurDeBases:
    """Creates and drops databases; the addresses it gives are those that ``config.py`` reads.

    Making an application takes a second: that of a base that was dropped serves the next base,
    which takes its name.
    """

    def __init__(self, proprietaire: str, instance: Path):
        self.proprietaire = make_url(proprietaire)
        self.instance = instance
        self.modele: str | None = None
        self.applications: dict[str, list[Flask]] = {}
        self.faites: dict[str, list[Neuve]] = {}
        self.noms_libres: set[str] = set()

    def ordonner(self, ordre: str, *noms: str) -> None:
        """Run a statement of the owner, outside any transaction; ``{}`` stand for the names."""
        arguments = self.proprietaire.translate_connect_args(username="user", database="dbname")
        with psycopg.connect(**arguments, **self.proprietaire.query, autocommit=True) as connexion:
            connexion.execute(sql.SQL(ordre).format(*map(sql.Identifier, noms)))

    def creer(self, modele: str = "template0") -> str:
        """Create a database, empty or a copy of another one; returns its name."""
        libres = sorted(self.noms_libres, key=lambda nom: -len(self.faites.get(nom, ())))
        nom = libres[0] if libres else f"essai_{os.getpid()}_{next(_numeros)}"
        self.noms_libres.discard(nom)
        self.ordonner(COPIER, nom, modele)
        return nom

    def fermer(self, nom: str) -> None:
        """Close the applications that were built on a base."""
        self._deconnecter(nom)
        self.applications.pop(nom, None)

    def base_de(self, app: Flask) -> str:
        """The name of the base of an application."""
        return make_url(app.config["DATABASE_OWNER_URL"]).database

    def fermer_les_autres(self, app: Flask) -> None:
        """Close the applications that were built on the base of this one, for good: a test may have
        added screens to them."""
        nom = self.base_de(app)
        self._deconnecter(nom)
        self.applications[nom] = [app]
        self.faites[nom] = [neuve for neuve in self.faites.get(nom, ()) if neuve.app is app]

    @staticmethod
    def etat_du_cadre() -> dict[str, object]:
        """What Flask-AppBuilder keeps of the last application that was built."""
        return _sans_partage(vars(appbuilder))

    @staticmethod
    def rendre_au_cadre(etat: dict[str, object]) -> None:
        """As if the application of this state were the last one built."""
        vars(appbuilder).clear()
        vars(appbuilder).update(_sans_partage(etat))

    def _deconnecter(self, nom: str) -> None:
        for app in self.applications.get(nom, []):
            with app.app_context():
                db.session.remove()
                db.engine.dispose()

    def remettre(self, nom: str, modele: str) -> None:
        """Make a base again as ``modele`` is; the applications that were built on it go on."""
        self._deconnecter(nom)
        self._detruire(nom)
        self.ordonner(COPIER, nom, modele)

    def supprimer(self, nom: str) -> None:
        self.fermer(nom)
        self._detruire(nom)
        self.noms_libres.add(nom)

    def _detruire(self, nom: str) -> None:
        limite = time.monotonic() + PATIENCE_SECONDES
        while True:
            try:
                return self.ordonner("drop database if exists {} with (force)", nom)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                # A session of the application is still ending there, or an autovacuum worker.
                if time.monotonic() > limite:
                    raise
                time.sleep(0.2)

    def environnement(self, nom: str) -> dict[str, str]:
        """The environment variables that make the application use this base."""
        proprietaire = self.proprietaire.set(database=nom)
        application = proprietaire.set(username=ROLE_APPLICATION, password=MOT_DE_PASSE)
        return {
            "TANDEM_ENV": "test",
            "TANDEM_INSTANCE": str(self.instance),
            "DATABASE_URL": application.render_as_string(hide_password=False),
            "DATABASE_OWNER_URL": proprietaire.render_as_string(hide_password=False),
            "TANDEM_INSTRUCTIONS_PREPAREES": "oui",
        }

    def application(self, nom: str) -> Flask:
        """As ``create_app`` makes it; one that was closed is as good as new."""
        prises = self.applications.setdefault(nom, [])
        faites = self.faites.setdefault(nom, [])
        neuve = next((n for n in faites if n.app not in prises), None)
        if neuve is None:
            app = create_app(patients(lire_reglages(self.environnement(nom))))
            neuve = Neuve(app, dict(app.config), self.etat_du_cadre())
            faites.append(neuve)
        else:
            neuve.app.config.clear()
            neuve.app.config.update(neuve.reglages)
            self.rendre_au_cadre(neuve.cadre)
        prises.append(neuve.app)
        return neuve.app
