"""What is drawn on the screen, in the workbook and in the bilan: the same points, and the same words for who cannot see them.

A rate that must not be read alone is not drawn. S1 is drawn in persons: the number that the scheme exists to bring down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.regles.age import ajouter_mois

from .chiffres import Chiffre, en_francais, en_pourcent, hauteur
from .definitions import Taux

EVOLUTIONS = {
    "S1": "Sorties sans solution connues",
    "I3d": "Premier rendez-vous dans les 15 jours",
    "I5": "En parcours à la sortie de l’ASE",
}
"""The indicators whose trend is drawn, and the title of the drawing."""
EN_PERSONNES = {"S1"}


@dataclass(frozen=True)
class Point:
    nom: str
    valeur: float | None
    """None: nothing is drawn."""
    texte: str
    complement: str = ""


@dataclass(frozen=True)
class Graphique:
    """Bars, the table beside them, and the sentence that replaces them."""

    titre: str
    entete: str
    """What the names are: month, kind of housing."""
    points: tuple[Point, ...]
    est_taux: bool = False

    @property
    def est_dessine(self) -> bool:
        return any(p.valeur is not None for p in self.points)

    @property
    def maximum(self) -> float:
        return 100 if self.est_taux else max([p.valeur for p in self.points if p.valeur is not None] + [1])

    @property
    def description(self) -> str:
        """The alternative text."""
        dits = " ; ".join(f"{p.nom} : {p.texte}" for p in self.points)
        return f"Graphique en barres. {self.titre}. {dits}."


def douze_mois(au: date, nombre: int, pas: int = 1) -> list[tuple[date, date]]:
    """``nombre`` periods of twelve months, the last one ending with the month of ``au``, one every ``pas`` months."""
    suivant = ajouter_mois(au.replace(day=1), 1)
    fins = [ajouter_mois(suivant, -pas * rang) - timedelta(days=1) for rang in range(nombre - 1, -1, -1)]
    return [(ajouter_mois(fin.replace(day=1), -11), fin) for fin in fins]


def evolution(code: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    """The trend of an indicator, each point being the twelve months that end with a month."""
    en_personnes = code in EN_PERSONNES
    points = [Point(n, c.nombre if en_personnes else hauteur(c), c.texte, c.complement) for n, c in chiffres]
    est_taux = not en_personnes and isinstance(chiffres[0][1].indicateur, Taux)
    unite = "en %" if est_taux else "en nombre de jeunes"
    titre = f"{EVOLUTIONS[code]}, sur douze mois glissants ({unite})"
    return Graphique(titre, "Douze mois jusqu’à", tuple(points), est_taux)


def typologie(chiffre: Chiffre, libelles: Mapping[str, str]) -> Graphique:
    """The housing of those who left; ``libelles``: code → label."""
    parts = chiffre.valeurs["pourcentages"]
    points = [
        Point(libelles[code], nombre, en_francais(nombre), en_pourcent(parts[code]))
        for code, nombre in chiffre.valeurs["repartition"].items()
    ]
    return Graphique("Jeunes logés à la sortie de l’ASE, par type de logement", "Type de logement", tuple(points))


def par_territoire(titre: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    return Graphique(titre, "MDS", tuple(Point(n, hauteur(c), c.texte, c.complement) for n, c in chiffres))
