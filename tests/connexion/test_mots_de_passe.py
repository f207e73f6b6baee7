"""What password is accepted, on the screen and at the command line."""

import pytest

from app.connexion import motdepasse
from app.models import Compte
from tests.connexions import (
    NEUF,
    mot_de_passe_de,
)

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
