"""Days by the clock of the application; a tâche of an instance says for whom it is held."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

DEFAUTS = (("transfert", "demande_le"), ("conservation", "decidee_le"))
BORNES = "between date '1900-01-01' and date '2100-12-31'"
DEJA_CONFIEES = """
    update tache_instance t set
      remplace_id = (j.avant ->> 'agent_id')::int, remplace = a.nom, remplace_jusqu_au = l.au
    from journal j
    join lateral (
      select max(b.au) as au from journal jb join binome b on b.id = jb.cle::int
      where jb.table_nom = 'binome' and jb.operation = 'creation' and jb.requete = j.requete
        and b.est_temporaire) l on l.au >= current_date
    join agent a on a.id = (j.avant ->> 'agent_id')::int
    where j.table_nom = 'tache_instance' and j.operation = 'modification'
      and j.requete like 'lot:%' and t.id = j.cle::int and t.agent_id <> a.id
      and t.faite_le is null and t.abandon is null
"""
"""Those that were handed over with binômes until a day to come: the audit log says by whom."""


def upgrade() -> None:
    # As ``acces/dates.sql``, which is installed after the migrations.
    op.execute(
        "create or replace function acces.aujourd_hui() returns date"
        " language sql stable as $$ select current_date $$"
    )
    for table, colonne in DEFAUTS:
        op.alter_column(table, colonne, server_default=sa.text("acces.aujourd_hui()"))
    op.add_column("tache_instance", sa.Column("remplace", sa.String(length=300), nullable=True))
    op.add_column("tache_instance", sa.Column("remplace_id", sa.Integer(), nullable=True))
    op.add_column("tache_instance", sa.Column("remplace_jusqu_au", sa.Date(), nullable=True))
    op.create_foreign_key(None, "tache_instance", "agent", ["remplace_id"], ["id"])
    op.create_check_constraint(
        "ck_tache_instance_remplace",
        "tache_instance",
        "(remplace is null) = (remplace_jusqu_au is null)",
    )
    op.create_index(
        "ix_tache_instance_remplace",
        "tache_instance",
        ["remplace_id"],
        postgresql_where=sa.text("remplace_id is not null"),
    )
    _borner("pour_le", "faite_le", "remplace_jusqu_au")
    op.execute(DEJA_CONFIEES)
    op.execute("drop function if exists acces.taches_d_instance_confiees(int[], int)")


def downgrade() -> None:
    op.execute("drop trigger if exists nommer_remplace_id on tache_instance")
    op.drop_index("ix_tache_instance_remplace", table_name="tache_instance")
    op.drop_constraint("ck_tache_instance_remplace", "tache_instance")
    _borner("pour_le", "faite_le")
    for colonne in ("remplace_jusqu_au", "remplace_id", "remplace"):
        op.drop_column("tache_instance", colonne)
    for table, colonne in DEFAUTS:
        op.alter_column(table, colonne, server_default=sa.text("current_date"))


def _borner(*colonnes: str) -> None:
    """Two centuries for each date of the table."""
    bornes = [f"{c} {BORNES}" for c in colonnes]
    op.drop_constraint("ck_tache_instance_dates", "tache_instance")
    op.create_check_constraint("ck_tache_instance_dates", "tache_instance", " and ".join(bornes))
