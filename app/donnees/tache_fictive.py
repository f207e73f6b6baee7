"""What the coordonnateur or the référent undertook to do for a youth who is followed.

Drawn apart from the rest, so that what was drawn before stays as it was.
"""

from datetime import date
from random import Random

from .vie_fictive import Vie, au_plus, jours

QUOI = (
    "Appeler la CAF au sujet de l’allocation logement.",
    "Envoyer le dossier de demande au FJT.",
    "Retrouver l’attestation de droits à la Complémentaire santé solidaire.",
    "Prendre rendez-vous au CFA pour une journée d’essai.",
    "Préparer avec le jeune la demande de contrat jeune majeur.",
    "Transmettre le CV à l’équipe jeunes de France Travail.",
)
RECENTES = 45
"""Days before the base is looked at: what was undertaken then may not be done yet."""


def taches(vie: Vie, entree: date, fin: date) -> None:
    """One youth in three has a task of their last weeks; half of them are done."""
    r = Random(f"taches:{vie.id}")
    if vie.deces or r.random() > 0.35:
        return
    prise_le = max(entree, fin - jours(r.randrange(3, RECENTES)))
    faite_le = None
    if fin < vie.le or r.random() < 0.5:
        faite_le = au_plus(prise_le + jours(r.randrange(1, 15)), fin)
    vie.ajouter(
        "tache",
        quoi=r.choice(QUOI),
        pour=r.choice((vie.equipe.coordonnateur, vie.equipe.referents[0])),
        pour_le=prise_le + jours(r.randrange(7, 40)),
        faite_le=faite_le,
    )
