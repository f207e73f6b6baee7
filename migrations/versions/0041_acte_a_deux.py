"""What one person asks and another confirms; when a session was last proven."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def _instant(nom: str) -> sa.Column:
    return sa.Column(nom, sa.DateTime(timezone=True))


def upgrade() -> None:
    op.create_table(
        "acte_a_deux",
        sa.Column("genre", sa.String(length=20), nullable=False),
        sa.Column("compte_id", sa.Integer(), sa.ForeignKey("ab_user.id"), nullable=False),
        sa.Column("role_code", sa.String(length=30)),
        sa.Column("mds_id", sa.Integer(), sa.ForeignKey("mds.id")),
        sa.Column("motif", sa.String(length=300)),
        sa.Column("demande_par_id", sa.Integer(), sa.ForeignKey("ab_user.id"), nullable=False),
        sa.Column(
            "demande_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("repondu_par_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        _instant("confirme_le"),
        _instant("refuse_le"),
        _instant("fait_le"),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_acte_a_deux_compte", "acte_a_deux", ["compte_id", "demande_le"])
    op.add_column(
        "session_ouverte",
        sa.Column(
            "prouvee_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.add_column(
        "session_ouverte",
        sa.Column(
            "machine_nouvelle", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )


def downgrade() -> None:
    for table, nom in (
        ("ab_user", "a_deux"),
        ("authentification", "a_deux"),
        ("authentification", "a_deux_cree"),
        ("habilitation", "a_deux"),
    ):
        op.execute(f"drop trigger if exists {nom} on {table}")
    op.drop_column("session_ouverte", "machine_nouvelle")
    op.drop_column("session_ouverte", "prouvee_le")
    op.drop_table("acte_a_deux")
