"""What a person decided about a file before it is imported, and the columns kept for the next."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("importation", sa.Column("choix", postgresql.JSONB(), nullable=True))
    op.create_table(
        "correspondance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("nom", sa.String(length=100), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("colonnes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "corrections", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "retenue_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("compte_id", "empreinte", name="uq_correspondance_compte_empreinte"),
    )
    op.create_index("ix_correspondance_mds_id", "correspondance", ["mds_id"])


def downgrade() -> None:
    op.drop_table("correspondance")
    op.drop_column("importation", "choix")
