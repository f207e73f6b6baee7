"""What a person decided about a file before it is imported: columns, corrections, empty cells.

Kept as JSON with the import; the part that is worth another file (columns, corrections) is kept
under a name too (``models/correspondance.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

MEME = "meme:"
COMME = "comme:"
AUTRE = "autre"
PLUS_TARD = "plus tard"
"""What is said of a new youth who looks like another: they are the one of this code, the one of
this row of the file, somebody else, or nobody knows yet."""


@dataclass(frozen=True)
class Correction:
    """What to read instead of a value, in a column of a sheet: in all its cells, or in one row.

    Sheet and column are named as the file names them; without sheet, in each of them.
    """

    feuille: str
    colonne: str
    valeur: str
    par: str
    ligne: int | None = None


@dataclass
class ChoixDuFichier:
    """All of it has a default, which is what a command takes."""

    fait: bool = True
    """The columns are decided; else the reading stops to ask (``ColonnesADecider``)."""
    retenue: int = 0
    """The number of the ``Correspondance`` that keeps them."""
    colonnes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Sheet → heading → code of the destination; what is not there is as proposed."""
    laissees: list[str] = field(default_factory=list)
    """Sheets left out."""
    prises: list[str] = field(default_factory=list)
    """Hidden sheets that are read all the same."""
    sans_lignes_cachees: bool = False
    corrections: list[Correction] = field(default_factory=list)
    effacer: bool = False
    """An empty cell erases what the base has; by default it is kept."""
    mds: str = ""
    """Of the youths of a file that says none."""
    coordonnateur: str = ""
    """Of the binômes of a file that names none."""
    le: str = ""
    """The day (AAAA-MM-JJ) of what a file says without a date."""
    jeunes: dict[str, str] = field(default_factory=dict)
    """« sheet!row » of a new youth → whom they are: MEME, COMME, or PLUS_TARD."""
    differents: dict[str, list[str]] = field(default_factory=dict)
    """« sheet!row » of a new youth → those whom they are not, each as MEME or COMME says it."""
    attentes: dict[str, dict[str, str]] = field(default_factory=dict)
    """« sheet!row » of a youth to decide later → the two of them, as the page showed them."""
    reunis: dict[str, str] = field(default_factory=dict)
    """Hash of what a row says of whom it is about → code of the youth whom a person said that it
    is, of this file or of a former one (``reunions.py``)."""
    est_une_attente: bool = False
    """The file is what was left of another to decide later (``attente.py``)."""

    def en_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def de_json(cls, lu: Mapping[str, Any] | None) -> Self:
        """Unknown keys, of another version, are left out."""
        connus = {nom: (lu or {})[nom] for nom in cls.__dataclass_fields__ if nom in (lu or {})}
        dites = [Correction(**dite) for dite in connus.pop("corrections", [])]
        return cls(**connus, corrections=dites)

    def decider(self, ou: str, reponse: str, doublon: dict[str, str]) -> None:
        """The latest word on a new youth who looks like another (``doublon``: the two of them)."""
        self.jeunes.pop(ou, None)
        self.attentes.pop(ou, None)
        if reponse == AUTRE:
            self.differents.setdefault(ou, []).append(doublon["meme"])
        else:
            self.jeunes[ou] = reponse
        if reponse == PLUS_TARD:
            self.attentes[ou] = doublon

    def attend(self, ou: str) -> bool:
        """The youth of this row is to be decided later."""
        return self.jeunes.get(ou) == PLUS_TARD

    def decides_en(self, feuille: str) -> dict[int, str]:
        """Row → what was said of whom it looks like, in a sheet."""
        debut = f"{feuille}!"
        return {
            int(ou.removeprefix(debut)): dit
            for ou, dit in self.jeunes.items()
            if ou.startswith(debut)
        }

    def corriger(self, correction: Correction) -> None:
        """The latest word on a cell, or on a value, is the one that counts."""

        def ici(autre: Correction) -> tuple[str, str, str, int | None]:
            return autre.feuille, autre.colonne, autre.valeur, autre.ligne

        self.corrections = [c for c in self.corrections if ici(c) != ici(correction)]
        self.corrections.append(correction)

    def corrections_de(self, feuille: str, titres: Iterable[tuple[int, str]]) -> "CorrectionsLues":
        """Those of a sheet, by the place of their column; ``titres``: place, heading."""
        lues = CorrectionsLues()
        for place, titre in titres:
            for c in self.corrections:
                if c.colonne == titre and c.feuille in ("", feuille):
                    lues.ajouter(place, c)
        return lues


@dataclass
class CorrectionsLues:
    """The corrections of a sheet, ready for its rows."""

    partout: dict[tuple[int, str], str] = field(default_factory=dict)
    par_ligne: dict[tuple[int, int, str], str] = field(default_factory=dict)

    def ajouter(self, place: int, correction: Correction) -> None:
        if correction.ligne is None:
            self.partout[place, correction.valeur] = correction.par
        else:
            self.par_ligne[correction.ligne, place, correction.valeur] = correction.par

    def __bool__(self) -> bool:
        return bool(self.partout or self.par_ligne)

    @property
    def places(self) -> set[int]:
        return {place for place, _ in self.partout} | {place for _, place, _ in self.par_ligne}

    def lire(self, ligne: int, place: int, texte: str) -> str | None:
        """What is read instead; None: the cell stays as it is."""
        propre = self.par_ligne.get((ligne, place, texte))
        return propre if propre is not None else self.partout.get((place, texte))
