"""Sheets made to be read and printed: titles, tables, a chart, A4 landscape. A plain list is
``Classeur.tableau``.

Written row after row, so that the memory stays the same whatever the number of lines.
"""

import functools
from collections.abc import Iterable, Sequence

from app.echanges.formats.ecriture import LIGNES_MAXIMALES, Classeur, Colonne, TropDeLignes
from app.indicateurs.graphiques import Graphique

BLEU, TRAIT, CLAIR, FOND = "#1F4E79", "#BFBFBF", "#E5E5E5", "#DDE6F0"
A4 = 9
HAUTEUR, MARGE, LETTRES, LETTRES_GRASSES = 13.0, 2.5, 1.2, 1.05
"""Points of a line of text, and around it; letters in the width of a figure, about."""
PIXELS_PAR_LIGNE = 20
"""Of a row that nothing fills."""
CORPS = {"font_size": 10, "text_wrap": True, "border": 1, "border_color": TRAIT}

NOMBRES = ("entier", "decimal", "nombre", "taux")


class Page:
    """A sheet one page wide; rows are added downwards."""

    def __init__(
        self,
        classeur: Classeur,
        nom: str,
        colonnes: Sequence[Colonne],
        *,
        entete: str,
        sur_une_page: bool = False,
    ):
        self.classeur, self.nom, self.colonnes, self.rang = classeur, nom, colonnes, 0
        self.feuille = feuille = classeur.onglet(nom)
        self.coupures: list[int] = []
        for place, colonne in enumerate(colonnes):
            feuille.set_column(place, place, colonne.place)
        feuille.set_landscape()
        feuille.set_paper(A4)
        feuille.fit_to_pages(1, 1 if sur_une_page else 0)
        feuille.set_margins(left=0.3, right=0.3, top=0.7, bottom=0.6)
        feuille.set_header(f"&L&9{_sans_code(entete)}&R&9{_sans_code(nom)}")
        feuille.set_footer("&L&9Données confidentielles&R&9Page &P sur &N")
        feuille.hide_gridlines(2)

    def sauter(self) -> None:
        self.rang += 1

    def nouvelle_page(self) -> None:
        self.sauter()
        self.coupures.append(self.rang)
        self.feuille.set_h_pagebreaks(self.coupures)

    def titre(self, texte: str, taille: int = 16) -> None:
        self.feuille.set_row(self.rang, taille * 1.5)
        self._ecrire(0, texte, "texte", bold=True, font_size=taille, font_color=BLEU)
        self.rang += 1

    def phrase(self, texte: str) -> None:
        """A line of text that runs over the columns."""
        self._ecrire(0, texte, "texte", italic=True, font_size=10)
        self.rang += 1

    def renseignement(self, libelle: str, valeur: str) -> None:
        self._ecrire(0, libelle, "texte", bold=True, font_size=10, font_color=BLEU)
        self._ecrire(1, valeur, "texte", font_size=10)
        self.rang += 1

    def bande(self, texte: str) -> None:
        """A heading inside a table."""
        style = {"bold": True, "text_wrap": False, "font_color": BLEU, "bg_color": FOND}
        self.ligne(
            [texte, *[""] * (len(self.colonnes) - 1)], ["texte"] * len(self.colonnes), **style
        )

    def entetes(self, colonnes_figees: int) -> None:
        """The headings: kept in view, and repeated on each printed page."""
        self._hauteur([c.titre for c in self.colonnes], gras=True)
        for place, colonne in enumerate(self.colonnes):
            self.feuille.write_string(
                self.rang, place, colonne.titre, self.classeur.format("titre", font_size=10)
            )
        self.feuille.freeze_panes(self.rang + 1, colonnes_figees)
        self.feuille.repeat_rows(self.rang)
        self.rang += 1

    def ligne(
        self, valeurs: Sequence, formats: Sequence[str], *, retrait: int = 0, **style
    ) -> None:
        """A row under the headings, with formats of its own; ``retrait`` of the second cell."""
        autour = [
            {"indent": retrait, "align": "left"} if retrait and place == 1 else {}
            for place in range(len(formats))
        ]
        cellules = [
            self._cellule(nom, **{**style, **autre})
            for nom, autre in zip(formats, autour, strict=True)
        ]
        self._ligne(valeurs, cellules, gras=style.get("bold", False))

    def tableau(self, lignes: Iterable, *, colonnes_figees: int = 1) -> int:
        """A whole list under its headings, with a filter; returns the number of rows."""
        depart = self.rang
        self.entetes(colonnes_figees)
        lire, cellules = (
            [c.valeur for c in self.colonnes],
            [self._cellule(c.format) for c in self.colonnes],
        )
        for objet in lignes:
            if self.rang >= LIGNES_MAXIMALES:
                raise TropDeLignes(
                    f"La feuille « {self.nom} » dépasserait le million de lignes d’Excel."
                )
            self._ligne([valeur(objet) for valeur in lire], cellules)
        self.feuille.autofilter(depart, 0, max(self.rang - 1, depart + 1), len(self.colonnes) - 1)
        return self.rang - depart - 1

    def _cellule(self, nom: str, **style) -> tuple:
        """The formats of a cell: of its value, of words instead (« sans objet » stands where the
        number would)."""
        droite = {"align": "right"} if nom in NOMBRES else {}
        return self.classeur.format(nom, **CORPS | droite | style), self.classeur.format(
            "texte", **CORPS | droite | style
        )

    def _ligne(self, valeurs: Sequence, cellules: Sequence[tuple], gras: bool = False) -> None:
        self._hauteur(valeurs, gras)
        for place, (valeur, (format_, mots)) in enumerate(zip(valeurs, cellules, strict=True)):
            if valeur is None or valeur == "":
                self.feuille.write_blank(self.rang, place, None, mots)
            else:
                self.classeur.ecrire(
                    self.feuille,
                    self.rang,
                    place,
                    valeur,
                    mots if isinstance(valeur, str | bool) else format_,
                )
        self.rang += 1

    def dessiner(self, g: Graphique, *, place: int, premiere: int) -> None:
        """A native bar chart of a column of a table above; its alternative text says what it shows."""
        derniere, valeurs = premiere + len(g.points) - 1, [x.valeur for x in g.points]
        graphique = self.classeur.xlsx.add_chart({"type": "bar"})
        graphique.add_series(
            {
                "name": g.titre,
                "fill": {"color": BLEU},
                "gap": 60,
                "data_labels": {"value": True},
                "categories": [self.nom, premiere, 0, derniere, 0],
                "categories_data": [x.nom for x in g.points],
                "values": [self.nom, premiere, place, derniere, place],
                "values_data": valeurs,
            }
        )
        graphique.set_title({"name": g.titre, "name_font": {"size": 12, "color": BLEU}})
        graphique.set_legend({"none": True})
        graphique.set_y_axis({"reverse": True, "num_font": {"size": 9}, "line": {"color": TRAIT}})
        graphique.set_x_axis(
            {
                "min": 0,
                **({"max": 100} if g.est_taux else {}),
                "num_format": "0",
                "num_font": {"size": 9},
                "major_unit": max(1, round(g.maximum / 8)) if not g.est_taux else 20,
                "major_gridlines": {"visible": True, "line": {"color": CLAIR}},
            }
        )
        hauteur = 120 + 24 * len(g.points)
        graphique.set_size({"width": 860, "height": hauteur})
        self.feuille.insert_chart(
            self.rang, 0, graphique, {"description": g.description, "object_position": 2}
        )
        self.rang += hauteur // PIXELS_PAR_LIGNE + 2

    def _ecrire(self, place: int, valeur, nom: str, **style) -> None:
        self.classeur.ecrire(
            self.feuille, self.rang, place, valeur, self.classeur.format(nom, **style)
        )

    def _hauteur(self, valeurs: Sequence, gras: bool = False) -> None:
        """A row as high as its longest text: what nobody types is not made to fit by every program."""
        serre = LETTRES_GRASSES if gras else LETTRES
        lignes = max(
            (
                _lignes(v, c.place * serre)
                for v, c in zip(valeurs, self.colonnes, strict=True)
                if isinstance(v, str)
            ),
            default=1,
        )
        self.feuille.set_row(self.rang, HAUTEUR * lignes + MARGE)


@functools.lru_cache(maxsize=20_000)
def _lignes(texte: str, largeur: float) -> int:
    """On how many lines a wrapped text stands, about."""
    if len(texte) < largeur:
        return 1
    lignes, place = 1, largeur
    for mot in texte.split():
        if len(mot) > place and place < largeur:
            lignes, place = lignes + 1, largeur
        place -= len(mot) + 1
    return lignes


def _sans_code(texte: str) -> str:
    """In a header of Excel, « & » announces a code."""
    return texte.replace("&", "&&")
