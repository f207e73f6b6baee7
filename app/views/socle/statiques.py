"""The files of ``static/``: their addresses, and what is sent of them: no comments, no indents.

They are written to be read, and sent to be light; both are worked out once per process.
"""

import functools
import hashlib
import io
import re
import string
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from flask import Flask, Response, current_app, request, send_file
from rjsmin import jsmin

from app import compression

TYPES = {".css": "text/css", ".js": "text/javascript"}
"""What is made lighter; the rest is sent as it is."""
FEUILLE = "tandem.css"
SOMBRE = "@media screen and (prefers-color-scheme:dark)"
CHOIX = {"clair": "@media not all", "sombre": "@media screen"}
"""What stands for ``SOMBRE`` in the sheet of whoever chose an appearance."""
LETTRES = string.digits + string.ascii_letters
_COMMENTAIRE = re.compile(r"/\*.*?\*/", re.DOTALL)
_AUTOUR = re.compile(r" ?([{};,>/]) ?|(?<=:) | (?=!)")
_JETON = re.compile(r"--[a-z][a-z0-9-]*")
_DONNE = re.compile(r"(--[a-z][a-z0-9-]*):([^;}]*);?")
_LU = re.compile(r"var\((--[a-z][a-z0-9-]*)\)")


@functools.cache
def _hash(dossier: str, nom: str) -> str:
    return hashlib.sha256((Path(dossier) / nom).read_bytes()).hexdigest()[:12]


def statique(nom: str) -> str:
    """The address of a file of ``static/``.

    It holds a hash of the content, so that browsers may keep the file a year.
    """
    return f"{request.script_root}/static/{nom}?v={_hash(current_app.static_folder, nom)}"


def feuille_de_style(apparence: str) -> str:
    """The address of the sheet of every page, for whoever chose ``apparence``, or nothing."""
    choix = f"&apparence={apparence}" if apparence else ""
    return statique(FEUILLE) + choix


def alleger_css(feuille: str, toutes: Sequence[str] = ()) -> str:
    """The same sheet on one line, its tokens told short, which no page names: a letter, or the
    value itself where it is as short and given once.

    Strings hold no run of spaces. ``toutes``: all the sheets that share these tokens, always in
    the same order.
    """
    serrees = [_serrer(une) for une in toutes or (feuille,)]
    valeurs = _constantes(serrees)
    courts = _courts(serrees, valeurs)
    serree = _DONNE.sub(lambda donne: donne[0] if donne[1] in courts else "", _serrer(feuille))
    serree = _LU.sub(lambda lu: valeurs.get(lu[1], lu[0]), serree)
    return _JETON.sub(lambda jeton: courts[jeton[0]], serree).replace(";}", "}")


def _serrer(feuille: str) -> str:
    sur_une_ligne = re.sub(r"\s+", " ", _COMMENTAIRE.sub("", feuille))
    return _AUTOUR.sub(r"\1", sur_une_ligne).replace(";}", "}").strip()


def _constantes(feuilles: Sequence[str]) -> dict[str, str]:
    """The value of each token that is given once, in no more letters than its short name."""
    donnes = [donne for feuille in feuilles for donne in _DONNE.findall(feuille)]
    fois = Counter(jeton for jeton, _ in donnes)
    return {j: valeur for j, valeur in donnes if fois[j] == 1 and len(valeur) <= len("var(--a)")}


def _courts(feuilles: Sequence[str], sauf: Collection[str]) -> dict[str, str]:
    """The short name of each of the other tokens."""
    jetons = [j for j in _JETON.findall("".join(feuilles)) if j not in sauf]
    return {jeton: _court(rang) for rang, jeton in enumerate(dict.fromkeys(jetons))}


def _court(rang: int) -> str:
    """The name of the token of this rank: one letter or digit for the first 62."""
    return f"--{LETTRES[rang]}" if rang < len(LETTRES) else f"--{rang}"


def alleger_js(texte: str) -> str:
    """The same script without comments nor needless spaces, by the library rjsmin."""
    script: str = jsmin(texte)
    return script


@functools.cache
def _alleger(dossier: str, nom: str, apparence: str = "") -> bytes:
    texte = (Path(dossier) / nom).read_text(encoding="utf-8")
    if nom.endswith(".css"):
        texte = texte.replace(SOMBRE, CHOIX.get(apparence, SOMBRE))
        return alleger_css(texte, _feuilles(dossier)).encode()
    return alleger_js(texte).encode()


@functools.cache
def _feuilles(dossier: str) -> tuple[str, ...]:
    """The sheets, in the order that numbers their tokens."""
    return tuple(f.read_text(encoding="utf-8") for f in sorted(Path(dossier).glob("*.css")))


@functools.cache
def _compresser(dossier: str, nom: str, apparence: str = "") -> bytes:
    allege = _alleger(dossier, nom, apparence)
    return compression.compresser(allege, compression.FORCE_UNE_FOIS)


def preparer(app: Flask) -> None:
    """Before the first visitor, and once for the processes that serve."""
    dossier = app.static_folder or ""
    for fichier in Path(dossier).iterdir():
        if fichier.suffix in TYPES:
            _compresser(dossier, fichier.name)
    for apparence in CHOIX:
        _compresser(dossier, FEUILLE, apparence)


def _servir(filename: str) -> Response:
    """Stands for the route of Flask: a sheet or a script goes lighter, if it is one of ours."""
    dossier = current_app.static_folder or ""
    nature = TYPES.get(Path(filename).suffix)
    if nature is None or filename not in {fichier.name for fichier in Path(dossier).iterdir()}:
        return current_app.send_static_file(filename)
    apparence = request.args.get("apparence", "")
    apparence = apparence if apparence in CHOIX else ""
    contenu = _alleger(dossier, filename, apparence)
    etag = _hash(dossier, filename) + apparence
    if compressee := compression.accepte_gzip():
        contenu = _compresser(dossier, filename, apparence)
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
    app.jinja_env.globals.update(statique=statique, feuille_de_style=feuille_de_style)
