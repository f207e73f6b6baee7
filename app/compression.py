"""Answers sent compressed: pages, sheets and scripts are four times lighter on a poor network.

A page is compressed only when the browser says that it asks for it itself: an answer whose size
depends both on what another site sends and on what it must not read would tell it letter by letter
(the attack BREACH). The web server in front may compress the same types; it then finds them done.
"""

import gzip

from flask import Flask, Response, request

TYPES = {"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"}
MINIMUM = 1_000
"""Bytes; below, the answer fits in one packet anyway."""
FORCE = 5
"""Of zlib: beyond, more time for hardly less."""
FORCE_UNE_FOIS = 9
"""For what is compressed once, when the server starts."""
DE_LA_PERSONNE = {"same-origin", "none"}
"""Where a page that we compress is asked from: one of ours, or what a person typed or kept."""


def declarer(app: Flask) -> None:
    app.after_request(_repondre)


def accepte_gzip() -> bool:
    return "gzip" in request.accept_encodings


def compresser(contenu: bytes, force: int = FORCE) -> bytes:
    """The same bytes give the same file, whenever it is made."""
    return gzip.compress(contenu, force, mtime=0)


def _repondre(reponse: Response) -> Response:
    if _se_compresse(reponse):
        reponse.set_data(compresser(reponse.get_data()))
        reponse.content_encoding = "gzip"
        reponse.vary.add("Accept-Encoding")
    return reponse


def _se_compresse(reponse: Response) -> bool:
    return (
        reponse.mimetype in TYPES
        and not reponse.content_encoding
        and not reponse.is_streamed
        and not reponse.direct_passthrough
        and (reponse.content_length or 0) >= MINIMUM
        and accepte_gzip()
        and request.headers.get("Sec-Fetch-Site") in DE_LA_PERSONNE
    )
