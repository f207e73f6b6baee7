"""Light or dark, as each person chooses it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ab_user", sa.Column("apparence", sa.String(10), nullable=True))
    op.create_check_constraint("apparence", "ab_user", "apparence in ('clair', 'sombre')")


def downgrade() -> None:
    op.drop_column("ab_user", "apparence")
