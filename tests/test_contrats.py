"""Contrats jeune majeur asked for and decided, CEJ proposed and answered: records of the youth's
file, from which the steps of the law are done."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import DemandeCjm, PropositionCej
from app.regles.age import anniversaire, aujourd_hui
from tests import factories as f
from tests.connexions import champs, poster
from tests.test_agents import lire

COMPTES = {
    "referent": ("REFERENT_SEF", "ART"),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "slai": ("SLAI", "ART"),
    "ailleurs": ("REFERENT_SEF", "ARR"),
}


@pytest.fixture
def majeur(tous) -> int:
    """Eighteen three weeks ago, entrusted since childhood, the placement ended since."""
    with tous() as session:
        ne = anniversaire(f.il_y_a(21), -18)
        jeune = f.un_jeune(date_naissance=ne)
        f.une_mesure(jeune, du=f.il_y_a(3000), au=f.il_y_a(21), motif_fin_code="MAJORITE")
        session.commit()
        return jeune.id


def modifier(client, adresse: str, **saisi):
    return client.post(adresse, data=champs(lire(client, adresse)) | saisi)


def jj(jour: date) -> str:
    return f"{jour:%d/%m/%Y}"


def etape(page: str, titre: str) -> str:
    """The line of a step in the file."""
    lignes = re.findall(r"<tr\b.*?</tr>", page, re.S)
    return next(ligne for ligne in lignes if f'<th scope="row">{titre}' in ligne)


CJM = "Contrat jeune majeur : demande et décision"
CEJ = "Contrat d’engagement jeune proposé"


def test_une_demande_de_contrat_se_note_puis_sa_decision_et_l_etape_est_faite(agent, majeur, tous):
    client = agent()
    ligne = etape(lire(client, f"/jeunes/{majeur}"), CJM)
    assert "En retard" in ligne and "Noter la demande" in ligne and "Sans objet" in ligne
    adresse = f"/demandes-cjm/ajouter?jeune={majeur}"
    assert poster(client, adresse, {"demandee_le": jj(f.il_y_a(30))}).status_code == 302
    ligne = etape(lire(client, f"/jeunes/{majeur}"), CJM)
    assert f"demandé le {jj(f.il_y_a(30))}, décision attendue" in ligne
    with tous() as session:
        numero = session.scalar(select(DemandeCjm.id).where(DemandeCjm.jeune_id == majeur))
    sienne = f"/demandes-cjm/{numero}/modifier"
    assert sienne in ligne and "Noter la décision" in ligne
    refusee = {"decision_code": "REFUSEE", "decidee_le": jj(f.il_y_a(2))}
    sans_motif = modifier(client, sienne, **refusee)
    assert sans_motif.status_code == 422
    assert "Dites pourquoi la demande est refusée." in html.unescape(sans_motif.text)
    assert modifier(client, sienne, **refusee, motif="Ressources").status_code == 302
    page = lire(client, f"/jeunes/{majeur}")
    assert f"Faite le {jj(f.il_y_a(2))}" in etape(page, CJM)
    assert f"Refusée le {jj(f.il_y_a(2))} : Ressources" in page


def test_le_droit_au_retour_est_dit_jusqu_a_la_veille_des_21_ans(agent, majeur, faire):
    a_21_ans = anniversaire(anniversaire(f.il_y_a(21), -18), 21)
    veille = jj(a_21_ans - timedelta(days=1))
    dit = f"Un contrat jeune majeur peut être demandé jusqu’au {veille}"
    assert dit in lire(agent("coordonnateur"), f"/jeunes/{majeur}")
    faire(f.une_mesure, majeur, type_code="CJM", du=f.il_y_a(5))
    assert "Droit au retour" not in lire(agent("coordonnateur"), f"/jeunes/{majeur}")


def test_apres_un_contrat_la_demande_suivante_est_un_renouvellement(agent, majeur, faire):
    client = agent()
    coche = re.compile(r'name="est_renouvellement"[^>]*checked')
    assert not coche.search(lire(client, f"/demandes-cjm/ajouter?jeune={majeur}"))
    faire(
        f.une_fiche,
        "demande_cjm",
        jeune=f.Jeune(id=majeur),
        demandee_le=f.il_y_a(40),
        decidee_le=f.il_y_a(20),
        decision_code="ACCEPTEE",
        jusqu_au=f.dans(100),
    )
    adresse = f"/demandes-cjm/ajouter?jeune={majeur}"
    page = lire(client, adresse)
    assert coche.search(page)
    renouvellement = champs(page) | {"demandee_le": jj(f.il_y_a(1))}
    assert client.post(adresse, data=renouvellement).status_code == 302
    page = lire(client, f"/jeunes/{majeur}")
    assert f"Renouvelle le contrat du {jj(f.il_y_a(20))}" in page and "Première demande" in page
    sienne = re.findall(r'href="(/demandes-cjm/\d+)"', page)[0]
    premiere = re.findall(r'href="(/demandes-cjm/\d+)"', page)[1]
    lien = f'href="{premiere}">Contrat renouvelé, du {jj(f.il_y_a(20))}</a>'
    assert lien in lire(client, sienne) and "Contrat renouvelé" not in lire(client, premiere)
    assert f"jusqu’au {jj(f.dans(100))}" in lire(client, f"/jeunes/{majeur}")
    assert "Décision attendue" in lire(client, "/demandes-cjm/?etat=attendue&qui=tous")


@pytest.mark.parametrize(
    ("saisi", "phrase"),
    [
        ({"decision_code": "ACCEPTEE"}, "Donnez le jour de la décision."),
        ({"decidee_le": jj(f.il_y_a(1))}, "Dites ce qui a été décidé ce jour-là."),
        ({"jusqu_au": jj(f.dans(90))}, "Seul un contrat accepté a une fin."),
        (
            {"decision_code": "ACCEPTEE", "decidee_le": jj(f.il_y_a(60))},
            "La décision précède la demande.",
        ),
        ({"demandee_le": jj(f.dans(3))}, "Cette date est dans le futur."),
    ],
)
def test_une_demande_mal_dite_est_refusee_a_cote_du_champ(agent, majeur, saisi, phrase):
    adresse = f"/demandes-cjm/ajouter?jeune={majeur}"
    rendu = poster(agent(), adresse, {"demandee_le": jj(f.il_y_a(10))} | saisi)
    assert rendu.status_code == 422
    assert phrase in html.unescape(rendu.text)


def test_un_cej_propose_fait_l_etape_et_le_jeune_repond(agent, majeur, tous):
    client = agent("coordonnateur")
    assert "Noter la proposition" in etape(lire(client, f"/jeunes/{majeur}"), CEJ)
    adresse = f"/propositions-cej/ajouter?jeune={majeur}"
    assert poster(client, adresse, {"proposee_le": jj(f.il_y_a(8))}).status_code == 302
    page = lire(client, f"/jeunes/{majeur}")
    assert f"Faite le {jj(f.il_y_a(8))}" in etape(page, CEJ)
    assert "Noter la réponse" in page
    with tous() as session:
        numero = session.scalar(select(PropositionCej.id).where(PropositionCej.jeune_id == majeur))
    sienne = f"/propositions-cej/{numero}/modifier"
    sans_jour = modifier(client, sienne, reponse_code="REFUSEE")
    assert "Donnez le jour de la réponse." in html.unescape(sans_jour.text)
    reponse = {"reponse_code": "ACCEPTEE", "repondue_le": jj(f.il_y_a(1))}
    assert modifier(client, sienne, **reponse).status_code == 302
    assert f"Acceptée le {jj(f.il_y_a(1))}" in lire(client, f"/jeunes/{majeur}")


def test_a_faire_mene_a_la_demande_puis_a_sa_decision(agent, majeur, faire):
    client = agent()
    assert f"/demandes-cjm/ajouter?jeune={majeur}&" in lire(client, "/a-faire/")
    demande = faire(f.une_fiche, "demande_cjm", jeune=f.Jeune(id=majeur))
    page = lire(client, "/a-faire/")
    assert f"/demandes-cjm/{demande}/modifier?retour=" in page
    assert f"/demandes-cjm/ajouter?jeune={majeur}&" not in page


def test_chacun_n_ecrit_que_ce_que_son_role_permet_dans_sa_mds(agent, majeur, tous):
    saisi = {"demandee_le": jj(aujourd_hui())}
    for qui in ("slai", "ailleurs"):
        rendu = poster(agent(qui), f"/demandes-cjm/ajouter?jeune={majeur}", saisi, page="/")
        assert rendu.status_code in (403, 404, 422), qui
    with tous() as session:
        assert not session.scalars(select(DemandeCjm).where(DemandeCjm.jeune_id == majeur)).all()
    assert "Noter la demande" not in lire(agent("slai"), f"/jeunes/{majeur}")
