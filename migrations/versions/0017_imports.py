"""An import names the piece of work that reads, writes or undoes it: the work says how far it is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("importation", sa.Column("travail_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        None, "importation", "travail", ["travail_id"], ["id"], ondelete="SET NULL"
    )
    op.drop_column("importation", "avancement")


def downgrade() -> None:
    op.add_column(
        "importation",
        sa.Column("avancement", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.drop_constraint("importation_travail_id_fkey", "importation", type_="foreignkey")
    op.drop_column("importation", "travail_id")
