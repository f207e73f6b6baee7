"""Run the migrations as the owner, in one transaction, then install policies and triggers."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, make_url

import app.models  # noqa: F401  (maps every table)
from app.acces import installe
from app.acces.installation import installer
from app.commandes.base import prendre_le_tour
from app.extensions import db


def _proprietaire():
    """The connection given by the caller (``init``), else one of its own to the owner's address."""
    return create_engine(current_app.config["DATABASE_OWNER_URL"])


def _migrer(connexion) -> None:
    context.configure(
        connection=connexion,
        target_metadata=db.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=False,
        include_object=_notre,
        on_version_apply=context.config.attributes.get("a_chaque_etape"),
    )
    with context.begin_transaction():
        # Two upgrades at once go one after the other; the second then finds nothing to do.
        prendre_le_tour(connexion)
        context.run_migrations()
        arrivee = context.get_context().get_current_revision()
        if arrivee is not None and arrivee == context.script.get_current_head():
            role = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username
            if not installe.est_a_jour(connexion, role):
                installer(connexion, role)
                installe.retenir(connexion, role)


def _notre(objet, nom, genre, reflechi, autre) -> bool:
    return nom != "alembic_version"


connexion = context.config.attributes.get("connection")
if connexion is not None:
    _migrer(connexion)
else:
    moteur = _proprietaire()
    with moteur.connect() as connexion:
        _migrer(connexion)
    moteur.dispose()
