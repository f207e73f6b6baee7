"""The monthly tables sent, frozen for good."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "envoi",
        sa.Column("mois", sa.Date(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("motif_rectificatif", sa.String(length=500), nullable=True),
        sa.Column("prepare_par", sa.String(length=300), nullable=False),
        sa.Column(
            "prepare_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("verifie_par", sa.String(length=300), nullable=True),
        sa.Column("verifie_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("envoye_par", sa.String(length=300), nullable=True),
        sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bloquantes", sa.Integer(), nullable=True),
        sa.Column("motif_anomalies", sa.String(length=500), nullable=True),
        sa.Column("definitions", sa.String(length=16), nullable=True),
        sa.Column("contenu", sa.LargeBinary(), nullable=True),
        sa.Column("empreinte", sa.String(length=64), nullable=True),
        sa.Column("classeur", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("extract(day from mois) = 1", name="ck_envoi_mois"),
        sa.CheckConstraint(
            "numero = 0 or (numero > 0 and btrim(motif_rectificatif) <> '' and motif_rectificatif is not null)",
            name="ck_envoi_rectificatif",
        ),
        sa.CheckConstraint(
            "envoye_le is null or bloquantes = 0 or (motif_anomalies is not null and btrim(motif_anomalies) <> '')",
            name="ck_envoi_bloquantes",
        ),
        sa.CheckConstraint(
            "num_nulls(envoye_le, envoye_par, bloquantes, definitions, contenu, empreinte, classeur) in (0, 7)",
            name="ck_envoi_complet",
        ),
        sa.CheckConstraint("empreinte = encode(sha256(contenu), 'hex')", name="ck_envoi_empreinte"),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_envoi_mois", "envoi", ["mois"], unique=False)
    op.create_index(
        "uq_envoi_mds",
        "envoi",
        ["mds_id", "mois", "numero"],
        unique=True,
        postgresql_where=sa.text("mds_id is not null"),
    )
    op.create_index(
        "uq_envoi_departement",
        "envoi",
        ["mois", "numero"],
        unique=True,
        postgresql_where=sa.text("mds_id is null"),
    )


def downgrade() -> None:
    op.drop_table("envoi")
    op.execute("drop function if exists acces.figer_envoi(), acces.peut_envoyer(int)")
