"""What every table shares: labels, help texts, constraints with their sentence, versions.

What is said of a column lives on it (``info``): screens, exports, the audit log and the register
read it there. A constraint carries the French sentence shown when the base refuses a row
(``PHRASES``). What is said of the noun itself is in ``declaration.py``.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .declaration import DeclarationRefusee

if TYPE_CHECKING:
    from .jeune import Jeune


PHRASES: dict[str, tuple[str, str | None]] = {}
"""Constraint name → (what the user reads, the column the message stands next to)."""


class Nature(StrEnum):
    """What a column holds, for the register of columns (RGPD, article 30)."""

    PERSONNEL = "personnel"
    """Says something of a person: who, when, where they are followed."""
    SENSIBLE = "sensible"
    """Free words about a person, health, satisfaction: what is looked after most."""
    STATISTIQUE = "statistique"
    """A code or a yes that the figures count."""
    TECHNIQUE = "technique"
    """What makes the application work."""


class Precisions(TypedDict, total=False):
    """What may be said of a column besides its label and its help."""

    nature: Nature
    audit: bool
    """False: the audit log never holds it."""
    racontee: bool
    """False: neither the story of a record nor the copy of a file shows it."""
    anonymisee: bool
    """False: a text that says nothing of the person, kept by an anonymisation."""
    confiee: bool
    """An answer that no agent reads."""
    codes: dict[str, str]
    """Value → words, for a code that has no list."""
    fait: bool | str
    """A date never after the day it is recorded; statuses: only with one of them."""
    hors_ecran: str
    """Why no form, list, export nor sheet has it."""
    noms_dans: str
    """Of the numbers of several agents: the column beside them that keeps their names."""
    numeros_de: str
    """Of the numbers of several records: their table, a short one, kept like the code lists."""
    nom_dans: str
    """Of the number of an agent: the column beside it that keeps the name as it was typed."""
    fonction: str
    """The fonction of the agent that a new name makes; none: a name makes no agent."""


def info(libelle: str, aide: str | None = None, **plus: Unpack[Precisions]) -> dict[str, Any]:
    """The ``info`` of a column; without nature, it is a technical one."""
    inconnues = sorted(plus.keys() - Precisions.__annotations__.keys())
    if inconnues:
        raise DeclarationRefusee(
            f"la colonne « {libelle} » est déclarée avec « {inconnues[0]} », qui n’existe pas."
        )
    return {"libelle": libelle, "aide": aide, "nature": Nature.TECHNIQUE, **plus}


def texte(
    libelle: str,
    taille: int = 500,
    *,
    requis: bool = False,
    aide: str | None = None,
    nature: Nature = Nature.PERSONNEL,
    **options: Any,
) -> Any:
    """A short text of at most ``taille`` characters; empty means « non renseigné »."""
    dit = info(libelle, aide, nature=nature)
    return mapped_column(String(taille), nullable=not requis, info=dit, **options)


def texte_long(libelle: str, *, aide: str | None = None, nature: Nature = Nature.SENSIBLE) -> Any:
    """A text of several lines, without limit."""
    return mapped_column(Text, nullable=True, info=info(libelle, aide, nature=nature))


def jour(
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    nature: Nature = Nature.PERSONNEL,
    fait: bool | str = False,
    **options: Any,
) -> Any:
    """A date without time, in the civil calendar of Paris.

    ``fait``: what has been seen or done, never dated after the day on which it is recorded; a
    status: only with it (a meeting « TENUE », not one that is planned).
    """
    dit = info(libelle, aide, nature=nature, fait=fait)
    return mapped_column(Date, nullable=not requis, info=dit, **options)


def heure(libelle: str, *, aide: str | None = None) -> Any:
    """An hour of the day in Paris, to the minute."""
    return mapped_column(Time, nullable=True, info=info(libelle, aide, nature=Nature.PERSONNEL))


def oui_non(libelle: str, *, aide: str | None = None, nature: Nature = Nature.STATISTIQUE) -> Any:
    """Oui, Non, or not known: missing is not No."""
    return mapped_column(Boolean, nullable=True, info=info(libelle, aide, nature=nature))


def case_a_cocher(libelle: str, *, aide: str | None = None) -> Any:
    """Oui or Non, never unknown: what is not ticked is No."""
    dit = info(libelle, aide, nature=Nature.STATISTIQUE)
    return mapped_column(Boolean, nullable=False, server_default=text("false"), info=dit)


def montant(
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    chiffres: int | None = 12,
    decimales: int | None = 2,
) -> Any:
    """A decimal number: euros, or equivalents of full-time work."""
    nombre = Numeric(chiffres, decimales)
    dit = info(libelle, aide, nature=Nature.STATISTIQUE)
    return mapped_column(nombre, nullable=not requis, info=dit)


def entier(libelle: str, *, requis: bool = False, aide: str | None = None) -> Any:
    """A whole number."""
    dit = info(libelle, aide, nature=Nature.STATISTIQUE)
    return mapped_column(Integer, nullable=not requis, info=dit)


def de_liste(
    liste: str,
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    nature: Nature = Nature.STATISTIQUE,
    confiee: bool = False,
) -> Any:
    """The code of an item of the nomenclature ``liste``; the base refuses an unknown one."""
    dit = info(libelle, aide, nature=nature, confiee=confiee) | {"nomenclature": liste}
    return mapped_column(String(30), ForeignKey(f"{liste}.code"), nullable=not requis, info=dit)


def numero_de(
    table: str,
    libelle: str,
    *,
    requis: bool = False,
    aide: str | None = None,
    nature: Nature = Nature.TECHNIQUE,
    **options: Any,
) -> Any:
    """The number of a record of ``table``, an MDS, a partner…; the base refuses an unknown one."""
    cible = ForeignKey(f"{table}.id")
    dit = info(libelle, aide, nature=nature)
    return mapped_column(Integer, cible, nullable=not requis, info=dit, **options)


def numeros_de(
    table: str, libelle: str, *, aide: str | None = None, nature: Nature = Nature.TECHNIQUE
) -> Any:
    """The numbers of records of ``table``, none or several; a trigger refuses an unknown one."""
    dit = info(libelle, aide, nature=nature, numeros_de=table)
    return mapped_column(ARRAY(Integer), nullable=False, server_default="{}", info=dit)


def numero_d_agent(
    libelle: str, *, nom_dans: str, fonction: str = "", aide: str | None = None
) -> Any:
    """The agent whose name stands in ``nom_dans``; the base keeps both in agreement.

    A name that no agent bears makes one, of this ``fonction``; without fonction, it stays a text.
    """
    dit = info(
        libelle,
        aide,
        nature=Nature.PERSONNEL,
        racontee=False,
        nom_dans=nom_dans,
        fonction=fonction,
    )
    return mapped_column(Integer, ForeignKey("agent.id"), nullable=True, info=dit)


def numeros_d_agents(libelle: str, *, noms_dans: str) -> Any:
    """The agents whose names stand in ``noms_dans``, separated by « ; »; the base writes them.

    A name that no agent bears makes one.
    """
    dit = info(libelle, nature=Nature.PERSONNEL, racontee=False, noms_dans=noms_dans)
    vide = text("'{}'")
    return mapped_column(ARRAY(Integer), nullable=False, server_default=vide, info=dit)


def instant(
    libelle: str,
    *,
    requis: bool = False,
    nature: Nature = Nature.TECHNIQUE,
    **options: Any,
) -> Any:
    """A moment, to the second, whatever the time zone."""
    dit = info(libelle, nature=nature)
    return mapped_column(DateTime(timezone=True), nullable=not requis, info=dit, **options)


def vers(classe: str, colonne: str) -> Any:
    """The object behind a foreign key column; the column alone is written."""
    return relationship(classe, foreign_keys=colonne, lazy="select")


def controle(nom: str, condition: str, phrase: str, champ: str | None = None) -> CheckConstraint:
    """A rule the base enforces on one row, with the sentence that explains its refusal."""
    PHRASES[nom] = (phrase, champ)
    return CheckConstraint(condition, name=nom)


def unique(
    nom: str, *colonnes: str, phrase: str, champ: str | None = None, **options: Any
) -> UniqueConstraint:
    """No two rows hold the same values in these columns."""
    PHRASES[nom] = (phrase, champ)
    return UniqueConstraint(*colonnes, name=nom, **options)


def dans_l_ordre(table: str, debut: str, fin: str, phrase: str) -> CheckConstraint:
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


def plie(expression: str) -> Any:
    """A stored column without accents, case nor doubled spaces, for keys, search and sorting.

    In byte order. Computed by the base: neither told nor shown.
    """
    calcul = Computed(f"acces.plier({expression})", persisted=True)
    dit = info("Texte plié", audit=False, racontee=False)
    return mapped_column(Text(collation="C"), calcul, info=dit)


class Enregistrement(Model):
    """A row with its own number and a version, which the base increments at each change.

    The version lets a form tell that someone else saved the same record meanwhile.
    """

    __abstract__ = True
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro", racontee=False))
    version: Mapped[int] = mapped_column(
        Integer,
        nullable=False,
        server_default=text("1"),
        server_onupdate=FetchedValue(),
        info=info("Version", audit=False, racontee=False),
    )


class SuiviJeune(Enregistrement):
    """A row that belongs to one youth and follows them from one MDS to another.

    ``mds_id`` repeats the MDS of the youth, kept true by a foreign key on both columns, so that
    row-level security reads the row alone. The base fills it at creation.
    """

    __abstract__ = True
    jeune_id: Mapped[int] = mapped_column(
        Integer, nullable=False, info=info("Jeune", nature=Nature.PERSONNEL)
    )
    mds_id: Mapped[int] = mapped_column(
        Integer,
        nullable=False,
        server_default=FetchedValue(),
        info=info("MDS", nature=Nature.PERSONNEL),
    )

    @declared_attr
    def jeune(cls) -> Mapped["Jeune"]:  # noqa: N805 (SQLAlchemy gives the class)
        return relationship(
            "Jeune",
            foreign_keys=f"{cls.__name__}.jeune_id",
            primaryjoin=f"{cls.__name__}.jeune_id == Jeune.id",
            viewonly=True,  # the column alone is written
        )

    @classmethod
    def contraintes_communes(cls, table: str, cle: tuple[str, ...] = ()) -> tuple[Any, ...]:
        """The key to the youth and their MDS together, and the index of the records of a youth.

        ``cle``: columns whose values, for one youth, designate one record.
        """
        propres: list[UniqueConstraint] = []
        if cle:
            nom = f"uq_{table}_jeune_{'_'.join(cle)}"
            phrase = "Cette fiche est déjà enregistrée."
            propres.append(unique(nom, "jeune_id", *cle, phrase=phrase, champ=cle[-1]))
        return (
            *propres,
            ForeignKeyConstraint(
                ["jeune_id", "mds_id"],
                ["jeune.id", "jeune.mds_id"],
                name=f"fk_{table}_jeune",
                onupdate="CASCADE",
            ),
            Index(f"ix_{table}_jeune_id", "jeune_id"),
        )
