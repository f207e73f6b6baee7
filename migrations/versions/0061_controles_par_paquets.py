"""The checks and the likely duplicates kept by bucket too: two families of buckets."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

OUBLIER = "delete from acces.demande_comptee"
FAMILLES = """
drop table acces.mouvement;
create table acces.mouvement (famille text not null, paquet bigint not null, nombre bigint not null);
create index ix_mouvement_paquet on acces.mouvement (famille, paquet) include (nombre);
alter table acces.demande_comptee add column sorte text not null, add column ressource text not null;
"""
"""What is kept is thrown away, so the movements begin again."""
AVANT = """
drop table acces.mouvement;
create table acces.mouvement (paquet bigint not null, nombre bigint not null);
create index ix_mouvement_paquet on acces.mouvement (paquet) include (nombre);
alter table acces.demande_comptee drop column sorte, drop column ressource;
"""
FONCTIONS = (
    "noter_mouvement",
    "mouvements",
    "peut_compter",
    "chiffres_gardes",
    "garder_les_chiffres",
    "demandes_gardees",
    "additionner_les_mouvements",
    "paquets_peuples",
    "paquet_de_naissance",
)
"""Each version installs its own, and the triggers that call them."""


def _sans_les_fonctions() -> None:
    op.execute(
        "do $$ declare fonction regprocedure; begin"
        " for fonction in select oid from pg_proc where pronamespace = 'acces'::regnamespace"
        f" and proname in {FONCTIONS} loop"
        " execute format('drop function %s cascade', fonction); end loop; end $$"
    )


def upgrade() -> None:
    op.execute(OUBLIER)
    _sans_les_fonctions()
    op.execute(FAMILLES)


def downgrade() -> None:
    op.execute(OUBLIER)
    _sans_les_fonctions()
    op.execute(AVANT)
