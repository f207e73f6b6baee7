"""Start Tandem: the base, its upgrade, the demonstration, then the processes that serve.

The embedded PostgreSQL is started when DATABASE_URL is absent, and started again if it dies.
"""

import os
import signal
import socket
import sys
import tempfile
import time
from functools import partial

import click
from flask import Flask

from config import ReglageRefuse, Service, journaux_en_json, lire_service

try:
    # gunicorn reads it as soon as it is imported, and takes nothing but a number.
    os.environ["WEB_CONCURRENCY"] = str(lire_service().processus)
    from app import base_embarquee, create_app
    from app.extensions import db
    from app.ramassage import ramasser_moins_souvent
    from app.service import journaux, memoire, temporaires
    from app.service.serveur import Ecoute, Serveur, ne_pas_survivre_au_parent
    from app.service.supervision import DELAI_D_ARRET_SECONDES, Enfant, Superviseur
    from app.travaux.file import travailler
    from app.views.socle import gabarits, statiques
except click.ClickException as _refus:  # a setting, or a declaration (app/models/declaration.py)
    _refus.show()
    sys.exit(_refus.exit_code)

COURTOISIE = 10
"""How much the queue leaves the processor to the pages (nice)."""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(demarrer(lire_service()))
    except click.ClickException as refus:
        refus.show()
        sys.exit(refus.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def demarrer(service: Service) -> int:
    """Prepare everything, then serve until asked to stop; the exit code."""
    ecoute = reserver_le_port(service)
    if journaux_en_json():
        journaux.activer()
    temporaires.ouvrir()
    memoire.tenir_dans_peu_d_arenes()
    try:
        app = create_app()
        memoire.sans_rien_garder(partial(preparer, app))
        return servir(app, service, ecoute)
    finally:
        temporaires.fermer()


def servir(app: Flask, service: Service, ecoute: socket.socket) -> int:
    """The children of this process. A task that must run beside the pages is one more line."""
    statiques.preparer(app)
    gabarits.compiler(app, memoire.sans_rien_garder)
    serveur = Ecoute(ecoute, service.adresse, service.processus)
    enfants = [
        Enfant("pages", lambda: Serveur(app, serveur).run()),
        Enfant("travaux", partial(faire_les_travaux, app, os.getpid())),
    ]
    if service.metriques:
        # The library reads it when it is imported: its counters are shared by all processes.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp()
        from app.service import metriques

        metriques.declarer(app)
        lire = partial(metriques.servir, app, service.metriques, service.metriques_jeton)
        enfants.append(Enfant("métriques", lire))

    def veiller() -> None:
        if base_embarquee.relever(app.config["TANDEM_INSTANCE"]):
            click.echo("base embarquée : relancée.", err=True)

    memoire.avant_de_se_diviser()
    return Superviseur(enfants, veiller).servir()


def faire_les_travaux(app: Flask, parent: int) -> None:
    """In the child: work the queue on connections of its own, after whoever waits for a page."""
    os.nice(COURTOISIE)
    ramasser_moins_souvent()
    ne_pas_survivre_au_parent(parent, DELAI_D_ARRET_SECONDES)
    with app.app_context():
        db.engine.dispose(close=False)
    travailler(app)


def reserver_le_port(service: Service) -> socket.socket:
    """Take the port before the long work. A server that was just killed frees it within seconds."""
    famille = socket.AF_INET6 if ":" in service.hote else socket.AF_INET
    for reste in range(5, -1, -1):
        ecoute = socket.socket(famille, socket.SOCK_STREAM)
        ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ecoute.bind((service.hote, service.port))
        except OSError as erreur:
            ecoute.close()
            if not reste:
                raise ReglageRefuse(
                    f"l’adresse {service.adresse} n’est pas libre ({erreur.strerror}). Un autre "
                    "Tandem tourne peut-être déjà ; sinon choisissez un autre port : "
                    "PORT=8081 make run"
                ) from None
            time.sleep(1)
        else:
            return ecoute
    raise AssertionError


def preparer(app: Flask) -> None:
    from app.service.avant_de_servir import preparer

    preparer(app)


if __name__ == "__main__":
    main()
