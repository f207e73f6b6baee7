"""What the checks of a month mostly do not find: read in an index that is nearly empty."""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

TELEPHONE = (
    r"^(0[1-9]([ .-]?[0-9]){8}|([+]|00 ?)[1-9][0-9]{0,2}( ?[(]0[)])?([ .-]?[0-9]){5,12"
    r"}|[1-9][0-9]{1,3}|[1-9][0-9] [0-9]{2}|118 ?[0-9]{3})( ?[(][^()]{1,40}[)]| [^0-9;"
    r"/,]{1,40})?( ?(;|/|,|ou) ?(0[1-9]([ .-]?[0-9]){8}|([+]|00 ?)[1-9][0-9]{0,2}( ?[("
    r"]0[)])?([ .-]?[0-9]){5,12}|[1-9][0-9]{1,3}|[1-9][0-9] [0-9]{2}|118 ?[0-9]{3})( ?"
    r"[(][^()]{1,40}[)]| [^0-9;/,]{1,40})?)*$"
)
COURRIEL = (
    r"^[^][ @;,<>()]+@[^][ @;,<>().]+([.][^][ @;,<>().]+)*[.][^][ @;,<>().0-9]{2,}( ?["
    r";,] ?[^][ @;,<>()]+@[^][ @;,<>().]+([.][^][ @;,<>().]+)*[.][^][ @;,<>().0-9]{2,}"
    r")*$"
)
"""As they are when this is written: the index of a form of before serves no longer."""


def upgrade() -> None:
    # Written to the driver: « % » and « : » are none of its business.
    op.get_bind().exec_driver_sql(
        "create index ix_jeune_coordonnees_fausses on jeune (mds_id, id)"
        f" where telephone !~ '{TELEPHONE}' or courriel !~ '{COURRIEL}'"
    )
    op.execute(
        "create index ix_rencontre_entretien_17 on rencontre (jeune_id, le)"
        " include (statut_code, mds_id) where type_code = 'ENTRETIEN_17'"
    )


def downgrade() -> None:
    op.execute("drop index ix_jeune_coordonnees_fausses")
    op.execute("drop index ix_rencontre_entretien_17")
