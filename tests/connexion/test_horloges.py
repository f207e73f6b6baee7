"""Machines whose clocks are minutes away from the base's, or step back: nobody notices."""

import ast
import threading
import time
from datetime import UTC, datetime

import pyotp
import pytest

from app import create_app, horloge
from app.connexion import verrouillage
from config import RACINE, lire_reglages
from tests.arbres import arbre
from tests.connexions import entre, poster, se_connecter
from tests.fournisseur_oidc import Fournisseur
from tests.test_oidc import RETOUR, aller, verifiee

DIX_MINUTES = 600
LUE_POUR_ETRE_MONTREE = {
    "app/commandes/sauvegarde.py",  # the name of a backup, which its machine alone rotates
    "app/donnees/service_fictif.py",
    "app/echanges/bilan/contenu.py",
    "app/models/travail.py",  # whether the link is shown; the base says whether the file is there
    "app/regles/age.py",  # today
    "app/travaux/file.py",  # when the work began and ended
    "app/views/socle/export.py",
}
"""Where the clock of the machine is read, and compared with no other."""
EN_UN_LIEU = "app/horloge.py"


@pytest.fixture
def decaler(monkeypatch):
    """``decaler(600)``: from now on the clock of this machine is ten minutes ahead.

    That of the identity provider, which answers in another thread, stays on time.
    """
    vraie = time.time
    machine = threading.current_thread()
    decalages = [0]

    def heure() -> float:
        return vraie() + decalages[-1] * (threading.current_thread() is machine)

    monkeypatch.setattr(time, "time", heure)
    return decalages.append


@pytest.fixture
def heure_de_la_base(base):
    """The digits that a telephone on time shows, so many steps of thirty seconds away."""

    def chiffres(secret: str, pas: int = 0) -> str:
        present = base("select extract(epoch from clock_timestamp())::float")[0][0]
        return pyotp.TOTP(secret).at(int(present) + 30 * pas)

    return chiffres


@pytest.fixture
def muni(muni, base):
    """An account with a second factor that was set when all clocks were on time."""
    compte, secret, _ = muni
    base("update authentification set totp_dernier_pas = 0 where compte_id = :c", c=compte.id)
    return compte, secret


@pytest.mark.parametrize("ecart", [DIX_MINUTES, -DIX_MINUTES])
def test_un_code_juste_est_accepte_par_une_machine_decalee(
    app, muni, decaler, heure_de_la_base, ecart
):
    compte, secret = muni
    decaler(ecart)
    client = app.test_client()
    se_connecter(client, compte.username)
    rendu = poster(client, "/login/code", {"code": heure_de_la_base(secret)})
    assert rendu.status_code == 302
    assert entre(client)


def test_un_code_servi_ne_sert_plus_a_une_machine_dont_l_horloge_recule(
    app, muni, decaler, heure_de_la_base
):
    compte, secret = muni
    decaler(DIX_MINUTES)
    chiffres = heure_de_la_base(secret)
    premiere = app.test_client()
    se_connecter(premiere, compte.username)
    assert poster(premiere, "/login/code", {"code": chiffres}).status_code == 302
    decaler(-DIX_MINUTES)
    assert entre(premiere), "the session goes on"
    seconde = app.test_client()
    se_connecter(seconde, compte.username)
    assert poster(seconde, "/login/code", {"code": chiffres}).status_code == 401
    suivants = heure_de_la_base(secret, 1)
    assert poster(seconde, "/login/code", {"code": suivants}).status_code == 302
    assert entre(seconde)


@pytest.mark.parametrize("ecart", [DIX_MINUTES, -DIX_MINUTES])
def test_un_code_d_il_y_a_dix_minutes_n_est_juste_nulle_part(
    app, muni, decaler, heure_de_la_base, ecart
):
    """It is the code of the machine's clock, not of the base's."""
    compte, secret = muni
    decaler(ecart)
    client = app.test_client()
    se_connecter(client, compte.username)
    rendu = poster(client, "/login/code", {"code": heure_de_la_base(secret, ecart // 30)})
    assert rendu.status_code == 401


def test_un_second_facteur_se_pose_sur_une_machine_decalee(app, creer, decaler, heure_de_la_base):
    compte, client = creer("DPID", None), app.test_client()
    decaler(-DIX_MINUTES)
    se_connecter(client, compte.username)
    page = client.get("/login/second-facteur").text
    secret = "".join(page.partition('class="cle">')[2].partition("<")[0].split())
    rendu = poster(client, "/login/second-facteur", {"code": heure_de_la_base(secret)})
    assert rendu.status_code == 200
    assert entre(client)


@pytest.mark.parametrize(("depart", "arrivee"), [(DIX_MINUTES, 0), (0, -DIX_MINUTES)])
def test_une_etape_de_connexion_se_poursuit_apres_un_recul(
    app,
    muni,
    decaler,
    heure_de_la_base,
    depart,
    arrivee,
):
    """Begun on one machine, ended on another whose clock is behind."""
    compte, secret = muni
    client = app.test_client()
    decaler(depart)
    se_connecter(client, compte.username)
    decaler(arrivee)
    rendu = poster(client, "/login/code", {"code": heure_de_la_base(secret)})
    assert rendu.status_code == 302


def test_une_etape_de_connexion_ne_dure_que_dix_minutes(app, muni):
    compte, _ = muni
    client = app.test_client()
    se_connecter(client, compte.username)
    with client.session_transaction() as ouverte:
        ouverte["attente"]["t"] -= DIX_MINUTES + 1
        ouverte.modified = True
    assert client.get("/login/code").location.startswith("/login/?")


def test_un_poste_connu_le_reste_apres_un_recul(app, coordonnateur_connu, decaler):
    """Its cookie was signed by a machine that is ahead."""
    client, numero = coordonnateur_connu(DIX_MINUTES)
    decaler(-DIX_MINUTES)
    with client.session_transaction(), app.test_request_context(headers=_cookie(client)):
        assert verrouillage.lire_poste()["comptes"] == [numero]


@pytest.fixture
def coordonnateur_connu(app, creer, decaler):
    """Sign someone in from a workstation, on a machine that is so many seconds away."""

    def connaitre(ecart: int):
        compte, client = creer(), app.test_client()
        decaler(ecart)
        assert se_connecter(client, compte.username).status_code == 302
        return client, compte.id

    return connaitre


def _cookie(client) -> dict[str, str]:
    return {"Cookie": f"{verrouillage.POSTE}={client.get_cookie(verrouillage.POSTE).value}"}


@pytest.fixture(scope="module")
def fournisseur():
    fournisseur = Fournisseur()
    fournisseur.retours.add(RETOUR)
    yield fournisseur
    fournisseur.arreter()


@pytest.fixture(scope="module")
def chez_le_fournisseur(serveur_de_bases, nom_de_base, fournisseur):
    """An application on the same base, tied to the provider."""
    environ = serveur_de_bases.environnement(nom_de_base) | fournisseur.reglages
    app = create_app(lire_reglages(environ))
    serveur_de_bases.applications.setdefault(nom_de_base, []).append(app)
    return app


@pytest.mark.parametrize("ecart", [DIX_MINUTES, -DIX_MINUTES])
def test_une_machine_decalee_croit_le_fournisseur_d_identite(
    chez_le_fournisseur,
    creer,
    fournisseur,
    decaler,
    ecart,
):
    client = chez_le_fournisseur.test_client()
    compte = creer()
    decaler(ecart)
    assert aller(client, verifiee(compte), fournisseur).location == "/"
    assert entre(client)


def test_les_formulaires_n_ont_pas_d_horloge(app, creer, decaler):
    """The anti-forgery token of a page served by a machine that is ahead."""
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    client = app.test_client()
    decaler(DIX_MINUTES)
    se_connecter(client, creer().username)
    page = client.get("/mon-compte/").text
    jeton = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    decaler(-DIX_MINUTES)
    rendu = client.post("/mon-compte/apparence", data={"csrf_token": jeton, "apparence": "sombre"})
    assert rendu.status_code == 302


def lectures_de_l_horloge(source: str) -> list[int]:
    """The lines that read the clock of the machine."""
    return [
        noeud.lineno
        for noeud in ast.walk(arbre(source))
        if isinstance(noeud, ast.Call)
        and isinstance(noeud.func, ast.Attribute)
        and ast.unparse(noeud.func) in {"time.time", "datetime.now", "date.today"}
    ]


def test_seul_un_lieu_compare_une_heure_a_une_autre():
    """The rest is shown to people, or made up for the demonstration."""
    lisent = set()
    for chemin in sorted((RACINE / "app").rglob("*.py")):
        nom = str(chemin.relative_to(RACINE))
        if lectures_de_l_horloge(chemin.read_text(encoding="utf-8")):
            lisent.add(nom)
    assert lisent - {EN_UN_LIEU} == LUE_POUR_ETRE_MONTREE, "ask app.horloge"


def test_une_lecture_de_l_horloge_se_voit():
    assert lectures_de_l_horloge("x = datetime.now(UTC)") == [1]
    assert lectures_de_l_horloge("x = time.monotonic()") == []


def test_l_heure_est_celle_de_la_base(app, base, decaler):
    decaler(DIX_MINUTES)
    with base.ouverte():
        assert abs(horloge.maintenant() - datetime.now(UTC)).total_seconds() < 60
        assert DIX_MINUTES - 60 < horloge.ecart() < DIX_MINUTES + 60
