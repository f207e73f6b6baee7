"""Small numbers in what leaves for partners: youths are told by tens, zero included.

The whole rule, as it is told to the data protection officer: ``docs/decisions/petits-nombres.md``.
It looks at one number at a time, and at what the first tables of the same month said of it: no
other territory and no other month changes what is printed.
"""

from collections.abc import Sequence

from .parametres import TRANCHE_DIFFUSEE

MASQUE = "masqué"


def nombre_a_dire(versions: Sequence[int]) -> int:
    """The number that a table tells, of those that it and the tables it rectifies found.

    ``versions``: the first table's number, then that of each rectificatif in order. A number that
    has moved by fewer than ten since it was last told is told again as it was: two versions side
    by side never tell a difference of a few youths.
    """
    dit, *corriges = versions
    for nombre in corriges:
        if abs(nombre - dit) >= TRANCHE_DIFFUSEE.valeur:
            dit = nombre
    return dit


def par_tranche(nombre: int) -> str:
    """« moins de 10 », « de 10 à 19 »… A number from 1 to 4 reads as nobody, or as nine."""
    pas = TRANCHE_DIFFUSEE.valeur
    debut = nombre // pas * pas
    if debut == 0:
        return f"moins de {pas}"
    return f"de {debut} à {debut + pas - 1}"


def taux_arrondi(oui: int, non: int) -> str:
    """« environ 60 % », to the nearest ten.

    Hidden as soon as its « oui » or its « non » is below ten: a rate of few persons tells how many
    they are.
    """
    pas = TRANCHE_DIFFUSEE.valeur
    if min(oui, non) < pas:
        return MASQUE
    connus = oui + non
    dizaines = (200 * oui + pas * connus) // (2 * pas * connus)
    return f"environ {dizaines * pas} %"
