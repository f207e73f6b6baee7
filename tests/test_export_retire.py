"""« Et si un rôle perdait le droit d’exporter ? »: one line of ``roles.py``, and nothing else.

A coordonnateur whose role no longer has « exporter » sees no button to export, and is refused each
file, whatever the route.
"""

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from app import acces, roles
from app.extensions import db
from tests import ecrans
from tests import factories as f
from tests.connexions import ouvrir_session, poster

ROLE = "COORDONNATEUR"
FICHIERS = re.compile(r"/(exporter|telecharger|diffusion)(?=[\"?/]|$)")


def sans_exporter(role: roles.Role) -> roles.Role:
    """The same role, as if « exporter » were struck out of each of its rules."""
    regles = []
    for regle in role.regles:
        actes = tuple(acte for acte in regle.actes if acte != "exporter")
        regles.append(replace(regle, actes=actes))
    return replace(role, regles=tuple(regles))


@pytest.fixture(scope="module")
def proprietaire(app):
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    yield moteur
    moteur.dispose()


@pytest.fixture(scope="module")
def compte(app, proprietaire):
    """A coordonnateur of Artois, and a youth whose file has a line of each kind."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART")
        f.une_mesure(jeune)
        f.une_rencontre(jeune)
        envoi = f.un_envoi("ART", envoye=True).id
        numero = f.un_compte(ROLE, "ART").id
        db.session.commit()
        jeune_id = jeune.id
    # What was shown before the right was withdrawn must not be shown again after.
    assert "/classeur/exporter" in ouvrir_session(app.test_client(), numero).get("/envois/").text
    avec = roles.ROLES[ROLE]
    with pytest.MonkeyPatch.context() as retouche, proprietaire.begin() as connexion:
        retouche.setitem(roles.ROLES, ROLE, sans_exporter(avec))
        roles.charger(connexion)
        connexion.commit()
        yield numero, jeune_id, envoi
    with proprietaire.begin() as connexion:
        roles.charger(connexion)


def vues_qui_exportent(app) -> list[tuple[str, str]]:
    """(endpoint, method) of each route that asks for « exporter »."""
    trouvees = []
    for route in app.url_map.iter_rules():
        vue = app.view_functions[route.endpoint]
        if getattr(vue, "_permission_name", "") == "exporter":
            methode = "POST"
            if "POST" not in route.methods:
                methode = "GET"
            trouvees.append((route.endpoint, methode))
    return sorted(set(trouvees))


def test_chaque_fichier_est_refuse(app, compte):
    numero, _, envoi = compte
    client = ouvrir_session(app.test_client(), numero)
    vues = vues_qui_exportent(app)
    assert len(vues) > 25
    for endpoint, methode in vues:
        route = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
        adresse = re.sub(r"<[^>]*code>", "I4", route.rule)
        adresse = re.sub(r"<[^>]*>", str(envoi), adresse)
        if methode == "GET":
            reponse = client.get(adresse)
        else:
            reponse = poster(
                client, adresse, {"finalite": "SUIVI", "motif": "Voir ce qui sort"}, page="/"
            )
        assert reponse.status_code == 403, (endpoint, reponse.status_code)


def test_aucun_ecran_ne_propose_un_fichier(app, compte):
    numero, jeune, _ = compte
    client = ouvrir_session(app.test_client(), numero)
    ouverts = 0
    for ecran in ecrans.ecrans(app, numero, jeune, details=False):
        if ecran.texte is not None:
            continue
        with client.get(ecran.adresse, buffered=True) as reponse:
            if reponse.status_code != 200 or reponse.mimetype != "text/html":
                continue
            ouverts += 1
            liens = re.findall(r'(?:href|action)="([^"]*)"', html.unescape(reponse.text))
        assert not [lien for lien in liens if FICHIERS.search(lien)], ecran.nom
    assert ouverts > 30


def test_le_reste_de_son_travail_lui_reste(app, compte):
    numero, jeune, _ = compte
    client = ouvrir_session(app.test_client(), numero)
    for adresse in ("/", "/jeunes/", f"/jeunes/{jeune}", "/indicateurs/", "/envois/", "/tableau/"):
        assert client.get(adresse).status_code == 200, adresse
