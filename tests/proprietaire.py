"""Writes that no screen makes: those of the owner of the base, for everyone."""

from contextlib import contextmanager

from sqlalchemy import create_engine, text


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
