"""Before it serves: the base at the version of the code, what refuses to serve, the demonstration.

Read by a process that ends with it (``memoire.sans_rien_garder``): those that serve know neither
Alembic nor the commands.
"""

from flask import Flask
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from app.commandes import CommandeRefusee, base, comptes, premiere_ligne
from app.commandes.demo import demo

JEUNES_DE_DEMONSTRATION = 300
GRAINE = 2025
DE_VRAIS_JEUNES = (
    "select exists (select from jeune)"
    " and not exists (select from journal where operation = 'demo')"
)


def preparer(app: Flask) -> None:
    """Bring the base to the version of the code; without its owner, only check that it is there."""
    if app.config["DATABASE_OWNER_URL"]:
        base.initialiser(app)
    moteur = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    try:
        with moteur.connect() as connexion:
            vierge = verifier(app, connexion)
    except OperationalError as erreur:
        raise CommandeRefusee(
            f"la base ne répond pas : {premiere_ligne(erreur)}", code=2
        ) from erreur
    finally:
        moteur.dispose()
    if app.config["TANDEM_ENV"] == "demonstration" and vierge:
        remplir_la_demonstration(app)


def verifier(app: Flask, connexion: Connection) -> bool:
    """Refuse to serve a base of another version, or demonstration accounts in production.

    Whether there is nobody in it.
    """
    version = base.version_de_la_base(connexion)
    connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
    if version != base.version_du_code(app):
        raise CommandeRefusee(
            f"la base est à la version {version}, l’application à une autre : lancez "
            "« flask tandem init »."
        )
    ouverts = comptes.comptes_de_demonstration_ouverts(connexion)
    if app.config["TANDEM_ENV"] == "production" and ouverts:
        raise CommandeRefusee(
            "en production, les comptes de démonstration doivent être fermés ou supprimés : "
            f"{', '.join(ouverts)}."
        )
    if not app.config["ENV_DONNE"] and connexion.scalar(text(DE_VRAIS_JEUNES)):
        raise CommandeRefusee(
            "la base contient des jeunes qui ne viennent pas de la démonstration, et TANDEM_ENV"
            " n’est pas donnée : donnez TANDEM_ENV=production (docs/exploitation.md)."
        )
    vierge = "select not exists (select from jeune) and not exists (select from ab_user)"
    return bool(connexion.scalar(text(vierge)))


def remplir_la_demonstration(app: Flask) -> None:
    options = ["--jeunes", str(JEUNES_DE_DEMONSTRATION), "--graine", str(GRAINE)]
    with app.app_context():
        demo.main(options, standalone_mode=False)
