"""The other names of columns and values: « DDN », « FA », « NEET »… (``app/donnees/alias.csv``).

A file that a social worker completes in a tableur; a Département may put its own ``alias.csv`` in
its folder of settings, which is added to this one.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flask import current_app, has_app_context

from app.echanges.reprise.destinations import PAR_LIBELLE, Destination
from app.regles.texte import plier

FICHIER = Path(__file__).parents[2] / "donnees" / "alias.csv"
_REMARQUE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SIGNES = re.compile(r"[\s*:.;,?!_/\\-]+")


class AliasFaux(Exception):
    """A line of the file leads nowhere; the message says which."""


@dataclass
class Alias:
    """``colonnes``: heading → destination; ``par_feuille``: the same, in sheets of that name alone.

    ``valeurs`` and ``propositions``: list of codes → word → code. A value is translated at once; a
    proposition waits for a person.
    """

    colonnes: dict[str, Destination] = field(default_factory=dict)
    par_feuille: dict[str, dict[str, Destination]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    valeurs: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    propositions: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def titre_entier(titre: str) -> str:
    """A heading as it is compared: folded, its star and its signs left out."""
    return " ".join(_SIGNES.sub(" ", plier(titre)).split())


def titre_nu(titre: str) -> str:
    """The same without the remark in brackets: « Né(e) le * (JJ/MM/AAAA) » → « ne le »."""
    return titre_entier(_REMARQUE.sub(" ", titre))


def mot(texte: str) -> str:
    """A value as it is compared."""
    return " ".join(_SIGNES.sub(" ", plier(texte)).split())


def lire_alias() -> Alias:
    """The names that come with Tandem, and those of the Département that it serves."""
    if not has_app_context():
        return _lire(None)
    return _lire(current_app.config["DEPARTEMENT"].dossier)


@cache
def _lire(dossier: Path | None) -> Alias:
    alias = Alias()
    fichiers = [FICHIER]
    if dossier is not None and (dossier / "alias.csv").exists():
        fichiers.append(dossier / "alias.csv")
    for fichier in fichiers:
        with fichier.open(encoding="utf-8-sig", newline="") as flux:
            for rang, ligne in enumerate(csv.DictReader(flux, delimiter=";"), 2):
                _ajouter(alias, ligne, f"{fichier.name}, ligne {rang}")
    return alias


def _ajouter(alias: Alias, ligne: dict[str, str], ici: str) -> None:
    sens = ligne["sens"].strip()
    match ligne["quoi"].strip():
        case "colonne" | "feuille" as quoi:
            destination = PAR_LIBELLE.get(plier(sens))
            if destination is None:
                raise AliasFaux(f"{ici} : « {sens} » n’est pas un champ de Tandem.")
            places = alias.colonnes
            if quoi == "feuille":
                places = alias.par_feuille[plier(ligne["ou"])]
            places[titre_entier(ligne["mot"])] = destination
        case "valeur":
            alias.valeurs[ligne["ou"].strip()][mot(ligne["mot"])] = sens
        case "proposition":
            alias.propositions[ligne["ou"].strip()][mot(ligne["mot"])] = sens
        case autre:
            raise AliasFaux(f"{ici} : « {autre} » n’est ni colonne, ni feuille, ni valeur.")
