"""What an MDS chooses: rows that leave in a day, why a file is read."""

import sqlalchemy as sa
from alembic import op

from app.models.migration import creer_table_de_mds

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    creer_table_de_mds(
        "reglage_mds",
        sa.Column("plafond_lignes", sa.Integer()),
        sa.Column(
            "motif_hors_portefeuille",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
        sa.UniqueConstraint("mds_id", name="uq_reglage_mds_mds"),
        sa.CheckConstraint("plafond_lignes >= 1", name="ck_reglage_mds_plafond"),
    )
    creer_table_de_mds(
        "levee_de_plafond",
        sa.Column("compte_id", sa.Integer(), sa.ForeignKey("ab_user.id"), nullable=False),
        sa.Column("le", sa.Date(), server_default=sa.text("acces.aujourd_hui()"), nullable=False),
        sa.Column("motif", sa.String(length=300), nullable=False),
        sa.Column("donnee_par_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.CheckConstraint(
            "donnee_par_id is distinct from compte_id", name="ck_levee_de_plafond_soi"
        ),
        sa.CheckConstraint("length(btrim(motif)) >= 10", name="ck_levee_de_plafond_motif"),
    )
    op.create_index("ix_levee_de_plafond_compte", "levee_de_plafond", ["compte_id", "le"])


def downgrade() -> None:
    op.drop_table("levee_de_plafond")
    op.drop_table("reglage_mds")
