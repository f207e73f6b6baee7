"""What the home pages read of every youth is read before anybody opens one.

A process that serves does it when it starts, then each minute: whoever looks first in the morning,
after an import or a change of a code list, finds it read.
"""

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask, g
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import acces
from app.extensions import db
from app.regles.age import aujourd_hui
from app.views.pages.accueil import preparer_pour_tous

PERIODE_SECONDES = 60.0
_LISTES = text("select acces.lire_version_des_listes()")

comptees: list[Callable[[], None]] = []
"""Called each time: whoever counts them (``metriques.py``)."""

logger = logging.getLogger(__name__)


def preparer(app: Flask) -> None:
    """Bring what this process keeps up to now, whatever has moved; names and writes nothing."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="preparation"):
        g.version_des_listes = str(db.session.scalar(_LISTES))
        preparer_pour_tous(aujourd_hui())
    for compter in comptees:
        compter()


def preparer_sans_fin(app: Flask) -> None:
    """From now on, in this thread; a base that does not answer is asked again a minute later."""
    while True:
        try:
            preparer(app)
        except SQLAlchemyError as erreur:
            logger.warning("Pages d’accueil non préparées : %s", type(erreur).__name__)
        time.sleep(PERIODE_SECONDES)


def commencer(app: Flask) -> None:
    """Prepare in a thread of its own: pages are served meanwhile."""
    fil = threading.Thread(target=preparer_sans_fin, args=(app,), name="preparation", daemon=True)
    fil.start()
