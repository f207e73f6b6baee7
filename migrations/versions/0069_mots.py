"""The words of names, one row each: a wrong letter is looked for in them, not in each name."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

MOTS = r"""
create function acces.mots(nom text, prenom text, anciens text) returns text[]
language plpgsql immutable parallel safe as $$
declare un text; morceau text; lettres text; entier text; tout text := ''; lus text[] := '{}';
begin
  foreach un in array array[nom, prenom] || string_to_array(anciens, ';') loop
    entier := '';
    foreach morceau in array
      regexp_split_to_array(un, '[\u0001-\u0020\u0085\u00a0\u2000-\u200a\u3000''’-]+') loop
      lettres := regexp_replace(acces.serrer(morceau), '[^a-z0-9]', '~', 'g');
      lus := lus || lettres;
      entier := entier || lettres;
    end loop;
    lus := lus || entier;
    tout := tout || entier;
  end loop;
  lus := lus || tout;
  return array(select distinct mot collate "C" from unnest(lus) mot where length(mot) >= 3);
end $$
"""
"""What the words typed are compared with, one or two letters wrong: each name, each word of it, all
of them as one. A letter that is not of a to z is « ~ »."""
TABLE = """
create table acces.mot (
  mot text collate "C" not null,
  envers text collate "C" not null generated always as (reverse(mot)) stored,
  mds_id int not null, jeune_id int not null)
"""
REMPLIR = """
insert into acces.mot (mot, mds_id, jeune_id)
select mot, j.mds_id, j.id from jeune j, unnest(acces.mots(j.nom, j.prenom, j.anciens_noms)) mot
where j.nom_tri <> 'anonymise dossier'
"""
CLES = """
create index ix_mot on acces.mot (mot, mds_id);
create index ix_mot_envers on acces.mot (envers, mds_id);
create index ix_mot_jeune on acces.mot (jeune_id);
analyze acces.mot;
"""


def upgrade() -> None:
    for ordre in (MOTS, TABLE, REMPLIR, CLES):
        op.execute(ordre)


def downgrade() -> None:
    """The triggers go with their function, which the version before does not know."""
    for fonction in ("ajouter_les_mots", "changer_les_mots", "retirer_les_mots"):
        op.execute(f"drop function if exists acces.{fonction}() cascade")
    op.execute("drop table acces.mot")
    op.execute("drop function acces.mots(text, text, text)")
