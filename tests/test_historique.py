"""The trail is read in words, by whoever may read the record, and takes a record back in one click."""

from contextlib import contextmanager

import pytest
from sqlalchemy import select

from app import acces, journal
from app.extensions import db
from app.models import Alerte, Evenement, Jeune
from tests import factories as f
from tests.connexions import jeton, ouvrir_session


@pytest.fixture
def scene(app):
    with pour_tous(app):
        jeune = f.un_jeune(mds="ART", nom="Delattre", lieu_accueil_code="MECS", est_parent=None)
        numeros = {
            "jeune": jeune.id, "alerte": f.une_alerte(jeune).id,
            "referent": f.un_compte("REFERENT_SEF", mds="ART").id, "ailleurs": f.un_compte("REFERENT_SEF", mds="ARR").id,
            "responsable": f.un_compte("RESPONSABLE", mds="ART").id,
        }  # fmt: skip
        db.session.commit()
    return numeros


@contextmanager
def pour_tous(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield


def entrer(app, compte_id: int):
    return ouvrir_session(app.test_client(), compte_id)


def test_un_ecart_se_lit_en_francais(app, scene):
    with pour_tous(app):
        fiche = db.session.get(Jeune, scene["jeune"])
        fiche.lieu_accueil_code, fiche.est_parent, fiche.nom = "FOYER", False, "Delattre-Roux"
        db.session.commit()
        ecarts = {e.libelle: (e.avant, e.apres) for e in journal.ecarts(journal.historique("jeune", scene["jeune"])[0])}
    assert ecarts == {
        "Nom": ("Delattre", "Delattre-Roux"),
        "Lieu d’accueil": ("MECS", "Foyer de l'enfance"),
        "Jeune parent": ("Non renseigné", "Non"),
    }


def test_retablir_une_valeur_puis_une_fiche_supprimee(app, scene):
    numero = scene["alerte"]
    with pour_tous(app):
        db.session.get(Alerte, numero).signalee_par = "Éducatrice"
        db.session.commit()
        db.session.delete(db.session.get(Alerte, numero))
        db.session.commit()
        suppression, modification = (e.id for e in journal.historique("alerte", numero)[:2])
    client = entrer(app, scene["referent"])
    assert "Rétablir la fiche" in client.get(f"/journal/historique/jeune/{scene['jeune']}").text
    csrf = jeton(client, f"/journal/historique/alerte/{numero}")
    client.post(f"/journal/{suppression}/restaurer", data={"csrf_token": csrf})
    with pour_tous(app):
        assert db.session.get(Alerte, numero).signalee_par == "Éducatrice"
    client.post(f"/journal/{modification}/restaurer", data={"csrf_token": csrf})
    with pour_tous(app):
        assert db.session.get(Alerte, numero).signalee_par is None
        derniere = journal.historique("alerte", numero)[0]
        assert (derniere.acteur, derniere.motif) == (
            str(scene["referent"]),
            f"Restauration de la ligne {modification} du journal",
        )


def test_l_histoire_d_une_autre_mds_n_existe_pas(app, scene):
    client = entrer(app, scene["ailleurs"])
    for adresse in ("alerte/999999", f"alerte/{scene['alerte']}", f"jeune/{scene['jeune']}"):
        reponse = client.get(f"/journal/historique/{adresse}")
        assert reponse.status_code == 404
        assert "Delattre" not in reponse.text
    with pour_tous(app):
        cle = str(scene["alerte"])
        ligne = db.session.scalar(select(Evenement.id).where(Evenement.table_nom == "alerte", Evenement.cle == cle))
    csrf = jeton(client, "/")
    for numero in (ligne, 999999):
        assert client.post(f"/journal/{numero}/restaurer", data={"csrf_token": csrf}).status_code == 404


def test_qui_a_consulte_ce_dossier(app, scene):
    assert entrer(app, scene["referent"]).get(f"/jeunes/{scene['jeune']}").status_code == 200
    with pour_tous(app):
        login = db.session.scalar(select(Evenement.login).where(Evenement.operation == "lecture").limit(1))
    page = entrer(app, scene["responsable"]).get(f"/journal/consultations/{scene['jeune']}").text
    assert login in page
    assert "Lecture du dossier" in page
    assert entrer(app, scene["referent"]).get(f"/journal/consultations/{scene['jeune']}").status_code == 403


def test_le_journal_de_sa_mds_et_lui_seul(app, scene):
    with pour_tous(app):
        f.un_jeune(mds="ARR", nom="Ailleurs")
        db.session.commit()
        ailleurs = db.session.scalar(
            select(Evenement.id).where(Evenement.table_nom == "jeune").order_by(Evenement.id.desc())
        )
    client = entrer(app, scene["responsable"])
    assert client.get("/journal/").status_code == 200
    assert client.get(f"/journal/{ailleurs}").status_code == 404
