"""All that the noun « Prêt de matériel » is given by its declaration; played by ``test_declarer``.

It runs in a copy of the project where ``docs/declarer-un-ecran.md`` was followed; here there is no
such noun, hence a name that pytest does not look for.
"""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select, text

from app import acces, menu
from app.echanges.reprise import application, extraction
from app.echanges.reprise.feuilles import PAR_TABLE
from app.extensions import db
from app.models import Jeune, catalogue, registre
from app.regles.age import aujourd_hui
from app.roles import ROLES
from app.views import copie
from tests import factories as f
from tests.classeurs import LIMITES, cellules
from tests.connexions import ouvrir_session, poster

PRET = catalogue.classe_de("pret")
TITRES = ["Objet", "Prêté le", "Rendu le", "Caution (€)", "Note"]
AILLEURS = "Vantroyen"


@pytest.fixture(scope="module")
def scene(app):
    """A youth and a loan here, others elsewhere; an account of each role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", nom="Delcroix")
        la_bas = f.un_jeune("ARR", nom=AILLEURS)
        partout = ("DPID", "DPO", "ADMINISTRATEUR")
        scene = {
            "jeune": jeune.id,
            "ici": f.une_fiche("pret", jeune=jeune, objet="Un vélo", note="Prêté par Yanis").id,
            "ailleurs": f.une_fiche("pret", jeune=la_bas, objet="Un ordinateur").id,
        }
        for role in ROLES:
            scene[role] = f.un_compte(role, None if role in partout else "ART").id
        db.session.commit()
    return scene


@pytest.fixture
def client(app, scene):
    return ouvrir_session(app.test_client(), scene["COORDONNATEUR"])


def lire(reponse) -> str:
    assert reponse.status_code == 200, reponse.status_code
    return html.unescape(reponse.text)


def test_les_ecrans_s_ouvrent_en_francais(client, scene):
    numero = scene["ici"]
    for suite in ("", "ajouter", "exporter", str(numero), f"{numero}/modifier"):
        page = lire(client.get(f"/prets/{suite}"))
        assert not re.search(r">[a-z]+_[a-z_]+<", page), suite
        assert AILLEURS not in page


def test_le_menu_et_la_liste_avec_ses_filtres(app, client, scene):
    entrees = dict(menu.groupes(app))[menu.SUIVI]
    assert "PretView.list" in {entree.endpoint for entree in entrees}
    assert 'href="/prets/"' in lire(client.get("/jeunes/"))
    filtres = ("en_cours=oui", f"jeune={scene['jeune']}", "q=delcroix", "prete_le_du=2000-01-01")
    for filtre in filtres:
        assert "Un vélo" in lire(client.get(f"/prets/?{filtre}")), filtre
    assert "Un vélo" not in lire(client.get("/prets/?en_cours=termine"))


def test_le_formulaire_l_onglet_et_le_bouton_qui_termine(app, client, scene):
    saisie = {"jeune_id": scene["jeune"], "objet": "Un téléphone", "prete_le": "2026-01-05"}
    reponse = poster(client, "/prets/ajouter", {**saisie, "caution": "20,50"})
    assert reponse.status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        numero, caution = db.session.execute(
            select(PRET.id, PRET.caution).where(PRET.objet == "Un téléphone")
        ).one()
    assert str(caution) == "20.50"
    dossier = lire(client.get(f"/jeunes/{scene['jeune']}"))
    assert "Prêts de matériel" in dossier
    assert "Ajouter un prêt de matériel" in dossier
    assert f'action="/prets/{numero}/terminer"' in dossier
    assert "Rendu aujourd’hui" in dossier
    fini = poster(client, f"/prets/{numero}/terminer", page=f"/jeunes/{scene['jeune']}")
    assert fini.status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        assert db.session.get(PRET, numero).rendu_le == aujourd_hui()


def test_la_base_dit_en_francais_ce_qu_elle_refuse(client, scene):
    saisie = {"jeune_id": scene["jeune"], "objet": "Un casque", "prete_le": "2026-01-05"}
    reponse = poster(client, "/prets/ajouter", {**saisie, "rendu_le": "2025-12-31"})
    assert reponse.status_code == 422
    assert "La fin précède le début." in html.unescape(reponse.text)


def test_l_histoire_en_mots_et_le_retour_en_arriere(app, client, scene):
    with app.app_context(), acces.acteur(scene["COORDONNATEUR"], canal="ecran"):
        db.session.get(PRET, scene["ici"]).objet = "Une trottinette"
        db.session.commit()
    adresse = f"/journal/historique/pret/{scene['ici']}"
    page = lire(client.get(adresse))
    assert "Historique – Prêt de matériel" in page
    assert "Objet" in page and "Un vélo" in page and "Une trottinette" in page
    ligne = re.search(r'action="(/journal/\d+/restaurer)"', page)[1]
    assert poster(client, ligne, page=adresse).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        assert db.session.get(PRET, scene["ici"]).objet == "Un vélo"


def test_l_export_a_ses_titres(client):
    champs = {"finalite": "SUIVI", "motif": "Réunion d’équipe", "colonnes": "toutes"}
    reponse = poster(client, "/prets/exporter", champs)
    feuille = openpyxl.load_workbook(io.BytesIO(reponse.get_data())).active
    reponse.close()
    titres = [cellule.value for cellule in feuille[1]]
    assert titres == ["Jeune", *TITRES[:4], "Note", "MDS"]


def test_la_feuille_du_classeur_sort_et_revient(app, scene, tmp_path):
    assert [c.titre for c in PAR_TABLE["pret"].champs] == ["Jeune", *TITRES]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        premier = tmp_path / "premier.xlsx"
        extraction.exporter(premier)
        assert cellules(premier)["Prêts de matériel"][0] == ["Jeune", *TITRES]
        retour = application.importer(premier, LIMITES)
        assert (retour.crees, retour.modifies, retour.refus) == (0, 0, [])
        db.session.delete(db.session.get(PRET, scene["ici"]))
        db.session.commit()
        encore = application.importer(premier, LIMITES)
        assert (encore.crees, encore.refus) == (1, [])
        scene["ici"] = db.session.scalar(
            select(PRET.id).where(PRET.jeune_id == scene["jeune"], PRET.objet == "Un vélo")
        )
        db.session.commit()


def test_chaque_mds_a_les_siens(app, client, scene):
    for suite in ("", "/modifier", "/supprimer"):
        assert client.get(f"/prets/{scene['ailleurs']}{suite}").status_code == 404
    with app.app_context(), acces.acteur(scene["RESPONSABLE"]):
        ordre = text("select count(*) from pret where id = :id")
        lus = [db.session.scalar(ordre, {"id": scene[ou]}) for ou in ("ici", "ailleurs")]
        db.session.rollback()
    assert lus == [1, 0]


@pytest.mark.parametrize("role", ROLES)
def test_chaque_role_a_les_droits_declares(app, scene, role):
    client = ouvrir_session(app.test_client(), scene[role])
    actes = ROLES[role].actes("pret")
    for suite, acte in (("", "lire"), ("ajouter", "creer"), ("exporter", "exporter")):
        attendu = 200 if acte in actes else 403
        assert client.get(f"/prets/{suite}").status_code == attendu, suite
    phrases = lire(client.get("/mes-acces/"))
    assert ("Tient les prêts de matériel." in phrases) == ("creer" in actes)
    assert ("les prêts de matériel." in phrases) == bool(actes)


def test_la_copie_du_dossier_les_contient(app, scene):
    with app.test_request_context(), acces.acteur(scene["RESPONSABLE"]):
        feuilles, nombres = copie.preparer_copie(
            db.session.get(Jeune, scene["jeune"]), aujourd_hui()
        )
        db.session.rollback()
    assert nombres["Prêts de matériel"] >= 1
    (feuille,) = [feuille for feuille in feuilles if feuille.titre == "Prêts de matériel"]
    assert [colonne.titre for colonne in feuille.colonnes] == TITRES


def test_l_anonymisation_efface_ce_qui_y_est_ecrit(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", contact_le=date(2018, 3, 1), date_naissance=date(2000, 3, 12))
        fiche = f.une_fiche("pret", jeune=jeune, objet="Le vélo de Camille", note="À Camille")
        db.session.commit()
        fait = db.session.scalar(
            text("select acces.anonymiser(:id, :code, 2, 'Plus de 2 ans', 'Maryse')"),
            {"id": jeune.id, "code": jeune.code},
        )
        db.session.commit()
        db.session.refresh(fiche)
        lus = (fiche.objet, fiche.note, fiche.prete_le is not None)
    assert fait is True
    assert lus == ("Anonymisé", None, True)


def test_le_registre_dit_chaque_colonne():
    lignes = {x.colonne: x for x in registre.lignes() if x.table == "pret"}
    assert set(lignes) == set(PRET.__table__.c.keys())
    assert lignes["note"].nature == "sensible"
    assert lignes["objet"].a_l_anonymisation == "effacée"
    assert lignes["version"].nature == "technique"
