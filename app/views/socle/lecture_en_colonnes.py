"""The rows of a list and of its export, read column by column: no record is made an object.

SQLAlchemy builds records one by one: half of the time of an export, a fifth of that of a page. Here
rows are read as tuples, then each column is put into words at once (``Propriete``); a word that
comes back is put only once.

What a screen computes comes from its ``calculer``, for the list and for the file. Columns that need
the record itself (a Python property, the record behind a relationship) say so: records are then
read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Row, Select, any_, bindparam, inspect, select
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


Mots = Sequence[MotsDeColonne | None]
"""Of each column; None: its values are cells already."""


class LectureEnColonnes:
    """Reads rows of a screen as the cells of these columns; ``autres``: what else is read."""

    def __init__(
        self,
        vue,
        colonnes: Sequence[ColonneExportee],
        autres: Sequence[InstrumentedAttribute[Any]] = (),
    ):
        self.vue = vue
        self.colonnes = colonnes
        self.cle = getattr(vue.modele, inspect(vue.modele).primary_key[0].key)
        self.calcule = any(c.calculee >= 0 for c in colonnes)
        lues = [self.cle, *autres]
        if self.calcule:
            lues += [getattr(vue.modele, nom) for nom in vue.calculees_de]
        lues += [source for c in colonnes for source in c.sources]
        uniques = {str(source): source for source in lues}
        self.places = {nom: place for place, nom in enumerate(uniques)}
        self.requete = self._requete([*uniques.values()])

    def _requete(self, lues: Sequence[InstrumentedAttribute[Any]]) -> Select[Any]:
        """Of all the rows that the person sees."""
        requete = select(*lues)
        if any(c.joindre for c in self.colonnes):
            requete = requete.select_from(self.vue.modele).outerjoin(
                Jeune, self.vue.modele.jeune_id == Jeune.id
            )
        return requete

    def mots(self) -> Mots:
        """What puts the values into words, kept as long as rows are read one after another."""
        return [None if c.dire is None else MotsDeColonne(c.dire) for c in self.colonnes]

    def valeurs_de(self, source: InstrumentedAttribute[Any], valeurs: Sequence[Valeurs]) -> Valeurs:
        """Those of one column, among those of all that were read."""
        return valeurs[self.places[str(source)]]

    def cellules(
        self, lignes: Sequence[Row[Any]], valeurs: Sequence[Valeurs], mots: Mots
    ) -> Sequence[Sequence[object]]:
        """The cells of each of these rows; ``valeurs``: the same, column by column."""
        calculees: Sequence[Valeurs] = []
        if self.calcule:
            calculees = [*zip(*self.vue.calculer(lignes), strict=True)]
        return [*zip(*self._par_colonne(valeurs, calculees, mots), strict=True)]

    def _par_colonne(
        self, valeurs: Sequence[Valeurs], calculees: Sequence[Valeurs], mots: Mots
    ) -> Iterator[Valeurs]:
        for colonne, siens in zip(self.colonnes, mots, strict=True):
            if colonne.calculee >= 0:
                lues = calculees[colonne.calculee]
            else:
                sources = [self.valeurs_de(source, valeurs) for source in colonne.sources]
                lues = colonne.joindre(*sources) if colonne.joindre else sources[0]
            yield lues if siens is None else siens.de(lues)


class LectureDesExports:
    """Reads batches of rows for an export, by their keys; ``jeune``: what tells their youths."""

    def __init__(
        self, vue, colonnes: Sequence[ColonneExportee], jeune: InstrumentedAttribute[Any] | None
    ):
        self.lecture = LectureEnColonnes(vue, colonnes, [] if jeune is None else [jeune])
        self.jeune = jeune
        self.mots = self.lecture.mots()
        cle = inspect(vue.modele).primary_key[0]
        celles_ci = cle == any_(bindparam("cles", type_=ARRAY(cle.type)))
        self.requete = self.lecture.requete.where(celles_ci)

    def lot(self, cles: Sequence[Any]) -> LignesExportees:
        """Those of these keys that are still there, in their order."""
        lues = {ligne[0]: ligne for ligne in db.session.execute(self.requete, {"cles": cles}).all()}
        lignes = [lues[cle] for cle in cles if cle in lues]
        if not lignes:
            return LignesExportees([], [])
        valeurs = [*zip(*lignes, strict=True)]
        jeunes: Valeurs = [None] * len(lignes)
        if self.jeune is not None:
            jeunes = self.lecture.valeurs_de(self.jeune, valeurs)
        return LignesExportees(jeunes, self.lecture.cellules(lignes, valeurs, self.mots))
