"""What the legal steps leave behind: contrats asked for, CEJ proposed, needs, mobility."""

import sqlalchemy as sa
from alembic import op

from app.models.migration import creer_table_du_jeune

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def creer_liste(nom: str) -> None:
    op.create_table(
        nom,
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )


def dates(table: str, *colonnes: str) -> sa.CheckConstraint:
    bornes = (f"{c} between date '1900-01-01' and date '2100-12-31'" for c in colonnes)
    return sa.CheckConstraint(" and ".join(bornes), name=f"ck_{table}_dates")


def upgrade() -> None:
    creer_liste("reponse_demande")
    creer_liste("domaine_besoin")
    creer_liste("genre_mobilite")
    _demande_cjm()
    _proposition_cej()
    _besoin()
    _mobilite()
    op.add_column("rencontre", sa.Column("etape", sa.String(length=40), nullable=True))
    op.add_column("rencontre", sa.Column("rsase_present", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_rencontre_lieu_atypique",
        "rencontre",
        ["le", "jeune_id"],
        postgresql_where=sa.text(
            "statut_code = 'TENUE' and jeune_present"
            " and lieu_code in ('CAFE_SOLIDAIRE', 'MEDIATHEQUE', 'ENTREPRISE', 'EXTERIEUR')"
        ),
    )
    op.create_index(
        "ix_frein_leve_le",
        "frein",
        ["leve_le", "jeune_id"],
        postgresql_where=sa.text("leve_le is not null"),
        postgresql_include=["theme_code"],
    )


def _demande_cjm() -> None:
    creer_table_du_jeune(
        "demande_cjm",
        sa.Column("demandee_le", sa.Date(), nullable=False),
        sa.Column(
            "est_renouvellement", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("decidee_le", sa.Date(), nullable=True),
        sa.Column("decision_code", sa.String(length=30), nullable=True),
        sa.Column("jusqu_au", sa.Date(), nullable=True),
        sa.Column("motif", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "decidee_le >= demandee_le", name="ck_demande_cjm_demandee_le_decidee_le"
        ),
        sa.CheckConstraint("jusqu_au >= demandee_le", name="ck_demande_cjm_demandee_le_jusqu_au"),
        sa.CheckConstraint(
            "(decision_code is null) = (decidee_le is null)", name="ck_demande_cjm_decision"
        ),
        sa.CheckConstraint(
            "decision_code is distinct from 'REFUSEE' or coalesce(btrim(motif), '') <> ''",
            name="ck_demande_cjm_refus",
        ),
        sa.CheckConstraint(
            "jusqu_au is null or decision_code is not distinct from 'ACCEPTEE'",
            name="ck_demande_cjm_jusqu_au",
        ),
        dates("demande_cjm", "demandee_le", "decidee_le", "jusqu_au"),
        sa.ForeignKeyConstraint(["decision_code"], ["reponse_demande.code"]),
        cle=("demandee_le",),
    )
    op.create_index(
        "ix_demande_cjm_sans_decision",
        "demande_cjm",
        ["mds_id", "demandee_le"],
        postgresql_where=sa.text("decision_code is null"),
    )


def _proposition_cej() -> None:
    creer_table_du_jeune(
        "proposition_cej",
        sa.Column("proposee_le", sa.Date(), nullable=False),
        sa.Column("repondue_le", sa.Date(), nullable=True),
        sa.Column("reponse_code", sa.String(length=30), nullable=True),
        sa.Column("precision", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "repondue_le >= proposee_le", name="ck_proposition_cej_proposee_le_repondue_le"
        ),
        sa.CheckConstraint(
            "(reponse_code is null) = (repondue_le is null)", name="ck_proposition_cej_reponse"
        ),
        dates("proposition_cej", "proposee_le", "repondue_le"),
        sa.ForeignKeyConstraint(["reponse_code"], ["reponse_demande.code"]),
        cle=("proposee_le",),
    )
    op.create_index(
        "ix_proposition_cej_sans_reponse",
        "proposition_cej",
        ["mds_id", "proposee_le"],
        postgresql_where=sa.text("reponse_code is null"),
    )


def _besoin() -> None:
    creer_table_du_jeune(
        "besoin",
        sa.Column("entretien_le", sa.Date(), nullable=False),
        sa.Column("domaine_code", sa.String(length=30), nullable=False),
        sa.Column("etat", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("qui", sa.String(length=300), nullable=True),
        sa.Column("qui_id", sa.Integer(), nullable=True),
        sa.Column("pour_le", sa.Date(), nullable=True),
        dates("besoin", "entretien_le", "pour_le"),
        sa.ForeignKeyConstraint(["domaine_code"], ["domaine_besoin.code"]),
        sa.ForeignKeyConstraint(["qui_id"], ["agent.id"]),
        cle=("entretien_le", "domaine_code"),
    )


def _mobilite() -> None:
    creer_table_du_jeune(
        "mobilite",
        sa.Column("genre_code", sa.String(length=30), nullable=False),
        sa.Column("ou", sa.String(length=300), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("contact", sa.String(length=500), nullable=True),
        sa.Column("precision", sa.Text(), nullable=True),
        sa.CheckConstraint("au >= du", name="ck_mobilite_du_au"),
        sa.CheckConstraint("btrim(ou) <> ''", name="ck_mobilite_ou"),
        dates("mobilite", "du", "au"),
        sa.ForeignKeyConstraint(["genre_code"], ["genre_mobilite.code"]),
        cle=("du",),
    )
    op.create_index("ix_mobilite_du", "mobilite", ["du", "jeune_id"], postgresql_include=["au"])


def downgrade() -> None:
    op.drop_index("ix_frein_leve_le", "frein")
    op.drop_index("ix_rencontre_lieu_atypique", "rencontre")
    op.drop_table("mobilite")
    op.drop_table("genre_mobilite")
    op.drop_column("rencontre", "rsase_present")
    op.drop_column("rencontre", "etape")
    op.drop_table("besoin")
    op.drop_table("domaine_besoin")
    op.drop_table("proposition_cej")
    op.drop_table("demande_cjm")
    op.drop_table("reponse_demande")
