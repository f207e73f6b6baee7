"""No date out of two centuries: what is written from now on is checked, what was there is listed
before each sending and stays to be mended."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLONNES = {
    "jeune": ("date_naissance", "repere_le", "contact_le"),
    "rattachement": ("du", "au"),
    "accompagnement": ("du", "au"),
    "mesure": ("du", "au"),
    "binome": ("du", "au"),
    "alerte": ("du", "au"),
    "situation": ("observee_le", "confirmee_le", "fin_ressource_1", "fin_ressource_2"),
    "frein": ("du", "leve_le"),
    "enquete": ("demandee_le", "repondue_le"),
    "mobilisation": ("du", "au"),
    "rencontre": ("le", "fixee_le"),
    "etape": ("faite_le",),
    "decision": ("echeance_le",),
    "action_collective": ("le",),
    "instance": ("le",),
    "poste": ("du", "au", "telephone_fourni_le", "ordinateur_fourni_le"),
    "convention": ("du", "au", "signee_le", "bilan_recu_le"),
    "versement": ("le",),
}


def upgrade() -> None:
    base = op.get_bind()
    for table, colonnes in COLONNES.items():
        bornes = " and ".join(
            f"{colonne} between date '1900-01-01' and date '2100-12-31'" for colonne in colonnes
        )
        op.execute(
            f"alter table {table} add constraint ck_{table}_dates check ({bornes}) not valid"
        )
        ailleurs = base.execute(
            sa.text(f"select exists (select from {table} where not ({bornes}))")
        )
        if not ailleurs.scalar():
            op.execute(f"alter table {table} validate constraint ck_{table}_dates")


def downgrade() -> None:
    for table in COLONNES:
        op.drop_constraint(f"ck_{table}_dates", table)
