"""What the locks hold: name and exact version of each library."""

import re
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
VERROUS = (
    *("requirements", "requirements-dev", "requirements-oidc"),
    *("requirements-pairs", "requirements-chaine"),
)
COMMANDE = (
    "uv pip compile --python-platform linux --python-version 3.11 --generate-hashes"
    " --no-annotate {nom}.in -o {nom}.txt"
)
"""As uv writes it at the head of what it makes."""
_EPINGLE = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s\\]+)", re.MULTILINE)


def normaliser(nom: str) -> str:
    """The name under which PyPI knows a library."""
    return re.sub(r"[-_.]+", "-", nom).lower()


def lire(nom: str) -> dict[str, str]:
    """Library → version, of a lock."""
    texte = (RACINE / f"{nom}.txt").read_text(encoding="utf-8")
    return {normaliser(trouve[1]): trouve[2] for trouve in _EPINGLE.finditer(texte)}
