"""Small numbers in what leaves for partners: youths are told by tens, zero included.

The whole rule, as it is told to the data protection officer: ``docs/decisions/petits-nombres.md``.
It looks at one number at a time: no other table, no other month, no rectificatif changes what is
printed, and nothing that was handed out has to be remembered.
"""

from .parametres import TRANCHE_DIFFUSEE

MASQUE = "masqué"


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
