"""When a new MDS may open: never in a month that is over, whose tables may have been sent."""

from datetime import date


def refus_d_ouverture(ouverte_le: date | None, le: date) -> str | None:
    """Why a new MDS may not open that day, said on ``le``; None when it may."""
    if ouverte_le is None:
        return "Donnez le jour d’ouverture : rien n’est attendu de cette MDS avant."
    if ouverte_le < le.replace(day=1):
        return (
            "Une MDS ne s’ouvre pas dans un mois fini : ses tableaux ont pu être envoyés. "
            f"Donnez un jour à partir du {le.replace(day=1):%d/%m/%Y}."
        )
    return None
