"""The youths of whom something was written: what a process keeps of the others still holds."""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

BOUGES = """
create unlogged table acces.jeune_bouge (
  jeune_id int not null, ecrit_par xid8 not null default pg_current_xact_id());
create index ix_jeune_bouge_ecrit_par on acces.jeune_bouge (ecrit_par) include (jeune_id);
"""
SUIVI = """
create unlogged table acces.suivi_des_bouges (
  seul boolean primary key default true check (seul), suivi uuid not null default gen_random_uuid(),
  oublies xid8 not null default '0', suivants xid8 not null default '0');
insert into acces.suivi_des_bouges default values;
"""
"""Not in the backups, and empty after a crash, both: what was kept under another « suivi » is
void."""


def upgrade() -> None:
    op.execute(BOUGES)
    op.execute(SUIVI)


def downgrade() -> None:
    """The triggers go with their function, which the version before does not know."""
    op.execute(
        "do $$ declare fonction regprocedure; begin"
        " for fonction in select oid from pg_proc where pronamespace = 'acces'::regnamespace"
        " and proname in ('noter_bouges', 'jeunes_bouges', 'suivre_les_bouges',"
        " 'oublier_les_bouges') loop"
        " execute format('drop function %s cascade', fonction); end loop; end $$"
    )
    for table in ("jeune_bouge", "suivi_des_bouges"):
        op.execute(f"drop table acces.{table}")
