"""What the environment may say, and what production refuses."""

import os
import subprocess
import sys

import pytest

from config import A_LA_DEMANDE, RACINE, ReglageRefuse, lire_reglages, lire_service

SECRET = "b7f1d0c94a3e586217fedcba09283746"
PRODUCTION = {
    "TANDEM_ENV": "production",
    "SECRET_KEY": SECRET,
    "TANDEM_HOSTS": "tandem.exemple.fr, .pas.exemple.fr",
}


def test_la_production_accepte_un_secret_et_des_hotes():
    reglages = lire_reglages(PRODUCTION)
    assert reglages["SECRET_KEY"] == SECRET
    assert reglages["TRUSTED_HOSTS"] == ["tandem.exemple.fr", ".pas.exemple.fr"]
    assert reglages["SESSION_COOKIE_SECURE"]


@pytest.mark.parametrize(
    "secret", ["", "trop-court", "a" * 40, "changeme-0Zk3Qw8Lx7Vb2Nn5Mm1Rr4Tt", SECRET[:31]]
)
def test_la_production_refuse_un_secret_absent_court_ou_connu(secret):
    with pytest.raises(ReglageRefuse, match="SECRET_KEY"):
        lire_reglages({**PRODUCTION, "SECRET_KEY": secret})


@pytest.mark.parametrize("secret", ["abcdefghijklmnopqrstuvwxyz0123456789ab", "azerty" * 6])
def test_la_production_refuse_un_secret_long_qui_se_devine(secret):
    with pytest.raises(ReglageRefuse, match="ne doit pas pouvoir se deviner"):
        lire_reglages({**PRODUCTION, "SECRET_KEY": secret})


DISTANTE = "postgresql://a:Xk29fQ-wu8Zb17nEtR@base.exemple.fr/tandem"


@pytest.mark.parametrize(
    "adresse, phrase",
    [
        (DISTANTE, "sans en vérifier le certificat"),
        (f"{DISTANTE}?sslmode=require", "sans en vérifier le certificat"),
        (f"{DISTANTE.replace('base.', '127.0.0.1,base.')}", "sans en vérifier le certificat"),
        ("postgresql://a:tandem@base.exemple.fr/tandem?sslmode=verify-full", "se deviner"),
    ],
)
def test_la_production_refuse_une_base_distante_sans_tls_verifie(adresse, phrase):
    for nom in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        bases = {"DATABASE_URL": "postgresql://app@/tandem?host=/run/postgresql", nom: adresse}
        with pytest.raises(ReglageRefuse, match=phrase):
            lire_reglages({**PRODUCTION, **bases})


@pytest.mark.parametrize(
    "adresse",
    [
        f"{DISTANTE}?sslmode=verify-full",
        "postgresql://a:b@127.0.0.1:6432/tandem",
        "postgresql://a:b@/tandem?host=/run/postgresql",
    ],
)
def test_la_production_accepte_une_base_de_la_machine_ou_verifiee(adresse):
    assert lire_reglages({**PRODUCTION, "DATABASE_URL": adresse})["SQLALCHEMY_DATABASE_URI"]


@pytest.mark.parametrize("hote", ["0.0.0.0", "::"])
def test_la_production_refuse_de_servir_tout_le_reseau_sans_mandataire(hote):
    ouvert = {"TANDEM_ENV": "production", "HOST": hote}
    with pytest.raises(ReglageRefuse, match="mandataire"):
        lire_service(ouvert)
    assert lire_service({**ouvert, "TANDEM_PROXYS": "1"}).hote == hote
    assert lire_service({"HOST": hote}).hote == hote


def test_les_cookies_de_production_n_appartiennent_qu_a_ce_nom():
    assert lire_reglages(PRODUCTION)["SESSION_COOKIE_NAME"] == "__Host-tandem"


@pytest.mark.parametrize("hotes", ["", " , ", "*", ".fr", ".gouv.fr", "tandem.exemple.fr, .fr"])
def test_la_production_refuse_de_servir_sous_n_importe_quel_nom(hotes):
    with pytest.raises(ReglageRefuse, match="TANDEM_HOSTS"):
        lire_reglages({**PRODUCTION, "TANDEM_HOSTS": hotes})


@pytest.mark.parametrize(
    "environnement",
    [
        {"TANDEM_ENV": "prod"},
        {"DATABASE_URL": "mysql://a:b@hote/base"},
        {"DATABASE_URL": "n'importe quoi"},
        {"DATABASE_URL": "postgresql://hote/base"},
        {"DATABASE_OWNER_URL": "postgresql://a:b@hote/base"},
        {
            "DATABASE_URL": "postgresql://a:b@hote/base",
            "DATABASE_OWNER_URL": "postgres://a:c@hote/base",
        },
    ],
)
def test_un_reglage_insense_est_refuse(environnement, tmp_path):
    with pytest.raises(ReglageRefuse):
        lire_reglages({"TANDEM_INSTANCE": str(tmp_path), **environnement})


@pytest.mark.parametrize("port", ["0", "70000", "abc", "-1", "８０"])
def test_un_port_insense_est_refuse(port):
    with pytest.raises(ReglageRefuse, match="PORT"):
        lire_service({"PORT": port})


@pytest.mark.parametrize("debut", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_toute_ecriture_de_l_adresse_de_la_base_convient(debut, tmp_path):
    reglages = lire_reglages(
        {"TANDEM_INSTANCE": str(tmp_path), "DATABASE_URL": f"{debut}app:p%40ss@hote:5433/base"}
    )
    assert reglages["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://app:p%40ss@hote:5433/base"


def test_sans_adresse_la_base_est_embarquee(tmp_path):
    assert lire_reglages({"TANDEM_INSTANCE": str(tmp_path)})["SQLALCHEMY_DATABASE_URI"] is None


def test_le_secret_de_demonstration_est_tire_au_hasard_une_fois_et_reste_prive(tmp_path):
    premier = lire_reglages({"TANDEM_INSTANCE": str(tmp_path / "a")})["SECRET_KEY"]
    assert len(premier) >= 32
    assert lire_reglages({"TANDEM_INSTANCE": str(tmp_path / "a")})["SECRET_KEY"] == premier
    assert lire_reglages({"TANDEM_INSTANCE": str(tmp_path / "b")})["SECRET_KEY"] != premier
    assert (tmp_path / "a" / "secret").stat().st_mode & 0o777 == 0o600
    assert [f.name for f in (tmp_path / "a").iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("environ", "seuil"),
    [
        ({}, A_LA_DEMANDE),
        ({"TANDEM_INSTRUCTIONS_PREPAREES": "non"}, None),
        ({"DATABASE_URL": "postgresql://tandem_app@localhost/tandem"}, None),
        (
            {
                "DATABASE_URL": "postgresql://tandem_app@localhost/tandem",
                "TANDEM_INSTRUCTIONS_PREPAREES": "oui",
            },
            A_LA_DEMANDE,
        ),
    ],
)
def test_on_prepare_quand_aucune_reserve_ne_peut_se_trouver_entre(environ, seuil):
    """Before a base that is not ours, only where it is said."""
    moteur = lire_reglages(environ)["SQLALCHEMY_ENGINE_OPTIONS"]
    assert moteur["connect_args"]["prepare_threshold"] == seuil


def test_un_autre_mot_que_oui_ou_non_est_refuse():
    with pytest.raises(ReglageRefuse, match="TANDEM_INSTRUCTIONS_PREPAREES"):
        lire_reglages({"TANDEM_INSTRUCTIONS_PREPAREES": "peut-être"})


def test_un_dossier_d_instance_qui_n_en_est_pas_un_est_refuse(tmp_path):
    (tmp_path / "fichier").write_text("")
    for impossible in (tmp_path / "fichier", tmp_path / "fichier" / "dedans"):
        with pytest.raises(ReglageRefuse, match="choisissez-en un autre avec TANDEM_INSTANCE"):
            lire_reglages({"TANDEM_INSTANCE": str(impossible)})


@pytest.mark.parametrize("processus", ["abc", "0"])
def test_un_nombre_de_processus_insense_est_dit_avant_que_gunicorn_ne_le_lise(processus):
    rendu = subprocess.run(
        [sys.executable, "run.py"],
        cwd=RACINE,
        env=os.environ | {"WEB_CONCURRENCY": processus},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (rendu.returncode, rendu.stdout) == (2, "")
    assert rendu.stderr.startswith("Réglage refusé : WEB_CONCURRENCY vaut")
