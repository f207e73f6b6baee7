"""The tables that the home page reads besides those of the youths.

They change seldom: a process keeps what it read of them as long as none is written.
"""

PAPIERS = frozenset(
    {
        "acte_a_deux",
        "action_partenariat",
        "convention_partenaire",
        "demande_personne",
        "envoi",
        "habilitation",
        "importation",
        "instance",
        "part_de_sortie",
        "partenaire",
        "sortie_de_donnees",
        "transfert",
    }
)
