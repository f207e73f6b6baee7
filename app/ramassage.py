"""How often Python looks for cycles among its objects."""

import gc

OBJETS_NEUFS = 7000
"""How many before it does; at 700, half of the time of the lines of a large file is spent looking
through those being made."""


def ramasser_moins_souvent() -> None:
    """Of the queue and of commands, which make long files; a process of pages would hold more."""
    gc.set_threshold(OBJETS_NEUFS)
