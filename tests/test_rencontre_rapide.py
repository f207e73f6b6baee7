"""« + Rencontre » on a phone: five taps, what was planned that day is what is told, the rest is
completed later."""

import re
from datetime import time

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Rencontre
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster

ADRESSE = "/nouvelle-rencontre/"


@pytest.fixture(scope="module")
def scene(app):
    """Nour accompanies Ayanaïs, whom she meets today at 14:30, and met Bilal lately."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        nour = f.un_compte("COORDONNATEUR", "ART")
        f.un_agent(nom="Nour Delestrez", compte_id=nour.id)
        suivie = f.un_jeune(nom="Quenvillers", prenom="Ayanaïs")
        f.un_binome(suivie, coordonnateur="Nour Delestrez")
        vu = f.un_jeune(nom="Duisemant", prenom="Bilal")
        f.une_rencontre(vu, le=f.il_y_a(4), agents="Nour Delestrez", compte_rendu="Vu")
        autre = f.un_jeune(nom="Hazebrouckart", prenom="Lila")
        loin = f.un_jeune("ARR", nom="Zonnebeke", prenom="Paul")
        numeros = {"nour": nour.id, "suivie": suivie.id, "vu": vu.id}
        numeros |= {"autre": autre.id, "loin": loin.id}
        db.session.commit()
    return numeros


@pytest.fixture
def client(app, scene):
    return ouvrir_session(app.test_client(), scene["nour"])


@pytest.fixture
def dire(client):
    """Send the form as it is proposed, but for what is touched."""

    def _dire(**touches):
        proposes = champs(client.get(ADRESSE).text)
        return poster(client, ADRESSE, {**proposes, **touches}, follow_redirects=True)

    return _dire


@pytest.fixture
def les_siennes(tous):
    def lire(jeune: int) -> list[tuple]:
        with tous() as session:
            requete = select(Rencontre).where(
                Rencontre.jeune_id == jeune, Rencontre.le == f.il_y_a(0)
            )
            return [
                (r.type_code, r.statut_code, r.lieu_code, r.jeune_present, r.service_ase_present)
                for r in session.scalars(requete.order_by(Rencontre.id))
            ]

    return lire


def test_on_propose_les_jeunes_du_jour_puis_ceux_vus_depuis_peu(client, scene, faire):
    faire(
        f.une_rencontre,
        scene["suivie"],
        le=f.il_y_a(0),
        heure=time(14, 30),
        statut_code="PREVUE",
        type_code="TELEPHONE",
        jeune_present=None,
    )
    page = client.get(ADRESSE).text
    proposes = re.findall(r'name="recent" value="(\d+)"[^>]*> ([^<]+)<', page)
    assert [(int(numero), dit.strip()) for numero, dit in proposes] == [
        (scene["suivie"], "Ayanaïs Quenvillers, 14\u00a0h\u00a030"),
        (scene["vu"], "Bilal Duisemant"),
    ]


def test_le_bouton_du_pouce_est_sur_chaque_page(client, scene):
    for page in (
        "/",
        "/jeunes/",
        f"/jeunes/{scene['suivie']}",
        "/agents/",
        "/mon-compte/",
        ADRESSE,
    ):
        barre = client.get(page).text.split('aria-label="Accès rapides"')[1].split("</nav>")[0]
        assert f'href="{ADRESSE}"' in barre, page


def test_trois_touches_enregistrent_une_rencontre_tenue(dire, scene, les_siennes):
    rendu = dire(recent=str(scene["vu"]), type_code="ENTRETIEN", lieu_code="MDS")
    assert "Rencontre enregistrée" in rendu.text
    assert les_siennes(scene["vu"]) == [("ENTRETIEN", "TENUE", "MDS", True, None)], (
        "an empty box is not a No"
    )


def test_celle_qui_etait_prevue_ce_jour_la_est_celle_que_l_on_dit(dire, scene, les_siennes):
    dire(recent=str(scene["suivie"]), type_code="TELEPHONE", lieu_code="DISTANCE")
    assert [(t, s) for t, s, *_ in les_siennes(scene["suivie"])] == [("TELEPHONE", "TENUE")]


def test_un_autre_jeune_se_cherche_par_son_nom(dire, scene, les_siennes):
    dire(**{"jeune_id-texte": "Hazebrouckart", "type_code": "DEMARCHE"})
    assert [t for t, *_ in les_siennes(scene["autre"])] == ["DEMARCHE"]


def test_ce_qui_est_refuse_garde_ce_qui_est_tape(dire, scene, les_siennes):
    rendu = dire(recent="", compte_rendu="Visite du CFA à fixer")
    assert rendu.status_code == 422
    assert "Choisissez un jeune" in rendu.text and "Visite du CFA à fixer" in rendu.text
    rendu = dire(**{"jeune_id-texte": "Zonnebeke", "compte_rendu": "Vu"})
    assert rendu.status_code == 422 and "Rien ne correspond" in rendu.text
    rendu = dire(recent=str(scene["loin"]))
    assert rendu.status_code == 422
    assert les_siennes(scene["loin"]) == []


def test_un_double_envoi_ne_dit_qu_une_rencontre(client, scene, tous):
    proposes = {**champs(client.get(ADRESSE).text), "recent": str(scene["autre"])}
    proposes |= {"type_code": "ENTRETIEN", "compte_rendu": "Envoyée deux fois"}
    for _ in range(2):
        assert poster(client, ADRESSE, proposes).status_code == 302
    with tous() as session:
        deux = session.scalars(select(Rencontre).filter_by(compte_rendu="Envoyée deux fois"))
        assert len(deux.all()) == 1


def test_ce_qui_n_a_pas_de_compte_rendu_attend_d_etre_complete(client, dire, scene):
    dire(recent=str(scene["vu"]), type_code="DEMARCHE")
    page = client.get(ADRESSE).text.partition('id="a-completer"')[2]
    assert "Bilal Duisemant" in page
    assert "Duisemant" in client.get("/rencontres/?a_jour=completer").text
    lien = re.search(r'href="(/rencontres/\d+)/modifier"', page)[1]
    formulaire = client.get(f"{lien}/modifier").text
    poster(
        client,
        f"{lien}/modifier",
        {**champs(formulaire), "compte_rendu": "Tout est dit"},
    )
    assert f"{lien}/" not in client.get(ADRESSE).text.partition('id="a-completer"')[2]
