"""The births of those followed, read in an index: the figures of every youth read them all."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop index ix_jeune_id_contact_le")
    op.execute(
        "create index ix_jeune_id_contact_le on jeune (id, mds_id, contact_le)"
        " include (date_naissance)"
    )


def downgrade() -> None:
    op.execute("drop index ix_jeune_id_contact_le")
    op.execute("create index ix_jeune_id_contact_le on jeune (id, mds_id, contact_le)")
