"""The rencontres in a lieu atypique, by youth: the figures of a bucket read theirs at once."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

NOM = "ix_rencontre_lieu_atypique"
LESQUELLES = sa.text(
    "statut_code = 'TENUE' and jeune_present"
    " and lieu_code in ('CAFE_SOLIDAIRE', 'MEDIATHEQUE', 'ENTREPRISE', 'EXTERIEUR')"
)


def upgrade() -> None:
    op.drop_index(NOM, "rencontre")
    op.create_index(
        NOM,
        "rencontre",
        ["jeune_id", "le"],
        postgresql_include=["mds_id"],
        postgresql_where=LESQUELLES,
    )


def downgrade() -> None:
    op.drop_index(NOM, "rencontre")
    op.create_index(NOM, "rencontre", ["le", "jeune_id"], postgresql_where=LESQUELLES)
