"""The rows of a page of a list: which ones, in which order, how many in all, what their cells say.

One statement tells the page and its count. Its cells are read column by column, like those of an
export (``lecture_en_colonnes``); from records when a column needs its record, or when the screen
finds or reads them in its own way.
"""

from __future__ import annotations  # a screen has a route ``list``, which hides the type

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder import ModelView
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    any_,
    bindparam,
    column,
    func,
    inspect,
    literal_column,
    select,
    table,
)
from sqlalchemy.orm import InstrumentedAttribute

from app import acces
from app.extensions import db
from app.models import Jeune
from app.models.jeune import nom_complet
from app.regles.age import aujourd_hui
from app.views.socle import filtres
from app.views.socle.affichage import Propriete
from app.views.socle.compteur import EXACT_JUSQUE
from app.views.socle.fiche import base_de
from app.views.socle.lecture_en_colonnes import (
    ColonneExportee,
    LectureEnColonnes,
    colonne_exportee,
)
from app.views.socle.ordre_prepare import OrdrePrepare, est_convertie

_COMPTEES: ColumnElement[int] = literal_column(str(EXACT_JUSQUE + 1))
"""Written in the statement: of a limit that it does not see, the planner thinks a tenth of all."""
_ENSEMBLE = ("ensemble",)
OUVERTURES = 32
"""Statements of a screen kept written, for orders and MDS that differ."""
_APPEL: tuple[InstrumentedAttribute[Any], ...] = (Jeune.telephone, Jeune.prenom, Jeune.nom)
Appels = Mapping[object, tuple[str, str]]
"""Key → whom to call, (number, name)."""


@dataclass(frozen=True)
class LignesLues:
    """The rows of a page, read."""

    nombre: int
    """How many records there are in all, 1,001 at most."""
    cles: Sequence[Any] = ()
    cellules: Sequence[Sequence[Any]] = ()
    """Of each row, what its columns say, as HTML."""
    jeunes: Sequence[int | None] = ()
    """The youth of each row, where the list names one beyond its first column."""
    appels: Appels = field(default_factory=dict)


@dataclass(frozen=True)
class PageEnColonnes:
    """How a page of these columns is read, without its records: written once for a screen."""

    lecture: LectureEnColonnes
    requete: Select[Any]
    jeune: InstrumentedAttribute[Any] | None
    appelle: bool
    est_brute: bool
    """What the driver gives is what the columns hold."""


class PagesDeListe(ModelView):
    """How the rows of a list are found and read; mixed into ``VueTandem``."""

    def requete(self, demande: filtres.DemandeDeListe):
        """The numbers of the records asked for, filtered; sorted by ``trier``."""
        requete = select(inspect(self.modele).primary_key[0])
        requete = requete.where(*acces.mds_permises(self.modele), *self.toujours)
        return demande.restreindre(self.filtrer_de_base(requete))

    def compter(self, demande: filtres.DemandeDeListe) -> int:
        """Exact up to 1 000, then 1 001."""
        return db.session.scalar(
            select(func.count()).select_from(
                self.requete(demande).limit(EXACT_JUSQUE + 1).subquery()
            )
        )

    def page(self, demande: filtres.DemandeDeListe) -> tuple[int, list]:
        """How many records (1 001 for more than that) and the numbers of those of the page.

        Found at once: a search that had to be counted apart would read every name twice.
        """
        depart = (demande.page - 1) * demande.taille
        triee = self.trier(self.requete(demande), demande.tri)
        if depart + demande.taille > EXACT_JUSQUE + 1:
            cles = db.session.scalars(triee.limit(demande.taille).offset(depart)).all()
            # A page after the last one, of an old address, says nothing of how many there are.
            return EXACT_JUSQUE + 1 if cles else self.compter(demande), cles
        # As one array: a thousand rows would each be made an object, to be counted.
        trouvees = triee.limit(EXACT_JUSQUE + 1).subquery()
        cles = db.session.scalar(select(func.array_agg(trouvees.c[0]))) or []
        return len(cles), cles[depart : depart + demande.taille]

    def lire_la_page(
        self, demande: filtres.DemandeDeListe, colonnes: Sequence[Propriete]
    ) -> LignesLues:
        """The rows of the page asked for: one statement, unless it lies beyond what is counted, or
        the screen has its own way to find or read them."""
        depart = (demande.page - 1) * demande.taille
        usuelle = type(self).page is PagesDeListe.page and not self.lit_a_sa_facon()
        if usuelle and depart + demande.taille <= EXACT_JUSQUE + 1:
            bornes = {"premiere": depart + 1, "derniere": depart + demande.taille}
            en_colonnes = self._page_en_colonnes(colonnes)
            if en_colonnes is not None:
                lues = self._lire_les_colonnes(en_colonnes, demande, bornes)
                if lues:
                    return self._dire_les_colonnes(en_colonnes, lues)
            else:
                requete = self._avec_les_cles(self._fiches_de_l_ensemble(), demande)
                lues = db.session.execute(requete, bornes).all()
                if lues:
                    fiches = self._completer([fiche for fiche, *_ in lues])
                    return self._dire_les_fiches(lues[0].nombre, fiches, colonnes)
            if not depart:
                return LignesLues(0)
        nombre, cles = self.page(demande)
        return self._dire_les_fiches(nombre, self.lignes(cles), colonnes)

    def _lire_les_colonnes(
        self, page: PageEnColonnes, demande: filtres.DemandeDeListe, bornes: dict[str, int]
    ) -> Sequence[Row[Any]]:
        """The rows of the page in their order, each with how many there are, 1,001 at most."""
        la_meme_pour_tous = not self.base_filters and type(self).requete is PagesDeListe.requete
        if la_meme_pour_tous and page.est_brute and not (demande.conditions or demande.filtres):
            return self._sans_filtre(page.requete, demande).lire(**bornes)
        return db.session.execute(self._avec_les_cles(page.requete, demande), bornes).all()

    def _sans_filtre(self, requete: Select[Any], demande: filtres.DemandeDeListe) -> OrdrePrepare:
        """As a list opens: written once a day for those who read the same MDS."""
        cle = (requete, demande.tri, acces.mds_lues(self.modele), aujourd_hui())
        if cle not in self._ouvertures:
            if len(self._ouvertures) == OUVERTURES:
                self._ouvertures.clear()
            self._ouvertures[cle] = OrdrePrepare.de(self._avec_les_cles(requete, demande))
        return self._ouvertures[cle]

    def _avec_les_cles(self, requete: Select[Any], demande: filtres.DemandeDeListe) -> Select[Any]:
        """With what « ensemble » is, the keys of all that is asked for: as one array, since a
        thousand rows would each be made an object, to be counted."""
        cle = inspect(self.modele).primary_key[0]
        triee = self.trier(self.requete(demande), demande.tri)
        trouvees = triee.limit(_COMPTEES).subquery("trouvees")
        numero: ColumnElement[Any] = literal_column(f"trouvees.{cle.name}")
        cles = func.array_agg(numero, type_=ARRAY(cle.type))
        return requete.add_cte(select(cles.label("cles")).select_from(trouvees).cte("ensemble"))

    def _de_l_ensemble(self, requete: Select[Any]) -> Select[Any]:
        """The same select, of the keys « premiere » to « derniere » of « ensemble », in their
        order, each with how many keys there are."""
        cle = inspect(self.modele).primary_key[0]
        ensemble = table("ensemble", column("cles", ARRAY(cle.type)))
        cles = select(ensemble.c.cles).scalar_subquery()
        page = cles[_borne("premiere") : _borne("derniere")]
        return (
            requete.add_columns(func.cardinality(cles).label("nombre"))
            .where(cle == any_(page))
            .order_by(func.array_position(cles, cle))
        )

    # Column by column

    def _page_en_colonnes(self, colonnes: Sequence[Propriete]) -> PageEnColonnes | None:
        """Written once for the same columns; None when they cannot be read without the records."""
        d_un_jeune = _nomme_un_jeune(colonnes)
        appelle = bool(d_un_jeune and base_de("jeune", acces.perimetre()))
        noms = (*(c.nom for c in colonnes), "appelle" if appelle else "")
        if noms not in self._pages:
            self._pages[noms] = self._ecrire_la_page(colonnes, d_un_jeune, appelle)
        return self._pages[noms]

    def _ecrire_la_page(
        self, colonnes: Sequence[Propriete], d_un_jeune: bool, appelle: bool
    ) -> PageEnColonnes | None:
        siens = self.modele is Jeune
        if "telephone" in inspect(self.modele).columns and not siens:
            return None  # whom to call is told by the record
        if (siens or d_un_jeune) and type(self).cachees is not PagesDeListe.cachees:
            return None
        exportees = [self._en_cellule(c) for c in colonnes]
        connues = [exportee for exportee in exportees if exportee is not None]
        if len(connues) != len(exportees):
            return None
        jeune = self.modele.jeune_id if d_un_jeune else None
        autres = [] if jeune is None else [jeune]
        if siens or appelle:
            autres += _APPEL
        lecture = LectureEnColonnes(self, connues, autres)
        return PageEnColonnes(
            lecture,
            self._de_l_ensemble(lecture.requete),
            jeune,
            appelle=siens or appelle,
            est_brute=not any(map(est_convertie, lecture.requete.selected_columns)),
        )

    def _en_cellule(self, colonne: Propriete) -> ColonneExportee | None:
        if colonne.pastille is not None:
            return ColonneExportee(colonne.pastille, (getattr(self.modele, colonne.nom),))
        return colonne_exportee(self, colonne, colonne.en_cellule)

    def _dire_les_colonnes(self, page: PageEnColonnes, lues: Sequence[Row[Any]]) -> LignesLues:
        lecture = page.lecture
        valeurs = [*zip(*lues, strict=True)]
        cles = lecture.valeurs_de(lecture.cle, valeurs)
        jeunes: Sequence[int | None] = ()
        if page.jeune is not None:
            jeunes = lecture.valeurs_de(page.jeune, valeurs)
        appels = {}
        if page.appelle:
            personnes = zip(cles, *(lecture.valeurs_de(c, valeurs) for c in _APPEL), strict=True)
            appels = {
                cle: (numero, nom_complet(prenom, nom))
                for cle, numero, prenom, nom in personnes
                if numero
            }
        return LignesLues(
            lues[0].nombre, cles, lecture.cellules(lues, valeurs, lecture.mots()), jeunes, appels
        )

    # Record by record

    def _fiches_de_l_ensemble(self) -> Select[Any]:
        """Written once."""
        if _ENSEMBLE not in self._lectures:
            fiches = select(self.modele).options(
                *self._options(map(self.propriete, self.list_columns))
            )
            self._lectures[_ENSEMBLE] = self._de_l_ensemble(fiches)
        return self._lectures[_ENSEMBLE]

    def _dire_les_fiches(
        self, nombre: int, fiches: Sequence[Any], colonnes: Sequence[Propriete]
    ) -> LignesLues:
        jeunes = []
        if _nomme_un_jeune(colonnes):
            jeunes = [fiche.jeune_id for fiche in fiches]
        return LignesLues(
            nombre,
            [self.cle(fiche) for fiche in fiches],
            [[c.cellule(fiche) for c in colonnes] for fiche in fiches],
            jeunes,
            self._appels(fiches, colonnes),
        )

    def lignes(self, cles: list, colonnes: Iterable[Propriete] | None = None) -> list:
        """The records of these numbers, in this order, with what ``colonnes`` need.

        By default those of the list. A deep page reads only its own rows.
        """
        if not cles:
            return []
        cle = inspect(self.modele).primary_key[0]
        voulues = self._fiches_de_ces_cles(colonnes or map(self.propriete, self.list_columns))
        trouvees = db.session.scalars(voulues, {"cles": list(cles)})
        lues = {getattr(f, cle.key): f for f in trouvees}
        return self._completer([lues[c] for c in cles if c in lues])

    def _completer(self, fiches: list[Any]) -> list[Any]:
        """The same records, with what no column holds."""
        if self.calculees and fiches:
            for fiche, valeurs in zip(fiches, self.calculer(fiches), strict=True):
                for nom, valeur in zip(self.calculees, valeurs, strict=True):
                    setattr(fiche, nom, valeur)
        return fiches

    def _fiches_de_ces_cles(self, colonnes: Iterable[Propriete]) -> Select:
        """The statement that reads the records of the keys « cles », with what ``colonnes`` need.

        Written once for the same columns. One array, not a parameter a record: it is the same for a
        page and an export.
        """
        proprietes = [*colonnes]
        noms = tuple(p.nom for p in proprietes)
        if noms not in self._lectures:
            cle = inspect(self.modele).primary_key[0]
            voulues = select(self.modele).where(
                cle == any_(bindparam("cles", type_=ARRAY(cle.type)))
            )
            self._lectures[noms] = voulues.options(*self._options(proprietes))
        return self._lectures[noms]

    def calculer(self, fiches: Sequence[Any]) -> Iterable[tuple]:
        """For each of these rows, what ``calculees`` names.

        They are records for the list, and lines of ``calculees_de`` for an export.
        """
        raise NotImplementedError

    def lit_a_sa_facon(self) -> bool:
        """The screen has overridden how its rows are read: an export reads them so."""
        return type(self).lignes is not PagesDeListe.lignes

    def _appels(self, fiches, colonnes: Sequence[Propriete]) -> Appels:
        d_un_jeune = _nomme_un_jeune(colonnes)
        if d_un_jeune and not base_de("jeune", acces.perimetre()):
            return {}
        appels = {self.cle(f): self._appel(f, d_un_jeune=d_un_jeune) for f in fiches}
        return {cle: appel for cle, appel in appels.items() if appel}

    def _appel(self, fiche, *, d_un_jeune: bool) -> tuple[str, str] | None:
        """Whom to call from the list, (number, name): the youth of the row, or its own person."""
        personne = fiche.jeune if d_un_jeune else fiche
        numero = getattr(personne, "telephone", None)
        if not numero or "telephone" in self.cachees(fiche):
            return None
        return numero, str(personne)

    def cachees(self, fiche) -> set[str]:
        """The columns of a record that the person may not read."""
        return set()


def _borne(nom: str) -> BindParameter[int]:
    return bindparam(nom, type_=Integer, required=False)


def _nomme_un_jeune(colonnes: Sequence[Propriete]) -> bool:
    return any(colonne.relation == "jeune" for colonne in colonnes)
