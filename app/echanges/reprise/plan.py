"""What an import would do: the rows of each sheet set beside those of the base, to be created,
changed or refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from app.echanges.reprise.feuilles import Champ, Feuille
from app.echanges.reprise.lecture import Lecture, Ligne, Refus
from app.regles.texte import plier


@dataclass
class Plan:
    """What an import would do. A row that is refused is in none of the lists."""

    creations: dict[str, list[Ligne]] = field(default_factory=dict)
    modifications: dict[str, list[Ligne]] = field(default_factory=dict)
    etats: dict[str, "Etat"] = field(default_factory=dict)
    inchanges: int = 0
    refus: list[Refus] = field(default_factory=list)
    jeunes: dict[str, "Connu"] = field(default_factory=dict)
    """Folded code → youth of the base."""
    partenaires: dict[str, int] = field(default_factory=dict)
    """Folded name → number of the partner in the base."""
    orthographe: dict[str, str] = field(default_factory=dict)
    """Folded reference → as it is written where it is defined, else where it was last seen."""
    codes_mds: dict[int, str] = field(default_factory=dict)

    @property
    def crees(self) -> int:
        return sum(map(len, self.creations.values()))

    @property
    def modifies(self) -> int:
        return sum(map(len, self.modifications.values()))


@dataclass(frozen=True, slots=True)
class Connu:
    """A youth of the base, as far as the rows that refer to it need."""

    id: int
    mds_id: int


class Etat:
    """The rows of one sheet and those of the base, by key."""

    def __init__(self, feuille: Feuille, lecture: Lecture):
        self.feuille, self.lecture = feuille, lecture
        self.index: dict[tuple, Ligne] = {}
        """Key → row of the file, in their order; of two rows with one key, the first."""
        self.base: dict[tuple, tuple] = {}
        """Key → row of the base; a reference in it is a folded code or name, as in the rows of the
        file."""
        self.places = {
            a: i for i, a in enumerate(("id", "version", *(c.attribut for c in feuille.champs)))
        }

    def valeur(self, ligne: Ligne, attribut: str):
        """The value once the import is done: that of the file if it has the column, else that of
        the base."""
        rang = self.lecture.rangs.get(attribut)
        if rang is not None:
            return ligne.valeurs[rang]
        return ligne.existant[self.places[attribut]] if ligne.existant else None

    def cle(self, lire: Callable) -> tuple | None:
        """The key of a row, texts folded; None when a part of it is missing."""
        cle = []
        for attribut in self.feuille.cle:
            valeur = lire(attribut)
            if valeur is None:
                return None
            cle.append(
                plier(valeur) if self.feuille.par_attribut[attribut].genre == "texte" else valeur
            )
        return tuple(cle)


def en_clair(champ: Champ, valeur, codes_mds: dict[int, str], orthographe: dict[str, str]) -> str:
    """A value as the workbook writes it: JJ/MM/AAAA, Oui or Non, codes."""
    if valeur is None:
        return ""
    if champ.genre in ("jeune", "partenaire"):
        return orthographe.get(valeur, valeur)
    if champ.genre in ("mds", "mds_liste"):
        return ";".join(codes_mds[v] for v in (valeur if isinstance(valeur, tuple) else (valeur,)))
    if isinstance(valeur, bool):
        return "Oui" if valeur else "Non"
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else str(valeur)
