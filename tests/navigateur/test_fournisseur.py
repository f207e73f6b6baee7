"""Signing in, in a real browser, by an OpenID Connect provider that we did not write; it is at «
localhost » and Tandem at « 127.0.0.1 »: two sites, as in life."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests import canaille, factories
from tests.connexions import Base
from tests.serveurs import attendre, port_libre, servir

PRENOMS = ["adele", "basile", "chloe", "denis", "elise", "firmin"]


@pytest.fixture(scope="module")
def tandem(serveur_de_bases, nom_de_base, app, tmp_path_factory):
    """Tandem set as production is: by the provider's address, from which it learns the rest."""
    port = port_libre()
    emetteur = f"http://localhost:{port}"
    reglages = {
        "TANDEM_OIDC_ISSUER": emetteur,
        "TANDEM_OIDC_CLIENT_ID": canaille.CLIENT,
        "TANDEM_OIDC_CLIENT_SECRET": canaille.SECRET,
        "TANDEM_OIDC_NOM": canaille.NOM,
        # It vouches for its addresses and says nothing of email_verified.
        "TANDEM_OIDC_COURRIEL_SUR": "1",
    }
    dossier = tmp_path_factory.mktemp("canaille")
    with (
        servir(serveur_de_bases.environnement(nom_de_base) | reglages) as adresse,
        canaille.servir(port, dossier, adresse, PRENOMS) as processus,
    ):
        attendre(f"{emetteur}/.well-known/openid-configuration", processus)
        yield SimpleNamespace(
            adresse=adresse, emetteur=emetteur, retour=f"{adresse}/login/fournisseur/retour"
        )


@pytest.fixture
def base(app):
    return Base(app)


@pytest.fixture
def un_compte(base):
    def creer(prenom: str) -> int:
        with base.ouverte():
            return factories.un_compte(
                "COORDONNATEUR", "ART", first_name=prenom, email=canaille.courriel(prenom)
            ).id

    return creer


def s_identifier(page, prenom: str) -> None:
    """On the provider's pages."""
    page.fill("[name=login]", prenom)
    page.click("button[name=answer]")
    page.fill("[name=password]", canaille.MOT_DE_PASSE)
    page.press("[name=password]", "Enter")


def partir(page, tandem, prenom: str) -> None:
    page.goto(f"{tandem.adresse}/login/")
    page.click(f"text=Se connecter avec {canaille.NOM}")
    s_identifier(page, prenom)
    expect(page.locator("body")).to_contain_text("Tandem is requesting access to")


def demande(page, tandem, **changes) -> str:
    """Where Tandem sends this browser, with some of what it asks changed on the way."""
    ou = page.request.get(f"{tandem.adresse}/login/fournisseur", max_redirects=0).headers[
        "location"
    ]
    assert ou.startswith(f"{tandem.emetteur}/")
    champs = {cle: valeurs[0] for cle, valeurs in parse_qs(urlsplit(ou).query).items()}
    assert champs["code_challenge_method"] == "S256"
    assert all(len(champs[cle]) >= 20 for cle in ("state", "nonce", "code_challenge"))
    return f"{ou.partition('?')[0]}?{urlencode(champs | changes)}"


def rester_dehors(page, tandem) -> None:
    page.goto(f"{tandem.adresse}/jeunes/")
    assert urlsplit(page.url).path == "/login/"


def test_on_entre_par_le_fournisseur_puis_on_sort_des_deux(page, tandem, base, un_compte):
    compte = un_compte("adele")
    page.goto(f"{tandem.adresse}/login/")
    avant = page.context.cookies(tandem.adresse)
    partir(page, tandem, "adele")
    page.click("#accept")
    page.wait_for_url(f"{tandem.adresse}/")
    page.goto(f"{tandem.adresse}/mon-compte/")
    expect(page.locator("main")).to_contain_text(canaille.courriel("adele"))
    [ligne] = base.journal("connexion")
    assert (ligne.cle, ligne.detail["moyen"]) == (str(compte), "oidc")
    lien = "select oidc_emetteur, oidc_sujet from authentification where compte_id = :c"
    assert base(lien, c=compte) == [(tandem.emetteur, "adele")]
    ouvertes = "select moyen, finie_le is null, fin from session_ouverte where compte_id = :c"
    assert base(ouvertes, c=compte) == [("oidc", True, None)]

    dedans = page.context.cookies(tandem.adresse)
    assert avant, "the cookie of the login page"
    page.context.add_cookies(avant)
    rester_dehors(page, tandem)
    page.context.add_cookies(dedans)
    page.goto(f"{tandem.adresse}/mon-compte/")
    page.click("text=Se déconnecter")
    page.wait_for_url(lambda url: url.startswith(f"{tandem.adresse}/login/"))
    assert base(ouvertes, c=compte) == [("oidc", False, "deconnexion")]
    page.context.add_cookies(dedans)
    rester_dehors(page, tandem)
    page.click(f"text=Se connecter avec {canaille.NOM}")
    expect(
        page.locator("[name=login]")
    ).to_be_visible()  # the provider has forgotten this browser as well


def test_une_identite_sans_compte_dans_tandem_est_refusee_sans_en_dire_plus(
    page, tandem, base, un_compte
):
    un_compte("gaelle")
    comptes = base.nombre("select count(*) from ab_user")
    partir(page, tandem, "basile")
    page.click("#accept")
    expect(page.locator("[role=alert]")).to_have_text(
        f"Aucun compte ouvert de Tandem ne correspond à votre identité {canaille.NOM}. "
        "Demandez-le au responsable de votre MDS."
    )
    assert "basile" not in page.content()
    assert base.journal("connexion_refusee")[-1].detail == {"raison": "identite_inconnue"}
    assert base.nombre("select count(*) from ab_user") == comptes
    rester_dehors(page, tandem)


def test_refuser_de_donner_son_identite_ramene_a_la_connexion(page, tandem, un_compte):
    un_compte("chloe")
    partir(page, tandem, "chloe")
    page.click("#deny")
    expect(page.locator("[role=alert]")).to_contain_text("n’a pas abouti")
    rester_dehors(page, tandem)


@pytest.mark.parametrize(
    ("prenom", "change"), [("denis", "nonce"), ("elise", "code_challenge"), ("firmin", "state")]
)
def test_une_demande_changee_en_route_n_ouvre_rien(page, tandem, base, un_compte, prenom, change):
    """What comes back is true and signed, and is not what this browser asked for: nonce, PKCE and
    state each see it."""
    compte = un_compte(prenom)
    page.goto(demande(page, tandem, **{change: "x" * 43}))
    s_identifier(page, prenom)
    page.click("#accept")
    expect(page.locator("[role=alert]")).to_contain_text("n’a pas abouti")
    assert base("select 1 from session_ouverte where compte_id = :c", c=compte) == []
    rester_dehors(page, tandem)
