"""How what people type is read: a number in an address, a line of text, a date, an amount.

One reader for all the screens, so that none accepts what another refuses.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import BaseConverter, Map, Rule

from app.regles.age import PARIS
from app.regles.dates import (
    DERNIER_JOUR,
    HORS_DU_SIECLE,
    JOUR_INEXISTANT,
    PAS_UNE_DATE,
    PREMIER_JOUR,
)

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


class LienCalcule(Rule):
    """A route whose addresses are compiled when the first of them is built.

    Compiling those of every route at start takes a third of the time that an application takes to
    be made, and a process builds few of them.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiler = super()._compile_builder

        def construire(route: Rule, **valeurs: Any) -> tuple[str, str]:
            compile_ = compiler(append_unknown).__get__(route)
            setattr(route, "_build_unknown" if append_unknown else "_build", compile_)
            adresse: tuple[str, str] = compile_(**valeurs)
            return adresse

        return construire


def declarer(app: Flask) -> None:
    app.url_rule_class = LienCalcule
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
    """What was typed on one line, cut at ``taille`` characters.

    Spaces folded, no NUL: PostgreSQL refuses it.
    """
    return " ".join((texte or "").replace("\0", "").split())[:taille]


def ligne_saisie(nom: str, taille: int) -> str:
    """The line of text that the form sends under this name; empty when nothing was typed."""
    return ligne(request.form.get(nom), taille)


# A value typed in French; ``ValueError`` carries the sentence that says what to write
# ------------------------------------------------------------------------------------

ENTIER_MAXIMUM = 2_147_483_647
"""The largest ``integer`` of PostgreSQL."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_FRANCAISE = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_HEURE = re.compile(r"(\d{1,2})\s?[:hH]\s?(\d{2})?(?::\d{2})?", re.ASCII)
_INSTANT = re.compile(r"(\S+?)(?:T| +à +| +)(\d{1,2})[:h](\d{2})(?::\d{2})?", re.ASCII)


def lire_date(texte: str) -> date:
    """« 31/12/2025 », day first, or « 2025-12-31 » as the calendar of a browser sends it."""
    if trouve := _ISO.fullmatch(texte):
        annee, mois, jour = map(int, trouve.groups())
    elif trouve := _FRANCAISE.fullmatch(texte):
        jour, mois, annee = map(int, trouve.groups())
    else:
        raise ValueError(PAS_UNE_DATE)
    try:
        lue = date(annee, mois, jour)
    except ValueError:
        raise ValueError(JOUR_INEXISTANT) from None
    if not PREMIER_JOUR <= lue <= DERNIER_JOUR:
        raise ValueError(HORS_DU_SIECLE)
    return lue


def jour_demande() -> date | None:
    """The day that the address asks a form to begin with (``?le=``); none when it is no date."""
    try:
        return lire_date(request.args.get("le", ""))
    except ValueError:
        return None


def lire_heure(texte: str) -> time:
    """« 14 h 30 », « 14:30 » or « 14h », as a clock or the browser writes it."""
    trouve = _HEURE.fullmatch(texte)
    if not trouve:
        raise ValueError("Écrivez l’heure comme 14\u00a0h\u00a030.")
    try:
        return time(int(trouve[1]), int(trouve[2] or 0))
    except ValueError:
        raise ValueError("Cette heure n’existe pas.") from None


def lire_instant(texte: str) -> datetime:
    """« 31/12/2025 14:30 », « 31/12/2025 à 14h30 » or « 2025-12-31T14:30 », in Paris."""
    trouve = _INSTANT.fullmatch(texte)
    if not trouve:
        raise ValueError("Écrivez la date et l’heure comme 31/12/2025 14:30.")
    jour, heures, minutes = trouve.groups()
    try:
        heure = time(int(heures), int(minutes))
    except ValueError:
        raise ValueError("Cette heure n’existe pas.") from None
    return datetime.combine(lire_date(jour), heure, PARIS)


def lire_entier(texte: str, maximum: int = ENTIER_MAXIMUM) -> int:
    texte = re.sub(r"\s", "", texte)
    if not re.fullmatch(r"[+-]?\d{1,12}", texte, re.ASCII):
        raise ValueError("Écrivez un nombre entier, comme 12.")
    nombre = int(texte)
    if abs(nombre) > maximum:
        raise ValueError("Ce nombre est trop grand.")
    return nombre


def lire_decimal(texte: str, entiers: int = 10, decimales: int | None = 2) -> Decimal:
    """« 12,5 », « 12.5 » or « 52 000,00 ».

    ``entiers`` and ``decimales``: digits before and after the comma (None: any number of them).
    """
    texte = re.sub(r"\s", "", texte).replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,20}(\.\d{0,10})?|\.\d{1,10})", texte, re.ASCII):
        raise ValueError("Écrivez un nombre, comme 12,5.")
    nombre = Decimal(texte)
    if abs(nombre) >= 10**entiers:
        raise ValueError("Ce nombre est trop grand.")
    ecrites = len(texte.partition(".")[2])
    if decimales is not None and ecrites > decimales:
        raise ValueError(f"{decimales} chiffres au plus après la virgule.")
    return nombre
