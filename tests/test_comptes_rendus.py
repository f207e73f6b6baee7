"""The minutes of an MDS's meetings may name its youths: who steers the Département knows that they
are held, and no more."""

import html
import io

import openpyxl
import pytest
from sqlalchemy import text

from app import acces
from app.echanges.reprise import extraction
from app.extensions import db
from tests import factories as f
from tests.connexions import jeton, ouvrir_session


@pytest.fixture(scope="module")
def reunions(app):
    """A meeting of Artois and one of the Département, with their minutes; accounts of the DPID and
    of Artois."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            "mds": f.une_instance("COMITE_SUIVI", "ART", compte_rendu="On a parlé de Zénaïde.").id,
            "departement": f.une_instance(
                "COPIL", None, compte_rendu="Les moyens de l’an prochain."
            ).id,
            "dpid": f.un_compte("DPID").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "dpo": f.un_compte("DPO").id,
        }
        db.session.commit()
        db.session.execute(
            text("update instance set compte_rendu = 'On a reparlé de Zénaïde.' where id = :n"),
            {"n": numeros["mds"]},
        )
        db.session.commit()
    return numeros


def test_le_dpid_sait_que_les_comites_des_mds_se_tiennent_sans_lire_leurs_comptes_rendus(
    app, reunions
):
    dpid, slai = (ouvrir_session(app.test_client(), reunions[qui]) for qui in ("dpid", "slai"))
    for adresse in (
        f"/instances/{reunions['mds']}",
        f"/journal/historique/instance/{reunions['mds']}",
    ):
        assert "Zénaïde" in html.unescape(slai.get(adresse).text)
        page = dpid.get(adresse)
        assert page.status_code == 200 and "Zénaïde" not in html.unescape(page.text)
    assert "Les moyens de l’an prochain." in html.unescape(
        dpid.get(f"/instances/{reunions['departement']}").text
    )
    dpo = ouvrir_session(app.test_client(), reunions["dpo"])
    assert "Zénaïde" in html.unescape(
        dpo.get(f"/journal/historique/instance/{reunions['mds']}").text
    )


def test_le_dpid_n_exporte_pas_les_comptes_rendus_des_mds(app, reunions):
    def titres(qui: str) -> set[str]:
        client = ouvrir_session(app.test_client(), reunions[qui])
        champs = {
            "csrf_token": jeton(client, "/instances/exporter"),
            "finalite": "PILOTAGE",
            "motif": "bilan de l’année",
            "colonnes": "toutes",
        }
        with client.post("/instances/exporter", data=champs) as fichier:
            feuille = openpyxl.load_workbook(io.BytesIO(fichier.data)).active
        return {c.value for c in feuille[1]}

    assert "Compte rendu" in titres("slai") and "Compte rendu" not in titres("dpid")


def test_le_dpid_tient_les_instances_du_departement_et_celles_d_aucune_mds(app, reunions):
    client = ouvrir_session(app.test_client(), reunions["dpid"])
    assert client.get(f"/instances/{reunions['mds']}/modifier").status_code == 403
    assert client.get(f"/instances/{reunions['departement']}/modifier").status_code == 200
    formulaire = html.unescape(client.get("/instances/ajouter").text)
    assert "Tout le Département" in formulaire and ">Artois<" not in formulaire
    with app.app_context(), acces.acteur(reunions["dpid"], canal="essai"):
        ordre = text("update instance set jeunes_recus = 3 where id = :n")
        touchees = [
            db.session.execute(ordre, {"n": reunions[ou]}).rowcount for ou in ("mds", "departement")
        ]
        db.session.rollback()
    assert touchees == [0, 1]


def test_le_classeur_de_qui_est_aussi_du_dpid_ne_prend_que_les_reunions_de_ses_mds(
    app, reunions, tmp_path
):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.une_instance("COMITE_SUIVI", "TER", compte_rendu="On a parlé d’Ysoline.")
        compte = f.un_compte("COORDONNATEUR", "ART")
        f.une_habilitation(compte, "DPID", None)
        numero = compte.id
        db.session.commit()
    with app.app_context(), acces.acteur(numero, canal="essai"):
        extraction.exporter(tmp_path / "classeur.xlsx", motif="essai")
    feuille = openpyxl.load_workbook(tmp_path / "classeur.xlsx")["Instances"]
    cellules = {cellule for ligne in feuille.iter_rows(values_only=True) for cellule in ligne}
    assert {"On a reparlé de Zénaïde.", "Les moyens de l’an prochain."} <= cellules
    assert "On a parlé d’Ysoline." not in cellules
