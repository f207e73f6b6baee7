"""Give back what was typed: field by field in the form of the page, what has no field beside it.

The page is filled as it leaves, whatever view made it: every form of Tandem is served, and no view
has to know. Nothing is sent: the person reads it again, then saves.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Flask, g, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from . import textes
from .textes import CHAMP, ETATS, TECHNIQUES, Champs, FormulaireRefuse

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DOCTYPE = "<!doctype html>"
REPONDUES = {200, 302, 303, 409, 422}
"""The answers after which the text is saved, or is again in the form that the person sees."""
FORMES = {"date": re.compile(r"\d{4}-\d\d-\d\d"), "time": re.compile(r"\d\d:\d\d")}
"""What these controls can show; a browser leaves them empty for anything else."""
JAMAIS_REMPLIS = {"submit", "button", "image", "reset", "file", "password"}


def declarer(app: Flask) -> None:
    app.after_request(_rendre)


def _rendre(reponse: Response) -> Response:
    """After each request: fill the page that gives a text back; forget the text that was sent."""
    if not (current_user and current_user.is_authenticated):
        return reponse
    if request.method == "GET" and request.args.get(CHAMP, "").isdecimal():
        _remplir_la_reponse(reponse, int(request.args[CHAMP]))
    elif request.method == "POST" and reponse.status_code in REPONDUES and "texte_garde" not in g:
        envoye = request.form.get(CHAMP, "")
        if envoye.isdecimal() and len(envoye) < 10:
            textes.oublier(int(envoye))
    return reponse


def _remplir_la_reponse(reponse: Response, numero: int) -> None:
    if reponse.mimetype != "text/html" or 300 <= reponse.status_code < 400:
        return
    gardes = {texte.numero: texte for texte in textes.textes(current_user.id)}
    texte = gardes.pop(numero, None)
    if texte is None:
        return
    import lxml.html

    page = lxml.html.document_fromstring(reponse.get_data(as_text=True))
    formulaire = _formulaire(page, texte)
    restes = texte.champs
    if formulaire is not None:
        restes = remplir(formulaire, texte.champs)
        formulaire.append(
            lxml.html.fragment_fromstring(f'<input type="hidden" name="{CHAMP}" value="{numero}">')
        )
    avis = render_template(
        "connexion/_texte_rendu.html",
        texte=texte,
        place=formulaire is not None,
        restes=[(nom, v) for nom, v in restes if v.strip() and nom not in TECHNIQUES],
        autres=list(gardes.values()),
    )
    page.get_element_by_id("contenu").insert(0, lxml.html.fragment_fromstring(avis))
    reponse.set_data(lxml.html.tostring(page, encoding="unicode", doctype=DOCTYPE))


def _formulaire(page: "HtmlElement", texte: FormulaireRefuse) -> "HtmlElement | None":
    """The form of the page that sends there; of several, the one that has most of the fields."""
    noms = {nom for nom, _ in texte.champs} - TECHNIQUES
    candidats = [
        formulaire
        for formulaire in page.forms
        if formulaire.get("method", "").lower() == "post"
        and formulaire.get("action", "").partition("?")[0].endswith(texte.envoi)
    ]
    communs = {
        f: len(noms & {controle.get("name") for controle in _controles(f)}) for f in candidats
    }
    retenus = sorted(candidats, key=lambda f: -communs[f])
    if not retenus or not communs[retenus[0]]:
        return None
    return retenus[0]


def remplir(formulaire: "HtmlElement", champs: Champs) -> Champs:
    """Put each value in its control; return those that found none."""
    attendues: dict[str, deque[str]] = defaultdict(deque)
    for nom, valeur in champs:
        attendues[nom].append(valeur)
    textes_des_choix = {nom.removesuffix("-texte") for nom in attendues if nom.endswith("-texte")}
    for controle in _controles(formulaire):
        nom = controle.get("name")
        if _est_cache(controle):
            _remplir_cache(controle, attendues[nom], repris=nom in textes_des_choix | ETATS)
        elif controle.get("type") in ("checkbox", "radio"):
            _cocher(controle, attendues[nom])
        elif attendues[nom] and _ecrire(controle, attendues[nom][0]):
            attendues[nom].popleft()
    return [(nom, valeur) for nom, valeurs in attendues.items() for valeur in valeurs]


def _controles(formulaire: "HtmlElement") -> "Iterator[HtmlElement]":
    for controle in formulaire.iter("input", "textarea", "select"):
        if controle.get("name") and controle.get("type") not in JAMAIS_REMPLIS:
            yield controle


def _est_cache(controle: "HtmlElement") -> bool:
    return controle.get("type") == "hidden"


def _remplir_cache(controle: "HtmlElement", attendues: deque[str], *, repris: bool) -> None:
    """Take what was sent, when it is to come back: the number of a choice made by typing, or what
    the page had shown (sent twice, the form counts once; changed since, it is told).
    """
    if attendues:
        valeur = attendues.popleft()
        if repris:
            controle.set("value", valeur)


def _cocher(controle: "HtmlElement", attendues: deque[str]) -> None:
    """Ticked if it was; a box that was not sent was not ticked."""
    valeur = controle.get("value", "on")
    controle.attrib.pop("checked", None)
    if valeur in attendues:
        attendues.remove(valeur)
        controle.set("checked", "checked")


def _ecrire(controle: "HtmlElement", valeur: str) -> bool:
    """False when the control cannot hold this value."""
    if controle.tag == "textarea":
        controle.text = f"\n{valeur}"  # the browser takes the first line break away
        return True
    if controle.tag == "select":
        return _choisir(controle, valeur)
    forme = FORMES.get(controle.get("type", ""))
    if forme is not None and not forme.fullmatch(valeur):
        controle.set("type", "text")  # what is no date stays on the screen
    controle.set("value", valeur)
    return True


def _choisir(liste: "HtmlElement", valeur: str) -> bool:
    options = list(liste.iter("option"))
    if valeur not in (option.get("value", "") for option in options):
        return False
    for option in options:
        option.attrib.pop("selected", None)
        if option.get("value", "") == valeur:
            option.set("selected", "selected")
    return True
