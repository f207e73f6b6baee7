"""Who must give a second factor, and what each code is worth; who may take it away."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.connexion import second_facteur
from app.secret import dechiffrer
from tests import factories
from tests.connexions import (
    NEUF,
    code,
    entre,
    jeton,
    ouvrir_session,
    poser_second_facteur,
    poster,
    se_connecter,
)
from tests.factories import MOT_DE_PASSE


@pytest.mark.parametrize(("role", "mds"), [("DPID", None), ("DPO", None), ("ADMINISTRATEUR", None)])
def test_un_role_qui_couvre_toutes_les_mds_exige_le_second_facteur_avant_d_entrer(
    client, creer, role, mds
):
    compte = creer(role, mds)
    assert se_connecter(client, compte.username).location == "/login/second-facteur?next=/"
    assert not entre(client)
    poser_second_facteur(client)
    assert entre(client)


def test_des_roles_dans_deux_mds_l_exigent_un_role_dans_une_seule_non(client, autre, creer):
    une, deux = creer(aussi=("REFERENT_SEF", "ART")), creer(aussi=("REFERENT_SEF", "TER"))
    assert se_connecter(client, une.username).location == "/"
    assert se_connecter(autre, deux.username).location == "/login/second-facteur?next=/"


def test_une_habilitation_echue_ne_l_exige_plus(client, base, creer):
    compte = creer(aussi=("REFERENT_SEF", "TER"))
    base(
        "update habilitation set au = current_date - 1 where compte_id = :c and role_code ="
        " 'REFERENT_SEF'",
        c=compte.id,
    )
    assert se_connecter(client, compte.username).location == "/"


def test_la_demonstration_ne_l_exige_pas(client, app, creer, monkeypatch):
    monkeypatch.setitem(app.config, "SECOND_FACTEUR_EXIGE", False)
    assert se_connecter(client, creer("DPID", None).username).location == "/"
    assert entre(client)


def test_des_roles_elargis_en_cours_de_session_l_exigent_a_la_requete_suivante(
    client, base, coordonnateur
):
    ouvrir_session(client, coordonnateur.id, second_facteur=False)
    assert entre(client)
    with base.ouverte():
        factories.une_habilitation(coordonnateur, "COORDONNATEUR", "TER")
    for adresse in ("/", "/jeunes/", "/mon-compte/"):
        assert client.get(adresse).location == "/mon-compte/second-facteur"
    poser_second_facteur(client, "/mon-compte/second-facteur", actuel=MOT_DE_PASSE)
    assert entre(client)


def test_le_dessin_du_code_vient_de_tandem_et_dit_le_meme_secret_que_la_page(client, app, creer):
    compte = creer("DPID", None)
    se_connecter(client, compte.username)
    page, image = client.get("/login/second-facteur").text, client.get("/login/second-facteur.svg")
    assert 'src="/login/second-facteur.svg"' in page
    assert (image.status_code, image.mimetype, image.headers["Cache-Control"]) == (
        200,
        "image/svg+xml",
        "no-store",
    )
    assert "style=" not in image.text
    assert "<script" not in image.text
    secret = "".join(re.search(r'class="cle">([A-Z2-7 ]+)<', page)[1].split())
    assert second_facteur.image(secret, compte) == image.data
    assert second_facteur.image("A" * 32, compte) != image.data


def test_le_secret_est_chiffre_en_base_et_absent_du_journal_comme_les_codes(
    client, app, base, creer
):
    compte = creer("DPID", None)
    se_connecter(client, compte.username)
    secret, codes = poser_second_facteur(client)
    garde = base("select * from authentification where compte_id = :c", c=compte.id)[0]
    assert secret not in garde.totp_secret
    with app.app_context():
        assert dechiffrer(garde.totp_secret) == secret
    tout = base.tout_le_journal()
    assert not [c for c in (secret, garde.totp_secret, *codes, *garde.codes_secours) if c in tout]
    assert not set(codes) & set(garde.codes_secours)
    assert base.journal("second_facteur_pose")[-1].cle == str(compte.id)


def _oublier_le_pas(base, compte):
    base("update authentification set totp_dernier_pas = 0 where compte_id = :c", c=compte.id)


def test_le_mot_de_passe_seul_n_entre_plus_et_six_chiffres_faux_non_plus(client, base, muni):
    compte, secret, _ = muni
    _oublier_le_pas(base, compte)
    assert se_connecter(client, compte.username).location == "/login/code?next=/"
    assert not entre(client)
    for faux in ("000000", "", "abc", code(secret, -40), "１２３４５６", "0" * 5000, "\0"):
        assert poster(client, "/login/code", {"code": faux}).status_code in (401, 429)
        base.oublier_les_essais()
    assert not entre(client)
    assert poster(client, "/login/code", {"code": code(secret)}).location == "/"
    assert entre(client)


def test_un_telephone_en_retard_de_trente_secondes_est_accepte(client, base, muni):
    compte, secret, _ = muni
    _oublier_le_pas(base, compte)
    se_connecter(client, compte.username)
    assert poster(client, "/login/code", {"code": code(secret, -1)}).status_code == 302


def test_des_chiffres_deja_servis_ne_servent_plus_meme_a_qui_connait_le_mot_de_passe(
    client, autre, base, muni
):
    compte, secret, _ = muni
    _oublier_le_pas(base, compte)
    chiffres = code(secret)
    se_connecter(client, compte.username)
    assert poster(client, "/login/code", {"code": chiffres}).status_code == 302
    se_connecter(autre, compte.username)
    assert poster(autre, "/login/code", {"code": chiffres}).status_code == 401
    assert poster(autre, "/login/code", {"code": code(secret, -1)}).status_code == 401
    assert not entre(autre)


def test_les_memes_chiffres_envoyes_deux_fois_a_la_fois_n_ouvrent_qu_une_session(app, base, muni):
    compte, secret, _ = muni
    _oublier_le_pas(base, compte)
    clients = [app.test_client() for _ in range(4)]
    for c in clients:
        se_connecter(c, compte.username)
    champs = [{"csrf_token": jeton(c, "/login/code"), "code": code(secret)} for c in clients]
    statuts: list[int] = []
    fils = [
        threading.Thread(
            target=lambda c=c, d=d: statuts.append(c.post("/login/code", data=d).status_code)
        )
        for c, d in zip(clients, champs, strict=True)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(statuts) == [302, 401, 401, 401]


def test_un_code_de_secours_entre_une_fois_et_une_seule(app, base, muni):
    compte, _, codes = muni
    assert len(set(codes)) == 10
    for saisie in (codes[0], codes[1].upper().replace("-", " ")):
        client = app.test_client()
        se_connecter(client, compte.username)
        assert poster(client, "/login/code?secours=1", {"code": saisie}).status_code == 302
        assert entre(client)
        encore = app.test_client()
        se_connecter(encore, compte.username)
        assert poster(encore, "/login/code?secours=1", {"code": saisie}).status_code == 401
        assert not entre(encore)
    assert [ligne.detail for ligne in base.journal("code_secours_utilise")][-2:] == [
        {"restants": 9},
        {"restants": 8},
    ]


def test_un_code_de_secours_envoye_quatre_fois_a_la_fois_n_ouvre_qu_une_session(app, base, muni):
    compte, _, codes = muni
    clients = [app.test_client() for _ in range(4)]
    for c in clients:
        se_connecter(c, compte.username)
    champs = [{"csrf_token": jeton(c, "/login/code"), "code": codes[2]} for c in clients]
    with ThreadPoolExecutor(4) as ensemble:
        rendus = ensemble.map(
            lambda c, d: c.post("/login/code?secours=1", data=d).status_code, clients, champs
        )
    assert sorted(rendus) == [302, 401, 401, 401]


def test_de_nouveaux_codes_de_secours_annulent_les_anciens(app, client, muni):
    compte, _, anciens = muni
    ouvrir_session(client, compte.id)
    assert (
        poster(client, "/mon-compte/codes", {"actuel": "faux"}, page="/mon-compte/").status_code
        == 400
    )
    rendu = poster(client, "/mon-compte/codes", {"actuel": MOT_DE_PASSE}, page="/mon-compte/")
    nouveaux = re.findall(r"<li><code>([a-z0-9-]+)</code>", rendu.text)
    assert len(nouveaux) == 10
    for saisie, statut in ((anciens[3], 401), (nouveaux[3], 302)):
        autre = app.test_client()
        se_connecter(autre, compte.username)
        assert poster(autre, "/login/code?secours=1", {"code": saisie}).status_code == statut
    assert not re.search(nouveaux[0], client.get("/mon-compte/").text)


def test_les_six_chiffres_ne_se_devinent_pas_d_une_adresse_a_l_autre(app, muni):
    compte = muni[0]
    statuts = []
    for n in range(6):
        client = app.test_client()
        se_connecter(client, compte.username, environ_base={"REMOTE_ADDR": f"198.51.100.{n}"})
        statuts.append(
            poster(
                client,
                "/login/code",
                {"code": "000000"},
                environ_base={"REMOTE_ADDR": f"198.51.100.{n}"},
            ).status_code
        )
    assert statuts == [401] * 5 + [429]


def test_un_second_facteur_exige_ne_se_retire_pas_un_choisi_se_retire_avec_le_mot_de_passe(
    app, client, base, coordonnateur, muni
):
    ouvrir_session(client, muni[0].id)
    refuse = poster(
        client, "/mon-compte/second-facteur/retirer", {"actuel": MOT_DE_PASSE}, page="/mon-compte/"
    )
    assert refuse.status_code == 400
    assert "Vos rôles l’exigent" in refuse.text
    libre = ouvrir_session(app.test_client(), coordonnateur.id, second_facteur=False)
    poser_second_facteur(libre, "/mon-compte/second-facteur", actuel=MOT_DE_PASSE)
    assert (
        poster(
            libre, "/mon-compte/second-facteur/retirer", {"actuel": "faux"}, page="/mon-compte/"
        ).status_code
        == 400
    )
    pose = "select totp_depuis is not null from authentification where compte_id = :c"
    assert base(pose, c=coordonnateur.id) == [(True,)]
    assert (
        poster(
            libre,
            "/mon-compte/second-facteur/retirer",
            {"actuel": MOT_DE_PASSE},
            page="/mon-compte/",
        ).status_code
        == 302
    )
    assert base(pose, c=coordonnateur.id) == [(False,)]
    assert base.journal("second_facteur_retire")[-1].cle == str(coordonnateur.id)


def test_une_cle_du_serveur_changee_laisse_entrer_par_un_code_de_secours(
    serveur_de_bases, nom_de_base, muni
):
    compte, secret, codes = muni
    autre = serveur_de_bases.application(nom_de_base)
    autre.secret_key = "une autre clé, tirée après une perte"
    client = autre.test_client()
    se_connecter(client, compte.username)
    refuse = poster(client, "/login/code", {"code": code(secret)})
    assert refuse.status_code == 401
    assert "ne peut plus être lu" in refuse.text
    assert poster(client, "/login/code?secours=1", {"code": codes[0]}).status_code == 302


def test_l_administrateur_qui_a_tout_perdu_revient_par_la_ligne_de_commande(app, base):
    ligne = [
        "tandem",
        "administrateur",
        "seul",
        "--prenom",
        "Ada",
        "--nom",
        "Fictive",
        "--courriel",
        "seul@exemple.invalid",
    ]
    tire = app.test_cli_runner().invoke(args=ligne).output.split()[-1]
    client = app.test_client()
    assert se_connecter(client, "seul", tire).location == "/login/mot-de-passe?next=/"
    assert (
        poster(client, "/login/mot-de-passe", {"nouveau": NEUF, "encore": NEUF}).location
        == "/login/second-facteur?next=/"
    )
    poser_second_facteur(client)
    assert entre(client)
    tire = (
        app.test_cli_runner()
        .invoke(args=["tandem", "administrateur", "seul", "--sans-second-facteur"])
        .output.split()[-1]
    )
    assert not entre(client)
    client = app.test_client()
    assert se_connecter(client, "seul", tire).location == "/login/mot-de-passe?next=/"
    assert (
        poster(
            client, "/login/mot-de-passe", {"nouveau": f"{NEUF} bleu", "encore": f"{NEUF} bleu"}
        ).location
        == "/login/second-facteur?next=/"
    )


def test_l_administrateur_retire_un_second_facteur_et_deconnecte_un_autre_que_lui(
    app, client, base, creer, muni
):
    chef = creer("ADMINISTRATEUR", None)
    ouvrir_session(client, chef.id)
    perdu = ouvrir_session(app.test_client(), muni[0].id)
    assert poster(client, f"/comptes/{muni[0].id}/second-facteur", page="/").status_code == 302
    assert not entre(perdu)
    assert se_connecter(perdu, muni[0].username).location == "/login/second-facteur?next=/"
    ailleurs = ouvrir_session(app.test_client(), muni[0].id)
    assert poster(client, f"/comptes/{muni[0].id}/deconnecter", page="/").status_code == 302
    assert not entre(ailleurs)
    for acte in ("second-facteur", "deconnecter", "mot-de-passe", "fermer"):
        assert poster(client, f"/comptes/{chef.id}/{acte}", page="/").status_code == 403
    assert entre(client)


@pytest.mark.parametrize("role", ["COORDONNATEUR", "RESPONSABLE", "DPO"])
def test_nul_autre_que_l_administrateur_ne_touche_aux_moyens_de_connexion(
    client, base, creer, muni, role
):
    ouvrir_session(client, creer(role, None if role == "DPO" else "ART").id)
    for acte in ("second-facteur", "deconnecter"):
        assert poster(client, f"/comptes/{muni[0].id}/{acte}", page="/").status_code == 403
    assert base(
        "select totp_depuis is not null from authentification where compte_id = :c", c=muni[0].id
    ) == [(True,)]
