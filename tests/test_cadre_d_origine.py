"""Why some of Flask-AppBuilder's own parts are replaced: each fault, asked of the release that is
installed (``docs/decisions/cadre.md``). A red test here says that one of them is mended: what
replaces it may go."""

import enum
from pathlib import Path

import flask_appbuilder
import pytest
from flask import Flask
from flask_appbuilder.forms import GeneralModelConverter
from flask_appbuilder.models.sqla.filters import FilterEqual, set_value_to_type
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import Babel
from sqlalchemy import Boolean, Column, Date, Enum, Integer, Numeric, String, select
from sqlalchemy.orm import registry
from werkzeug.datastructures import MultiDict

SOURCES = Path(flask_appbuilder.__file__).parent


class Etat(enum.Enum):
    OUVERT = "Ouvert"
    CLOS = "Clos"


class Fait(registry().generate_base()):
    __tablename__ = "fait"
    id = Column(Integer, primary_key=True)
    est_tenu = Column(Boolean, nullable=False)
    est_utile = Column(Boolean)
    etat = Column(Enum(Etat))
    le = Column(Date)
    montant = Column(Numeric(10, 2))
    lieu = Column(String(50))


@pytest.fixture
def formulaire():
    """The form that the framework makes of a column, and what is typed in it."""
    petite = Flask("petite")
    petite.secret_key = "celle de l’essai"
    Babel(petite, default_locale="fr")

    def faire(colonne: str, saisie: dict | None = None, fiche: Fait | None = None):
        classe = GeneralModelConverter(SQLAInterface(Fait)).create_form(inc_columns=[colonne])
        return classe(MultiDict(saisie or {}), obj=fiche, meta={"csrf": False})

    with petite.test_request_context():
        yield faire


def test_un_booleen_obligatoire_ne_peut_jamais_valoir_non(formulaire):
    """An unticked box sends nothing, and the field asks for something (issue 1175)."""
    assert not formulaire("est_tenu", {}).validate()


def test_un_booleen_inconnu_devient_non(formulaire):
    fiche = Fait(est_utile=None)
    lu = formulaire("est_utile", {"autre": "champ"}, fiche)
    assert lu.validate()
    lu.populate_obj(fiche)
    assert fiche.est_utile is False


def test_une_valeur_inconnue_d_une_enumeration_est_une_erreur_500(formulaire):
    with pytest.raises((ValueError, KeyError)):
        formulaire("etat", {"etat": "INVENTE"}).validate()


def test_une_enumeration_vide_prend_la_premiere_valeur(formulaire):
    choix = [valeur for valeur, *_ in formulaire("etat", fiche=Fait(etat=None)).etat.iter_choices()]
    assert choix == ["OUVERT", "CLOS"]


@pytest.mark.parametrize(("colonne", "saisie"), [("le", "25/12/2010"), ("montant", "12,50")])
def test_une_date_et_un_nombre_ecrits_a_la_francaise_sont_refuses(formulaire, colonne, saisie):
    assert not formulaire(colonne, {colonne: saisie}).validate()


def test_une_date_cherchee_se_lit_le_mois_d_abord():
    lue = set_value_to_type(SQLAInterface(Fait), "le", "03/04/2010")
    assert (lue.month, lue.day) == (3, 4)


def test_non_ne_se_cherche_pas():
    modele = SQLAInterface(Fait)
    requete = FilterEqual("est_tenu", modele).apply(select(Fait.id), "n")
    assert requete.compile().params == {"est_tenu_1": "n"}  # the text, which no boolean equals


def test_un_graphique_charge_un_script_de_google():
    script = SOURCES / "static" / "appbuilder" / "js" / "google_charts.js"
    assert "https://www.gstatic.com/charts/" in script.read_text(encoding="utf-8")


def test_les_pages_d_origine_ne_disent_pas_leur_langue():
    page = (SOURCES / "templates" / "appbuilder" / "init.html").read_text(encoding="utf-8")
    assert "<html>" in page and "<main" not in page
