"""A number on the home page, and the words beside it."""

from dataclasses import dataclass

EXACT_JUSQUE = 1000
"""Beyond, the home page says « plus de 1 000 »: nobody acts on the exact number."""


@dataclass(frozen=True)
class Compteur:
    """A number on the home page, and the list behind it."""

    cle: str
    nombre: int
    singulier: str
    pluriel: str
    en_retard: int = 0
    au_moins: bool = False
    """More were left unexamined: the number is a minimum."""

    @property
    def plus_de(self) -> int:
        """The round number that is passed, when counting stopped there."""
        return EXACT_JUSQUE if self.nombre > EXACT_JUSQUE else 0

    @property
    def retard(self) -> str:
        """What of it is late; nothing where the label says it already."""
        if not self.en_retard or self.plus_de or "en retard" in self.libelle:
            return ""
        return "en retard" if self.en_retard == self.nombre else f"dont {self.en_retard} en retard"

    @property
    def libelle(self) -> str:
        return self.pluriel if self.nombre > 1 else self.singulier
