"""Sheets made to be read and printed: titles, tables, a chart, A4 landscape.

A plain list is ``ClasseurExcel.tableau``.

Written row after row, so that the memory stays the same whatever the number of lines. A column is
found by its name, wherever it stands.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, repeat

from app.echanges.formats import impression
from app.echanges.formats.ecriture import (
    LIGNES_MAXIMALES,
    LOT,
    ClasseurExcel,
    Colonne,
    TropDeLignes,
)
from app.echanges.formats.impression import Impression
from app.echanges.formats.lignes import FormeDeColonne, enchainer
from app.indicateurs.graphiques import Graphique

BLEU = "#1F4E79"
TRAIT = "#BFBFBF"
CLAIR = "#E5E5E5"
FOND = "#DDE6F0"
CORPS_EN_POINTS = 10
"""Of what is in the cells."""
HAUTEUR = 13.0
"""Points of a line of text."""
MARGE = 2.5
"""Points around the text of a row."""
LETTRES = 1.2
"""Letters in the width of a figure, about."""
LETTRES_GRASSES = 1.05
PIXELS_PAR_LIGNE = 20
"""Of a row that nothing fills."""
CORPS: dict[str, object] = {
    "font_size": CORPS_EN_POINTS,
    "text_wrap": True,
    "border": 1,
    "border_color": TRAIT,
}
NOMBRES = ("entier", "decimal", "nombre", "taux")
BANDE: dict[str, object] = {
    "bold": True,
    "text_wrap": False,
    "font_color": BLEU,
    "bg_color": FOND,
}
"""A heading inside a table."""


class PageImprimee:
    """A sheet to print; rows are added downwards.

    ``autour`` is printed on each page, with the name of the sheet, and its first ``repetees``
    columns too.
    """

    def __init__(
        self,
        classeur: ClasseurExcel,
        nom: str,
        colonnes: Sequence[Colonne],
        *,
        autour: Impression,
        repetees: int = 0,
        sur_une_page: bool = False,
    ):
        self.classeur = classeur
        self.colonnes = colonnes
        self.rang = 0
        self.coupures: list[int] = []
        self.feuille = classeur.onglet(nom)
        for place, colonne in enumerate(colonnes):
            self.feuille.set_column(place, place, colonne.caracteres)
        largeurs = [c.caracteres for c in colonnes]
        impression.poser(self.feuille, largeurs, corps=CORPS_EN_POINTS, repetees=repetees)
        if sur_une_page:
            self.feuille.fit_to_pages(1, 1)
        impression.entourer(self.feuille, replace(autour, precision=nom))
        self.feuille.hide_gridlines(2)

    # What stands above a table

    def sauter(self) -> None:
        self.rang += 1

    def nouvelle_page(self) -> None:
        self.sauter()
        self.coupures.append(self.rang)
        self.feuille.set_h_pagebreaks(self.coupures)

    def titre(self, texte: str, taille: int = 16) -> None:
        self.feuille.set_row(self.rang, taille * 1.5)
        self._ecrire(0, texte, bold=True, font_size=taille, font_color=BLEU)
        self.rang += 1

    def phrase(self, texte: str) -> None:
        """A line of text that runs over the columns."""
        self._ecrire(0, texte, italic=True, font_size=10)
        self.rang += 1

    def renseignement(self, libelle: str, valeur: str) -> None:
        """What the sheet is about: a label in the first column, the words beside it."""
        self._ecrire(0, libelle, bold=True, font_size=10, font_color=BLEU)
        self._ecrire(1, valeur, font_size=10)
        self.rang += 1

    def _ecrire(self, place: int, texte: str, **style: object) -> None:
        format_ = self.classeur.format("texte", **style)
        self.classeur.ecrire(self.feuille, self.rang, place, texte, format_)

    # A table

    def entetes(self, colonnes_figees: int) -> None:
        """The headings: kept in view, and repeated on each printed page."""
        [hauteur] = self._hauteurs([[c.titre] for c in self.colonnes], gras=True)
        self.feuille.set_row(self.rang, hauteur)
        format_ = self.classeur.format("titre", font_size=10)
        for place, colonne in enumerate(self.colonnes):
            self.feuille.write_string(self.rang, place, colonne.titre, format_)
        self.feuille.freeze_panes(self.rang + 1, colonnes_figees)
        self.feuille.repeat_rows(self.rang)
        self.rang += 1

    def bande(self, texte: str) -> None:
        """A heading inside a table: it begins in the first column, whatever that is."""
        cases = [self._case(place, "texte", **BANDE) for place in range(len(self.colonnes))]
        self._lignes([[texte], *[[""]] * (len(self.colonnes) - 1)], cases, gras=True)

    def ligne(
        self,
        objet: object,
        *,
        nombres: str = "nombre",
        gras: bool = False,
        retrait: dict[str, int] | None = None,
    ) -> None:
        """A row under the headings: ``objet`` as its columns show it.

        ``nombres`` is the format of this row where a column says « nombre », ``retrait`` the indent
        of a column, by its name.
        """
        cases = []
        for place, colonne in enumerate(self.colonnes):
            style: dict[str, object] = {}
            if gras:
                style["bold"] = True
            if retrait and retrait.get(colonne.nom):
                style |= {"indent": retrait[colonne.nom], "align": "left"}
            nom = nombres if colonne.format == "nombre" else colonne.format
            cases.append(self._case(place, nom, **style))
        self._lignes([[c.valeur(objet)] for c in self.colonnes], cases, gras)

    def tableau(self, lignes: Iterable[object], *, colonnes_figees: int = 1) -> int:
        """A whole list under its headings, with a filter; returns the number of rows."""
        depart = self.rang
        self.entetes(colonnes_figees)
        valeurs = [c.valeur for c in self.colonnes]
        cases = enchainer([self._case(place, c.format) for place, c in enumerate(self.colonnes)])
        suite = iter(lignes)
        while lot := [*islice(suite, LOT)]:
            if self.rang + len(lot) > LIGNES_MAXIMALES:
                raise TropDeLignes(
                    f"La feuille « {self.feuille.get_name()} » dépasserait le million de lignes"
                    " d’Excel."
                )
            self._lignes([[*map(valeur, lot)] for valeur in valeurs], cases)
        self.feuille.autofilter(depart, 0, max(self.rang - 1, depart + 1), len(self.colonnes) - 1)
        return self.rang - depart - 1

    def _case(self, place: int, nom: str, **style: object) -> FormeDeColonne:
        """Its format, and that of words that stand instead of a number (« sans objet »)."""
        droite: dict[str, object] = {}
        if nom in NOMBRES:
            droite["align"] = "right"
        autour = CORPS | droite | style
        return FormeDeColonne(
            place,
            self.classeur.format(nom, **autour),
            self.classeur.format("texte", **autour),
            vide=True,
        )

    def _lignes(
        self,
        colonnes: Sequence[Sequence[object]],
        cases: Sequence[FormeDeColonne],
        gras: bool = False,
    ) -> None:
        hauteurs = self._hauteurs(colonnes, gras)
        self.classeur.ecrire_lignes(self.feuille, self.rang, colonnes, cases, hauteurs)
        self.rang += len(hauteurs)

    def _hauteurs(self, colonnes: Sequence[Sequence[object]], gras: bool = False) -> list[float]:
        """That of each row, as high as its longest text, in points: not every program makes it fit
        by itself."""
        serre = LETTRES_GRASSES if gras else LETTRES
        hautes = []
        for valeurs, colonne in zip(colonnes, self.colonnes, strict=True):
            largeur = colonne.caracteres * serre
            longs = [v for v in set(valeurs) if isinstance(v, str) and len(v) >= largeur]
            if longs:
                lus: dict[object, int] = {mot: _lignes(mot, largeur) for mot in longs}
                hautes.append(map(lus.get, valeurs, repeat(1)))
        une = repeat(1, len(colonnes[0]))
        return [HAUTEUR * lignes + MARGE for lignes in map(max, une, repeat(1), *hautes)]

    # A chart

    def dessiner(self, g: Graphique, *, premiere: int, noms: str, valeurs: str) -> None:
        """A native bar chart of a table above, from its row ``premiere``.

        Its alternative text says what it shows. ``noms`` and ``valeurs`` name the columns drawn.
        """
        derniere = premiere + len(g.points) - 1
        feuille = self.feuille.get_name()
        place_des_noms = self.place(noms)
        place_des_valeurs = self.place(valeurs)
        graphique = self.classeur.xlsx.add_chart({"type": "bar"})
        graphique.add_series(
            {
                "name": g.titre,
                "fill": {"color": BLEU},
                "gap": 60,
                "data_labels": {"value": True},
                "categories": [feuille, premiere, place_des_noms, derniere, place_des_noms],
                "categories_data": [x.nom for x in g.points],
                "values": [feuille, premiere, place_des_valeurs, derniere, place_des_valeurs],
                "values_data": [x.valeur for x in g.points],
            }
        )
        graphique.set_title({"name": g.titre, "name_font": {"size": 12, "color": BLEU}})
        graphique.set_legend({"none": True})
        graphique.set_y_axis({"reverse": True, "num_font": {"size": 9}, "line": {"color": TRAIT}})
        graphique.set_x_axis(_axe_des_valeurs(g))
        hauteur = 120 + 24 * len(g.points)
        graphique.set_size({"width": 860, "height": hauteur})
        self.feuille.insert_chart(
            self.rang, 0, graphique, {"description": g.description, "object_position": 2}
        )
        self.rang += hauteur // PIXELS_PAR_LIGNE + 2

    def place(self, nom: str) -> int:
        """Where the column of that name stands, from 0."""
        return [c.nom for c in self.colonnes].index(nom)


def _axe_des_valeurs(g: Graphique) -> dict[str, object]:
    axe: dict[str, object] = {
        "min": 0,
        "num_format": "0",
        "num_font": {"size": 9},
        "major_unit": max(1, round(g.maximum / 8)),
        "major_gridlines": {"visible": True, "line": {"color": CLAIR}},
    }
    if g.est_taux:
        axe |= {"max": 100, "major_unit": 20}
    return axe


@functools.lru_cache(maxsize=20_000)
def _lignes(texte: str, largeur: float) -> int:
    """On how many lines a wrapped text as long as that stands, about."""
    lignes = 1
    place = largeur
    for mot in texte.split():
        if len(mot) > place and place < largeur:
            lignes += 1
            place = largeur
        place -= len(mot) + 1
    return lignes
