"""Tâches: on the file of the youth, in a list and on the home page; done in one click, or abandoned
and why; kept by the référent as by the coordonnateur, in their MDS."""

import html
import re

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Agent, Decision, Tache, TacheInstance
from app.regles.age import anniversaire
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster
from tests.test_agents import lire


@pytest.fixture(scope="module")
def scene(app):
    """Nour accompanies Aya, not Lina; both are of Artois."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "referent": f.un_compte("REFERENT_SEF", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "ailleurs": f.un_compte("COORDONNATEUR", "ARR").id,
        }
        f.un_agent(nom="Nour Delestrez", compte_id=comptes["coordonnateur"])
        aya = f.un_jeune(nom="Lefebvre", prenom="Aya")
        f.un_binome(aya, coordonnateur="Nour Delestrez")
        lina = f.un_jeune(nom="Carlier", prenom="Lina")
        db.session.commit()
        return {"comptes": comptes, "aya": aya.id, "lina": lina.id}


@pytest.fixture
def client(app, scene):
    return lambda qui="coordonnateur": ouvrir_session(app.test_client(), scene["comptes"][qui])


def une_tache(app, jeune: int, **champs) -> int:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        tache = f.une_fiche("tache", jeune=db.session.get(f.Jeune, jeune), **champs)
        db.session.commit()
        return tache.id


def relire(app, numero: int) -> Tache:
    with app.app_context(), acces.acteur(acces.TOUS):
        tache = db.session.get(Tache, numero)
        db.session.expunge(tache)
        return tache


@pytest.mark.parametrize("qui", ["coordonnateur", "referent"])
def test_une_tache_se_prend_pour_un_jeune_et_se_lit_dans_son_dossier(app, scene, client, qui):
    saisi = {"jeune_id": str(scene["aya"]), "quoi": f"Appeler le CFA ({qui})"}
    if qui == "referent":
        saisi |= {"agent_id-texte": "Nour Delestrez", "pour_le": f"{f.dans(8):%d/%m/%Y}"}
    poster(client(qui), "/taches/ajouter", saisi)
    with app.app_context(), acces.acteur(acces.TOUS):
        tache = db.session.scalars(select(Tache).where(Tache.quoi == saisi["quoi"])).one()
        assert tache.pour == (None if qui == "coordonnateur" else "Nour Delestrez")
    assert saisi["quoi"] in lire(client(), f"/jeunes/{scene['aya']}")


def test_elle_est_faite_d_un_geste_et_quitte_l_accueil(app, scene, client):
    numero = une_tache(app, scene["aya"], quoi="Écrire au bailleur", pour_le=f.il_y_a(3))
    agent = client()
    accueil = lire(agent, "/")
    assert "Écrire au bailleur" in accueil
    assert "En retard depuis le" in accueil
    assert "tâche en retard" in accueil
    rendu = poster(agent, f"/taches/{numero}/terminer", {"retour": "/"}, page="/")
    assert rendu.location == "/"
    assert relire(app, numero).faite_le == f.il_y_a(0)
    assert "Écrire au bailleur" not in lire(agent, "/")


def test_abandonnee_elle_dit_pourquoi_et_n_attend_plus(app, scene, client):
    numero = une_tache(app, scene["aya"], quoi="Inscrire au permis", pour_le=f.il_y_a(1))
    agent = client()
    adresse = f"/taches/{numero}/modifier"
    saisi = champs(lire(agent, adresse)) | {"abandon": "Il part à Lyon"}
    refus = agent.post(adresse, data=saisi | {"faite_le": f"{f.il_y_a(0):%d/%m/%Y}"})
    assert refus.status_code == 422
    assert "Une tâche est faite ou abandonnée, pas les deux." in refus.text
    assert agent.post(adresse, data=saisi).status_code == 302
    assert relire(app, numero).abandon == "Il part à Lyon"
    assert "Inscrire au permis" not in lire(agent, "/")
    assert "Inscrire au permis" in lire(agent, "/taches/?etat=abandonnee&qui=tous")


def test_l_accueil_et_la_liste_commencent_par_celles_de_ses_jeunes(app, scene, client):
    une_tache(app, scene["lina"], quoi="Relancer la MECS de Lina", pour_le=f.il_y_a(2))
    agent = client()
    assert "Relancer la MECS de Lina" not in lire(agent, "/?qui=miens")
    assert "Relancer la MECS de Lina" not in lire(agent, "/taches/?qui=miens")
    assert "Relancer la MECS de Lina" in lire(agent, "/?qui=tous")
    assert "Relancer la MECS de Lina" in lire(agent, "/taches/?etat=retard&qui=tous")


def test_les_taches_en_retard_viennent_d_abord(app, scene, client):
    for quoi, jours in (("Sans date", None), ("Demain", -1), ("Hier", 1), ("Il y a un mois", 30)):
        le = None if jours is None else f.il_y_a(jours)
        une_tache(app, scene["aya"], quoi=f"Ordre : {quoi}", pour_le=le)
    for page in ("/?qui=miens", "/taches/?etat=ouverte&qui=miens"):
        dites = re.findall(r">Ordre : ([^<]+)<", lire(client(), page))
        assert list(dict.fromkeys(dites)) == ["Il y a un mois", "Hier", "Demain", "Sans date"], page


EN_RETARD = '<span class="etat tard">En retard</span>'


def lignes(page: str) -> dict[str, str]:
    """What is to be done → the row that says it."""
    return {re.search(r"Faire : (\w+)", ligne)[1]: ligne for ligne in _rangees(page)}


def _rangees(page: str) -> list[str]:
    return [ligne for ligne in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "Faire : " in ligne]


def test_ce_qui_est_en_retard_se_dit_la_ou_se_lisent_les_taches(client, comite, tous):
    """In words, for the tâches of a youth and of an instance, and for the decisions."""
    cas = {
        "hier": {"le": f.il_y_a(1)},
        "aujourdhui": {"le": f.il_y_a(0)},
        "faite": {"le": f.il_y_a(5), "faite_le": f.il_y_a(1)},
        "laissee": {"le": f.il_y_a(5), "abandon": "Sans suite"},
        "jamais": {"le": None},
    }
    attendus = dict.fromkeys(cas, "") | {"hier": EN_RETARD}
    with tous() as session:
        jeune = f.un_jeune(prenom="Retard")
        mort = f.un_jeune(prenom="Mort", deces_le=f.il_y_a(2))
        for cle, champs_ in cas.items():
            sort = {nom: valeur for nom, valeur in champs_.items() if nom != "le"}
            tache = {"quoi": f"Faire : {cle}", "pour_le": champs_["le"], **sort}
            f.une_fiche("tache", jeune=jeune, **tache)
            f.une_fiche("tache_instance", instance_id=comite, **tache)
        f.une_fiche("tache", jeune=mort, quoi="Faire : mort", pour_le=f.il_y_a(9))
        du_comite = f.une_decision(
            jeune, decision="Faire : decision", echeance_le=f.il_y_a(1)
        ).instance_id
        numero = jeune.id
        session.commit()
    agent = client()
    for adresse in ("/taches/?taille=100&qui=tous", "/taches-d-instance/?taille=100"):
        lues = lignes(lire(agent, adresse))
        dits = {cle: EN_RETARD if EN_RETARD in lues[cle] else "" for cle in cas}
        assert dits == attendus, adresse
    assert EN_RETARD not in lignes(lire(agent, "/taches/?taille=100&qui=tous"))["mort"]
    assert EN_RETARD in lignes(lire(agent, "/decisions/?taille=100"))["decision"]
    assert EN_RETARD in lignes(lire(agent, f"/instances/{du_comite}"))["decision"]
    for adresse, sienne in ((f"/instances/{comite}", "hier"), (f"/jeunes/{numero}", "hier")):
        lues = lignes(lire(agent, adresse))
        assert [cle for cle, ligne in lues.items() if EN_RETARD in ligne and cle in cas] == [sienne]


def test_une_tache_se_confie_depuis_une_etape(app, client, tous):
    with tous() as session:
        jeune = f.un_jeune(date_naissance=anniversaire(f.dans(30), -18))
        f.une_mesure(jeune, du=f.il_y_a(3000))
        session.commit()
        numero = jeune.id
    agent = client()
    fiche = lire(agent, f"/jeunes/{numero}")
    liens = re.findall(r'href="(/taches/ajouter[^"]+)"[^>]*>Confier une tâche', fiche)
    adresses = {re.search(r"etape=(\w+)", lien)[1]: html.unescape(lien) for lien in liens}
    saisi = champs(lire(agent, adresses["PROJET_17"]))
    assert (saisi["quoi"], saisi["pour_le"]) == ("Projet d’accès à l’autonomie", "")
    assert champs(lire(agent, adresses["CJM_18"]))["pour_le"] == f.dans(30).isoformat()
    assert poster(agent, adresses["PROJET_17"], saisi).status_code == 302
    assert "Projet d’accès à l’autonomie" in lire(agent, f"/taches/?jeune_id={numero}&qui=tous")


def test_on_ne_voit_ni_ne_change_celles_d_une_autre_mds(app, scene, client):
    numero = une_tache(app, scene["aya"], quoi="Prendre rendez-vous à la CPAM")
    assert "CPAM" not in lire(client("ailleurs"), "/taches/")
    assert client("ailleurs").get(f"/taches/{numero}").status_code == 404
    assert poster(client("ailleurs"), f"/taches/{numero}/terminer", page="/").status_code == 404
    assert poster(client("slai"), f"/taches/{numero}/terminer", page="/").status_code == 403
    assert relire(app, numero).faite_le is None


# Of an instance, and of a decision
# ---------------------------------


@pytest.fixture
def comite(faire):
    return faire(f.une_instance)


def test_une_instance_donne_une_tache_que_son_agent_trouve_a_l_accueil(client, comite, tous):
    nour = client()
    envoi = {
        "instance_id": str(comite),
        "quoi": "Inviter la CAF au prochain comité",
        "agent_id-texte": "Nour Delestrez",
        "pour_le": f"{f.dans(-2):%d/%m/%Y}",
    }
    assert poster(nour, "/taches-d-instance/ajouter", envoi).status_code == 302
    with tous() as session:
        donnee = session.scalars(select(TacheInstance).filter_by(instance_id=comite)).one()
        assert donnee.pour == "Nour Delestrez"
        numero = donnee.id
    assert "Inviter la CAF" in nour.get(f"/instances/{comite}").text
    accueil = nour.get("/").text
    assert "Inviter la CAF au prochain comité" in accueil
    assert f"En retard depuis le {f.dans(-2):%d/%m/%Y}" in accueil
    poster(nour, f"/taches-d-instance/{numero}/terminer", page="/")
    assert "Inviter la CAF" not in nour.get("/").text
    assert "Inviter la CAF" not in client("referent").get("/").text


def test_la_tache_d_une_instance_d_ailleurs_ne_se_lit_ni_ne_se_prend(client, comite, faire):
    ailleurs = client("ailleurs")
    numero = faire(f.une_fiche, "tache_instance", instance_id=comite)
    assert ailleurs.get(f"/taches-d-instance/{numero}").status_code == 404
    envoi = {"instance_id": str(comite), "quoi": "Voir"}
    assert poster(ailleurs, "/taches-d-instance/ajouter", envoi).status_code == 422


def test_une_decision_dit_qui_s_en_charge(client, scene, comite, tous):
    envoi = {
        "instance_id": str(comite),
        "jeune_id": str(scene["aya"]),
        "decision": "Chercher un FJT",
        "agent_id-texte": "Nour Delestrez",
    }
    assert poster(client(), "/decisions/ajouter", envoi).status_code == 302
    with tous() as session:
        prise = session.scalars(select(Decision).filter_by(instance_id=comite)).one()
        assert prise.pour == "Nour Delestrez"
        assert session.get(Agent, prise.agent_id).nom == "Nour Delestrez"
    assert "Nour Delestrez" in client().get(f"/instances/{comite}").text
