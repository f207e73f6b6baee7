"""The day an MDS opens: nothing is expected of it before."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mds", sa.Column("ouverte_le", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("mds", "ouverte_le")
