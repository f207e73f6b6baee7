"""gunicorn around the application: nothing that a person typed is logged or said back by it."""

import ctypes
import logging
import os
import re
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import cast

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.extensions import db
from app.securite import ENTETES
from app.service import journaux, preparation, temporaires
from app.views.pages.sante import veiller_sur_la_base

PR_SET_PDEATHSIG = 1
THREADS = 32
"""Requests that one process reads at once: whoever sends slowly holds a thread, not the service."""
SLOW_SENDER_SECONDS = 10
"""A sender who stops in the middle of a request for so long is hung up on."""
KEEP_ALIVE_SECONDS = 15
"""How long a connection that has been answered waits for its next request: the files of a page, and
the next page of someone who only glances at it."""
PEEKED_BYTES = 4096
HEALTH_REQUEST = re.compile(
    rb"GET /sante HTTP/1\.[01]\r\n(?!.*^(?:content-length|transfer-encoding):).*\r\n\r\n",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""The whole of a request without a body: the thread that reads it waits for nothing more."""
REFUS = "Demande incomprise : revenez à la page précédente et recommencez.\n".encode()


class QueryStringFilter(logging.Filter):
    """Strip the query string from every logged URL: searches contain names.

    Of a request that cannot be parsed nothing received is logged: nothing tells where its query
    string ends.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = re.sub(r"\?\S+", "?…", record.getMessage())
        record.msg = re.sub(r"(?s)^(Invalid request from ip=\S+: [\w ]+).*", r"\1", message)
        record.args = ()
        return True


class ServerLogger(Logger):
    """gunicorn's logs, without query strings; as lines of JSON when the settings say so."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.addFilter(QueryStringFilter())
        if journaux.en_json:
            journaux.mettre_en_json(self.error_log, self.access_log)


class RedactingSocket:
    """The connection of a request that gunicorn refuses by itself: what was sent is not echoed.

    The answer keeps its status only, and bears the headers of all the others.
    """

    def __init__(self, connexion: socket.socket):
        self.connexion = connexion

    def __getattr__(self, nom: str):
        return getattr(self.connexion, nom)

    def sendall(self, reponse: bytes) -> None:
        entetes = {
            **ENTETES,
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(REFUS)),
        }
        statut = reponse.partition(b"\r\n")[0].decode()
        lignes = [statut, *(f"{nom}: {valeur}" for nom, valeur in entetes.items()), "", ""]
        self.connexion.sendall("\r\n".join(lignes).encode() + REFUS)


class HardenedWorker(ThreadWorker):
    """Keeps a thread for ``/sante``, and puts the headers of every answer on those that the
    application never sees.

    A connection holds a thread from its first byte on; a whole request of ``/sante`` is handed to
    the thread that no page can hold.
    """

    def init_process(self) -> None:
        self.reserved = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sante")
        self.closing = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="closing")
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        received = _peek(conn)
        if received is None and not conn.initialized:
            self._wait_for_first_byte(conn)
            return
        pool = self.reserved if HEALTH_REQUEST.fullmatch(received or b"") else self.tpool
        answered = pool.submit(self.handle, conn)
        answered.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def _wait_for_first_byte(self, conn: TConn) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + SLOW_SENDER_SECONDS
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def finish_request(self, conn: TConn, fs: Future) -> None:
        """Linger on a connection that ends in a thread, never in the loop that serves the others.

        gunicorn waits there, two seconds for each, for a sender who does not hang up.
        """
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        closed = self.closing.submit(conn.close, graceful=True)
        closed.add_done_callback(lambda _: self.method_queue.defer(self._forget_connection))

    def _forget_connection(self) -> None:
        self.nr_conns -= 1

    def murder_pending(self) -> None:
        """A worker that stops waits no longer for those who have sent nothing."""
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = 0.0
        super().murder_pending()

    def handle_error(self, req, client, addr, exc) -> None:
        super().handle_error(req, cast(socket.socket, RedactingSocket(client)), addr, exc)


def _peek(conn: TConn) -> bytes | None:
    """What was received and not read yet; None when nothing was, b"" when the sender is gone."""
    try:
        return conn.sock.recv(PEEKED_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return b""


@dataclass
class Ecoute:
    """The listening socket: it belongs to ``run.py`` and outlives gunicorn, so that a request sent
    while gunicorn is started again waits instead of being refused."""

    connexion: socket.socket
    adresse: str
    processus: int


class Serveur(BaseApplication):
    """gunicorn around an application that is already built."""

    def __init__(self, app: Flask, ecoute: Ecoute):
        self.application = app
        self.ecoute = ecoute
        # The connections that are accepted inherit it.
        patience = struct.pack("ll", SLOW_SENDER_SECONDS, 0)
        ecoute.connexion.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        super().__init__()

    def load_config(self) -> None:
        en_production = self.application.config["TANDEM_ENV"] == "production"
        reglages = {
            "bind": f"fd://{self.ecoute.connexion.fileno()}",
            "workers": self.ecoute.processus,
            "worker_class": HardenedWorker,
            "threads": THREADS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "timeout": 60,
            "graceful_timeout": 30,
            "preload_app": True,
            "control_socket_disable": True,
            "proc_name": "tandem",
            "worker_tmp_dir": temporaires.EN_MEMOIRE,
            "accesslog": "-" if en_production or journaux.en_json else None,
            # The path without the query string: searches contain names.
            "access_log_format": '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s octets %(M)s ms',
            "logger_class": ServerLogger,
            "loglevel": "warning",
            "post_fork": preparer_worker,
            "child_exit": nettoyer_apres_worker,
            "when_ready": annoncer,
        }
        for nom, valeur in reglages.items():
            self.cfg.set(nom, valeur)

    def load(self):
        return self.application


def mourir_avec_le_parent(parent: int) -> None:
    """A process stops when its parent is killed: the port and the base are free at once.

    A parent killed before this process could ask to be told has already left it to another.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def ne_pas_survivre_au_parent(parent: int, delai: float) -> None:
    """A process told to stop while it opens its connections may wait for ever: not beyond this.

    ``delai``: seconds left to it once its parent is dead.
    """

    def veiller() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        time.sleep(delai)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=veiller, daemon=True).start()


def preparer_worker(arbitre, worker) -> None:
    """A worker opens its own connections, and keeps its temporary files in its own folder."""
    with worker.app.application.app_context():
        db.engine.dispose(close=False)
    temporaires.choisir()
    veiller_sur_la_base(worker.app.application)
    preparation.commencer(worker.app.application)
    mourir_avec_le_parent(worker.ppid)


def nettoyer_apres_worker(arbitre, worker) -> None:
    """A worker that was killed during an export leaves nothing behind."""
    temporaires.effacer(worker.pid)


def annoncer(arbitre) -> None:
    """Say that it serves. The terminal that closes stops everything: gunicorn would reload."""
    signal.signal(signal.SIGHUP, lambda _, cadre: arbitre.signal(signal.SIGTERM, cadre))
    serveur = arbitre.app
    click.echo(
        f"\nTandem est prêt : http://{serveur.ecoute.adresse}    (Ctrl-C pour arrêter)", nl=True
    )
    if serveur.application.config["TANDEM_ENV"] == "demonstration":
        afficher_comptes(serveur.application)


def afficher_comptes(app: Flask) -> None:
    from app.commandes.demo import comptes_affichables

    with app.app_context():
        for role, login, mot_de_passe in comptes_affichables():
            click.echo(f"  {role:<44} {login:<24} {mot_de_passe}")
