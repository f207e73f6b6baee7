"""The tables of youths that the figures and the checks count: a write there moves the bucket of its
youth; a birth date or a name that changes moves the bucket of its day."""

PAQUET = 400
"""Youths of a bucket, by their numbers: « jeune_id / 400 »."""

COMPTEES: dict[str, str] = {
    "jeune": "id",
    "accompagnement": "jeune_id",
    "alerte": "jeune_id",
    "binome": "jeune_id",
    "enquete": "jeune_id",
    "etape": "jeune_id",
    "frein": "jeune_id",
    "mesure": "jeune_id",
    "mobilisation": "jeune_id",
    "mobilite": "jeune_id",
    "orientation": "jeune_id",
    "rattachement": "jeune_id",
    "rencontre": "jeune_id",
    "situation": "jeune_id",
}
"""Table → the column that holds the number of the youth."""
PAR_LEUR_ENQUETE = ("reponse_confiee",)
"""Counted too; the number of the youth is that of the survey."""
