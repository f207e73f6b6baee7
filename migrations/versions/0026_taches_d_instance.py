"""Tasks of an instance; whom a decision is for."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BORNES = "between date '1900-01-01' and date '2100-12-31'"


def upgrade() -> None:
    op.create_table(
        "tache_instance",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("quoi", sa.String(length=300), nullable=False),
        sa.Column("pour", sa.String(length=300), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("pour_le", sa.Date(), nullable=True),
        sa.Column("faite_le", sa.Date(), nullable=True),
        sa.Column("abandon", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(quoi) <> ''", name="ck_tache_instance_quoi"),
        sa.CheckConstraint(
            "faite_le is null or abandon is null", name="ck_tache_instance_faite_ou_abandonnee"
        ),
        sa.CheckConstraint(
            f"pour_le {BORNES} and faite_le {BORNES}", name="ck_tache_instance_dates"
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tache_instance_instance_id", "tache_instance", ["instance_id"])
    op.create_index(
        "ix_tache_instance_ouverte",
        "tache_instance",
        ["agent_id", "pour_le", "id"],
        postgresql_where=sa.text("faite_le is null and abandon is null"),
    )
    op.add_column("decision", sa.Column("pour", sa.String(length=300), nullable=True))
    op.add_column("decision", sa.Column("agent_id", sa.Integer(), nullable=True))
    op.create_foreign_key("decision_agent_id_fkey", "decision", "agent", ["agent_id"], ["id"])


def downgrade() -> None:
    op.execute("drop trigger if exists nommer_agent_id on decision")
    op.drop_column("decision", "agent_id")
    op.drop_column("decision", "pour")
    # The reading of the audit log names this table; it is installed again with the policies.
    op.execute("drop policy if exists lire on journal")
    op.drop_table("tache_instance")
