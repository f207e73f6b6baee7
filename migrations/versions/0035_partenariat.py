"""The log of the partnership, its conventions, what partners offer, how a mobilisation ended."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BORNES = "between date '1900-01-01' and date '2100-12-31'"
LISTES = ("genre_partenariat", "resultat_mobilisation")


def upgrade() -> None:
    for liste in LISTES:
        op.create_table(
            liste,
            sa.Column("code", sa.String(length=30), nullable=False),
            sa.Column("libelle", sa.String(length=120), nullable=False),
            sa.Column("ordre", sa.Integer(), nullable=False),
            sa.Column("retire_le", sa.Date(), nullable=True),
            sa.PrimaryKeyConstraint("code"),
        )
    op.create_table(
        "action_partenariat",
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("partenaire_id", sa.Integer(), nullable=True),
        sa.Column("genre_code", sa.String(length=30), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("par", sa.String(length=300), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("recit", sa.Text(), nullable=True),
        sa.Column("suite", sa.String(length=300), nullable=True),
        sa.Column("suite_le", sa.Date(), nullable=True),
        sa.Column("suite_faite_le", sa.Date(), nullable=True),
        *_fiche(),
        sa.CheckConstraint(
            "partenaire_id is not null or coalesce(btrim(recit), '') <> ''",
            name="ck_action_partenariat_avec",
        ),
        sa.CheckConstraint(
            "suite is not null or (suite_le is null and suite_faite_le is null)",
            name="ck_action_partenariat_suite",
        ),
        _bornees("action_partenariat", "le", "suite_le", "suite_faite_le"),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.ForeignKeyConstraint(["partenaire_id"], ["partenaire.id"]),
        sa.ForeignKeyConstraint(["genre_code"], ["genre_partenariat.code"]),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
    )
    op.create_index(
        "ix_action_partenariat_partenaire", "action_partenariat", ["partenaire_id", "le"]
    )
    op.create_index("ix_action_partenariat_mds_le", "action_partenariat", ["mds_id", "le"])
    op.create_index(
        "ix_action_partenariat_a_suivre",
        "action_partenariat",
        ["suite_le"],
        postgresql_where=sa.text("suite is not null and suite_faite_le is null"),
    )
    op.create_table(
        "convention_partenaire",
        sa.Column("partenaire_id", sa.Integer(), nullable=False),
        sa.Column("objet", sa.String(length=300), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("signee_le", sa.Date(), nullable=True),
        sa.Column("sans_suite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *_fiche(),
        sa.CheckConstraint("au >= du", name="ck_convention_partenaire_du_au"),
        sa.CheckConstraint("btrim(objet) <> ''", name="ck_convention_partenaire_objet"),
        _bornees("convention_partenaire", "du", "au", "signee_le"),
        sa.ForeignKeyConstraint(["partenaire_id"], ["partenaire.id"]),
    )
    op.create_index(
        "ix_convention_partenaire_partenaire", "convention_partenaire", ["partenaire_id", "du"]
    )
    op.create_index(
        "ix_convention_partenaire_au",
        "convention_partenaire",
        ["au"],
        postgresql_where=sa.text("au is not null and not sans_suite"),
    )
    op.create_table(
        "dispositif_propose",
        sa.Column("partenaire_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=500), nullable=False),
        sa.Column("pour_qui", sa.String(length=500), nullable=True),
        sa.Column("ferme_le", sa.Date(), nullable=True),
        *_fiche(),
        sa.CheckConstraint("btrim(nom) <> ''", name="ck_dispositif_propose_nom"),
        _bornees("dispositif_propose", "ferme_le"),
        sa.ForeignKeyConstraint(["partenaire_id"], ["partenaire.id"]),
        sa.UniqueConstraint("partenaire_id", "nom", name="uq_dispositif_propose_partenaire_nom"),
    )
    op.add_column("mobilisation", sa.Column("resultat_code", sa.String(length=30), nullable=True))
    op.create_foreign_key(
        None, "mobilisation", "resultat_mobilisation", ["resultat_code"], ["code"]
    )


def _fiche() -> tuple[sa.schema.SchemaItem, ...]:
    """What every record has."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _bornees(table: str, *colonnes: str) -> sa.CheckConstraint:
    """Two centuries for each date of the table."""
    return sa.CheckConstraint(
        " and ".join(f"{c} {BORNES}" for c in colonnes), name=f"ck_{table}_dates"
    )


def downgrade() -> None:
    op.drop_column("mobilisation", "resultat_code")
    # The reading of the audit log names these tables; it is installed again with the policies.
    op.execute("drop policy if exists lire on journal")
    for table in ("dispositif_propose", "convention_partenaire", "action_partenariat", *LISTES):
        op.drop_table(table)
