"""A text that has neither accents nor doubled spaces is folded without being looked through.

Two regular expressions and a normalization took 2 to 4 µs a text: a list sorted by a name folds
one a record. What the function answers is the same, so that what was computed with it stays.
"""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

VITE = r"""
create or replace function acces.plier(t text) returns text
language sql immutable parallel safe as $$
  select case when t collate "C" ~ '[^ -~]|  ' then
    btrim(regexp_replace(
      translate(replace(replace(replace(
        lower(translate(regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'),
                        'ŒÆØŁĐẞ', 'œæøłđß') collate "C"),
        'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'øłđ’', 'old'''),
      '\s\s+|[\t-\r]', ' ', 'g'))
  else btrim(lower(t collate "C")) end
$$
"""
"""Not « strict », or the base would call it for each text instead of reading it in its place."""

AVANT = r"""
create or replace function acces.plier(t text) returns text
language sql immutable strict parallel safe as $$
  select btrim(regexp_replace(
    translate(replace(replace(replace(
      lower(translate(regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'),
                      'ŒÆØŁĐẞ', 'œæøłđß') collate "C"),
      'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'øłđ’', 'old'''),
    '\s+', ' ', 'g'))
$$
"""


def upgrade() -> None:
    op.execute(VITE)


def downgrade() -> None:
    op.execute(AVANT)
