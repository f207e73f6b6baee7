"""What left Tandem, and the youths who were inside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sortie_de_donnees",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("compte_id", sa.Integer()),
        sa.Column("login", sa.String(length=128)),
        sa.Column("canal", sa.String(length=40)),
        sa.Column("requete", sa.String(length=60)),
        sa.Column("objet", sa.String(length=300), nullable=False),
        sa.Column("table_nom", sa.String(length=60)),
        sa.Column("cle", sa.String(length=60)),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.Column("jeunes", sa.Integer(), nullable=False),
        sa.Column("finalite_code", sa.String(length=30)),
        sa.Column("motif", sa.String(length=500)),
        sa.Column("filtres", sa.Text()),
        sa.Column("recherche", sa.String(length=500)),
        sa.Column("recupere_le", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sortie_de_donnees_le", "sortie_de_donnees", ["le", "id"])
    op.create_index("ix_sortie_de_donnees_compte", "sortie_de_donnees", ["compte_id", "le"])
    op.create_table(
        "part_de_sortie",
        sa.Column("sortie_id", sa.BigInteger(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("jeunes", ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(["sortie_id"], ["sortie_de_donnees.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("sortie_id", "mds_id"),
    )


def downgrade() -> None:
    op.execute("drop table part_de_sortie cascade")  # the policy of the other reads it
    op.drop_table("sortie_de_donnees")
