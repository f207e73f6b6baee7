"""A bar chart that Word and LibreOffice draw themselves (DrawingML).

It is sharp, and read aloud by its description.
"""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

MIME_GRAPHIQUE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
RELATION_GRAPHIQUE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
BLEU = "1F4E79"
_ESPACES = {"c": C, "a": A, "r": R}
Noeud = Any
"""An element of lxml, which has no types."""


def _noeud(parent: Noeud, nom: str, valeur: object = None, **attributs: str) -> Noeud:
    """A child of ``parent``; ``valeur`` is its « val », as most elements of a chart have."""
    prefixe, _, local = nom.partition(":")
    if valeur is not None:
        attributs["val"] = str(valeur)
    return etree.SubElement(parent, f"{{{_ESPACES[prefixe]}}}{local}", **attributs)


def graphique_xml(
    titre: str, noms: Sequence[str], valeurs: Sequence[float | None], *, est_taux: bool, police: str
) -> Noeud:
    """Horizontal bars, the first name on top, each with its value.

    A name without value keeps its place.
    """
    racine = etree.Element(f"{{{C}}}chartSpace", nsmap=_ESPACES)
    _noeud(racine, "c:roundedCorners", 0)
    graphique = _noeud(racine, "c:chart")
    _texte(_noeud(_noeud(graphique, "c:title"), "c:tx"), titre)
    _noeud(graphique.find(f"{{{C}}}title"), "c:overlay", 0)
    _noeud(graphique, "c:autoTitleDeleted", 0)
    zone = _noeud(graphique, "c:plotArea")
    _noeud(zone, "c:layout")
    barres = _noeud(zone, "c:barChart")
    _noeud(barres, "c:barDir", "bar")
    _noeud(barres, "c:grouping", "clustered")
    _noeud(barres, "c:varyColors", 0)
    _serie(barres, titre, noms, valeurs, est_taux)
    _noeud(barres, "c:gapWidth", 60)
    for numero in (1, 2):
        _noeud(barres, "c:axId", numero)
    _axe(zone, "c:catAx", 1, 2, "maxMin", "l")
    _axe(zone, "c:valAx", 2, 1, "minMax", "b")
    _noeud(graphique, "c:plotVisOnly", 1)
    _noeud(graphique, "c:dispBlanksAs", "gap")
    mots = _noeud(racine, "c:txPr")
    _noeud(mots, "a:bodyPr")
    paragraphe = _noeud(mots, "a:p")
    _noeud(_noeud(_noeud(paragraphe, "a:pPr"), "a:defRPr", sz="900"), "a:latin", typeface=police)
    _noeud(paragraphe, "a:endParaRPr", lang="fr-FR")
    return racine


def _texte(parent: Noeud, texte: str) -> None:
    riche = _noeud(parent, "c:rich")
    _noeud(riche, "a:bodyPr")
    paragraphe = _noeud(riche, "a:p")
    _noeud(_noeud(paragraphe, "a:pPr"), "a:defRPr", sz="1100", b="1")
    morceau = _noeud(paragraphe, "a:r")
    _noeud(morceau, "a:rPr", lang="fr-FR", sz="1100", b="1")
    _noeud(morceau, "a:t").text = texte


def _serie(
    barres: Noeud, titre: str, noms: Sequence[str], valeurs: Sequence[float | None], est_taux: bool
) -> None:
    serie = _noeud(barres, "c:ser")
    _noeud(serie, "c:idx", 0)
    _noeud(serie, "c:order", 0)
    _noeud(_noeud(serie, "c:tx"), "c:v").text = titre
    remplissage = _noeud(_noeud(serie, "c:spPr"), "a:solidFill")
    _noeud(remplissage, "a:srgbClr", BLEU)
    _noeud(serie, "c:invertIfNegative", 0)
    etiquettes = _noeud(serie, "c:dLbls")
    format_ = '0.0" %"' if est_taux else "General"
    _noeud(etiquettes, "c:numFmt", formatCode=format_, sourceLinked="0")
    for nom, visible in (
        ("LegendKey", 0),
        ("Val", 1),
        ("CatName", 0),
        ("SerName", 0),
        ("Percent", 0),
        ("BubbleSize", 0),
    ):
        _noeud(etiquettes, f"c:show{nom}", visible)
    categories = _noeud(_noeud(serie, "c:cat"), "c:strLit")
    _noeud(categories, "c:ptCount", len(noms))
    for rang, nom in enumerate(noms):
        _noeud(_noeud(categories, "c:pt", idx=str(rang)), "c:v").text = nom
    nombres = _noeud(_noeud(serie, "c:val"), "c:numLit")
    _noeud(nombres, "c:formatCode").text = "General"
    _noeud(nombres, "c:ptCount", len(valeurs))
    for rang, valeur in enumerate(valeurs):
        if valeur is not None:
            _noeud(_noeud(nombres, "c:pt", idx=str(rang)), "c:v").text = str(valeur)


def _axe(zone: Noeud, nom: str, numero: int, croise: int, sens: str, place: str) -> None:
    axe = _noeud(zone, nom)
    _noeud(axe, "c:axId", numero)
    echelle = _noeud(axe, "c:scaling")
    _noeud(echelle, "c:orientation", sens)
    if nom == "c:valAx":
        _noeud(echelle, "c:min", 0)
    _noeud(axe, "c:delete", 1 if nom == "c:valAx" else 0)
    _noeud(axe, "c:axPos", place)
    _noeud(axe, "c:numFmt", formatCode="General", sourceLinked="0")
    _noeud(axe, "c:majorTickMark", "none")
    _noeud(axe, "c:minorTickMark", "none")
    _noeud(axe, "c:tickLblPos", "nextTo")
    _noeud(axe, "c:crossAx", croise)
    _noeud(axe, "c:crosses", "autoZero")


def cadre_xml(
    lien: str, numero: int, titre: str, description: str, largeur: int, hauteur: int
) -> str:
    """The place of the chart in the text, with its name and its alternative text."""
    return (
        f'<w:drawing xmlns:w="{W}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:c="{C}" xmlns:r="{R}">'
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{int(largeur)}" cy="{int(hauteur)}"/>'
        '<wp:effectExtent l="0" t="0" r="0" b="0"/>'
        f'<wp:docPr id="{100 + numero}" name={quoteattr(f"Graphique {numero}")}'
        f" descr={quoteattr(description)} title={quoteattr(titre)}/>"
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{C}">'
        f'<c:chart r:id="{lien}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
