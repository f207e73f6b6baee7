"""The bilan as a package: what Word checks when it opens a document, and what a screen reader
needs, part by part."""

import posixpath
import re
import zipfile
from datetime import date

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from sqlalchemy import select

from app import acces
from app.commandes.base import actualiser_les_statistiques
from app.commandes.demo import remplir
from app.echanges.bilan import contenu as bilan
from app.echanges.bilan import document as bilan_document
from app.extensions import db
from app.models import Mds
from tests import factories as f
from tests.classeurs import remplacer
from tests.office import fautes

RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC_IGNORABLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Ignorable"


@pytest.fixture(scope="module")
def paquet(app, tmp_path_factory):
    """Every part of a bilan with charts and texts; other bilans stand in the same folder."""
    chemin = tmp_path_factory.mktemp("bilan") / "annuel.docx"
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(80, 7, date(2026, 4, 15))
        f.un_texte_bilan(
            "ART",
            le=date(2025, 3, 3),
            recit="Le dernier bus part à 18 h & il n’y en a plus <après>.",
        )
        db.session.commit()
        actualiser_les_statistiques(app)
        bilan_document.ecrire(bilan.preparer_bilan(2025, None), chemin)
        artois = db.session.scalars(select(Mds).where(Mds.code == "ART")).one()
        autres = {
            "intermediaire": (2025, None, date(2025, 6, 30)),
            "mds": (2025, artois),
            "vide": (2016, None),
        }
        for nom, quoi in autres.items():
            bilan_document.ecrire(bilan.preparer_bilan(*quoi), chemin.with_stem(nom))
    with zipfile.ZipFile(chemin) as archive:
        assert archive.testzip() is None
        parties = {nom: archive.read(nom) for nom in archive.namelist()}
    return chemin, parties


def xml(parties) -> dict:
    return {
        nom: etree.fromstring(octets)
        for nom, octets in parties.items()
        if nom.endswith((".xml", ".rels"))
    }


def test_chaque_partie_a_son_type_et_chaque_relation_sa_cible(paquet):
    _, parties = paquet
    types = etree.fromstring(parties["[Content_Types].xml"])
    par_extension = {d.get("Extension").lower() for d in types.iter(f"{TYPES}Default")}
    declarees = [o.get("PartName").lstrip("/") for o in types.iter(f"{TYPES}Override")]
    assert len(declarees) == len(set(declarees)) and set(declarees) <= set(parties)
    sans = [
        n
        for n in parties
        if n != "[Content_Types].xml"
        and n not in declarees
        and n.rsplit(".", 1)[-1].lower() not in par_extension
    ]
    assert not sans
    vues = 0
    for nom, racine in xml(parties).items():
        if not nom.endswith(".rels"):
            continue
        dossier = nom.rsplit("_rels/", 1)[0]
        numeros = [r.get("Id") for r in racine.iter(RELATIONS)]
        assert len(numeros) == len(set(numeros)), nom
        for relation in racine.iter(RELATIONS):
            assert relation.get("TargetMode") != "External", "nothing is fetched when it opens"
            cible = relation.get("Target")
            assert (
                cible.lstrip("/") if cible.startswith("/") else posixpath.normpath(dossier + cible)
            ) in parties, (
                nom,
                cible,
            )
            vues += 1
    assert vues > 8


def test_chaque_lien_du_document_est_une_relation_connue(paquet):
    _, parties = paquet
    for nom, racine in xml(parties).items():
        employes = {
            v
            for e in racine.iter()
            for cle, v in e.attrib.items()
            if cle in (f"{R}id", f"{R}embed")
        }
        dossier, _, fichier = nom.rpartition("/")
        rels = parties.get(f"{dossier}/_rels/{fichier}.rels")
        connus = {r.get("Id") for r in etree.fromstring(rels).iter(RELATIONS)} if rels else set()
        assert employes <= connus, nom


def test_word_ne_l_ouvre_pas_en_mode_de_compatibilite(paquet):
    reglages = paquet[1]["word/settings.xml"].decode()
    (mode,) = re.findall(r'<w:compatSetting [^>]*w:name="compatibilityMode"[^>]*>', reglages)
    assert 'w:val="15"' in mode


@pytest.mark.parametrize("lequel", ["annuel", "intermediaire", "mds", "vide"])
def test_chaque_partie_suit_le_schema(paquet, lequel):
    assert fautes(paquet[0].with_stem(lequel)) == []


@pytest.mark.parametrize(
    ("partie", "avant", "apres"),
    [
        ("word/document.xml", r"(<w:tblCaption [^>]*>)(<w:tblDescription [^>]*>)", r"\2\1"),
        ("word/document.xml", r"(<w:pPr>.*?</w:pPr>)(<w:r>.*?</w:r>)", r"\2\1"),
        ("word/document.xml", r"<wp:extent [^>]*>", ""),
        ("word/document.xml", r'(<w:tblCaption) w:val="[^"]*"', r"\1"),
        ("word/document.xml", r'(<c:chart [^>]*r:id=)"[^"]*"', r'\1"rId999"'),
        ("word/charts/chart1.xml", r"(<c:gapWidth [^>]*>)(<c:axId [^>]*>)", r"\2\1"),
        ("word/charts/chart1.xml", r"<c:crossAx [^>]*>", ""),
        ("word/charts/chart1.xml", r'(<c:grouping val=)"clustered"', r'\1"groupé"'),
        ("word/styles.xml", r"(<w:name [^>]*>)(<w:basedOn [^>]*>)", r"\2\1"),
        ("word/footer1.xml", r"<w:fldSimple w:instr", "<w:fldSimple w:autre"),
    ],
)
def test_le_controle_du_schema_voit_une_faute(paquet, tmp_path, partie, avant, apres):
    chemin = paquet[0].with_stem("mds")  # the smallest that has every part
    with zipfile.ZipFile(chemin) as archive:
        juste = archive.read(partie).decode()
    fautif, fois = re.subn(avant, apres, juste, count=1)
    assert fois and fautes(remplacer(chemin, tmp_path / "fautif.docx", {partie: fautif.encode()}))


def test_rien_du_modele_ne_contredit_le_document(paquet):
    """The model of python-docx has a second set of styles and the picture of another page."""
    _, parties = paquet
    assert not {
        "word/stylesWithEffects.xml",
        "docProps/thumbnail.jpeg",
        "customXml/item1.xml",
    } & set(parties)
    assert xml(parties)["word/settings.xml"].find(qn("w:zoom")).get(qn("w:percent")) == "100"


def test_les_numeros_sont_uniques_et_les_prefixes_ignorables_declares(paquet):
    _, parties = paquet
    document = xml(parties)["word/document.xml"]
    numeros = [
        e.get("id")
        for e in document.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        )
    ]
    assert (
        len(numeros) >= 3
        and len(numeros) == len(set(numeros))
        and all(n.isdigit() and int(n) > 0 for n in numeros)
    )
    signets = [e.get(qn("w:id")) for e in document.iter(qn("w:bookmarkStart"))]
    assert len(signets) == len(set(signets))
    for nom, racine in xml(parties).items():
        for element in racine.iter(etree.Element):
            for prefixe in element.get(MC_IGNORABLE, "").split():
                assert prefixe in element.nsmap, (nom, prefixe)


def test_le_document_dit_son_titre_sa_langue_et_decrit_chaque_graphique(paquet):
    chemin, parties = paquet
    lu = Document(str(chemin))
    assert (
        lu.core_properties.title.startswith("Bilan 2025") and lu.core_properties.language == "fr-FR"
    )
    assert lu.paragraphs[0].style.name == "Title"
    styles = xml(parties)["word/styles.xml"]
    assert styles.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}").get(qn("w:val")) == "fr-FR"
    for cadre in xml(parties)["word/document.xml"].iter(
        "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
    ):
        assert len(cadre.get("descr")) > 40 and cadre.get("title")
    for table in lu.tables:
        entetes = [
            r._tr.trPr is not None and r._tr.trPr.find(qn("w:tblHeader")) is not None
            for r in table.rows
        ]
        assert entetes[0] and not any(entetes[1:])
        largeurs = {len(r.cells) for r in table.rows}
        assert largeurs == {len(table.columns)}, "no merged cell"
        assert all(c.text.strip() for c in table.rows[0].cells), "each column has a heading"
    niveaux = [
        int(re.search(r"\d", p.style.name)[0])
        for p in lu.paragraphs
        if p.style.name.startswith("Heading")
    ]
    assert niveaux[0] == 1 and all(b <= a + 1 for a, b in zip(niveaux, niveaux[1:], strict=False))
    assert "Le dernier bus part à 18 h & il n’y en a plus <après>." in "\n".join(
        p.text for p in lu.paragraphs
    )


def test_le_pied_dit_la_page_et_leur_nombre(paquet):
    pied = next(racine for nom, racine in xml(paquet[1]).items() if nom.startswith("word/footer"))
    assert [c.get(qn("w:instr")) for c in pied.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]
