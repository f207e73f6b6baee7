"""The files of ``static/``: their addresses, and what is sent of them: no comments, no indents.

They are written to be read, and sent to be light; both are worked out once per process.
"""

import functools
import hashlib
import io
import re
import string
from pathlib import Path

from flask import Flask, Response, current_app, request, send_file
from rjsmin import jsmin

from app import compression

TYPES = {".css": "text/css", ".js": "text/javascript"}
"""What is made lighter; the rest is sent as it is."""
LETTRES = string.digits + string.ascii_letters
FEUILLE = "tandem.css"
"""The sheet of every page: it numbers the tokens that the others use."""
_COMMENTAIRE = re.compile(r"/\*.*?\*/", re.DOTALL)
_AUTOUR = re.compile(r" ?([{};,>]) ?| (?=!)")
_JETON = re.compile(r"--[a-z][a-z0-9-]*")


@functools.cache
def _hash(dossier: str, nom: str) -> str:
    return hashlib.sha256((Path(dossier) / nom).read_bytes()).hexdigest()[:12]


def statique(nom: str) -> str:
    """The address of a file of ``static/``.

    It holds a hash of the content, so that browsers may keep the file a year.
    """
    return f"{request.script_root}/static/{nom}?v={_hash(current_app.static_folder, nom)}"


def alleger_css(texte: str, numeros: dict[str, str] | None = None) -> str:
    """The same sheet on one line, its tokens named by a letter: no page names them.

    Strings hold no run of spaces. ``numeros``: those that another sheet gave, and takes new ones.
    """
    if numeros is None:
        numeros = {}
    sur_une_ligne = re.sub(r"\s+", " ", _COMMENTAIRE.sub("", texte))
    serre = _AUTOUR.sub(r"\1", sur_une_ligne).replace(";}", "}").strip()
    return _JETON.sub(lambda jeton: numeros.setdefault(jeton[0], _court(len(numeros))), serre)


def _court(rang: int) -> str:
    """The name of the token of this rank: one letter or digit for the first 62."""
    return f"--{LETTRES[rang]}" if rang < len(LETTRES) else f"--{rang}"


def alleger_js(texte: str) -> str:
    """The same script without comments nor needless spaces, by the library rjsmin."""
    script: str = jsmin(texte)
    return script


@functools.cache
def _alleger(dossier: str, nom: str) -> bytes:
    texte = (Path(dossier) / nom).read_text(encoding="utf-8")
    if nom.endswith(".css"):
        numeros: dict[str, str] = {}
        if nom != FEUILLE:
            alleger_css((Path(dossier) / FEUILLE).read_text(encoding="utf-8"), numeros)
        return alleger_css(texte, numeros).encode()
    return alleger_js(texte).encode()


@functools.cache
def _compresser(dossier: str, nom: str) -> bytes:
    return compression.compresser(_alleger(dossier, nom), compression.FORCE_UNE_FOIS)


def preparer(app: Flask) -> None:
    """Before the first visitor, and once for the processes that serve."""
    dossier = app.static_folder or ""
    for fichier in Path(dossier).iterdir():
        if fichier.suffix in TYPES:
            _compresser(dossier, fichier.name)


def _servir(filename: str) -> Response:
    """Stands for the route of Flask: a sheet or a script goes lighter, if it is one of ours."""
    dossier = current_app.static_folder or ""
    nature = TYPES.get(Path(filename).suffix)
    if nature is None or filename not in {fichier.name for fichier in Path(dossier).iterdir()}:
        return current_app.send_static_file(filename)
    contenu = _alleger(dossier, filename)
    etag = _hash(dossier, filename)
    if compressee := compression.accepte_gzip():
        contenu = _compresser(dossier, filename)
        etag = f"{etag}-gzip"
    reponse = send_file(
        io.BytesIO(contenu),
        nature,
        max_age=current_app.get_send_file_max_age(filename),
        etag=etag,
    )
    reponse.vary.add("Accept-Encoding")
    if compressee:
        reponse.content_encoding = "gzip"
    return reponse


def declarer(app: Flask) -> None:
    """Serve the files of ``static/`` in this way."""
    app.view_functions["static"] = _servir
    app.jinja_env.globals["statique"] = statique
