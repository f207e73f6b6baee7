"""How often Python looks for cycles among its objects."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJETS_NEUFS = 200_000
"""How many before it does: more than the rows that are read at once for a large file, each of
which would be looked through while it is made."""


def ramasser_moins_souvent() -> None:
    """Of the queue and of commands, which make long files; a process of pages would hold more.

    What starting made stays for good: it is not looked through either.
    """
    gc.set_threshold(OBJETS_NEUFS)
    if not gc.get_freeze_count():
        gc.freeze()


@contextmanager
def sans_ramasser() -> Iterator[None]:
    """While what stays for good is made: a quarter of the time of starting was spent looking there
    for cycles. Nor is all of it looked through at the end: it counts as old."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        gc.enable()
