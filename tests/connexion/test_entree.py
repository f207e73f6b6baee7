"""Who gets in, what everybody else is told, and how guessing is slowed down."""

import re
import subprocess
import sys
import threading
from datetime import timedelta

from app import acces
from app.connexion import motdepasse, verrouillage
from config import RACINE
from tests.connexions import (
    REFUS,
    entre,
    jeton,
    poster,
    se_connecter,
)
from tests.factories import MOT_DE_PASSE


def test_le_bon_mot_de_passe_ouvre_par_l_identifiant_comme_par_le_courriel(
    client, autre, coordonnateur
):
    login, courriel = coordonnateur.username, coordonnateur.email
    assert se_connecter(client, f" {login.upper()} ").status_code == 302
    assert entre(client)
    assert se_connecter(autre, courriel.upper()).status_code == 302
    assert entre(autre)


def _sans_hasard(page: str, login: str) -> str:
    return re.sub(r'(value|content)="[^"]{40,}"', "", page).replace(login, "LOGIN")


def test_un_identifiant_inconnu_un_compte_ferme_et_un_mauvais_mot_de_passe_recoivent_la_meme_page(
    app, creer
):
    ouvert, ferme, sans = creer(), creer(active=False), creer(password=None)
    pages = set()
    for login, mot_de_passe in (
        (ouvert.username, "faux"),
        (ferme.username, MOT_DE_PASSE),
        (sans.username, "faux"),
        ("personne", "faux"),
    ):
        reponse = se_connecter(app.test_client(), login, mot_de_passe)
        pages.add(
            (
                reponse.status_code,
                tuple(sorted(reponse.headers.keys())),
                _sans_hasard(reponse.text, login),
            )
        )
    assert len(pages) == 1
    assert REFUS in pages.pop()[2]


def test_le_hachage_d_un_mot_de_passe_coute_cher_a_qui_a_vole_la_base():
    """In an interpreter of its own: the other tests hash at a low cost."""
    ordre = "from app.connexion import motdepasse; print(motdepasse.hacher('x' * 15))"
    rendu = subprocess.run(
        [sys.executable, "-c", ordre], cwd=RACINE, capture_output=True, text=True, check=True
    )
    assert rendu.stdout.startswith("scrypt:32768:8:1$")


def test_la_reponse_coute_la_meme_verification_que_l_identifiant_existe_ou_non(
    app, creer, monkeypatch
):
    """One hash computed, with the same parameters: it is nearly all of the time of the answer."""
    couts = []
    vrai = motdepasse.check_password_hash

    def verifier(empreinte, mot_de_passe):
        couts.append(empreinte.partition("$")[0])
        return vrai(empreinte, mot_de_passe)

    monkeypatch.setattr(motdepasse, "check_password_hash", verifier)
    logins = (creer().username, creer(active=False).username, creer(password=None).username)
    for login in (*logins, "inconnu"):
        assert se_connecter(app.test_client(), login, "faux").status_code == 401
    assert couts == [motdepasse.METHODE] * 4


def attente_du_compte(base) -> timedelta:
    """How long the account that was tried must wait, from its last attempt."""
    ordre = "select bloquee_jusqu_au - derniere_le from tentative where portee = 'compte_adresse'"
    return base(ordre, acces.CONNEXION)[0][0]


def test_apres_cinq_echecs_le_bon_mot_de_passe_attend_meme_dans_un_autre_processus(
    app, base, serveur_de_bases, nom_de_base, coordonnateur, longue_attente
):
    login = coordonnateur.username
    for _ in range(5):
        assert se_connecter(app.test_client(), login, "faux").status_code == 401
    assert attente_du_compte(base) == timedelta(hours=1)
    ailleurs = serveur_de_bases.application(nom_de_base)
    for qui in (app, ailleurs):
        reponse = se_connecter(qui.test_client(), login)
        assert reponse.status_code == 429
        assert 0 < int(reponse.headers["Retry-After"]) <= 3600
        assert "Trop d’essais. Attendez" in reponse.text


def test_un_identifiant_inconnu_est_ralenti_comme_un_connu(app, base, longue_attente):
    statuts = [se_connecter(app.test_client(), "personne", "faux").status_code for _ in range(6)]
    assert statuts == [401] * 5 + [429]


def test_l_attente_double_jusqu_a_un_quart_d_heure_et_n_augmente_pas_pendant_qu_on_attend(
    app, base, coordonnateur
):
    """What is compared is the wait that the base keeps, whatever the time the test takes."""
    login = coordonnateur.username
    attentes = []
    for _ in range(5):
        assert se_connecter(app.test_client(), login, "faux").status_code == 401
    for _ in range(7):
        attente = attente_du_compte(base)
        attentes.append(attente.total_seconds())
        base("update tentative set bloquee_jusqu_au = now() + interval '1 hour'", acces.CONNEXION)
        retenue = base("select bloquee_jusqu_au, echecs from tentative", acces.CONNEXION)
        assert se_connecter(app.test_client(), login, "faux").status_code == 429
        assert base("select bloquee_jusqu_au, echecs from tentative", acces.CONNEXION) == retenue
        base("update tentative set bloquee_jusqu_au = now()", acces.CONNEXION)
        assert se_connecter(app.test_client(), login, "faux").status_code == 401
    assert attentes == [30, 60, 120, 240, 480, 900, 900]


def test_qui_essaie_ailleurs_ne_ferme_la_porte_a_personne(app, coordonnateur, longue_attente):
    login = coordonnateur.username
    for _ in range(8):
        se_connecter(app.test_client(), login, "faux", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert (
        se_connecter(
            app.test_client(), login, environ_base={"REMOTE_ADDR": "203.0.113.9"}
        ).status_code
        == 429
    )
    assert (
        se_connecter(
            app.test_client(), login, environ_base={"REMOTE_ADDR": "198.51.100.7"}
        ).status_code
        == 302
    )


def test_un_poste_connu_entre_encore_quand_son_batiment_est_ralenti(
    app, client, creer, monkeypatch
):
    monkeypatch.setitem(verrouillage.SEUILS, "adresse", verrouillage.Seuil(10, 3600, 3600, 7200))
    habituee, autre = creer(), creer()
    assert se_connecter(client, habituee.username).status_code == 302
    poster(client, "/logout/", page="/")
    for n in range(12):
        se_connecter(app.test_client(), f"personne{n}", "faux")
        se_connecter(app.test_client(), habituee.username, "faux")
    assert se_connecter(app.test_client(), autre.username).status_code == 429
    assert se_connecter(client, habituee.username).status_code == 302


def test_le_poste_connu_ne_peut_pas_etre_invente_et_reste_compte(
    app, client, coordonnateur, longue_attente
):
    login = coordonnateur.username
    assert se_connecter(client, login).status_code == 302
    poster(client, "/logout/", page="/")
    assert [se_connecter(client, login, "faux").status_code for _ in range(6)] == [401] * 5 + [429]
    faux = app.test_client()
    faux.set_cookie(verrouillage.POSTE, "eyJuIjoiMCIsImMiOlsxXX0.forge.forge")
    assert [se_connecter(faux, login, "faux").status_code for _ in range(6)] == [401] * 5 + [429]


def test_une_adresse_ipv6_ne_multiplie_pas_les_essais_dans_son_prefixe(
    app, coordonnateur, longue_attente
):
    statuts = [
        se_connecter(
            app.test_client(),
            coordonnateur.username,
            "faux",
            environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{n}"},
        ).status_code
        for n in range(6)
    ]
    assert statuts == [401] * 5 + [429]


def test_vingt_essais_a_la_fois_n_en_font_verifier_que_cinq(app, coordonnateur, monkeypatch):
    verifies, vrai, login = [], motdepasse.verifier, coordonnateur.username
    monkeypatch.setattr(motdepasse, "verifier", lambda *a: verifies.append(1) or vrai(*a))
    clients = [app.test_client() for _ in range(20)]
    champs = [{"csrf_token": jeton(c), "username": login, "password": "faux"} for c in clients]
    fils = [
        threading.Thread(target=c.post, args=("/login/",), kwargs={"data": d})
        for c, d in zip(clients, champs, strict=True)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len(verifies) == 5


def test_un_succes_rend_les_essais_du_compte_et_un_seul_a_l_adresse(app, base, coordonnateur):
    for _ in range(4):
        se_connecter(app.test_client(), coordonnateur.username, "faux")
    assert se_connecter(app.test_client(), coordonnateur.username).status_code == 302
    assert base("select portee, echecs from tentative", acces.CONNEXION) == [("adresse", 4)]
