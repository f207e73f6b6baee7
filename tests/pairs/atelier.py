"""A process that makes one request at a time and tells what it cost: the same for all.

Standard library only: it runs in our environment and in that of the others. Requests go straight to
the WSGI application, without a socket; the processor counts, not the clock.
"""

import io
import json
import random
import string
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

SANS_ENVOI = ("submit", "button", "file", "image", "reset")


@dataclass
class Demande:
    """A request: with ``champs``, the sending of a form."""

    adresse: str
    champs: dict[str, str] | None = None


@dataclass
class Client:
    """A browser of one WSGI application: it keeps the cookies."""

    application: Callable
    cookies: dict[str, str] = field(default_factory=dict)
    statut: int = 0
    calcul: float = 0.0
    """Milliseconds of processor of this process, for the last request."""

    def ouvrir(self, demande: Demande) -> str:
        environ = self._environ(demande)
        entetes: list[tuple[str, str]] = []

        def commencer(statut, recus, erreur=None):
            self.statut = int(statut.split()[0])
            entetes[:] = recus

        debut = time.process_time()
        rendus = self.application(environ, commencer)
        corps = b"".join(rendus)
        if hasattr(rendus, "close"):
            rendus.close()
        self.calcul = (time.process_time() - debut) * 1000
        for nom, valeur in entetes:
            if nom.lower() == "set-cookie":
                recu = SimpleCookie(valeur)
                self.cookies.update({cle: morceau.value for cle, morceau in recu.items()})
        return corps.decode()

    def _environ(self, demande: Demande) -> dict:
        parties = urlsplit(demande.adresse)
        corps = urlencode(demande.champs or {}, doseq=True).encode()
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": parties.path,
            "QUERY_STRING": parties.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": "; ".join(f"{cle}={valeur}" for cle, valeur in self.cookies.items()),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(corps),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if demande.champs is not None:
            environ["REQUEST_METHOD"] = "POST"
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(corps))
        return environ


class _Formulaires(HTMLParser):
    """What a browser would send of each form of a page that is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.formulaires: list[dict[str, str]] = []
        self.ouvert: dict[str, str] = {}
        self.texte = ""
        self.liste = ""

    def handle_starttag(self, balise, attributs):
        a = dict(attributs)
        nom = a.get("name") or ""
        if balise == "form":
            self.ouvert = {}
            if (a.get("method") or "").lower() == "post":
                self.formulaires.append(self.ouvert)
        elif balise == "input" and nom and a.get("type") not in SANS_ENVOI:
            if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                self.ouvert[nom] = a.get("value") or ""
        elif balise == "textarea":
            self.texte = nom
            self.ouvert[nom] = ""
        elif balise == "select":
            self.liste = nom
        elif balise == "option" and self.liste and "selected" in a:
            self.ouvert[self.liste] = a.get("value") or ""

    def handle_data(self, texte):
        if self.texte:
            self.ouvert[self.texte] += texte

    def handle_endtag(self, balise):
        if balise == "textarea":
            self.texte = ""
        elif balise == "select":
            self.liste = ""


def champs(page: str) -> dict[str, str]:
    """The fields of the largest form of a page, with their values."""
    lus = _Formulaires()
    lus.feed(page)
    return max(lus.formulaires, key=len)


def formulaire(client: Client, adresse: str, **saisis: str) -> Demande:
    """The sending of the form at this address, as it stands but for what is typed."""
    page = client.ouvrir(Demande(adresse))
    assert client.statut == 200, (adresse, client.statut)
    return Demande(adresse, {**champs(page), **saisis})


def nom_sans_pareil() -> str:
    """A name that looks like no other: our own screen looks for those that do."""
    return "".join(random.choices(string.ascii_lowercase, k=16))


def un_jour() -> date:
    """A day of birth: those of a day are compared with each other."""
    return date(2006, 1, 1) + timedelta(days=random.randrange(1400))


def servir(
    client: Client, operations: dict[str, Callable[[], Demande]], ordres: Callable[[], int]
) -> None:
    """Make the operations that the standard input names; tell each on one line.

    What prepares a request (the form read before it is sent) does not count: once it is ready, a
    line is told, and another one waited for.
    """
    print(json.dumps(sorted(operations)), flush=True)
    for ligne in sys.stdin:
        demande = operations[ligne.strip()]()
        print(json.dumps("prête"), flush=True)
        sys.stdin.readline()
        avant = ordres()
        page = client.ouvrir(demande)
        attendu = 200 if demande.champs is None else 302
        assert client.statut == attendu, (demande.adresse, client.statut, page[:2000])
        dit = {"calcul": client.calcul, "ordres": ordres() - avant, "octets": len(page)}
        print(json.dumps(dit), flush=True)
