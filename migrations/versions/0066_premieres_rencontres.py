"""Indexes of the home page: the first rencontres in their order, the deceased youths by MDS."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

PREVUE = {"postgresql_where": sa.text("statut_code = 'PREVUE'")}
DECEDE = {"postgresql_where": sa.text("deces_le is not null")}


def _index(nom: str, table: str, colonnes: list[str], avec: list[str], **ou: object) -> None:
    op.create_index(nom, table, colonnes, postgresql_include=avec, **ou)


def upgrade() -> None:
    op.drop_index("ix_jeune_deces", "jeune")
    _index("ix_jeune_deces", "jeune", ["id"], ["mds_id"], **DECEDE)
    op.drop_index("ix_rencontre_prevue", "rencontre")
    _index(
        "ix_rencontre_prevue", "rencontre", ["mds_id", "le", "heure", "id"], ["jeune_id"], **PREVUE
    )
    _index(
        "ix_rencontre_prevue_le",
        "rencontre",
        ["le", "heure", "id"],
        ["mds_id", "jeune_id"],
        **PREVUE,
    )


def downgrade() -> None:
    op.drop_index("ix_rencontre_prevue_le", "rencontre")
    op.drop_index("ix_rencontre_prevue", "rencontre")
    _index("ix_rencontre_prevue", "rencontre", ["mds_id", "le", "id"], ["jeune_id"], **PREVUE)
    op.drop_index("ix_jeune_deces", "jeune")
    op.create_index("ix_jeune_deces", "jeune", ["id"], **DECEDE)
