"""Each person sees their own perimeter; the responsable, who has access in their MDS; nobody learns
of a youth."""

import pytest

from app import acces
from app.extensions import db
from tests import factories as f
from tests.connexions import ouvrir


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune(mds="ARR", nom="Invisible")
        comptes = {
            "responsable": f.un_compte("RESPONSABLE", mds="ART", last_name="Responsable").id,
            "referent": f.un_compte("REFERENT_SEF", mds="ART", last_name="Référent").id,
            "partout": f.un_compte("DPID", mds=None, last_name="Pilotage").id,
            "ailleurs": f.un_compte("SLAI", mds="ARR", last_name="Lointain").id,
            "ancien": f.un_compte(
                "SLAI", mds="ART", last_name="Ancien", du=f.il_y_a(30), au=f.il_y_a(2)
            ).id,
        }
        db.session.commit()
    return comptes


@pytest.fixture
def mes_acces(app, comptes):
    """The page « Mes accès » as a person reads it."""

    def lire(en_tant_que: str) -> str:
        reponse = ouvrir(app, "/mes-acces/", en_tant_que=comptes[en_tant_que])
        assert reponse.status_code == 200
        return reponse.text

    return lire


def test_chacun_lit_ses_roles_et_leurs_droits_en_francais(mes_acces):
    texte = mes_acces(en_tant_que="referent")
    assert "Référent SEF, Artois" in texte
    assert "Tient les mesures ASE et les alertes." in texte
    assert "Les personnes qui ont accès" not in texte


def test_le_responsable_lit_qui_a_acces_dans_sa_mds_et_partout(mes_acces):
    texte = mes_acces(en_tant_que="responsable")
    tableau = texte[texte.index('id="personnes"') :]
    assert "Référent" in tableau
    assert "Pilotage" in tableau
    assert "Lointain" not in tableau
    assert "Ancien" not in tableau


def test_une_habilitation_finie_ou_sans_dossier_se_dit(mes_acces):
    assert "(fini)" in mes_acces(en_tant_que="ancien")
    assert "Aucun de vos rôles ne donne accès" in mes_acces(en_tant_que="partout")
    assert "Invisible" not in mes_acces(en_tant_que="referent")
