"""What somebody undertook to do for a youth."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tache",
        sa.Column("quoi", sa.String(length=300), nullable=False),
        sa.Column("pour", sa.String(length=300), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("pour_le", sa.Date(), nullable=True),
        sa.Column("faite_le", sa.Date(), nullable=True),
        sa.Column("abandon", sa.String(length=300), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(quoi) <> ''", name="ck_tache_quoi"),
        sa.CheckConstraint(
            "faite_le is null or abandon is null", name="ck_tache_faite_ou_abandonnee"
        ),
        sa.CheckConstraint(
            "pour_le between date '1900-01-01' and date '2100-12-31'"
            " and faite_le between date '1900-01-01' and date '2100-12-31'",
            name="ck_tache_dates",
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_tache_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tache_jeune_id", "tache", ["jeune_id"])
    op.create_index(
        "ix_tache_ouverte",
        "tache",
        ["mds_id", "pour_le", "id"],
        postgresql_include=["jeune_id", "agent_id"],
        postgresql_where=sa.text("faite_le is null and abandon is null"),
    )


def downgrade() -> None:
    op.drop_table("tache")
