"""What a monitoring system reads at ``/metriques``: an address and a token of their own.

Counters are shared by all processes (prometheus-client's files, in the folder that ``run.py``
names); what only the base knows (queue, seals, backups) is asked when it is read. No label holds
more than the name of a route, a method, a status.
"""

import hmac
import time
from collections.abc import Iterable
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from app import acces, exploitation
from app.extensions import db
from app.service import preparation

DUREES = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
REQUETES = Counter("tandem_requetes", "Requests answered", ("route", "methode", "statut"))
REFUS = Counter("tandem_refus", "Requests refused (401, 403, 429)", ("route", "statut"))
SECONDES = Histogram("tandem_requete_secondes", "Time of an answer", ("route",), buckets=DUREES)
ORDRES = Counter("tandem_ordres_sql", "Statements sent to the base", ("route",))
PREPARATIONS = Counter("tandem_preparations", "Times a process read ahead for the home pages")
STATUTS_DE_REFUS = {401, 403, 429}


def declarer(app: Flask) -> None:
    """Count every request of this application."""

    def commencer() -> None:
        g.recue_a = time.perf_counter()
        g.ordres = 0

    def compter(reponse: Response) -> Response:
        route = request.endpoint or "inconnue"
        REQUETES.labels(route, request.method, reponse.status_code).inc()
        SECONDES.labels(route).observe(time.perf_counter() - g.recue_a)
        ORDRES.labels(route).inc(g.ordres)
        if reponse.status_code in STATUTS_DE_REFUS:
            REFUS.labels(route, reponse.status_code).inc()
        return reponse

    @event.listens_for(Engine, "before_cursor_execute")
    def un_ordre_de_plus(*_) -> None:
        if g and "ordres" in g:
            g.ordres += 1

    preparation.comptees.append(PREPARATIONS.inc)
    # First of all and last of all: what the other hooks do is measured too.
    app.before_request_funcs.setdefault(None, []).insert(0, commencer)
    app.after_request_funcs.setdefault(None, []).insert(0, compter)


class EtatBase(Collector):
    """What only the base knows, asked when it is read."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            mesures = _mesurer()
        except SQLAlchemyError:
            mesures = {}
        debout = GaugeMetricFamily("tandem_base_debout", "Whether the base answers")
        debout.add_metric([], float(bool(mesures)))
        yield debout
        for nom, (phrase, valeur) in mesures.items():
            mesure = GaugeMetricFamily(f"tandem_{nom}", phrase)
            mesure.add_metric([], valeur)
            yield mesure


def _mesurer() -> dict[str, tuple[str, float]]:
    with acces.acteur(acces.TOUS, canal="metriques"):
        mesures = exploitation.lire_etat().mesures()
        db.session.rollback()
    return mesures


class _SansBruit(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a reading every fifteen seconds says nothing to anybody."""


def servir(app: Flask, adresse: tuple[str, int], jeton: str) -> None:
    """Answer at the address of the metrics until asked to stop (a process of its own)."""
    registre = CollectorRegistry()
    MultiProcessCollector(registre)
    registre.register(EtatBase())
    attendu = f"Bearer {jeton}"

    def repondre(demande: WSGIEnvironment, commencer: StartResponse) -> list[bytes]:
        donne = demande.get("HTTP_AUTHORIZATION", "")
        if demande["PATH_INFO"] != "/metriques":
            commencer("404 Not Found", [("Content-Length", "0")])
            return [b""]
        if not hmac.compare_digest(donne.encode(), attendu.encode()):
            commencer("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
            return [b""]
        with app.app_context():
            corps = generate_latest(registre)
        commencer("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
        return [corps]

    with app.app_context():
        db.engine.dispose(close=False)
    make_server(*adresse, repondre, handler_class=_SansBruit).serve_forever()
