"""What a noun says of itself, once: whoever needs to know reads it here.

The policies, the triggers and the grants (``app/acces``), the roles, the audit log, the workbook,
the choice by typing, the copy of a file and the register of columns are made from it. Every
attribute is told in ``docs/declarer-un-ecran.md``.
"""

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click


class DeclarationRefusee(click.ClickException):
    """Something is missing or misspelt in what a model or a screen declares; says what to write."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"Déclaration refusée : {self.format_message()}", err=True)


class Forme(StrEnum):
    """The shape of a policy: who reads and writes which rows (``acces/outils.sql``)."""

    PAR_JEUNE = "par_jeune"
    """In the MDS of the youth, by whoever has the right there."""
    PAR_MDS = "par_mds"
    """The same for what belongs to an MDS and to no youth."""
    MDS_OU_DEPARTEMENT = "mds_ou_departement"
    """In its MDS; without MDS, read by whoever may, written by whoever acts everywhere."""
    DEPARTEMENTAL = "departemental"
    """For the whole Département, by whoever has the right."""
    AVEC_SON_PARENT = "avec_son_parent"
    """Read where the parent is read, written where the parent may be changed."""
    REFERENCE = "reference"
    """Read by everyone known, written by whoever keeps the lists, never deleted."""
    PERSONNEL = "personnel"
    """Seen by its author alone."""
    A_PART = "a_part"
    """A policy of its own, with its sentence, in ``acces/politiques.sql``."""


class Famille(StrEnum):
    """Nouns that one sentence of ``app/roles.py`` covers together."""

    DOSSIER = "dossier"
    ASE = "ase"
    SUIVI = "suivi"
    RENCONTRES = "rencontres"
    INSTANCES = "instances"
    PARTENAIRES = "partenaires"
    MOYENS = "moyens"
    LISTES = "listes"


Actes = tuple[str, ...]
LIRE: Actes = ("lire", "exporter")
ECRIRE: Actes = ("lire", "creer", "modifier", "exporter")
TENIR: Actes = ("lire", "creer", "modifier", "supprimer", "exporter")


@dataclass(frozen=True)
class DroitDuRole:
    """What a role may do with a noun, and the sentence that a person reads about it."""

    role: str
    actes: Actes
    phrase: str


def tenu_par_le_coordonnateur(quoi: str) -> tuple[DroitDuRole, ...]:
    """The rights of most follow-ups: the coordonnateur keeps them, the référent and the SLAI read.

    A responsable has the rights of all three. ``quoi``: « les prêts de matériel », for the
    sentences that people read.
    """
    lit = f"Lit {quoi}."
    return (
        DroitDuRole("COORDONNATEUR", TENIR, f"Tient {quoi}."),
        DroitDuRole("REFERENT_SEF", LIRE, lit),
        DroitDuRole("SLAI", LIRE, lit),
    )


@dataclass(frozen=True)
class Code:
    """The code given by the base to a record left without one: « D », then at least five digits."""

    prefixe: str
    chiffres: int


@dataclass(frozen=True)
class Recherche:
    """How a record is chosen by typing: where the words are looked for, in which order."""

    dans: Callable[[Any], Any]
    """The class → the folded SQL text where each word must be."""
    ordre: Callable[[Any], Any]
    """The class → the SQL expression that orders what is found."""
    precision: tuple[str, ...] = ()
    """Columns shown beside the name, to tell two namesakes apart."""
    avec: tuple[str, ...] = ()
    """Relationships that the name of the record needs, read in the same statement."""
    serree: bool = False
    """``dans`` holds letters alone (``texte.serrer``): hyphens and apostrophes never matter."""


Controle = tuple[str, Callable[[Callable[[str], Any]], bool]]
"""Name of a constraint of the base, and the same rule on the values of a row of the sheet."""


@dataclass(frozen=True)
class DansLeClasseur:
    """The sheet of the noun in the classeur de reprise."""

    nom: str
    cle: tuple[str, ...] = ()
    """Columns that identify a row, those of a unique constraint; by default, of the first one."""
    colonnes: tuple[tuple[str, str], ...] = ()
    """(heading, column); none: every column that a person fills, under its label."""
    rang: int = 900
    """The place of the sheet among the others."""
    controles: tuple[Controle, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """What a model says of itself: ``declaration = Declaration("Prêt de matériel", …)``."""

    libelle: str
    """What one record is called in the audit log and in the register."""
    forme: Forme = Forme.PAR_JEUNE
    parent: str = ""
    """The table whose rights a row follows (``Forme.AVEC_SON_PARENT``)."""
    ressource: str = ""
    """The name of its rights; by default that of the table."""
    familles: tuple[Famille, ...] = ()
    """The sentences of ``app/roles.py`` that cover it."""
    droits: tuple[DroitDuRole, ...] = ()
    """The rights of its own: role, acts, sentence."""
    auditee: bool = True
    """Each change is written in the audit log by the base."""
    citee: bool = False
    """Named in the audit log although ``auditee`` is false: a page writes there by itself."""
    histoire: bool = True
    """Whoever reads a record that belongs to no youth reads its story too."""
    restaurable: bool = True
    """A past version can be put back from the story."""
    ecrite_apres_anonymisation: bool = False
    """Written although the file is anonymised; anything else of it never changes again."""
    octrois: str = "select, insert, update, delete"
    """What the role of the application may do with the table, before the policies."""
    code: Code | None = None
    recherche: Recherche | None = None
    intitule: str = ""
    """The column that names a record in the tab of another one."""
    classeur: DansLeClasseur | None = None
    grande: bool = False
    """Hundreds of thousands of rows: sorted only by what an index keeps in order."""
    hors_copie: str = ""
    """Why a record of a youth is left out of the copy handed to them."""


def attraper(fichier: str, erreur: Exception) -> DeclarationRefusee:
    """What Python says of a file that declares something wrongly, as one French sentence.

    ``raise attraper(…) from erreur`` keeps Python's own words for whoever asks for them.
    """
    dit = str(erreur)
    inconnu = re.search(r"unexpected keyword argument '(\w+)'", dit)
    absent = re.search(r"has no attribute '(\w+)'|name '(\w+)' is not defined", dit)
    manque = re.search(r"missing \d+ required .*?: (.+)$", dit)
    if inconnu:
        faute = f"« {inconnu[1]} » n’est pas un attribut connu."
    elif absent:
        faute = f"« {absent[1] or absent[2]} » n’existe pas."
    elif manque:
        faute = f"il manque {manque[1]}."
    else:
        faute = f"ce fichier ne se charge pas ({dit})."
    return DeclarationRefusee(f"{fichier}, ligne {_ligne(fichier, erreur)} : {faute}")


def _ligne(fichier: str, erreur: Exception) -> int:
    """The last line of this file that Python was running."""
    pile = traceback.extract_tb(erreur.__traceback__)
    return next((p.lineno or 0 for p in reversed(pile) if p.filename.endswith(fichier)), 0)


INTERNE = Declaration(
    "",
    Forme.A_PART,
    auditee=False,
    histoire=False,
    restaurable=False,
    octrois="select",
)
"""What the base or the upgrade writes, and no person: read by policies of its own."""


def declaration_de_liste(titre: str) -> Declaration:
    """A list of codes: read by everyone, retired rather than deleted."""
    return Declaration(
        titre,
        Forme.REFERENCE,
        ressource="nomenclature",
        familles=(Famille.LISTES,),
        octrois="select, insert, update",
    )
