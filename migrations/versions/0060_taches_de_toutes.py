"""An index of the tâches to do, for whoever sees all MDS: the first ones, without sorting all."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_tache_pour_le",
        "tache",
        ["pour_le", "id"],
        postgresql_include=["mds_id", "jeune_id"],
        postgresql_where=sa.text("faite_le is null and abandon is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_tache_pour_le", "tache")
