"""The marks of the last seal are signed, what is installed too; where the seals were handed."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

REPERE = """
create table if not exists acces.repere (
  seul boolean primary key default true check (seul), numero bigint not null, empreinte bytea not null);
alter table acces.repere add column dit jsonb;
insert into acces.repere (numero, empreinte)
  select id, empreinte from sceau order by id desc limit 1 on conflict do nothing;
"""
INSTALLATION = """
create table if not exists acces.installation (
  role text primary key, voulus text not null, catalogues text not null);
alter table acces.installation add column objets jsonb, add column cle text, add column signature text;
"""
ANCRE = """
create table acces.ancre (
  id bigint primary key, moyen text not null, sceau bigint not null,
  empreinte text not null, le timestamptz not null default now(), jeton bytea);
"""


def upgrade() -> None:
    for ordre in (REPERE, INSTALLATION, ANCRE):
        op.execute(ordre)


def downgrade() -> None:
    op.execute("drop table acces.ancre")
    op.execute(
        "drop function if exists acces.noter_repere(jsonb), acces.noter_ancre(text, bigint, text, bytea)"
    )
    op.execute("alter table acces.repere drop column dit")
    op.execute(
        "alter table acces.installation drop column objets, drop column cle, drop column signature"
    )
