"""What Flask-AppBuilder's documentation says of an attribute, it does: in our pages, behind the
policies, with its line of the audit log. The views below are those of a developer, on real models.
"""

import enum
import html
import inspect
import io
import re
import threading
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from flask import flash, g
from flask_appbuilder.actions import action
from flask_appbuilder.baseviews import BaseCRUDView, BaseModelView, BaseView
from flask_appbuilder.charts import views as du_cadre
from flask_appbuilder.charts.views import BaseChartView
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.group import aggregate_avg, aggregate_count
from flask_appbuilder.models.sqla.filters import (
    FilterEqual,
    FilterGreater,
    FilterIn,
    FilterStartsWith,
)
from flask_appbuilder.models.sqla.interface import SQLAInterface
from markupsafe import Markup
from sqlalchemy import Column, Enum, Integer, func, select
from sqlalchemy.orm import registry
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from app import acces
from app.extensions import appbuilder, db
from app.models import Alerte, Convention, Evenement, Jeune, Versement
from app.models.declaration import DeclarationRefusee
from app.regles.age import aujourd_hui
from app.views.socle import attributs, choix, conversion
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampEnum
from app.views.socle.fiche import vue_de
from app.views.socle.filtres_colonnes import ConvertisseurDeFiltres, FiltreEnum
from app.views.socle.graphique import DirectByChartView, GroupByChartView
from app.views.socle.modele import ModeleTandem
from config import RACINE
from tests import factories as f
from tests.connexions import champs, jeton, ouvrir_session
from tests.ordres_sql import ordres_sql
from tests.serveurs import PATIENCE_SECONDES


class SansLettre(BaseFilter):
    """A filter of the developer, told in French."""

    name = "Sans la lettre"
    arg_name = "sans"

    def apply(self, query, value):
        colonne = getattr(self.model, self.column_name)
        return query.filter(~colonne.contains(value, autoescape=True))


class AlertesDuCadre(VueTandem):
    datamodel = SQLAInterface(Alerte)
    route_base, ressource = "/cadre-alertes", "alerte"
    nom, pluriel = "une alerte", "Alertes"
    list_title = "Fugues à suivre"
    list_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]
    add_columns = ["jeune_id", "motif_code", "du", "signalee_par", "vue_en_equipe", "remarque"]
    edit_columns = ["signalee_par", "au"]
    show_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]
    search_columns = ["motif_code", "du", "signalee_par", "jeune_id"]
    base_filters = [["motif_code", FilterEqual, "FUGUE"]]
    base_order = ("du", "asc")
    order_columns = ["du"]
    page_size = 10
    label_columns = {"signalee_par": "Dite par"}
    description_columns = {"signalee_par": "Le nom de la personne"}
    validators_columns = {"signalee_par": [Length(min=3, message="Trois lettres au moins.")]}
    formatters_columns = {"signalee_par": lambda v: Markup("<em>{}</em>").format(v) if v else ""}
    add_form_extra_fields = {
        "vue_en_equipe": BooleanField("Vue en équipe", default=False),
        "remarque": StringField("Remarque", description="Une phrase"),
    }
    add_row_message = "Alerte signalée."
    edit_row_message = "Alerte mise à jour."
    delete_row_message = "Alerte retirée."
    method_permission_name = {"clore": "modifier", "ecarter": "modifier", "relire": "lire"}

    def pre_add(self, item) -> None:
        if not item.vue_en_equipe:
            raise ValueError("L’équipe doit avoir vu l’alerte.")

    def pre_delete(self, item) -> None:
        if item.signalee_par == "Gardienne":
            raise ValueError("Celle-ci se garde.")

    @action("clore", "Clore", confirmation="Clore ces alertes aujourd’hui ?")
    def clore(self, items):
        for alerte in items if isinstance(items, list) else [items]:
            alerte.au = aujourd_hui()
        flash("C’est clos.", "succes")

    @action("ecarter", "Écarter", multiple=False)
    def ecarter(self, item):
        item.au = item.du - timedelta(days=1)  # the base refuses: it ends before it begins

    @action("relire", "Relire", single=False)
    def relire(self, items):
        return f"relues : {len(items)}"


class JeunesDuCadre(VueTandem):
    datamodel = SQLAInterface(Jeune)
    route_base, ressource = "/cadre-jeunes", "jeune"
    nom, pluriel = "un jeune", "Jeunes du cadre"
    list_columns = ["nom", "prenom"]
    show_columns = ["nom", "prenom"]
    add_columns = ["nom", "prenom"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete"}
    related_views = [AlertesDuCadre]


class ConventionsDuCadre(VueTandem):
    datamodel = SQLAInterface(Convention)
    route_base, ressource = "/cadre-conventions", "convention"
    nom, pluriel = "une convention", "Conventions du cadre"
    list_columns = ["numero", "montant_etp", "du"]
    add_columns = ["numero", "operateur", "montant_etp"]
    search_columns = ["numero", "montant_etp", "avance_pourcent", "du"]
    search_filters = {
        "numero": [FilterStartsWith, SansLettre, FilterIn],
        "montant_etp": [FilterGreater],
        "du": [FilterGreater],
    }


class AlertesParMotif(GroupByChartView):
    datamodel = SQLAInterface(Alerte)
    route_base, ressource = "/cadre-alertes-par-motif", "alerte"
    chart_title = "Alertes par motif"
    search_columns = ["du"]
    base_filters = [["signalee_par", FilterEqual, "Graphique"]]
    definitions = [
        {"label": "Motif", "group": "motif_code", "series": [(aggregate_count, "id")]},
        {"group": "mds_id", "series": [(aggregate_count, "id")]},
    ]


class VersementsDirects(DirectByChartView):
    datamodel = SQLAInterface(Versement)
    route_base, ressource = "/cadre-versements", "convention"
    chart_title = "Versements"
    definitions = [{"label": "Date", "group": "le", "series": ["montant"]}]


class MontantMoyen(GroupByChartView):
    datamodel = SQLAInterface(Versement)
    route_base, ressource = "/cadre-montants", "convention"
    chart_title = "Montant moyen"
    definitions = [
        {
            "group": "convention.numero",
            "formatter": lambda numero: f"n° {numero}",
            "series": [(aggregate_avg, "montant")],
        }
    ]


@pytest.fixture(scope="module")
def app(serveur_de_bases, nom_de_base):
    """The application, with what a developer would add to it."""
    application = serveur_de_bases.application(nom_de_base)
    with application.app_context():
        appbuilder.add_view(AlertesDuCadre, "Fugues", category="Jeunes")
        appbuilder.add_view(
            JeunesDuCadre, "Jeunes", label="Jeunes du cadre", category="Nouveau groupe"
        )
        appbuilder.add_view(ConventionsDuCadre, "Conventions du cadre", category="Moyens")
        appbuilder.add_view(
            AlertesParMotif, "Motifs", category="Nouveau groupe", menu_cond=lambda: g.get("montrer")
        )
        appbuilder.add_view_no_menu(VersementsDirects)
        appbuilder.add_view_no_menu(MontantMoyen)
    return application


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ici = f.un_jeune(nom="Dici")
        ailleurs = f.un_jeune("ARR", nom="Dailleurs")
        numeros = {
            "ici": ici.id,
            "ailleurs": ailleurs.id,
            "fugue": f.une_alerte(ici, signalee_par="Ali <b>").id,
            "fugue_deux": f.une_alerte(ici, du=f.il_y_a(20), signalee_par="Béa").id,
            "autre_motif": f.une_alerte(ici, motif_code="AUTRE").id,
            "fugue_ailleurs": f.une_alerte(ailleurs, signalee_par="Secrète").id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "dpid": f.un_compte("DPID").id,
        }
        for jeune in (ici, ailleurs):
            f.une_alerte(jeune, du=f.il_y_a(10), signalee_par="Graphique")
        une = f.une_convention(
            numero="Été-2024", montant_etp=Decimal("1000.50"), du=date(2024, 4, 3)
        )
        f.une_convention(
            numero="HIVER-2025", montant_etp=Decimal(52000), avance_pourcent=50, du=date(2025, 3, 4)
        )
        f.un_versement(une, montant=Decimal(100))
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, base):
    return lambda qui="responsable": ouvrir_session(app.test_client(), base[qui])


def lire(app, requete):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return db.session.execute(requete).all()


def page_de(client, adresse: str) -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, adresse
    return html.unescape(reponse.text)


# search_columns, search_filters, SQLAFilterConverter
# ---------------------------------------------------


@pytest.mark.parametrize(
    ("question", "attendues"),
    [
        ("numero=ete", {"Été-2024"}),
        ("numero=2025 hiver", {"HIVER-2025"}),
        ("numero_sw=HIV", {"HIVER-2025"}),
        ("numero_sans=-2024", {"HIVER-2025"}),
        ("numero_in=HIVER-2025 ; Été-2024", {"Été-2024", "HIVER-2025"}),
        ("montant_etp_min=1 000,51", {"HIVER-2025"}),
        ("montant_etp_min=1000,50&montant_etp_max=1000,5", {"Été-2024"}),
        ("montant_etp_gt=1000,50", {"HIVER-2025"}),
        ("avance_pourcent_max=50", {"HIVER-2025"}),
        ("du_gt=03/04/2024", {"HIVER-2025"}),
        ("du_gt=02/04/2024", {"Été-2024", "HIVER-2025"}),
        ("du_du=04/03/2025&du_au=04/03/2025", {"HIVER-2025"}),
    ],
)
def test_une_liste_se_filtre_sur_un_texte_un_nombre_et_une_date(agent, question, attendues):
    page = page_de(agent("dpid"), f"/cadre-conventions/?{question}")
    assert {n for n in ("Été-2024", "HIVER-2025") if f">{n}</a>" in page} == attendues
    assert "Retirer le filtre" in page


@pytest.mark.parametrize(
    "question",
    ["montant_etp_gt=mille", "du_gt=31/02/2024", "avance_pourcent_min=1,5", "numero_sw=%00"],
)
def test_une_valeur_de_filtre_fausse_est_une_demande_incomprise(agent, question):
    assert agent("dpid").get(f"/cadre-conventions/?{question}").status_code == 400


def test_le_filtre_d_un_developpeur_a_sa_place_dans_le_panneau(agent):
    page = page_de(agent("dpid"), "/cadre-conventions/?numero_sans=x")
    assert 'name="numero_sans" type="text" maxlength="200" value="x"' in page
    assert "Numéro – sans la lettre" in page
    assert 'name="du_gt" type="date"' in page


def test_un_filtre_s_ajoute_a_un_type_de_colonne_par_le_convertisseur(app, monkeypatch):
    class Convertisseur(ConvertisseurDeFiltres):
        conversion_table = (
            ("is_string", [SansLettre]),
            *ConvertisseurDeFiltres.conversion_table,
        )

    monkeypatch.setattr(ModeleTandem, "filter_converter_class", Convertisseur)
    with app.app_context():
        noms = [filtre.nom for filtre in ConventionsDuCadre().filtres]
    assert noms[0] == "numero_sans" and "montant_etp" in noms


# Fields: FieldConverter, add_form_extra_fields, validators, labels
# ----------------------------------------------------------------


class Etat(enum.Enum):
    OUVERT = "Ouvert"
    CLOS = "Clos"


class Chose(registry().generate_base()):
    """A table that no migration makes: only the conversion of its columns is looked at."""

    __tablename__ = "chose"
    id = Column(Integer, primary_key=True)
    etat = Column(Enum(Etat))


def test_une_colonne_enumeree_a_son_champ_et_son_filtre_sans_perdre_le_vide(app):
    class ChosesView(VueTandem):
        datamodel = ModeleTandem(Chose)
        route_base, ressource = "/choses", "alerte"
        nom, pluriel = "une chose", "Choses"
        list_columns = add_columns = search_columns = ["etat"]

    with app.test_request_context():
        vue = ChosesView()
        (filtre,) = vue.filtres
        assert isinstance(filtre.classe, FiltreEnum)
        assert filtre.proposer() == [("OUVERT", "Ouvert"), ("CLOS", "Clos"), ("-", "Non renseigné")]
        assert filtre.lire("CLOS") is Etat.CLOS
        formulaire = vue.edit_form(obj=Chose(etat=None))
        assert isinstance(formulaire.etat, ChampEnum) and not formulaire.etat.requis
        faux = vue.edit_form(MultiDict({"etat": "INVENTE"}))
        assert not faux.validate() and faux.etat.errors
        clos = vue.edit_form(MultiDict({"etat": "CLOS"}))
        assert clos.validate() and clos.etat.data is Etat.CLOS and clos.etat.valeur == "CLOS"
        vide = vue.edit_form(MultiDict({"etat": ""}))
        assert vide.validate() and vide.etat.data is None


def test_une_conversion_s_ajoute_en_tete_de_la_table_du_cadre(app):
    class ChampDuDeveloppeur(StringField):
        pass

    class DeChamp(conversion.ConvertisseurDeChamp):
        conversion_table = (
            ("is_string", ChampDuDeveloppeur, None),
            *conversion.ConvertisseurDeChamp.conversion_table,
        )

    class DeFormulaire(conversion.ConvertisseurDeFormulaire):
        champ = DeChamp

    class Vue(ConventionsDuCadre):
        convertisseur = DeFormulaire

    with app.test_request_context():
        formulaire = Vue().add_form()
        assert isinstance(formulaire.numero, ChampDuDeveloppeur)
        assert formulaire.numero.label.text == "Numéro"


def envoyer(client, adresse: str, **saisie):
    return client.post(adresse, data={**champs(client.get(adresse).text), **saisie})


def test_les_champs_ajoutes_leurs_libelles_et_leurs_regles_sont_ceux_de_la_documentation(
    app, agent, base
):
    client = agent()
    adresse = f"/cadre-alertes/ajouter?jeune={base['ici']}"
    page = page_de(client, adresse)
    assert 'type="checkbox" value="y"' in page and "Vue en équipe" in page
    assert "Dite par" in page and "Le nom de la personne" in page
    assert 'id="remarque-aide">Une phrase' in page and 'aria-describedby="remarque-aide"' in page
    saisie = {"motif_code": "FUGUE", "du": "01/02/2026"}
    refusee = envoyer(client, adresse, **saisie, signalee_par="Al", vue_en_equipe="y")
    assert refusee.status_code == 422 and "Trois lettres au moins." in refusee.text
    refusee = envoyer(client, adresse, **saisie, signalee_par="Aline")
    assert refusee.status_code == 422
    assert "L’équipe doit avoir vu l’alerte." in html.unescape(refusee.text)
    assert not lire(app, select(Alerte.id).where(Alerte.signalee_par == "Aline"))
    faite = envoyer(client, adresse, **saisie, signalee_par="Aline", vue_en_equipe="y")
    assert faite.status_code == 302
    assert len(lire(app, select(Alerte.id).where(Alerte.signalee_par == "Aline"))) == 1
    assert "Alerte signalée." in page_de(client, "/cadre-alertes/")


def test_pre_delete_refuse_en_une_phrase(app, agent, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        gardee = f.une_alerte(base["ici"], du=f.il_y_a(400), signalee_par="Gardienne").id
        db.session.commit()
    client = agent()
    adresse = f"/cadre-alertes/{gardee}/supprimer"
    refus = client.post(adresse, data={"csrf_token": jeton(client, adresse)})
    assert refus.status_code == 409 and "Celle-ci se garde." in refus.text
    assert lire(app, select(Alerte.id).where(Alerte.id == gardee))


# Lists: title, order, size, formatters
# -------------------------------------


def test_la_liste_suit_titre_ordre_taille_et_colonnes_a_trier(app, agent, base):
    client = agent()
    page = page_de(client, "/cadre-alertes/")
    assert "<h1>Fugues à suivre" in page
    assert page.index("Ali") < page.index("Béa")  # base_order: the oldest first
    assert 'class="tri ascending"' in page and "tri=motif_code" not in page
    assert client.get("/cadre-alertes/?tri=-du").status_code == 200
    assert client.get("/cadre-alertes/?tri=motif_code").status_code == 400
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Nombreux")
        for n in range(12):
            f.une_alerte(jeune, du=f.il_y_a(500 + n))
        db.session.commit()
        numero = jeune.id
    adresse = f"/cadre-alertes/?jeune={numero}"
    assert page_de(client, adresse).count('scope="row"') == 10
    assert page_de(client, f"{adresse}&taille=25").count('scope="row"') == 12


def test_un_formateur_sert_la_liste_la_fiche_et_l_export(agent, base):
    client = agent()
    liste = f"/cadre-alertes/?jeune={base['ici']}"
    for adresse in (liste, f"/cadre-alertes/{base['fugue']}"):
        assert "<em>Ali &lt;b&gt;</em>" in client.get(adresse).text, adresse
    adresse = "/cadre-alertes/exporter"
    saisie = {
        "csrf_token": jeton(client, adresse),
        "finalite": "SUIVI",
        "motif": "essai du fichier",
    }
    envoi = client.post(adresse, data=saisie, buffered=True)
    feuille = openpyxl.load_workbook(io.BytesIO(envoi.data)).worksheets[0]
    cellules = {c.value for ligne in feuille.iter_rows() for c in ligne}
    assert "Ali <b>" in cellules and "Dite par" in cellules


# base_filters: a convenience, beside the wall
# --------------------------------------------


def test_base_filters_vaut_partout(app, agent, base, monkeypatch):
    client = agent()
    hors = base["autre_motif"]
    assert page_de(client, f"/alertes/{hors}")
    for adresse in (f"/cadre-alertes/{hors}", f"/cadre-alertes/{hors}/modifier"):
        assert client.get(adresse).status_code == 404, adresse
    csrf = {"csrf_token": jeton(client, "/cadre-alertes/")}
    for adresse in (f"{hors}/supprimer", f"action/clore/{hors}"):
        assert client.post(f"/cadre-alertes/{adresse}", data=csrf).status_code == 404, adresse
    ensemble = {**csrf, "action": "clore", "rowid": [str(base["fugue"]), str(hors)]}
    assert client.post("/cadre-alertes/action_post", data=ensemble).status_code == 404
    assert f'href="/cadre-alertes/{hors}"' not in client.get("/cadre-alertes/").text
    assert client.get("/cadre-alertes/?motif_code=AUTRE").text.count('scope="row"') == 0


def test_base_filters_vaut_pour_les_fiches_que_l_on_choisit(app, base, monkeypatch):
    with app.test_request_context(), acces.acteur(acces.TOUS, canal="essai"):
        un, deux = f.un_partenaire(nom="Garage Un"), f.un_partenaire(nom="Garage Deux")
        db.session.flush()
        vue = vue_de("partenaire")
        seuls = vue.datamodel.get_filters().add_filter_list([["nom", FilterEqual, "Garage Un"]])
        monkeypatch.setattr(vue, "_base_filters", seuls)
        assert [p.id for p in choix.chercher("partenaire", "garage")] == [un.id]
        assert choix.trouver("partenaire", un.id) and not choix.trouver("partenaire", deux.id)
        db.session.rollback()


def test_base_filters_n_ouvre_rien_a_une_autre_mds(agent, base):
    client = agent()
    assert "Secrète" not in page_de(client, "/cadre-alertes/")
    assert client.get(f"/cadre-alertes/{base['fugue_ailleurs']}").status_code == 404


# @action
# -------


def test_une_action_se_confirme_se_fait_et_laisse_sa_ligne(app, agent, base):
    client = agent()
    page = page_de(client, "/cadre-alertes/")
    assert 'type="checkbox" name="rowid"' in page
    assert 'name="action" value="clore">Clore' in page and 'value="ecarter"' not in page
    envoi = {
        "csrf_token": jeton(client, "/cadre-alertes/"),
        "action": "clore",
        "rowid": [str(base["fugue"]), str(base["fugue_deux"])],
    }
    confirmation = client.post("/cadre-alertes/action_post", data=envoi)
    assert "Clore ces alertes aujourd’hui ?" in html.unescape(confirmation.text)
    closes = select(Alerte.au).where(Alerte.id.in_([base["fugue"], base["fugue_deux"]]))
    assert lire(app, closes) == [(None,), (None,)]
    faite = client.post("/cadre-alertes/action_post", data={**envoi, "confirmee": "oui"})
    assert faite.status_code == 302 and "C’est clos." in page_de(client, faite.location)
    assert lire(app, closes) == [(aujourd_hui(),)] * 2
    trace = select(Evenement.cle, Evenement.jeune_id, Evenement.detail)
    assert lire(app, trace.where(Evenement.operation == "action").order_by(Evenement.id)) == [
        (str(base["fugue"]), base["ici"], {"action": "clore"}),
        (str(base["fugue_deux"]), base["ici"], {"action": "clore"}),
    ]
    changements = select(func.count()).where(
        Evenement.operation == "modification",
        Evenement.table_nom == "alerte",
        Evenement.cle.in_([str(base["fugue"]), str(base["fugue_deux"])]),
    )
    assert lire(app, changements) == [(2,)]


def test_une_action_sur_une_fiche_se_fait_depuis_la_fiche(app, agent, base):
    client = agent()
    adresse = f"/cadre-alertes/{base['fugue']}"
    page = page_de(client, adresse)
    assert f'action="/cadre-alertes/action/ecarter/{base["fugue"]}"' in page
    assert "action/relire" not in page
    csrf = {"csrf_token": jeton(client, adresse)}
    refusee = client.post(f"/cadre-alertes/action/ecarter/{base['fugue']}", data=csrf)
    assert refusee.status_code == 302
    assert "L’alerte finit avant d’avoir commencé." in page_de(client, refusee.location)


def test_une_action_peut_repondre_elle_meme(agent, base):
    client = agent()
    envoi = {"csrf_token": jeton(client, "/cadre-alertes/"), "action": "relire"}
    reponse = client.post("/cadre-alertes/action_post", data={**envoi, "rowid": base["fugue"]})
    assert reponse.text == "relues : 1"
    vide = client.post("/cadre-alertes/action_post", data=envoi)
    assert "Cochez au moins une fiche." in page_de(client, vide.location)


@pytest.mark.parametrize("cle", ["{fugue_ailleurs}", "999999", "abc", "-1"])
def test_une_action_ne_recoit_jamais_une_fiche_invisible(app, agent, base, cle):
    client = agent()
    numero = cle.format(**base)
    csrf = {"csrf_token": jeton(client, "/cadre-alertes/"), "confirmee": "oui"}
    seule = client.post(f"/cadre-alertes/action/clore/{numero}", data=csrf)
    plusieurs = {**csrf, "action": "clore", "rowid": [str(base["fugue"]), numero]}
    assert seule.status_code == 404
    assert client.post("/cadre-alertes/action_post", data=plusieurs).status_code == 404
    ailleurs = select(Alerte.au).where(Alerte.id == base["fugue_ailleurs"])
    assert lire(app, ailleurs) == [(None,)]


def test_une_action_demande_son_droit_un_post_et_son_jeton(agent, base):
    lecteur = agent("slai")
    assert 'value="clore"' not in page_de(lecteur, "/cadre-alertes/")
    envoi = {
        "csrf_token": jeton(lecteur, "/cadre-alertes/"),
        "action": "clore",
        "confirmee": "oui",
        "rowid": str(base["fugue"]),
    }
    assert lecteur.post("/cadre-alertes/action_post", data=envoi).status_code == 403
    client = agent()
    adresse = f"/cadre-alertes/action/clore/{base['fugue']}"
    assert client.get(adresse).status_code in (404, 405)
    assert client.post(adresse, data={"confirmee": "oui"}).status_code == 400
    assert client.post("/cadre-alertes/action/inconnue/1").status_code == 400
    csrf = {"csrf_token": jeton(client, "/cadre-alertes/")}
    assert client.post("/cadre-alertes/action/inconnue/1", data=csrf).status_code == 404


# related_views
# -------------


def test_une_vue_liee_est_un_onglet_pour_qui_peut_la_lire(agent, base):
    page = page_de(agent(), f"/cadre-jeunes/{base['ici']}")
    assert 'id="cadre-alertes-titre">Fugues à suivre' in page
    assert f'href="/cadre-alertes/{base["fugue"]}"' in page
    assert f'href="/cadre-alertes/{base["autre_motif"]}"' not in page  # base_filters of the child
    assert f"/cadre-alertes/ajouter?jeune={base['ici']}&retour=" in page
    assert f'href="/cadre-alertes/?jeune={base["ici"]}">Tout voir' in page


def test_une_vue_liee_ne_montre_ni_une_autre_mds_ni_sans_droit(app, agent, base, monkeypatch):
    client = agent()
    assert client.get(f"/cadre-jeunes/{base['ailleurs']}").status_code == 404
    (alertes,) = [v for v in appbuilder.baseviews if isinstance(v, AlertesDuCadre)]
    monkeypatch.setattr(alertes, "ressource", "journal")
    page = page_de(agent("slai"), f"/cadre-jeunes/{base['ici']}")
    assert "Fugues à suivre" not in page.partition('id="contenu"')[2]


# Charts
# ------


def test_un_graphique_compte_dans_la_base_ce_que_la_personne_voit(app, agent, base):
    client = agent()
    client.get("/cadre-alertes-par-motif/chart/")
    with ordres_sql() as ordres:
        page = page_de(client, "/cadre-alertes-par-motif/chart/")
    assert any("count(alerte.id)" in o and "GROUP BY alerte.motif_code" in o for o in ordres)
    assert 'role="img" aria-label="Nombre : Fugue, 1"' in page
    assert '<th scope="row">Fugue</th><td class="nombre">1</td>' in page
    assert "<svg" in page and "gstatic" not in page and "<script>" not in page
    deuxieme = page_de(client, "/cadre-alertes-par-motif/chart/1")
    assert "Artois" in deuxieme and "Arrageois" not in deuxieme.partition('id="contenu"')[2]
    assert "Rien à compter." in page_de(client, "/cadre-alertes-par-motif/chart/?du_au=01/01/1990")
    for faux in ("chart/9", "chart/-1", "chart/abc"):
        assert client.get(f"/cadre-alertes-par-motif/{faux}").status_code == 404
    assert client.get("/cadre-alertes-par-motif/chart/?du_du=hier").status_code == 400


def test_un_graphique_direct_ou_d_un_parent_se_lit_aussi(agent, base):
    client = agent("dpid")
    assert "Montant (€) : " in page_de(client, "/cadre-versements/chart/")
    page = page_de(client, "/cadre-montants/chart/")
    assert '<th scope="row">n° Été-2024</th><td class="nombre">100</td>' in page
    assert "Moyenne – Montant (€)" in page


# The menu
# --------


def test_add_view_place_l_ecran_dans_le_menu_de_qui_peut_l_ouvrir(agent):
    plan = page_de(agent(), "/plan-du-site/").partition('class="plan')[2]
    suivi = plan.partition(">Jeunes<")[2].partition("<h2>")[0]
    assert '<a href="/cadre-alertes/">Fugues</a>' in suivi
    assert 'href="/cadre-jeunes/">Nouveau groupe<' in plan
    assert ">Motifs<" not in plan  # its condition does not hold
    assert ">Conventions du cadre<" not in page_de(agent("slai"), "/")


def test_un_lien_qui_ne_mene_a_aucun_ecran_est_refuse(app):
    with app.app_context(), pytest.raises(RuntimeError, match="donnez la vue par baseview"):
        appbuilder.add_link("ailleurs", href="https://exemple.fr")


# What has no effect is told at start
# -----------------------------------


@pytest.mark.parametrize(
    ("attribut", "valeur", "remede"),
    [
        ("list_widget", object, "donnez un gabarit par list_template"),
        ("base_permissions", ["can_list"], "les droits se donnent dans app/roles.py"),
        ("search_exclude_columns", ["du"], "nommez les colonnes par search_columns"),
        ("add_form_query_rel_fields", {}, "restreignez par base_filters"),
        ("post_add_redirect", lambda vue: None, "celle que l’on a quittée"),
        ("add_columns", ["inconnue"], "qui n’est pas une colonne"),
        ("method_permission_name", {"clore": "inventer"}, "app/roles.py"),
    ],
)
def test_ce_qui_n_a_pas_d_effet_est_refuse_au_demarrage(app, attribut, valeur, remede):
    classe = type("VueDuDeveloppeur", (AlertesDuCadre,), {attribut: valeur})
    with app.app_context(), pytest.raises(DeclarationRefusee, match=remede):
        classe()


def test_une_vue_liee_doit_mener_a_la_fiche(app):
    with (
        app.app_context(),
        pytest.raises(DeclarationRefusee, match="aucune relation de Convention"),
    ):
        ConventionsDuCadre().colonne_vers(Jeune)


def test_un_agregat_inconnu_de_postgresql_est_refuse_au_demarrage(app):
    def ecart(items, colonne):
        return 0

    definitions = [{"group": "motif_code", "series": [(ecart, "id")]}]
    classe = type("Ecarts", (AlertesParMotif,), {"definitions": definitions})
    with app.app_context(), pytest.raises(DeclarationRefusee, match="par agregats .* ecart"):
        classe()
    connus = type("Ecarts", (classe,), {"agregats": {ecart: ("Écart", func.stddev)}})
    with app.app_context():
        assert connus().titres(definitions[0]) == ["Écart"]


def test_la_page_des_decisions_dit_chaque_attribut_du_cadre():
    """An attribute that a later release adds is one more line of the page."""
    classes = (BaseView, BaseModelView, BaseCRUDView, BaseChartView, du_cadre.GroupByChartView)
    attributs_du_cadre = {
        nom
        for classe in classes
        for nom, valeur in vars(classe).items()
        if not nom.startswith("_") and not inspect.isfunction(valeur)
    }
    page = (RACINE / "docs" / "decisions" / "cadre.md").read_text(encoding="utf-8")
    dits = set(re.findall(r"`([^`]+)`", page))
    assert attributs_du_cadre - dits == set()
    assert {*attributs.REFUSES, *attributs.METHODES_REFUSEES} - dits == set()


# Filters, one set a request
# --------------------------


def test_deux_threads_ne_partagent_pas_leurs_filtres(app):
    """The framework's ``get_filter_args`` on our view: each thread reads its own value."""
    from flask_appbuilder.urltools import get_filter_args

    with app.app_context():
        vue = ConventionsDuCadre()
        vue._filters = vue.datamodel.get_filters(["numero"])
    ensemble, lus = threading.Barrier(2), {}

    def chercher(mot: str) -> None:
        with app.test_request_context(f"/cadre-conventions/?_flt_0_numero={mot}"):
            get_filter_args(vue._filters)
            ensemble.wait(PATIENCE_SECONDES)
            lus[mot] = vue._filters.values

    threads = [threading.Thread(target=chercher, args=(mot,)) for mot in ("Zoé", "Léo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lus == {"Zoé": [["Zoé"]], "Léo": [["Léo"]]}
