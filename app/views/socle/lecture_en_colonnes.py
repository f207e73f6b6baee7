"""The rows of an export, read column by column: no record is made an object.

A list shows records, which SQLAlchemy builds one by one: half of the time of an export. Here a
batch of rows is read as tuples, then each column is put into words at once, by what puts the cells
of the list into words (``Propriete``); a word that comes back is put only once.

What a screen computes comes from its ``calculer``, for the list and for the file. Columns that need
the record itself (a Python property, the record behind a relationship) say so: the export then
reads records.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Column, Select, any_, bindparam, inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db
from app.models import LISTES, Jeune
from app.models.jeune import nom_complet
from app.views.socle.affichage import Propriete, cible_de, elements, nom_mds, numeros_de

VALEURS_RETENUES = 5_000
"""Of a column, put into words once."""
Valeurs = Sequence[Any]
"""Of one column, a value a row."""


class LignesExportees(NamedTuple):
    """Rows of an export: the youth of each, if any, and its cells."""

    jeunes: Sequence[int | None]
    lignes: Sequence[Sequence[object]]


class MotsDeColonne(dict[Any, object]):
    """What a function gives of values that come back: asked for once."""

    def __init__(self, dire: Callable[[Any], object]):
        super().__init__()
        self.dire = dire

    def __missing__(self, valeur: Any) -> object:
        if len(self) == VALEURS_RETENUES:
            self.clear()
        dite = self[valeur] = self.dire(valeur)
        return dite

    def de(self, valeurs: Valeurs) -> list[object]:
        """Of each; what cannot be kept (a list of numbers) is asked for each time."""
        try:
            return [*map(self.__getitem__, valeurs)]
        except TypeError:
            return [*map(self.dire, valeurs)]


@dataclass(frozen=True)
class ColonneExportee:
    """Where the cells of a column come from: its place among what ``calculer`` gives, or columns
    of the base."""

    dire: Callable[[Any], object] | None
    """How a value becomes a cell; None: it is one already."""
    sources: tuple[InstrumentedAttribute[Any], ...] = ()
    joindre: Callable[[Valeurs, Valeurs], Valeurs] | None = None
    """Of two columns that make one."""
    calculee: int = -1


def colonne_exportee(
    vue, prop: Propriete, dire: Callable[[Any], object] | None
) -> ColonneExportee | None:
    """How ``prop`` is read without its record; None when it cannot be.

    ``dire`` makes a cell of what ``prop.lire`` gives.
    """
    if prop.nom in vue.calculees:
        return ColonneExportee(dire, calculee=vue.calculees.index(prop.nom))
    colonne = prop.colonne
    if colonne is None or "." in prop.nom or numeros_de(colonne):
        return None
    source = getattr(vue.modele, prop.nom)
    if prop.relation == "jeune":
        return ColonneExportee(dire, (Jeune.prenom, Jeune.nom), _noms)
    if cible_de(colonne) == "mds":
        return ColonneExportee(_apres(nom_mds, dire), (source,))
    if prop.relation is None:
        return ColonneExportee(dire, (source,))
    liste = cible_de(colonne)
    if liste not in LISTES:
        return None
    return ColonneExportee(_apres(_libelle_de(liste), dire), (source,))


def _noms(prenoms: Valeurs, noms: Valeurs) -> Valeurs:
    return [
        None if nom is None else nom_complet(prenom, nom)
        for prenom, nom in zip(prenoms, noms, strict=True)
    ]


def _libelle_de(liste: str) -> Callable[[str | None], str | None]:
    def libelle(code: str | None) -> str | None:
        return None if code is None else elements(liste)[liste][code].libelle

    return libelle


def _apres(
    lire: Callable[[Any], Any], dire: Callable[[Any], object] | None
) -> Callable[[Any], object]:
    return lire if dire is None else lambda valeur: dire(lire(valeur))


class LectureEnColonnes:
    """Reads the rows of some keys of a screen, as the cells of these columns."""

    def __init__(self, vue, colonnes: Sequence[ColonneExportee], jeune: str | None):
        self.vue = vue
        self.colonnes = colonnes
        self.mots = [None if c.dire is None else MotsDeColonne(c.dire) for c in colonnes]
        cle = inspect(vue.modele).primary_key[0]
        noms = [cle.key]
        if jeune is not None:
            noms.append(jeune)
        if any(c.calculee >= 0 for c in colonnes):
            noms += vue.calculees_de
        lues = [getattr(vue.modele, nom) for nom in noms]
        lues += [source for c in colonnes for source in c.sources]
        uniques = {str(source): source for source in lues}
        self.places = {nom: place for place, nom in enumerate(uniques)}
        self.place_du_jeune = self.places[str(lues[1])] if jeune is not None else None
        self.requete = self._requete(cle, [*uniques.values()])

    def _requete(self, cle: Column[Any], lues: Sequence[InstrumentedAttribute[Any]]) -> Select[Any]:
        requete = select(*lues).where(cle == any_(bindparam("cles", type_=ARRAY(cle.type))))
        if any(c.joindre for c in self.colonnes):
            requete = requete.select_from(self.vue.modele).outerjoin(
                Jeune, self.vue.modele.jeune_id == Jeune.id
            )
        return requete

    def lot(self, cles: Sequence[Any]) -> LignesExportees:
        """Those of these keys that are still there, in their order."""
        lues = {ligne[0]: ligne for ligne in db.session.execute(self.requete, {"cles": cles}).all()}
        lignes = [lues[cle] for cle in cles if cle in lues]
        if not lignes:
            return LignesExportees([], [])
        colonnes = [*zip(*lignes, strict=True)]
        calculees: Sequence[Valeurs] = []
        if any(c.calculee >= 0 for c in self.colonnes):
            calculees = [*zip(*self.vue.calculer(lignes), strict=True)]
        jeunes: Valeurs = [None] * len(lignes)
        if self.place_du_jeune is not None:
            jeunes = colonnes[self.place_du_jeune]
        return LignesExportees(jeunes, [*zip(*self._cellules(colonnes, calculees), strict=True)])

    def _cellules(self, lues: Sequence[Valeurs], calculees: Sequence[Valeurs]) -> Iterator[Valeurs]:
        for colonne, mots in zip(self.colonnes, self.mots, strict=True):
            if colonne.calculee >= 0:
                valeurs = calculees[colonne.calculee]
            else:
                sources = [lues[self.places[str(source)]] for source in colonne.sources]
                valeurs = colonne.joindre(*sources) if colonne.joindre else sources[0]
            yield valeurs if mots is None else mots.de(valeurs)
