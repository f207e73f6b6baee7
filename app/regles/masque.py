"""Small numbers hidden in what leaves for partners: those from 1 to 4, and those from which they could be computed."""

from collections.abc import Iterable, Mapping

from .parametres import MASQUE_JUSQU_A

Somme = tuple[str, tuple[str, ...]]
"""(total, its parts): what whoever reads the table can add up or subtract."""


def a_masquer(nombres: Mapping[str, int], sommes: Iterable[Somme]) -> set[str]:
    """The cells to hide. In each sum two cells at least are hidden, or none, and what they hide stays open to doubt."""
    sommes = list(sommes)
    caches = {nom for nom, n in nombres.items() if _est_petit(n)}
    change = True
    while change:
        change = False
        for total, parts in sommes:
            if (suivant := _a_cacher_encore(nombres, caches, total, parts)) is not None:
                caches.add(suivant)
                change = True
    return caches


def _est_petit(nombre: int) -> bool:
    return 1 <= nombre <= MASQUE_JUSQU_A


def _a_cacher_encore(nombres: Mapping[str, int], caches: set[str], total: str, parts: tuple[str, ...]) -> str | None:
    """Another cell of this sum that must be hidden too: the smallest part that says something, else the total."""
    cachees = [p for p in parts if p in caches]
    if not cachees and total not in caches:
        return None
    if len(cachees) + (total in caches) >= 2 and not _se_devine(nombres, cachees, total in caches):
        return None
    visibles = sorted((nombres[p], p) for p in parts if p not in caches)
    for nombre, part in visibles:
        if nombre:
            return part
    if total not in caches:
        return total
    return visibles[0][1] if visibles and len(cachees) + 1 < 2 else None


def _se_devine(nombres: Mapping[str, int], cachees: list[str], total_cache: bool) -> bool:
    """With a total that is shown, parts that are all 1, or all 4, can be nothing else."""
    if total_cache or not all(_est_petit(nombres[p]) for p in cachees):
        return False
    return sum(nombres[p] for p in cachees) in (len(cachees), MASQUE_JUSQU_A * len(cachees))
