"""Who gives which role to whom, the accounts, and the lists of codes: the screens of the
responsable and the administrator."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app import acces
from app.extensions import db
from app.models import Compte, Habilitation
from app.models.nomenclature import Logement
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session, poster, se_connecter
from tests.test_vues import ROLES, lire


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = {
            qui: f.un_compte(role, mds, username=qui).id for qui, (role, mds) in ROLES.items()
        }
        db.session.commit()
    return {"comptes": comptes}


@pytest.fixture
def agent(app, base):
    return lambda qui: ouvrir_session(app.test_client(), base["comptes"][qui])


@pytest.fixture
def mds_artois(app):
    with app.app_context(), acces.acteur(acces.TOUS):
        return str(f.numero_mds("ART"))


# Habilitations


def donner(client, compte: int, role: str, mds: str, **autres):
    return poster(
        client,
        "/habilitations/ajouter",
        {
            "compte_id": str(compte),
            "role_code": role,
            "mds_id": mds,
            "du": f"{aujourd_hui():%d/%m/%Y}",
            "au": "",
        }
        | autres,
    )


@pytest.fixture
def neuf(app):
    with app.app_context(), acces.acteur(acces.TOUS):
        numero = f.un_compte().id
        db.session.commit()
    return numero


def test_le_responsable_donne_un_role_dans_sa_mds_et_le_retire_aussitot(
    app, agent, neuf, mds_artois
):
    client = agent("responsable")
    assert donner(client, neuf, "COORDONNATEUR", mds_artois).status_code == 302
    donnee = lire(app, select(Habilitation).where(Habilitation.compte_id == neuf))[0]
    assert donnee.donnee_par_id is not None
    autre = ouvrir_session(app.test_client(), neuf)
    assert autre.get("/jeunes/").status_code == 200
    assert poster(client, f"/habilitations/{donnee.id}/retirer", page="/").status_code == 302
    assert autre.get("/jeunes/").status_code == 403
    assert lire(
        app, select(func.count()).select_from(Habilitation).where(Habilitation.compte_id == neuf)
    ) == [1]


@pytest.mark.parametrize("role", ["DPID", "DPO", "ADMINISTRATEUR"])
def test_le_responsable_ne_donne_pas_plus_que_ses_droits(app, agent, neuf, mds_artois, role):
    client = agent("responsable")
    assert f'value="{role}"' not in client.get("/habilitations/ajouter").text
    assert donner(client, neuf, role, mds_artois).status_code == 422
    assert not lire(app, select(Habilitation).where(Habilitation.compte_id == neuf))


@pytest.mark.parametrize("mds", ["TER", None])
def test_le_responsable_ne_donne_rien_ailleurs(app, agent, neuf, mds):
    with app.app_context(), acces.acteur(acces.TOUS):
        numero = "" if mds is None else str(f.numero_mds(mds))
    assert donner(agent("responsable"), neuf, "COORDONNATEUR", numero).status_code == 422
    assert not lire(app, select(Habilitation).where(Habilitation.compte_id == neuf))


def test_personne_ne_se_donne_un_role_ni_ne_modifie_le_sien(app, agent, base, mds_artois):
    moi = base["comptes"]["responsable"]
    rendu = donner(agent("responsable"), moi, "SLAI", mds_artois)
    assert rendu.status_code == 422 and "à soi-même" in html.unescape(rendu.text)
    mienne = lire(app, select(Habilitation).where(Habilitation.compte_id == moi))[0].id
    assert (
        poster(agent("responsable"), f"/habilitations/{mienne}/retirer", page="/").status_code
        == 403
    )


def test_le_responsable_ne_voit_pas_les_habilitations_d_ailleurs(app, agent, base):
    with app.app_context(), acces.acteur(acces.TOUS):
        compte = f.un_compte("COORDONNATEUR", "TER", last_name="Lointain")
        ailleurs = f.une_habilitation(compte, "SLAI", "TER").id
        db.session.commit()
    client = agent("responsable")
    assert "Lointain" not in client.get("/habilitations/?taille=100").text
    assert client.get(f"/habilitations/{ailleurs}").status_code == 404
    assert poster(client, f"/habilitations/{ailleurs}/retirer", page="/").status_code == 404


def test_l_administrateur_donne_tout_partout(agent, neuf):
    assert donner(agent("administrateur"), neuf, "DPID", "").status_code == 302


@pytest.mark.parametrize("qui", ["coordonnateur", "referent", "slai", "dpid"])
def test_les_habilitations_restent_fermees_aux_autres(agent, neuf, qui):
    assert agent(qui).get("/habilitations/").status_code == 403
    assert donner(agent(qui), neuf, "SLAI", "").status_code == 403


# Comptes


def test_un_compte_neuf_recoit_un_mot_de_passe_montre_une_seule_fois(app, agent):
    client = agent("administrateur")
    rendu = poster(
        client,
        "/comptes/ajouter",
        {
            "first_name": "Odile",
            "last_name": "Neuve",
            "username": "Odile.Neuve",
            "email": "odile@example.org",
        },
    )
    mot_de_passe = re.search(r"<code>([a-z0-9-]{20,})</code>", rendu.text)[1]
    numero = lire(app, select(Compte.id).where(Compte.username == "odile.neuve"))[0]
    assert mot_de_passe not in client.get(f"/comptes/{numero}").text
    entree = se_connecter(app.test_client(), "odile.neuve", mot_de_passe)
    assert entree.status_code == 302  # towards the choice of her own password


def test_un_compte_ferme_ne_se_sert_plus_de_sa_session(app, agent, neuf):
    sien, client = ouvrir_session(app.test_client(), neuf), agent("administrateur")
    assert sien.get("/").status_code == 200
    assert poster(client, f"/comptes/{neuf}/fermer", page="/").status_code == 302
    assert sien.get("/").status_code == 302
    assert poster(client, f"/comptes/{neuf}/rouvrir", page="/").status_code == 302


def test_l_administrateur_ne_ferme_pas_son_propre_compte(agent, base):
    assert (
        poster(
            agent("administrateur"),
            f"/comptes/{base['comptes']['administrateur']}/fermer",
            page="/",
        ).status_code
        == 403
    )


def test_deux_comptes_ne_portent_pas_le_meme_identifiant(agent):
    rendu = poster(
        agent("administrateur"),
        "/comptes/ajouter",
        {"first_name": "A", "last_name": "B", "username": "RESPONSABLE", "email": "x@example.org"},
    )
    assert rendu.status_code == 422 and "déjà pris" in html.unescape(rendu.text)


@pytest.mark.parametrize("qui", ["coordonnateur", "responsable", "dpid", "dpo"])
def test_seul_l_administrateur_gere_les_comptes(agent, base, neuf, qui):
    client = agent(qui)
    assert client.get("/comptes/ajouter").status_code == 403
    for acte in ("fermer", "mot-de-passe"):
        assert poster(client, f"/comptes/{neuf}/{acte}", page="/").status_code == 403


# Listes de codes


def test_chaque_liste_a_son_ecran(agent):
    client = agent("administrateur")
    adresses = re.findall(r'href="(/listes/[a-z_0-9]+/)"', client.get("/listes/").text)
    assert len(adresses) == 25
    for lien in adresses:
        assert (
            client.get(lien).status_code == 200 and client.get(f"{lien}ajouter").status_code == 200
        ), lien


def test_un_element_retire_n_est_plus_propose_mais_reste_sur_les_fiches(app, agent, base):
    client = agent("administrateur")
    assert (
        poster(
            client,
            "/listes/logement/ajouter",
            {"code": "cabane", "libelle": "Cabane", "ordre": "99", "loge": "non", "stable": "non"},
        ).status_code
        == 302
    )
    assert lire(app, select(Logement.loge).where(Logement.code == "CABANE")) == [False]
    with app.app_context(), acces.acteur(acces.TOUS):
        jeune = f.un_jeune()
        situation = f.une_situation(jeune, logement_code="CABANE").id
        db.session.commit()
    hier = f"{aujourd_hui() - timedelta(days=1):%d/%m/%Y}"
    assert (
        poster(
            client,
            "/listes/logement/CABANE/modifier",
            {"libelle": "Cabane", "stable": "non", "ordre": "99", "retire_le": hier},
        ).status_code
        == 302
    )
    coordonnateur = agent("coordonnateur")
    assert 'value="CABANE"' not in coordonnateur.get("/situations/ajouter").text
    assert "Cabane (retiré)" in coordonnateur.get(f"/situations/{situation}/modifier").text
    assert "Cabane" in coordonnateur.get(f"/situations/{situation}").text


def test_un_logement_change_de_stabilite_depuis_un_jour(app, agent):
    """The exits before that day keep what it meant then; the rest does not change."""
    client = agent("administrateur")
    formulaire = client.get("/listes/logement/FJT/modifier").text
    for champ in ("stable", "stable_depuis", "stable_avant"):
        assert f'name="{champ}"' in formulaire, champ
    assert 'name="loge"' not in formulaire and 'name="famille"' not in formulaire
    lues = (Logement.libelle, Logement.stable, Logement.stable_depuis, Logement.stable_avant)
    with app.app_context(), acces.acteur(acces.TOUS):
        libelle, avant, *_ = db.session.execute(select(*lues).filter_by(code="FJT")).one()
    apres = "non" if avant == "oui" else "oui"
    envoi = {"libelle": libelle, "ordre": "5", "stable": apres}
    refus = poster(client, "/listes/logement/FJT/modifier", envoi)
    assert refus.status_code == 422 and "les sorties d’avant gardent l’ancienne" in refus.text
    envoi["stable_depuis"] = "01/07/2026"
    assert poster(client, "/listes/logement/FJT/modifier", envoi).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        ecrites = db.session.execute(select(*lues).filter_by(code="FJT")).one()
    assert [*ecrites] == [libelle, apres, date(2026, 7, 1), avant]


def test_un_element_de_liste_ne_se_supprime_pas_et_son_code_ne_change_pas(agent):
    client = agent("administrateur")
    assert client.get("/listes/logement/FJT/supprimer").status_code == 404
    assert 'name="code"' not in client.get("/listes/logement/FJT/modifier").text
    assert (
        poster(
            client, "/listes/logement/ajouter", {"code": "é!", "libelle": "X", "ordre": "1"}
        ).status_code
        == 422
    )
    assert agent("coordonnateur").get("/listes/logement/ajouter").status_code == 403
