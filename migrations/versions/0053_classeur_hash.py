"""The hash of the workbook that was sent, so that the audit log tells its bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "envoi",
        sa.Column(
            "classeur_hash",
            sa.Text(),
            sa.Computed("encode(sha256(classeur), 'hex')", persisted=True),
            nullable=True,
        ),
    )


def downgrade() -> None:
    op.drop_column("envoi", "classeur_hash")
