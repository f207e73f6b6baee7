"""The rows of a list as HTML: what a column repeats is written once, not once a row.

A phone shows a row as a name and one line of facts, without the titles of the columns.
"""

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flask import get_template_attribute
from markupsafe import Markup, escape
from sqlalchemy import Boolean, Column

from app.views.socle.affichage import TIRET, Propriete

SANS_VALEUR = ("", TIRET, "–")
"""What a list shows of a column that says nothing of a record."""
ACTIONS = "Actions"
"""The title of the column of what one may do with a row: a phone gives it a line of its own."""
_DATE = re.compile(r"\d\d/\d\d/\d{4}(\sà\s.*)?")
_SANS_MOT = re.compile(r"Oui|Non|Aucune?|[\d\u202f]+(,\d+)?")
"""What says nothing without the title of its column."""
_COURTE = re.compile(r"(?=.*[ -])[^<]{3,14}")
"""A few short words, as a name or a code: cut in two, they would double the height of the row."""
UNITES = {"Âge": "ans"}
"""Title of a column of numbers → what a phone says after them instead: « 18 ans »."""

_SORTS = {
    *("au", "etat", "statut_code", "reponse_code", "decision_code", "resultat_code"),
    *("faite_le", "accepte_le", "refuse_le", "annulee_le"),
}
"""The columns that say where a record stands: held, answered, ended."""


def dits_en_bref(colonnes: Sequence[str]) -> list[str]:
    """What a phone shows of the columns of a list: three after the first one, and the last word."""
    return [*colonnes[1:4], *(c for c in colonnes[4:] if c in _SORTS)]


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
class CellulesDeColonne:
    """How a cell of a column begins, after what it says."""

    simple: Markup
    sans_valeur: Markup
    """For a dash, which a phone does not show."""
    date: Markup
    """« Du 04/03/2026 »."""
    sans_mot: Markup
    """« Présent : oui », « ETP : 1 »."""
    non: Markup
    """« Présent : non »; of a box that nobody ticked, a phone says nothing."""
    unite: Markup = Markup("")
    """What a phone says after a number."""

    @classmethod
    @functools.lru_cache(maxsize=2048)
    def de(
        cls, libelle: str, *, en_bref: bool, est_une_case: bool = False, est_nombre: bool = False
    ) -> "CellulesDeColonne":
        """``en_bref``: a phone shows this column; ``est_une_case``: it holds yes or no, never
        nothing; ``est_nombre``: its figures are at the right."""
        nombre = ("nombre",) if est_nombre else ()
        de_trop = _debut(libelle, "de-trop", *nombre)
        if libelle == ACTIONS:
            return cls(*[Markup("<td>")] * 5)
        if not en_bref:
            return cls(*[de_trop] * 5)
        simple = _debut(libelle, *nombre)
        if libelle in UNITES:
            unite = Markup('<span class="tel-mot">\u00a0{}</span>').format(UNITES[libelle])
            return cls(simple, de_trop, simple, simple, simple, unite)
        sans_mot = _debut(f"{libelle}\u00a0:", "dit", *nombre)
        non = de_trop if est_une_case else sans_mot
        return cls(simple, de_trop, _debut(libelle, "dit", *nombre), sans_mot, non)

    def devant(self, cellule: Markup) -> Markup:
        if cellule in SANS_VALEUR:
            return self.sans_valeur
        if _DATE.fullmatch(cellule):
            return self.date
        if cellule == "Non":
            return self.non
        if _SANS_MOT.fullmatch(cellule):
            return self.sans_mot
        return self.simple


def _debut(libelle: str, *classes: str) -> Markup:
    portees = Markup(' class="{}"').format(" ".join(classes)) if classes else ""
    return Markup('<td{} data-libelle="{}">').format(portees, libelle)


@dataclass(frozen=True)
class ColonnesDeListe:
    """The columns of a list after the first one, ready to be filled."""

    noms: list[str]
    debuts: list[CellulesDeColonne]
    faites: dict[tuple[str, Markup], str] = field(default_factory=dict)
    """(column, what a cell says) → the cell: many rows say the same."""

    @classmethod
    def de(cls, colonnes: Sequence[Propriete], en_bref: Collection[str]) -> "ColonnesDeListe":
        """``en_bref``: those that a phone shows."""
        suivantes = colonnes[1:]
        debuts = [
            CellulesDeColonne.de(
                c.libelle,
                en_bref=c.nom in en_bref,
                est_une_case=_est_une_case(c.colonne),
                est_nombre=c.est_nombre,
            )
            for c in suivantes
        ]
        return cls([c.nom for c in suivantes], debuts)

    @classmethod
    def intitulees(cls, titres: Sequence[str]) -> "ColonnesDeListe":
        """From their titles alone; a phone shows them all."""
        suivants = titres[1:]
        return cls([*suivants], [CellulesDeColonne.de(titre, en_bref=True) for titre in suivants])

    def remplir(self, cellules: Sequence[str], liens: dict[str, str]) -> Markup:
        """The cells of one row, but the first, with a dash for nothing known.

        ``liens``: column → where its cell leads.
        """
        faites = []
        for nom, debut, cellule in zip(self.noms, self.debuts, cellules[1:], strict=True):
            montree = cellule if isinstance(cellule, Markup) else escape(cellule)
            if nom in liens:
                faites.append(_faire(nom, debut, montree, liens[nom]))
                continue
            faite = self.faites.get((nom, montree))
            if faite is None:
                faite = self.faites[nom, montree] = _faire(nom, debut, montree)
            faites.append(faite)
        return Markup("".join(faites))  # noqa: S704 – each part is escaped above


def _faire(nom: str, debut: CellulesDeColonne, montree: Markup, lien: str = "") -> str:
    """A cell in its tags, with a dash for nothing known."""
    if not montree and nom != ACTIONS:
        montree = TIRET
    ouverture = debut.devant(montree)
    if _COURTE.fullmatch(montree):
        ouverture = _d_un_trait(ouverture)
    if montree.isdecimal():
        montree += debut.unite
    if lien:
        montree = Markup('<a href="{}">{}</a>').format(lien, montree)
    return f"{ouverture}{montree}</td>"


@functools.lru_cache(maxsize=2048)
def _d_un_trait(ouverture: Markup) -> Markup:
    """The tag of a cell that keeps its words on one line, where the page is wide."""
    if "class=" in ouverture:
        return ouverture.replace(Markup('class="'), Markup('class="court '), 1)
    return ouverture.replace(Markup("<td"), Markup('<td class="court"'), 1)


def _est_une_case(colonne: Column | None) -> bool:
    return colonne is not None and isinstance(colonne.type, Boolean) and not colonne.nullable


@dataclass(frozen=True)
class TableauDeListe:
    """What all the rows of a list share."""

    base: str
    """The address of the list; that of a record adds its key."""
    titre: str
    """The label of the first column."""
    a_choisir: bool
    """Each row begins with a box to tick."""
    est_nommee: bool
    """The first two columns make one name."""
    appels: Mapping[object, tuple[str, str]]
    """Key → whom to call, (number, name); empty: no list of calls."""

    def rangees(self, lignes: Sequence[LigneDeListe]) -> Markup:
        """The rows, in their tags."""
        titre = escape(self.titre)
        base = escape(self.base)
        faites = []
        for ligne in lignes:
            cle = escape(ligne.cle)
            debut = self._case(ligne, cle)
            suite = f"{ligne.suite}{self._appel(ligne.cle)}"
            faites.append(
                f'<tr>{debut}<th scope="row" data-libelle="{titre}"><a id="f-{cle}"'
                f' href="{base}{cle}">{self._nom(ligne)}</a></th>{suite}</tr>\n'
            )
        return Markup("".join(faites))  # noqa: S704 – each part is escaped

    def _nom(self, ligne: LigneDeListe) -> str:
        if not self.est_nommee:
            return ligne.premiere
        return f'{ligne.premiere}<span class="tel-mot"> {ligne.seconde}</span>'

    def _case(self, ligne: LigneDeListe, cle: Markup) -> str:
        if not self.a_choisir:
            return ""
        dite = ligne.premiere
        if self.est_nommee:
            dite += Markup(" ") + ligne.seconde
        if "<" in dite:
            dite = escape(dite.striptags())
        return (
            f'<td class="case-a-cocher"><input type="checkbox" name="rowid" value="{cle}"'
            f' aria-label="Choisir {dite}"></td>'
        )

    def _appel(self, cle: object) -> str:
        if not self.appels:
            return ""
        bouton = appeler(*self.appels[cle]) if cle in self.appels else ""
        return f'<td class="appel">{bouton}</td>'


def appeler(numero: str, nom: str) -> Markup:
    """A round button that calls; the name of the person is in its own."""
    sans_espace = escape(numero.replace(" ", ""))
    return Markup(  # noqa: S704 – each part is escaped
        f'<a class="rond" href="tel:{sans_espace}"'
        f' aria-label="Appeler {escape(nom)}, {escape(numero)}">{_telephone()}</a>'
    )


@functools.cache
def _telephone() -> Markup:
    dessin: Markup = get_template_attribute("_icones.html", "icone")("appeler")
    return dessin
