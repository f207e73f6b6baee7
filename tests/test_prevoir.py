"""« Prévoir »: each step of the law is planned from the file or from « À faire », alone or with
others; read before, one act that is taken back as one."""

import html
import re

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Evenement, Rencontre
from app.regles.age import anniversaire, aujourd_hui
from tests import factories as f
from tests.connexions import champs, poster
from tests.ordres_sql import ordres_sql
from tests.test_agents import lire
from tests.test_contrats import etape, jj

ENTRETIEN = "Entretien des 17 ans"
PREPARATION = "Préparation à la majorité"


@pytest.fixture(scope="module")
def comptes(app):
    roles = {
        "coordonnateur": ("COORDONNATEUR", "ART"),
        "slai": ("SLAI", "ART"),
        "ailleurs": ("COORDONNATEUR", "ARR"),
    }
    numeros = f.des_comptes(app, roles)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_agent(nom="Nour Delestrez", compte_id=numeros["coordonnateur"])
        db.session.commit()
    return numeros


@pytest.fixture
def mineurs(tous) -> list[int]:
    """Two youths of 17 years and 11 months, entrusted since childhood: their steps are late."""
    with tous() as session:
        ne = anniversaire(f.dans(30), -18)
        jeunes = [f.un_jeune(date_naissance=ne) for _ in range(2)]
        for jeune in jeunes:
            f.une_mesure(jeune, du=f.il_y_a(3000))
        session.commit()
        return [jeune.id for jeune in jeunes]


def rencontres(tous, jeunes) -> list[Rencontre]:
    with tous() as session:
        requete = select(Rencontre).where(Rencontre.jeune_id.in_(jeunes)).order_by(Rencontre.id)
        lues = list(session.scalars(requete))
        session.expunge_all()
    return lues


def demander(client, choisies, acte="", **saisi):
    envoye = {"rowid": choisies, "acte": acte} | saisi
    return poster(client, "/prevoir-les-etapes/", envoye, page="/a-faire/?qui=tous")


def prevoir(client, choisies, **saisi):
    apercu = demander(client, choisies, "apercu", **saisi).text
    empreinte = re.search(r'name="empreinte" value="(\w+)"', apercu)[1]
    return demander(client, choisies, "appliquer", empreinte=empreinte, **saisi)


def test_une_etape_se_prevoit_depuis_la_fiche_et_se_lit_prevue(agent, mineurs, tous):
    client = agent()
    ligne = etape(lire(client, f"/jeunes/{mineurs[0]}"), PREPARATION)
    adresse = html.unescape(re.search(r'href="(/rencontres/ajouter[^"]+)"[^>]*>Prévoir', ligne)[1])
    assert "type=ENTRETIEN&prevue=1&etape=PREPARATION_18" in adresse and "&le=" not in adresse
    le = f.dans(9)
    saisi = champs(lire(client, adresse)) | {"le": jj(le)}
    assert (saisi["type_code"], saisi["statut_code"]) == ("ENTRETIEN", "PREVUE")
    rendu = client.post(adresse, data=saisi)
    assert rendu.location.endswith("#etapes")
    (rencontre,) = rencontres(tous, mineurs)
    assert (rencontre.etape, rencontre.le) == ("PREPARATION_18", le)
    ligne = etape(lire(client, f"/jeunes/{mineurs[0]}"), PREPARATION)
    assert f"Prévue le {jj(le)}" in ligne and "Prévoir" not in ligne


def test_une_etape_a_venir_se_prevoit_le_jour_ou_elle_est_due(agent, mineurs):
    client = agent()
    ligne = etape(lire(client, f"/jeunes/{mineurs[0]}"), "Contrat jeune majeur")
    adresse = html.unescape(re.search(r'href="(/rencontres/ajouter[^"]+)"', ligne)[1])
    assert champs(lire(client, adresse))["le"] == f.dans(30).isoformat()


def test_une_etape_qui_n_a_pas_ete_faite_a_temps_se_prevoit_encore(agent, tous):
    with tous() as session:
        jeune = f.un_jeune(date_naissance=anniversaire(f.il_y_a(60), -18))
        f.une_mesure(jeune, du=f.il_y_a(3000))
        session.commit()
        numero = jeune.id
    client = agent()
    ligne = etape(lire(client, f"/jeunes/{numero}"), ENTRETIEN)
    assert "Non faite à temps" in ligne and "Prévoir" in ligne
    with tous() as session:
        session.get(f.Jeune, numero).deces_le = f.il_y_a(1)
        session.commit()
    ligne = etape(lire(client, f"/jeunes/{numero}"), ENTRETIEN)
    assert "Non faite à temps" in ligne and "Prévoir" not in ligne


def test_chaque_etape_en_retard_a_son_acte_sur_sa_ligne(agent, mineurs):
    page = lire(agent(), "/a-faire/?qui=tous")
    lignes = [ligne for ligne in page.split("<li>") if f"/jeunes/{mineurs[0]}" in ligne]
    entretien = next(ligne for ligne in lignes if ENTRETIEN in ligne)
    assert f"/rencontres/ajouter?jeune={mineurs[0]}&type=ENTRETIEN_17" in entretien
    preparation = next(ligne for ligne in lignes if PREPARATION in ligne)
    assert "Noter faite" in preparation and "Prévoir" in preparation
    assert "Noter faite" not in lire(agent("slai"), "/a-faire/?qui=tous")


def test_une_etape_inconnue_dans_l_adresse_n_est_pas_gardee(agent, mineurs, tous):
    client = agent()
    adresse = f"/rencontres/ajouter?jeune={mineurs[0]}&type=ENTRETIEN&prevue=1&etape=AUTRE:1"
    saisi = champs(lire(client, adresse)) | {"le": jj(f.dans(3))}
    assert client.post(adresse, data=saisi).status_code == 302
    assert [r.etape for r in rencontres(tous, mineurs)] == [None]


def test_des_etapes_cochees_se_prevoient_ensemble_et_l_acte_s_annule(agent, mineurs, tous):
    client = agent()
    page = lire(client, "/a-faire/?qui=tous")
    choisies = [f"{jeune}|ENTRETIEN_17" for jeune in mineurs]
    assert all(f'name="rowid" value="{choisie}"' in page for choisie in choisies)
    le = f.dans(12)
    choix = html.unescape(demander(client, choisies).text)
    assert "2 étapes" in choix and "empreinte" not in choix
    apercu = html.unescape(demander(client, choisies, "apercu", le=jj(le)).text)
    assert f"2 rendez-vous seraient prévus le {jj(le)}" in apercu
    assert rencontres(tous, mineurs) == []
    rendu = prevoir(client, choisies, le=jj(le), lieu_code="MDS")
    assert rendu.status_code == 302
    faites = rencontres(tous, mineurs)
    lues = [(r.type_code, r.statut_code, r.le, r.lieu_code, r.agents, r.etape) for r in faites]
    assert lues == [("ENTRETIEN_17", "PREVUE", le, "MDS", "Nour Delestrez", "ENTRETIEN_17")] * 2
    assert f"Prévue le {jj(le)}" in etape(lire(client, f"/jeunes/{mineurs[1]}"), ENTRETIEN)
    numero = rendu.location.rpartition("/")[2]
    with tous() as session:
        lignes = session.scalars(select(Evenement).where(Evenement.requete == f"lot:{numero}"))
        ecrites = [x.cle for x in lignes if x.table_nom == "rencontre"]
    assert ecrites == [str(r.id) for r in faites]
    fait = lire(client, rendu.location)
    assert "Rendez-vous prévus" in fait and "Revenir aux étapes en retard" in fait
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert rencontres(tous, mineurs) == []


def test_l_apercu_dit_sur_chaque_ligne_pourquoi_elle_n_est_pas_prevue(agent, mineurs, tous):
    client = agent()
    un, autre = mineurs
    choisies = [f"{un}|ENTRETIEN_17", f"{un}|PREPARATION_18", f"{autre}|CEJ_18"]
    apercu = html.unescape(demander(client, choisies, "apercu", le=jj(f.dans(5))).text)
    assert "1 rendez-vous serait prévu" in apercu and "2 refus" in apercu
    assert "Ce jeune a déjà un rendez-vous dans cette sélection" in apercu
    assert "Cette étape n’est plus en retard" in apercu
    assert prevoir(client, choisies, le=jj(f.dans(5))).status_code == 302
    assert [r.etape for r in rencontres(tous, mineurs)] == ["ENTRETIEN_17"]


@pytest.mark.parametrize(
    ("le", "phrase"),
    [
        ("", "obligatoire"),
        (jj(f.il_y_a(1)), "Choisissez aujourd’hui ou un jour à venir."),
        ("32/01/2030", "Cette date n’existe pas."),
    ],
)
def test_un_jour_mal_choisi_est_refuse_et_rien_n_est_prevu(agent, mineurs, tous, le, phrase):
    rendu = demander(agent(), [f"{mineurs[0]}|ENTRETIEN_17"], "apercu", le=le)
    assert rendu.status_code == 422 and phrase in html.unescape(rendu.text)
    assert rencontres(tous, mineurs) == []


def test_ce_qui_a_change_depuis_l_apercu_est_relu_avant(agent, mineurs, tous, faire):
    client = agent()
    choisies = [f"{jeune}|ENTRETIEN_17" for jeune in mineurs]
    apercu = demander(client, choisies, "apercu", le=jj(f.dans(5))).text
    empreinte = re.search(r'name="empreinte" value="(\w+)"', apercu)[1]
    faire(f.une_rencontre, mineurs[0], type_code="ENTRETIEN_17", le=aujourd_hui())
    rendu = demander(client, choisies, "appliquer", le=jj(f.dans(5)), empreinte=empreinte)
    assert rendu.status_code == 422 and "ont changé depuis l’aperçu" in html.unescape(rendu.text)
    assert len(rencontres(tous, mineurs)) == 1


def test_rien_ne_se_prevoit_sans_droit_ni_ailleurs(agent, mineurs, tous):
    choisies = [f"{mineurs[0]}|ENTRETIEN_17"]
    assert demander(agent("slai"), choisies, "apercu", le=jj(f.dans(5))).status_code == 403
    ailleurs = demander(agent("ailleurs"), choisies, "apercu", le=jj(f.dans(5)))
    assert ailleurs.status_code == 302  # nothing of what was ticked is seen
    assert rencontres(tous, mineurs) == []
    page = lire(agent("slai"), f"/jeunes/{mineurs[0]}")
    assert "Prévoir" not in etape(page, ENTRETIEN)


def test_autant_d_ordres_pour_deux_etapes_que_pour_une(agent, mineurs):
    client = agent()

    def compter(choisies) -> int:
        with ordres_sql() as ordres:
            assert prevoir(client, choisies, le=jj(f.dans(20))).status_code == 302
        return len(ordres)

    une = compter([f"{mineurs[0]}|PREPARATION_18"])
    assert compter([f"{jeune}|ENTRETIEN_17" for jeune in mineurs]) == une
