"""The doors that stay shut: a ceiling of failures per account, real youths without an environment,
what a browser keeps after somebody left, the folders of root."""

import pwd
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine

from app import acces, base_embarquee, passages
from app.commandes import CommandeRefusee
from app.connexion import verrouillage
from app.extensions import db
from app.models import Compte
from app.service import avant_de_servir
from tests import factories as f
from tests.connexions import MOT_DE_PASSE, Base, entre, poster, se_connecter

COMPTES = {"nour": ("COORDONNATEUR", "ART"), "admin": ("ADMINISTRATEUR", None)}
PLAFOND = verrouillage.SEUILS["compte"].libres


@pytest.fixture
def base(app) -> Base:
    return Base(app)


@pytest.fixture
def nour(tous, comptes):
    with tous() as session:
        compte = session.get(Compte, comptes["nour"])
        return SimpleNamespace(id=compte.id, username=compte.username)


def de(app, adresse: str):
    """A browser that has never been here, at this address."""
    client = app.test_client()
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": adresse}
    return client


def essayer_de_partout(app, base, login: str) -> None:
    """The last failure that is allowed closes the door to those that follow."""
    base.oublier_les_essais()
    for n in range(PLAFOND):
        assert se_connecter(de(app, f"192.0.2.{n}"), login, "faux").status_code == 401


def test_un_compte_ne_se_devine_pas_en_changeant_d_adresse(app, base, nour):
    """Its owner keeps the workstation that is known, is told, and may be given a new password."""
    assert (PLAFOND, verrouillage.SEUILS["compte"].oubli) == (25, 86_400), "CNIL: 25 a day"
    chez_elle = de(app, "198.51.100.1")
    assert se_connecter(chez_elle, nour.username).status_code == 302
    poster(chez_elle, "/logout/", page="/")
    essayer_de_partout(app, base, nour.username)
    ailleurs = de(app, "203.0.113.9")
    refus = se_connecter(ailleurs, nour.username)
    assert (refus.status_code, int(refus.headers["Retry-After"]) > 3_000) == (429, True)
    assert not entre(ailleurs)

    assert se_connecter(chez_elle, nour.username).status_code == 302
    accueil = chez_elle.get("/", follow_redirects=True).text
    assert f"{PLAFOND} essais ont échoué sur votre compte" in accueil
    assert "essais ont échoué" not in chez_elle.get("/", follow_redirects=True).text
    assert se_connecter(de(app, "203.0.113.10"), nour.username).status_code == 302


def test_un_mot_de_passe_remis_rouvre_un_compte(app, base, nour):
    essayer_de_partout(app, base, nour.username)
    assert se_connecter(de(app, "203.0.113.11"), nour.username).status_code == 429
    with app.app_context(), acces.acteur(acces.TOUS):
        verrouillage.rouvrir(nour.id)
        db.session.commit()
    assert se_connecter(de(app, "203.0.113.12"), nour.username).status_code == 302


def test_un_identifiant_que_personne_ne_porte_recoit_la_meme_reponse(app, base):
    essayer_de_partout(app, base, "personne")
    assert se_connecter(de(app, "203.0.113.13"), "personne", MOT_DE_PASSE).status_code == 429


def test_qui_part_ne_laisse_rien_dans_le_navigateur(agent):
    client = agent("nour")
    sortie = poster(client, "/logout/", page="/")
    assert sortie.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_de_vrais_jeunes_sans_environnement_ne_se_servent_pas(app, faire, monkeypatch):
    faire(f.un_jeune)
    moteur = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with moteur.connect() as connexion:
        avant_de_servir.verifier(app, connexion)
        monkeypatch.setitem(app.config, "ENV_DONNE", False)
        with pytest.raises(CommandeRefusee, match="TANDEM_ENV n’est pas donnée"):
            avant_de_servir.verifier(app, connexion)
    moteur.dispose()


@pytest.fixture
def chez_root(tmp_path, monkeypatch):
    """A home of root, closed to others, where the base would lie; and the account of the server."""
    maison = tmp_path / "root"
    (maison / "instance" / "postgresql").mkdir(parents=True)
    maison.chmod(0o700)
    vrai = pwd.getpwuid
    root = SimpleNamespace(pw_dir=str(maison))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: root if uid == 0 else vrai(uid))
    programmes = tmp_path / "programmes" / "bin"
    programmes.mkdir(parents=True)
    monkeypatch.setattr(base_embarquee, "BINAIRES", programmes)
    return maison, SimpleNamespace(pw_uid=65_533, pw_name="tandem-postgres")


def test_le_serveur_passe_chez_root_sans_que_personne_d_autre_y_passe(chez_root):
    maison, compte = chez_root
    base_embarquee.passages.ouvrir(maison, 65_532)
    base_embarquee._ouvrir_le_passage(maison / "instance" / "postgresql", compte)
    assert maison.stat().st_mode & 0o007 == 0
    acces_du_serveur = passages._lire(maison)
    assert acces_du_serveur[passages.COMPTE, 65_533] == passages.PASSER
    assert acces_du_serveur[passages.COMPTE, 65_532] == passages.PASSER, "what was there stays"


def test_sans_liste_d_acces_root_n_est_jamais_ouvert_a_tous(chez_root, monkeypatch):
    maison, compte = chez_root
    monkeypatch.setattr(passages, "ouvrir", lambda dossier, uid: False)
    with pytest.raises(base_embarquee.BaseIndisponible, match="ouvert à personne d’autre"):
        base_embarquee._ouvrir_le_passage(maison / "instance" / "postgresql", compte)
    assert maison.stat().st_mode & 0o777 == 0o700
