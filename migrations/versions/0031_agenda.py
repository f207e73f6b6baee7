"""The secret address of a person's calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authentification", sa.Column("agenda_hash", sa.String(length=64), nullable=True))
    op.add_column(
        "authentification", sa.Column("agenda_depuis", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_unique_constraint("uq_authentification_agenda", "authentification", ["agenda_hash"])


def downgrade() -> None:
    op.drop_constraint("uq_authentification_agenda", "authentification", type_="unique")
    op.drop_column("authentification", "agenda_depuis")
    op.drop_column("authentification", "agenda_hash")
