"""The youth answers alone by a link, and two files of one youth made one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enquete", sa.Column("par_lien", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_check_constraint(
        "ck_enquete_par_lien",
        "enquete",
        "not par_lien or (repondue_le is not null and reponse_code is null)",
    )
    op.create_table(
        "invitation",
        sa.Column("enquete_id", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column(
            "creee_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("creee_par", sa.String(length=300), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utilisee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoquee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["enquete_id"], ["enquete.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("empreinte", name="uq_invitation_empreinte"),
    )
    op.create_index("ix_invitation_enquete_id", "invitation", ["enquete_id"], unique=False)
    op.create_table(
        "reponse_confiee",
        sa.Column("enquete_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reponse_code", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["enquete_id"], ["enquete.id"]),
        sa.ForeignKeyConstraint(["reponse_code"], ["reponse_enquete.code"]),
        sa.PrimaryKeyConstraint("enquete_id"),
    )
    op.create_table(
        "fusion",
        sa.Column("absorbe_id", sa.Integer(), nullable=False),
        sa.Column("code_garde", sa.String(length=20), nullable=False),
        sa.Column("code_absorbe", sa.String(length=20), nullable=False),
        sa.Column("absorbe", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("avant", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deplacees", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "fusionnee_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("fusionnee_par", sa.String(length=300), nullable=False),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("annulee_par", sa.String(length=300), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(annulee_le is null) = (annulee_par is null)", name="ck_fusion_annulee"
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_fusion_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_fusion_absorbe_id", "fusion", ["absorbe_id"], unique=False)
    op.create_index("ix_fusion_jeune_id", "fusion", ["jeune_id"], unique=False)


def downgrade() -> None:
    op.execute(
        "drop policy if exists lire on journal"
    )  # it reads « fusion »; the upgrade puts it back
    op.drop_index("ix_fusion_jeune_id", table_name="fusion")
    op.drop_index("ix_fusion_absorbe_id", table_name="fusion")
    op.drop_table("fusion")
    op.drop_table("reponse_confiee")
    op.drop_index("ix_invitation_enquete_id", table_name="invitation")
    op.drop_table("invitation")
    op.execute("drop trigger if exists reponse_confiee on enquete")
    op.drop_constraint("ck_enquete_par_lien", "enquete")
    op.drop_column("enquete", "par_lien")
    op.execute("drop function if exists acces.garder_reponse_confiee()")
