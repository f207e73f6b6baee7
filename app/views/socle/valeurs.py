"""A text, as a value of the type of a column: what a filter compares, what a field keeps."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from app.regles.age import PARIS
from app.views.socle import saisie
from app.views.socle.affichage import Propriete

Choix = list[tuple[str, str]]
"""(value as a form or an address writes it, label)"""


def lecteur(prop: Propriete) -> Callable[[str], Any]:
    """What reads a value of the type of this column, day first; ``ValueError`` for a wrong one."""
    if prop.colonne is None:
        return saisie.lire_entier  # a relationship: the number of a record
    genre = prop.colonne.type
    if hasattr(genre, "enums"):
        return lambda texte: lire_enum(genre, texte)
    lecteurs: dict[str, Callable[[str], Any]] = {
        "bool": lire_oui_non,
        "date": saisie.lire_date,
        "datetime": lambda texte: minuit(saisie.lire_date(texte)),
        "time": saisie.lire_heure,
        "int": saisie.lire_entier,
        "Decimal": lambda texte: saisie.lire_decimal(texte, 20, None),
        "float": lambda texte: saisie.lire_decimal(texte, 20, None),
    }
    return lecteurs.get(genre.python_type.__name__, str)


def lire_oui_non(texte: str) -> bool:
    valeurs = {"oui": True, "non": False}
    if texte.lower() not in valeurs:
        raise ValueError("Écrivez oui ou non.")
    return valeurs[texte.lower()]


def choix_d_enum(genre) -> Choix:
    """The values of an ``Enum`` column: a member by its name, shown by its value."""
    if genre.enum_class is None:
        return [(e, e) for e in genre.enums]
    return [(e.name, str(e.value)) for e in genre.enum_class]


def lire_enum(genre, texte: str):
    """The member named, or the text itself for an ``Enum`` of texts; ``ValueError`` for another."""
    if texte not in dict(choix_d_enum(genre)):
        raise ValueError("Ce choix n’est pas proposé.")
    return texte if genre.enum_class is None else genre.enum_class[texte]


def minuit(jour: date) -> datetime:
    return datetime.combine(jour, time.min, PARIS)
