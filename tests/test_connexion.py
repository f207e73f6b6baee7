"""Accounts and sessions: who gets in, what is asked of them, what puts every copy of their cookie
out."""

import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event, text

from app import acces, journal
from app.connexion import motdepasse, second_facteur, verrouillage
from app.extensions import db
from app.models import Compte
from app.secret import dechiffrer
from config import RACINE
from tests import factories
from tests.connexions import code, jeton, ouvrir_session, poser_second_facteur, poster, se_connecter
from tests.factories import MOT_DE_PASSE

NEUF = "trois pommes sur le buffet"
REFUS = "Identifiant ou mot de passe incorrect, ou compte fermé."


class Base:
    """The base, outside any request: each order in a transaction of its own."""

    def __init__(self, app):
        self.app = app

    @contextmanager
    def ouverte(self, acteur=acces.TOUS):
        with self.app.app_context(), acces.acteur(acteur, canal="essai"):
            yield db.session
            db.session.commit()

    def __call__(self, ordre: str, acteur: str | int = acces.TOUS, **valeurs) -> list:
        with self.ouverte(acteur) as session:
            rendu = session.execute(text(ordre), valeurs)
            return rendu.all() if rendu.returns_rows else []

    def nombre(self, ordre: str, acteur: str | int = acces.TOUS, **valeurs) -> int:
        return self(ordre, acteur, **valeurs)[0][0]

    def journal(self, operation: str) -> list:
        return self(
            "select acteur, login, cle, adresse, detail, table_nom from journal where operation"
            " = :o order by id",
            o=operation,
        )

    def tout_le_journal(self) -> str:
        return json.dumps([ligne[0] for ligne in self("select to_jsonb(journal) from journal")])

    def oublier_les_essais(self) -> None:
        self("delete from tentative", acces.CONNEXION)


@pytest.fixture
def base(app) -> Base:
    base = Base(app)
    base.oublier_les_essais()
    return base


@pytest.fixture
def creer(base):
    """Make an account: ``creer("DPID", None)``; ``aussi`` is a second (role, MDS)."""

    def _creer(role="COORDONNATEUR", mds="ART", aussi=None, **champs) -> SimpleNamespace:
        with base.ouverte():
            compte = factories.un_compte(role, mds, **champs)
            if aussi:
                factories.une_habilitation(compte, *aussi)
            return SimpleNamespace(id=compte.id, username=compte.username, email=compte.email)

    return _creer


@pytest.fixture
def coordonnateur(creer) -> SimpleNamespace:
    return creer()


@pytest.fixture
def autre(app):
    """Another browser."""
    return app.test_client()


def entre(client) -> bool:
    """Whether this browser is signed in."""
    reponse = client.get("/")
    assert reponse.status_code in (200, 302), reponse.text
    return reponse.status_code == 200


def mot_de_passe_de(base, compte) -> str:
    return base("select password from ab_user where id = :c", c=compte.id)[0].password


def remettre(base, compte) -> str:
    """What an administrator does: a temporary password."""
    with base.ouverte() as session:
        return motdepasse.poser_temporaire(session.get(Compte, compte.id))


# Passwords

PERSONNE = Compte(
    first_name="Jean",
    last_name="Dupont-Lefèvre",
    username="jdupont",
    email="jean.dupont@exemple.invalid",
)


@pytest.mark.parametrize(
    "mot_de_passe",
    [
        "lapin-cafe-vitre-loup",
        "quatre-chevaux-de-bois",
        "nous mangeons des moules le jeudi",
        "839204817263549",
        "kdjfhgkjdhfgkjhd",
        "un dimanche à Berck",
        "ÉTÉ INDIEN SUR LA GRÈVE",
        "emoji 🐴 dans la prairie",
    ],
)
@pytest.mark.usefixtures("session")
def test_une_phrase_de_quinze_caracteres_convient_sans_majuscule_ni_chiffre_ni_signe(mot_de_passe):
    assert motdepasse.refus(mot_de_passe, PERSONNE) is None


@pytest.mark.parametrize("longueur", [0, 1, 14])
@pytest.mark.usefixtures("session")
def test_moins_de_quinze_caracteres_est_refuse(longueur):
    assert "au moins 15 caractères" in motdepasse.refus("x9-kq&7vb2mzt1éç"[:longueur], PERSONNE)


@pytest.mark.parametrize(
    "mot_de_passe",
    [
        "motdepassemotdepasse",
        "M0tDeP@sse2025!!",
        "passwordpassword1",
        "P@ssw0rd-P@ssw0rd",
        "aaaaaaaaaaaaaaa",
        "123456789012345",
        "azertyuiopqsdfghjklm",
        "qwertyuiop123456",
        "Bienvenue2026!!!",
        "bonjourbonjour123",
        "janvier2025fevrier",
        "abcdefghijklmnop",
        "marseille13marseille",
        "é" * 200,
    ],
)
@pytest.mark.usefixtures("session")
def test_un_mot_de_passe_courant_est_refuse(mot_de_passe):
    assert "Il se devine vite" in motdepasse.refus(mot_de_passe, PERSONNE)


@pytest.mark.parametrize(
    "mot_de_passe",
    [
        "JeanDupont2025!!",
        "dupont-lefevre-1",
        "Jean Dupont Lefèvre",
        "JDUPONT-jdupont-1234",
        "tandemtandemtandem",
        "Tandem-Pas-de-Calais",
        "Missionlocale2025",
        "Mission Locale 62!",
        "Calaisis2025Calaisis",
        "Hénin-Carvin-2026!",
        "Lens-Liévin 62 62 62",
        "jean.dupont@exemple.invalid",
        " " * 40,
    ],
)
@pytest.mark.usefixtures("session")
def test_un_mot_de_passe_fait_de_son_nom_ou_des_mots_du_service_est_refuse(mot_de_passe):
    assert "votre nom, de votre identifiant ou de mots du service" in motdepasse.refus(
        mot_de_passe, PERSONNE
    )


def test_un_mot_de_passe_accentue_est_le_meme_sur_tous_les_claviers():
    compose, decompose = "été à la plage bleue", "e\u0301te\u0301 a\u0300 la plage bleue"
    assert motdepasse.verifier(motdepasse.hacher(compose), decompose)


def test_la_ligne_de_commande_verifie_le_mot_de_passe_tape(app, base):
    for saisie, refus in (
        ("Tandem-Pas-de-Calais", "mots du service"),
        ("trop court", "au moins 15"),
        (NEUF, None),
    ):
        rendu = app.test_cli_runner().invoke(
            args=[
                "tandem",
                "administrateur",
                "cheffe",
                "--prenom",
                "Ada",
                "--nom",
                "Fictive",
                "--courriel",
                "cheffe@exemple.invalid",
                "--demander",
            ],
            input=f"{saisie}\n{saisie}\n",
        )
        assert rendu.exit_code == (0 if refus is None else 1)
        assert refus is None or refus in rendu.output
    assert base.nombre("select count(*) from ab_user where username = 'cheffe'") == 1


@pytest.mark.parametrize(
    "commande",
    [
        ["reset-password", "--username", "{login}", "--password", "court"],
        [
            "create-admin",
            "--username",
            "intrus",
            "--firstname",
            "I",
            "--lastname",
            "N",
            "--email",
            "i@n.invalid",
            "--password",
            "court",
        ],
    ],
)
def test_les_commandes_de_flask_appbuilder_ne_contournent_pas_la_regle(
    app, base, coordonnateur, commande
):
    avant = mot_de_passe_de(base, coordonnateur)
    rendu = app.test_cli_runner().invoke(
        args=["fab", *(c.format(login=coordonnateur.username) for c in commande)]
    )
    assert mot_de_passe_de(base, coordonnateur) == avant, rendu.output
    assert base.nombre("select count(*) from ab_user where username = 'intrus'") == 0


# Getting in, and being slowed down
# -------------------------------------------------------------------------------------


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


@pytest.fixture
def longue_attente(monkeypatch):
    """An hour instead of thirty seconds: a slow machine does not let it end during the test."""
    for portee, seuil in verrouillage.SEUILS.items():
        longue = replace(seuil, premier=3600, maximum=3600)
        monkeypatch.setitem(verrouillage.SEUILS, portee, longue)


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


# The first password


@pytest.fixture
def neuf(base, creer):
    """An account and the temporary password that its owner was handed."""
    compte = creer()
    return compte, remettre(base, compte)


def test_le_premier_mot_de_passe_ne_sert_qu_a_en_choisir_un_et_rien_d_autre_ne_s_ouvre(
    client, autre, neuf
):
    compte, tire = neuf
    reponse = se_connecter(client, compte.username, tire, suite="/jeunes/")
    assert reponse.location == "/login/mot-de-passe?next=/jeunes/"
    assert not entre(client)
    assert client.get("/jeunes/").status_code == client.get("/mon-compte/").status_code == 302
    for nouveau, encore, phrase in (
        ("court", "court", "au moins 15 caractères"),
        (NEUF, "autre chose", "pas identiques"),
        (tire, tire, "mot de passe actuel"),
        (f"{compte.username} {compte.username}", "", "votre identifiant"),
    ):
        refuse = poster(client, "/login/mot-de-passe", {"nouveau": nouveau, "encore": encore})
        assert (refuse.status_code, phrase in refuse.text) == (400, True)
        assert not entre(client)
    choisi = poster(client, "/login/mot-de-passe?next=/jeunes/", {"nouveau": NEUF, "encore": NEUF})
    assert choisi.location == "/jeunes/"
    assert entre(client)
    assert se_connecter(autre, compte.username, tire).status_code == 401
    assert se_connecter(autre, compte.username, NEUF).location == "/"


def test_un_mot_de_passe_temporaire_perime_est_refuse_et_ne_dit_rien_a_qui_ne_le_connait_pas(
    client, base, neuf
):
    compte, tire = neuf
    base(
        "update authentification set temporaire_jusqu_au = now() - interval '1 minute' where"
        " compte_id = :c",
        c=compte.id,
    )
    assert (
        "Ce mot de passe temporaire n’est plus valable"
        in se_connecter(client, compte.username, tire).text
    )
    assert REFUS in se_connecter(client, compte.username, "faux").text
    assert not entre(client)


def test_le_mot_de_passe_temporaire_dure_sept_jours(base, neuf):
    reste = base(
        "select temporaire_jusqu_au - now() from authentification where compte_id = :c",
        c=neuf[0].id,
    )[0][0]
    assert timedelta(days=6.9) < reste <= timedelta(days=7)


def test_le_temoin_de_l_etape_ne_sert_plus_apres_une_remise_a_zero(client, base, neuf):
    compte, tire = neuf
    se_connecter(client, compte.username, tire)
    remettre(base, compte)
    assert client.get("/login/mot-de-passe").location.startswith("/login/?")


# The second factor


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


@pytest.fixture
def muni(app, creer):
    """An account with a second factor: (account, secret, recovery codes)."""
    compte, client = creer("DPID", None), app.test_client()
    se_connecter(client, compte.username)
    return compte, *poser_second_facteur(client)


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


# Sessions


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


def test_session_personne_et_droits_coutent_trois_requetes(app, client, coordonnateur):
    ouvrir_session(client, coordonnateur.id)
    client.get("/mon-compte/second-facteur.svg")
    ordres: list[str] = []

    def noter(connexion, curseur, ordre, *_):
        ordres.append(" ".join(ordre.split()))

    with app.app_context():
        moteur = db.engine
    event.listen(moteur, "before_cursor_execute", noter)
    try:
        assert client.get("/mon-compte/session").status_code == 200
        du_compte = [o for o in ordres if "set_config" not in o]
        assert len(du_compte) == 2, ordres
        ordres.clear()
        assert entre(client)
        lus = [
            o
            for o in ordres
            if "lire_session" in o or "from ab_user" in o.lower() or "acces.habilitations" in o
        ]
        assert len(lus) <= 3, ordres
    finally:
        event.remove(moteur, "before_cursor_execute", noter)


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


# The audit log


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


# The administrator


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
