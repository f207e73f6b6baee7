"""The version of the agents, and that of what the home page reads besides the youths."""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The trigger goes with its function; the installation that follows makes both again."""
    op.execute("drop function if exists acces.changer_les_agents() cascade")
    op.execute("drop function if exists acces.additionner_les_agents()")
    op.execute("alter table acces.version_des_agents rename to version_des_tables")
    op.execute("alter table acces.version_des_tables add famille text not null default 'agents'")
    op.execute("alter table acces.version_des_tables alter famille drop default")


def downgrade() -> None:
    op.execute("drop function if exists acces.changer_la_version() cascade")
    op.execute("drop function if exists acces.additionner_les_versions()")
    op.execute("delete from acces.version_des_tables where famille <> 'agents'")
    op.execute("alter table acces.version_des_tables drop famille")
    op.execute("alter table acces.version_des_tables rename to version_des_agents")
