"""Where a permanence is held; theme, place and professionals of a collective action."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instance", sa.Column("service_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "instance", "service", ["service_id"], ["id"])
    op.create_index("ix_instance_service_id", "instance", ["service_id"])
    op.add_column("action_collective", sa.Column("theme_code", sa.String(30), nullable=True))
    op.add_column("action_collective", sa.Column("adresse", sa.String(300), nullable=True))
    op.add_column("action_collective", sa.Column("agents", sa.String(1000), nullable=True))
    op.add_column(
        "action_collective",
        sa.Column(
            "agents_ids", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.add_column("action_collective", sa.Column("instance_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "action_collective", "theme_frein", ["theme_code"], ["code"])
    op.create_foreign_key(None, "action_collective", "instance", ["instance_id"], ["id"])
    op.create_index("ix_action_collective_instance_id", "action_collective", ["instance_id"])


def downgrade() -> None:
    op.execute("drop trigger if exists nommer_agents_ids on action_collective")
    op.drop_index("ix_action_collective_instance_id", table_name="action_collective")
    for colonne in ("instance_id", "agents_ids", "agents", "adresse", "theme_code"):
        op.drop_column("action_collective", colonne)
    op.drop_index("ix_instance_service_id", table_name="instance")
    op.drop_column("instance", "service_id")
