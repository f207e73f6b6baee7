"""The files that wait are kept part by part; those that wait already are of one part."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table if exists acces.fichier add rang int not null default 0")
    op.execute("alter table if exists acces.fichier drop constraint fichier_pkey")
    op.execute("alter table if exists acces.fichier add primary key (usage, cle, rang)")
    op.execute("drop function if exists acces.deposer_fichier(text, bigint, bytea, interval)")
    op.execute("drop function if exists acces.lire_fichier(text, bigint)")


def downgrade() -> None:
    """What is of several parts is lost: its author asks for it again."""
    op.execute(
        "do $$ begin if to_regclass('acces.fichier') is not null then"
        " delete from acces.fichier f using acces.fichier g"
        " where g.usage = f.usage and g.cle = f.cle and g.rang > 0;"
        " alter table acces.fichier drop constraint fichier_pkey, drop rang,"
        " add primary key (usage, cle); end if; end $$"
    )
    op.execute(
        "drop function if exists acces.deposer_fichier(text, bigint, bytea, interval, int),"
        " acces.lire_fichier(text, bigint)"
    )
