"""The frame of the table of a noun, for its migration: what every record of a youth has.

It says what such a table is at the first version; it never changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem


def creer_table_du_jeune(nom: str, *elements: SchemaItem, cle: tuple[str, ...] = ()) -> None:
    """Create the table of a noun that belongs to a youth (``SuiviJeune``).

    ``elements``: the columns and the constraints of its own. ``cle``: the columns whose values, for
    one youth, designate one record.
    """
    uniques = []
    if cle:
        contrainte = f"uq_{nom}_jeune_{'_'.join(cle)}"
        uniques.append(sa.UniqueConstraint("jeune_id", *cle, name=contrainte))
    op.create_table(
        nom,
        *elements,
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name=f"fk_{nom}_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        *uniques,
    )
    op.create_index(f"ix_{nom}_jeune_id", nom, ["jeune_id"])


def creer_table_de_mds(nom: str, *elements: SchemaItem) -> None:
    """Create the table of a noun that belongs to an MDS and to no youth."""
    op.create_table(
        nom,
        sa.Column("mds_id", sa.Integer(), sa.ForeignKey("mds.id"), nullable=False),
        *elements,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"ix_{nom}_mds_id", nom, ["mds_id"])
