"""What a machine that serves leaves on its disk: nothing that another one would miss."""

from pathlib import Path

import pytest
import requests

from app import acces
from app.extensions import db
from app.service import temporaires
from tests import factories as f
from tests.connexions import cookie
from tests.serveurs import PATIENCE_SECONDES, servir


@pytest.fixture
def machine(serveur_de_bases, nom_de_base, app, tmp_path):
    """A machine on a base that is elsewhere: (its address, its instance, its temporary folder)."""
    instance = tmp_path / "instance"
    temporaire = tmp_path / "tmp"
    temporaire.mkdir()
    environnement = serveur_de_bases.environnement(nom_de_base) | {
        "TANDEM_INSTANCE": str(instance),
        "TMPDIR": str(temporaire),
        "SECRET_KEY": app.config["SECRET_KEY"],
    }
    with servir(environnement) as adresse:
        yield adresse, instance, temporaire


@pytest.fixture
def navigateur(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_compte("RESPONSABLE", "ART").id
        f.un_jeune("ART", nom="Delattre")
        db.session.commit()
    ouvert = requests.Session()
    temoin = cookie(app, numero)
    ouvert.cookies.set(temoin["name"], temoin["value"], domain="127.0.0.1", path="/")
    return ouvert


def fichiers(dossier: Path) -> list[str]:
    return sorted(str(p.relative_to(dossier)) for p in dossier.rglob("*") if p.is_file())


def test_une_machine_qui_sert_ne_garde_rien_sur_son_disque(machine, navigateur):
    """It has shown a file, exported a list, received a workbook, sealed the audit log."""
    adresse, instance, temporaire = machine

    def envoyer(chemin: str, **options) -> requests.Response:
        page = navigateur.get(f"{adresse}{chemin}", timeout=PATIENCE_SECONDES)
        jeton = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        champs = {"csrf_token": jeton, "finalite": "SUIVI", "motif": "Un essai du fichier"}
        return navigateur.post(
            f"{adresse}{chemin}", data=champs, timeout=PATIENCE_SECONDES, **options
        )

    assert envoyer("/jeunes/exporter").content[:2] == b"PK"
    lourd = {"fichier": ("classeur.xlsx", b"PK" + bytes(1_000_000))}
    assert envoyer("/classeur/", files=lourd).status_code < 500
    assert fichiers(instance) == []
    assert fichiers(temporaire) == []
    assert all(p.name.startswith(temporaires.PREFIXE) for p in temporaire.iterdir())
