"""Workbooks for the tests, written cell by cell as given; and the reading of one, as the strings
people would see."""

import zipfile
from pathlib import Path

import python_calamine
import xlsxwriter

from app import departement
from app.echanges.formats.examen import Limites
from app.echanges.reprise.cellules import Codes
from app.models import LISTES
from app.models.nomenclature import FICHIERS
from config import lire_reglages

DONNEES = Path(__file__).parent / "donnees"
SAISIES = ("saisie_1.xlsx", "saisie_2.xlsx", "saisie_3.xlsx")
LIMITES = Limites(octets=200_000_000, lignes=1_000_000, colonnes=60)
JEUNES = ["Code dossier", "Nom", "Prénom", "Date de naissance", "MDS"]
JEUNE = {
    "Code dossier": "D1",
    "Nom": "Delattre",
    "Prénom": "Camille",
    "Date de naissance": "12/04/2008",
    "MDS": "ART",
}


def ecrire(chemin: Path, feuilles: dict[str, list]) -> Path:
    """A sheet is a list of rows, or of dictionaries by heading; a str is a text, a date an Excel
    date."""
    with xlsxwriter.Workbook(
        str(chemin), {"strings_to_formulas": False, "default_date_format": "dd/mm/yyyy"}
    ) as classeur:
        for titre, lignes in feuilles.items():
            onglet = classeur.add_worksheet(titre)
            if lignes and isinstance(lignes[0], dict):
                titres = list(dict.fromkeys(t for ligne in lignes for t in ligne))
                lignes = [titres, *([ligne.get(t) for t in titres] for ligne in lignes)]
            for rang, ligne in enumerate(lignes):
                for place, valeur in enumerate(ligne):
                    if isinstance(valeur, str):
                        onglet.write_string(rang, place, valeur)
                    elif valeur is not None:
                        onglet.write(rang, place, valeur)
    return chemin


def cellules(chemin: Path) -> dict[str, list[list]]:
    with python_calamine.CalamineWorkbook.from_path(str(chemin)) as classeur:
        return {
            t: classeur.get_sheet_by_name(t).to_python(skip_empty_area=False)
            for t in classeur.sheet_names
        }


def listes() -> dict[str, Codes]:
    """The lists of the files, as the base would give them; the number of an MDS is its rank."""
    ici = departement.lire_departement(lire_reglages()["TANDEM_DEPARTEMENT"])
    codes = {
        t: Codes((e["code"], e["libelle"], e["code"], False) for e in ici.table(FICHIERS.get(t, t)))
        for t in LISTES
    }
    return codes | {
        "mds": Codes((m["code"], m["nom"], n, False) for n, m in enumerate(ici.table("mds"), 1))
    }


def remplacer(
    source: Path,
    cible: Path,
    parties: dict[str, bytes | None],
    ajouts: dict[str, bytes] | None = None,
) -> Path:
    """The same archive with some parts replaced (None: removed), others added."""
    with (
        zipfile.ZipFile(source) as lue,
        zipfile.ZipFile(cible, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as ecrite,
    ):
        for info in lue.infolist():
            contenu = parties.get(info.filename, lue.read(info))
            if contenu is not None:
                ecrite.writestr(info.filename, contenu)
        for nom, contenu in (ajouts or {}).items():
            ecrite.writestr(nom, contenu)
    return cible


def feuille_xml(lignes: str, dimension: str = "A1:B2") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{lignes}</sheetData></worksheet>'
    ).encode()
