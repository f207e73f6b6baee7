"""The advisories on the libraries of our locks, vendored with the date of their source.

``python -m tools.avis`` says which locked versions are concerned (code 1) and, without failing,
whether the list is older than sixty days. ``python -m tools.avis CLONE`` makes it again from a
clone of https://github.com/pypa/advisory-database.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from tools import verrou

LISTE = verrou.RACINE / "docs/composants/avis.json"
AGE_MAX_JOURS = 60
SOURCE = "https://github.com/pypa/advisory-database"


def extraire(depot: Path) -> dict[str, Any]:
    """What the database says of our libraries, whatever their versions."""
    noms = sorted({nom for lock in verrou.VERROUS for nom in verrou.lire(lock)})
    return {
        "source": SOURCE,
        "commit": _git(depot, "rev-parse", "HEAD").strip(),
        "le": _git(depot, "log", "-1", "--format=%cI").strip(),
        "bibliotheques": {nom: avis for nom in noms if (avis := list(_avis(depot, nom)))},
    }


def _avis(depot: Path, nom: str) -> Iterator[dict[str, Any]]:
    fichiers = _git(depot, "ls-tree", "-r", "--name-only", "HEAD", f"vulns/{nom}/").split()
    for fichier in fichiers:
        lu = yaml.safe_load(_git(depot, "show", f"HEAD:{fichier}"))
        if "withdrawn" in lu:
            continue
        periodes = []
        for touche in lu["affected"]:
            for plage in touche.get("ranges", ()):
                if plage["type"] == "ECOSYSTEM":
                    periodes.append([dict(evenement) for evenement in plage["events"]])
        yield {"id": lu["id"], "alias": lu.get("aliases", []), "periodes": periodes}


def _git(depot: Path, *arguments: str) -> str:
    fini = subprocess.run(
        ["git", "-C", str(depot), *arguments], capture_output=True, text=True, check=True
    )
    return fini.stdout


def concernees(liste: dict[str, Any], versions: dict[str, str]) -> list[str]:
    """« werkzeug 2.0.1 : PYSEC-2023-58 », for each locked version that an advisory concerns."""
    trouvees = []
    for nom, version in versions.items():
        for avis in liste["bibliotheques"].get(nom, ()):
            if any(_est_dans(periode, Version(version)) for periode in avis["periodes"]):
                trouvees.append(f"{nom} {version} : {avis['id']}")
    return trouvees


def _est_dans(periode: list[dict[str, str]], version: Version) -> bool:
    """Introduced, and not fixed since: the events are in their order."""
    touchee = False
    for evenement in periode:
        if "introduced" in evenement and version >= Version(evenement["introduced"]):
            touchee = True
        if "fixed" in evenement and version >= Version(evenement["fixed"]):
            touchee = False
        if "last_affected" in evenement and version > Version(evenement["last_affected"]):
            touchee = False
    return touchee


def age_en_jours(liste: dict[str, Any]) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(liste["le"])).days


def main(arguments: list[str]) -> int:
    if arguments:
        liste = extraire(Path(arguments[0]))
        texte = json.dumps(liste, ensure_ascii=False, indent=1)
        LISTE.write_text(f"{texte}\n", encoding="utf-8")
    liste = json.loads(LISTE.read_text(encoding="utf-8"))
    age = age_en_jours(liste)
    if age > AGE_MAX_JOURS:
        print(
            f"Avis de sécurité : la liste a {age} jours (plus de {AGE_MAX_JOURS}). Refaites-la :"
            f" git clone --depth 1 {SOURCE} && python -m tools.avis advisory-database",
            file=sys.stderr,
        )
    trouvees = [t for lock in verrou.VERROUS for t in concernees(liste, verrou.lire(lock))]
    for trouvee in trouvees:
        print(f"Concernée par un avis de sécurité : {trouvee}", file=sys.stderr)
    return 1 if trouvees else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
