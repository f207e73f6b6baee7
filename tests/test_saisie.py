"""How a request is read: the number of an address, a number and a line that were typed."""

import pytest
from flask import Flask
from werkzeug.exceptions import BadRequest, NotFound

from app.views.socle import fichiers, saisie


@pytest.fixture(scope="module")
def adresses():
    petite = Flask("petite")
    saisie.declarer(petite)
    petite.add_url_rule("/fiches/<numero:cle>", "fiche")
    petite.add_url_rule("/journal/<numero(18):cle>", "journal")
    return petite.url_map.bind("localhost")


@pytest.mark.parametrize(
    ("adresse", "cle"),
    [("/fiches/7", 7), ("/fiches/123456789", 123456789), (f"/journal/{10**17}", 10**17)],
)
def test_le_numero_d_une_adresse_est_un_entier(adresses, adresse, cle):
    point_d_entree, valeurs = adresses.match(adresse)
    assert valeurs == {"cle": cle}
    assert adresses.build(point_d_entree, valeurs) == adresse


def test_une_adresse_se_compile_quand_la_premiere_est_demandee():
    petite = Flask("petite")
    saisie.declarer(petite)
    petite.add_url_rule("/fiches/<numero:cle>", "fiche")
    adresses = petite.url_map.bind("localhost")
    [route] = petite.url_map.iter_rules("fiche")
    a_compiler = route._build_unknown
    assert adresses.build("fiche", {"cle": 7}) == "/fiches/7"
    compilee = route._build_unknown
    assert compilee is not a_compiler
    assert adresses.build("fiche", {"cle": 8, "onglet": "mesures"}) == "/fiches/8?onglet=mesures"
    assert route._build_unknown is compilee


@pytest.mark.parametrize(
    "cle", ["1234567890", "-1", "+1", "1.0", "abc", "٣", "²", "1%00", "1 ", "0x1"]
)
def test_ce_qui_n_est_pas_un_numero_n_est_pas_une_adresse(adresses, cle):
    with pytest.raises(NotFound):
        adresses.match(f"/fiches/{cle}")


@pytest.mark.parametrize(
    ("texte", "lu"), [("12", 12), ("012", 12), ("", None), (None, None), ("٣", None), ("1e3", None)]
)
def test_un_numero_saisi_est_fait_de_chiffres(texte, lu):
    assert saisie.numero(texte) == lu


def test_un_numero_demande_faux_est_une_demande_incomprise():
    petite = Flask("petite")
    with petite.test_request_context("/?jeune=12"):
        assert saisie.numero_demande("jeune") == 12
        assert saisie.numero_demande("mds") is None
    with petite.test_request_context("/?jeune=douze"), pytest.raises(BadRequest):
        saisie.numero_demande("jeune")


def test_une_ligne_saisie_n_a_ni_espace_double_ni_caractere_interdit():
    assert saisie.ligne("  pour\0 le \n comité ", 300) == "pour le comité"
    assert saisie.ligne("trop long", 4) == "trop"
    assert saisie.ligne(None, 4) == ""


def test_un_fichier_s_envoie_sans_rester_dans_aucun_cache(tmp_path):
    chemin = tmp_path / "classeur.txt"
    chemin.write_bytes(b"contenu")
    with Flask("petite").test_request_context():
        for contenu in (chemin, b"contenu", chemin.open("rb")):
            reponse = fichiers.envoyer_fichier(contenu, "envoi.txt", "text/plain")
            reponse.direct_passthrough = False
            assert reponse.data == b"contenu"
            assert reponse.headers["Content-Disposition"] == "attachment; filename=envoi.txt"
            assert reponse.headers["Cache-Control"] == "no-cache, max-age=0"
            reponse.close()
