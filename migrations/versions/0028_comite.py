"""The comité de suivi youth after youth: agenda, minutes; decisions done or not; its tasks."""

import sqlalchemy as sa
from alembic import op

from app.models.migration import creer_table_du_jeune

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BORNES = "between date '1900-01-01' and date '2100-12-31'"


def upgrade() -> None:
    creer_table_du_jeune(
        "point_de_comite",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("motifs", sa.String(length=500), nullable=True),
        sa.Column("ajoute_par", sa.String(length=300), nullable=True),
        sa.Column(
            "ajoute_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("est_vu", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("rang >= 1", name="ck_point_de_comite_rang"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"]),
        sa.UniqueConstraint("instance_id", "jeune_id", name="uq_point_de_comite_instance_jeune"),
    )
    op.create_table(
        "compte_rendu_comite",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("valide_par", sa.String(length=300), nullable=False),
        sa.Column(
            "valide_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("est_nominatif", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "empreinte = encode(sha256(document), 'hex')", name="ck_compte_rendu_comite_empreinte"
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"]),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance_id", name="uq_compte_rendu_comite_instance"),
    )
    op.create_index("ix_compte_rendu_comite_mds_id", "compte_rendu_comite", ["mds_id"])
    op.add_column("decision", sa.Column("faite_le", sa.Date(), nullable=True))
    op.add_column("decision", sa.Column("abandon", sa.String(length=300), nullable=True))
    op.create_check_constraint(
        "ck_decision_faite_ou_abandonnee", "decision", "faite_le is null or abandon is null"
    )
    _borner(f"echeance_le {BORNES} and faite_le {BORNES}")
    op.add_column("tache", sa.Column("instance_id", sa.Integer(), nullable=True))
    op.create_foreign_key("tache_instance_id_fkey", "tache", "instance", ["instance_id"], ["id"])
    op.create_index("ix_tache_instance_id", "tache", ["instance_id"])


def downgrade() -> None:
    op.execute("drop trigger if exists parent_instance on tache")
    op.execute("drop trigger if exists fait_faite_le on decision")
    op.execute("drop trigger if exists naissance on decision")
    op.execute("drop trigger if exists figee on decision")
    op.drop_column("tache", "instance_id")
    _borner(f"echeance_le {BORNES}")
    op.drop_column("decision", "abandon")
    op.drop_column("decision", "faite_le")
    # The reading of the audit log names these tables; it is installed again with the policies.
    op.execute("drop policy if exists lire on journal")
    op.drop_table("compte_rendu_comite")
    op.drop_table("point_de_comite")
    op.execute(
        "drop function if exists acces.lecteurs_du_comite(int), acces.points_hors_de_vue(int),"
        " acces.convoquer(int, text, text, text), acces.reunir_les_points(),"
        " acces.figer_compte_rendu(), acces.figer_ordre_du_jour(), acces.figer_decision(),"
        " acces.est_valide(int)"
    )


def _borner(bornes: str) -> None:
    """As 0014 does: what is written from now on is checked, what was there stays to be mended."""
    op.drop_constraint("ck_decision_dates", "decision")
    op.execute(f"alter table decision add constraint ck_decision_dates check ({bornes}) not valid")
    ailleurs = sa.text(f"select exists (select from decision where not ({bornes}))")
    if not op.get_bind().execute(ailleurs).scalar():
        op.execute("alter table decision validate constraint ck_decision_dates")
