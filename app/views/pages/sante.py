"""/sante, for the supervision: 200 when the base answers, 503 when not.

No login, no cookie, no detail. A process that serves asks the base by itself, each second, on a
connection of its own (``Veille``): the answer waits neither for the base nor for a connection of
the pages.
"""

import threading
import time

from flask import Blueprint, Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.extensions import db

sante = Blueprint("sante", __name__)
ENTETES = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
PERIODE_SECONDES = 1.0
SILENCE_SECONDES = 10.0
"""A base that has said nothing for so long is away, even if its connection is open."""


@sante.get("/sante")
def repondre():
    veille = current_app.extensions.get("veille")
    debout = veille.debout if veille else repond(db.engine)
    if not debout:
        return "indisponible\n", 503, ENTETES
    return "ok\n", 200, ENTETES


def repond(moteur: Engine) -> bool:
    """Whether the base answers now."""
    try:
        with moteur.connect() as connexion:
            connexion.execute(text("select 1"))
    except SQLAlchemyError:
        return False
    return True


class Veille:
    """What a process that serves knows of the base: whether it answered lately."""

    def __init__(self, moteur: Engine):
        self.moteur = moteur
        self.premiere = threading.Event()
        """Set once the base was asked a first time."""
        self.vue_a: float | None = None
        """When the base answered last (monotonic clock); None: it does not answer."""

    @property
    def debout(self) -> bool:
        self.premiere.wait(SILENCE_SECONDES)
        vue_a = self.vue_a
        return vue_a is not None and time.monotonic() - vue_a < SILENCE_SECONDES

    def veiller(self) -> None:
        """Ask for ever; the connection stays open as long as the base answers."""
        while True:
            try:
                with self.moteur.connect() as connexion:
                    self._demander_sans_fin(connexion)
            except SQLAlchemyError:
                self.vue_a = None
                self.premiere.set()
            time.sleep(PERIODE_SECONDES)

    def _demander_sans_fin(self, connexion: Connection) -> None:
        while True:
            connexion.execute(text("select 1"))
            connexion.rollback()
            self.vue_a = time.monotonic()
            self.premiere.set()
            time.sleep(PERIODE_SECONDES)


def veiller_sur_la_base(app: Flask) -> None:
    """From now on, this process answers from what it knows."""
    with app.app_context():
        reglages = app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]
        moteur = create_engine(db.engine.url, poolclass=NullPool, connect_args=reglages)
    veille = app.extensions["veille"] = Veille(moteur)
    threading.Thread(target=veille.veiller, name="veille", daemon=True).start()
