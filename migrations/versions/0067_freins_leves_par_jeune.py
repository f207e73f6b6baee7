"""The freins that were lifted, by youth: the figures of a bucket read theirs at once."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def _ranger_par(colonnes: str) -> None:
    op.execute("drop index ix_frein_leve_le")
    op.execute(f"create index ix_frein_leve_le on frein {colonnes} where leve_le is not null")


def upgrade() -> None:
    _ranger_par("(jeune_id, leve_le) include (theme_code, mds_id)")


def downgrade() -> None:
    _ranger_par("(leve_le, jeune_id) include (theme_code)")
