"""Small numbers hidden in what leaves for partners: those from 1 to 4, and those from which they
could be computed.

A small number is safe when the tables handed out could just as well tell another one: ``_temoin``
looks for such other tables, which agree with everything that is printed. As long as there are none,
one more cell is hidden. What is proved cell by cell is thus proved against whoever adds, subtracts
and compares, however cleverly.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .parametres import MASQUE_JUSQU_A

Cellule = Hashable
Somme = tuple[Cellule, tuple[Cellule, ...]]
"""(total, its parts): what whoever reads the tables can add up or subtract."""
ESSAIS, ESSAIS_EN_TOUT = 200, 6000
"""Cells changed at most in the search of other tables, for one number and for all; beyond, it is
held to be in danger."""


@dataclass(frozen=True)
class Relations:
    """What a reader knows of the cells, besides those that are printed."""

    sommes: list[Somme] = field(default_factory=list)
    ordres: list[tuple[Cellule, Cellule]] = field(default_factory=list)
    """(a, b): a is at most b."""
    libres: set[Cellule] = field(default_factory=set)
    """Cells that are printed nowhere: any number from 0."""
    attendues: set[Cellule] = field(default_factory=set)
    """Cells of tables still to come: printed nowhere yet, they will be hidden for what they are, or
    printed if 0."""


class Decouvert(ValueError):
    """Whatever is hidden in the last table, a small number can be computed from those handed out
    before and from it."""


def a_masquer(
    nombres: Mapping[Cellule, int],
    sommes: Iterable[Somme],
    relations: Relations | None = None,
    deja: Collection[Cellule] = (),
    imprimees: Collection[Cellule] = (),
) -> set[Cellule]:
    """The cells to hide, given those already hidden (``deja``) or printed (``imprimees``) in tables
    handed out before.

    A sum holds as exactly as its cells do today: a difference between a total and its parts is
    known to the reader too. Raises ``Decouvert`` rather than leave a small number in danger.
    """
    relations = relations or Relations()
    reseau = _Reseau(nombres, [*sommes, *relations.sommes], relations)
    jamais_imprimees = relations.libres | relations.attendues
    reseau.caches = (
        {c for c, n in nombres.items() if est_petit(n) and c not in imprimees}
        | set(deja)
        | jamais_imprimees
    )
    for cellule in sorted((c for c in reseau.caches if est_petit(nombres[c])), key=str):
        while not reseau.est_sure(cellule):
            if reseau.restent < 0:
                raise Decouvert(cellule)
            if (suivante := reseau.a_cacher(cellule, imprimees)) is not None:
                reseau.caches.add(suivante)
            elif reseau.a_cacher(cellule) is None and reseau.est_sure(cellule, sait_pourquoi=False):
                break  # all around is hidden, in each table: nothing says why
            else:
                raise Decouvert(cellule)
    return reseau.caches - jamais_imprimees


def est_petit(nombre: int) -> bool:
    return 1 <= nombre <= MASQUE_JUSQU_A.valeur


class _Reseau:
    """The cells and what binds them."""

    def __init__(self, nombres: Mapping[Cellule, int], sommes: list[Somme], relations: Relations):
        self.nombres, self.libres, self.caches, self.sures = nombres, relations.libres, set(), set()
        self.totaux, self.restent = {total for total, _ in sommes}, ESSAIS_EN_TOUT
        self.egalites: dict[Cellule, list[dict[Cellule, int]]] = defaultdict(list)
        self.ordres: dict[Cellule, list[tuple[Cellule, Cellule]]] = defaultdict(list)
        for total, parts in sommes:
            egalite = {total: -1} | dict.fromkeys(parts, 1)
            for c in egalite:
                self.egalites[c].append(egalite)
        for petite, grande in relations.ordres:
            if nombres[petite] <= nombres[grande]:  # else the reader sees that it does not hold
                self.ordres[petite].append((petite, grande))
                self.ordres[grande].append((petite, grande))

    def est_sure(self, cellule: Cellule, *, sait_pourquoi: bool = True) -> bool:
        """Other tables that agree with all that is printed would give it another number."""
        self.sait_pourquoi = sait_pourquoi
        for ecart, self.par_le_haut in ((1, False), (1, True), (-1, False), (-1, True)):
            self.essais, ecarts = ESSAIS, {cellule: ecart}
            if (
                cellule not in self.sures
                and self._possible(cellule, ecart)
                and self._temoin(ecarts)
            ):
                self.sures.update(
                    ecarts if sait_pourquoi else ()
                )  # to each of them, these tables give another number
                return True
        return cellule in self.sures

    def _temoin(self, ecarts: dict[Cellule, int]) -> bool:
        """Can these changes be balanced by others, among hidden cells?"""
        self.essais, self.restent = self.essais - 1, self.restent - 1
        if self.essais < 0 or self.restent < 0:
            return False
        choix = self._a_equilibrer(ecarts)
        if choix is None:
            return True
        for cellule, ecart in choix:
            ecarts[cellule] = ecart
            if self._temoin(ecarts):
                return True
            del ecarts[cellule]
        return False

    def _a_equilibrer(self, ecarts: dict[Cellule, int]) -> list[tuple[Cellule, int]] | None:
        """The ways to mend one of the relations that these changes break, the one that leaves the
        least choice; None: all hold."""
        moindre = None
        for facons in self._rompues(ecarts):
            possibles = [
                (c, e)
                for c, e in facons
                if c in self.caches and c not in ecarts and self._possible(c, e)
            ]
            if moindre is None or len(possibles) < len(moindre):
                moindre = possibles
            if not moindre:
                break
        # The cells that fewest sums hold first; or else what is largest, the totals.
        cle = {
            False: lambda x: (len(self.egalites[x[0]]), -self.nombres[x[0]]),
            True: lambda x: -self.nombres[x[0]],
        }
        return moindre and sorted(moindre, key=cle[self.par_le_haut])

    def _rompues(self, ecarts: dict[Cellule, int]) -> Iterator[list[tuple[Cellule, int]]]:
        """Each relation that these changes break: the changes that would mend it."""
        vues = set()
        for change in ecarts:
            for egalite in self.egalites[change]:
                if id(egalite) in vues:
                    continue
                vues.add(id(egalite))
                if reste := sum(signe * ecarts.get(c, 0) for c, signe in egalite.items()):
                    yield [(c, -reste * signe) for c, signe in egalite.items()]
            for petite, grande in self.ordres[change]:
                trop = (
                    self.nombres[petite]
                    + ecarts.get(petite, 0)
                    - self.nombres[grande]
                    - ecarts.get(grande, 0)
                )
                if trop > 0:
                    yield [(grande, trop), (petite, -trop)]

    def _possible(self, cellule: Cellule, ecart: int) -> bool:
        """The reader may know why a cell is hidden: for itself (1 to 4), or for another (more). Of
        a hidden total, nothing."""
        avant, apres = self.nombres[cellule], self.nombres[cellule] + ecart
        if cellule in self.libres:
            return apres >= 0
        if not self.sait_pourquoi or (est_petit(avant) and cellule in self.totaux):
            return avant > 0 and apres >= 1
        return est_petit(apres) if est_petit(avant) else avant > 0 and apres > MASQUE_JUSQU_A.valeur

    def a_cacher(self, cellule: Cellule, imprimees: Collection[Cellule] = ()) -> Cellule | None:
        """One more cell, as near as can be: the smallest part that says something, else the total."""
        vues, bord = {cellule}, [cellule]
        while bord:
            suivant = []
            for c in bord:
                for egalite in self.egalites[c]:
                    visibles = [
                        x
                        for x in egalite
                        if x not in self.caches and x not in imprimees and self.nombres[x]
                    ]
                    if visibles:
                        return min(
                            visibles, key=lambda x: (egalite[x] < 0, self.nombres[x], str(x))
                        )
                    suivant += [x for x in egalite if x in self.caches and x not in vues]
                for ordre in self.ordres[c]:
                    for x in ordre:
                        if x not in self.caches and x not in imprimees and self.nombres[x]:
                            return x
                        if x in self.caches and x not in vues:
                            suivant.append(x)
                vues.update(suivant)
            bord = suivant
        return None
