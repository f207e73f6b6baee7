"""The rows of a list as HTML: what a column repeats is written once, not once a row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.views.socle.affichage import TIRET, Propriete

SANS_VALEUR = (TIRET, "–")
"""What a list shows of a column that says nothing of a record."""


@dataclass(frozen=True)
class LigneDeListe:
    """A row: its first cell, which leads to the record, then the others in their tags.

    ``seconde``: what the second one says, where both make one name.
    """

    cle: object
    premiere: Markup
    seconde: Markup
    suite: Markup


@dataclass(frozen=True)
class ColonnesDeListe:
    """The columns of a list after the first one, ready to be filled."""

    noms: list[str]
    debuts: list[Markup]
    """How each of its cells begins."""
    sans_valeur: list[Markup]
    """The same for a dash, which a phone does not show."""

    @classmethod
    def de(cls, colonnes: Sequence[Propriete], en_bref: Collection[str]) -> "ColonnesDeListe":
        """``en_bref``: those that a phone shows."""
        debut = Markup('<td data-libelle="{}">')
        de_trop = Markup('<td class="de-trop" data-libelle="{}">')
        tete = cls([], [], [])
        for colonne in colonnes[1:]:
            forme = debut if colonne.nom in en_bref else de_trop
            tete.noms.append(colonne.nom)
            tete.debuts.append(forme.format(colonne.libelle))
            tete.sans_valeur.append(de_trop.format(colonne.libelle))
        return tete

    def remplir(self, cellules: Sequence[Markup], liens: dict[str, str]) -> Markup:
        """The cells of one row, but the first; ``liens``: column → where its cell leads."""
        faites = []
        for rang, cellule in enumerate(cellules[1:]):
            debut = self.sans_valeur[rang] if cellule in SANS_VALEUR else self.debuts[rang]
            montree = cellule
            if self.noms[rang] in liens:
                montree = Markup('<a href="{}">{}</a>').format(liens[self.noms[rang]], cellule)
            faites.append(f"{debut}{montree}</td>")
        return Markup("".join(faites))  # noqa: S704 – each part is escaped above
