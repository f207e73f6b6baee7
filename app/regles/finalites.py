"""What a file that leaves Tandem serves for: a short list, and words of one's own."""

FINALITES = {
    "SUIVI": "Suivre les jeunes",
    "REUNION": "Préparer une réunion ou un comité",
    "PILOTAGE": "Rendre compte, piloter",
    "PARTENAIRE": "Transmettre à un partenaire habilité",
    "PERSONNE": "Répondre à une personne (ses droits)",
    "VERIFICATION": "Vérifier ou corriger la saisie",
    "REPRISE": "Reprendre ou déplacer des données",
    "AUTRE": "Autre",
}
"""Code → what a person chooses."""
LETTRES = 10
"""The fewest letters that say why; « x » says nothing."""


def dit_pourquoi(mots: str) -> bool:
    """Whether these words hold letters enough to say something."""
    return sum(lettre.isalpha() for lettre in mots) >= LETTRES
