"""The charts of the screen, of the workbook and of the bilan.

The same points everywhere, and the same words for whoever cannot see them.

A rate that must not be read alone is not drawn. S1 is drawn in persons: the number that the scheme
exists to bring down.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.regles import parametres as p
from app.regles.age import ajouter_mois, aujourd_hui

from .calcul import Resultats
from .chiffres import Chiffre, en_francais, en_pourcent, hauteur, pourcentages
from .definitions import DEFINITIONS, Evolution, Taux
from .demande import Periode


def _evolutions() -> dict[str, Evolution]:
    dessinees = {i.code: i.evolution for i in DEFINITIONS.values() if i.evolution}
    return dict(sorted(dessinees.items(), key=lambda dessinee: dessinee[1].rang))


EVOLUTIONS = _evolutions()
"""The indicators whose trend is drawn, and how."""
A_L_ECRAN = tuple(code for code, evolution in EVOLUTIONS.items() if evolution.a_l_ecran)
"""Those drawn above the figures of the page « Indicateurs »."""
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
    """Bars or a line, the table beside them, the sentence above them and the one that stands for
    them."""

    sujet: str
    """What is measured, in full."""
    entete: str
    """What the names are: month, kind of housing."""
    points: tuple[Point, ...]
    est_taux: bool = False
    est_une_suite: bool = False
    """The points follow each other in time: a line, not bars."""
    nom: str = ""
    """What is measured, in a few words."""
    se_partage: bool = True
    """The bars are the parts of one number; otherwise they are compared with each other."""

    @property
    def est_dessine(self) -> bool:
        return any(x.valeur is not None for x in self.points)

    @property
    def maximum(self) -> float:
        if self.est_taux:
            return 100
        return max([x.valeur for x in self.points if x.valeur is not None] + [1])

    @property
    def titre(self) -> str:
        """What is to be seen, in one sentence; what is measured when there is nothing to see."""
        connus = [(x.nom, x.valeur) for x in self.points if x.valeur is not None]
        if not any(valeur for _, valeur in connus):
            return self.sujet
        if self.est_une_suite:
            vu = self._mouvement(*connus[0], *connus[-1])
        elif self.se_partage:
            vu = self._premier(connus)
        else:
            vu = self._etendue(connus)
        return f"{self.nom or self.sujet} : {vu}"

    def _mouvement(self, debut: str, avant: float, fin: str, apres: float) -> str:
        """« en baisse, de 6,2 % (09/2024) à 3,1 % (06/2026) »."""
        if debut == fin:
            return f"{self._ecrire(apres)} ({fin})"
        if avant == apres:
            return f"{self._ecrire(apres)} en {debut} comme en {fin}"
        sens = "en hausse" if apres > avant else "en baisse"
        return f"{sens}, de {self._ecrire(avant)} ({debut}) à {self._ecrire(apres)} ({fin})"

    def _premier(self, connus: Sequence[tuple[str, float]]) -> str:
        """« d’abord « FJT », 4 sur 9 »; of several that are equal, the first one by name, and how
        many others."""
        nombre = max(valeur for _, valeur in connus)
        nom, *autres = [nom for nom, valeur in connus if valeur == nombre]
        part = f"{self._ecrire(nombre)} sur {self._ecrire(sum(valeur for _, valeur in connus))}"
        if not autres:
            return f"d’abord « {nom} », {part}"
        if len(autres) == 1:
            return f"d’abord « {nom} » et « {autres[0]} », {part} chacun"
        return f"d’abord « {nom} » et {len(autres)} autres à égalité, {part} chacun"

    def _etendue(self, connus: Sequence[tuple[str, float]]) -> str:
        """« de 3 (Ternois) à 17 (Artois) »."""
        tries = sorted(connus, key=lambda point: point[1])
        (bas, peu), (haut, beaucoup) = tries[0], tries[-1]
        return f"de {self._ecrire(peu)} ({bas}) à {self._ecrire(beaucoup)} ({haut})"

    def _ecrire(self, valeur: float) -> str:
        if self.est_taux:
            return en_pourcent(valeur)
        return en_francais(valeur)

    @property
    def description(self) -> str:
        """The alternative text of the bars."""
        dits = " ; ".join(f"{x.nom} : {x.texte}" for x in self.points)
        return f"Graphique en barres. {self.sujet}. {dits}."

    @property
    def description_de_la_courbe(self) -> str:
        """Where the screen draws a line: its two ends; its title and its table say the rest."""
        connus = [x for x in self.points if x.valeur is not None]
        bouts = ", puis ".join(f"{x.texte} ({x.nom})" for x in (connus[0], connus[-1]))
        return f"Courbe : {bouts}."


def douze_mois(au: date, nombre: int, pas: int = 1) -> list[tuple[date, date]]:
    """``nombre`` periods of twelve months, one every ``pas`` months.

    The last one ends with the month of ``au``.
    """
    suivant = ajouter_mois(au.replace(day=1), 1)
    fins = [
        ajouter_mois(suivant, -pas * rang) - timedelta(days=1) for rang in range(nombre - 1, -1, -1)
    ]
    avant = 1 - p.TENDANCE_MOIS.valeur
    return [(ajouter_mois(fin.replace(day=1), avant), fin) for fin in fins]


def tendance(
    au: date, mds: str | None = None, codes: Collection[str] = EVOLUTIONS
) -> list[Periode]:
    """What the trends ask for: the points that end with the month of ``au``, a quarter apart.

    The month that is running ends today: what is to come in it has not happened yet.
    """
    jour = aujourd_hui()
    points = douze_mois(au, TRIMESTRES, 3)
    return [Periode(debut, min(fin, max(au, jour)), mds, frozenset(codes)) for debut, fin in points]


def evolutions(
    resultats: Sequence[Resultats], codes: Iterable[str] = EVOLUTIONS
) -> list[Graphique]:
    """The trends, from the results of ``tendance``."""
    return [evolution(code, [(f"{r.au:%m/%Y}", r[code]) for r in resultats]) for code in codes]


def evolution(code: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    """The trend of an indicator, each point being the twelve months that end with a month."""
    en_personnes = EVOLUTIONS[code].en_personnes
    points = []
    for nom, chiffre in chiffres:
        valeur = chiffre.nombre if en_personnes else hauteur(chiffre)
        points.append(Point(nom, valeur, chiffre.texte, chiffre.complement))
    est_taux = not en_personnes and isinstance(DEFINITIONS[code], Taux)
    unite = "en %" if est_taux else "en nombre de jeunes"
    duree = p.TENDANCE_MOIS.en_lettres
    nom = EVOLUTIONS[code].titre
    return Graphique(
        f"{nom}, sur {duree} glissants ({unite})",
        f"{duree.capitalize()} jusqu’à",
        tuple(points),
        est_taux,
        est_une_suite=True,
        nom=nom,
    )


def typologie(chiffre: Chiffre, libelles: Mapping[str, str]) -> Graphique:
    """The housing of those who left; ``libelles``: code → label."""
    parts = chiffre.valeurs["pourcentages"]
    points = [
        Point(libelles[code], nombre, en_francais(nombre), en_pourcent(parts[code]))
        for code, nombre in chiffre.valeurs["repartition"].items()
    ]
    return Graphique(
        "Jeunes logés à la sortie de l’ASE, par type de logement",
        "Type de logement",
        tuple(points),
        nom="Logement à la sortie de l’ASE",
    )


_DELAI = "Délai entre la prise de contact et le premier rendez-vous"


def delais(chiffre: Chiffre) -> Graphique:
    """How long the youths of I3d waited for their first rendez-vous."""
    jours = chiffre.delais or {}
    if not sum(jours.values()):
        return Graphique(_DELAI, "Délai", ())
    attendus = {nombre: n for nombre, n in jours.items() if nombre is not None}
    nombres = []
    debut = 0
    for fin in p.TRANCHES_DELAI_JOURS.valeur:
        nom = f"de {debut} à {fin} jours" if debut else f"{fin} jours ou moins"
        nombres.append((nom, sum(n for nombre, n in attendus.items() if debut <= nombre <= fin)))
        debut = fin + 1
    plus_tard = sum(n for nombre, n in attendus.items() if nombre >= debut)
    nombres.append((f"plus de {debut - 1} jours", plus_tard))
    nombres.append((f"pas de rendez-vous après {p.DELAI_RDV_JOURS.dit}", jours.get(None, 0)))
    parts = pourcentages([n for _, n in nombres])
    points = [
        Point(nom, n, en_francais(n), en_pourcent(part))
        for (nom, n), part in zip(nombres, parts, strict=True)
    ]
    return Graphique(_DELAI, "Délai", tuple(points), nom="Attente du premier rendez-vous")


def par_territoire(sujet: str, chiffres: Sequence[tuple[str, Chiffre]]) -> Graphique:
    points = tuple(Point(n, hauteur(c), c.texte, c.complement) for n, c in chiffres)
    return Graphique(sujet, "MDS", points, se_partage=False)
