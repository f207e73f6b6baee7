"""What was typed in a form refused for want of a session, sealed for one hour."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "texte_garde",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("navigateur", sa.String(length=64), nullable=False),
        sa.Column("formulaire", sa.String(length=64), nullable=False),
        sa.Column("contenu", sa.Text(), nullable=False),
        sa.Column(
            "garde_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "compte_id", "navigateur", "formulaire", name="uq_texte_garde_formulaire"
        ),
    )


def downgrade() -> None:
    op.drop_table("texte_garde")
