"""Flask-Admin behind Flask-Login, without history, as a process that ``atelier`` asks."""

import itertools
import os

from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import text

from tests.pairs.atelier import Client, Demande, formulaire, nom_sans_pareil, servir, un_jour
from tests.pairs.tables_sqlalchemy import Jeune, Rencontre, compteur, db, ouvrir


class Personne(UserMixin, db.Model):
    __tablename__ = "personne"
    id = db.Column(db.Integer, primary_key=True)
    nom = db.Column(db.String(100), nullable=False)


class VueFermee(ModelView):
    """Only for whoever signed in."""

    page_size = 25

    def is_accessible(self):
        return current_user.is_authenticated


class JeuneView(VueFermee):
    column_list = (
        *("nom", "prenom", "date_naissance", "mds", "telephone", "lieu_accueil"),
        *("repere_le", "oriente_par", "contact_le", "code"),
    )
    column_default_sort = [("nom", False), ("prenom", False)]
    column_searchable_list = ("nom", "prenom", "code")
    column_filters = ("mds_id", "lieu_accueil_code", "est_parent", "est_hors_departement")


class RencontreView(VueFermee):
    column_list = ("jeune", "le", "heure", "type", "statut", "lieu", "agents", "jeune_present")
    column_default_sort = ("le", True)
    form_ajax_refs = {"jeune": {"fields": ("nom", "prenom"), "page_size": 10}}


def principal() -> None:
    app = ouvrir("flask_admin", os.environ["PAIRS_BASE"])
    connexion = LoginManager(app)

    @connexion.user_loader
    def lire(numero):
        return db.session.get(Personne, int(numero))

    admin = Admin(app, name="Dossiers")
    admin.add_view(JeuneView(Jeune, db, endpoint="jeunes"))
    admin.add_view(RencontreView(Rencontre, db, endpoint="rencontres"))
    with app.app_context():
        Personne.__table__.create(db.engine, checkfirst=True)
        personne = db.session.get(Personne, 1) or Personne(id=1, nom="Mesure")
        db.session.add(personne)
        db.session.commit()
        ordre = "select id from jeune order by nom, prenom, id limit 1"
        jeune = db.session.scalar(text(ordre))
    client = Client(app.wsgi_app)
    scellee = app.session_interface.get_signing_serializer(app).dumps(
        {"_user_id": "1", "_fresh": True}
    )
    client.cookies["session"] = scellee
    numeros = itertools.count(1)

    def creer_rencontre() -> Demande:
        return formulaire(
            client,
            "/admin/rencontres/new/",
            jeune=str(jeune),
            type="ENTRETIEN",
            statut="TENUE",
            le="2026-10-14",
            jeune_present="true",
            compte_rendu="Point sur le logement.",
        )

    def creer_jeune() -> Demande:
        nom = nom_sans_pareil()
        return formulaire(
            client,
            "/admin/jeunes/new/",
            code=f"X{nom}",
            nom=nom,
            prenom="Essai",
            date_naissance=f"{un_jour()}",
            mds="1",
        )

    def enregistrer() -> Demande:
        ou = f"/admin/jeunes/edit/?id={jeune}"
        return formulaire(client, ou, objectif=f"Essai {next(numeros)}")

    servir(
        client,
        {
            "liste": lambda: Demande("/admin/jeunes/"),
            "creer_rencontre": creer_rencontre,
            "creer_jeune": creer_jeune,
            "enregistrer": enregistrer,
        },
        compteur(),
    )


if __name__ == "__main__":
    principal()
