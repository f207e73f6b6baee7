"""What this process keeps of tables that change seldom, as long as the base tells their version."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from flask import g, request

T = TypeVar("T")
AU_PLUS = 1000
"""Answers kept of one version; beyond, all are read again."""


class ParVersion(Generic[T]):
    """What was read, by who may read it, for the last version that a session told.

    ``version``: its name in the request (``app/connexion/sessions.py``).
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.gardes: dict[str, dict[Hashable, T]] = {}

    def obtenir(
        self, qui: Hashable, lire: Callable[[], T], garder: Callable[[T], bool] = lambda _: True
    ) -> T:
        """What was kept for ``qui``, which holds all that the answer depends on; else ``lire``.

        ``garder``: whether it may be. What a form has just written may still be undone: only a page
        that reads keeps what it read.
        """
        version = g.get(self.version)
        if version is None or request.method != "GET":
            return lire()
        if version not in self.gardes:
            self.gardes.clear()
        gardes = self.gardes.setdefault(version, {})
        if qui in gardes:
            return gardes[qui]
        lu = lire()
        if garder(lu):
            if len(gardes) >= AU_PLUS:
                gardes.clear()
            gardes[qui] = lu
        return lu
