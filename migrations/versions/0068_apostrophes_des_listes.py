"""The apostrophes of the labels of the code lists, as the screens write them."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

LISTES = (
    "couverture_base",
    "couverture_complementaire",
    "lieu_accueil",
    "lieu_rencontre",
    "logement",
    "mesure_ase",
    "motif_rupture",
    "motif_sortie_dispositif",
    "ressource",
    "situation_pro",
    "theme_frein",
    "type_partenaire",
    "type_rencontre",
)
"""Those whose items had straight ones when they were first loaded."""


def upgrade() -> None:
    for liste in LISTES:
        op.execute(
            f"update {liste} set libelle = replace(libelle, '''', '’') where libelle like '%''%'"
        )
    op.execute(
        "update situation_pro set categorie_imilo = replace(categorie_imilo, '''', '’')"
        " where categorie_imilo like '%''%'"
    )


def downgrade() -> None:
    """They stay: both apostrophes are the same to whoever searches or imports."""
