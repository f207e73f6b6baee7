"""The indexes that the screens ask for at 100,000 youths: search inside a name, what is to be done,
who is looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOUVEAUX = (
    ("ix_jeune_mds_date_naissance", "jeune", ["mds_id", "date_naissance", "id"], {}),
    ("ix_jeune_mds_contact_le", "jeune", ["mds_id", "contact_le", "id"], {}),
    ("ix_jeune_contact_le", "jeune", ["contact_le", "id", "mds_id"], {}),
    ("ix_jeune_id_contact_le", "jeune", ["id", "mds_id", "contact_le"], {}),
    ("ix_mesure_mds_au", "mesure", ["mds_id", "au", "jeune_id"], {"postgresql_include": ["du"]}),
    ("ix_binome_mds_au", "binome", ["mds_id", "au", "jeune_id"], {"postgresql_include": ["du"]}),
    (
        "ix_rencontre_statut_le",
        "rencontre",
        ["statut_code", "le", "id"],
        {"postgresql_include": ["mds_id"]},
    ),
    ("ix_accompagnement_du", "accompagnement", ["du", "id"], {}),
    ("ix_mesure_du", "mesure", ["du", "id"], {}),
    ("ix_binome_du", "binome", ["du", "id"], {}),
    ("ix_frein_du", "frein", ["du", "id"], {}),
    (
        "ix_journal_login",
        "journal",
        ["login", "le", "id"],
        {"postgresql_where": sa.text("login is not null")},
    ),
    (
        "ix_journal_operation",
        "journal",
        ["operation", "le", "id"],
        {"postgresql_where": sa.text("operation <> 'creation'")},
    ),
    (
        "ix_rencontre_rdv",
        "rencontre",
        ["mds_id", "jeune_id", "le"],
        {"postgresql_where": sa.text("type_code = 'TRIPARTITE' and statut_code <> 'ANNULEE'")},
    ),
    (
        "ix_accompagnement_fin",
        "accompagnement",
        ["mds_id", "au", "jeune_id"],
        {
            "postgresql_include": ["du"],
            "postgresql_where": sa.text("motif_sortie_code is distinct from 'ERREUR'"),
        },
    ),
)
COMPLETES = (
    ("ix_jeune_mds_nom_tri", "jeune", ["mds_id", "nom_tri", "id"], [], ["recherche"]),
    ("ix_jeune_nom_tri", "jeune", ["nom_tri", "id"], [], ["mds_id", "recherche"]),
    ("ix_journal_le", "journal", ["le"], ["id"], []),
)
"""Name, table, columns; those added at the end, those only held: what the search looks in, the
order of the journal."""


def upgrade() -> None:
    for nom, table, colonnes, plus, avec in COMPLETES:
        op.drop_index(nom, table_name=table)
        op.create_index(nom, table, [*colonnes, *plus], postgresql_include=avec)
    for nom, table, colonnes, options in NOUVEAUX:
        op.create_index(nom, table, colonnes, **options)


def downgrade() -> None:
    for nom, table, _, _ in NOUVEAUX:
        op.drop_index(nom, table_name=table)
    for nom, table, colonnes, _, _ in COMPLETES:
        op.drop_index(nom, table_name=table)
        op.create_index(nom, table, colonnes)
