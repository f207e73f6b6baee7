"""The invented mobilités of a few youths, and the freins that were lifted with them.

Drawn apart from the rest, so that what was drawn before stays as it was.
"""

from datetime import date
from random import Random

from .vie_fictive import Vie, au_plus, jours

PARTIS = (
    ("DEPARTEMENT", "Lille (Nord)", "Mme Vandeputte, mission locale de Lille"),
    ("DEPARTEMENT", "Amiens (Somme)", "M. Caron, CROUS d’Amiens"),
    ("DEPARTEMENT", "Rennes (Ille-et-Vilaine)", "Mme Le Goff, FJT des Gantelles"),
    ("ERASMUS", "Gand (Belgique)", "Mme De Smet, lycée d’accueil"),
    ("ERASMUS", "Cork (Irlande)", "M. Murphy, tuteur de stage"),
    ("ETRANGER", "Tournai (Belgique)", None),
)
"""Kind, where, who is there."""
RAISONS = (
    "Année d’études ; point par téléphone chaque mois.",
    "Stage de quatre mois ; retour prévu dans son logement.",
    "Formation sans équivalent dans le Département.",
)


def mobilites(vie: Vie, entree: date, fin: date) -> None:
    """One youth in twelve leaves for some months, during the follow-up."""
    r = Random(f"mobilites:{vie.id}")
    connu = (fin - entree).days
    if r.random() > 0.08 or connu < 60:
        return
    genre, ou, contact = r.choice(PARTIS)
    du = entree + jours(r.randrange(20, connu))
    retour = du + jours(r.randrange(30, 240))
    vie.ajouter(
        "mobilite",
        genre_code=genre,
        ou=ou,
        du=du,
        au=au_plus(retour, vie.le) or (retour if r.random() < 0.6 else None),
        contact=contact,
        precision=r.choice(RAISONS),
    )
