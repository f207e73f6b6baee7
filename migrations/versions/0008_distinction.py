"""Two files that look alike may be said to be those of two youths."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "distinction",
        sa.Column("autre_id", sa.Integer(), nullable=False),
        sa.Column("code_autre", sa.String(length=20), nullable=False),
        sa.Column(
            "dite_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("dite_par", sa.String(length=300), nullable=False),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("jeune_id <> autre_id", name="ck_distinction_deux"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_distinction_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_distinction_jeune_id", "distinction", ["jeune_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_distinction_jeune_id", table_name="distinction")
    op.drop_table("distinction")
