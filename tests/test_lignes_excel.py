"""Rows written whole are those that xlsxwriter writes cell by cell, to the byte."""

import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.echanges.formats.ecriture import Colonne, Feuille, ouvrir
from app.echanges.formats.impression import Impression
from app.echanges.formats.lignes import CARACTERES_MAXIMAUX, FormeDeColonne, enchainer
from app.echanges.formats.pages import PageImprimee

TEXTES = (
    *("Béthune", "=1+1", "+33", "@x", "-2", "a & b", "<b>", '"', "x > y", "<r>gras</r>", "<r>"),
    *(" avant", "après ", "\tt", "ligne\nune autre", "\n", " ", "\x00", "\x0b", "_x0041_", "_x00"),
    *("\ufffe", "\uffff", "é\u00a0", "\u202f1", "🙂", "a\rb", "'", "0123", "1e5", "true"),
)
NOMBRES = (0, 1, -3, 1_000_000, 10**17, 0.1, 1e-9, 1 / 3, 1e300, Decimal("12.3400"), Decimal(-7))
DATES = (
    *(date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(2009, 8, 7), date(9999, 12, 31)),
    *(datetime(2026, 3, 29, 1, 30), datetime(1900, 1, 1)),
)
VALEURS = (None, "", True, False, *TEXTES, *NOMBRES, *DATES)
HAUTEURS = (None, 13.0, 15.5, 28.5, 400.25)


def parties(chemin: Path) -> dict[str, bytes]:
    """The parts of a workbook, but for the moment when it was made."""
    with ZipFile(chemin) as archive:
        return {n: archive.read(n) for n in archive.namelist() if n != "docProps/core.xml"}


def ecrire(
    chemin: Path,
    lignes: list[list[object]],
    *,
    vide: bool,
    entieres: bool,
    enchainees: bool = False,
) -> None:
    """Rows of as many heights as there are, several at a time or cell by cell."""
    with ouvrir(chemin) as classeur:
        onglet = classeur.onglet("Essai")
        onglet.write_string(0, 0, "Titre", classeur.format("titre"))
        nombre, mots = classeur.format("decimal"), classeur.format("texte", bold=True)
        cases = [FormeDeColonne(place, nombre, mots, vide=vide) for place in range(len(lignes[0]))]
        if enchainees:
            enchainer(cases)
        if entieres:
            par_lots(classeur, onglet, lignes, cases)
            return
        for rang, ligne in enumerate(lignes, start=1):
            hauteur = HAUTEURS[rang % len(HAUTEURS)]
            if hauteur is not None and any(v not in (None, "") or vide for v in ligne):
                onglet.set_row(rang, hauteur)
            for place, valeur in enumerate(ligne):
                format_ = mots if isinstance(valeur, str | bool) else nombre
                if vide and valeur in (None, ""):
                    onglet.write_blank(rang, place, None, mots)
                else:
                    classeur.ecrire(onglet, rang, place, valeur, format_)


def par_lots(classeur, onglet, lignes: list[list[object]], cases) -> None:
    """One row, then two, then three: those of one height together."""
    rang = 1
    while rang <= len(lignes):
        hauteur = HAUTEURS[rang % len(HAUTEURS)]
        lot = lignes[rang - 1 : rang if hauteur is None else rang + 3]
        hauteurs = [HAUTEURS[n % len(HAUTEURS)] for n in range(rang, rang + len(lot))]
        if None in hauteurs and hauteur is not None:
            lot = lot[: hauteurs.index(None)]
        donnees = None if hauteur is None else hauteurs[: len(lot)]
        classeur.ecrire_lignes(onglet, rang, [*zip(*lot, strict=True)], cases, donnees)
        rang += len(lot)


@pytest.mark.parametrize(("vide", "enchainees"), [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("graine", range(3))
def test_une_ligne_entiere_est_celle_de_xlsxwriter(tmp_path, graine, vide, enchainees):
    tirage = random.Random(graine)
    lignes = [[tirage.choice(VALEURS) for _ in range(30)] for _ in range(200)]
    lignes.append([None] * 30)
    lignes.append([*[None] * 29, "au bout"])
    entieres = tmp_path / "entieres.xlsx"
    ecrire(entieres, lignes, vide=vide, entieres=True, enchainees=enchainees)
    ecrire(tmp_path / "cellules.xlsx", lignes, vide=vide, entieres=False)
    assert parties(entieres) == parties(tmp_path / "cellules.xlsx")


def test_chaque_valeur_seule_est_celle_de_xlsxwriter(tmp_path):
    """A value alone in its sheet: the corners of the table are its own."""
    lignes = [[valeur] for valeur in VALEURS]
    ecrire(tmp_path / "entieres.xlsx", lignes, vide=False, entieres=True)
    ecrire(tmp_path / "cellules.xlsx", lignes, vide=False, entieres=False)
    assert parties(tmp_path / "entieres.xlsx") == parties(tmp_path / "cellules.xlsx")


def test_un_texte_trop_long_est_coupe_comme_excel_le_compte(tmp_path):
    """An emoji takes two of the characters that a cell may hold."""
    colonne = Colonne("Récit", "texte", lambda texte: texte)
    juste = "🙂" * (CARACTERES_MAXIMAUX // 2)
    with ouvrir(tmp_path / "long.xlsx") as classeur:
        classeur.tableau(Feuille("Récits", [colonne], [juste, juste + "é", juste + "éé"]))
    feuille = parties(tmp_path / "long.xlsx")["xl/worksheets/sheet1.xml"].decode()
    textes = feuille.split("<t>")[2:]
    longueurs = [len(t.partition("</t>")[0].encode("utf-16-le")) // 2 for t in textes]
    assert longueurs == [CARACTERES_MAXIMAUX - 1, CARACTERES_MAXIMAUX, CARACTERES_MAXIMAUX]
    assert classeur.coupes == 1


def test_une_page_a_imprimer_garde_ses_hauteurs_et_ses_cases_vides(tmp_path):
    colonnes = [Colonne("Nom", "texte", lambda o: o[0]), Colonne("Total", "nombre", lambda o: o[1])]
    with ouvrir(tmp_path / "page.xlsx") as classeur:
        page = PageImprimee(classeur, "Page", colonnes, autour=Impression("Essai"))
        page.entetes(1)
        page.bande("Béthune")
        page.ligne(("Lens", None), gras=True)
        page.ligne(("mot " * 40, "sans objet"))
    feuille = parties(tmp_path / "page.xlsx")["xl/worksheets/sheet1.xml"].decode()
    lignes = feuille.split("<row ")[1:]
    assert len(lignes) == 4
    assert all('customHeight="1"' in ligne for ligne in lignes)
    assert [ligne.count("<c ") for ligne in lignes] == [2, 2, 2, 2]
    assert lignes[1].count("/>") == lignes[2].count("/>") == 1
