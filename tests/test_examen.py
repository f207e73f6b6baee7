"""A file that is no workbook, too big or booby-trapped is refused at once, in little memory."""

import resource
import time
import zipfile

import pytest

from app.echanges.formats import examen
from app.echanges.formats.examen import ClasseurRefuse, Limites, examiner
from tests.classeurs import DONNEES, JEUNE, LIMITES, SAISIES, ecrire, feuille_xml, remplacer

SECONDES = 30
"""Of processor: a refusal takes less than two on an ordinary machine, a trap that works minutes."""
MEGA_OCTETS = 60
CASE = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
ENTETE = f'<row r="1">{CASE.format("A1", "Code dossier")}{CASE.format("B1", "Nom")}</row>'


@pytest.fixture
def ordinaire(tmp_path):
    return ecrire(tmp_path / "ordinaire.xlsx", {"Jeunes": [JEUNE]})


def refuser(chemin, morceau: str = "", limites: Limites = LIMITES) -> None:
    """The refusal says why, comes fast, and the memory of the process hardly grows."""
    avant, debut = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ClasseurRefuse, match=morceau):
        examiner(chemin, limites)
    assert time.process_time() - debut < SECONDES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - avant < MEGA_OCTETS * 1024


def trafiquer(tmp_path, ordinaire, lignes: str, dimension: str = "A1:B2"):
    return remplacer(
        ordinaire,
        tmp_path / "trafique.xlsx",
        {"xl/worksheets/sheet1.xml": feuille_xml(lignes, dimension)},
    )


@pytest.mark.parametrize("nom", SAISIES)
def test_les_classeurs_ordinaires_passent(nom):
    assert len(examiner(DONNEES / nom, LIMITES)) == 14


@pytest.mark.parametrize(
    ("contenu", "raison"),
    [
        (b"", "n.est pas un classeur"),
        (b"Nom;Prenom\r\n", "n.est pas un classeur"),
        (b"PK\x03\x04 tronque", "abîmé"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "mot de passe"),
    ],
)
def test_un_fichier_qui_n_est_pas_un_classeur_est_refuse(tmp_path, contenu, raison):
    chemin = tmp_path / "autre.xlsx"
    chemin.write_bytes(contenu)
    refuser(chemin, raison)


@pytest.mark.parametrize(
    ("parties", "raison"),
    [
        ({"a.txt": b"x"}, "n.est pas un classeur"),
        ({"xl/workbook.bin": b"x"}, "binaire"),
    ],
)
def test_une_autre_archive_est_refusee_avec_le_remede(tmp_path, parties, raison):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for nom, contenu in parties.items():
            archive.writestr(nom, contenu)
    refuser(tmp_path / "a.xlsx", raison)


def test_un_fichier_coupe_ou_abime_est_refuse(tmp_path, ordinaire):
    entier = (DONNEES / "saisie_2.xlsx").read_bytes()
    for rang, contenu in enumerate(
        (entier[: len(entier) // 2], entier[:5000] + b"\0" * 3000 + entier[8000:])
    ):
        (tmp_path / f"{rang}.xlsx").write_bytes(contenu)
        refuser(tmp_path / f"{rang}.xlsx", "abîmé")
    refuser(
        remplacer(
            ordinaire,
            tmp_path / "x.xlsx",
            {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"},
        ),
        "abîmé",
    )


def test_un_fichier_trop_lourd_est_refuse_sans_etre_ouvert(ordinaire):
    refuser(ordinaire, "limite", Limites(octets=1000, lignes=10, colonnes=60))


def test_une_bombe_de_compression_est_refusee(tmp_path, ordinaire):
    vide = b" " * 400_000_000
    refuser(
        remplacer(
            ordinaire, tmp_path / "b.xlsx", {"xl/sharedStrings.xml": b"<sst>" + vide + b"</sst>"}
        ),
        "déplié",
    )
    refuser(remplacer(ordinaire, tmp_path / "c.xlsx", {}, {"xl/media/image1.png": vide}), "déplié")


def test_une_taille_mensongere_ne_trompe_pas(tmp_path, ordinaire):
    """The directory of the archive says a few bytes, the part holds a hundred million."""
    bombe = remplacer(
        ordinaire,
        tmp_path / "m.xlsx",
        {"xl/worksheets/sheet1.xml": feuille_xml(ENTETE + " " * 100_000_000)},
    )
    contenu = bytearray(bombe.read_bytes())
    with zipfile.ZipFile(bombe) as archive:
        taille = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    mensonge = contenu.replace(taille.to_bytes(4, "little"), (500).to_bytes(4, "little"))
    bombe.write_bytes(mensonge)
    refuser(bombe, "abîmé")


@pytest.mark.parametrize("reference", ["XFD1", "BI1", "BDWGN1", "ZZZZZZZZZZ1"])
def test_une_cellule_au_dela_de_la_soixantieme_colonne_est_refusee(tmp_path, ordinaire, reference):
    refuser(
        trafiquer(
            tmp_path,
            ordinaire,
            f'<row r="1">{CASE.format("A1", "Nom")}{CASE.format(reference, "x")}</row>',
        ),
        "colonne",
    )


def test_soixante_colonnes_passent(tmp_path, ordinaire):
    apercu = examiner(
        trafiquer(tmp_path, ordinaire, f'<row r="1">{CASE.format("BH1", "x")}</row>'), LIMITES
    )
    assert apercu["Jeunes"].lignes == 1


@pytest.mark.parametrize("dimension", ["A1:XFD1048576", "A1:BDWGN1048576"])
def test_une_feuille_qui_annonce_des_milliers_de_colonnes_est_refusee(
    tmp_path, ordinaire, dimension
):
    refuser(trafiquer(tmp_path, ordinaire, ENTETE, dimension), "colonne")


def test_des_milliers_de_cellules_sans_reference_sont_comptees(tmp_path, ordinaire):
    refuser(
        trafiquer(tmp_path, ordinaire, "<row>" + "<c><v>1</v></c>" * 200_000 + "</row>"), "colonne"
    )


def test_des_cellules_seulement_coloriees_ne_comptent_pas(tmp_path, ordinaire):
    coloriees = "".join(f'<c r="{lettre}1" s="1"/>' for lettre in ("BZ", "CA", "AMJ"))
    apercu = examiner(
        trafiquer(tmp_path, ordinaire, f'<row r="1">{CASE.format("A1", "Nom")}{coloriees}</row>'),
        LIMITES,
    )
    assert apercu["Jeunes"].lignes == 1


def test_une_cellule_perdue_au_bas_de_la_feuille_est_refusee_avec_son_numero(tmp_path, ordinaire):
    loin = f'<row r="1048576">{CASE.format("P1048576", "x")}</row>'
    refuser(trafiquer(tmp_path, ordinaire, ENTETE + loin), "1048576")
    refuser(
        trafiquer(
            tmp_path,
            ordinaire,
            f'<row r="1">{CASE.format("A1", "Nom")}{CASE.format("P1048576", "x")}</row>',
        ),
        "1048576",
    )


def test_plus_de_lignes_que_la_limite_est_refuse(tmp_path, ordinaire):
    lignes = "".join(f'<row r="{n}">{CASE.format(f"A{n}", "x")}</row>' for n in range(1, 102))
    refuser(
        trafiquer(tmp_path, ordinaire, lignes), "plus de 100 lignes", Limites(10_000_000, 100, 60)
    )
    assert (
        examiner(trafiquer(tmp_path, ordinaire, lignes), Limites(10_000_000, 101, 60))[
            "Jeunes"
        ].lignes
        == 101
    )


@pytest.mark.parametrize(
    "partie",
    ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"],
)
def test_les_entites_xml_sont_refusees(tmp_path, ordinaire, partie):
    entites = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    piege = (
        f'<?xml version="1.0"?><!DOCTYPE sst [{entites}]><sst><si><t>&i;</t></si></sst>'.encode()
    )
    refuser(remplacer(ordinaire, tmp_path / "e.xlsx", {partie: piege}), "DOCTYPE")


def test_deux_parties_du_meme_nom_sont_refusees(tmp_path, ordinaire):
    refuser(
        remplacer(
            ordinaire, tmp_path / "d.xlsx", {}, {"XL/worksheets/Sheet1.xml": feuille_xml(ENTETE)}
        ),
        "deux fois",
    )


def test_la_voie_rapide_et_la_lecture_complete_disent_la_meme_chose(monkeypatch):
    """The quick look-over of ordinary sheets accepts nothing that the full one refuses, and counts
    at least as many rows."""
    rapides = {nom: examiner(DONNEES / nom, LIMITES) for nom in SAISIES}
    monkeypatch.setattr(examen, "_apercu_rapide", lambda *_: None)
    for nom, rapide in rapides.items():
        for titre, complet in examiner(DONNEES / nom, LIMITES).items():
            assert rapide[titre].lignes >= complet.lignes
            assert rapide[titre].particulieres == complet.particulieres == {}


@pytest.mark.parametrize(
    ("partie", "debut", "fin"),
    [
        ("xl/styles.xml", b"<styleSheet><!--", b"--></styleSheet>"),
        (
            "xl/worksheets/sheet1.xml",
            b'<worksheet><sheetData><row x="',
            b'"/></sheetData></worksheet>',
        ),
    ],
    ids=["commentaire", "attribut"],
)
def test_une_balise_demesuree_n_est_pas_relue_a_chaque_morceau(
    tmp_path, ordinaire, partie, debut, fin
):
    """Sixty megabytes, not compressed: the XML reader would go over it for half a minute, keeping
    the whole server waiting."""
    chemin = remplacer(ordinaire, tmp_path / "balise.xlsx", {partie: None})
    with zipfile.ZipFile(chemin, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(partie, debut + b"a" * 60_000_000 + fin)
    refuser(chemin, "balise démesurée")


@pytest.mark.parametrize("rapide", [True, False])
def test_trop_de_cases_sont_refusees_vides_comprises(tmp_path, ordinaire, monkeypatch, rapide):
    """A sheet of sixty columns and a million rows would take two gigabytes, in a file of twenty
    megabytes."""
    if not rapide:
        monkeypatch.setattr(examen, "_apercu_rapide", lambda *_: None)
    pleine = "".join(
        f'<row r="{n}">{CASE.format(f"A{n}", 1)}{CASE.format(f"B{n}", 2)}</row>'
        for n in range(1, 10)
    )
    creuse = f'<row r="1">{CASE.format("A1", 1)}</row><row r="9">{CASE.format("B9", 2)}</row>'
    for lignes in (pleine, creuse):
        chemin = trafiquer(tmp_path, ordinaire, lignes)
        assert examiner(chemin, Limites(10_000_000, 1000, 60, cases=18))
        refuser(chemin, "trop de cases", Limites(10_000_000, 1000, 60, cases=17))


def test_des_millions_de_petits_textes_sont_refuses(tmp_path, ordinaire):
    petits = b"<sst>" + b"<si><t>a</t></si>" * 40_000 + b"</sst>"
    chemin = remplacer(ordinaire, tmp_path / "textes.xlsx", {"xl/sharedStrings.xml": petits})
    assert examiner(chemin, LIMITES)
    refuser(chemin, "trop de texte", Limites(chemin.stat().st_size, 1000, 60))
