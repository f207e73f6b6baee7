"""The plain tables, as Flask-SQLAlchemy reads them; and how many statements were sent."""

from collections.abc import Callable

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, ForeignKey, event
from sqlalchemy.orm import DeclarativeBase, relationship


class Base(DeclarativeBase): ...


db = SQLAlchemy(model_class=Base)


def ouvrir(nom: str, adresse: str) -> Flask:
    """An application on the base of the others."""
    app = Flask(nom)
    app.config.update(
        SECRET_KEY="x" * 50,
        SQLALCHEMY_DATABASE_URI=adresse,
        SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"application_name": nom}},
    )
    db.init_app(app)
    return app


def _liste(nom: str, table: str) -> type:
    colonnes = {
        "code": db.Column(db.String(30), primary_key=True),
        "libelle": db.Column(db.String(120), nullable=False),
        "__tablename__": table,
        "__str__": lambda element: element.libelle,
    }
    return type(nom, (db.Model,), colonnes)


LieuAccueil = _liste("LieuAccueil", "lieu_accueil")
TypeRencontre = _liste("TypeRencontre", "type_rencontre")
StatutRencontre = _liste("StatutRencontre", "statut_rencontre")
LieuRencontre = _liste("LieuRencontre", "lieu_rencontre")


class Mds(db.Model):
    __tablename__ = "mds"
    id = db.Column(db.Integer, primary_key=True)
    code = db.Column(db.String(10))
    nom = db.Column(db.String(120), nullable=False)

    def __str__(self):
        return self.nom


class Jeune(db.Model):
    __tablename__ = "jeune"
    id = db.Column(db.Integer, primary_key=True)
    code = db.Column(db.String(20), unique=True, nullable=False)
    nom = db.Column(db.String(200), nullable=False)
    prenom = db.Column(db.String(200), nullable=False)
    date_naissance = db.Column(db.Date, nullable=False)
    mds_id = db.Column(ForeignKey("mds.id"), nullable=False)
    telephone = db.Column(db.String(100))
    courriel = db.Column(db.String(320))
    lieu_accueil_code = db.Column(ForeignKey("lieu_accueil.code"))
    etablissement_accueil = db.Column(db.String(500))
    est_parent = db.Column(db.Boolean)
    est_hors_departement = db.Column(db.Boolean)
    repere_le = db.Column(db.Date)
    oriente_par = db.Column(db.String(500))
    contact_le = db.Column(db.Date)
    objectif = db.Column(db.Text)
    observations = db.Column(db.Text)
    mds = relationship(Mds)
    lieu_accueil = relationship(LieuAccueil)

    def __str__(self):
        return f"{self.prenom} {self.nom}"


class Rencontre(db.Model):
    __tablename__ = "rencontre"
    id = db.Column(db.Integer, primary_key=True)
    jeune_id = db.Column(ForeignKey("jeune.id"), nullable=False)
    type_code = db.Column(ForeignKey("type_rencontre.code"), nullable=False)
    le = db.Column(db.Date, nullable=False)
    statut_code = db.Column(ForeignKey("statut_rencontre.code"), nullable=False)
    heure = db.Column(db.Time)
    duree = db.Column(db.Integer)
    lieu_code = db.Column(ForeignKey("lieu_rencontre.code"))
    adresse = db.Column(db.String(300))
    agents = db.Column(db.String(1000))
    fixee_le = db.Column(db.Date)
    jeune_present = db.Column(db.Boolean)
    coordonnateur_present = db.Column(db.Boolean)
    service_ase_present = db.Column(db.Boolean)
    lieu_accueil_present = db.Column(db.Boolean)
    compte_rendu = db.Column(db.Text)
    jeune = relationship(Jeune)
    type = relationship(TypeRencontre)
    statut = relationship(StatutRencontre)
    lieu = relationship(LieuRencontre)


def compteur() -> Callable[[], int]:
    """How many statements were sent so far."""
    envoyes: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _k, ordre, *_: envoyes.append(ordre))
    return lambda: len(envoyes)
