"""The only writer of Word documents.

Real headings, tables whose header row repeats, charts told in words.

What a screen reader needs is asked by the signatures: no table without a title, no chart without
its sentence.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docx import Document as NouveauDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from lxml import etree

from app.echanges.formats.graphique import (
    MIME_GRAPHIQUE,
    RELATION_GRAPHIQUE,
    cadre_xml,
    graphique_xml,
)
from app.indicateurs.graphiques import Graphique

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BLEU = "1F4E79"
GRIS = "A6A6A6"
LARGEUR_CM = 16.5
POLICE = "Liberation Sans"
NIVEAUX_DU_SOMMAIRE = 2
_INTERDITS = {n: None for n in range(32) if n not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}
"""What XML cannot hold."""
_RESTES = ("stylesWithEffects", "customXml", "thumbnail")
"""Parts of python-docx’s model that would contradict what we write: other styles, a list of
sources, the picture of a page."""


class Document:
    """A document being written, from its title downwards."""

    def __init__(self, titre: str, sous_titre: str, *, auteur: str, sujet: str, le: datetime):
        self.docx = NouveauDocument()
        self._graphiques = 0
        self._titres: list[tuple[int, str, str]] = []
        """(level, words, bookmark) of each heading."""
        self._fin_du_sommaire: Any = None
        self._reprendre_le_modele()
        self._mettre_en_forme()
        proprietes = self.docx.core_properties
        moment = le.astimezone(UTC).replace(tzinfo=None)
        proprietes.title = titre
        proprietes.subject = sujet
        proprietes.author = auteur
        proprietes.language = "fr-FR"
        proprietes.created = moment
        proprietes.modified = moment
        proprietes.last_modified_by = auteur
        proprietes.comments = ""
        proprietes.revision = 1
        self.docx.add_paragraph(titre, style="Title")
        self.docx.add_paragraph(sous_titre, style="Subtitle")

    def titre(self, texte: str, niveau: int = 1) -> None:
        titre = self.docx.add_heading(_propre(texte), niveau)
        signet = f"_Toc{len(self._titres) + 1:08d}"
        for nom in ("w:bookmarkStart", "w:bookmarkEnd"):
            borne = OxmlElement(nom)
            borne.set(qn("w:id"), str(len(self._titres) + 1))
            if nom == "w:bookmarkStart":
                borne.set(qn("w:name"), signet)
            titre._p.append(borne)
        self._titres.append((niveau, _propre(texte), signet))

    def sommaire(self) -> None:
        """The contents stand here: written when the headings are known, each a link to its own."""
        self.docx.add_paragraph("Sommaire", style="TOC Heading")
        self._fin_du_sommaire = self.docx.add_paragraph()
        self._fin_du_sommaire.add_run()._r.append(_borne_de_champ("end"))

    def _ecrire_le_sommaire(self) -> None:
        """A field that Word and LibreOffice can bring up to date, already filled."""
        if self._fin_du_sommaire is None:
            return
        montres = [titre for titre in self._titres if titre[0] <= NIVEAUX_DU_SOMMAIRE]
        for rang, (niveau, texte, signet) in enumerate(montres):
            ligne = self._fin_du_sommaire.insert_paragraph_before(style=f"toc {niveau}")
            if rang == 0:
                self._ouvrir_le_champ(ligne)
            lien = OxmlElement("w:hyperlink")
            lien.set(qn("w:anchor"), signet)
            lien.append(ligne.add_run(texte)._r)
            ligne._p.append(lien)

    @staticmethod
    def _ouvrir_le_champ(ligne: Any) -> None:
        ligne.add_run()._r.append(_borne_de_champ("begin"))
        ordre = OxmlElement("w:instrText")
        ordre.set(qn("xml:space"), "preserve")
        ordre.text = f' TOC \\o "1-{NIVEAUX_DU_SOMMAIRE}" \\n \\h \\z \\u '
        ligne.add_run()._r.append(ordre)
        ligne.add_run()._r.append(_borne_de_champ("separate"))

    def enregistrer(self, chemin: Path) -> None:
        self._ecrire_le_sommaire()
        self.docx.save(str(chemin))

    def phrase(self, texte: str, *, gras: bool = False) -> None:
        """A paragraph; a line end stays one."""
        self.docx.add_paragraph().add_run(_propre(texte)).bold = gras or None

    def liste(self, lignes: Sequence[str]) -> None:
        for ligne in lignes:
            self.docx.add_paragraph(_propre(ligne), style="List Bullet")

    def tableau(
        self,
        titre: str,
        entetes: Sequence[str],
        lignes: Sequence[Sequence[object]],
        *,
        largeurs: Sequence[float] = (),
        nombres: Sequence[int] = (),
    ) -> None:
        """Add a table; ``largeurs``: shares of the width.

        ``nombres``: the places of the columns that hold numbers.
        """
        self.docx.add_paragraph(
            _propre(titre), style="Caption"
        ).paragraph_format.keep_with_next = True
        tableau = self.docx.add_table(rows=1 + len(lignes), cols=len(entetes), style="Table Grid")
        tableau.alignment = WD_TABLE_ALIGNMENT.CENTER
        tableau.autofit = False
        proprietes = tableau._tbl.tblPr
        for nom in ("w:tblCaption", "w:tblDescription"):
            element = OxmlElement(nom)
            element.set(qn("w:val"), _propre(titre))
            proprietes.append(element)
        parts = largeurs or [1] * len(entetes)
        cm = [Cm(LARGEUR_CM * part / sum(parts)) for part in parts]
        for colonne, largeur in zip(tableau.columns, cm, strict=True):
            colonne.width = largeur
        for rang, (ligne, cellules) in enumerate(
            zip(tableau.rows, [entetes, *lignes], strict=True)
        ):
            self._ligne(ligne, cellules, cm, nombres, entete=rang == 0)
        self.docx.add_paragraph(style="No Spacing")

    def barres(self, graphique: Graphique) -> None:
        """A native chart with its alternative text; the table it draws stands beside it."""
        if not graphique.est_dessine:
            self.phrase("Pas de graphique : il n’y a pas assez de réponses connues pour un taux.")
            return
        if not any(p.valeur for p in graphique.points):
            self.phrase("Pas de graphique : tous les nombres sont à zéro.")
            return
        self._graphiques += 1
        noms = [p.nom for p in graphique.points]
        valeurs = [p.valeur for p in graphique.points]
        xml = graphique_xml(
            graphique.titre, noms, valeurs, est_taux=graphique.est_taux, police=POLICE
        )
        partie = Part(
            PackURI(f"/word/charts/chart{self._graphiques}.xml"),
            MIME_GRAPHIQUE,
            etree.tostring(xml, xml_declaration=True, encoding="UTF-8", standalone=True),
            self.docx.part.package,
        )
        cadre = cadre_xml(
            self.docx.part.relate_to(partie, RELATION_GRAPHIQUE),
            self._graphiques,
            graphique.titre,
            graphique.description,
            Cm(LARGEUR_CM),
            Cm(min(3.2 + 0.62 * len(noms), 15)),
        )
        self.docx.add_paragraph().add_run()._r.append(parse_xml(cadre))

    def _ligne(
        self,
        ligne: Any,
        cellules: Sequence[object],
        largeurs: Sequence[int],
        nombres: Sequence[int],
        *,
        entete: bool,
    ) -> None:
        if entete:
            repetee = OxmlElement("w:tblHeader")
            ligne._tr.get_or_add_trPr().append(repetee)
        entiere = OxmlElement("w:cantSplit")
        ligne._tr.get_or_add_trPr().insert(0, entiere)
        for place, (cellule, valeur) in enumerate(zip(ligne.cells, cellules, strict=True)):
            cellule.width = largeurs[place]
            paragraphe = cellule.paragraphs[0]
            paragraphe.style = "Cellule"
            morceau = paragraphe.add_run(_propre("" if valeur is None else str(valeur)))
            if place in nombres:
                paragraphe.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if entete:
                morceau.bold = True
                morceau.font.color.rgb = RGBColor(255, 255, 255)
                fond = OxmlElement("w:shd")
                for nom, teinte in (("val", "clear"), ("color", "auto"), ("fill", BLEU)):
                    fond.set(qn(f"w:{nom}"), teinte)
                cellule._tc.get_or_add_tcPr().append(fond)

    def _reprendre_le_modele(self) -> None:
        """Leave out the parts that we do not keep, complete what the schema requires.

        What Word 2010 alone needed goes too: with it, Word says « mode de compatibilité ».
        """
        for source in (self.docx.part, self.docx.part.package):
            for numero, relation in list(source.rels.items()):
                if relation.reltype.endswith(_RESTES):
                    del source.rels[numero]
        reglages = self.docx.settings.element
        reglages.find(qn("w:zoom")).set(qn("w:percent"), "100")
        for reglage in reglages.iter(qn("w:compatSetting")):
            if reglage.get(qn("w:name")) == "compatibilityMode":
                reglage.set(qn("w:val"), "15")

    def _mettre_en_forme(self) -> None:
        page = self.docx.sections[0]
        styles = self.docx.styles
        page.page_width = Cm(21)
        page.page_height = Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.25)
        page.top_margin = page.bottom_margin = Cm(2)
        langue = styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
        langue.set(qn("w:val"), "fr-FR")
        cellule = styles.add_style("Cellule", 1)
        cellule.base_style = styles["Normal"]
        for niveau in range(1, NIVEAUX_DU_SOMMAIRE + 1):
            entree = styles.add_style(f"toc {niveau}", 1, builtin=True)
            entree.base_style = styles["Normal"]
            entree.paragraph_format.left_indent = Cm(0.6 * (niveau - 1))
            entree.paragraph_format.space_after = Pt(2)
        tailles = {
            "Normal": 11,
            "Title": 24,
            "Subtitle": 13,
            "Heading 1": 16,
            "Heading 2": 13,
            "Heading 3": 11.5,
            "Caption": 10,
            "Cellule": 9.5,
        }
        for nom, taille in tailles.items():
            style = styles[nom]
            style.font.size = Pt(taille)
            style.font.name = POLICE
            polices = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                polices.attrib.pop(qn(f"w:{theme}"), None)
            if nom not in ("Normal", "Cellule"):
                style.font.color.rgb = RGBColor.from_string(BLEU)
        cellule.paragraph_format.space_after = cellule.paragraph_format.space_before = Pt(1)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        for trait in styles["Table Grid"].element.find(f".//{qn('w:tblBorders')}"):
            trait.set(qn("w:color"), GRIS)
        self._pied(page)

    def _pied(self, page: Any) -> None:
        paragraphe = page.footer.paragraphs[0]
        for mot, instruction in (("Page ", "PAGE"), (" sur ", "NUMPAGES")):
            paragraphe.add_run(mot)
            champ = OxmlElement("w:fldSimple")
            champ.set(qn("w:instr"), instruction)
            paragraphe._p.append(champ)


def _borne_de_champ(sorte: str) -> Any:
    borne = OxmlElement("w:fldChar")
    borne.set(qn("w:fldCharType"), sorte)
    return borne


def _propre(texte: str) -> str:
    return texte.translate(_INTERDITS)


@contextmanager
def ouvrir(
    chemin: Path, titre: str, sous_titre: str, *, auteur: str, sujet: str, le: datetime
) -> Iterator[Document]:
    """A document to write; the file appears whole, or not at all."""
    document = Document(titre, sous_titre, auteur=auteur, sujet=sujet, le=le)
    yield document
    with TemporaryDirectory(prefix=".tandem-", dir=chemin.parent) as dossier:
        provisoire = Path(dossier) / "document.docx"
        document.enregistrer(provisoire)
        provisoire.replace(chemin)
