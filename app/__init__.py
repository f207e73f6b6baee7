"""Tandem: the back-office of the binômes that follow young people who leave child protection."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import lire_reglages

# « cadre » comes before the framework; « liaison » listens to the pool.
from . import base_embarquee, cadre, departement, liaison  # noqa: F401
from .extensions import appbuilder, csrf, db
from .ramassage import sans_ramasser


@sans_ramasser()
def create_app(reglages: dict | None = None) -> Flask:
    """Put everything together: settings, base, screens, commands. Nowhere else is this done."""
    if reglages is None:
        reglages = lire_reglages()
    app = Flask(__name__)
    app.config.update(reglages)
    app.config["DEPARTEMENT"] = departement.lire_departement(app.config["TANDEM_DEPARTEMENT"])
    if app.config["SQLALCHEMY_DATABASE_URI"] is None:
        app.config.update(base_embarquee.demarrer(app.config["TANDEM_INSTANCE"]))
    if proxys := app.config["TANDEM_PROXYS"]:
        proxy = ProxyFix(app.wsgi_app, x_for=proxys, x_proto=proxys, x_host=proxys)
        # Flask documents this assignment, and declares a method.
        app.wsgi_app = proxy  # type: ignore[method-assign]

    from app.views.pages.sante import sante
    from app.views.socle.gabarits import Gabarits

    from . import commandes, compression, erreurs, models, views  # noqa: F401
    from .acces import sceau
    from .securite import Gestionnaire, proteger

    app.jinja_environment = Gabarits
    db.init_app(app)
    csrf.init_app(app)
    compression.declarer(app)
    proteger(app)
    with app.app_context():
        appbuilder.security_manager_class = Gestionnaire
        appbuilder.init_app(app, db.session)
        views.declarer(app, appbuilder)
    app.register_blueprint(sante)
    erreurs.declarer(app)
    commandes.declarer(app)
    sceau.declarer(app)
    return app
