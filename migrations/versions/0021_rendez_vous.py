"""A rendez-vous has an hour, a length, an address and agents; a mesure, its planned end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DE_LA_RENCONTRE = {
    "heure": sa.Time(),
    "duree": sa.Integer(),
    "adresse": sa.String(length=300),
    "agents": sa.String(length=1000),
}
"""What may be left empty."""


def upgrade() -> None:
    for nom, genre in DE_LA_RENCONTRE.items():
        op.add_column("rencontre", sa.Column(nom, genre, nullable=True))
    numeros = postgresql.ARRAY(sa.Integer())
    op.add_column(
        "rencontre", sa.Column("agents_ids", numeros, server_default="{}", nullable=False)
    )
    op.create_check_constraint("ck_rencontre_duree", "rencontre", "duree between 1 and 1440")
    op.add_column("mesure", sa.Column("echeance", sa.Date(), nullable=True))
    op.create_check_constraint("ck_mesure_du_echeance", "mesure", "echeance >= du")
    _borner("du", "echeance", "au")
    op.create_index("ix_mesure_fin_attendue", "mesure", [sa.text("least(echeance, au)")])


def _borner(*colonnes: str) -> None:
    """Two centuries for each date of the table."""
    bornes = [f"{c} between date '1900-01-01' and date '2100-12-31'" for c in colonnes]
    op.drop_constraint("ck_mesure_dates", "mesure")
    op.create_check_constraint("ck_mesure_dates", "mesure", " and ".join(bornes))


def downgrade() -> None:
    op.drop_index("ix_mesure_fin_attendue", table_name="mesure")
    _borner("du", "au")
    op.execute("drop trigger if exists naissance on mesure")
    op.drop_column("mesure", "echeance")
    op.execute("drop trigger if exists nommer_agents_ids on rencontre")
    for nom in ("agents_ids", *DE_LA_RENCONTRE):
        op.drop_column("rencontre", nom)
