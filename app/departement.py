"""What is proper to a Département, read once from a folder of settings.

``TANDEM_DEPARTEMENT`` names the folder. It holds ``departement.toml`` (name, how its territories
are called), ``mds.csv`` and ``service.csv``; a file of its ``nomenclatures/`` replaces the code
list of the same name that comes with Tandem. What cannot be used stops the start with a sentence.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from config import ReglageRefuse

NOMENCLATURES = Path(__file__).parent / "donnees" / "nomenclatures"
COLONNES = {"mds": {"code", "nom"}, "service": {"mds", "type", "nom", "telephone"}}
"""The columns that a file of the folder must have."""


@dataclass(frozen=True)
class ReglagesDuDepartement:
    """``nom``: as printed in the headers of tables and reports; ``mots_connus``: weak passwords."""

    dossier: Path
    nom: str
    sigle_territoire: str
    nom_des_territoires: str
    mots_connus: tuple[str, ...]

    def territoire(self, nom_mds: str | None) -> str:
        """How a header names an MDS, or the whole Département when there is none."""
        return self.nom if nom_mds is None else f"{self.sigle_territoire} {nom_mds}"

    def table(self, nom: str) -> list[dict[str, str]]:
        """The rows of a file of the folder, of the list that comes with Tandem when it has none."""
        propre = self.dossier / "nomenclatures" / f"{nom}.csv"
        if nom in COLONNES:
            return _lire_csv(self.dossier / f"{nom}.csv")
        return _lire_csv(propre if propre.exists() else NOMENCLATURES / f"{nom}.csv")


def lire_departement(dossier: Path) -> ReglagesDuDepartement:
    """The settings of a folder. Refuses what is missing, misspelt or empty."""
    try:
        with (dossier / "departement.toml").open("rb") as fichier:
            lu = tomllib.load(fichier)
    except OSError:
        raise ReglageRefuse(
            f"TANDEM_DEPARTEMENT : {dossier} n’a pas de fichier departement.toml lisible."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ReglageRefuse(f"{dossier / 'departement.toml'} ne se lit pas : {erreur}.") from None
    textes = {nom: _texte(lu, nom, dossier) for nom in _TEXTES}
    mots = lu.pop("mots_connus", [])
    if not isinstance(mots, list) or not all(isinstance(mot, str) for mot in mots):
        raise ReglageRefuse(
            f"{dossier / 'departement.toml'} : « mots_connus » est une liste de mots."
        )
    if lu:
        raise ReglageRefuse(
            f"{dossier / 'departement.toml'} : « {min(lu)} » est inconnu ; les noms connus sont "
            f"{', '.join((*_TEXTES, 'mots_connus'))}."
        )
    departement = ReglagesDuDepartement(dossier, **textes, mots_connus=tuple(mots))
    _verifier(departement)
    return departement


def courant() -> ReglagesDuDepartement:
    """The Département that this application serves."""
    return cast(ReglagesDuDepartement, current_app.config["DEPARTEMENT"])


_TEXTES = ("nom", "sigle_territoire", "nom_des_territoires")


def _texte(lu: dict[str, object], nom: str, dossier: Path) -> str:
    valeur = lu.pop(nom, None)
    if not isinstance(valeur, str) or not valeur.strip():
        raise ReglageRefuse(f"{dossier / 'departement.toml'} : « {nom} » manque ou est vide.")
    return valeur.strip()


def _verifier(departement: ReglagesDuDepartement) -> None:
    """An MDS at least; each with a code and a name of its own; services of known MDS."""
    for nom, colonnes in COLONNES.items():
        for ligne in departement.table(nom):
            if not colonnes <= ligne.keys():
                raise ReglageRefuse(
                    f"{departement.dossier / nom}.csv doit avoir les colonnes "
                    f"{', '.join(sorted(colonnes))}."
                )
    mds = departement.table("mds")
    codes = {ligne["code"] for ligne in mds}
    if not mds or len(codes) < len(mds) or not all(m["code"] and m["nom"] for m in mds):
        raise ReglageRefuse(
            f"{departement.dossier / 'mds.csv'} : il faut au moins une MDS ; chacune a un code "
            "à elle et un nom."
        )
    for service in departement.table("service"):
        if service["mds"] and service["mds"] not in codes:
            raise ReglageRefuse(
                f"{departement.dossier / 'service.csv'} : « {service['mds']} » n’est pas le code "
                "d’une MDS."
            )


def _lire_csv(chemin: Path) -> list[dict[str, str]]:
    try:
        with chemin.open(encoding="utf-8", newline="") as fichier:
            return list(csv.DictReader(fichier))
    except (OSError, UnicodeDecodeError):
        raise ReglageRefuse(f"le fichier {chemin} manque ou ne se lit pas.") from None
