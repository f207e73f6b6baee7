"""A rare name is found without reading every youth: an index of the parts of three letters."""

from alembic import op

revision = "0057"
down_revision = "0053"
branch_labels = None
depends_on = None

TRIGRAMMES = """
create function acces.trigrammes(t text) returns text[]
language sql immutable strict parallel safe as $$
  select array(
    select distinct substr(t, n, 3) collate "C" from generate_series(1, length(t) - 2) n
    where position(' ' in substr(t, n, 3)) = 0)
$$
"""
"""The parts of three letters of a text; none of two words at once."""


def upgrade() -> None:
    op.execute(TRIGRAMMES)
    op.execute(
        "create index ix_jeune_trigrammes on jeune using gin (acces.trigrammes(recherche))"
        " with (fastupdate = off)"
    )


def downgrade() -> None:
    op.drop_index("ix_jeune_trigrammes", table_name="jeune")
    op.execute("drop function acces.trigrammes(text)")
