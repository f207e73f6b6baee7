"""An exact attacker of masked tables, written without the rule: what numbers may a hidden cell
still have?

It knows every number printed, every sum and order between cells, and why each cell is hidden: for
itself (1 to 4) or to protect another (5 or more); of a cell all of whose relations are hidden it
only knows that it is 1 at least, like a hidden total; an unprinted one may be any number from 0. It
tries all the tables that agree with that, narrowing bounds as it goes, and says whether a cell can
have another number than its own.
"""

AU_DELA = 9
"""How far above its true number a cell is tried."""


class Attaquant:
    def __init__(self, nombres, sommes, ordres, caches, libres):
        self.nombres, self.caches = nombres, caches | libres
        totaux = {total for total, _ in sommes}
        self.relations = [({total: -1} | dict.fromkeys(parts, 1), True) for total, parts in sommes]
        self.relations += [({a: 1, b: -1}, False) for a, b in ordres if nombres[a] <= nombres[b]]
        self.de = {}
        for rang, (relation, _) in enumerate(self.relations):
            for c in relation:
                self.de.setdefault(c, []).append(rang)
        # A sum holds as exactly as it does in the true tables.
        self.valeurs = [
            sum(s * nombres[c] for c, s in r.items()) if egal else 0 for r, egal in self.relations
        ]
        self.bornes = {}
        for c, n in nombres.items():
            if c in libres:
                self.bornes[c] = (0, n + AU_DELA)
            elif c not in caches:
                self.bornes[c] = (n, n)
            elif c in totaux or self._tout_est_cache_autour(c):
                self.bornes[c] = (1, n + AU_DELA)
            elif 1 <= n <= 4:
                self.bornes[c] = (1, 4)
            else:
                self.bornes[c] = (min(n, 5), n + AU_DELA)

    def _tout_est_cache_autour(self, cellule) -> bool:
        """Nothing that a relation leads to from this cell is printed but noughts."""
        vues, bord = {cellule}, [cellule]
        while bord:
            proches = {
                x for c in bord for rang in self.de.get(c, ()) for x in self.relations[rang][0]
            } - vues
            if any(self.nombres[x] and x not in self.caches for x in proches):
                return False
            bord = list(proches)
            vues |= proches
        return True

    def devine(self, cellule) -> bool:
        """No other number is possible."""
        bas, haut = self.bornes[cellule]
        vrai = self.nombres[cellule]
        autres = sorted((n for n in range(bas, haut + 1) if n != vrai), key=lambda n: abs(n - vrai))
        return not any(self._possible(self.bornes | {cellule: (n, n)}, [cellule]) for n in autres)

    def _possible(self, bornes, changees) -> bool:
        bornes = self._resserrer(dict(bornes), changees)
        if bornes is None:
            return False
        ouvertes = [c for c, (a, b) in bornes.items() if a < b]
        if not ouvertes:
            return True
        choisie = min(ouvertes, key=lambda c: (bornes[c][1] - bornes[c][0], str(c)))
        bas, haut = bornes[choisie]
        essais = sorted(range(bas, haut + 1), key=lambda n: abs(n - self.nombres[choisie]))
        return any(self._possible(bornes | {choisie: (n, n)}, [choisie]) for n in essais)

    def _resserrer(self, bornes, changees):
        attente = {rang for c in changees for rang in self.de.get(c, ())}
        if len(changees) == 1 and not self.de.get(changees[0]):
            return bornes
        while attente:
            rang = attente.pop()
            relation, egal = self.relations[rang]
            for c, signe in relation.items():
                bas, haut = bornes[c]
                autres_bas = sum(
                    s * bornes[x][0 if s > 0 else 1] for x, s in relation.items() if x != c
                )
                autres_haut = sum(
                    s * bornes[x][1 if s > 0 else 0] for x, s in relation.items() if x != c
                )
                plus = self.valeurs[rang] - autres_bas  # signe·x is at most this
                moins = self.valeurs[rang] - autres_haut  # and, in a sum, at least this
                if signe > 0:
                    haut, bas = min(haut, plus), max(bas, moins) if egal else bas
                else:
                    bas, haut = max(bas, -plus), min(haut, -moins) if egal else haut
                if bas > haut:
                    return None
                if (bas, haut) != bornes[c]:
                    bornes[c] = (bas, haut)
                    attente.update(self.de[c])
        return bornes
