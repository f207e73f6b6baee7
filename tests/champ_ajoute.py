"""Played in a copy of the project where the youth has one field more, « Lycée » (``lycee``).

``test_reprendre.py`` makes the copy and runs this file there; alone, it has no meaning.
"""

import io

import openpyxl
from sqlalchemy import text

from app import acces
from app.echanges.reprise import extraction
from app.echanges.reprise.application import importer
from app.extensions import db
from app.models import Jeune
from tests import factories as f
from tests.classeurs import LIMITES
from tests.connexions import champs, ouvrir_session, poster

LYCEE = "Lycée Blaise-Pascal"
AUTRE = "Lycée des métiers de l’hôtellerie"


def test_un_champ_de_plus_sur_le_jeune_est_partout(app, tmp_path):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        responsable = f.un_compte("RESPONSABLE", "ART").id
        jeune = f.un_jeune("ART", contact_le=f.il_y_a(1200))
        numero = jeune.id
        code = jeune.code
        db.session.commit()
    client = ouvrir_session(app.test_client(), responsable)

    # the form, in both directions
    adresse = f"/jeunes/{numero}/modifier"
    saisi = champs(client.get(adresse).text)
    assert "lycee" in saisi and "lycee" in champs(client.get("/jeunes/ajouter").text)
    assert poster(client, adresse, saisi | {"lycee": LYCEE}).status_code == 302

    # the file, the list, the story
    assert LYCEE in client.get(f"/jeunes/{numero}").text
    assert LYCEE in client.get("/jeunes/").text
    histoire = client.get(f"/journal/historique/jeune/{numero}").text
    assert "Lycée" in histoire and LYCEE in histoire

    # the export of the list, the copy of the file
    for route in ("/jeunes/exporter", f"/jeunes/{numero}/exporter"):
        rendu = poster(
            client,
            route,
            {"finalite": "SUIVI", "motif": "Essai du fichier"},
            page="/",
            buffered=True,
        )
        assert rendu.status_code == 200, route
        assert LYCEE in cellules(rendu.data) and "Lycée" in cellules(rendu.data), route

    # the workbook, both ways
    chemin = tmp_path / "reprise.xlsx"
    with app.app_context(), acces.acteur(responsable, canal="essai"):
        extraction.exporter(chemin)
    classeur = openpyxl.load_workbook(chemin)
    for rang in classeur["Jeunes"].iter_rows():
        for cellule in rang:
            if cellule.value == LYCEE:
                cellule.value = AUTRE
    classeur.save(chemin)
    with app.app_context(), acces.acteur(responsable, canal="essai"):
        rapport = importer(chemin, LIMITES)
        assert not rapport.refus
        assert db.session.get(Jeune, numero).lycee == AUTRE

    # anonymisation: nothing is left of it, in the file nor in the audit log
    with app.app_context(), acces.acteur(responsable, canal="essai"):
        assert db.session.scalar(
            text("select acces.anonymiser(:id, :code, 2, 'Plus de 2 ans', 'Une responsable')"),
            {"id": numero, "code": code},
        )
        db.session.commit()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        assert db.session.get(Jeune, numero).lycee is None
        reste = text("select to_jsonb(j)::text from journal j where to_jsonb(j)::text like :mot")
        for mot in ("%Blaise-Pascal%", "%hôtellerie%"):
            assert db.session.scalars(reste, {"mot": mot}).all() == []


def cellules(octets: bytes) -> set[str]:
    feuilles = openpyxl.load_workbook(io.BytesIO(octets))
    return {str(c) for feuille in feuilles for rang in feuille.values for c in rang if c}
