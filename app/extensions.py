"""The extensions that the whole application shares; ``create_app`` binds them to a Flask one."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, url_for
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_babel import get_babel
from flask_wtf.csrf import CSRFProtect


@dataclass(frozen=True)
class LienDeMenu:
    """What ``add_view(…, category=…)`` asks of the menu.

    ``app/menu.py`` shows it to whoever may read the resource.
    """

    categorie: str
    libelle: str
    endpoint: str
    ressource: str
    condition: Callable[[], bool] | None = None


class TandemAppBuilder(AppBuilder):
    """Flask-AppBuilder with the parts that we use: views and login.

    No rights in its tables (``app/roles.py`` has them), no « back » history, no language switch, no
    API, none of its static files; its menu is ours.
    """

    def init_app(self, app: Flask, session) -> None:
        self.baseviews: list = []
        super().init_app(app, session)
        # One language; and its own selector writes in the cookie of people who are not logged in.
        get_babel(app).locale_selector = lambda: app.config["BABEL_DEFAULT_LOCALE"]

    def add_link(  # noqa: PLR0913 – the signature of the framework
        self,
        name: str,
        href: str = "",
        icon: str = "",
        label: str = "",
        category: str = "",
        category_icon: str = "",
        category_label: str = "",
        baseview=None,
        cond: Callable[[], bool] | None = None,
    ) -> None:
        """Place a view in our menu; the icons of the framework have no place there."""
        if baseview is None or href:
            raise RuntimeError(
                f"add_link(« {name} ») : le menu mène aux écrans ; donnez la vue par baseview, sans"
                " href."
            )
        lien = LienDeMenu(
            category_label or category,
            label or name,
            f"{baseview.endpoint}.{baseview.default_view}",
            baseview.class_permission_name,
            cond,
        )
        current_app.extensions.setdefault("liens_de_menu", []).append(lien)

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    def _add_global_static(self) -> None: ...

    def _add_global_filters(self) -> None: ...

    @property
    def get_url_for_index(self) -> str:
        return url_for("Accueil.index")


db = SQLA(metadata=Model.metadata)
appbuilder = TandemAppBuilder()
csrf = CSRFProtect()
