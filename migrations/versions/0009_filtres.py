"""What the filters of the youths, the actions and the mesures read at 100,000 youths, in the index
alone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOMS = (
    (
        "ix_jeune_mds_nom_tri",
        ["mds_id", "nom_tri", "id"],
        ["recherche"],
        ["recherche", "contact_le"],
    ),
    (
        "ix_jeune_nom_tri",
        ["nom_tri", "id"],
        ["mds_id", "recherche"],
        ["mds_id", "recherche", "contact_le"],
    ),
)
"""Name, columns; what was held beside them, what is from now on."""


def upgrade() -> None:
    for nom, colonnes, _, avec in NOMS:
        op.drop_index(nom, table_name="jeune")
        op.create_index(nom, "jeune", colonnes, postgresql_include=avec)
    op.create_index(
        "ix_mesure_au_decroissant", "mesure", [sa.text("au desc nulls last"), sa.text("id desc")]
    )
    op.add_column(
        "action_collective",
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(intitule)", persisted=True),
            nullable=True,
        ),
    )


def downgrade() -> None:
    op.drop_column("action_collective", "cle")
    op.drop_index("ix_mesure_au_decroissant", table_name="mesure")
    for nom, colonnes, avec, _ in NOMS:
        op.drop_index(nom, table_name="jeune")
        op.create_index(nom, "jeune", colonnes, postgresql_include=avec)
