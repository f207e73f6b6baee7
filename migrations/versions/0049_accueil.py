"""Indexes of what the home page counts in one MDS: read without opening the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0044"
branch_labels = None
depends_on = None

SANS_REPONSE = {"postgresql_where": sa.text("reponse_code is null")}


def upgrade() -> None:
    op.create_index("ix_jeune_mds_id", "jeune", ["mds_id", "id"], postgresql_include=["contact_le"])
    op.create_index(
        "ix_rencontre_prevue",
        "rencontre",
        ["mds_id", "le", "id"],
        postgresql_where=sa.text("statut_code = 'PREVUE'"),
        postgresql_include=["jeune_id"],
    )
    op.create_index(
        "ix_rencontre_rdv_le",
        "rencontre",
        ["mds_id", "le"],
        postgresql_where=sa.text("type_code = 'TRIPARTITE' and statut_code <> 'ANNULEE'"),
        postgresql_include=["jeune_id"],
    )
    op.create_index(
        "ix_rencontre_vus",
        "rencontre",
        ["mds_id", "le"],
        postgresql_where=sa.text("statut_code = 'TENUE' and jeune_present is true"),
        postgresql_include=["jeune_id"],
    )
    op.create_index(
        "ix_binome_charge",
        "binome",
        ["mds_id", "jeune_id"],
        postgresql_include=["coordonnateur_id", "du", "au"],
    )
    op.drop_index("ix_orientation_sans_reponse", "orientation")
    op.create_index(
        "ix_orientation_sans_reponse",
        "orientation",
        ["mds_id", "contact_le"],
        **SANS_REPONSE,
        postgresql_include=["vers_id", "jeune_id", "est_urgente", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_orientation_sans_reponse", "orientation")
    op.create_index(
        "ix_orientation_sans_reponse",
        "orientation",
        ["mds_id", "contact_le"],
        **SANS_REPONSE,
        postgresql_include=["vers_id", "jeune_id"],
    )
    op.drop_index("ix_binome_charge", "binome")
    op.drop_index("ix_rencontre_vus", "rencontre")
    op.drop_index("ix_rencontre_rdv_le", "rencontre")
    op.drop_index("ix_rencontre_prevue", "rencontre")
    op.drop_index("ix_jeune_mds_id", "jeune")
