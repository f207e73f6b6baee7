"""E-mails: how often each person wants them, and those that were written."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ab_user", sa.Column("rappels", sa.String(length=10), nullable=True))
    op.create_check_constraint("rappels", "ab_user", "rappels in ('semaine', 'jamais')")
    op.add_column("ab_user", sa.Column("sans_rappel", sa.String(length=7), nullable=True))
    op.create_check_constraint("sans_rappel", "ab_user", "sans_rappel ~ '^[1-7]*$'")
    op.create_table(
        "rappel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("genre", sa.String(length=20), nullable=False),
        sa.Column("cle", sa.String(length=40), nullable=False),
        sa.Column("objet", sa.String(length=200), nullable=False),
        sa.Column("corps", sa.Text(), nullable=False),
        sa.Column(
            "ecrit_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refus", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("compte_id", "genre", "cle", name="uq_rappel_compte_genre_cle"),
    )
    op.create_index(
        "ix_rappel_a_envoyer",
        "rappel",
        ["id"],
        postgresql_where=sa.text("envoye_le is null and refus is null"),
    )


def downgrade() -> None:
    op.drop_table("rappel")
    op.drop_column("ab_user", "sans_rappel")
    op.drop_column("ab_user", "rappels")
