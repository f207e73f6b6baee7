"""The chapters of a youth on their file: each with its day, who acts next, the passages before kept
as they were; « Reprendre le suivi » opens the next one in one screen, taken back in one click."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import select

from app.models import Accompagnement, Evenement, Jeune, Orientation
from tests import factories as f
from tests.connexions import champs
from tests.test_agents import lire

COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "ailleurs": ("COORDONNATEUR", "ARR"),
}


@pytest.fixture
def sorti(faire):
    """Repéré, oriented, met, accompanied in 2024, gone in June 2025."""

    def scene():
        jeune = f.un_jeune(date_naissance=date(2007, 6, 15), repere_le=date(2024, 1, 10))
        f.une_orientation(jeune, contact_le=date(2024, 2, 1), reponse_code="ACCEPTEE")
        f.un_rdv_tripartite(jeune, le=date(2024, 2, 12))
        f.une_mesure(jeune, du=date(2020, 1, 1))
        f.un_binome(jeune, du=date(2024, 2, 12), au=date(2025, 6, 30), coordonnateur="Ariane V.")
        f.un_accompagnement(
            jeune, du=date(2024, 3, 15), au=date(2025, 6, 30), motif_sortie_code="DEMENAGEMENT"
        )
        return jeune

    return lambda: faire(scene)


def texte(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def reprendre(client, jeune: int, **plus):
    adresse = f"/reprendre-le-suivi/{jeune}"
    saisi = champs(lire(client, adresse)) | {"motif_reprise": "Il a perdu son logement"} | plus
    return client.post(adresse, data=saisi)


def sejours(tous, jeune: int) -> list[tuple]:
    requete = select(Accompagnement).where(Accompagnement.jeune_id == jeune)
    with tous() as session:
        return [
            (a.du, a.au, a.motif_reprise)
            for a in session.scalars(requete.order_by(Accompagnement.du))
        ]


def test_chaque_chapitre_dit_son_jour(agent, sorti):
    page = lire(agent(), f"/jeunes/{sorti()}")
    ligne = texte(re.search(r'<ol class="etapes".*?</ol>', page, re.S)[0])
    assert "Repérage 10/01/2024" in ligne
    assert "Orientation 01/02/2024, acceptée" in ligne
    assert "Tripartite 12/02/2024" in ligne
    assert "Accompagnement 15/03/2024" in ligne
    assert "Relais sans relais" in ligne
    assert "Sortie le 30/06/2025" in ligne
    assert "Reprendre le suivi" in page


def test_on_lit_qui_doit_agir(agent, faire):
    seul = faire(f.un_jeune, nom="Seul", repere_le=f.il_y_a(9))
    assert "Au référent ASE d’agir : orienter" in lire(agent(), f"/jeunes/{seul}")

    def oriente():
        jeune = f.un_jeune(nom="Suivi")
        f.une_orientation(jeune, contact_le=f.il_y_a(4), vers="Nour Delestrez")
        return jeune

    assert "À Nour Delestrez d’agir : fixer" in lire(agent(), f"/jeunes/{faire(oriente)}")


def test_le_retour_ouvre_un_passage_et_garde_le_premier(agent, sorti, tous):
    jeune = sorti()
    client = agent()
    avant = sejours(tous, jeune)
    rendu = reprendre(client, jeune)
    assert rendu.status_code == 302, html.unescape(rendu.text)
    assert sejours(tous, jeune) == [*avant, (f.dans(0), None, "Il a perdu son logement")]
    page = lire(client, rendu.location)
    assert "Premier accompagnement (2024–2025)" in page
    assert "Suivi avec Ariane V., 1 rencontre tenue. Sorti : déménagement." in page
    assert "Raison du retour : Il a perdu son logement" in page
    assert f"depuis le {f.dans(0):%d/%m/%Y}" in page
    assert "Reprendre le suivi" not in page
    assert lire(client, f"/jeunes/{jeune}").count('class="carte passage"') == 1


def test_avec_une_orientation_un_nouveau_rendez_vous_est_du(agent, sorti, tous):
    jeune = sorti()
    client = agent()
    reprendre(client, jeune, orienter="oui", objectifs="Un toit")
    with tous() as session:
        contacts = session.scalars(
            select(Orientation.contact_le).where(
                Orientation.jeune_id == jeune, Orientation.contact_le.is_not(None)
            )
        ).all()
        assert sorted(contacts) == [date(2024, 2, 1), f.dans(0)]
        assert session.get(Jeune, jeune).contact_le == f.dans(0)
    page = lire(client, f"/jeunes/{jeune}")
    assert "fixer le rendez-vous tripartite" in page
    assert "Premier accompagnement (2024–2025)" in page


def test_l_acte_se_defait_d_un_bloc(agent, sorti, tous):
    jeune = sorti()
    client = agent()
    avant = sejours(tous, jeune)
    rendu = reprendre(client, jeune, orienter="oui")
    numero = rendu.location.rpartition("=")[2]
    page = lire(client, f"/passer-la-main/{numero}")
    assert "Reprise du suivi le" in page
    jeton = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    client.post(f"/passer-la-main/{numero}/annuler", data={"csrf_token": jeton})
    assert sejours(tous, jeune) == avant
    with tous() as session:
        assert session.get(Jeune, jeune).contact_le == date(2024, 2, 1)
        lignes = session.scalars(
            select(Evenement.operation).where(
                Evenement.jeune_id == jeune, Evenement.table_nom == "accompagnement"
            )
        ).all()
        assert lignes[-2:] == ["creation", "suppression"]
    assert "Reprendre le suivi" in lire(client, f"/jeunes/{jeune}")


@pytest.mark.parametrize(
    ("saisi", "phrase"),
    [
        ({"du": "30/06/2025"}, "Le jeune était encore suivi le 30/06/2025"),
        ({"du": f"{f.dans(3):%d/%m/%Y}"}, "Cette date est dans le futur."),
        ({"motif_reprise": ""}, "Ce champ est obligatoire."),
    ],
)
def test_ce_qui_ne_va_pas_est_dit_et_garde(agent, sorti, tous, saisi, phrase):
    jeune = sorti()
    avant = sejours(tous, jeune)
    refus = reprendre(agent(), jeune, **saisi)
    assert refus.status_code == 422
    assert phrase in html.unescape(refus.text)
    assert sejours(tous, jeune) == avant


def test_deux_clics_n_ouvrent_qu_un_accompagnement(agent, sorti, tous):
    jeune = sorti()
    client = agent()
    adresse = f"/reprendre-le-suivi/{jeune}"
    saisi = champs(lire(client, adresse)) | {"motif_reprise": "Retour"}
    assert client.post(adresse, data=saisi).status_code == 302
    assert client.post(adresse, data=saisi).status_code == 302
    assert len(sejours(tous, jeune)) == 2


def test_qui_ne_le_peut_pas_ne_reprend_rien(agent, sorti, tous):
    jeune = sorti()
    assert "Reprendre le suivi" not in lire(agent("referent"), f"/jeunes/{jeune}")
    assert agent("referent").get(f"/reprendre-le-suivi/{jeune}").status_code in (302, 403)
    assert agent("ailleurs").get(f"/reprendre-le-suivi/{jeune}").status_code == 404
    assert len(sejours(tous, jeune)) == 1
