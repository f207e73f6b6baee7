"""A youth is found by the letters of their names, former ones too, and by their phone."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CHERCHABLE = r"""
create function acces.cherchable(
  nom text, prenom text, code text, anciens text, telephone text
) returns text language sql immutable parallel safe as $$
  select acces.serrer(nom) || ' ' || acces.serrer(prenom) || ' ' || acces.serrer(code)
    || coalesce(' ' || nullif(acces.serrer(anciens), ''), '')
    || coalesce(' ' || nullif(regexp_replace(
         regexp_replace(telephone, '\D', '', 'g'), '^(00)?33(?=\d{9}$)', '0'), ''), '')
$$
"""
"""What the words typed are looked for in: letters and digits alone."""
COLONNES = (
    ("ix_jeune_mds_nom_tri", ["mds_id", "nom_tri", "id"], ["recherche", "contact_le"]),
    ("ix_jeune_nom_tri", ["nom_tri", "id"], ["mds_id", "recherche", "contact_le"]),
)


def upgrade() -> None:
    op.execute(CHERCHABLE)
    op.add_column("jeune", sa.Column("anciens_noms", sa.String(length=2000), nullable=True))
    _recalculer("acces.cherchable(nom, prenom, code, anciens_noms, telephone)")


def _recalculer(expression: str) -> None:
    """The two indexes hold the column: they go and come back with it."""
    for nom, _, _ in COLONNES:
        op.drop_index(nom, table_name="jeune")
    op.drop_column("jeune", "recherche")
    calcul = sa.Computed(expression, persisted=True)
    op.add_column("jeune", sa.Column("recherche", sa.Text(collation="C"), calcul, nullable=True))
    for nom, colonnes, avec in COLONNES:
        op.create_index(nom, "jeune", colonnes, postgresql_include=avec)


def downgrade() -> None:
    op.execute("drop trigger if exists ancien_nom on jeune")
    _recalculer("acces.plier(nom || ' ' || prenom || ' ' || code)")
    op.drop_column("jeune", "anciens_noms")
    op.execute("drop function acces.cherchable(text, text, text, text, text)")
