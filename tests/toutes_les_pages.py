"""Every page that an account can open, found from the URL map, shown in a browser without a server.

The application answers the browser itself: a page is made once, whatever the number of widths and
lights in which it is looked at.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.connexions import ouvrir_session
from tests.ecrans import ecrans
from tests.navigateurs import AXE

SERVEUR = "http://localhost:8080"
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


def refuser(client: FlaskClient, page: PageLue) -> PageLue | None:
    """The page that answers when its form is sent with nothing in it; None when nothing was
    required there, or when it is taken."""
    for formulaire in lxml.html.fromstring(page.texte).iter("form"):
        requis = formulaire.xpath(".//*[@required or @aria-required='true']")
        if formulaire.method != "POST" or not requis:
            continue
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


def formes(texte: str, chercher: str = PARTS) -> set[str]:
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


class Ecran:
    """A browser that the application answers without a server, as one account."""

    def __init__(self, page: Page, client: FlaskClient):
        self.page = page
        self.client = client
        self.prete: PageLue | None = None
        page.add_init_script(AXE.read_text(encoding="utf-8"))
        page.route("**/*", self._repondre)

    def montrer(self, page: PageLue) -> Page:
        """Show a page that has been read; its scripts and its sheet are asked for as usual."""
        self.prete = page
        self.page.goto(SERVEUR + page.adresse)
        return self.page

    def _repondre(self, route) -> None:
        demande = route.request
        if self.prete is not None and demande.is_navigation_request():
            reponse, self.prete = self.prete.reponse, None
        else:
            reponse = self.client.open(
                demande.url.removeprefix(SERVEUR),
                method=demande.method,
                data=demande.post_data_buffer,
                headers={k: v for k, v in demande.headers.items() if k == "content-type"},
                buffered=True,
            )
        entetes = {k: v for k, v in reponse.headers.items() if k.lower() != "set-cookie"}
        route.fulfill(status=reponse.status_code, headers=entetes, body=reponse.get_data())
