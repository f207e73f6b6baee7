"""What waits, as conditions that the lists, the home page and « À faire » share (M1, M2, M5)."""

import functools
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app.acces import mds_permises
from app.models import (
    Accompagnement,
    Alerte,
    Conservation,
    Jeune,
    Mesure,
    Rencontre,
)
from app.regles import parametres as p
from app.regles.age import ajouter_mois, anniversaire
from app.regles.parcours import ERREUR

d_un_jour = functools.lru_cache(maxsize=64)
"""Of a function of the day: its conditions take longer to write than the base to apply, and serve
all day, for everybody."""


def _ecrit(code: str) -> ColumnClause[str]:
    """A code written in the statement: an index made for its rows is used, prepared or not."""
    return literal_column(f"'{code}'")


PREVUE = _ecrit("PREVUE")
TENUE = _ecrit("TENUE")
TRIPARTITE = _ecrit("TRIPARTITE")
ANNULEE = _ecrit("ANNULEE")
A_COMPLETER_PENDANT = timedelta(days=30)
"""Afterwards a rencontre without compte rendu is left as it is."""
FIN_ATTENDUE = func.least(Mesure.echeance, Mesure.au)
"""The day that the reminders count down to (``regles/echeances.fin_attendue``)."""
AVEC_LE_JEUNE = (Rencontre.statut_code == TENUE, Rencontre.jeune_present.is_(True))
PAS_PAR_ERREUR = Accompagnement.motif_sortie_code.is_distinct_from(_ecrit(ERREUR))


def vivant(jeune: Any) -> ColumnElement[bool]:
    """The youth of this number did not die: the few who did are read once, from their index."""
    return jeune.not_in(_decedes())


@functools.cache
def _decedes() -> Select:
    """One for a statement that asks several times; made once, as an alias takes long to make."""
    decede = aliased(Jeune)
    lus = select(decede.id).where(decede.deces_le.is_not(None)).cte("decedes")
    return select(lus.c.id)


def court(classe: Any, le: date) -> tuple[ColumnElement[bool], ...]:
    """What lasts from a day to a day runs on this one."""
    return classe.du <= le, or_(classe.au.is_(None), classe.au >= le)


@d_un_jour
def sans_nouvelles(jours: int, le: date) -> ColumnElement[bool]:
    """Followed for that many days, and not met since: no rencontre held with the youth there."""
    avant = le - timedelta(days=jours)
    suivi = exists().where(
        Accompagnement.jeune_id == Jeune.id,
        Accompagnement.mds_id == Jeune.mds_id,
        *court(Accompagnement, le),
        Accompagnement.du <= avant,
        PAS_PAR_ERREUR,
    )
    return and_(suivi, not_(_rencontre_depuis(avant)), vivant(Jeune.id))


def muet(
    jeune: Any,
    jours: int,
    le: date,
    ou: Callable[[Any], Sequence[ColumnElement[bool]]] = mds_permises,
) -> ColumnElement[bool]:
    """The same as ``sans_nouvelles``, by the number of the youth: of many youths, in two sets that
    are each read once.

    ``ou``: of a table of youths, the conditions on the rows that concern them.
    """
    avant = le - timedelta(days=jours)
    suivis = select(Accompagnement.jeune_id).where(
        *ou(Accompagnement),
        *court(Accompagnement, le),
        Accompagnement.du <= avant,
        PAS_PAR_ERREUR,
    )
    vus = select(Rencontre.jeune_id).where(*ou(Rencontre), Rencontre.le > avant, *AVEC_LE_JEUNE)
    return and_(jeune.in_(suivis), jeune.not_in(vus), vivant(jeune))


def silences(
    jours: Sequence[int], le: date, *des_jeunes: ColumnElement[bool]
) -> list[ColumnElement[int]]:
    """For each number of days, how many of some youths are without news: their files, read once.

    The same as ``sans_nouvelles`` for each, where the youths are few.
    """
    suivi_depuis = (
        select(func.min(Accompagnement.du))
        .where(
            Accompagnement.jeune_id == Jeune.id,
            Accompagnement.mds_id == Jeune.mds_id,
            *court(Accompagnement, le),
            PAS_PAR_ERREUR,
        )
        .scalar_subquery()
    )
    vu_le = select(func.max(Rencontre.le)).where(Rencontre.jeune_id == Jeune.id, *AVEC_LE_JEUNE)
    lus = (
        select(suivi_depuis.label("suivi_depuis"), vu_le.scalar_subquery().label("vu_le"))
        .where(vivant(Jeune.id), *des_jeunes)
        .cte()
        .prefix_with("materialized")
    )
    depuis = [le - timedelta(days=n) for n in jours]
    comptes = [
        func.count().filter(
            lus.c.suivi_depuis <= avant, or_(lus.c.vu_le.is_(None), lus.c.vu_le <= avant)
        )
        for avant in depuis
    ]
    return list(select(*comptes).subquery().c)


def _rencontre_depuis(avant: date) -> ColumnElement[bool]:
    return exists().where(
        Rencontre.jeune_id == Jeune.id,
        Rencontre.mds_id == Jeune.mds_id,
        Rencontre.le > avant,
        *AVEC_LE_JEUNE,
    )


@d_un_jour
def rencontres_a_mettre_a_jour(le: date):
    """Planned, and the day has passed."""
    return (Rencontre.statut_code == PREVUE, Rencontre.le < le, vivant(Rencontre.jeune_id))


def rencontres_a_completer(le: date):
    """Held lately, told without a compte rendu."""
    return (
        Rencontre.statut_code == _ecrit("TENUE"),
        Rencontre.le.between(le - A_COMPLETER_PENDANT, le),
        Rencontre.compte_rendu.is_(None),
        vivant(Rencontre.jeune_id),
    )


@d_un_jour
def alertes_ouvertes(le: date):
    """Closed today, it is closed: whoever has just clicked does not see it wait until tomorrow."""
    return (Alerte.du <= le, or_(Alerte.au.is_(None), Alerte.au > le), vivant(Alerte.jeune_id))


@d_un_jour
def rdv_a_fixer(le: date):
    """The coordonnateur was contacted, no rendez-vous tripartite follows, the youth has not left.

    The records of a youth have their MDS: saying it lets the indexes that start with the MDS serve.
    """
    return (
        Jeune.contact_le.is_not(None),
        Jeune.contact_le <= le,
        vivant(Jeune.id),
        not_(
            exists().where(
                Rencontre.jeune_id == Jeune.id,
                Rencontre.mds_id == Jeune.mds_id,
                Rencontre.type_code == TRIPARTITE,
                Rencontre.statut_code != ANNULEE,
                Rencontre.le >= Jeune.contact_le,
            )
        ),
        not_(
            exists().where(
                Accompagnement.jeune_id == Jeune.id,
                Accompagnement.mds_id == Jeune.mds_id,
                PAS_PAR_ERREUR,
                Accompagnement.au >= Jeune.contact_le,
                Accompagnement.au < le,
            )
        ),
        not_(
            exists().where(Conservation.jeune_id == Jeune.id, Conservation.decision == "ANONYMISE")
        ),
    )


@d_un_jour
def concernes(le: date) -> ColumnElement[bool]:
    """The youths of whom a step can be late on that day: the rule itself decides, on these only."""
    preparation = timedelta(days=max(p.FIN_DE_MESURE_JOURS.valeur))
    fin_proche = FIN_ATTENDUE.between(le, le + preparation)
    mois = max(p.ENTRETIEN_APRES_SORTIE_FERME_MOIS.valeur, p.SITUATION_DE_SORTIE_MOIS.valeur)
    sortie = Mesure.au.between(ajouter_mois(le, -mois) - timedelta(days=3), le)
    # Asked of each youth, the eldest first, until enough are found: « in » would read all mesures.
    une_mesure = (
        select(true())
        .where(Mesure.jeune_id == Jeune.id, or_(fin_proche, sortie))
        .limit(1)
        .scalar_subquery()
    )
    ages = (_ne_entre(le, 17, 18), _ne_entre(le, 21, 21), _ne_entre(le, 25, 25))
    return or_(*ages, une_mesure)


def _ne_entre(le: date, ans_min: int, ans_max: int) -> ColumnElement[bool]:
    """Turned ``ans_min``, and ``ans_max`` not so long ago that a step is no longer asked for."""
    un_jour = timedelta(days=1)
    derniere = ajouter_mois(anniversaire(le, -ans_max), -p.RELAIS_FERME_MOIS.valeur)
    return and_(
        Jeune.date_naissance <= anniversaire(le, -ans_min) + un_jour,
        Jeune.date_naissance >= derniere - un_jour,
    )
