"""Leaving and coming back: the reason of a return, the day of a death, the youth of an act."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

DECES = """
update jeune j set deces_le = d.le from (
  select x.jeune_id, max(x.au) as le from (
    select jeune_id, au from mesure where motif_fin_code = 'DECES'
    union all select jeune_id, au from accompagnement where motif_sortie_code = 'DECES') x
  where x.au between date '1900-01-01' and current_date
    and not exists (select from mesure m where m.jeune_id = x.jeune_id
                    and coalesce(m.au, 'infinity') > x.au)
    and not exists (select from accompagnement a where a.jeune_id = x.jeune_id and a.du > x.au
                    and a.motif_sortie_code is distinct from 'ERREUR')
  group by x.jeune_id) d
where d.jeune_id = j.id
"""
JOURS = ("date_naissance", "repere_le", "contact_le")


def upgrade() -> None:
    op.add_column("accompagnement", sa.Column("motif_reprise", sa.String(length=500)))
    op.add_column("modification_groupee", sa.Column("jeune_id", sa.Integer()))
    op.create_index(
        "ix_modification_groupee_jeune",
        "modification_groupee",
        ["jeune_id", "genre"],
        postgresql_where=sa.text("jeune_id is not null"),
    )
    op.add_column("jeune", sa.Column("deces_le", sa.Date()))
    op.execute(DECES)
    _borner((*JOURS, "deces_le"))
    op.create_index("ix_jeune_deces", "jeune", ["id"], postgresql_where="deces_le is not null")


def downgrade() -> None:
    op.drop_index("ix_jeune_deces", "jeune")
    _borner(JOURS)
    op.execute("drop trigger if exists naissance on jeune")
    op.execute("drop trigger if exists fait_deces_le on jeune")
    op.drop_column("jeune", "deces_le")
    op.drop_index("ix_modification_groupee_jeune", "modification_groupee")
    op.drop_column("modification_groupee", "jeune_id")
    op.drop_column("accompagnement", "motif_reprise")


def _borner(jours: tuple[str, ...]) -> None:
    """The dates of a youth stay within two centuries; what was there before is left to be mended."""
    bornes = [f"{jour} between date '1900-01-01' and date '2100-12-31'" for jour in jours]
    op.drop_constraint("ck_jeune_dates", "jeune")
    op.execute(
        f"alter table jeune add constraint ck_jeune_dates check ({' and '.join(bornes)}) not valid"
    )
    ailleurs = sa.text(f"select exists (select from jeune where not ({' and '.join(bornes)}))")
    if not op.get_bind().execute(ailleurs).scalar():
        op.execute("alter table jeune validate constraint ck_jeune_dates")
