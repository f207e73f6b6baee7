"""Writes that no screen makes: those of the owner of the base, for everyone."""

import random
from collections.abc import Sequence
from contextlib import contextmanager

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError


@contextmanager
def le_proprietaire(app):
    """A connection of the owner, which writes for everyone what no screen would."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as connexion:
        connexion.execute(text("select set_config('app.acteur', 'tous', false)"))
        connexion.commit()
        yield connexion
    moteur.dispose()


def ecrire(app, ordre: str, **valeurs) -> None:
    with le_proprietaire(app) as connexion:
        connexion.execute(text(ordre), valeurs)
        connexion.commit()


def ecrire_au_hasard(
    r: random.Random, connexion, ordres: Sequence[str], jeunes: list[int], au_plus: int
) -> int:
    """A few of these statements, on two youths (``:a``, ``:b``) and a number of days (``:n``); how
    many rows the base let through."""
    faits = 0
    for _ in range(r.randint(1, au_plus)):
        a, b = r.sample(jeunes, 2)
        try:
            with connexion.begin_nested():
                ordre = text(r.choice(ordres))
                faits += connexion.execute(ordre, {"a": a, "b": b, "n": r.randint(1, 60)}).rowcount
        except DBAPIError:
            continue  # a rule of the record refuses it
    return faits
