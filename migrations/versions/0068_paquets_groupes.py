"""A look may take together several of the buckets whose movements are counted."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

SANS_CELLE = "drop function if exists acces.chiffres_gardes({})"
"""Each version installs its own."""


def upgrade() -> None:
    op.execute(SANS_CELLE.format("text, text, int, text, int[]"))


def downgrade() -> None:
    op.execute(SANS_CELLE.format("text, text, int, int, text, int[]"))
