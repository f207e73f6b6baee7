"""The version of the agents: whoever keeps their names knows by it whether they still hold."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create table acces.version_des_agents (nombre numeric not null)")


def downgrade() -> None:
    """The trigger goes with its function, which the version before does not know."""
    op.execute("drop function if exists acces.changer_les_agents() cascade")
    op.execute("drop function if exists acces.additionner_les_agents()")
    op.execute("drop table acces.version_des_agents")
