"""Long work asked for by a person, and the queue that carries it (procrastinate, in its own schema)."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "travail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("genre", sa.String(length=40), nullable=False),
        sa.Column("titre", sa.String(length=300), nullable=False),
        sa.Column("demande", JSONB(), nullable=False),
        sa.Column("motif", sa.String(length=300), nullable=True),
        sa.Column("adresse", sa.String(length=60), nullable=True),
        sa.Column("statut", sa.String(length=20), server_default="attend", nullable=False),
        sa.Column("fait", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=True),
        sa.Column("fichier", sa.String(length=200), nullable=True),
        sa.Column("mime", sa.String(length=100), nullable=True),
        sa.Column("octets", sa.BigInteger(), nullable=True),
        sa.Column(
            "demande_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("commence_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fini_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recupere_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "statut in ('attend', 'en_cours', 'fini', 'refuse', 'echoue', 'abandonne')",
            name="ck_travail_statut",
        ),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_travail_compte", "travail", ["compte_id", "id"])
    op.create_index(
        "ix_travail_expire",
        "travail",
        ["expire_le"],
        postgresql_where=sa.text("expire_le is not null"),
    )
    op.execute("create schema travaux")
    op.execute("set local search_path to travaux")
    # The driver itself: several statements at once, no parameter.
    with op.get_bind().connection.cursor() as curseur:
        curseur.execute(SchemaManager.get_schema())
    op.execute('set local search_path to "$user", public')


def downgrade() -> None:
    op.execute("drop schema travaux cascade")
    op.drop_index("ix_travail_expire", table_name="travail")
    op.drop_index("ix_travail_compte", table_name="travail")
    op.drop_table("travail")
