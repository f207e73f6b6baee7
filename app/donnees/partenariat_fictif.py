"""The invented partnership: what was done with each partner, its conventions, what it offers.

Drawn apart, so that nothing else of the demonstration moves.
"""

from datetime import date
from random import Random

from app.regles.age import ajouter_mois

from . import fiction
from .tirages import Tirage
from .vie_fictive import Lignes, jours

GENRE = Tirage(DEMARCHAGE=30, VISITE=25, INFORMATION=30, IMMERSION=15)
PROMOTION = Tirage(PROMOTION_RSASE=40, PROMOTION_SSD=25, PROMOTION_RLAF=20, PROMOTION_ASSFAM=15)
SUITES = (
    "Rappeler pour fixer une visite",
    "Envoyer la plaquette du dispositif",
    "Proposer une convention",
    "Inviter au prochain comité technique",
)
RECITS = (
    "Présentation de la mission du coordonnateur et des publics suivis.",
    "Visite des locaux, échange sur les conditions d’accueil des jeunes majeurs.",
    "Point sur les orientations de l’année et les suites données.",
)
OBJETS = ("Accueil des jeunes sortant de l’ASE", "Places réservées", "Parrainage et immersions")
POUR_QUI = ("16 à 25 ans", "18 à 25 ans, sans emploi ni formation", "Jeunes majeurs en contrat")


def inventer(graine: int, le: date, lignes: Lignes, coordonnateurs: dict[int, str]) -> None:
    """The rows of the partnership of the partners that ``lignes`` holds.

    ``coordonnateurs``: MDS → who works there.
    """
    r = Random(f"partenariat {graine}")
    for partenaire in lignes["partenaire"]:
        _actions(r, le, lignes, partenaire, coordonnateurs)
        _convention(r, le, lignes, partenaire)
        if nom := fiction.DISPOSITIFS.get(partenaire["type_code"]):
            lignes["dispositif_propose"].append(
                {"partenaire_id": partenaire["id"], "nom": nom, "pour_qui": r.choice(POUR_QUI)}
            )
    for mds, nom in coordonnateurs.items():
        for mois in range(0, 24, 3):
            jour = ajouter_mois(le, -mois) - jours(r.randrange(1, 28))
            lignes["action_partenariat"].append(
                _action(PROMOTION(r), jour, mds, nom) | {"recit": RECITS[0]}
            )


def _actions(
    r: Random, le: date, lignes: Lignes, partenaire: dict, coordonnateurs: dict[int, str]
) -> None:
    """The first approach, then some visits; the next step of the last one may still be to do."""
    ou = next(iter(partenaire["mds_ids"]), None)
    nom = coordonnateurs.get(ou) if ou is not None else None
    siennes = [_action("DEMARCHAGE", partenaire["demarche_le"], ou, nom)]
    for _ in range(r.randrange(0, 4)):
        jour = siennes[-1]["le"] + jours(r.randrange(20, 200))
        if jour <= le:
            siennes.append(_action(GENRE(r), jour, ou, nom) | {"recit": r.choice(RECITS)})
    for action in siennes:
        action["partenaire_id"] = partenaire["id"]
    if r.random() < 0.5:
        siennes[-1] |= _suite(r, siennes[-1]["le"], le)
    lignes["action_partenariat"].extend(siennes)


def _action(genre: str | None, jour: date, mds: int | None, nom: str | None) -> dict:
    return {
        "mds_id": mds,
        "partenaire_id": None,
        "genre_code": genre,
        "le": jour,
        "par": nom,
        "recit": None,
        "suite": None,
        "suite_le": None,
        "suite_faite_le": None,
    }


def _suite(r: Random, jour: date, le: date) -> dict:
    """The next step: done when it is long past, most of the time."""
    pour = jour + jours(r.randrange(10, 60))
    faite = None
    if pour + jours(5) <= le and r.random() < 0.7:
        faite = pour + jours(r.randrange(0, 5))
    return {"suite": r.choice(SUITES), "suite_le": pour, "suite_faite_le": faite}


def _convention(r: Random, le: date, lignes: Lignes, partenaire: dict) -> None:
    """Of one or two years since it was signed; some are about to end."""
    signee = partenaire["convention_signee_le"]
    if signee is None:
        return
    duree = r.choice((12, 12, 24, 36))
    lignes["convention_partenaire"].append(
        {
            "partenaire_id": partenaire["id"],
            "objet": r.choice(OBJETS),
            "du": signee,
            "au": ajouter_mois(signee, duree) - jours(1),
            "signee_le": signee,
            "sans_suite": r.random() < 0.1,
        }
    )
