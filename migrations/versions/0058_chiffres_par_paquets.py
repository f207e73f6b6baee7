"""The figures kept by bucket of youths: what moved, what was asked, what each bucket answered."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

MOUVEMENT = """
create table acces.mouvement (paquet bigint not null, nombre bigint not null);
create index ix_mouvement_paquet on acces.mouvement (paquet) include (nombre);
"""
GARDES = """
create unlogged table acces.demande_comptee (
  cle text primary key, mds int[] not null, demande jsonb not null, definitions text not null,
  comptee_le timestamptz not null default now(), revision bigint not null default 1,
  mouvements bigint not null, listes uuid not null, lignes text not null, signature text not null);
create unlogged table acces.paquet_compte (
  cle text not null references acces.demande_comptee (cle) on delete cascade, paquet bigint not null,
  mouvements bigint not null, lignes text not null, signature text not null,
  primary key (cle, paquet));
"""
"""Not in the backups, and empty after a crash: it is counted again."""

LISTES_AVANT = """
create or replace function acces.changer_les_listes() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update acces.version_des_listes set version = gen_random_uuid();
  return null;
end $$
"""


def upgrade() -> None:
    op.execute(MOUVEMENT)
    op.execute(GARDES)


def downgrade() -> None:
    """The triggers go with their functions, which the version before does not know."""
    op.execute(
        "do $$ declare fonction regprocedure; begin"
        " for fonction in select oid from pg_proc where pronamespace = 'acces'::regnamespace"
        " and proname in ('noter_mouvement', 'mouvements', 'peut_compter', 'chiffres_gardes',"
        " 'garder_les_chiffres', 'oublier_les_chiffres', 'demandes_gardees',"
        " 'additionner_les_mouvements') loop"
        " execute format('drop function %s cascade', fonction); end loop; end $$"
    )
    op.execute(LISTES_AVANT)
    for table in ("paquet_compte", "demande_comptee", "mouvement"):
        op.execute(f"drop table acces.{table}")
