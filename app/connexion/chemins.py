"""Addresses that a person brings along (``?next=``, the page before): those of Tandem alone."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request


def chemin_local(brut: str) -> str | None:
    """The path and the query string of ``brut``; None when it leads to another site."""
    if "\\" in brut or any(ord(c) < 33 or ord(c) == 127 for c in brut):
        return None
    try:
        url = urlsplit(brut)
    except ValueError:
        return None
    absolue = url.scheme or url.netloc
    if absolue and (url.scheme not in ("http", "https") or url.netloc != request.host):
        return None
    if not url.path.startswith("/") or url.path.startswith("//"):
        return None
    if url.query:
        return f"{url.path}?{url.query}"
    return url.path


def avec(chemin: str, nom: str, valeur: object = None) -> str:
    """The same path with this parameter of the query string; without it when there is no value."""
    url = urlsplit(chemin)
    autres = [(n, v) for n, v in parse_qsl(url.query, keep_blank_values=True) if n != nom]
    if valeur is not None:
        autres.append((nom, str(valeur)))
    return url._replace(query=urlencode(autres)).geturl()
