"""What is drawn on the screen, in the workbook and in the bilan: the same points, and the same
words for who cannot see them.

A rate that must not be read alone is not drawn. S1 is drawn in persons: the number that the scheme
exists to bring down.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.regles import parametres as p
from app.regles.age import ajouter_mois

from .calcul import Periode, Resultats
from .chiffres import Chiffre, en_francais, en_pourcent, hauteur, pourcentages
from .definitions import Taux

EVOLUTIONS = {
    "S1": "Sorties sans solution connues",
    "I3d": "Premier rendez-vous dans les 15 jours",
    "I5": "En parcours à la sortie de l’ASE",
}
"""The indicators whose trend is drawn, and the title of the drawing."""
EN_PERSONNES = {"S1"}
TRIMESTRES = 8
"""Points of a trend, each the twelve months that end with a quarter."""


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
        return any(x.valeur is not None for x in self.points)

    @property
    def maximum(self) -> float:
        return (
            100
            if self.est_taux
            else max([x.valeur for x in self.points if x.valeur is not None] + [1])
        )

    @property
    def description(self) -> str:
        """The alternative text."""
        dits = " ; ".join(f"{x.nom} : {x.texte}" for x in self.points)
        return f"Graphique en barres. {self.titre}. {dits}."


def douze_mois(au: date, nombre: int, pas: int = 1) -> list[tuple[date, date]]:
    """``nombre`` periods of twelve months, the last one ending with the month of ``au``, one every
    ``pas`` months."""
    suivant = ajouter_mois(au.replace(day=1), 1)
    fins = [
        ajouter_mois(suivant, -pas * rang) - timedelta(days=1) for rang in range(nombre - 1, -1, -1)
    ]
    return [(ajouter_mois(fin.replace(day=1), -11), fin) for fin in fins]


def tendance(
    au: date, mds: str | None = None, codes: Collection[str] = EVOLUTIONS
) -> list[Periode]:
    """What the trends ask for: the points that end with the month of ``au``, a quarter apart."""
    return [
        Periode(debut, fin, mds, frozenset(codes)) for debut, fin in douze_mois(au, TRIMESTRES, 3)
    ]


def evolutions(
    resultats: Sequence[Resultats], codes: Iterable[str] = EVOLUTIONS
) -> list[Graphique]:
    """The trends, from the results of ``tendance``."""
    return [evolution(code, [(f"{r.au:%m/%Y}", r[code]) for r in resultats]) for code in codes]


def evolution(code: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    """The trend of an indicator, each point being the twelve months that end with a month."""
    en_personnes = code in EN_PERSONNES
    points = [
        Point(n, c.nombre if en_personnes else hauteur(c), c.texte, c.complement)
        for n, c in chiffres
    ]
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
    return Graphique(
        "Jeunes logés à la sortie de l’ASE, par type de logement", "Type de logement", tuple(points)
    )


def delais(chiffre: Chiffre) -> Graphique:
    """How long the youths of I3d waited for their first rendez-vous."""
    bornes, jours = p.TRANCHES_DELAI_JOURS, chiffre.delais
    tranches = [(f"{bornes[0]} jours ou moins", range(bornes[0] + 1))]
    tranches += [
        (f"de {d + 1} à {f} jours", range(d + 1, f + 1))
        for d, f in zip(bornes, bornes[1:], strict=False)
    ]
    nombres = [(nom, sum(jours.get(n, 0) for n in tranche)) for nom, tranche in tranches]
    nombres.append(
        (
            f"plus de {bornes[-1]} jours",
            sum(n for j, n in jours.items() if j is not None and j > bornes[-1]),
        )
    )
    nombres.append((f"pas de rendez-vous après {p.DELAI_RDV_JOURS} jours", jours.get(None, 0)))
    parts = pourcentages([n for _, n in nombres]) or [None] * len(nombres)
    points = [
        Point(nom, n, en_francais(n), "" if part is None else en_pourcent(part))
        for (nom, n), part in zip(nombres, parts, strict=True)
    ]
    titre = "Délai entre la prise de contact et le premier rendez-vous"
    return Graphique(titre, "Délai", tuple(points) if sum(jours.values()) else ())


def par_territoire(titre: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    return Graphique(
        titre, "MDS", tuple(Point(n, hauteur(c), c.texte, c.complement) for n, c in chiffres)
    )
