"""The keys of the drafts that a browser keeps as one types: only an open session gives them.

Those of a day are derived from SECRET_KEY and the account: nothing is kept, and a draft older than
yesterday can no longer be read by anyone.
"""

import base64
from datetime import timedelta

from app.regles.age import aujourd_hui
from app.secret import deriver


def cles(compte_id: int) -> list[dict[str, str]]:
    """The keys of today, then of yesterday: AES of 256 bits, in base64."""
    jour = aujourd_hui()
    return [_cle(compte_id, f"{jour - timedelta(days=avant)}") for avant in (0, 1)]


def _cle(compte_id: int, jour: str) -> dict[str, str]:
    octets = deriver(f"tandem brouillon {compte_id} {jour}")
    return {"jour": jour, "cle": base64.b64encode(octets).decode()}
