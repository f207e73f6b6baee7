"""The licence of each library that the application runs on, as its distribution says it.

``python -m tools.licences`` writes ``docs/composants/licences.md`` from what is installed.
"""

import importlib.metadata
import sys
from typing import Any

from tools import verrou

PAGE = verrou.RACINE / "docs/composants/licences.md"
ENTETE = """\
# Licences des bibliothèques

Ce que dit chaque bibliothèque de `requirements.txt`, installée avec Tandem.
`make composants` refait cette page.

| Bibliothèque | Version | Licence |
|---|---|---|
"""
ABREGEES = {
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
}


NON_DITES = {"pyrage": "MIT"}
"""Said by their repository alone."""


def licence(nom: str) -> str:
    """The SPDX expression when there is one, else the classifiers, else the text of the field."""
    fiche: dict[str, Any] = importlib.metadata.metadata(nom).json
    if expression := fiche.get("license_expression"):
        return str(expression)
    dites = [c for c in fiche.get("classifier", ()) if c.startswith("License :: ")]
    courtes = [c.rpartition(" :: ")[2] for c in dites]
    if courtes and courtes != ["OSI Approved"]:
        return ", ".join(ABREGEES.get(courte, courte) for courte in courtes)
    return str(fiche.get("license") or NON_DITES[nom]).splitlines()[0]


def page() -> str:
    lignes = [
        f"| {nom} | {version} | {licence(nom)} |"
        for nom, version in sorted(verrou.lire("requirements").items())
    ]
    return ENTETE + "\n".join(lignes) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.exit(0)
