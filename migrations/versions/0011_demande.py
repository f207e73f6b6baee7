"""The register of the requests of persons."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demande_personne",
        sa.Column("recue_le", sa.Date(), nullable=False),
        sa.Column("nature", sa.String(length=20), nullable=False),
        sa.Column("demandeur", sa.String(length=20), nullable=False),
        sa.Column("code_dossier", sa.String(length=20), nullable=True),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("prolongee_le", sa.Date(), nullable=True),
        sa.Column("motif_prolongation", sa.Text(), nullable=True),
        sa.Column("repondue_le", sa.Date(), nullable=True),
        sa.Column("sens", sa.String(length=20), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(code_dossier)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "nature in ('ACCES', 'RECTIFICATION', 'EFFACEMENT', 'LIMITATION', 'OPPOSITION', 'AUTRE')",
            name="ck_demande_personne_nature",
        ),
        sa.CheckConstraint(
            "demandeur in ('JEUNE', 'REPRESENTANT', 'AUTRE')", name="ck_demande_personne_demandeur"
        ),
        sa.CheckConstraint(
            "sens in ('ACCEPTEE', 'PARTIELLE', 'REFUSEE')", name="ck_demande_personne_sens"
        ),
        sa.CheckConstraint(
            "prolongee_le >= recue_le", name="ck_demande_personne_recue_le_prolongee_le"
        ),
        sa.CheckConstraint(
            "repondue_le >= recue_le", name="ck_demande_personne_recue_le_repondue_le"
        ),
        sa.CheckConstraint(
            "(prolongee_le is null) = (coalesce(btrim(motif_prolongation), '') = '')",
            name="ck_demande_personne_prolongation",
        ),
        sa.CheckConstraint(
            "(repondue_le is null) = (sens is null)", name="ck_demande_personne_reponse"
        ),
        sa.CheckConstraint(
            "coalesce(sens, 'ACCEPTEE') = 'ACCEPTEE' or coalesce(btrim(motif), '') <> ''",
            name="ck_demande_personne_motif",
        ),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_demande_personne_mds_recue", "demande_personne", ["mds_id", "recue_le"], unique=False
    )
    op.create_index("ix_demande_personne_cle", "demande_personne", ["cle"], unique=False)


def downgrade() -> None:
    op.execute(
        "drop policy if exists lire on journal"
    )  # it reads « demande_personne »; the upgrade puts it back
    op.drop_index("ix_demande_personne_cle", table_name="demande_personne")
    op.drop_index("ix_demande_personne_mds_recue", table_name="demande_personne")
    op.drop_table("demande_personne")
