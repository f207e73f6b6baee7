"""The bilan (M13): what a year, or the part of it that is over, has to show.

``document.py`` writes it.

The figures are those of ``app.indicateurs``; the rest is read in the scope of figures, without any
name of a youth. The number of statements is the same whatever the years, the quarters and the MDS.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, and_, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, selectinload
from werkzeug.exceptions import Forbidden

from app import acces, departement, indicateurs
from app.echanges.bilan import textes as bilan_textes
from app.echanges.tableau.mensuel import PREMIERE_ANNEE, qui
from app.extensions import db
from app.indicateurs import Periode, graphiques
from app.indicateurs.objectifs import Constat, constater
from app.models import (
    ActionCollective,
    ActionPartenariat,
    Convention,
    ConventionPartenaire,
    Frein,
    Instance,
    Mds,
    Mobilisation,
    Partenaire,
    Poste,
    TexteBilan,
)
from app.models.nomenclature import (
    GenrePartenariat,
    Logement,
    ThemeFrein,
    TypeInstance,
    TypePartenaire,
)
from app.models.partenariat import DEMARCHAGE
from app.regles.age import PARIS, ajouter_mois, aujourd_hui
from app.regles.financement import Financement, financer

RUBRIQUES = {
    "OBSTACLE": "Obstacle rencontré",
    "ESSAI": "Ce qui a été tenté",
    "SITUATION": "Situation, sans nom",
    "PARTENARIAT": "Action de partenariat",
    "ANALYSE": "Analyse et perspectives",
}
"""The sections that people write through the year."""
ANNEES = 3
SANS_THEME = "Tous freins"
ABOUTIES = ("ENTREE", "TERMINE")
"""The outcomes of a mobilisation that put a youth in the dispositif."""
DISPOSITIFS_AU_PLUS = 30
"""Those that the bilan names, the most used first."""


class BilanRefuse(ValueError):
    """This bilan cannot be made; the message is for the user."""


@dataclass(frozen=True)
class Texte:
    """A paragraph, its names struck out."""

    rubrique: str
    theme: str
    mds: str
    le: date
    recit: str


@dataclass(frozen=True)
class SuiviConvention:
    """A convention: what it is worth, what was paid, and its objectives against the figures."""

    numero: str
    operateur: str
    du: date
    au: date
    etp: Decimal
    montant_etp: Decimal
    avance_pourcent: int
    signee_le: date | None
    bilan_recu_le: date | None
    financement: Financement
    jusqu_au: date
    """The last day of the figures that its objectives are held against."""
    constats: list[Constat]

    @property
    def atteints(self) -> int:
        return sum(c.atteint is True for c in self.constats)

    @property
    def periode_des_resultats(self) -> str:
        return f"du {self.du:%d/%m/%Y} au {self.jusqu_au:%d/%m/%Y}"


@dataclass(frozen=True)
class Chiffres:
    """The figures of a bilan, each beside what it is read with."""

    annees: list[tuple[str, indicateurs.Resultats]]
    """The same part of each year, the latest last."""
    tendance: list[tuple[str, indicateurs.Resultats]]
    """Twelve months ending with each quarter: the figures that are drawn."""
    par_mds: list[tuple[str, indicateurs.Resultats]]


@dataclass(frozen=True)
class Partenariat:
    """What was done for the partnership in the period, and where youths were oriented."""

    actions: list[Row[Any]]
    """Of each kind: how many, with how many partners."""
    conventions: int
    """Those that bind a partner on the last day."""
    dispositifs: list[Row[Any]]
    """Of each dispositif: youths, mobilisations, ended, without outcome yet."""


@dataclass(frozen=True)
class Bilan:
    annee: int
    du: date
    au: date
    mds: Mds | None
    chiffres: Chiffres
    conventions: list[SuiviConvention]
    textes: list[Texte]
    freins: list[Row[Any]]
    partenaires: list[Row[Any]]
    instances: list[Row[Any]]
    postes: list[Row[Any]]
    mobilisations: int
    partenariat: "Partenariat"
    actions_collectives: int
    logements: dict[str, str]
    prepare_par: str
    prepare_le: datetime = field(default_factory=lambda: datetime.now(PARIS))

    @property
    def resultats(self) -> indicateurs.Resultats:
        """Those of the period of the bilan."""
        return self.annees[-1][1]

    @property
    def annees(self) -> list[tuple[str, indicateurs.Resultats]]:
        return self.chiffres.annees

    @property
    def tendance(self) -> list[tuple[str, indicateurs.Resultats]]:
        return self.chiffres.tendance

    @property
    def par_mds(self) -> list[tuple[str, indicateurs.Resultats]]:
        return self.chiffres.par_mds

    @property
    def territoire(self) -> str:
        return departement.courant().territoire(self.mds and self.mds.nom)

    @property
    def est_intermediaire(self) -> bool:
        return self.au < date(self.annee, 12, 31)

    @property
    def est_provisoire(self) -> bool:
        return self.prepare_le.date() <= self.au

    @property
    def titre(self) -> str:
        return f"{'Bilan intermédiaire' if self.est_intermediaire else 'Bilan'} {self.annee}"

    @property
    def periode(self) -> str:
        return f"du {self.du:%d/%m/%Y} au {self.au:%d/%m/%Y}"

    @property
    def nom_de_fichier(self) -> str:
        ou = "departement" if self.mds is None else self.mds.code
        jusqu_a = f"-au-{self.au}" if self.est_intermediaire else ""
        return f"bilan-{self.annee}{jusqu_a}-{ou}.docx"

    def textes_de(self, *rubriques: str) -> list[Texte]:
        return [t for t in self.textes if t.rubrique in rubriques]


def bornes(annee: int, au: date | None = None) -> tuple[date, date]:
    """1 January → ``au``; by default the end of the year, today when the year is running.

    Refuses a year or a day that makes no sense, and a day to come: what has not happened yet would
    be counted as « non renseigné ».
    """
    jour = aujourd_hui()
    if not PREMIERE_ANNEE <= annee <= jour.year:
        raise BilanRefuse(f"L’année va de {PREMIERE_ANNEE} à {jour.year}.")
    if au is None:
        return date(annee, 1, 1), min(date(annee, 12, 31), jour)
    if au.year != annee:
        raise BilanRefuse(
            f"Le dernier jour d’un bilan intermédiaire de {annee} est un jour de cette année."
        )
    if au > jour:
        raise BilanRefuse("Le dernier jour d’un bilan n’est pas à venir.")
    return date(annee, 1, 1), au


def verifier_droit(mds: Mds | None, acte: str = "lire") -> None:
    """Refuse (403) whoever may not have the bilan of this MDS.

    Without MDS, that of the whole Département.
    """
    numero = None if mds is None else mds.id
    if acces.contexte().acteur != acces.TOUS and not acces.perimetre().peut("bilan", acte, numero):
        ou = "du Département" if mds is None else f"de la MDS {mds.nom}"
        raise Forbidden(f"Vous n’avez pas le droit d’ouvrir le bilan {ou}.")


def preparer_bilan(annee: int, mds: Mds | None, au: date | None = None) -> Bilan:
    """All that the bilan says; refuses whoever may not have it."""
    verifier_droit(mds)
    du, au = bornes(annee, au)
    code = mds.code if mds else None
    numero = mds.id if mds else None
    chiffres = _chiffres(annee, du, au, mds)
    with acces.compter():
        return Bilan(
            annee,
            du,
            au,
            mds,
            chiffres,
            conventions=etats_des_conventions(_conventions(du, au), au, code),
            textes=_textes(du, au, numero),
            freins=_freins(du, au, numero),
            partenaires=_partenaires(du, au, numero),
            instances=_instances(du, au, numero),
            postes=_postes(du, au),
            mobilisations=_nombre(Mobilisation, Mobilisation.du.between(du, au), numero),
            partenariat=_partenariat(du, au, numero),
            actions_collectives=_nombre(ActionCollective, _collectives(du, au), numero),
            logements={ligne.code: ligne.libelle for ligne in db.session.execute(_LOGEMENTS)},
            prepare_par=qui(),
        )


_LOGEMENTS = select(Logement.code, Logement.libelle).order_by(Logement.ordre, Logement.code)


def _chiffres(annee: int, du: date, au: date, mds: Mds | None) -> Chiffres:
    """In one statement for the Département, one for the MDS, whatever their number."""
    code = mds.code if mds else None
    reculs = [n for n in range(ANNEES - 1, -1, -1) if annee - n >= PREMIERE_ANNEE]
    toutes: Sequence[Mds] = []
    if mds is None:
        toutes = db.session.scalars(select(Mds).order_by(Mds.nom)).all()
    periodes = [Periode(*_reculer(du, au, n), code) for n in reculs]
    periodes += graphiques.tendance(au, code)
    periodes += [Periode(du, au, une.code) for une in toutes]
    resultats = iter(indicateurs.calculer_ensemble(periodes))
    annees = [(str(annee - n), next(resultats)) for n in reculs]
    tendance = [(f"{r.au:%m/%Y}", r) for r in itertools.islice(resultats, graphiques.TRIMESTRES)]
    par_mds = [(une.nom, next(resultats)) for une in toutes]
    return Chiffres(annees, tendance, par_mds)


def _reculer(du: date, au: date, ans: int) -> tuple[date, date]:
    """The same part of an earlier year."""
    return du.replace(year=du.year - ans), ajouter_mois(au, -12 * ans)


# --- The convention


def _conventions(du: date, au: date) -> Sequence[Convention]:
    conventions: Sequence[Convention] = db.session.scalars(
        select(Convention)
        .where(Convention.du <= au, Convention.au >= du)
        .order_by(Convention.du, Convention.numero)
    ).all()
    return conventions


def etats_des_conventions(
    conventions: Sequence[Convention], le: date, mds: str | None = None
) -> list[SuiviConvention]:
    """THE state of each convention on a day, for the page of the convention and for every bilan.

    Its objectives are held against the figures from its first day to ``le``, or to its last day
    when it is over: an exit after that is in none. ``mds``: the figures of one MDS, beside
    objectives that are those of the whole Département.
    """
    periodes = []
    numeros = [convention.id for convention in conventions]
    for convention in conventions:
        jusqu_au = max(convention.du, min(convention.au, le))
        periodes.append(Periode(convention.du, jusqu_au, mds))
    if not periodes:
        return []
    resultats = indicateurs.calculer_ensemble(periodes)
    _relire(numeros)
    return [_suivre(c, r) for c, r in zip(conventions, resultats, strict=True)]


def _relire(numeros: Sequence[int]) -> None:
    """Fill again the conventions that the end of a calculation emptied.

    They are read together: one by one, each would cost three statements.
    """
    db.session.scalars(
        select(Convention)
        .where(Convention.id.in_(numeros))
        .options(selectinload(Convention.versements), selectinload(Convention.objectifs))
        .execution_options(populate_existing=True)
    ).all()


def _suivre(convention: Convention, resultats: indicateurs.Resultats) -> SuiviConvention:
    ordre = list(indicateurs.DEFINITIONS)
    objectifs = sorted(
        (objectif for objectif in convention.objectifs if objectif.indicateur in ordre),
        key=lambda objectif: ordre.index(objectif.indicateur),
    )
    verses = [(versement.type, versement.montant) for versement in convention.versements]
    return SuiviConvention(
        convention.numero,
        convention.operateur,
        convention.du,
        convention.au,
        convention.etp,
        convention.montant_etp,
        convention.avance_pourcent,
        convention.signee_le,
        convention.bilan_recu_le,
        financer(
            convention.etp,
            convention.montant_etp,
            convention.avance_pourcent,
            convention.du,
            convention.au,
            verses,
        ),
        resultats.au,
        [constater(o.sens, o.cible, resultats[o.indicateur]) for o in objectifs],
    )


# --- What is neither a figure of the evaluation nor a name


def _ici(
    colonne: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], mds_id: int | None
) -> ColumnElement[bool]:
    if mds_id is None:
        return true()
    return colonne == mds_id


def _textes(du: date, au: date, mds_id: int | None) -> list[Texte]:
    """Those written in the period, by theme then day; whatever names a youth is struck out."""
    lus = db.session.execute(
        select(
            TexteBilan.rubrique,
            ThemeFrein.libelle.label("theme"),
            Mds.nom.label("mds"),
            TexteBilan.le,
            TexteBilan.recit,
            TexteBilan.sans_nom,
        )
        .outerjoin(ThemeFrein, ThemeFrein.code == TexteBilan.theme_code)
        .outerjoin(Mds, Mds.id == TexteBilan.mds_id)
        .where(TexteBilan.le.between(du, au), _ici(TexteBilan.mds_id, mds_id))
        .order_by(ThemeFrein.ordre, ThemeFrein.code, TexteBilan.le, TexteBilan.id)
    ).all()
    seuls, complets = bilan_textes.noms_de_jeunes(t.recit for t in lus)
    return [
        Texte(
            t.rubrique,
            t.theme or SANS_THEME,
            t.mds or "Département",
            t.le,
            bilan_textes.retirer(t.recit, set() if t.sans_nom else seuls, complets),
        )
        for t in lus
    ]


def _freins(du: date, au: date, mds_id: int | None) -> list[Row[Any]]:
    """For each theme, the youths with a frein in the period.

    All, new, lifted, still there after it.
    """

    courants = and_(Frein.du <= au, or_(Frein.leve_le.is_(None), Frein.leve_le >= du))
    jeunes = (
        select(
            Frein.theme_code,
            func.bool_or(Frein.du.between(du, au)).label("nouveau"),
            func.bool_or(Frein.leve_le.between(du, au)).label("leve"),
            func.bool_or(or_(Frein.leve_le.is_(None), Frein.leve_le > au)).label("reste"),
        )
        .where(courants, _ici(Frein.mds_id, mds_id))
        .group_by(Frein.theme_code, Frein.jeune_id)
        .subquery()
    )
    return _lire(
        select(
            ThemeFrein.libelle.label("theme"),
            func.count().label("concernes"),
            func.count().filter(jeunes.c.nouveau).label("nouveaux"),
            func.count().filter(jeunes.c.leve).label("leves"),
            func.count().filter(jeunes.c.reste).label("restants"),
        )
        .join(jeunes, jeunes.c.theme_code == ThemeFrein.code)
        .group_by(ThemeFrein.code, ThemeFrein.libelle, ThemeFrein.ordre)
        .order_by(ThemeFrein.ordre, ThemeFrein.code)
    )


def _partenaires(du: date, au: date, mds_id: int | None) -> list[Row[Any]]:
    """The partners of each kind.

    Known, approached in the period, bound by an agreement signed in it.
    """

    def quand(
        jour: InstrumentedAttribute[date | None], suite: ColumnElement[bool]
    ) -> ColumnElement[int]:
        return func.count(case((or_(jour.between(du, au), suite), 1)))

    demarche = (
        select(ActionPartenariat.id)
        .where(ActionPartenariat.partenaire_id == Partenaire.id)
        .where(ActionPartenariat.genre_code == DEMARCHAGE, ActionPartenariat.le.between(du, au))
        .exists()
    )
    signee = (
        select(ConventionPartenaire.id)
        .where(ConventionPartenaire.partenaire_id == Partenaire.id)
        .where(ConventionPartenaire.signee_le.between(du, au))
        .exists()
    )
    ici = true() if mds_id is None else Partenaire.mds_ids.contains([mds_id])
    return _lire(
        select(
            TypePartenaire.libelle.label("type"),
            func.count().label("connus"),
            quand(Partenaire.demarche_le, demarche).label("demarches"),
            quand(Partenaire.convention_signee_le, signee).label("conventions"),
        )
        .join(TypePartenaire, TypePartenaire.code == Partenaire.type_code)
        .where(ici)
        .group_by(TypePartenaire.code, TypePartenaire.libelle, TypePartenaire.ordre)
        .order_by(TypePartenaire.ordre, TypePartenaire.code)
    )


def _partenariat(du: date, au: date, mds_id: int | None) -> Partenariat:
    """Two statements and a count, whatever the partners."""
    actions = _lire(
        select(
            GenrePartenariat.libelle.label("genre"),
            func.count().label("nombre"),
            func.count(ActionPartenariat.partenaire_id.distinct()).label("partenaires"),
        )
        .join(GenrePartenariat, GenrePartenariat.code == ActionPartenariat.genre_code)
        .where(ActionPartenariat.le.between(du, au), _ici(ActionPartenariat.mds_id, mds_id))
        .group_by(GenrePartenariat.code, GenrePartenariat.libelle, GenrePartenariat.ordre)
        .order_by(GenrePartenariat.ordre, GenrePartenariat.code)
    )
    court = or_(ConventionPartenaire.au.is_(None), ConventionPartenaire.au >= au)
    ici = true() if mds_id is None else Partenaire.mds_ids.contains([mds_id])
    conventions = (
        select(func.count(ConventionPartenaire.partenaire_id.distinct()))
        .join(Partenaire, Partenaire.id == ConventionPartenaire.partenaire_id)
        .where(ConventionPartenaire.du <= au, court, ici)
    )
    nombre: int = db.session.scalar(conventions) or 0
    return Partenariat(actions, nombre, _dispositifs(du, au, mds_id))


def _dispositifs(du: date, au: date, mds_id: int | None) -> list[Row[Any]]:
    """Where youths were oriented in the period, the most used first, and with what outcome."""
    plie = func.acces.plier(func.coalesce(Mobilisation.dispositif, ""))

    def quand(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    return _lire(
        select(
            func.min(Mobilisation.dispositif).label("nom"),
            func.count(Mobilisation.jeune_id.distinct()).label("jeunes"),
            func.count().label("mobilisations"),
            quand(Mobilisation.resultat_code.in_(ABOUTIES)).label("abouties"),
            quand(Mobilisation.resultat_code.not_in(ABOUTIES)).label("sans_suite"),
            quand(Mobilisation.resultat_code.is_(None)).label("sans_resultat"),
        )
        .where(Mobilisation.du.between(du, au), _ici(Mobilisation.mds_id, mds_id))
        .group_by(plie)
        .order_by(func.count().desc(), plie)
        .limit(DISPOSITIFS_AU_PLUS)
    )


def _instances(du: date, au: date, mds_id: int | None) -> list[Row[Any]]:
    """For each kind of meeting: held, cancelled, planned, and the first and last day held."""

    def statut(code: str) -> ColumnElement[int]:
        return func.count(case((Instance.statut_code == code, 1)))

    tenue = case((Instance.statut_code == "TENUE", Instance.le))
    ici: ColumnElement[bool] = true()
    if mds_id is not None:
        ici = or_(Instance.mds_id == mds_id, Instance.mds_id.is_(None))
    return _lire(
        select(
            TypeInstance.libelle.label("type"),
            statut("TENUE").label("tenues"),
            statut("ANNULEE").label("annulees"),
            statut("PREVUE").label("prevues"),
            func.min(tenue).label("premiere"),
            func.max(tenue).label("derniere"),
        )
        .join(TypeInstance, TypeInstance.code == Instance.type_code)
        .where(Instance.le.between(du, au), ici)
        .group_by(TypeInstance.code, TypeInstance.libelle, TypeInstance.ordre)
        .order_by(TypeInstance.ordre, TypeInstance.code)
    )


def _postes(du: date, au: date) -> list[Row[Any]]:
    """The postes that ran in the period, without who held them."""
    return _lire(
        select(
            Poste.du,
            Poste.au,
            Poste.etp,
            Poste.telephone_fourni_le,
            Poste.ordinateur_fourni_le,
            Poste.frais_deplacement,
        )
        .where(Poste.du <= au, or_(Poste.au.is_(None), Poste.au >= du))
        .order_by(Poste.du, Poste.id)
    )


def _lire(requete: Executable) -> list[Row[Any]]:
    return list(db.session.execute(requete))


def _collectives(du: date, au: date) -> ColumnElement[bool]:
    """Not the sheets of the permanences."""
    return and_(ActionCollective.le.between(du, au), ActionCollective.instance_id.is_(None))


def _nombre(
    modele: type[Mobilisation] | type[ActionCollective],
    condition: ColumnElement[bool],
    mds_id: int | None,
) -> int:
    nombre: int = db.session.scalar(
        select(func.count()).select_from(modele).where(condition, _ici(modele.mds_id, mds_id))
    )
    return nombre
