"""The stability of a housing may change from a day; the exits before keep the meaning they had."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("logement", sa.Column("stable_depuis", sa.Date(), nullable=True))
    op.add_column("logement", sa.Column("stable_avant", sa.String(length=12), nullable=True))
    op.create_check_constraint(
        "ck_logement_stable_depuis",
        "logement",
        "stable_avant is null or stable_depuis is not null",
    )


def downgrade() -> None:
    op.drop_column("logement", "stable_avant")
    op.drop_column("logement", "stable_depuis")
