"""The screen of the figures: each one opens its list, which adds up to it and shows only whom one may see."""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from app import acces, indicateurs
from app.commandes.demo import remplir
from app.extensions import db
from app.models import Evenement, Jeune, Mds
from tests import factories as f
from tests.connexions import ouvrir_session

PERIODE = (date(2025, 1, 1), date(2025, 12, 31))
ADRESSE = "du=2025-01-01&au=2025-12-31"


@pytest.fixture(scope="module")
def base(app):
    """The demonstration, as it would have been on a day, and accounts; their numbers by role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(80, 3, date(2026, 2, 15))
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id, "dpid": f.un_compte("DPID").id, "dpo": f.un_compte("DPO").id,
            "responsable": f.un_compte("RESPONSABLE").id, "administrateur": f.un_compte("ADMINISTRATEUR").id,
        }  # fmt: skip
        db.session.commit()
    return comptes


@pytest.fixture
def agent(app, base):
    return lambda qui: ouvrir_session(app.test_client(), base[qui])


def en_clair(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def lignes_de(page: str) -> list[list[str]]:
    corps = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [en_clair(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", ligne, re.S)]
        for ligne in corps.split("</tr>")
        if "<t" in ligne
    ]


def test_chaque_chiffre_est_montre_avec_sa_regle(agent, app):
    texte = en_clair(agent("dpid").get(f"/indicateurs/?{ADRESSE}&mds=").text)
    with app.app_context(), acces.acteur(acces.TOUS):
        resultats = indicateurs.calculer(*PERIODE)
    for chiffre in resultats:
        assert f"{chiffre.indicateur.regle} {' '.join(chiffre.texte.split())}" in texte


@pytest.mark.parametrize("code", list(indicateurs.DEFINITIONS))
def test_la_liste_d_un_chiffre_fait_son_compte(agent, app, code):
    page = agent("responsable").get(f"/indicateurs/{code}?{ADRESSE}&mds=")
    assert page.status_code == 200
    with app.app_context(), acces.acteur(acces.TOUS):
        chiffre = indicateurs.calculer(*PERIODE)[code]
        attendues = indicateurs.liste(code, *PERIODE)
    lignes = lignes_de(page.text) if attendues else []
    assert len(lignes) == min(len(attendues), 500)
    if code == "I6":  # who answered, never which
        assert {ligne[1] for ligne in lignes} <= {"A répondu", "Non compté"}
        assert sum(ligne[1] == "A répondu" for ligne in lignes) == chiffre.valeurs["repondants"]
        return
    mot = "Oui" if isinstance(chiffre.indicateur, indicateurs.Taux) else "Compté"
    if len(lignes) < 500:
        assert sum(ligne[1] == mot for ligne in lignes) == chiffre.nombre
    assert all(ligne[2] for ligne in lignes if ligne[1] in ("Non compté", "Non renseigné")), "a reason for each"


def test_on_ne_voit_par_leur_nom_que_les_jeunes_de_sa_mds(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS):
        ailleurs = set(
            db.session.scalars(select(Jeune.code).join(Mds, Mds.id == Jeune.mds_id).where(Mds.code != "ART"))
        )
    page = agent("coordonnateur").get(f"/indicateurs/I4?{ADRESSE}&mds=ART").text
    assert "D0" in page
    assert not [code for code in ailleurs if f"({code})" in page]
    sans_nom = agent("dpid").get(f"/indicateurs/I4?{ADRESSE}&mds=ART").text
    assert "vous n’avez pas accès à ces fiches" in sans_nom and "(D0" not in sans_nom


def test_on_ne_lit_les_chiffres_que_la_ou_on_en_a_le_droit(agent):
    for adresse in ("", "I5", "I5/comparer"):
        assert agent("coordonnateur").get(f"/indicateurs/{adresse}?mds=LLI").status_code == 404
        assert agent("coordonnateur").get(f"/indicateurs/{adresse}?mds=").status_code == 404
        assert agent("dpo").get(f"/indicateurs/{adresse}").status_code == 403
        assert agent("administrateur").get(f"/indicateurs/{adresse}").status_code == 403
        for faute in ("du=2025-13-01", "du=hier", "du=2025-02-01&au=2025-01-01", "du=0001-01-01", "au=9999-12-31"):
            assert agent("dpid").get(f"/indicateurs/{adresse}?{faute}").status_code == 404
    assert agent("dpid").get("/indicateurs/I99").status_code == 404


def test_comparer_met_les_mds_et_les_mois_cote_a_cote(agent, app):
    page = agent("dpid").get(f"/indicateurs/I4/comparer?{ADRESSE}&mds=")
    par_mds = lignes_de(page.text)
    assert len(par_mds) == 10
    with app.app_context(), acces.acteur(acces.TOUS):
        artois = indicateurs.calculer(*PERIODE, "ART")["I4"].texte
    assert next(ligne[1] for ligne in par_mds if ligne[0] == "Artois") == artois
    par_mois = lignes_de(page.text.partition("titre-2")[2])
    assert [ligne[0] for ligne in par_mois] == [f"{m:02}/2025" for m in range(1, 13)]
    assert len(lignes_de(agent("coordonnateur").get(f"/indicateurs/S1/comparer?{ADRESSE}").text)) == 1


def test_la_liste_s_exporte_avec_un_motif_et_le_journal_le_garde(agent, app, base):
    client = agent("coordonnateur")
    page = client.get(f"/indicateurs/I2?{ADRESSE}&mds=ART").text
    champs = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1],
        "du": "2025-01-01",
        "au": "2025-12-31",
        "mds": "ART",
    }
    assert client.post("/indicateurs/I2/exporter", data=champs).status_code == 400
    rendu = client.post("/indicateurs/I2/exporter", data=champs | {"motif": "préparer le comité"}, buffered=True)
    assert rendu.status_code == 200
    classeur = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert classeur["Liste"].max_row - 1 == len(lignes_de(page))
    assert indicateurs.DEFINITIONS["I2"].regle in [
        c.value for ligne in classeur["Définitions"].iter_rows() for c in ligne
    ]
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.acteur, Evenement.motif, Evenement.cle).where(Evenement.operation == "export")
        dernier = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert tuple(dernier) == (str(base["coordonnateur"]), "préparer le comité", "I2")
