"""Small numbers in what leaves for partners: youths are told by tens, zero included.

The whole rule, as it is told to the data protection officer: ``docs/decisions/petits-nombres.md``.
It looks at one number at a time, and at what the tables of the territory sent before said of it: no
other territory, and nothing sent after, changes what is printed.
"""

from collections.abc import Sequence
from datetime import date

from .parametres import TRANCHE_DIFFUSEE

MASQUE = "masqué"


def nombre_a_dire(trouves: Sequence[tuple[date, int]]) -> int:
    """The number that the last of these tables tells: (month, number found), in order of sending.

    A rectificatif tells a number again as it was told, as long as it has moved by fewer than ten:
    two versions side by side never tell a difference of a few youths. Tables of other months are
    given for the year so far alone, which goes down when a file is corrected only: it is told as
    the month before told it, as long as it is fewer than ten below.
    """
    pas = TRANCHE_DIFFUSEE.valeur
    dits: dict[date, int] = {}
    for mois, nombre in trouves:
        if mois in dits and abs(nombre - dits[mois]) < pas:
            continue
        avant = max((m for m in dits if m < mois), default=mois)
        recul = dits.get(avant, nombre) - nombre
        if avant != mois and 0 < recul < pas:
            nombre += recul
        dits[mois] = nombre
    return dits[trouves[-1][0]]


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
