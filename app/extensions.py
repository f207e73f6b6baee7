"""The extensions shared by the whole application; ``create_app`` binds them to a Flask application."""

from flask import Flask, url_for
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_babel import get_babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect


class Atelier(AppBuilder):
    """Flask-AppBuilder with the parts that we use: views and login. No menu or rights in its
    tables, no « back » history, no language switch, no API, none of its static files."""

    def init_app(self, app: Flask, session) -> None:
        self.baseviews = []
        super().init_app(app, session)
        # One language; and its own selector writes in the cookie of people who are not logged in.
        get_babel(app).locale_selector = lambda: app.config["BABEL_DEFAULT_LOCALE"]

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    def _add_global_static(self) -> None: ...

    def _add_global_filters(self) -> None: ...

    @property
    def get_url_for_index(self) -> str:
        return url_for("Accueil.index")


db = SQLA(metadata=Model.metadata)
appbuilder = Atelier()
migrate = Migrate()
csrf = CSRFProtect()
