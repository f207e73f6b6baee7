"""Importing this module maps every table: each module of the package is found by itself."""

import importlib
import pkgutil
from pathlib import Path

from .declaration import attraper

_DES_MIGRATIONS = "migration"
"""Maps no table, and reads Alembic."""

for _module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if _module.name == _DES_MIGRATIONS:
        continue
    try:
        importlib.import_module(f"{__package__}.{_module.name}")
    except (TypeError, AttributeError, NameError, KeyError) as _erreur:
        raise attraper(f"app/models/{_module.name}.py", _erreur) from _erreur
