"""The entretien des 17 ans: who came, the six needs written together, the projet d’accès à
l’autonomie printed in plain French, and the day of its signature."""

import html
import re

import pytest
from sqlalchemy import select

from app.models import Besoin, Etape, Evenement, Rencontre
from app.regles.age import anniversaire
from tests import factories as f
from tests.connexions import champs, poster
from tests.ordres_sql import ordres_sql
from tests.test_agents import lire
from tests.test_contrats import etape, jj

COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "slai": ("SLAI", "ART"),
    "ailleurs": ("COORDONNATEUR", "ARR"),
}


@pytest.fixture
def scene(tous) -> dict[str, int]:
    """Inès, 17, whose interview of ten days ago is still « prévue »."""
    with tous() as session:
        ines = f.un_jeune(prenom="Inès", date_naissance=anniversaire(f.il_y_a(40), -17))
        f.une_mesure(ines, du=f.il_y_a(3000))
        f.un_binome(ines, coordonnateur="Nour Delestrez")
        entretien = f.une_rencontre(
            ines, type_code="ENTRETIEN_17", statut_code="PREVUE", le=f.il_y_a(10)
        )
        session.commit()
        return {"ines": ines.id, "entretien": entretien.id}


def enregistrer(client, numero: int, **saisi):
    adresse = f"/entretiens-17/{numero}"
    return client.post(adresse, data=champs(lire(client, adresse)) | saisi)


def besoins(tous, jeune: int) -> dict[str, Besoin]:
    with tous() as session:
        lus = session.scalars(select(Besoin).where(Besoin.jeune_id == jeune)).all()
        session.expunge_all()
    return {besoin.domaine_code: besoin for besoin in lus}


LOGEMENT = {
    "etat_LOGEMENT": "Vit en famille d’accueil.\nVeut un studio.",
    "action_LOGEMENT": "Visiter le FJT",
    "qui_LOGEMENT": "Nour Delestrez",
    "pour_le_LOGEMENT": jj(f.dans(60)),
}


@pytest.mark.parametrize("qui", ["coordonnateur", "referent"])
def test_les_six_besoins_s_ecrivent_ensemble_et_se_lisent_dans_le_dossier(agent, scene, tous, qui):
    client = agent(qui)
    page = lire(client, f"/entretiens-17/{scene['entretien']}")
    titres = re.findall(r"<legend><h2>([^<]+)</h2>", page)
    assert titres[:6] == [
        "Ressources",
        "Logement",
        "Emploi et formation",
        "Accès aux soins",
        "Démarches administratives",
        "Accompagnement socio-éducatif",
    ]
    assert '<option value="Inès">' in page and '<option value="Nour Delestrez">' in page
    saisi = LOGEMENT | {"rsase_present": "oui", "qui_SOINS": "Inès"}
    rendu = enregistrer(client, scene["entretien"], **saisi)
    assert rendu.status_code == 302
    ecrits = besoins(tous, scene["ines"])
    assert set(ecrits) == {"LOGEMENT", "SOINS"}
    logement = ecrits["LOGEMENT"]
    assert (logement.entretien_le, logement.pour_le) == (f.il_y_a(10), f.dans(60))
    assert (logement.action, ecrits["SOINS"].qui) == ("Visiter le FJT", "Inès")
    assert "est noté tenu" in lire(client, rendu.location)
    with tous() as session:
        rencontre = session.get(Rencontre, scene["entretien"])
        assert (rencontre.statut_code, rencontre.rsase_present) == ("TENUE", True)
    dossier = lire(client, f"/jeunes/{scene['ines']}")
    assert "Visiter le FJT" in dossier and "Écrire les six besoins" in dossier
    assert f"/entretiens-17/{scene['entretien']}?retour=" in dossier


def test_un_besoin_vide_s_en_va_et_un_autre_change(agent, scene, tous):
    client = agent()
    enregistrer(client, scene["entretien"], **LOGEMENT, etat_SOINS="À jour")
    vide = dict.fromkeys(LOGEMENT, "")
    assert enregistrer(client, scene["entretien"], **vide, etat_SOINS="À revoir").status_code == 302
    assert {c: b.etat for c, b in besoins(tous, scene["ines"]).items()} == {"SOINS": "À revoir"}
    with tous() as session:
        gardes = session.scalars(
            select(Evenement.operation)
            .where(Evenement.table_nom == "besoin", Evenement.jeune_id == scene["ines"])
            .order_by(Evenement.id)
        ).all()
    assert sorted(o for o in gardes if o != "lecture") == [
        "creation",
        "creation",
        "modification",
        "suppression",
    ]


def test_le_projet_signe_fait_l_etape_et_le_papier_le_dit(agent, scene, tous):
    client = agent()
    adresse = f"/jeunes/{scene['ines']}"
    ligne = etape(lire(client, adresse), "Projet d’accès à l’autonomie")
    assert "En retard" in ligne and "Écrire le projet" in ligne
    suite = lire(client, f"/entretiens-17/dernier?jeune={scene['ines']}")
    assert f'action="/entretiens-17/{scene["entretien"]}"' in suite
    enregistrer(client, scene["entretien"], **LOGEMENT, rsase_present="oui")
    papier = lire(client, f"/entretiens-17/{scene['entretien']}/imprimer")
    assert "Votre logement" in papier and "Veut un studio." in papier
    assert papier.count("Nous n’en avons pas encore parlé.") == 5
    assert "Nour Delestrez, coordonnateur" in papier and "RSASE" in papier
    majorite = anniversaire(anniversaire(f.il_y_a(40), -17), 18)
    assert f"vos 18 ans, le {jj(majorite)}" in papier and "____" in papier
    enregistrer(client, scene["entretien"], signe_le=jj(f.il_y_a(2)))
    assert f"Signé le {jj(f.il_y_a(2))}" in lire(
        client, f"/entretiens-17/{scene['entretien']}/imprimer"
    )
    ligne = etape(lire(client, adresse), "Projet d’accès à l’autonomie")
    assert f"Faite le {jj(f.il_y_a(2))}" in ligne and "Les six besoins" in ligne
    enregistrer(client, scene["entretien"], signe_le="")
    with tous() as session:
        assert session.scalar(select(Etape).where(Etape.jeune_id == scene["ines"])) is None


def test_un_nouvel_entretien_reprend_ce_que_disait_le_precedent(agent, scene, tous, faire):
    client = agent()
    enregistrer(client, scene["entretien"], **LOGEMENT)
    autre = faire(f.une_rencontre, scene["ines"], type_code="ENTRETIEN_17", le=f.il_y_a(1))
    page = lire(client, f"/entretiens-17/{autre}")
    assert "ce que disait le précédent est repris ici" in page and "Visiter le FJT" in page
    assert enregistrer(client, autre, action_LOGEMENT="Signer le bail").status_code == 302
    with tous() as session:
        requete = select(Besoin.entretien_le, Besoin.action).order_by(Besoin.entretien_le)
        lus = session.execute(requete.where(Besoin.jeune_id == scene["ines"])).all()
    assert lus == [(f.il_y_a(10), "Visiter le FJT"), (f.il_y_a(1), "Signer le bail")]


def test_ce_qui_est_faux_est_dit_a_sa_place_et_rien_n_est_perdu(agent, scene, tous):
    saisi = LOGEMENT | {"pour_le_SOINS": "31/02/2027", "signe_le": jj(f.dans(1))}
    rendu = enregistrer(agent(), scene["entretien"], **saisi)
    assert rendu.status_code == 422
    page = html.unescape(rendu.text)
    assert "accès aux soins, Cette date n’existe pas." in page
    assert "Visiter le FJT" in page and "31/02/2027" in page
    rendu = enregistrer(agent(), scene["entretien"], **LOGEMENT, signe_le=jj(f.dans(1)))
    assert rendu.status_code == 422 and "dans le futur" in html.unescape(rendu.text)
    assert besoins(tous, scene["ines"]) == {}


def test_ce_qu_un_autre_a_ecrit_entre_temps_n_est_pas_ecrase(agent, scene, tous):
    un, autre = agent("coordonnateur"), agent("referent")
    adresse = f"/entretiens-17/{scene['entretien']}"
    ouverte = champs(lire(un, adresse))
    enregistrer(autre, scene["entretien"], etat_SOINS="À jour")
    rendu = un.post(adresse, data=ouverte | {"etat_SOINS": "Inconnu"})
    assert rendu.status_code == 422
    assert "Quelqu’un a changé ces besoins" in html.unescape(rendu.text)
    assert besoins(tous, scene["ines"])["SOINS"].etat == "À jour"


def test_envoye_deux_fois_le_formulaire_n_ecrit_qu_une_fois(agent, scene):
    client = agent()
    adresse = f"/entretiens-17/{scene['entretien']}"
    saisi = champs(lire(client, adresse)) | LOGEMENT
    rendus = [client.post(adresse, data=saisi) for _ in range(2)]
    assert [rendu.status_code for rendu in rendus] == [302, 302]


def test_sans_entretien_tenu_la_page_dit_par_quoi_commencer(agent, faire):
    jeune = faire(f.un_jeune)
    futur = faire(
        f.une_rencontre, jeune, type_code="ENTRETIEN_17", statut_code="PREVUE", le=f.dans(5)
    )
    client = agent()
    page = lire(client, f"/entretiens-17/dernier?jeune={jeune}")
    assert "Aucun entretien des 17 ans tenu" in page and "Noter le projet fait" in page
    assert client.get(f"/entretiens-17/{futur}").status_code == 404
    ordinaire = faire(f.une_rencontre, jeune)
    assert client.get(f"/entretiens-17/{ordinaire}").status_code == 404


def test_chacun_n_ecrit_et_n_imprime_que_dans_sa_mds(agent, scene, tous, faire):
    adresse = f"/entretiens-17/{scene['entretien']}"
    for suite in ("", "/imprimer"):
        assert agent("ailleurs").get(f"{adresse}{suite}").status_code == 404
    assert poster(agent("ailleurs"), adresse, LOGEMENT, page="/").status_code == 404
    assert agent("slai").get(adresse).status_code == 403
    besoin = faire(
        f.une_fiche, "besoin", jeune=f.Jeune(id=scene["ines"]), entretien_le=f.il_y_a(10)
    )
    assert "/imprimer" not in lire(agent("slai"), f"/besoins/{besoin}")  # not held yet
    enregistrer(agent(), scene["entretien"], etat_RESSOURCES="Bourse")
    assert f'{adresse}/imprimer"' in lire(agent("slai"), f"/besoins/{besoin}")
    assert agent("slai").get(f"{adresse}/imprimer").status_code == 200
    assert poster(agent("slai"), adresse, LOGEMENT, page="/").status_code == 403
    assert {b.etat for b in besoins(tous, scene["ines"]).values()} == {"Bourse"}
    with tous() as session:
        lectures = session.scalars(
            select(Evenement.cle).where(
                Evenement.table_nom == "besoin",
                Evenement.jeune_id == scene["ines"],
                Evenement.operation == "lecture",
                Evenement.cle.is_(None),
            )
        ).all()
    assert len(lectures) == 2  # opened to write, then printed


def test_autant_d_ordres_que_l_on_ait_un_ou_plusieurs_entretiens(agent, scene, faire):
    client = agent()

    def compter() -> int:
        with ordres_sql() as ordres:
            lire(client, f"/entretiens-17/{scene['entretien']}")
        return len(ordres)

    compter()
    avant = compter()
    for jours in range(20, 26):
        faire(
            f.une_fiche,
            "besoin",
            jeune=f.Jeune(id=scene["ines"]),
            entretien_le=f.il_y_a(jours),
            etat="Déjà dit",
        )
    assert compter() == avant
