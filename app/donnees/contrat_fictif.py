"""The invented requests of contrat jeune majeur of one youth, and the CEJ proposed to them.

Drawn apart from the rest, so that what was drawn before stays as it was.
"""

from random import Random

from app.regles.echeances import ACCEPTEE, REFUSEE

from .tirages import Tirage
from .vie_fictive import Vie, jours, parfois

CONTRATS = ("CJM", "CJM_HEBERGE")
REPONSE_CEJ = Tirage(ACCEPTEE=55, REFUSEE=30, RIEN=15)
REFUS = (
    "Ressources jugées suffisantes.",
    "Le jeune vit chez ses parents.",
    "Projet à préciser avec le référent.",
)
PAROLES = (
    "Préfère chercher un emploi seul.",
    "Commence une formation en septembre.",
    "Ne veut pas s’engager quinze heures par semaine.",
)


def contrats(vie: Vie) -> None:
    r = Random(f"contrats:{vie.id}")
    precedents = 0
    for mesure in vie.mesures:
        if mesure["type_code"] in CONTRATS:
            _demande(vie, r, mesure, est_renouvellement=precedents > 0)
            precedents += 1
    if not precedents:
        _sans_contrat(vie, r)
    _cej(vie, r)


def _demande(vie: Vie, r: Random, mesure: dict, *, est_renouvellement: bool) -> None:
    """Asked some weeks before the contrat starts, accepted before its first day."""
    demandee_le = mesure["du"] - jours(r.randrange(25, 60))
    if demandee_le < vie.naissance or r.random() < 0.1:
        return
    vie.ajouter(
        "demande_cjm",
        demandee_le=demandee_le,
        est_renouvellement=est_renouvellement,
        decidee_le=mesure["du"] - jours(r.randrange(1, 15)),
        decision_code=ACCEPTEE,
        jusqu_au=mesure["au"],
        motif=None,
    )


def _sans_contrat(vie: Vie, r: Random) -> None:
    """Refused, or asked and not decided yet."""
    demandee_le = vie.majorite - jours(r.randrange(30, 70))
    if demandee_le > vie.horizon or vie.deces:
        return
    refuse = vie.mesures[-1]["motif_fin_code"] == "REFUS_DEPARTEMENT"
    attend = vie.majorite > vie.horizon
    if not refuse and not attend:
        return
    vie.ajouter(
        "demande_cjm",
        demandee_le=demandee_le,
        est_renouvellement=False,
        decidee_le=demandee_le + jours(20) if refuse else None,
        decision_code=REFUSEE if refuse else None,
        jusqu_au=None,
        motif=r.choice(REFUS) if refuse else None,
    )


def _cej(vie: Vie, r: Random) -> None:
    proposee_le = vie.majorite + jours(r.randrange(-30, 90))
    if r.random() > 0.5 or proposee_le > vie.horizon or proposee_le < vie.repere:
        return
    reponse = REPONSE_CEJ(r)
    repondue_le = proposee_le + jours(r.randrange(0, 15)) if reponse else None
    if repondue_le and repondue_le > vie.horizon:
        reponse = repondue_le = None
    vie.ajouter(
        "proposition_cej",
        proposee_le=proposee_le,
        repondue_le=repondue_le,
        reponse_code=reponse,
        precision=parfois(r, 0.6, lambda: r.choice(PAROLES)) if reponse == REFUSEE else None,
    )
