"""A file without contact for two years is proposed; a person keeps it or anonymises it, and the
audit log follows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conservation",
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("motif", sa.String(length=300), nullable=False),
        sa.Column("garder_jusqu_au", sa.Date(), nullable=True),
        sa.Column("dernier_contact_le", sa.Date(), nullable=True),
        sa.Column("decidee_le", sa.Date(), server_default=sa.text("current_date"), nullable=False),
        sa.Column("decidee_par", sa.String(length=300), nullable=False),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("decision in ('GARDE', 'ANONYMISE')", name="ck_conservation_decision"),
        sa.CheckConstraint("btrim(motif) <> ''", name="ck_conservation_motif"),
        sa.CheckConstraint(
            "(decision = 'GARDE') = (garder_jusqu_au is not null) and garder_jusqu_au > decidee_le",
            name="ck_conservation_terme",
        ),
        sa.CheckConstraint(
            "garder_jusqu_au <= decidee_le + interval '2 years'", name="ck_conservation_duree"
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_conservation_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_conservation_jeune_id", "conservation", ["jeune_id"], unique=False)
    op.create_index(
        "uq_conservation_anonyme",
        "conservation",
        ["jeune_id"],
        unique=True,
        postgresql_where=sa.text("decision = 'ANONYMISE'"),
    )
    op.create_index(
        "ix_rencontre_jeune_le",
        "rencontre",
        ["jeune_id", "le"],
        unique=False,
        postgresql_include=["statut_code", "type_code", "jeune_present", "mds_id"],
    )
    op.add_column("journal", sa.Column("empreinte", sa.LargeBinary(), nullable=True))
    op.add_column("journal", sa.Column("expurgee_par", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_journal_expurgee_par",
        "journal",
        ["expurgee_par"],
        unique=False,
        postgresql_where=sa.text("expurgee_par is not null"),
    )


def downgrade() -> None:
    op.execute(
        "do $$ begin if exists (select 1 from journal where expurgee_par is not null) then"
        " raise exception 'Des dossiers sont anonymisés : leurs lignes du journal ne se vérifieraient plus.'; end if; end $$"
    )
    op.execute(
        "drop function if exists acces.refuser_anonyme() cascade"
    )  # and its trigger on each table of a file
    op.drop_index("ix_journal_expurgee_par", table_name="journal")
    op.drop_column("journal", "expurgee_par")
    op.drop_column("journal", "empreinte")
    op.drop_index("ix_rencontre_jeune_le", table_name="rencontre")
    op.drop_table("conservation")
