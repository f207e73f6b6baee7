"""A new noun needs no file but its own: ``docs/declarer-un-ecran.md`` is followed in a copy of the
project, and everything that the page promises is looked at there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from config import RACINE
from tests import python_pret

PAGE = (RACINE / "docs/declarer-un-ecran.md").read_text(encoding="utf-8")
MIGRATION = max(p.name for p in (RACINE / "migrations/versions").glob("0*.py"))[:4]
"""The last one; that of the new noun follows it."""
SUIVANTE = f"{int(MIGRATION) + 1:04}"


def fichiers_de_la_page() -> dict[str, str]:
    """Path → text; the migration is numbered after the last one of the project."""
    blocs = re.findall(r"^`([\w/<>]+\.py)`\n\n```python\n(.*?)```", PAGE, re.M | re.S)
    fichiers = {chemin.replace("<numéro>", SUIVANTE): texte for chemin, texte in blocs}
    for chemin in fichiers:
        texte = re.sub(
            r'^revision = "\d+"', f'revision = "{SUIVANTE}"', fichiers[chemin], flags=re.M
        )
        fichiers[chemin] = re.sub(
            r'^(down_revision = )"\d+"', rf'\1"{MIGRATION}"', texte, flags=re.M
        )
    return fichiers


FICHIERS = fichiers_de_la_page()
LIGNES = 60
"""Of the three files together, empty lines aside."""


@pytest.fixture(scope="module")
def copie(tmp_path_factory):
    """The project, as git knows it, in a folder of its own."""
    dossier = tmp_path_factory.mktemp("projet")
    commande = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    noms = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, check=True)
    for nom in noms.stdout.splitlines():
        if (RACINE / nom).is_file():
            (dossier / nom).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(RACINE / nom, dossier / nom)
    return dossier


@pytest.fixture(scope="module")
def base_de_la_copie(serveur_de_bases):
    nom = serveur_de_bases.creer()
    yield serveur_de_bases.environnement(nom)
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def python_des_librairies():
    with python_pret.servir(librairies_seules=True) as programme:
        yield programme


@pytest.fixture(scope="module")
def flask(python_des_librairies):
    """Play a command of flask in the copy: ``flask(copie, environnement, "tandem", "init")``."""
    return partial(jouer, python=python_des_librairies)


def jouer(
    copie: Path, environnement: dict[str, str], *commande: str, python: str | Path = sys.executable
):
    """A command of Python in the copy, on its own base."""
    milieu = {**os.environ, **environnement, "PYTHONPATH": str(copie), "FLASK_APP": "app"}
    return subprocess.run(
        [python, "-m", *commande],
        cwd=copie,
        env=milieu,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def page_suivie(copie, base_de_la_copie, flask):
    """What the command of the page writes, in the copy."""
    commande = re.search(r"^flask (tandem nouveau .*?)\n```", PAGE, re.M | re.S)[1]
    mots = shlex.split(commande.replace("\\\n", " "))
    fait = flask(copie, base_de_la_copie, "flask", *mots)
    assert fait.returncode == 0, fait.stderr
    return copie


def test_la_commande_ecrit_les_fichiers_de_la_page(page_suivie):
    assert len(FICHIERS) == 3
    for chemin, texte in FICHIERS.items():
        assert (page_suivie / chemin).read_text(encoding="utf-8") == texte, chemin
    ecrits = [*FICHIERS, "tests/test_pret.py"]
    for commande in (["check"], ["format", "--check"]):
        forme = jouer(page_suivie, {}, "ruff", *commande, *ecrits)
        assert forme.returncode == 0, forme.stdout
    lignes = [ligne for texte in FICHIERS.values() for ligne in texte.splitlines() if ligne.strip()]
    assert len(lignes) <= LIGNES


def test_le_nom_a_tout_ce_que_la_page_promet(
    page_suivie, base_de_la_copie, serveur_de_bases, flask
):
    """The base is made, then the new noun is looked at from every side, by the common tests too."""
    mise_a_niveau = flask(page_suivie, base_de_la_copie, "flask", "tandem", "init")
    assert mise_a_niveau.returncode == 0, mise_a_niveau.stderr
    proprietaire = serveur_de_bases.proprietaire.render_as_string(hide_password=False)
    essais = ["test_pret", "epreuve_pret", "test_acces", "test_journal", "test_historique"]
    essais += ["test_declarer_regles", "test_matrice", "test_matrice_ecritures"]
    joues = jouer(
        page_suivie,
        {"TANDEM_TEST_DATABASE_OWNER_URL": proprietaire},
        *("pytest", "-q", "-p", "no:cacheprovider", "-k", "pret or chaque_route or chaque_table"),
        *(f"tests/{nom}.py" for nom in essais),
    )
    assert joues.returncode == 0, joues.stdout[-6000:]


FAUTES = {
    "un attribut inconnu du modèle": ("app/models/pret.py", "droits=", "droit=", "« droit »"),
    "un mot inconnu du modèle": ("app/models/pret.py", "montant(", "montants(", "montants"),
    "une clé de feuille": (
        "app/models/pret.py",
        '("Prêts de matériel")',
        '("Prêts", cle=("objets",))',
        "« objets », qui n’est pas une colonne",
    ),
    "pas de déclaration": ("app/models/pret.py", "declaration = ", "autre = ", "« declaration ="),
    "un libellé vide": ("app/models/pret.py", '"Objet"', '""', "n’a pas de libellé"),
    "un rôle": (
        "app/models/declaration.py",
        'DroitDuRole("COORDONNATEUR", TENIR',
        'DroitDuRole("COORDINATEUR", TENIR',
        "au rôle « COORDINATEUR », qui n’existe",
    ),
    "une colonne de l’écran": ("app/views/pret.py", '"caution", "mds_id"', '"x"', "« x »"),
    "un attribut de l’écran": (
        "app/views/pret.py",
        "search_columns",
        "serch_columns",
        "Vouliez-vous dire « search_columns » ?",
    ),
    "un groupe du menu": ("app/views/pret.py", "AuMenu(SUIVI)", 'AuMenu("Prêts")', "« Prêts »"),
    "un nom oublié": ("app/views/pret.py", '    nom = "un prêt de matériel"\n', "", "« nom »"),
}


@pytest.mark.parametrize("faute", FAUTES)
def test_une_faute_se_dit_en_une_phrase_au_demarrage(page_suivie, base_de_la_copie, flask, faute):
    chemin, juste, fausse, dite = FAUTES[faute]
    fichier = page_suivie / chemin
    texte = fichier.read_text(encoding="utf-8")
    assert juste in texte
    fichier.write_text(texte.replace(juste, fausse), encoding="utf-8")
    try:
        lance = flask(page_suivie, base_de_la_copie, "flask", "tandem", "registre")
    finally:
        fichier.write_text(texte, encoding="utf-8")
    assert lance.returncode == 2, lance.stderr
    assert "Déclaration refusée" in lance.stderr
    assert dite in lance.stderr
    assert "Traceback" not in lance.stderr


def test_sans_migration_la_mise_a_niveau_le_dit(page_suivie, serveur_de_bases, base_vide, flask):
    migration = page_suivie / f"migrations/versions/{SUIVANTE}_pret.py"
    texte = migration.read_text(encoding="utf-8")
    migration.unlink()
    try:
        environnement = serveur_de_bases.environnement(base_vide)
        lance = flask(page_suivie, environnement, "flask", "tandem", "init")
    finally:
        migration.write_text(texte, encoding="utf-8")
    assert lance.returncode == 2, lance.stderr
    assert "la table « pret » est déclarée mais n’existe pas" in lance.stderr
