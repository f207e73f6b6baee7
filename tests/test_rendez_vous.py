"""A rendez-vous has an hour, an address and agents, who are found by their names; two at the same
hour for one agent are told. A mesure has a planned end, from which the reminders count."""

import itertools
from datetime import time

import pytest
from sqlalchemy import func, select

from app import acces
from app.echanges.reprise import application, extraction
from app.extensions import db
from app.models import Agent, Mesure, Rencontre
from tests import factories as f
from tests.classeurs import LIMITES, cellules, ecrire
from tests.connexions import ouvrir_session, poster
from tests.test_agents import lire

_numeros = itertools.count(1)


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        coordonnateur = f.un_compte("COORDONNATEUR", "ART").id
        f.un_agent(nom="Nour Delestrez", compte_id=coordonnateur)
        administrateur = f.un_compte("ADMINISTRATEUR").id
        db.session.commit()
    return {"coordonnateur": coordonnateur, "administrateur": administrateur}


@pytest.fixture
def client(app, comptes):
    return ouvrir_session(app.test_client(), comptes["coordonnateur"])


@pytest.fixture
def jeune(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_jeune(nom="Lefebvre", prenom="Aya").id
        db.session.commit()
    return numero


@pytest.fixture
def importer(session, tmp_path):
    def _importer(feuilles, **options):
        chemin = ecrire(tmp_path / f"{next(_numeros)}.xlsx", feuilles)
        return application.importer(
            chemin, LIMITES, application.OptionsDImport(details=500, **options)
        )

    return _importer


def prevu(jeune: int, **champs) -> dict:
    le = f"{f.dans(10):%d/%m/%Y}"
    return {
        "jeune_id": str(jeune),
        "type_code": "ENTRETIEN",
        "le": le,
        "statut_code": "PREVUE",
        **champs,
    }


def rencontres(jeune: int) -> list[Rencontre]:
    siennes = select(Rencontre).where(Rencontre.jeune_id == jeune).order_by(Rencontre.id)
    return list(db.session.scalars(siennes))


def derniere(app, jeune: int) -> Rencontre:
    with app.app_context(), acces.acteur(acces.TOUS):
        fiche = rencontres(jeune)[-1]
        db.session.expunge(fiche)
        return fiche


# On the screen
# -------------


def test_un_rendez_vous_a_son_heure_son_adresse_et_ses_agents(app, client, jeune):
    saisi = prevu(jeune, heure="14h30", duree="45", adresse="12 rue Neuve", agents="nour DELESTREZ")
    poster(client, "/rencontres/ajouter", saisi)
    fiche = derniere(app, jeune)
    assert (fiche.heure, fiche.duree, fiche.adresse) == (time(14, 30), 45, "12 rue Neuve")
    assert fiche.agents == "Nour Delestrez", "written as the directory writes it"
    page = lire(client, f"/rencontres/{fiche.id}")
    assert "14\u00a0h\u00a030" in page
    assert "12 rue Neuve" in page
    onglet = lire(client, f"/jeunes/{jeune}")
    assert "14\u00a0h\u00a030" in onglet
    assert "Nour Delestrez" in onglet


@pytest.mark.parametrize(
    ("champ", "valeur", "phrase"),
    [
        ("heure", "25:00", "Cette heure n’existe pas."),
        ("heure", "l’après-midi", "Écrivez l’heure comme 14\u00a0h\u00a030."),
        ("duree", "0", "La durée se compte en minutes"),
        ("agents", "?", "n’est pas le nom d’une personne"),
    ],
)
def test_ce_qui_ne_se_lit_pas_est_dit_et_garde(app, client, jeune, champ, valeur, phrase):
    refus = poster(client, "/rencontres/ajouter", prevu(jeune, **{champ: valeur}))
    assert refus.status_code == 422
    assert phrase in refus.text
    assert f'value="{valeur}"' in refus.text


def test_un_nom_inconnu_est_propose_a_l_annuaire_puis_ajoute(app, client, jeune):
    saisi = prevu(jeune, agents="Nour Delestrez ; Zoé Inconnue")
    refus = poster(client, "/rencontres/ajouter", saisi)
    assert refus.status_code == 422
    assert "Ajouter à l’annuaire : Zoé Inconnue" in refus.text
    poster(client, "/rencontres/ajouter", {**saisi, "agents-creer": "oui"})
    with app.app_context(), acces.acteur(acces.TOUS):
        (fiche,) = rencontres(jeune)
        nouvelle = db.session.scalars(select(Agent).where(Agent.nom == "Zoé Inconnue")).one()
        assert nouvelle.fonction_code == "AUTRE"
        assert nouvelle.id in fiche.agents_ids
        assert len(fiche.agents_ids) == 2


def test_deux_rendez_vous_a_la_meme_heure_pour_un_agent_sont_dits(app, client, jeune, session):
    autre = f.un_jeune(nom="Carlier", prenom="Lina").id
    session.commit()
    saisi = {"heure": "09:15", "agents": "Nour Delestrez", "le": f"{f.dans(21):%d/%m/%Y}"}
    poster(client, "/rencontres/ajouter", prevu(autre, **saisi))
    assert "vérifiez l’heure" not in lire(client, f"/jeunes/{autre}")
    poster(client, "/rencontres/ajouter", prevu(jeune, **saisi))
    assert derniere(app, jeune).heure == time(9, 15), "told, not refused"
    dit = lire(client, f"/jeunes/{jeune}")
    assert "un rendez-vous est déjà prévu avec Lina Carlier pour Nour Delestrez" in dit


def test_celui_qui_saisit_est_propose_parmi_les_agents(client, jeune):
    page = lire(client, f"/rencontres/ajouter?jeune={jeune}&prevue=1")
    assert 'name="agents" type="text" value="Nour Delestrez"' in page


# In the base
# -----------


def test_un_agent_renomme_ou_reuni_l_est_dans_chaque_rencontre(session):
    garde = f.un_agent(nom="Karim Gardé")
    absorbe = f.un_agent(nom="K. Gardé")
    avec = f.une_rencontre(agents="K. Gardé ; Lou Autre")
    session.commit()
    session.refresh(avec)
    assert avec.agents_ids == [absorbe.id, avec.agents_ids[1]]
    garde.nom = "Karim Nouveau"
    absorbe.nom = "K. Nouveau"
    session.commit()
    session.refresh(avec)
    assert avec.agents == "K. Nouveau ; Lou Autre"
    ancien = absorbe.id
    session.execute(select(func.acces.fusionner_agents(garde.id, ancien)))
    session.commit()
    session.refresh(avec)
    assert avec.agents == "Karim Nouveau ; Lou Autre"
    assert garde.id in avec.agents_ids
    assert ancien not in avec.agents_ids


def test_les_numeros_suivent_les_noms_et_ne_s_ecrivent_pas_seuls(session):
    fiche = f.une_rencontre(agents="Ada Présente ; à définir ; ada PRÉSENTE")
    session.commit()
    session.refresh(fiche)
    (ada,) = fiche.agents_ids
    assert fiche.agents == "Ada Présente ; à définir"
    fiche.agents_ids = [ada, 999_999]
    session.commit()
    session.refresh(fiche)
    assert fiche.agents_ids == [ada]
    fiche.agents = None
    session.commit()
    session.refresh(fiche)
    assert fiche.agents_ids == []


# In the workbook
# ---------------


def test_le_classeur_porte_heure_duree_adresse_et_agents(importer, session, tmp_path):
    jeune = f.un_jeune()
    session.commit()
    ligne = {
        "Code": "RDV-1",
        "Jeune": jeune.code,
        "Type": "ENTRETIEN",
        "Le": f"{f.dans(3):%d/%m/%Y}",
        "Statut": "PREVUE",
        "Heure": "9h05",
        "Durée": 30,
        "Adresse": "Mission Locale",
        "Agents": "Ines Nouvelle;Nour Delestrez",
    }
    lignes = [ligne, {**ligne, "Code": "RDV-2", "Heure": time(16, 45)}]
    assert importer({"Rencontres": lignes}).refus == []
    une, deux = rencontres(jeune.id)
    assert (une.heure, une.duree, deux.heure) == (time(9, 5), 30, time(16, 45))
    assert une.agents == "Ines Nouvelle ; Nour Delestrez"
    assert len(une.agents_ids) == 2
    extraction.exporter(tmp_path / "export.xlsx")
    titres, *sorties = cellules(tmp_path / "export.xlsx")["Rencontres"]
    sortie = next(dict(zip(titres, s, strict=True)) for s in sorties if s[0] == "RDV-1")
    assert (sortie["Heure"], sortie["Durée"]) == ("09:05", 30)
    assert (sortie["Adresse"], sortie["Agents"]) == ("Mission Locale", une.agents)
    encore = importer({"Rencontres": [titres, *sorties]})
    assert (encore.crees, encore.modifies, encore.refus) == (0, 0, [])


@pytest.mark.parametrize("heure", ["25:00", "matin", 0.25, "9.30"])
def test_une_heure_qui_n_en_est_pas_une_est_refusee_a_sa_cellule(importer, session, heure):
    jeune = f.un_jeune()
    session.commit()
    rapport = importer(
        {
            "Rencontres": [
                {
                    "Code": "RDV-9",
                    "Jeune": jeune.code,
                    "Type": "ENTRETIEN",
                    "Le": f"{f.dans(3):%d/%m/%Y}",
                    "Statut": "PREVUE",
                    "Heure": heure,
                }
            ]
        }
    )
    (refus,) = rapport.refus
    assert (refus.feuille, refus.ligne, refus.colonne) == ("Rencontres", 2, "Heure")


def test_l_echeance_d_une_mesure_va_et_vient(importer, session, tmp_path):
    jeune = f.un_jeune()
    session.commit()
    ligne = {
        "Jeune": jeune.code,
        "Type": "PLACEMENT",
        "Du": "01/09/2024",
        "Échéance": "31/08/2026",
    }
    assert importer({"Mesures ASE": [ligne]}).refus == []
    (mesure,) = session.scalars(select(Mesure).where(Mesure.jeune_id == jeune.id))
    assert (f"{mesure.echeance:%d/%m/%Y}", mesure.au) == ("31/08/2026", None)
    (refus,) = importer({"Mesures ASE": [{**ligne, "Échéance": "31/08/2020"}]}).refus
    assert refus.colonne == "Échéance"


# The planned end of a mesure
# ---------------------------


def test_les_rappels_de_fin_partent_de_l_echeance(app, client, session):
    jeune = f.un_jeune(nom="Bientôt", date_naissance=f.il_y_a(365 * 19 + 5))
    f.une_mesure(jeune, type_code="CJM", echeance=f.dans(40))
    session.commit()
    page = lire(client, f"/jeunes/{jeune.id}")
    assert f"60 jours avant le {f.dans(40):%d/%m/%Y}" in page
    assert "Bientôt" in lire(client, "/a-faire/")
