"""The seals of the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sceau",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("famille", sa.String(length=10), nullable=False),
        sa.Column("scelle_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lignes", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("dernier_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("jusqu_a", sa.BigInteger(), nullable=False),
        sa.Column("trous", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("limite", sa.BigInteger(), nullable=False),
        sa.Column("cle", sa.String(length=16), nullable=True),
        sa.Column("signature", sa.String(length=64), nullable=True),
        sa.Column("purge_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.execute(
        "drop function if exists acces.empreinte_sceau(sceau, bytea), acces.empreinte_ligne(journal)"
    )
    op.drop_table("sceau")
