"""A binôme says who is replaced, until when; an act on many records is kept to be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "modification_groupee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=True),
        sa.Column("genre", sa.String(length=20), nullable=False),
        sa.Column("titre", sa.String(length=700), nullable=False),
        sa.Column("jeunes", sa.Integer(), nullable=False),
        sa.Column("rencontres", sa.Integer(), nullable=False),
        sa.Column("taches", sa.Integer(), nullable=False),
        sa.Column(
            "faite_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("annulee_par", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_modification_groupee_compte", "modification_groupee", ["compte_id", "id"])
    op.add_column("binome", sa.Column("remplace", sa.String(length=300), nullable=True))
    op.add_column("binome", sa.Column("remplace_id", sa.Integer(), nullable=True))
    op.add_column("binome", sa.Column("remplace_comme", sa.String(length=20), nullable=True))
    op.add_column(
        "binome",
        sa.Column("est_temporaire", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("binome", sa.Column("en_double_jusqu_au", sa.Date(), nullable=True))
    op.create_foreign_key(None, "binome", "agent", ["remplace_id"], ["id"])
    op.create_check_constraint(
        "ck_binome_remplace",
        "binome",
        "remplace is not null or (remplace_comme is null and not est_temporaire)",
    )
    op.create_check_constraint(
        "ck_binome_remplace_comme", "binome", "remplace_comme in ('COORDONNATEUR', 'REFERENT')"
    )
    op.create_index(
        "ix_binome_remplace",
        "binome",
        ["remplace_id", "au", "jeune_id"],
        postgresql_where=sa.text("remplace_id is not null"),
    )
    _borner("du", "au", "en_double_jusqu_au")


def _borner(*colonnes: str) -> None:
    """Two centuries for each date of the table."""
    bornes = [f"{c} between date '1900-01-01' and date '2100-12-31'" for c in colonnes]
    op.drop_constraint("ck_binome_dates", "binome")
    op.create_check_constraint("ck_binome_dates", "binome", " and ".join(bornes))


def downgrade() -> None:
    op.drop_index("ix_binome_remplace", table_name="binome")
    op.drop_constraint("ck_binome_remplace_comme", "binome")
    op.drop_constraint("ck_binome_remplace", "binome")
    _borner("du", "au")
    op.execute("drop trigger if exists nommer_remplace_id on binome")
    op.execute("drop trigger if exists naissance on binome")
    for nom in (
        "en_double_jusqu_au",
        "est_temporaire",
        "remplace_comme",
        "remplace_id",
        "remplace",
    ):
        op.drop_column("binome", nom)
    op.drop_table("modification_groupee")
