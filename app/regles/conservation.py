"""How long a file is kept after the last contact that came from the youth, then a person decides.

RGPD, article 5.1.e: personal data are kept no longer than their purpose needs.
"""

from datetime import date

from .age import ajouter_mois
from .parametres import CONSERVATION_DOSSIER_ANS

NOM_ANONYME = "anonymise dossier"
"""The folded name of a file that was anonymised (``acces.anonymiser``): lists and searches leave
it out."""
CODE_ANONYME = "ANONYME-"
"""What the code of such a file starts with."""
RAISON = f"Plus de {CONSERVATION_DOSSIER_ANS.dit} sans contact venant du jeune"


def limite(le: date) -> date:
    """A last contact before this day is one of a file to look at."""
    return ajouter_mois(le, -12 * CONSERVATION_DOSSIER_ANS.valeur)


def proposable_le(dernier_contact_le: date) -> date:
    return ajouter_mois(dernier_contact_le, 12 * CONSERVATION_DOSSIER_ANS.valeur)
