"""What every table shares: labels, help texts, the sentence behind each constraint, the version of
a record.

A label and its help live on the column (``info``): screens, exports and the data dictionary read
them from there. A constraint carries the French sentence shown when the base refuses a row
(``PHRASES``).
"""

from typing import TYPE_CHECKING

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

if TYPE_CHECKING:
    from .jeune import Jeune


PHRASES: dict[str, tuple[str, str | None]] = {}
"""Constraint name → (what the user reads, the column the message stands next to)."""


def _info(libelle: str, aide: str | None) -> dict:
    return {"libelle": libelle, "aide": aide}


def texte(
    libelle: str, taille: int = 500, *, requis: bool = False, aide: str | None = None, **options
):
    """A short text of at most ``taille`` characters; empty means « non renseigné »."""
    return mapped_column(String(taille), nullable=not requis, info=_info(libelle, aide), **options)


def texte_long(libelle: str, *, aide: str | None = None):
    """A text of several lines, without limit."""
    return mapped_column(Text, nullable=True, info=_info(libelle, aide))


def jour(
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    fait: bool | str = False,
    **options,
):
    """A date without time, in the civil calendar of Paris.

    ``fait``: what has been seen or done, never dated after the day on which it is recorded; a
    status: only with it (a meeting « TENUE », not one that is planned).
    """
    info = _info(libelle, aide) | {"fait": fait}
    return mapped_column(Date, nullable=not requis, info=info, **options)


def oui_non(libelle: str, *, aide: str | None = None):
    """Oui, Non, or not known: missing is not No."""
    return mapped_column(Boolean, nullable=True, info=_info(libelle, aide))


def montant(
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    chiffres: int | None = 12,
    decimales: int | None = 2,
):
    """A decimal number: euros, or equivalents of full-time work."""
    return mapped_column(
        Numeric(chiffres, decimales), nullable=not requis, info=_info(libelle, aide)
    )


def entier(libelle: str, *, requis: bool = False, aide: str | None = None):
    return mapped_column(Integer, nullable=not requis, info=_info(libelle, aide))


def de_liste(liste: str, libelle: str, *, requis: bool = False, aide: str | None = None):
    """The code of an item of the nomenclature ``liste``; the base refuses an unknown one."""
    info = _info(libelle, aide) | {"nomenclature": liste}
    return mapped_column(String(30), ForeignKey(f"{liste}.code"), nullable=not requis, info=info)


def vers(classe: str, colonne: str):
    """The object behind a foreign key column; the column alone is written."""
    return relationship(classe, foreign_keys=colonne, lazy="select")


def controle(nom: str, condition: str, phrase: str, champ: str | None = None) -> CheckConstraint:
    """A rule the base enforces on one row, with the sentence that explains its refusal."""
    PHRASES[nom] = (phrase, champ)
    return CheckConstraint(condition, name=nom)


def unique(
    nom: str, *colonnes: str, phrase: str, champ: str | None = None, **options
) -> UniqueConstraint:
    PHRASES[nom] = (phrase, champ)
    return UniqueConstraint(*colonnes, name=nom, **options)


def ordre(table: str, debut: str, fin: str, phrase: str) -> CheckConstraint:
    """``fin`` is empty or not before ``debut``; intervals are inclusive at both ends."""
    return controle(f"ck_{table}_{debut}_{fin}", f"{fin} >= {debut}", phrase, fin)


def sans_chevauchement(table: str, phrase: str, condition: str | None = None) -> ExcludeConstraint:
    """Two periods of one youth never share a day.

    Deferrable, so that an import may move two neighbours in one transaction.
    """
    nom = f"ex_{table}_periode"
    PHRASES[nom] = (phrase, "du")
    return ExcludeConstraint(
        (text("int8range(jeune_id, jeune_id, '[]')"), "&&"),
        (text("daterange(du, au, '[]')"), "&&"),
        name=nom,
        using="gist",
        where=text(condition) if condition else None,
        deferrable=True,
        initially="IMMEDIATE",
    )


def plie(expression: str):
    """A stored column without accents, case nor doubled spaces, in byte order: for keys, search and
    sorting."""
    return mapped_column(
        Text(collation="C"), Computed(f"acces.plier({expression})", persisted=True)
    )


class Enregistrement(Model):
    """A row with its own number and a version, which the base increments at each change.

    The version lets a form tell that someone else saved the same record meanwhile.
    """

    __abstract__ = True
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default=text("1"), server_onupdate=FetchedValue()
    )


class SuiviJeune(Enregistrement):
    """A row that belongs to one youth and follows them from one MDS to another.

    ``mds_id`` repeats the MDS of the youth, kept true by a foreign key on both columns, so that
    row-level security reads the row alone. The base fills it at creation.
    """

    __abstract__ = True
    jeune_id: Mapped[int] = mapped_column(Integer, nullable=False, info=_info("Jeune", None))
    mds_id: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default=FetchedValue(), info=_info("MDS", None)
    )

    @declared_attr
    def jeune(cls) -> Mapped["Jeune"]:
        return relationship(
            "Jeune",
            foreign_keys=f"{cls.__name__}.jeune_id",
            primaryjoin=f"{cls.__name__}.jeune_id == Jeune.id",
        )

    @classmethod
    def contraintes_communes(cls, table: str) -> tuple:
        return (
            ForeignKeyConstraint(
                ["jeune_id", "mds_id"],
                ["jeune.id", "jeune.mds_id"],
                name=f"fk_{table}_jeune",
                onupdate="CASCADE",
            ),
            Index(f"ix_{table}_jeune_id", "jeune_id"),
        )
