"""The fixes that we offer to libraries (``docs/amont``): each applies to the release that we
install, and what it mends is missing without it."""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import flask_appbuilder
import pytest
import xlsxwriter

from config import RACINE

AMONT = RACINE / "docs" / "amont"
CORRECTIF = AMONT / "filtres-par-requete.patch"
LIGNES = """
import sys
from xlsxwriter import Workbook

texts = ["plain", " before", "a & b", "<i>", "\\x0b", "_x0041_", "", None, "end ", "é", "\\uffff"]
for name, whole in (("cells.xlsx", False), ("rows.xlsx", True)):
    book = Workbook(name, {"constant_memory": True})
    sheet = book.add_worksheet()
    bold, plain = book.add_format({"bold": True}), None
    for row in range(300):
        data = [texts[(row + col) % len(texts)] for col in range(9)] + [row, row / 7]
        formats = [bold if col % 2 else plain for col in range(11)]
        if whole:
            assert sheet.write_whole_row(row, data, formats) == 0
        else:
            for col, token in enumerate(data):
                if token not in (None, ""):
                    sheet.write(row, col, token, formats[col])
    book.close()
"""
NIVEAUX = """
from xlsxwriter import Workbook

for name, options in (("usual.xlsx", {}), ("fast.xlsx", {"compression_level": 1})):
    book = Workbook(name, options)
    sheet = book.add_worksheet()
    for row in range(2000):
        sheet.write_row(row, 0, [row * 7919 % 1009, row * row % 997, f"{row % 89} rue"])
    book.close()
"""
ESSAI = '''
import json, threading
import flask_appbuilder
from flask import Flask, request
from flask_babel import Babel
from flask_appbuilder import ModelRestApi, ModelView
from flask_appbuilder.models.sqla import Model
from flask_appbuilder.models.sqla.filters import FilterEqual
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.urltools import get_filter_args
from sqlalchemy import Column, Integer, String

class Child(Model):
    __tablename__ = "child"
    id = Column(Integer, primary_key=True)
    name = Column(String(50))

class ChildView(ModelView):
    datamodel = SQLAInterface(Child)

class ChildApi(ModelRestApi):
    datamodel = SQLAInterface(Child)

app = Flask("attempt")
app.secret_key = "of the attempt"
Babel(app)

def of_the_screen(view):
    get_filter_args(view._filters)

def of_the_api(view):
    view._filters.clear_filters()
    view._filters.rest_add_filters([{"col": "name", "opr": "eq", "value": request.args["name"]}])

def seen_by_two_threads(view, ask):
    """Each of two threads asks its own name, then, once both have asked, reads its filters."""
    both, seen = threading.Barrier(2), {}
    def search(name):
        with app.test_request_context("/", query_string={"_flt_0_name": name, "name": name}):
            ask(view)
            both.wait(60)
            seen[name] = str(view._filters.values)
    threads = [threading.Thread(target=search, args=(name,)) for name in ("Zoe", "Leo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return all(name in value and other not in value
               for (name, value), other in zip(sorted(seen.items()), ("Zoe", "Leo")))

with app.app_context():
    view, api = ChildView(), ChildApi()
    api._init_properties()
FilterEqual("name", view.datamodel)
print(json.dumps({
    "from": flask_appbuilder.__file__,
    "screen": seen_by_two_threads(view, of_the_screen),
    "api": seen_by_two_threads(api, of_the_api),
}))
'''


@pytest.fixture(scope="module")
def copies(tmp_path_factory) -> dict[str, Path]:
    """The installed sources, as they are and mended."""
    dossier = tmp_path_factory.mktemp("amont")
    sources = Path(flask_appbuilder.__file__).parent
    sans = shutil.ignore_patterns("static", "translations", "__pycache__")
    for nom in ("sans", "avec"):
        shutil.copytree(sources, dossier / nom / "flask_appbuilder", ignore=sans)
    ordre = ["patch", "--strip=1", "--fuzz=0", f"--input={CORRECTIF}"]
    subprocess.run(ordre, cwd=dossier / "avec", check=True, capture_output=True)
    return {nom: dossier / nom for nom in ("sans", "avec")}


def essayer(copie: Path) -> dict:
    rendu = subprocess.run(
        [sys.executable, "-c", ESSAI],
        env={"PYTHONPATH": str(copie)},
        check=True,
        capture_output=True,
        text=True,
    )
    lu = json.loads(rendu.stdout)
    assert Path(lu.pop("from")).is_relative_to(copie)
    return lu


def test_sans_le_correctif_deux_threads_partagent_leurs_filtres(copies):
    """When this fails, the release installed is mended: the patch has no reason any more."""
    assert essayer(copies["sans"]) == {"screen": False, "api": False}


def test_avec_le_correctif_chaque_requete_a_les_siens(copies):
    assert essayer(copies["avec"]) == {"screen": True, "api": True}


@pytest.fixture
def xlsxwriter_copie(tmp_path) -> Path:
    """The folder of a script that imports a copy of the installed sources."""
    sources = Path(xlsxwriter.__file__).parent
    shutil.copytree(sources, tmp_path / "xlsxwriter", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def jouer(script: str, dossier: Path) -> subprocess.CompletedProcess:
    ordre = [sys.executable, "-c", script]
    return subprocess.run(ordre, cwd=dossier, capture_output=True, text=True, check=False)


def corriger(dossier: Path, correctif: str) -> None:
    ordre = ["patch", "--strip=1", "--fuzz=0", f"--input={AMONT / correctif}"]
    subprocess.run(ordre, cwd=dossier, check=True, capture_output=True)


def premiere_feuille(classeur: Path) -> bytes:
    with ZipFile(classeur) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def taille_comprimee(classeur: Path) -> int:
    """Of its first sheet: the file also tells when it was made."""
    with ZipFile(classeur) as archive:
        return archive.getinfo("xl/worksheets/sheet1.xml").compress_size


def test_une_ligne_entiere_ecrit_le_meme_fichier(xlsxwriter_copie):
    sans = jouer(LIGNES, xlsxwriter_copie)
    assert "write_whole_row" in sans.stderr, "the release installed has it: the patch may go"
    corriger(xlsxwriter_copie, "ligne-entiere.patch")
    assert jouer(LIGNES, xlsxwriter_copie).stderr == ""
    ecrites = [premiere_feuille(xlsxwriter_copie / nom) for nom in ("cells.xlsx", "rows.xlsx")]
    assert ecrites[0] == ecrites[1]


def test_un_classeur_choisit_combien_il_est_comprime(xlsxwriter_copie):
    def tailles() -> list[int]:
        assert jouer(NIVEAUX, xlsxwriter_copie).stderr == ""
        classeurs = [xlsxwriter_copie / nom for nom in ("usual.xlsx", "fast.xlsx")]
        assert premiere_feuille(classeurs[0]) == premiere_feuille(classeurs[1])
        return [*map(taille_comprimee, classeurs)]

    usuel, rapide = tailles()
    assert usuel == rapide, "the release installed reads the option: the patch may go"
    corriger(xlsxwriter_copie, "niveau-de-compression.patch")
    mesure, rapide = tailles()
    assert mesure == usuel
    assert rapide > usuel * 1.05


@pytest.mark.parametrize("nom", ["flask-appbuilder", "xlsxwriter"])
def test_le_correctif_est_ecrit_pour_la_version_installee(nom):
    requis = (RACINE / "requirements.txt").read_text(encoding="utf-8").lower()
    assert f"{nom}=={metadata.version(nom)}" in requis
    assert f"{nom} {metadata.version(nom)}" in (AMONT / "README.md").read_text("utf-8").lower()
