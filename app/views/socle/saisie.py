"""How a request is read: a number of an address, a number or a line of text that was typed.

One reader for all the screens, so that none accepts what another refuses.
"""

from flask import Flask, abort, request
from werkzeug.routing import BaseConverter, Map

CHIFFRES = 9
"""The digits of the largest key of a table (``integer``); more would not fit in its column."""


class NumeroConverter(BaseConverter):
    """``<numero:cle>``: the key of a row, as an int; ``<numero(18):cle>`` allows more digits.

    Anything else (a sign, a letter, an Arabic digit, too many digits) is no address: 404.
    """

    part_isolating = True

    def __init__(self, url_map: Map, chiffres: int = CHIFFRES):
        super().__init__(url_map)
        self.regex = f"[0-9]{{1,{chiffres}}}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(int(value))


def declarer(app: Flask) -> None:
    app.url_map.converters["numero"] = NumeroConverter


def numero(texte: str | None, chiffres: int = CHIFFRES) -> int | None:
    """The number that ``texte`` writes in ASCII digits alone; None for anything else."""
    if texte and texte.isascii() and texte.isdigit() and len(texte) <= chiffres:
        return int(texte)
    return None


def numero_demande(nom: str) -> int | None:
    """The number that the request gives under this name; None without one, 400 for a wrong one."""
    texte = request.values.get(nom, "")
    lu = numero(texte)
    if texte and lu is None:
        abort(400)
    return lu


def ligne(texte: str | None, taille: int) -> str:
    """What was typed on one line: spaces folded, no NUL (PostgreSQL refuses it), cut at
    ``taille`` characters."""
    return " ".join((texte or "").replace("\0", "").split())[:taille]


def ligne_saisie(nom: str, taille: int) -> str:
    """The line of text that the form sends under this name; empty when nothing was typed."""
    return ligne(request.form.get(nom), taille)
