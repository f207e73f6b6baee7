"""The tables of youths of which a process keeps what it read: a write there names its youth."""

BOUGENT: dict[str, str] = {
    "jeune": "id",
    "accompagnement": "jeune_id",
    "alerte": "jeune_id",
    "binome": "jeune_id",
    "conservation": "jeune_id",
    "demande_cjm": "jeune_id",
    "enquete": "jeune_id",
    "etape": "jeune_id",
    "mesure": "jeune_id",
    "orientation": "jeune_id",
    "proposition_cej": "jeune_id",
    "rencontre": "jeune_id",
    "situation": "jeune_id",
}
"""Table → the column that holds the number of the youth."""
