"""Start Tandem: the embedded PostgreSQL when DATABASE_URL is absent, the upgrade, the
demonstration, gunicorn."""

import ctypes
import logging
import re
import signal
import socket
import sys
import time

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.sync import SyncWorker
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from config import ReglageRefuse, lire_service

try:
    from app import create_app
    from app.commandes import Refus, base, comptes
    from app.extensions import db
    from app.securite import ENTETES
except click.ClickException as _refus:  # what a model declares wrongly (app/models/declaration.py)
    _refus.show()
    sys.exit(_refus.exit_code)

JEUNES_DE_DEMONSTRATION, GRAINE = 300, 2025


class SansQuestion(logging.Filter):
    """An address is written without its question, in the log of errors too: a search holds names.
    Of a request that cannot be read, what was received is not written at all: nothing tells where
    its question ends."""

    def filter(self, record: logging.LogRecord) -> bool:
        dit = re.sub(r"\?\S+", "?…", record.getMessage())
        record.msg, record.args = (
            re.sub(r"(?s)^(Invalid request from ip=\S+: [\w ]+).*", r"\1", dit),
            (),
        )
        return True


class JournalDuServeur(Logger):
    def setup(self, cfg) -> None:
        super().setup(cfg)
        self.error_log.addFilter(SansQuestion())


class Prise:
    """A connection whose request gunicorn refuses by itself (too long, malformed): nothing of it is
    said back."""

    def __init__(self, prise):
        self.prise = prise

    def __getattr__(self, nom: str):
        return getattr(self.prise, nom)

    def sendall(self, reponse: bytes) -> None:
        statut = reponse.partition(b"\r\n")[0]
        entetes = {
            **ENTETES,
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Type": "text/plain; charset=utf-8",
        }
        corps = "Demande incomprise : revenez à la page précédente et recommencez.\n".encode()
        lignes = [
            f"{nom}: {valeur}"
            for nom, valeur in {**entetes, "Content-Length": str(len(corps))}.items()
        ]
        self.prise.sendall(statut + "\r\n".join(["", *lignes, "", ""]).encode() + corps)


class Travailleur(SyncWorker):
    """Puts the headers of every answer on those that the application never sees."""

    def handle_error(self, req, client, addr, exc) -> None:
        super().handle_error(req, Prise(client), addr, exc)


class Serveur(BaseApplication):
    """gunicorn around an application that is already built."""

    def __init__(self, app: Flask, service: dict):
        self.application, self.service = app, service
        super().__init__()

    def load_config(self):
        reglages = {
            "bind": adresse(self.service),
            "workers": self.service["processus"],
            # One request at a time in a process: Flask-AppBuilder shares the filters of a list
            # between threads.
            "worker_class": Travailleur,
            "threads": 1,
            "timeout": 600,  # an export of 700,000 rows on a busy machine
            "graceful_timeout": 30,
            "preload_app": True,
            "control_socket_disable": True,
            "proc_name": "tandem",
            "worker_tmp_dir": "/dev/shm" if sys.platform == "linux" else None,
            # The path without the question: a search holds names.
            "accesslog": "-" if self.application.config["TANDEM_ENV"] == "production" else None,
            "access_log_format": '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s octets %(M)s ms',
            "logger_class": JournalDuServeur,
            "loglevel": "warning",
            "post_fork": apres_naissance,
            "when_ready": lambda arbitre: pret(arbitre, self.application, self.service),
        }
        for nom, valeur in reglages.items():
            self.cfg.set(nom, valeur)

    def load(self):
        return self.application


def apres_naissance(arbitre, processus) -> None:
    """A worker opens its own connections, and stops when its parent is killed: the port is free at
    once."""
    with processus.app.application.app_context():
        db.engine.dispose(close=False)
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def pret(arbitre, app: Flask, service: dict) -> None:
    # The terminal that closes stops everything; gunicorn would load the application again and stay.
    signal.signal(signal.SIGHUP, lambda _, cadre: arbitre.signal(signal.SIGTERM, cadre))
    click.echo(f"\nTandem est prêt : http://{adresse(service)}    (Ctrl-C pour arrêter)")
    if app.config["TANDEM_ENV"] == "demonstration":
        afficher_comptes(app)


def adresse(service: dict) -> str:
    hote = service["hote"]
    return f"[{hote}]:{service['port']}" if ":" in hote else f"{hote}:{service['port']}"


def exiger_port_libre(service: dict) -> None:
    """Say it before the long work. A server that was just killed frees its port within seconds."""
    famille = socket.AF_INET6 if ":" in service["hote"] else socket.AF_INET
    for reste in range(5, -1, -1):
        with socket.socket(famille, socket.SOCK_STREAM) as essai:
            essai.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                essai.bind((service["hote"], service["port"]))
            except OSError as erreur:
                if not reste:
                    raise ReglageRefuse(
                        f"l’adresse {adresse(service)} n’est pas libre ({erreur.strerror}). Un autre Tandem tourne "
                        "peut-être déjà ; sinon choisissez un autre port : PORT=8081 make run"
                    ) from None
                time.sleep(1)
            else:
                return


def preparer(app: Flask) -> None:
    """Bring the base to the version of the code; without the owner's address, only check that it is
    there."""
    if app.config["DATABASE_OWNER_URL"]:
        base.initialiser(app)
    moteur = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    try:
        with moteur.connect() as connexion:
            version = base.version_de_la_base(connexion)
            connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
            if version != base.version_du_code(app):
                raise Refus(
                    f"la base est à la version {version}, l’application à une autre : lancez « flask tandem init »."
                )
            ouverts = comptes.comptes_de_demonstration_ouverts(connexion)
            vierge = connexion.scalar(
                text("select not exists (select from jeune) and not exists (select from ab_user)")
            )
    except OperationalError as erreur:
        raise Refus(f"la base ne répond pas : {base.premiere_ligne(erreur)}", code=2) from erreur
    finally:
        moteur.dispose()
    if app.config["TANDEM_ENV"] == "production" and ouverts:
        raise Refus(
            f"en production, les comptes de démonstration doivent être fermés ou supprimés : {', '.join(ouverts)}."
        )
    if app.config["TANDEM_ENV"] == "demonstration" and vierge:
        remplir_la_demonstration(app)


def remplir_la_demonstration(app: Flask) -> None:
    from app.commandes.demo import demo

    with app.app_context():
        demo.main(
            ["--jeunes", str(JEUNES_DE_DEMONSTRATION), "--graine", str(GRAINE)],
            standalone_mode=False,
        )


def afficher_comptes(app: Flask) -> None:
    from app.commandes.demo import comptes_affichables

    with app.app_context():
        for role, login, mot_de_passe in comptes_affichables():
            click.echo(f"  {role:<44} {login:<24} {mot_de_passe}")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        service = lire_service()
        exiger_port_libre(service)
        app = create_app()
        preparer(app)
    except click.ClickException as refus:
        refus.show()
        sys.exit(refus.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    Serveur(app, service).run()


if __name__ == "__main__":
    main()
