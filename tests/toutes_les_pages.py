"""Every page that an account can open, found from the URL map, and shown in a browser.

The tests answer the browser themselves: a page is made once, whatever the number of widths and
lights in which it is looked at.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from config import RACINE
from tests.connexions import ouvrir_session
from tests.ecrans import ecrans

SANS_SUITE = re.compile(r"^(static|sante|Connexion)\b")
"""What a link is not followed to: files, signing out."""
LIENS = re.compile(r'(?:href|src|data-etat)="(/[^"#]*)')
PAR_LIEN = 3
"""Pages of a route that only links lead to: their states differ (prepared, sent)."""
GARDES = {"class", "role", "type", "scope", "tabindex", "popover"}
"""The attributes whose value makes the look or the meaning of an element; ``aria-…`` too."""
INDIFFERENTS = ("aria-label", "aria-labelledby", "aria-controls", "aria-describedby")
"""Those that name: that they are there is enough."""


@dataclass(frozen=True)
class PageLue:
    """A page as an account receives it."""

    endpoint: str
    adresse: str
    reponse: TestResponse
    """Read to its end."""

    @property
    def texte(self) -> str:
        return self.reponse.text

    @property
    def titre(self) -> str:
        return re.search(r"<title>(.*?)</title>", self.texte, re.DOTALL)[1].strip()


def est_une_liste(app: Flask, endpoint: str) -> bool:
    """Whether a route is that of a list of codes."""
    vue = getattr(app.view_functions.get(endpoint), "__self__", None)
    return getattr(vue, "ressource", "") == "nomenclature"


def lire(
    app: Flask, compte_id: int, jeune: int, vus: set[str], *, listes: bool = True
) -> Iterator[PageLue]:
    """One page for each route that the account may open: the address that the walk of the routes
    builds, else the first that a link of another page gives.

    ``vus`` receives those that answer, files included; without ``listes``, no list of codes.
    """
    client = ouvrir_session(app.test_client(), compte_id)
    liens: dict[str, None] = {}

    def ouvrir(endpoint: str, adresse: str) -> Iterator[PageLue]:
        if not listes and est_une_liste(app, endpoint):
            return
        reponse = client.get(adresse, buffered=True)
        if reponse.status_code != 200:
            return
        vus.add(endpoint)
        if reponse.mimetype == "text/html":
            liens.update(dict.fromkeys(map(html.unescape, LIENS.findall(reponse.text))))
            yield PageLue(endpoint, adresse, reponse)

    for ecran in ecrans(app, compte_id, jeune, details=False):
        if ecran.texte is None:
            yield from ouvrir(ecran.endpoint, ecran.adresse)
    par_adresse, fois = set(vus), Counter[str]()
    while liens:
        adresse = next(iter(liens))
        del liens[adresse]
        endpoint = _endpoint(app, adresse)
        fois[endpoint] += 1
        libre = endpoint not in par_adresse and fois[endpoint] <= PAR_LIEN
        if libre and not SANS_SUITE.match(endpoint):
            yield from ouvrir(endpoint, adresse)


def _endpoint(app: Flask, adresse: str) -> str:
    """Of the route that answers; « static » for what is no page."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(adresse).path)
    except (HTTPException, RequestRedirect):
        return "static"
    return endpoint


def refuser(client: FlaskClient, page: PageLue, vus: set[tuple[str, str]]) -> PageLue | None:
    """The page that answers when its form is sent with nothing in it; None when nothing was
    required there, or when it is taken.

    ``vus``: the forms sent so far, which are not sent again, then this one too.
    """
    for formulaire in lxml.html.fromstring(page.texte).iter("form"):
        requis = formulaire.xpath(".//*[@required or @aria-required='true']")
        forme = (page.endpoint, _forme(formulaire))
        if formulaire.method != "POST" or not requis or forme in vus:
            continue
        vus.add(forme)
        vides = {champ.name: "" for champ in requis if champ.name}
        envoi = {**dict(formulaire.form_values()), **vides}
        ou = urljoin(page.adresse, formulaire.action or page.adresse)
        reponse = client.post(ou, data=envoi, buffered=True)
        if reponse.status_code != 302 and reponse.mimetype == "text/html":
            return PageLue(f"{page.endpoint} refusé", page.adresse, reponse)
    return None


PARTS = "//main | //nav[@id='menu'] | //nav[@class='barre-tel']"
MORCEAUX = (
    "//form//*[contains(@class, 'champ')] | //table | //section | //fieldset | //figure"
    " | //*[@id='erreurs'] | //dl | " + PARTS
)


def formes(texte: str, chercher: str = MORCEAUX) -> set[str]:
    """What axe looks at in a page, without its words: the tree of the content, that of the menu,
    that of the frame. Two pages of the same shapes have the same faults.

    With ``MORCEAUX``, the content is told piece by piece: a form whose fields are all known, in
    their order, is no news.
    """
    page = lxml.html.fromstring(texte)
    parts = list(reversed(page.xpath(chercher)))
    trouvees = set()
    for part in parts:  # the inner ones first: what holds them keeps their place, not their inside
        trouvees.add(_forme(part))
        part.clear()
    return trouvees | {_forme(page.find("body"))}


def arbre(texte: str) -> str:
    """The whole tree of a page, without its words."""
    return _forme(lxml.html.fromstring(texte).find("body"))


def _forme(element) -> str:
    if not isinstance(element.tag, str):
        return ""
    enfants = "".join(dict.fromkeys(_forme(e) for e in element))
    dit = "’" if (element.text or "").strip() else ""
    return f"<{element.tag}{_attributs(element)}>{dit}{enfants}</>"


def _attributs(element) -> str:
    dits = []
    for nom, valeur in sorted(element.attrib.items()):
        if nom in GARDES or (nom.startswith("aria-") and nom not in INDIFFERENTS):
            dits.append(f" {nom}={re.sub('[0-9]+', 'n', valeur)}")
        else:
            dits.append(f" {nom}{'' if valeur else '='}")
    return "".join(dits)


TUS = {"set-cookie", "content-length"}
"""Headers that are not passed on: the browser has no cookie, a script may get shorter."""
REMPLACER = """([adresse, texte]) => new Promise((prete) => {
  history.replaceState(null, "", adresse);
  for (let minuterie = setTimeout(() => {}); minuterie > 0; minuterie--) clearTimeout(minuterie);
  document.open();
  addEventListener("load", prete, { once: true });
  document.write(texte);
  document.close();
}).then(() => null)"""
"""Write another page in the place of this one, of which nothing that was waited for will come."""


class Reponses:
    """What a browser is answered, as one account: the page that it opens, made once, then what
    the pages ask for by themselves."""

    def __init__(self, client: FlaskClient):
        self.client = client
        self.verrou = Lock()
        self.premiere: PageLue | None = None

    def __call__(self, environ: dict, commencer: Callable) -> list[bytes]:
        if environ.get("HTTP_SEC_FETCH_DEST") == "document":
            reponse = self.premiere.reponse
        else:
            with self.verrou:
                reponse = self._demander(Request(environ))
        entetes = [(nom, v) for nom, v in reponse.headers if nom.lower() not in TUS]
        commencer(reponse.status, entetes)
        corps = reponse.get_data()
        if "javascript" in reponse.mimetype:
            corps = _a_relire(environ["PATH_INFO"])
        return [corps]

    def _demander(self, demande: Request) -> TestResponse:
        return self.client.open(
            demande.environ["REQUEST_URI"],
            method=demande.method,
            data=demande.get_data(),
            content_type=demande.content_type,
            buffered=True,
        )


def _a_relire(chemin: str) -> bytes:
    """A script as it is written, whose constants each page of the window may give again."""
    ecrit = (RACINE / "app" / chemin.lstrip("/")).read_bytes()
    return re.sub(b"(?m)^const ", b"var ", ecrit)


class SansBruit(WSGIRequestHandler):
    def log(self, *_) -> None:
        """A request is not worth a line."""


@contextmanager
def montrer(navigateur: Page, client: FlaskClient) -> Iterator[Callable[[PageLue], None]]:
    """Answer a browser from this process. Gives what shows it a page that has been read.

    The first page is opened; those that follow are written in its place, for axe to stay loaded:
    their scripts run, and the security policy of the first one is theirs.
    """
    reponses = Reponses(client)
    serveur = make_server("127.0.0.1", 0, reponses, threaded=True, request_handler=SansBruit)
    fil = Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.05})
    fil.start()

    def montrer_une(page: PageLue) -> None:
        if reponses.premiere is None:
            reponses.premiere = page
            navigateur.goto(f"http://localhost:{serveur.port}{page.adresse}")
        else:
            navigateur.evaluate(REMPLACER, [page.adresse, page.texte])

    try:
        yield montrer_une
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()
