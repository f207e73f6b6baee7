"""What can be asked for: a period, a territory, some figures."""

from dataclasses import dataclass
from datetime import date

from .definitions import DEFINITIONS


@dataclass(frozen=True)
class Periode:
    """From ``du`` to ``au``, both included."""

    du: date
    au: date
    mds: str | None = None
    """The code of an MDS; None: the whole Département."""
    codes: frozenset[str] = frozenset(DEFINITIONS)
    """The figures asked for; all of them by default."""
