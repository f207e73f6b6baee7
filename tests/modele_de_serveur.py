"""What the model of the servers (``tests/serveurs.py``) has read before any of them is asked for:
``run.py``, each screen, what SQLAlchemy works out of the models."""

import gc
from tempfile import TemporaryDirectory

from sqlalchemy.orm import configure_mappers

import run
from config import lire_reglages

NULLE_PART = "postgresql://application:x@127.0.0.1:1/nulle_part"
"""The base of an application that is made and never serves."""

with TemporaryDirectory() as instance:
    reglages = {"TANDEM_ENV": "test", "TANDEM_INSTANCE": instance, "DATABASE_URL": NULLE_PART}
    run.create_app(lire_reglages(reglages))
configure_mappers()
gc.freeze()
