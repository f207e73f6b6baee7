"""What each coordonnateur of an MDS carries, for its responsable: youths, silences, rendez-vous."""

from dataclasses import dataclass
from urllib.parse import urlencode

from app.acces import Perimetre, Toutes
from app.views import portefeuille
from app.views.pages.attente import SILENCE, AttenteDesJeunes

AU_PLUS = 20
"""Coordonnateurs shown, those who carry the most first."""


@dataclass(frozen=True)
class ChargeDeLAgent:
    """A coordonnateur and their youths of today; each number is that of a filtered list."""

    agent_id: int
    nom: str
    jeunes: int
    sans_nouvelles: int
    a_fixer: int

    @property
    def nombres(self) -> list[tuple[int, str]]:
        """(number, query string of the list of the youths)"""
        filtres: list[tuple[int, dict[str, str]]] = [
            (self.jeunes, {}),
            (self.sans_nouvelles, {"nouvelles": str(SILENCE)}),
            (self.a_fixer, {"attention": "rdv"}),
        ]
        qui = {"coordonnateur": self.agent_id}
        return [(nombre, urlencode({**qui, **plus})) for nombre, plus in filtres]


def est_lue_par(perimetre: Perimetre) -> bool:
    """For whoever is responsable of some MDS, and does not read the whole Département."""
    return "RESPONSABLE" in perimetre.roles and not isinstance(
        perimetre.mds("jeune", "lire"), Toutes
    )


def charges(attend: AttenteDesJeunes) -> list[ChargeDeLAgent]:
    """The coordonnateurs of all the youths that the person sees, those who carry the most first."""
    portes = attend.charges()
    lignes = [
        ChargeDeLAgent(
            numero, nom, portes[numero].jeunes, portes[numero].muets, portes[numero].a_fixer
        )
        for numero, nom in portefeuille.nommer(portes.keys()).items()
    ]
    return sorted(lignes, key=lambda charge: -charge.jeunes)[:AU_PLUS]
