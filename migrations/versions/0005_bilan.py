"""The qualitative part of the bilan, the objectives of a convention, and the day its final report
was received."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("convention", sa.Column("bilan_recu_le", sa.Date(), nullable=True))
    op.create_table(
        "objectif",
        sa.Column("convention_id", sa.Integer(), nullable=False),
        sa.Column("indicateur", sa.String(length=20), nullable=False),
        sa.Column("sens", sa.String(length=10), nullable=False),
        sa.Column("cible", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("cible >= 0", name="ck_objectif_cible"),
        sa.CheckConstraint("sens in ('AU_MOINS', 'AU_PLUS')", name="ck_objectif_sens"),
        sa.ForeignKeyConstraint(["convention_id"], ["convention.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "convention_id", "indicateur", name="uq_objectif_convention_indicateur"
        ),
    )
    op.create_index("ix_objectif_convention_id", "objectif", ["convention_id"], unique=False)
    op.create_table(
        "texte_bilan",
        sa.Column("rubrique", sa.String(length=20), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("theme_code", sa.String(length=30), nullable=True),
        sa.Column("recit", sa.Text(), nullable=False),
        sa.Column("sans_nom", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(recit) <> ''", name="ck_texte_bilan_recit"),
        sa.CheckConstraint(
            "rubrique in ('OBSTACLE', 'ESSAI', 'SITUATION', 'PARTENARIAT', 'ANALYSE')",
            name="ck_texte_bilan_rubrique",
        ),
        sa.CheckConstraint(
            "theme_code is not null or rubrique <> 'OBSTACLE'", name="ck_texte_bilan_theme"
        ),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.ForeignKeyConstraint(["theme_code"], ["theme_frein.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_texte_bilan_mds_le", "texte_bilan", ["mds_id", "le"], unique=False)


def downgrade() -> None:
    op.drop_table("texte_bilan")
    op.drop_table("objectif")
    op.drop_column("convention", "bilan_recu_le")
