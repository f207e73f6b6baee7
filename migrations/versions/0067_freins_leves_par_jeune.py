"""The freins that were lifted, by youth: the figures of a bucket read theirs at once."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

NOM = "ix_frein_leve_le"
LESQUELS = sa.text("leve_le is not null")


def upgrade() -> None:
    op.drop_index(NOM, "frein")
    op.create_index(
        NOM,
        "frein",
        ["jeune_id", "leve_le"],
        postgresql_include=["theme_code", "mds_id"],
        postgresql_where=LESQUELS,
    )


def downgrade() -> None:
    op.drop_index(NOM, "frein")
    op.create_index(
        NOM,
        "frein",
        ["leve_le", "jeune_id"],
        postgresql_include=["theme_code"],
        postgresql_where=LESQUELS,
    )
