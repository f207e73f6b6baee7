"""Files made one: the months sent stay as they are, the next table says which, once, by code and
without a name."""

import io
import json
from datetime import date, datetime, timedelta

import openpyxl
import psycopg
import pytest
from sqlalchemy import make_url, select, text

from app import acces
from app.echanges.tableau import comparaison as tableau_comparaison
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import fige as tableau_fige
from app.echanges.tableau import fusions as tableau_fusions
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.models import Envoi, Fusion, Mds
from app.regles.age import PARIS, ajouter_mois, aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session

PASSE = ajouter_mois(aujourd_hui().replace(day=1), -1)
"""The last month that is over: what is done today is done after its end, before it is sent."""
ICI, LA = "ART", "ARR"


@pytest.fixture(autouse=True)
def agir(app_sur_base_neuve):
    """A base of its own: what was sent before decides what is told."""
    with app_sur_base_neuve.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield
        db.session.rollback()


def la_mds(code: str | None) -> Mds | None:
    return None if code is None else db.session.scalars(select(Mds).where(Mds.code == code)).one()


def une_paire(ici: str = ICI, la: str = ICI):
    garde, autre = f.un_jeune(ici, nom="Nomsecret"), f.un_jeune(la, nom="Nomsecret")
    db.session.commit()
    return garde.id, autre.id, garde.code, autre.code


def fusionner(garde: int, autre: int) -> int:
    rendu = db.session.scalar(
        text("select acces.fusionner(:g, :a, '{}', 'Essai', false)"), {"g": garde, "a": autre}
    )
    db.session.commit()
    return rendu["fusion"]


def annuler(numero: int) -> None:
    assert (
        db.session.scalar(text("select acces.annuler_fusion(:n, 'Essai')"), {"n": numero})["refus"]
        == []
    )
    db.session.commit()


def envoyer(mds: str | None = ICI, mois: date = PASSE, motif: str = "") -> int:
    envoi = tableau_envoi.ouvrir_un_envoi(mois, la_mds(mds), motif)
    db.session.commit()
    numero = tableau_envoi.envoyer(envoi.id, "Essai.").id
    db.session.commit()
    return numero


def dites(numero: int) -> list[tuple]:
    fige = tableau_fige.contenu_fige(db.session.get(Envoi, numero))
    return [(x.nature, x.absorbe, x.garde, x.mds) for x in tableau_fusions.fusions_figees(fige)]


def a_dire(mds: str | None = ICI, mois: date = PASSE) -> list[tuple]:
    rapport = tableau_mensuel.calculer_le_mois(mois, la_mds(mds))
    return [(x.nature, x.absorbe, x.garde, x.mds) for x in rapport.fusions.lignes]


def dater(numero: int, le: datetime) -> None:
    db.session.get(Fusion, numero).fusionnee_le = le
    db.session.commit()


def test_une_fusion_faite_apres_la_fin_du_mois_et_avant_l_envoi_est_dite_une_seule_fois(app):
    envoyer(mois=ajouter_mois(PASSE, -1))
    garde, autre, code_garde, code_autre = une_paire()
    fusionner(garde, autre)
    attendu = [("Fusion", code_autre, code_garde, "Artois")]
    assert a_dire() == a_dire(None) == attendu and a_dire(LA) == []
    premier = envoyer()
    assert dites(premier) == attendu and dites(envoyer(None)) == attendu
    assert a_dire() == a_dire(None) == [], "told once"
    octets = db.session.get(Envoi, premier).classeur
    assert b"Nomsecret" not in octets
    classeur = openpyxl.load_workbook(io.BytesIO(octets))
    assert [c.value for c in classeur["Fusions"][2]][2:] == [code_autre, code_garde, "Artois"]
    assert classeur["Fusions"][2][1].value.date() == aujourd_hui()
    synthese = {x[0]: x[1] for x in classeur["Synthèse"].iter_rows(max_row=16, values_only=True)}
    assert synthese["Fusions"].startswith(
        "1 dossier réuni à un autre depuis le dernier tableau envoyé, le "
    )


def test_sans_fusion_le_tableau_le_dit_et_n_a_pas_la_feuille(app):
    classeur = openpyxl.load_workbook(io.BytesIO(db.session.get(Envoi, envoyer()).classeur))
    assert "Fusions" not in classeur.sheetnames
    synthese = {x[0]: x[1] for x in classeur["Synthèse"].iter_rows(max_row=16, values_only=True)}
    assert (
        synthese["Fusions"]
        == f"aucun dossier réuni à un autre depuis le {PASSE:%d/%m/%Y} (aucun tableau envoyé avant)"
    )


def test_sans_aucun_envoi_c_est_le_mois_lui_meme_qui_est_dit(app):
    dans_le_mois, avant = une_paire(), une_paire()
    debut = datetime(PASSE.year, PASSE.month, 1, tzinfo=PARIS)
    dater(fusionner(*dans_le_mois[:2]), debut + timedelta(hours=1))
    dater(fusionner(*avant[:2]), debut - timedelta(hours=1))
    assert [x[1] for x in a_dire()] == [dans_le_mois[3]]
    assert sorted(x[1] for x in a_dire(mois=ajouter_mois(PASSE, -1))) == sorted(
        [dans_le_mois[3], avant[3]]
    )


def test_une_fusion_annulee_est_dite_par_le_tableau_d_apres(app):
    garde, autre, code_garde, code_autre = une_paire()
    numero = fusionner(garde, autre)
    envoyer()
    annuler(numero)
    assert a_dire() == [("Fusion annulée", code_autre, code_garde, "Artois")]
    assert (
        "1 fusion annulée depuis"
        in tableau_mensuel.calculer_le_mois(PASSE, la_mds(ICI)).fusions.phrase
    )
    assert a_dire(None) == [
        ("Fusion", code_autre, code_garde, "Artois"),
        ("Fusion annulée", code_autre, code_garde, "Artois"),
    ], "the Département was told nothing yet"


def test_un_rectificatif_dit_les_fusions_depuis_le_premier_envoi(app):
    du = PASSE
    garde, autre, code_garde, code_autre = une_paire()
    for jeune in (garde, autre):
        f.un_accompagnement(jeune, du=du) if jeune == autre else None
    db.session.commit()
    premier = envoyer()
    avant = db.session.get(Envoi, premier).classeur
    fusionner(garde, autre)
    differences = tableau_comparaison.differences(db.session.get(Envoi, premier))
    raisons = {(d.nature, d.objet): d.raison for d in differences}
    assert (
        f"Fusion du dossier {code_autre} dans le dossier {code_garde}"
        in raisons["Sorti", code_autre]
    )
    second = envoyer(motif="Deux dossiers du même jeune")
    assert dites(premier) == [] and dites(second) == [("Fusion", code_autre, code_garde, "Artois")]
    assert db.session.get(Envoi, premier).classeur == avant


def test_une_fusion_entre_deux_mds_est_dite_aux_deux_sans_le_code_de_l_autre(app):
    garde, autre, code_garde, code_autre = une_paire(ICI, LA)
    fusionner(garde, autre)
    assert a_dire(ICI) == [("Fusion", code_autre, code_garde, "Artois")]
    assert a_dire(LA) == [("Fusion", code_autre, "dans une autre MDS", "")]


def test_une_fusion_commencee_avant_l_envoi_et_enregistree_apres_n_est_pas_perdue(app):
    garde, autre, _, code_autre = une_paire()
    url = make_url(app.config["DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as autre_agent:
        autre_agent.execute("select set_config('app.acteur', 'tous', true)")
        autre_agent.execute("select acces.fusionner(%s, %s, '{}', 'Essai', false)", (garde, autre))
        deja = une_paire()
        fusionner(*deja[:2])
        premier = envoyer()
        autre_agent.commit()
    assert [x[1] for x in dites(premier)] == [deja[3]]
    assert [x[1] for x in a_dire()] == [code_autre]


def test_la_dpid_et_le_slai_le_lisent_a_l_ecran_sans_nom(app):
    garde, autre, code_garde, code_autre = une_paire()
    fusionner(garde, autre)
    comptes = {"DPID": f.un_compte("DPID").id, "SLAI": f.un_compte("SLAI", ICI).id}
    preparation = f.un_envoi(ICI, mois=PASSE).id
    db.session.commit()
    for role, numero in comptes.items():
        client = ouvrir_session(app.test_client(), numero)
        for adresse in (f"/tableau/?mois={PASSE:%Y-%m}&mds={ICI}", f"/envois/{preparation}"):
            page = client.get(adresse).text
            assert f'<th scope="row">{code_autre}</th><td>{code_garde}</td>' in page, (
                role,
                adresse,
            )
            assert "Nomsecret" not in page
    envoye = envoyer()
    page = client.get(f"/envois/{envoye}").text
    assert "dits dans ce tableau" in page and code_autre in page


def test_ce_qui_est_fige_porte_les_fusions_dans_son_empreinte(app):
    fusionner(*une_paire()[:2])
    (dite,) = json.loads(db.session.get(Envoi, envoyer()).contenu)["fusions"]
    assert dite["nature"] == "Fusion" and dite["le"] == f"{aujourd_hui():%Y-%m-%d}"
