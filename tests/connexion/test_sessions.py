"""What opens, keeps and ends a session, and what the audit log says of it."""

import json
import re
from datetime import timedelta

import pytest

from app import journal
from app.connexion import motdepasse
from app.models import Compte
from app.views.journal import objet_du_journal
from tests import factories
from tests.connexions import (
    NEUF,
    entre,
    jeton,
    mot_de_passe_de,
    ouvrir_session,
    poster,
    remettre,
    se_connecter,
)
from tests.factories import MOT_DE_PASSE
from tests.ordres_sql import ordres_sql


def test_la_connexion_ouvre_une_session_neuve_que_personne_n_a_pu_preparer(
    client, autre, coordonnateur
):
    champ = jeton(client)
    prepare = client.get_cookie("tandem").value
    client.post(
        "/login/",
        data={"csrf_token": champ, "username": coordonnateur.username, "password": MOT_DE_PASSE},
    )
    autre.set_cookie("tandem", prepare)
    assert entre(client)
    assert not entre(autre)
    assert client.post("/logout/", data={"csrf_token": champ}).status_code == 400, (
        "the token of before is worth nothing"
    )
    with client.session_transaction() as premiere:
        sid = premiere["sid"]
    poster(client, "/logout/", page="/")
    se_connecter(client, coordonnateur.username)
    with client.session_transaction() as seconde:
        assert seconde["sid"] != sid


def test_le_temoin_ne_porte_rien_de_personnel_et_ne_se_lit_pas_par_un_script(client, coordonnateur):
    reponse = se_connecter(client, coordonnateur.username, suite="/jeunes/?q=Delattre")
    assert reponse.location == "/jeunes/?q=Delattre"
    client.get("/jeunes/?q=Delattre")
    for temoin in reponse.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in temoin
        assert "SameSite=Lax" in temoin
    with client.session_transaction() as ouverte:
        assert set(ouverte) <= {"sid", "_user_id", "_fresh", "_id", "csrf_token"}
        assert "Delattre" not in json.dumps(dict(ouverte))
        assert coordonnateur.username not in json.dumps(dict(ouverte))


def test_la_base_ne_garde_pas_de_quoi_ouvrir_une_session(client, base, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    with client.session_transaction() as ouverte:
        sid = ouverte["sid"]
    assert sid not in json.dumps(
        [ligne[0] for ligne in base("select to_jsonb(s) from session_ouverte s")]
    )


def _fin_deconnexion(client, base, compte):
    assert poster(client, "/logout/", page="/").status_code == 302


def _fin_changement(client, base, compte):
    assert (
        poster(
            client,
            "/mon-compte/mot-de-passe",
            {"actuel": MOT_DE_PASSE, "nouveau": NEUF, "encore": NEUF},
        ).status_code
        == 302
    )


def _fin_partout(client, base, compte):
    assert poster(client, "/mon-compte/sessions/fermer", page="/mon-compte/").status_code == 302


def _fin_remise(client, base, compte):
    remettre(base, compte)


def _fin_fermeture(client, base, compte):
    with base.ouverte() as session:
        session.get(Compte, compte.id).active = False


def _fin_sql(client, base, compte):
    base(
        "update ab_user set password = 'scrypt:' || md5(random()::text) where id = :c", c=compte.id
    )


def _fin_fermeture_sql_puis_reouverture(client, base, compte):
    base("update ab_user set active = false where id = :c", c=compte.id)
    base("update ab_user set active = true where id = :c", c=compte.id)


@pytest.mark.parametrize(
    "fin",
    [
        _fin_deconnexion,
        _fin_changement,
        _fin_partout,
        _fin_remise,
        _fin_fermeture,
        _fin_sql,
        _fin_fermeture_sql_puis_reouverture,
    ],
)
def test_ce_qui_finit_une_session_finit_toutes_les_copies_du_temoin(
    client, autre, base, coordonnateur, fin
):
    ouvrir_session(client, coordonnateur.id)
    with client.session_transaction() as ouverte, autre.session_transaction() as copie:
        copie.update(ouverte)
    assert entre(client)
    assert entre(autre)
    fin(client, base, coordonnateur)
    assert not entre(autre)
    assert entre(client) is (fin is _fin_changement), (
        "who changes their password stays, in a new session"
    )


@pytest.mark.parametrize(
    "fin", [_fin_changement, _fin_partout, _fin_remise, _fin_fermeture, _fin_sql]
)
def test_les_autres_navigateurs_de_la_personne_sont_deconnectes_aussi(
    app, client, base, coordonnateur, fin
):
    ouvrir_session(client, coordonnateur.id)
    ailleurs = ouvrir_session(app.test_client(), coordonnateur.id)
    fin(client, base, coordonnateur)
    assert not entre(ailleurs)


def test_la_remise_a_zero_en_ligne_de_commande_deconnecte(app, client, base):
    ligne = [
        "tandem",
        "administrateur",
        "reinit",
        "--prenom",
        "Ada",
        "--nom",
        "Fictive",
        "--courriel",
        "reinit@exemple.invalid",
    ]
    app.test_cli_runner().invoke(args=ligne)
    ouvrir_session(client, base.nombre("select id from ab_user where username = 'reinit'"))
    assert entre(client)
    app.test_cli_runner().invoke(args=["tandem", "administrateur", "reinit"])
    assert not entre(client)


def test_un_droit_retire_vaut_a_la_requete_suivante_formulaire_ouvert(client, base, coordonnateur):
    with base.ouverte():
        jeune = factories.un_jeune("ART").id
    ouvrir_session(client, coordonnateur.id)
    page = client.get(f"/alertes/ajouter?jeune={jeune}")
    assert page.status_code == 200
    base("update habilitation set au = current_date - 1 where compte_id = :c", c=coordonnateur.id)
    envoi = poster(
        client,
        f"/alertes/ajouter?jeune={jeune}",
        {"motif_code": "SCOLAIRE", "du": "01/01/2026"},
        page="/",
    )
    assert envoi.status_code == 403
    assert client.get("/jeunes/").status_code == 403
    assert base.nombre("select count(*) from alerte where jeune_id = :j", j=jeune) == 0


def _reculer(base, colonne: str, duree: str):
    base(
        f"update session_ouverte set {colonne} = now() - interval '{duree}' where finie_le is null"
    )


def test_trente_minutes_sans_rien_faire_ferment_la_session(client, base, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    _reculer(base, "vue_le", "29 minutes 50 seconds")
    assert entre(client)
    _reculer(base, "vue_le", "30 minutes 1 second")
    assert not entre(client)
    assert "Votre session est terminée" in client.get("/login/").text
    assert "Votre session est terminée" not in client.get("/login/").text


def test_douze_heures_ferment_la_session_meme_active(client, base, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    _reculer(base, "ouverte_le", "11 hours 59 minutes")
    assert entre(client)
    etat = client.get("/mon-compte/session").json
    assert etat["reste"] <= 60
    _reculer(base, "ouverte_le", "12 hours 1 second")
    assert not entre(client)


def test_demander_le_temps_qui_reste_ne_prolonge_pas_le_bouton_prolonge(
    client, base, coordonnateur
):
    ouvrir_session(client, coordonnateur.id)
    _reculer(base, "vue_le", "27 minutes")
    for _ in range(2):
        assert 170 <= client.get("/mon-compte/session").json["reste"] <= 180
    champ = client.get("/mon-compte/session").json["jeton"]
    assert (
        client.post(
            "/mon-compte/session/prolonger", headers={"Accept": "application/json"}
        ).status_code
        == 400
    )
    prolonge = client.post(
        "/mon-compte/session/prolonger",
        headers={"Accept": "application/json", "X-CSRFToken": champ},
    )
    assert prolonge.json["reste"] == 1800
    assert 1795 <= client.get("/mon-compte/session").json["reste"] <= 1800
    assert client.application.test_client().get("/mon-compte/session").status_code == 401


def test_l_activite_s_ecrit_une_fois_par_minute_au_plus_et_jamais_au_journal(
    client, base, coordonnateur
):
    ouvrir_session(client, coordonnateur.id)
    vue = "select vue_le, xmin::text from session_ouverte where compte_id = :c"
    avant = base(vue, c=coordonnateur.id)[0]
    lignes = base.nombre("select count(*) from journal")
    for _ in range(3):
        assert entre(client)
    assert base(vue, c=coordonnateur.id)[0] == avant
    _reculer(base, "vue_le", "2 minutes")
    assert entre(client)
    assert base(vue, c=coordonnateur.id)[0].vue_le > avant.vue_le
    assert base.nombre("select count(*) from journal") == lignes


def test_mes_sessions_montre_les_miennes_et_ferme_celle_que_je_choisis(app, client, base, creer):
    moi, voisine = creer(), creer()
    ouvrir_session(client, moi.id)
    ailleurs, chez_elle = (
        ouvrir_session(app.test_client(), moi.id),
        ouvrir_session(app.test_client(), voisine.id),
    )
    page = client.get("/mon-compte/").text
    numeros = [int(n) for n in re.findall(r"/mon-compte/sessions/(\d+)/fermer", page)]
    assert len(numeros) == 1
    la_sienne = base.nombre("select id from session_ouverte where compte_id = :c", c=voisine.id)
    for numero in (la_sienne, 2_000_000_000):
        assert poster(client, f"/mon-compte/sessions/{numero}/fermer", page="/").status_code == 404
    assert entre(chez_elle)
    assert (
        poster(client, f"/mon-compte/sessions/{numeros[0]}/fermer", page="/mon-compte/").status_code
        == 302
    )
    assert not entre(ailleurs)
    assert entre(client)


def test_changer_de_mot_de_passe_demande_l_ancien_et_se_compte(
    client, base, coordonnateur, longue_attente
):
    ouvrir_session(client, coordonnateur.id)
    champs = {"actuel": "faux", "nouveau": NEUF, "encore": NEUF}
    statuts = [poster(client, "/mon-compte/mot-de-passe", champs).status_code for _ in range(6)]
    assert statuts == [400] * 5 + [429]
    assert motdepasse.verifier(mot_de_passe_de(base, coordonnateur), MOT_DE_PASSE)


def test_session_personne_et_droits_coutent_une_requete(app, client, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    client.get("/mon-compte/second-facteur.svg")
    with ordres_sql() as ordres:
        assert client.get("/mon-compte/session").status_code == 200
    assert len(ordres) == 1, ordres
    with ordres_sql() as ordres:
        assert entre(client)
    sources = re.compile(r"ouvrir_requete|from\s+ab_user|acces\.habilitations", re.IGNORECASE)
    assert len([ordre for ordre in ordres if sources.search(ordre)]) == 1, ordres


def test_le_role_public_n_a_rien(base):
    for table in (
        "ab_user",
        "authentification",
        "session_ouverte",
        "tentative",
        "habilitation",
        "journal",
        "jeune",
    ):
        assert base.nombre(f"select count(*) from {table}", "") == 0


def test_un_agent_ne_lit_pas_les_secrets_des_autres(base, creer, muni):
    agent = creer("RESPONSABLE", "ART")
    for table in ("authentification", "session_ouverte"):
        assert base.nombre(f"select count(*) from {table} where compte_id = :c", c=muni[0].id) == 1
        assert (
            base.nombre(
                f"select count(*) from {table} where compte_id = :c", agent.id, c=muni[0].id
            )
            == 0
        )
    assert base.nombre("select count(*) from tentative", agent.id) == 0


def test_connexion_echec_et_deconnexion_sont_au_journal_sans_recopier_un_identifiant_inconnu(
    client, base, coordonnateur
):
    se_connecter(client, coordonnateur.username, "faux")
    se_connecter(client, "mot-de-passe-tape-ici-par-erreur", "faux")
    echecs = base.journal("connexion_refusee")[-2:]
    assert [e.cle for e in echecs] == [str(coordonnateur.id), None]
    assert all(e.detail == {"raison": "mot_de_passe"} and e.adresse == "127.0.0.1" for e in echecs)
    assert "mot-de-passe-tape-ici" not in base.tout_le_journal()
    se_connecter(client, coordonnateur.username)
    entree = base.journal("connexion")[-1]
    assert (entree.acteur, entree.login, entree.cle) == (
        str(coordonnateur.id),
        coordonnateur.username,
        str(coordonnateur.id),
    )
    assert entree.detail["moyen"] == "mot_de_passe"
    poster(client, "/logout/", page="/")
    assert base.journal("deconnexion")[-1].detail["fin"] == "deconnexion"


@pytest.mark.parametrize(
    ("fin", "mot"),
    [
        (_fin_changement, "mot_de_passe_change"),
        (_fin_fermeture, "compte_ferme"),
        (_fin_sql, "mot_de_passe_change"),
        (_fin_partout, "deconnexion_partout"),
    ],
)
def test_le_journal_dit_pourquoi_une_session_a_fini(client, base, coordonnateur, fin, mot):
    ouvrir_session(client, coordonnateur.id)
    fin(client, base, coordonnateur)
    lignes = [ligne for ligne in base.journal("deconnexion") if ligne.cle == str(coordonnateur.id)]
    assert lignes[0].detail["fin"] == mot


def test_un_acces_refuse_est_au_journal(client, base, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    assert client.get("/comptes/").status_code in (403, 404)
    assert poster(client, "/jeunes/ajouter", {}, page="/").status_code == 403
    refus = base.journal("refus")[-1]
    assert (refus.acteur, refus.table_nom, refus.detail) == (
        str(coordonnateur.id),
        "jeune",
        {"acte": "creer"},
    )


def test_une_fiche_refusee_se_lit_au_journal_sous_le_nom_de_ce_qu_elle_est(
    client, base, coordonnateur
):
    ouvrir_session(client, coordonnateur.id)
    assert client.get("/enquetes/999999").status_code == 404
    refus = base.journal("refus")[-1]
    assert (refus.table_nom, refus.cle) == ("enquete", "999999")
    assert objet_du_journal(refus.table_nom) == objet_du_journal("EnqueteView") == "Enquête"
    assert objet_du_journal("connecte") == "Page personnelle"


def test_le_changement_de_mot_de_passe_est_au_journal_quel_que_soit_le_canal(
    client, base, coordonnateur
):
    for fin in (_fin_sql, _fin_remise):
        fin(client, base, coordonnateur)
    lignes = [ligne for ligne in base.journal("mot_de_passe") if ligne.cle == str(coordonnateur.id)]
    assert len(lignes) == 2


def test_chaque_operation_ecrite_au_journal_a_son_nom_pour_qui_le_lit(base):
    ecrites = {ligne[0] for ligne in base("select distinct operation from journal")}
    assert {
        "connexion",
        "deconnexion",
        "connexion_refusee",
        "refus",
        "mot_de_passe",
        "second_facteur_pose",
    } <= ecrites
    assert ecrites <= set(journal.OPERATIONS)


def test_la_derniere_connexion_du_compte_est_a_jour_sans_ligne_de_plus_au_journal(
    client, base, coordonnateur
):
    se_connecter(client, coordonnateur.username)
    derniere = base(
        "select localtimestamp - last_login from ab_user where id = :c", c=coordonnateur.id
    )[0][0]
    assert timedelta(0) <= derniere < timedelta(minutes=1)
    lignes = base(
        "select operation from journal where table_nom = 'ab_user' and cle = :c order by id",
        c=str(coordonnateur.id),
    )
    assert [ligne.operation for ligne in lignes] == ["creation", "connexion"]
