"""What a page offers can be opened: no link leads someone to a refusal, to nowhere, or to a word of
English."""

import html
import re
from collections import Counter
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from app import acces
from app.extensions import db
from app.roles import ROLES
from tests import factories as f
from tests.connexions import ouvrir_session

DEMONSTRATION = ["tandem", "demo", "--jeunes", "40", "--graine", "7"]
DE_CHAQUE_SORTE = 2
"""Addresses opened of each shape: same path but for the numbers; of a path with a query string (a
list sorted, narrowed), same names after « ? », one."""
HORS_DU_PARCOURS = ("/static/", "/login/", "tel:", "mailto:")
"""The login page sends whoever is signed in back home: it is offered when a session is about to
end."""
PARTOUT = {"DPID", "DPO", "ADMINISTRATEUR"}
ANGLAIS = re.compile(
    r"\b(Add|Delete|Edit|Submit|Invalid|This field|Not a valid|None|True|False|Undefined|NaN)\b"
)


@pytest.fixture(scope="module")
def comptes(app):
    resultat = app.test_cli_runner().invoke(args=DEMONSTRATION)
    assert resultat.exit_code == 0, resultat.output
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {role: f.un_compte(role, None if role in PARTOUT else "ART").id for role in ROLES}
        db.session.commit()
    return numeros


def liens(page: str, ici: str):
    """The addresses of the application that a page offers."""
    for trouve in re.findall(r'<a\s[^>]*href="([^"#]+)', page):
        adresse = urljoin(ici, html.unescape(trouve))
        if urlsplit(adresse).netloc == "" and not adresse.startswith(HORS_DU_PARCOURS):
            yield adresse


DE_TOUTE_LISTE = {"tri", "taille", "page"}
"""What every list offers of itself, by the same code: whatever its path, one shape."""


def sorte(adresse: str) -> tuple:
    morceaux = urlsplit(adresse)
    noms = {nom for nom, _ in parse_qsl(morceaux.query)}
    if noms and noms <= DE_TOUTE_LISTE:
        return "", *sorted(noms)
    return re.sub(r"\d+", "N", morceaux.path), *sorted(noms)


def listes_des_autres(app, role: str) -> tuple[str, ...]:
    """The paths of the lists of codes that the other roles walk: all have the same screens, so that
    each role walks its share of them."""
    vues = {getattr(vue, "__self__", None) for vue in app.view_functions.values()}
    listes = sorted(v.route_base for v in vues if getattr(v, "ressource", "") == "nomenclature")
    siennes = listes[list(ROLES).index(role) :: len(ROLES)]
    return tuple(f"{chemin}/" for chemin in listes if chemin not in siennes)


def combien(adresse: str) -> int:
    """How many addresses of this shape are opened."""
    return 1 if urlsplit(adresse).query else DE_CHAQUE_SORTE


def texte(page: str) -> str:
    sans_script = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", sans_script))


@pytest.mark.parametrize("role", ROLES)
def test_aucun_lien_propose_ne_mene_a_un_refus(app, comptes, role):
    client = ouvrir_session(app.test_client(), comptes[role])
    a_ouvrir, venues, ouvertes, fautes = ["/"], {"/": ""}, Counter(), []
    ailleurs = listes_des_autres(app, role)
    while a_ouvrir:
        adresse = a_ouvrir.pop(0)
        if ouvertes[sorte(adresse)] == combien(adresse) or adresse.startswith(ailleurs):
            continue
        ouvertes[sorte(adresse)] += 1
        reponse = client.get(adresse)
        if reponse.status_code != 200:
            fautes.append(f"{reponse.status_code} {adresse}, offered by {venues[adresse]}")
        elif reponse.mimetype == "text/html":
            if mot := ANGLAIS.search(texte(reponse.text)):
                fautes.append(f"« {mot[0]} » in {adresse}")
            for suivante in liens(reponse.text, adresse):
                if suivante not in venues:
                    venues[suivante] = adresse
                    a_ouvrir.append(suivante)
        reponse.close()
    assert not fautes, "\n".join(fautes)
    assert sum(ouvertes.values()) > 15, "The walk hardly began: is the person signed in?"
