"""The comité de suivi: its agenda proposed from what the base knows, its meeting saved as it is
typed, its minutes frozen once validated; who sees what of it."""

import pytest

from app import acces
from app.extensions import db
from tests import factories as f
from tests.connexions import ouvrir_session, poster


@pytest.fixture(scope="module")
def comptes(app):
    return f.des_comptes(app, {
        "coordonnateur": ("COORDONNATEUR", "ART"),
        "referent": ("REFERENT_SEF", "ART"),
        "slai": ("SLAI", "ART"),
        "ailleurs": ("COORDONNATEUR", "CAL"),
        "dpid": ("DPID", None),
    })


def test_fumee(app, comptes, faire):
    comite = faire(f.une_instance, statut_code="PREVUE", le=f.dans(0))
    jeune = faire(f.un_jeune)
    faire(f.une_alerte, jeune)
    c = ouvrir_session(app.test_client(), comptes["coordonnateur"])
    assert c.get("/comites/").status_code == 200
    r = c.get(f"/comites/{comite}")
    assert r.status_code == 200, r.text
    r = poster(c, f"/comites/{comite}/enregistrer", {"jeune": str(jeune), "nouveaux": "Nour Delestrez ; Nour  delestrez"}, page=f"/comites/{comite}")
    assert r.status_code == 302, r.text
    print(c.get(f"/comites/{comite}").text)
    assert c.get(f"/seances/{comite}").status_code == 302
    ici = f"/seances/{comite}/jeunes/{jeune}"
    r = c.get(ici)
    assert r.status_code == 200, r.text
    r = poster(c, f"{ici}/decision", {"decision": "Aller au CFA", "version": "0"}, page=ici, headers={"Accept": "application/json"})
    assert r.status_code == 200, r.text
    r = poster(c, f"{ici}/tache", {"quoi": "Appeler", "qui": "Nour Delestrez", "pour_le": "31/12/2026"}, page=ici, headers={"Accept": "application/json"})
    assert r.status_code == 200, r.text
    assert c.get(f"/comptes-rendus/{comite}").status_code == 200
    r = poster(c, f"/comptes-rendus/{comite}/valider", {}, page=f"/comptes-rendus/{comite}")
    assert r.status_code == 302, r.text
    r = c.get(f"/comptes-rendus/{comite}/telecharger")
    assert r.status_code == 200
    assert c.get(f"/comites/{comite}/imprimer").status_code == 200
