"""What an account keeps secret besides its password, the sessions it has open, the attempts
counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authentification",
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("temporaire_jusqu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_depuis", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_dernier_pas", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "codes_secours",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("oidc_emetteur", sa.String(length=300), nullable=True),
        sa.Column("oidc_sujet", sa.String(length=300), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("compte_id", name="uq_authentification_compte"),
        sa.UniqueConstraint("oidc_emetteur", "oidc_sujet", name="uq_authentification_oidc"),
    )
    op.create_table(
        "session_ouverte",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("moyen", sa.String(length=30), nullable=False),
        sa.Column("second_facteur", sa.Boolean(), nullable=False),
        sa.Column(
            "ouverte_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "vue_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("finie_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fin", sa.String(length=30), nullable=True),
        sa.Column("adresse", sa.String(length=60), nullable=True),
        sa.Column("agent", sa.String(length=300), nullable=True),
        sa.Column("jeton_oidc", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("empreinte"),
    )
    op.create_index("ix_session_ouverte_compte_id", "session_ouverte", ["compte_id"], unique=False)
    op.create_table(
        "tentative",
        sa.Column("portee", sa.String(length=20), nullable=False),
        sa.Column("cle", sa.String(length=64), nullable=False),
        sa.Column("echecs", sa.Integer(), nullable=False),
        sa.Column("derniere_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bloquee_jusqu_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("portee", "cle"),
    )


def downgrade() -> None:
    op.drop_table("tentative")
    op.drop_index("ix_session_ouverte_compte_id", table_name="session_ouverte")
    op.drop_table("session_ouverte")
    op.drop_table("authentification")
    op.execute("drop trigger if exists finir_sessions on ab_user")
