"""The figures by family: what one reads together, on the screens of the figures and of a month."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

FAMILLES: Sequence[tuple[str, frozenset[str]]] = (
    (
        "Suivre les jeunes",
        frozenset(
            ("I2", "I2b", "I3", "I3d", "I4", "I4a", "I4b", "I4c", "I4d", "I4r")
            + ("ENTREES", "SORTIES", "RETOURS", "DECES")
            + ("LIEUX_ATYPIQUES", "MOBILITES", "FREINS_LEVES")
        ),
    ),
    ("À la sortie de l’ASE", frozenset(("S1", "I5", "I7", "I8", "I9", "I10"))),
    ("Satisfaction des jeunes", frozenset(("I6", "SOLLICITES"))),
    (
        "Moyens et réunions",
        frozenset(("I1", "I11", "I12", "I13", "I14", "COMITES_TECHNIQUES", "FORMATIONS")),
    ),
)
"""Title → the codes of its figures; a figure that none names comes last."""
AUTRES = "Autres chiffres"


def par_famille(figures: Iterable[T], code: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """The figures under the title of their family, in their order."""
    rangees: dict[str, list[T]] = {titre: [] for titre, _ in FAMILLES}
    for figure in figures:
        titre = next((t for t, codes in FAMILLES if code(figure) in codes), AUTRES)
        rangees.setdefault(titre, []).append(figure)
    return [(titre, lues) for titre, lues in rangees.items() if lues]
