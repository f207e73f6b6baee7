"""Commands badly written, or given what no base holds: refused in French, with what to do; never a
trace of the program."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from app.models import Importation, Jeune
from tests import factories as f
from tests.classeurs import JEUNE, ecrire
from tests.serveurs import port_libre

LATIN = os.fsdecode("donn\u00e9es.xlsx".encode("latin-1"))
"""The name of a file out of an old archive: « données.xlsx », whose bytes are no UTF-8."""
ANGLAIS = re.compile(r"\b(Usage|Error|Missing|Invalid|No such|Traceback|Options:|Show)\b")


@pytest.fixture
def lancer(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["tandem", *arguments])


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (["importe"], "la commande « importe » n’existe pas."),
        (["--nimporte"], "l’option --nimporte n’existe pas."),
        (["indicateurs", "--au", "2025-01-01"], "il manque --du."),
        (["indicateurs", "--du"], "l’option --du attend une valeur."),
        (["indicateurs", "--du", "2025-02-29"], "n’est pas un jour écrit AAAA-MM-JJ."),
        (["indicateurs", "--du", "9999-12-31"], "n’est pas entre le 1900-01-01"),
        (["indicateurs", "--du", "0001-01-01"], "et le 2100-12-31."),
        (["indicateurs", "--format", "xml"], "« xml » n’est pas l’une de ces valeurs"),
        (["demo", "--jeunes", "beaucoup"], "« beaucoup » n’est pas un nombre entier."),
        (["demo", "--jeunes", "0"], "0 n’est pas dans les bornes"),
        (["importer"], "il manque FICHIER."),
        (["importer", "/"], "FICHIER : / est un dossier."),
        (["importer", "a.xlsx", "b.xlsx"], "« b.xlsx » est de trop."),
        (["annuler-import", "9" * 20], "NUMERO : "),
        (["mds", "ajouter", "LIT"], "il manque NOM."),
        (["sauvegarder"], "donnez FICHIER, ou --vers DOSSIER"),
    ],
    ids=lambda valeur: " ".join(valeur) if isinstance(valeur, list) else "",
)
def test_une_commande_mal_ecrite_est_refusee_en_francais(lancer, arguments, dit):
    rendu = lancer(*arguments)
    assert (rendu.exit_code, rendu.stdout) == (2, "")
    assert rendu.stderr.startswith("Refusé : ") and dit in rendu.stderr
    assert "--help » dit comment elle s’écrit." in rendu.stderr
    assert not ANGLAIS.search(rendu.stderr)


def test_l_aide_de_chaque_commande_est_en_francais(lancer):
    commandes = re.findall(r"^  ([a-z-]+) ", lancer("--help").stdout, re.MULTILINE)
    assert "verifier-journal" in commandes
    for commande in commandes:
        rendu = lancer(commande, "--help")
        assert rendu.exit_code == 0 and "Affiche cette aide." in rendu.stdout
        assert not ANGLAIS.search(rendu.stdout), commande


def test_un_fichier_dont_le_nom_n_est_pas_en_utf_8_s_importe_et_s_ecrit(lancer, tmp_path, tous):
    classeur = ecrire(tmp_path / "a.xlsx", {"Jeunes": [JEUNE | {"Code dossier": "LATIN"}]})
    fichier = str(classeur.rename(tmp_path / LATIN))
    rendu = lancer("importer", fichier)
    assert rendu.exit_code == 0, rendu.output
    assert "1 ligne créée, 0 modifiée, 0 inchangée, 0 refus." in rendu.stdout
    with tous() as session:
        assert session.scalar(select(Jeune.id).where(Jeune.code == "LATIN"))
        assert (
            session.scalars(
                select(Importation.fichier).order_by(Importation.id.desc()).limit(1)
            ).one()
            == "donn\ufffdes.xlsx"
        )
    ecrit = str(tmp_path / LATIN.replace("donn", "sort"))
    assert lancer("exporter", ecrit).exit_code == 0
    assert Path(ecrit).stat().st_size
    assert lancer("importer", ecrit + ".absent").exit_code == 2


def test_un_identifiant_se_dit_comme_a_la_connexion(lancer, tous):
    with tous() as session:
        login = f.un_compte("RESPONSABLE", "ART").username
        session.commit()
    assert lancer("verifier-donnees", "--en-tant-que", f" {login.upper()}").exit_code in (0, 1)


@pytest.mark.parametrize("option", ["--mds", "--en-tant-que"])
def test_une_option_qui_n_est_pas_en_utf_8_est_refusee(lancer, option):
    periode = ("--du", "2025-01-01", "--au", "2025-01-31")
    rendu = lancer("indicateurs", *periode, option, os.fsdecode(b"\xff"))
    assert rendu.exit_code == 2
    assert "n’est pas écrit en UTF-8" in rendu.stderr and "\udcff" not in rendu.stderr


@pytest.mark.parametrize("code", ["", "ZZZ", "Artois"])
def test_une_mds_inconnue_ne_donne_pas_les_chiffres_du_departement(lancer, code):
    """« --mds "$MDS" », of a script where nothing sets it."""
    periode = ("--du", "2025-01-01", "--au", "2025-01-31")
    rendu = lancer("indicateurs", *periode, "--mds", code)
    assert (rendu.exit_code, rendu.stdout) == (2, "")
    assert "n’est pas le code d’une MDS (ARR, ART," in rendu.stderr
    assert lancer("indicateurs", *periode, "--mds", " art").exit_code == 0


def test_le_fichier_absent_d_une_ancienne_cle_n_accuse_pas_le_journal(lancer, tmp_path):
    rendu = lancer("verifier-journal", "--ancienne-cle", str(tmp_path / "perdue"))
    assert rendu.exit_code == 2
    assert "ne peut pas être lu (introuvable)" in rendu.stderr
    assert "altéré" not in rendu.stderr


def test_un_sceau_trop_grand_pour_la_base_n_est_pas_dans_le_journal(lancer):
    rendu = lancer("verifier-journal", "--sceau", "9" * 30 + ":ab")
    assert rendu.exit_code == 1
    assert "noté ailleurs, n’est pas dans le journal" in rendu.stderr
    assert "n’a pas pu être comparé" not in rendu.stderr


@pytest.mark.parametrize("commande", [["mds", "lister"], ["demo"], ["importer", "x.csv"]])
def test_une_base_qui_ne_repond_pas_est_dite(python_pret, tmp_path, commande):
    adresse = f"127.0.0.1:{port_libre()}/tandem"
    reglages = {
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(tmp_path),
        "DATABASE_URL": f"postgresql://tandem_app:x@{adresse}",
        "DATABASE_OWNER_URL": f"postgresql://tandem:x@{adresse}",
    }
    rendu = subprocess.run(
        [python_pret, "-m", "flask", "--app", "app", "tandem", *commande],
        env=os.environ | reglages,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (rendu.returncode, rendu.stdout) == (2, "")
    assert rendu.stderr.startswith("Refusé : la base ne répond pas : ")


def test_une_base_d_avant_cette_version_est_dite(app, lancer):
    """Between the new code and « init », what a command asks of the base is not there yet."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])

    def renommer(avant: str, apres: str) -> None:
        with moteur.begin() as base:
            base.execute(text(f"alter function acces.{avant} rename to {apres}"))

    renommer("consigner", "autrefois")
    try:
        rendu = lancer("mds", "lister")
    finally:
        renommer("autrefois", "consigner")
        moteur.dispose()
    assert rendu.exit_code == 2
    assert "lancez « flask tandem init »" in rendu.stderr
