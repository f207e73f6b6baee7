"""Sign-in by an OpenID Connect provider, over HTTP on the loopback: who is let in, what answers are
refused."""

import functools
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app import create_app
from config import ReglageRefuse, lire_reglages
from tests import factories
from tests.connexions import Base, entre, poser_second_facteur, poster
from tests.fournisseur_oidc import CLIENT, SECRET, Fournisseur, Personne
from tests.serveurs import PATIENCE_SECONDES

RETOUR = "http://localhost/login/fournisseur/retour"


@pytest.fixture(scope="module")
def fournisseur():
    fournisseur = Fournisseur()
    fournisseur.retours.add(RETOUR)
    yield fournisseur
    fournisseur.arreter()


@pytest.fixture(autouse=True)
def fournisseur_honnete(fournisseur):
    fournisseur.dans_le_jeton, fournisseur.userinfo_signe, fournisseur.acr, fournisseur.fautes = (
        True,
        False,
        None,
        {},
    )
    fournisseur.mauvaise_cle = fournisseur.autre_sujet_au_userinfo = False


@pytest.fixture(scope="module")
def monter(serveur_de_bases, nom_de_base, fournisseur):
    """An application tied to the provider, with other settings if asked."""

    @functools.cache
    def _monter(**reglages):
        environ = serveur_de_bases.environnement(nom_de_base) | {
            **fournisseur.reglages,
            **{f"TANDEM_OIDC_{nom}": valeur for nom, valeur in reglages.items()},
        }
        app = create_app(lire_reglages(environ))
        serveur_de_bases.applications.setdefault(nom_de_base, []).append(app)
        return app

    return _monter


@pytest.fixture(scope="module")
def app(monter):
    return monter()


@pytest.fixture
def base(app):
    return Base(app)


@pytest.fixture
def compte(base):
    with base.ouverte():
        compte = factories.un_compte("COORDONNATEUR", "ART")
        return SimpleNamespace(id=compte.id, email=compte.email, username=compte.username)


def aller(client, personne: Personne, fournisseur, *, suivre: bool = True):
    """Press the button, sign in at the provider, come back."""
    fournisseur.personne = personne
    depart = client.get("/login/fournisseur")
    assert depart.status_code == 302, depart.text
    arrivee = requests.get(depart.location, allow_redirects=False, timeout=PATIENCE_SECONDES)
    assert arrivee.status_code == 302, arrivee.text
    assert arrivee.headers["Location"].startswith(RETOUR)
    return (
        client.get(arrivee.headers["Location"].removeprefix("http://localhost"))
        if suivre
        else arrivee.headers["Location"]
    )


def verifiee(compte, sub="sujet-1", **autres) -> Personne:
    return Personne(f"{sub}-{compte.id}", {"email": compte.email, "email_verified": True, **autres})


def test_le_bouton_n_est_la_que_si_un_fournisseur_est_regle(
    client, serveur_de_bases, nom_de_base, monter
):
    assert "Se connecter avec ProConnect" in client.get("/login/").text
    assert "Se connecter avec Keycloak" in monter(NOM="Keycloak").test_client().get("/login/").text
    sans = serveur_de_bases.application(nom_de_base).test_client()
    assert "compte professionnel" not in sans.get("/login/").text
    assert (
        sans.get("/login/fournisseur").location
        == sans.get("/login/fournisseur/retour").location
        == "/login/"
    )


def test_une_adresse_verifiee_ouvre_le_compte_qui_la_porte(client, base, fournisseur, compte):
    assert aller(client, verifiee(compte, email=compte.email.upper()), fournisseur).location == "/"
    assert entre(client)
    demande = fournisseur.demandes[-1]
    assert demande["code_challenge_method"] == "S256"
    assert all(len(demande[cle]) >= 20 for cle in ("state", "nonce", "code_challenge"))
    assert base.journal("connexion")[-1].detail["moyen"] == "oidc"


def test_le_compte_reste_lie_au_numero_du_fournisseur_et_non_a_l_adresse(
    app, base, fournisseur, compte
):
    aller(app.test_client(), verifiee(compte), fournisseur)
    change = app.test_client()
    aller(
        change,
        Personne(
            f"sujet-1-{compte.id}", {"email": "nouvelle@exemple.invalid", "email_verified": True}
        ),
        fournisseur,
    )
    assert entre(change), "the same person, whose address has changed"
    usurpe = app.test_client()
    assert aller(usurpe, verifiee(compte, sub="autre"), fournisseur).status_code == 401
    assert not entre(usurpe), "the address was given to someone else"


@pytest.mark.parametrize("verifie", [False, None, "true", 1])
def test_une_adresse_que_le_fournisseur_n_a_pas_verifiee_n_ouvre_rien(
    client, fournisseur, compte, verifie
):
    autres = {} if verifie is None else {"email_verified": verifie}
    personne = Personne(f"s-{compte.id}", {"email": compte.email, **autres})
    reponse = aller(client, personne, fournisseur)
    assert reponse.status_code == 401
    assert "Aucun compte ouvert de Tandem" in reponse.text
    assert not entre(client)


def test_un_fournisseur_qui_repond_de_toutes_ses_adresses_se_regle(monter, fournisseur, compte):
    client = monter(COURRIEL_SUR="1").test_client()
    assert (
        aller(client, Personne(f"s-{compte.id}", {"email": compte.email}), fournisseur).location
        == "/"
    )
    refuse = monter(COURRIEL_SUR="1").test_client()
    assert (
        aller(
            refuse,
            Personne(f"t-{compte.id}", {"email": compte.email, "email_verified": False}),
            fournisseur,
        ).status_code
        == 401
    )


def test_une_identite_inconnue_ne_cree_pas_de_compte(client, base, fournisseur):
    avant = base.nombre("select count(*) from ab_user")
    reponse = aller(
        client,
        Personne("inconnu", {"email": "inconnu@exemple.invalid", "email_verified": True}),
        fournisseur,
    )
    assert reponse.status_code == 401
    assert base.nombre("select count(*) from ab_user") == avant
    assert base.journal("connexion_refusee")[-1].detail == {"raison": "identite_inconnue"}
    assert "inconnu@exemple.invalid" not in base.tout_le_journal()


def test_un_compte_ferme_ne_s_ouvre_pas_meme_deja_lie(app, base, fournisseur, compte):
    aller(app.test_client(), verifiee(compte), fournisseur)
    base("update ab_user set active = false where id = :c", c=compte.id)
    assert aller(app.test_client(), verifiee(compte), fournisseur).status_code == 401


@pytest.mark.parametrize("signe", [False, True])
def test_l_adresse_peut_n_etre_dite_qu_au_userinfo_signe_ou_non(client, fournisseur, compte, signe):
    fournisseur.dans_le_jeton, fournisseur.userinfo_signe = False, signe
    assert aller(client, verifiee(compte), fournisseur).location == "/"


def test_le_userinfo_de_quelqu_un_d_autre_est_refuse(client, fournisseur, compte):
    fournisseur.dans_le_jeton, fournisseur.autre_sujet_au_userinfo = False, True
    assert aller(client, verifiee(compte), fournisseur).status_code == 401


@pytest.mark.parametrize(
    "faute",
    [
        {"iss": "https://ailleurs.invalid"},
        {"aud": ["autre-application"]},
        {"exp": 1},
        {"nonce": "rejoue"},
        {"alg": "none"},
    ],
    ids=lambda f: next(iter(f)),
)
def test_un_jeton_faux_est_refuse(client, base, fournisseur, compte, faute):
    fournisseur.fautes = faute
    reponse = aller(client, verifiee(compte), fournisseur)
    assert reponse.status_code == 401
    assert "n’a pas abouti" in reponse.text
    assert not entre(client)
    assert base.journal("connexion_refusee")[-1].detail == {"raison": "identite_refusee"}


def test_un_jeton_signe_d_une_autre_cle_est_refuse(client, fournisseur, compte):
    fournisseur.mauvaise_cle = True
    assert aller(client, verifiee(compte), fournisseur).status_code == 401
    assert not entre(client)


def test_un_retour_que_ce_navigateur_n_a_pas_demande_est_refuse(app, client, fournisseur, compte):
    """The attacker's own return, slipped to a victim; and a return played twice."""
    adresse = aller(client, verifiee(compte), fournisseur, suivre=False).removeprefix(
        "http://localhost"
    )
    victime = app.test_client()
    assert victime.get(adresse).status_code == 401
    assert not entre(victime)
    assert client.get(adresse).location == "/"
    assert client.get(adresse).status_code == 401


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?error=access_denied",
        "?state=x",
        "?code=x",
        "?code=x&state=y",
        "?state=&code=",
        "?code=%00&state=%00",
    ],
)
def test_un_retour_sans_queue_ni_tete_est_refuse_proprement(client, question):
    assert client.get(f"/login/fournisseur/retour{question}").status_code == 401


def test_un_code_vole_ne_sert_pas_sans_le_temoin_du_navigateur(client, fournisseur, compte):
    """PKCE: the provider gives nothing for a code without what this browser alone holds."""
    adresse = aller(client, verifiee(compte), fournisseur, suivre=False)
    code = parse_qs(urlsplit(adresse).query)["code"][0]
    vol = requests.post(
        f"{fournisseur.adresse}/jeton",
        auth=(CLIENT, SECRET),
        timeout=PATIENCE_SECONDES,
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETOUR,
            "code_verifier": "x" * 50,
        },
    )
    assert vol.status_code == 400


def test_un_role_large_demande_encore_le_second_facteur_sauf_si_le_fournisseur_l_atteste(
    monter, fournisseur
):
    app = monter(ACR_FORTS="eidas2 https://proconnect.gouv.fr/assurance/self-asserted-2fa")
    with Base(app).ouverte():
        compte = factories.un_compte("DPID", None)
        compte = SimpleNamespace(id=compte.id, email=compte.email)
    client = app.test_client()
    assert aller(client, verifiee(compte), fournisseur).location == "/login/second-facteur?next=/"
    assert not entre(client)
    poser_second_facteur(client)
    assert entre(client)
    assert aller(app.test_client(), verifiee(compte), fournisseur).location == "/login/code?next=/"
    fournisseur.acr = "eidas2"
    assert aller(app.test_client(), verifiee(compte), fournisseur).location == "/"


def test_le_niveau_d_assurance_demande_est_exige(monter, fournisseur, compte):
    app = monter(ACR="eidas1 eidas2")
    assert aller(app.test_client(), verifiee(compte), fournisseur).status_code == 401
    assert fournisseur.demandes[-1]["acr_values"] == "eidas1 eidas2"
    fournisseur.acr = "eidas1"
    assert aller(app.test_client(), verifiee(compte), fournisseur).location == "/"


def test_la_deconnexion_est_aussi_celle_du_fournisseur(client, base, fournisseur, compte):
    aller(client, verifiee(compte), fournisseur)
    sortie = poster(client, "/logout/", page="/")
    assert sortie.status_code == 200
    ailleurs = sortie.headers["Refresh"].removeprefix("0; url=")
    assert ailleurs.startswith(f"{fournisseur.adresse}/sortie?")
    rendu = requests.get(ailleurs, allow_redirects=False, timeout=PATIENCE_SECONDES)
    assert rendu.headers["Location"].split("?")[0] == "http://localhost/login/"
    assert fournisseur.sorties[-1]["sub"] == f"sujet-1-{compte.id}"
    assert not entre(client)
    assert (
        "."
        not in base("select jeton_oidc from session_ouverte where compte_id = :c", c=compte.id)[0][
            0
        ]
    ), "kept encrypted"


def test_un_compte_sans_mot_de_passe_gere_son_second_facteur(client, base, fournisseur, compte):
    base("update ab_user set password = null where id = :c", c=compte.id)
    aller(client, verifiee(compte), fournisseur)
    assert "Tandem ne connaît pas de mot de passe pour vous" in client.get("/mon-compte/").text
    poser_second_facteur(client, "/mon-compte/second-facteur")
    assert entre(client)


def test_un_fournisseur_eteint_laisse_le_mot_de_passe(monter, fournisseur):
    mort = monter(ISSUER="http://127.0.0.1:9")
    reponse = mort.test_client().get("/login/fournisseur")
    assert reponse.status_code == 503
    assert "ne répond pas" in reponse.text
    assert 'name="password"' in reponse.text


def test_un_fournisseur_qui_porte_un_autre_nom_que_le_sien_est_refuse(monter, fournisseur):
    deguise = monter(ISSUER=f"{fournisseur.adresse}/")
    assert deguise.test_client().get("/login/fournisseur").status_code == 503


def test_un_reglage_incomplet_est_refuse():
    with pytest.raises(ReglageRefuse, match="CLIENT_ID"):
        lire_reglages({"TANDEM_ENV": "test", "TANDEM_OIDC_ISSUER": "https://exemple.invalid"})


@pytest.mark.parametrize(
    ("nature", "issuer", "admis"),
    [
        ("production", "https://exemple.invalid", True),
        ("production", "http://127.0.0.1:8000", False),
        ("production", "http://exemple.invalid", False),
        ("test", "http://127.0.0.1:8000", True),
        ("test", "http://localhost/realms/tandem", True),
        ("test", "http://[::1]:8000", True),
        ("demonstration", "http://exemple.invalid", False),
        ("demonstration", "http://localhost.invalid", False),
        ("demonstration", "http://localhost@exemple.invalid", False),
        ("demonstration", "ftp://localhost", False),
    ],
)
def test_le_secret_du_client_ne_voyage_qu_en_https_sauf_sur_la_machine(
    tmp_path, nature, issuer, admis
):
    environ = {
        "TANDEM_ENV": nature,
        "TANDEM_INSTANCE": str(tmp_path),
        "SECRET_KEY": "qsd87-Lkjh23_azeRTY-poiu98-wxcvbn",
        "TANDEM_HOSTS": "t.invalid",
        "TANDEM_OIDC_ISSUER": issuer,
        "TANDEM_OIDC_CLIENT_ID": "x",
        "TANDEM_OIDC_CLIENT_SECRET": "y",
    }
    if admis:
        assert lire_reglages(environ)["OIDC"]["issuer"] == issuer
    else:
        with pytest.raises(ReglageRefuse, match="https://"):
            lire_reglages(environ)


def test_les_sessions_du_fournisseur_finissent_comme_les_autres(client, base, fournisseur, compte):
    aller(client, verifiee(compte), fournisseur)
    base("update ab_user set active = false where id = :c", c=compte.id)
    assert not entre(client)
