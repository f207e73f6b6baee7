"""« C’est quelqu’un d’autre », said of a youth of a file: kept as the form keeps it, so that nobody
asks again (``models/distinction.py``).
"""

from collections.abc import Mapping

from sqlalchemy import select

from app import acces
from app.echanges.reprise.choix import COMME, MEME, ChoixDuFichier
from app.extensions import db
from app.models import Compte, Distinction, Jeune
from app.regles.texte import plier

COMMANDE = "une commande"


def ecrire(choix: ChoixDuFichier, codes: Mapping[str, str]) -> None:
    """Add them to the transaction; ``codes``: « sheet!row » of the youths created → their code.

    Of two files of which the person may decide so; the others stay possible duplicates.
    """
    paires = [
        (codes[ou], autre)
        for ou, dits in choix.differents.items()
        if ou in codes
        for autre in filter(None, (_code(dit, codes) for dit in dits))
    ]
    cles = {plier(code) for paire in paires for code in paire}
    if not cles:
        return
    jeunes = {j.cle: j for j in db.session.scalars(select(Jeune).where(Jeune.cle.in_(cles)))}
    auteur = _auteur()
    for paire in paires:
        deux = [jeunes[cle] for cle in map(plier, paire) if cle in jeunes and _decide(jeunes[cle])]
        if len(deux) == 2 and deux[0] is not deux[1]:
            un, autre = deux
            db.session.add(Distinction.entre(un, autre, auteur))
    db.session.flush()


def _code(dit: str, codes: Mapping[str, str]) -> str | None:
    """Of the youth whom « meme:CODE » or « comme:sheet!row » names."""
    if dit.startswith(MEME):
        return dit.removeprefix(MEME)
    return codes.get(dit.removeprefix(COMME))


def _decide(jeune: Jeune) -> bool:
    if acces.contexte().acteur == acces.TOUS:
        return True
    return acces.perimetre().peut("fusion", "creer", jeune.mds_id)


def _auteur() -> str:
    acteur = acces.contexte().acteur
    if acteur == acces.TOUS:
        return COMMANDE
    return str(db.session.get(Compte, int(acteur)) or COMMANDE)[:300]
