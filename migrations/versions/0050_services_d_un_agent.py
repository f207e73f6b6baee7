"""An agent works in several services: ``service_id`` becomes an array, like ``mds_ids``."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("agent_service_id_fkey", "agent", type_="foreignkey")
    op.execute("alter table agent rename column service_id to service_ids")
    op.execute(
        "alter table agent"
        " alter column service_ids type integer[] using array_remove(array[service_ids], null),"
        " alter column service_ids set default '{}',"
        " alter column service_ids set not null"
    )


def downgrade() -> None:
    """The first of several services stays; the others are lost."""
    op.execute("drop trigger if exists services on agent")
    op.execute("drop trigger if exists agents on service")
    op.execute(
        "alter table agent"
        " alter column service_ids drop not null,"
        " alter column service_ids drop default,"
        " alter column service_ids type integer using service_ids[1]"
    )
    op.execute("alter table agent rename column service_ids to service_id")
    op.create_foreign_key("agent_service_id_fkey", "agent", "service", ["service_id"], ["id"])
