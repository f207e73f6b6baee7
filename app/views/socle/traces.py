"""Where the points of a chart go: lines, bars, sparklines, small multiples, targets, intervals.

Numbers in, coordinates out; the templates only write them down. Across, percentages of the width:
a drawing keeps the size of its words from 320 to 1280 pixels. Down, pixels from the top. A value
that must not be read alone (None) is never drawn: the line stops, and starts again after it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

HAUTEUR = 170
"""Of a line with its scale, in pixels; 18 of them hold the dates."""
HAUTEUR_MULTIPLE = 64
GAUCHE = 12
DROITE = 84
"""Where the line starts and ends: on its left the scale, on its right its last value."""
MARGE = 8.0
SOUS_LA_LIGNE = 18.0
TRAITS = 4
"""Steps of a scale at most, hence five hairlines."""
MINI_LARGE = 96
MINI_HAUT = 24.0
MINI_MARGE = 3.0


@dataclass(frozen=True)
class Valeur:
    """A point before it is placed; ``bas`` and ``haut``: the interval it is known to be in."""

    nom: str
    valeur: float | None
    texte: str
    bas: float | None = None
    haut: float | None = None


@dataclass(frozen=True)
class Echelle:
    """From ``bas`` to ``haut`` by ``pas``."""

    bas: float
    haut: float
    pas: float

    @property
    def graduations(self) -> list[float]:
        nombre = round((self.haut - self.bas) / self.pas)
        return [self.bas + rang * self.pas for rang in range(nombre + 1)]

    def y(self, valeur: float, haut: float, bas: float) -> float:
        """How far down a value goes, between the lines ``haut`` and ``bas`` of the drawing."""
        part = (valeur - self.bas) / (self.haut - self.bas)
        place = round(bas - part * (bas - haut), 1)
        if place.is_integer():
            return int(place)
        return place


@dataclass(frozen=True)
class Repere:
    """A word of a scale: where it stands and what it says."""

    place: float
    texte: str
    ancre: str = "start"


@dataclass(frozen=True)
class Courbe:
    """A line placed; ``segments`` are in a box of 100 by ``hauteur``, the rest in the figure."""

    hauteur: int
    gauche: float
    droite: float
    segments: tuple[str, ...]
    graduations: tuple[Repere, ...]
    dates: tuple[Repere, ...]
    fourchettes: tuple[tuple[float, float, float], ...]
    """(percentage across, top, bottom) of what is only known between two values."""
    bout: tuple[float, float] | None
    dernier: str
    cible: float | None
    dit: str

    @property
    def largeur(self) -> float:
        return self.droite - self.gauche


@dataclass(frozen=True)
class Mini:
    """A sparkline in a box of 96 by 24."""

    segments: tuple[str, ...]
    bout: tuple[float, float] | None
    cible: float | None
    dit: str


def echelle(
    valeurs: Sequence[float], *, depuis_zero: bool = True, entiers: bool = False
) -> Echelle:
    """A scale of round numbers that holds all the values, in five hairlines at most.

    ``entiers``: what is counted has no halves.
    """
    plus_bas = 0.0 if depuis_zero or not valeurs else min(valeurs)
    plus_haut = max([*valeurs, plus_bas])
    if plus_haut <= plus_bas:
        plus_haut = plus_bas + 1
    pas = _pas_rond((plus_haut - plus_bas) / TRAITS)
    if entiers:
        pas = math.ceil(pas)
    bas = math.floor(plus_bas / pas) * pas
    while bas + TRAITS * pas < plus_haut:
        pas = _pas_rond(pas * 1.01)
        bas = math.floor(plus_bas / pas) * pas
    haut = bas + math.ceil(round((plus_haut - bas) / pas, 6)) * pas
    return Echelle(bas, haut, pas)


def _pas_rond(pas: float) -> float:
    """The first of 1, 2, 2.5, 5, 10, 20… that is not below ``pas``; likewise below 1."""
    puissance = 10.0 ** math.floor(math.log10(pas))
    ronds = (facteur * puissance for facteur in (1, 2, 2.5, 5, 10))
    return round(next(r for r in ronds if r >= pas * (1 - 1e-9)), 6)


def connues(serie: Sequence[Valeur], cible: float | None = None) -> list[float]:
    """Every number that a drawing of the series has to hold."""
    bornes = [n for v in serie for n in (v.valeur, v.bas, v.haut) if n is not None]
    return bornes if cible is None else [*bornes, cible]


def courbe(
    serie: Sequence[Valeur],
    *,
    ecrire: Callable[[float], str],
    cible: float | None = None,
    mesure: Echelle | None = None,
) -> Courbe:
    """A line over time with its scale, its dates, its last value and its target."""
    mesure = mesure or echelle(connues(serie, cible))
    bas = HAUTEUR - SOUS_LA_LIGNE
    return Courbe(
        HAUTEUR,
        GAUCHE,
        DROITE,
        _segments(serie, mesure, 100.0, (MARGE, bas)),
        tuple(Repere(mesure.y(g, MARGE, bas), ecrire(g)) for g in mesure.graduations),
        _dates(serie),
        _fourchettes(serie, mesure, (MARGE, bas)),
        _bout(serie, mesure, (MARGE, bas)),
        serie[-1].texte if serie else "",
        None if cible is None else mesure.y(cible, MARGE, bas),
        phrase(serie, None if cible is None else ecrire(cible)),
    )


def petite_courbe(
    serie: Sequence[Valeur],
    *,
    mesure: Echelle,
    ecrire: Callable[[float], str],
    cible: float | None = None,
) -> Courbe:
    """One of several beside each other: the scale is that of all of them."""
    haut, bas = 4.0, HAUTEUR_MULTIPLE - 4.0
    return Courbe(
        HAUTEUR_MULTIPLE,
        0.0,
        98.0,
        _segments(serie, mesure, 100.0, (haut, bas)),
        (Repere(bas, ""),),
        (),
        _fourchettes(serie, mesure, (haut, bas), 0.0, 98.0),
        _bout(serie, mesure, (haut, bas), 98.0),
        serie[-1].texte if serie else "",
        None if cible is None else mesure.y(cible, haut, bas),
        phrase(serie, None if cible is None else ecrire(cible)),
    )


def multiples(
    series: Sequence[tuple[str, Sequence[Valeur]]],
    *,
    ecrire: Callable[[float], str],
    cible: float | None = None,
) -> list[tuple[str, Courbe]]:
    """The same drawing for each name, on one scale, in the order of the alphabet."""
    nombres = [n for _, serie in series for n in connues(serie)]
    mesure = echelle(nombres if cible is None else [*nombres, cible])
    return [
        (nom, petite_courbe(serie, mesure=mesure, ecrire=ecrire, cible=cible))
        for nom, serie in sorted(series, key=lambda s: s[0])
    ]


def mini(
    serie: Sequence[Valeur], *, cible: float | None = None, cible_dite: str | None = None
) -> Mini:
    """A line without scale for a table or a tile, told by its sentence."""
    nombres = connues(serie, cible)
    bas, haut = (min(nombres), max(nombres)) if nombres else (0.0, 1.0)
    mesure = Echelle(bas, haut if haut > bas else bas + 1, 1)
    bords = (MINI_MARGE, MINI_HAUT - MINI_MARGE)
    droite = MINI_LARGE - 4
    bout = _bout(serie, mesure, bords, droite)
    return Mini(
        _segments(serie, mesure, droite, bords),
        bout,
        None if cible is None else mesure.y(cible, *bords),
        phrase(serie, cible_dite),
    )


def largeur_de_barre(valeur: float, maximum: float) -> float:
    """The width of a bar, in percent of the longest possible."""
    return round(100 * valeur / maximum, 1) if maximum > 0 else 0.0


def phrase(serie: Sequence[Valeur], cible: str | None = None) -> str:
    """« de 6,2 % à 3,1 %, cible 5 % »: what a drawing shows to whoever cannot see it."""
    lues = [v for v in serie if v.valeur is not None]
    if not lues:
        return "rien à montrer"
    dits = f"de {lues[0].texte} à {lues[-1].texte}" if len(lues) > 1 else lues[0].texte
    return dits if cible is None else f"{dits}, cible {cible}"


def _x(rang: int, nombre: int, largeur: float) -> float:
    return round(largeur * rang / (nombre - 1), 2) if nombre > 1 else largeur


def _segments(
    serie: Sequence[Valeur], mesure: Echelle, largeur: float, bords: tuple[float, float]
) -> tuple[str, ...]:
    """The pieces of the line between which a value is missing."""
    morceaux: list[list[str]] = [[]]
    for rang, v in enumerate(serie):
        if v.valeur is None:
            morceaux.append([])
        else:
            x, y = _x(rang, len(serie), largeur), mesure.y(v.valeur, *bords)
            morceaux[-1].append(f"{x:g},{y:g}")
    return tuple(" ".join(morceau) for morceau in morceaux if morceau)


def _bout(
    serie: Sequence[Valeur], mesure: Echelle, bords: tuple[float, float], droite: float = DROITE
) -> tuple[float, float] | None:
    if not serie or serie[-1].valeur is None:
        return None
    return droite, mesure.y(serie[-1].valeur, *bords)


def _fourchettes(
    serie: Sequence[Valeur],
    mesure: Echelle,
    bords: tuple[float, float],
    gauche: float = GAUCHE,
    droite: float = DROITE,
) -> tuple[tuple[float, float, float], ...]:
    return tuple(
        (
            round(gauche + _x(rang, len(serie), droite - gauche), 2),
            mesure.y(v.haut, *bords),
            mesure.y(v.bas, *bords),
        )
        for rang, v in enumerate(serie)
        if v.bas is not None and v.haut is not None
    )


def _dates(serie: Sequence[Valeur]) -> tuple[Repere, ...]:
    """The first, the middle and the last name, which never meet."""
    if not serie:
        return ()
    dernier = len(serie) - 1
    dites = [Repere(GAUCHE, serie[0].nom)] if dernier else []
    if dernier >= 4 and dernier % 2 == 0:
        milieu = GAUCHE + (DROITE - GAUCHE) / 2
        dites.append(Repere(milieu, serie[dernier // 2].nom, "middle"))
    return (*dites, Repere(DROITE, serie[dernier].nom, "end"))
