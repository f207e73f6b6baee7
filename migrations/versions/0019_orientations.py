"""Each orientation is a record; the one prise de contact of a file makes the first."""

import sqlalchemy as sa
from alembic import op

from app.models.migration import creer_table_du_jeune

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REPRISE = """
insert into orientation (jeune_id, mds_id, repere_le, oriente_par, contact_le, est_de_la_fiche)
select id, mds_id, repere_le, oriente_par, contact_le, true from jeune
where repere_le is not null or oriente_par is not null or contact_le is not null
"""
AGENTS = """
update orientation o set oriente_par_id = a.id from agent a
where a.cle = acces.serrer(o.oriente_par)
"""


def upgrade() -> None:
    op.create_table(
        "reponse_orientation",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    creer_table_du_jeune(
        "orientation",
        sa.Column("repere_le", sa.Date(), nullable=True),
        sa.Column("contact_le", sa.Date(), nullable=True),
        sa.Column("oriente_par", sa.String(length=500), nullable=True),
        sa.Column("oriente_par_id", sa.Integer(), nullable=True),
        sa.Column("vers", sa.String(length=300), nullable=True),
        sa.Column("vers_id", sa.Integer(), nullable=True),
        sa.Column("motif_code", sa.String(length=30), nullable=True),
        sa.Column("objectifs", sa.Text(), nullable=True),
        sa.Column("est_urgente", sa.Boolean(), nullable=True),
        sa.Column("vue_le", sa.Date(), nullable=True),
        sa.Column("reponse_code", sa.String(length=30), nullable=True),
        sa.Column("repondue_le", sa.Date(), nullable=True),
        sa.Column("repondue_par", sa.String(length=300), nullable=True),
        sa.Column("raison_renvoi", sa.String(length=500), nullable=True),
        sa.Column("est_de_la_fiche", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "repondue_le >= contact_le", name="ck_orientation_contact_le_repondue_le"
        ),
        sa.CheckConstraint(
            "reponse_code is distinct from 'RENVOYEE' or coalesce(btrim(raison_renvoi), '') <> ''",
            name="ck_orientation_renvoi",
        ),
        sa.CheckConstraint(
            " and ".join(
                f"{colonne} between date '1900-01-01' and date '2100-12-31'"
                for colonne in ("repere_le", "contact_le", "vue_le", "repondue_le")
            ),
            name="ck_orientation_dates",
        ),
        sa.ForeignKeyConstraint(["oriente_par_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["vers_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["motif_code"], ["motif_rupture.code"]),
        sa.ForeignKeyConstraint(["reponse_code"], ["reponse_orientation.code"]),
        cle=("contact_le",),
    )
    op.create_index(
        "uq_orientation_repere",
        "orientation",
        ["jeune_id"],
        unique=True,
        postgresql_where=sa.text("contact_le is null"),
    )
    op.create_index(
        "ix_orientation_contact_le",
        "orientation",
        ["contact_le", "jeune_id"],
        postgresql_include=["mds_id"],
    )
    op.create_index(
        "ix_orientation_sans_reponse",
        "orientation",
        ["mds_id", "contact_le"],
        postgresql_where=sa.text("reponse_code is null"),
        postgresql_include=["vers_id", "jeune_id"],
    )
    op.execute(REPRISE)
    op.execute(AGENTS)


def downgrade() -> None:
    # It reads « orientation »; the upgrade puts it back.
    op.execute("drop policy if exists lire on journal")
    for declencheur in ("orientation_creee", "orientation_changee"):
        op.execute(f"drop trigger if exists {declencheur} on jeune")
    op.drop_table("orientation")
    op.drop_table("reponse_orientation")
