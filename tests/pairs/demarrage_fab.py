"""Stock Flask-AppBuilder with a screen for each of our nouns, made ready to serve, then left.

``PAIRS_BASE``: an empty base, where its first start writes its permissions.
"""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla import models
from sqlalchemy import create_engine

from app.models import catalogue
from app.models.declaration import Forme

SES_TABLES = [table for nom, table in models.Model.metadata.tables.items() if nom[:3] == "ab_"]


def vue(nom: str, modele: type) -> type[ModelView]:
    attributs = {"datamodel": SQLAInterface(modele), "list_columns": ["id"]}
    return type(f"Vue{modele.__name__}", (ModelView,), attributs)


def principal() -> None:
    base = os.environ["PAIRS_BASE"]
    models.Model.metadata.create_all(create_engine(base), tables=SES_TABLES)
    app = Flask("stock")
    app.config.update(SECRET_KEY="x" * 50, SQLALCHEMY_DATABASE_URI=base)
    db = SQLA(app)
    with app.app_context():
        constructeur = AppBuilder(app, db.session)
        for nom in catalogue.de_forme(Forme.PAR_JEUNE, Forme.PAR_MDS):
            constructeur.add_view(vue(nom, catalogue.classe_de(nom)), nom, category="Dossiers")


if __name__ == "__main__":
    principal()
