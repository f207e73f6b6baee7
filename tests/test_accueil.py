"""The list of the youths and the home page: who waits for what, counted and listed alike."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Jeune
from app.regles.age import aujourd_hui
from app.views import dossier
from app.views.pages import a_faire, accueil, attente
from app.views.socle.compteur import Compteur
from tests import factories as f
from tests.connexions import ouvrir_session, poster


@pytest.fixture(scope="module")
def coordonnateur(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_compte("COORDONNATEUR", "ART").id
        db.session.commit()
    return numero


@pytest.fixture
def agent(app, coordonnateur):
    return lambda: ouvrir_session(app.test_client(), coordonnateur)


@pytest.fixture
def faire(app):
    """Make records as everyone, and return their number."""

    def creer(fabrique, *arguments, **champs):
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            numero = fabrique(*arguments, **champs).id
            db.session.commit()
        return numero

    return creer


def test_la_liste_dit_la_phase_et_ce_qui_attend(agent, faire):
    faire(f.un_jeune, nom="Phasé", contact_le=f.il_y_a(20))
    page = html.unescape(agent().get("/jeunes/?q=phase").text)
    assert "Orientation</td>" in page and "Fixer le rendez-vous tripartite" in page


@pytest.mark.parametrize(
    "filtre",
    [
        "suivi=oui",
        "suivi=non",
        "suivi=sortis",
        "ase=oui",
        "ase=non",
        "age=16",
        "age=19-20",
        "age=21-25",
        "attention=alerte",
        "attention=rdv",
        "attention=binome",
        "attention=fin",
        "est_parent=non",
    ],
)
def test_chaque_filtre_de_la_liste_des_jeunes_repond(agent, filtre):
    assert agent().get(f"/jeunes/?{filtre}").status_code == 200


def test_les_filtres_de_la_liste_des_jeunes_disent_vrai(agent, faire):
    suivi, sorti, jamais = (
        faire(f.un_jeune, nom=f"Filtre{n}") for n in ("Suivi", "Sorti", "Jamais")
    )
    faire(f.un_accompagnement, suivi)
    faire(f.un_accompagnement, sorti, au=f.il_y_a(5), motif_sortie_code="AUTONOMIE")
    faire(f.un_accompagnement, jamais, au=f.il_y_a(5), motif_sortie_code="ERREUR")
    faire(f.une_mesure, suivi)
    faire(f.une_alerte, suivi)

    def noms(filtre: str) -> set[str]:
        return set(re.findall(r"Filtre([SJ]\w+)", agent().get(f"/jeunes/?q=filtre&{filtre}").text))

    assert (
        noms("suivi=oui") == {"Suivi"}
        and noms("suivi=sortis") == {"Sorti"}
        and noms("suivi=non") == {"Jamais"}
    )
    assert (
        noms("ase=oui") == {"Suivi"}
        and noms("attention=alerte") == {"Suivi"}
        and noms("attention=binome") == {"Suivi"}
    )
    assert noms("age=17") == {"Suivi", "Sorti", "Jamais"} and noms("age=18") == set()


def test_l_accueil_compte_ce_que_les_listes_montrent(app, agent, faire):
    jeune = faire(f.un_jeune, nom="Attendu", contact_le=f.il_y_a(16))
    faire(f.une_mesure, jeune)
    faire(f.une_rencontre, jeune, statut_code="PREVUE", le=f.il_y_a(1), type_code="ENTRETIEN")
    faire(f.une_alerte, jeune)
    client = agent()
    accueil = html.unescape(client.get("/").text)
    comptes = dict(re.findall(r'<a href="(/[^"]+)"><strong>(\d+)</strong>', accueil))
    assert set(comptes) == {
        "/rencontres/?a_jour=non",
        "/a-faire/#rdv",
        "/a-faire/#etapes",
        "/alertes/?en_cours=oui",
    }
    for adresse in ("/rencontres/?a_jour=non", "/alertes/?en_cours=oui"):
        assert int(re.search(r"(\d+) fiches?<", client.get(adresse).text)[1]) == int(
            comptes[adresse]
        )
    page = client.get("/a-faire/").text
    rdv, etapes = page.split('id="etapes"')
    assert rdv.count("Fixer le rendez-vous") == int(comptes["/a-faire/#rdv"])
    assert (
        etapes.count('class="qui"') == int(comptes["/a-faire/#etapes"])
        and "Attendu" in rdv
        and "Attendu" in etapes
    )


def test_une_alerte_close_aujourd_hui_ne_se_montre_plus_ouverte(agent, faire):
    jeune = faire(f.un_jeune, nom="Clôture")
    alerte, client = faire(f.une_alerte, jeune), agent()
    listes = [
        f"/jeunes/{jeune}",
        "/jeunes/?attention=alerte&q=cloture",
        "/alertes/?en_cours=oui&q=cloture",
    ]

    def montrees() -> list[bool]:
        fiche, jeunes, alertes = (html.unescape(client.get(adresse).text) for adresse in listes)
        return ["Alerte ouverte" in fiche, "1 fiche<" in jeunes, "1 fiche<" in alertes]

    assert montrees() == [True] * 3
    assert (
        poster(client, f"/alertes/{alerte}/terminer", {}, page=f"/jeunes/{jeune}").status_code
        == 302
    )
    assert montrees() == [False] * 3
    assert "1 fiche<" in client.get("/alertes/?en_cours=termine&q=cloture").text


@pytest.mark.parametrize("combien", range(1, 10))
def test_sept_ou_huit_chiffres_se_rangent_par_quatre(agent, monkeypatch, combien):
    un = Compteur("alertes", 3, "alerte ouverte", "alertes ouvertes")
    monkeypatch.setattr(accueil, "_ranger", lambda _: [un] * combien)
    page = agent().get("/").text
    assert page.count("alertes ouvertes</span>") == combien
    assert ("par-quatre" in page) == (combien in (7, 8))


def test_une_tuile_dit_ce_qui_est_en_retard_meme_quand_tout_l_est():
    def retard(nombre: int, tard: int, libelle: str = "rendez-vous à fixer") -> str:
        return a_faire.Compteur("rdv", nombre, libelle, libelle, tard).retard

    assert [retard(3, 0), retard(3, 1), retard(3, 3), retard(1, 1)] == [
        "",
        "dont 1 en retard",
        "en retard",
        "en retard",
    ]
    assert retard(3, 3, "étapes légales en retard") == ""


def test_les_etapes_de_l_accueil_sont_celles_des_fiches(app, faire, monkeypatch):
    """The list asks the rule about some youths only: none that the rule would name is left out."""
    le = aujourd_hui()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for jours in (
            17 * 365 + 3,
            17 * 365 + 5,
            6480,
            6570,
            6580,
            6750,
            6770,
            7665,
            7672,
            7850,
            7860,
            9125,
            9135,
            9310,
            9330,
        ):
            for fin in (
                None,
                -400,
                -366,
                -360,
                -200,
                -185,
                -180,
                -30,
                0,
                29,
                31,
                59,
                61,
                89,
                91,
                200,
            ):
                jeune = f.un_jeune("TER", date_naissance=le - timedelta(days=jours))
                f.une_mesure(jeune, au=None if fin is None else le + timedelta(days=fin))
        db.session.flush()
        examen = a_faire.examiner(le)
        quelques_unes, toutes = examen.etapes, examen.tous_examines
        assert not toutes, "more youths are concerned than one page examines"
        monkeypatch.setattr(attente, "EXAMINES", 1000)
        examen = a_faire.examiner(le)
        tard, toutes = examen.etapes, examen.tous_examines
        vues = {(j.id, e.cle) for j, e in tard}
        assert toutes
        assert {(j.id, e.cle) for j, e in quelques_unes} < vues
        attendues = set()
        for jeune in db.session.scalars(select(Jeune)).all():
            lues = {
                table: db.session.execute(ordre, {"jeune": jeune.id}).all()
                for table, ordre in dossier.requetes().items()
            }
            attendues |= {
                (jeune.id, e.cle) for e in dossier.Dossier(jeune, lues, le).etapes_en_retard
            }
        assert vues == attendues and len(vues) > 100
        db.session.rollback()


def test_la_liste_dit_et_trie_le_dernier_contact_et_le_prochain_rendez_vous(agent, faire):
    """Met: held, with the youth there; next: planned, from today. Never met comes first."""
    jeunes = {
        nom: faire(f.un_jeune, nom=f"Nouvelle{nom}") for nom in ("Ancien", "Jamais", "Recent")
    }
    faire(f.une_rencontre, jeunes["Ancien"], le=f.il_y_a(40))
    faire(f.une_rencontre, jeunes["Ancien"], le=f.il_y_a(2), jeune_present=False)
    faire(f.une_rencontre, jeunes["Ancien"], le=f.dans(3), statut_code="PREVUE")
    faire(f.une_rencontre, jeunes["Recent"], le=f.il_y_a(10))
    faire(f.une_rencontre, jeunes["Recent"], le=f.dans(1), statut_code="ANNULEE")
    faire(f.une_rencontre, jeunes["Recent"], le=f.dans(5), statut_code="PREVUE")
    faire(f.une_rencontre, jeunes["Jamais"], le=f.il_y_a(1), statut_code="PREVUE")
    client = agent()

    def lire(tri: str) -> list[str]:
        page = html.unescape(client.get(f"/jeunes/?q=nouvelle&tri={tri}").text)
        return re.findall(r">Nouvelle(\w+)<", page)

    assert lire("dernier_contact") == ["Jamais", "Ancien", "Recent"]
    assert lire("-dernier_contact") == ["Recent", "Ancien", "Jamais"]
    assert lire("prochain_rdv") == ["Ancien", "Recent", "Jamais"]
    page = client.get("/jeunes/?q=nouvelleancien").text
    dits = dict(re.findall(r'data-libelle="(Dernier contact|Prochain RDV)">([^<]*)<', page))
    assert dits == {
        "Dernier contact": f"{f.il_y_a(40):%d/%m/%Y}",
        "Prochain RDV": f"{f.dans(3):%d/%m/%Y}",
    }
