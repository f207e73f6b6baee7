"""The whole schema: accounts, territories, code lists, youths and their follow-up, means, forms,
imports, audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PLIER = r"""
create function acces.plier(t text) returns text language sql immutable strict parallel safe as $$
  select btrim(regexp_replace(
    translate(replace(replace(replace(
      lower(translate(regexp_replace(normalize(t, NFKD), '[\u0300-\u036f]', '', 'g'), 'ŒÆØŁĐẞ', 'œæøłđß') collate "C"),
      'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'øłđ’', 'old'''),
    '\s+', ' ', 'g'))
$$
"""
"""Without accents, case nor doubled spaces; the same as ``app.regles.texte.plier``. Generated
columns rest on it."""

SANS_POLITIQUE = """
do $$ declare p record; begin
  for p in select polname, polrelid::regclass as t from pg_policy loop
    execute format('drop policy %I on %s', p.polname, p.t);
  end loop;
end $$
"""
"""A policy that reads another table keeps it from being dropped."""


def upgrade() -> None:
    op.execute("create schema if not exists acces")
    op.execute(PLIER)
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_fk"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "convention",
        sa.Column("numero", sa.String(length=60), nullable=False),
        sa.Column("operateur", sa.String(length=200), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=False),
        sa.Column("etp", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("montant_etp", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("avance_pourcent", sa.Integer(), nullable=False),
        sa.Column("signee_le", sa.Date(), nullable=True),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("au >= du", name="ck_convention_du_au"),
        sa.CheckConstraint("avance_pourcent between 0 and 100", name="ck_convention_avance"),
        sa.CheckConstraint("etp > 0", name="ck_convention_etp"),
        sa.CheckConstraint("montant_etp >= 0", name="ck_convention_montant_etp"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("numero", name="uq_convention_numero"),
    )
    op.create_table(
        "couverture_base",
        sa.Column("ouverte", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "couverture_complementaire",
        sa.Column("ouverte", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "le",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.Column("acteur", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=128), nullable=True),
        sa.Column("canal", sa.String(length=40), nullable=True),
        sa.Column("adresse", sa.String(length=60), nullable=True),
        sa.Column("requete", sa.String(length=60), nullable=True),
        sa.Column("operation", sa.String(length=30), nullable=False),
        sa.Column("table_nom", sa.String(length=60), nullable=True),
        sa.Column("cle", sa.String(length=60), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=True),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("avant", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("apres", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("motif", sa.String(length=500), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_journal_jeune_id"), "journal", ["jeune_id"], unique=False)
    op.create_index(op.f("ix_journal_le"), "journal", ["le"], unique=False)
    op.create_index("ix_journal_table_cle", "journal", ["table_nom", "cle"])
    op.create_index("ix_journal_mds_id", "journal", ["mds_id", "id"])
    op.create_index(op.f("ix_journal_requete"), "journal", ["requete"], unique=False)
    op.create_table(
        "lieu_accueil",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "lieu_rencontre",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "logement",
        sa.Column("famille", sa.String(length=40), nullable=True),
        sa.Column("loge", sa.Boolean(), nullable=True),
        sa.Column("stable", sa.String(length=12), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "mds",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("nom", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="uq_mds_code"),
    )
    op.create_table(
        "mesure_ase",
        sa.Column("jeune_majeur", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "motif_rupture",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "motif_sortie_ase",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "motif_sortie_dispositif",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "poste",
        sa.Column("coordonnateur", sa.String(length=300), nullable=False),
        sa.Column("etp", sa.Numeric(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("telephone_fourni_le", sa.Date(), nullable=True),
        sa.Column("ordinateur_fourni_le", sa.Date(), nullable=True),
        sa.Column("frais_deplacement", sa.Boolean(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(coordonnateur)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(coordonnateur) <> ''", name="ck_poste_coordonnateur"),
        sa.CheckConstraint("au >= du", name="ck_poste_du_au"),
        sa.CheckConstraint("etp > 0 and etp <= 1", name="ck_poste_etp"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cle", "du", name="uq_poste_cle_du"),
    )
    op.create_index("ix_poste_du", "poste", ["du"], unique=False)
    op.create_table(
        "reponse_enquete",
        sa.Column("satisfait", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "ressource",
        sa.Column("reguliere", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("phrase", sa.String(length=500), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "situation_pro",
        sa.Column("categorie_imilo", sa.String(length=60), nullable=True),
        sa.Column("parcours", sa.String(length=20), nullable=True),
        sa.Column("alternance", sa.Boolean(), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "statut_instance",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "statut_rencontre",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "theme_frein",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "type_instance",
        sa.Column("frequence", sa.String(length=60), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "type_partenaire",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "type_rencontre",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup_hash"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index("idx_api_key_lookup_hash", "ab_api_key", ["lookup_hash"], unique=True)
    op.create_index("idx_api_key_prefix", "ab_api_key", ["key_prefix"], unique=False)
    op.create_index("idx_api_key_user_id", "ab_api_key", ["user_id"], unique=False)
    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    op.create_index("idx_group_id", "ab_group_role", ["group_id"], unique=False)
    op.create_index("idx_group_role_id", "ab_group_role", ["role_id"], unique=False)
    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["ab_permission.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"],
            ["ab_view_menu.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    op.create_index("idx_permission_id", "ab_permission_view", ["permission_id"], unique=False)
    op.create_index("idx_view_menu_id", "ab_permission_view", ["view_menu_id"], unique=False)
    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    op.create_index("idx_user_group_id", "ab_user_group", ["group_id"], unique=False)
    op.create_index("idx_user_id", "ab_user_group", ["user_id"], unique=False)
    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )
    op.create_table(
        "action_collective",
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("intitule", sa.String(length=200), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("lieu_code", sa.String(length=30), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(intitule) <> ''", name="ck_action_collective_intitule"),
        sa.ForeignKeyConstraint(
            ["lieu_code"],
            ["lieu_rencontre.code"],
        ),
        sa.ForeignKeyConstraint(
            ["mds_id"],
            ["mds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_action_collective_mds_le", "action_collective", ["mds_id", "le"], unique=False
    )
    op.create_table(
        "droit",
        sa.Column("role_code", sa.String(length=30), nullable=False),
        sa.Column("ressource", sa.String(length=40), nullable=False),
        sa.Column("acte", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_code"],
            ["role.code"],
        ),
        sa.PrimaryKeyConstraint("role_code", "ressource", "acte"),
    )
    op.create_table(
        "habilitation",
        sa.Column("compte_id", sa.Integer(), nullable=False),
        sa.Column("role_code", sa.String(length=30), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("motif", sa.String(length=300), nullable=True),
        sa.Column("donnee_par_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("au >= du", name="ck_habilitation_du_au"),
        sa.CheckConstraint("donnee_par_id is distinct from compte_id", name="ck_habilitation_soi"),
        sa.ForeignKeyConstraint(
            ["compte_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["donnee_par_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["mds_id"],
            ["mds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["role_code"],
            ["role.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_habilitation_compte_id", "habilitation", ["compte_id"], unique=False)
    op.create_table(
        "importation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=True),
        sa.Column("fichier", sa.String(length=300), nullable=False),
        sa.Column("statut", sa.String(length=20), nullable=False),
        sa.Column("rapport", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("avancement", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "deposee_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("appliquee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["compte_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "instance",
        sa.Column("code", sa.String(length=100), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("type_code", sa.String(length=30), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("statut_code", sa.String(length=30), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("coordonnateur_present", sa.Boolean(), nullable=True),
        sa.Column("jeunes_recus", sa.Integer(), nullable=True),
        sa.Column("compte_rendu", sa.Text(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(code)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "mds_id is not null or type_code not in ('PERMANENCE', 'COMITE_SUIVI')",
            name="ck_instance_mds",
        ),
        sa.CheckConstraint("jeunes_recus >= 0", name="ck_instance_jeunes_recus"),
        sa.ForeignKeyConstraint(
            ["mds_id"],
            ["mds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["statut_code"],
            ["statut_instance.code"],
        ),
        sa.ForeignKeyConstraint(
            ["type_code"],
            ["type_instance.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cle", name="uq_instance_cle"),
    )
    op.create_index("ix_instance_le", "instance", ["le"], unique=False)
    op.create_index("ix_instance_mds_le", "instance", ["mds_id", "le"], unique=False)
    op.create_table(
        "jeton_formulaire",
        sa.Column("jeton", sa.Uuid(), nullable=False),
        sa.Column("compte_id", sa.Integer(), nullable=True),
        sa.Column("table_nom", sa.String(length=60), nullable=False),
        sa.Column("cle", sa.String(length=60), nullable=False),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["compte_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("jeton"),
    )
    op.create_table(
        "jeune",
        sa.Column("code", sa.String(length=20), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("prenom", sa.String(length=200), nullable=False),
        sa.Column("date_naissance", sa.Date(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("telephone", sa.String(length=100), nullable=True),
        sa.Column("courriel", sa.String(length=320), nullable=True),
        sa.Column("lieu_accueil_code", sa.String(length=30), nullable=True),
        sa.Column("etablissement_accueil", sa.String(length=500), nullable=True),
        sa.Column("est_parent", sa.Boolean(), nullable=True),
        sa.Column("est_hors_departement", sa.Boolean(), nullable=True),
        sa.Column("repere_le", sa.Date(), nullable=True),
        sa.Column("oriente_par", sa.String(length=500), nullable=True),
        sa.Column("contact_le", sa.Date(), nullable=True),
        sa.Column("objectif", sa.Text(), nullable=True),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(code)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "nom_tri",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(nom || ' ' || prenom)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "recherche",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(nom || ' ' || prenom || ' ' || code)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(code) <> ''", name="ck_jeune_code"),
        sa.CheckConstraint("btrim(nom) <> ''", name="ck_jeune_nom"),
        sa.CheckConstraint("btrim(prenom) <> ''", name="ck_jeune_prenom"),
        sa.CheckConstraint(
            "date_naissance between date '1950-01-01' and date '2100-01-01'",
            name="ck_jeune_date_naissance",
        ),
        sa.ForeignKeyConstraint(
            ["lieu_accueil_code"],
            ["lieu_accueil.code"],
        ),
        sa.ForeignKeyConstraint(
            ["mds_id"],
            ["mds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cle", name="uq_jeune_cle"),
        sa.UniqueConstraint("id", "mds_id", name="uq_jeune_mds"),
    )
    op.create_index("ix_jeune_date_naissance", "jeune", ["date_naissance"], unique=False)
    op.create_index("ix_jeune_mds_nom_tri", "jeune", ["mds_id", "nom_tri", "id"], unique=False)
    op.create_index("ix_jeune_nom_tri", "jeune", ["nom_tri", "id"], unique=False)
    op.create_table(
        "partenaire",
        sa.Column("nom", sa.String(length=300), nullable=False),
        sa.Column("type_code", sa.String(length=30), nullable=False),
        sa.Column("mds_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("interlocuteur", sa.String(length=500), nullable=True),
        sa.Column("telephone", sa.String(length=100), nullable=True),
        sa.Column("courriel", sa.String(length=320), nullable=True),
        sa.Column("demarche_le", sa.Date(), nullable=True),
        sa.Column("convention_signee_le", sa.Date(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(nom)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(nom) <> ''", name="ck_partenaire_nom"),
        sa.ForeignKeyConstraint(
            ["type_code"],
            ["type_partenaire.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cle", name="uq_partenaire_cle"),
    )
    op.create_table(
        "service",
        sa.Column("mds_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("nom", sa.String(length=120), nullable=False),
        sa.Column("telephone", sa.String(length=100), nullable=True),
        sa.Column("courriel", sa.String(length=320), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("type in ('SEF', 'SLAI', 'DPID', 'AUTRE')", name="ck_service_type"),
        sa.ForeignKeyConstraint(
            ["mds_id"],
            ["mds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("nom", "telephone", name="uq_service_nom_telephone"),
    )
    op.create_table(
        "versement",
        sa.Column("convention_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("montant", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("type in ('AVANCE', 'SOLDE', 'AUTRE')", name="ck_versement_type"),
        sa.CheckConstraint("montant > 0", name="ck_versement_montant"),
        sa.ForeignKeyConstraint(
            ["convention_id"],
            ["convention.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_versement_convention_id"), "versement", ["convention_id"], unique=False
    )
    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["permission_view_id"], ["ab_permission_view.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    op.create_index(
        "idx_permission_view_id", "ab_permission_view_role", ["permission_view_id"], unique=False
    )
    op.create_index("idx_role_id", "ab_permission_view_role", ["role_id"], unique=False)
    op.create_table(
        "accompagnement",
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("motif_sortie_code", sa.String(length=30), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(jeune_id, jeune_id, '[]')"), "&&"),
            (sa.text("daterange(du, au, '[]')"), "&&"),
            where=sa.text("motif_sortie_code is distinct from 'ERREUR'"),
            deferrable=True,
            initially="IMMEDIATE",
            using="gist",
            name="ex_accompagnement_periode",
        ),
        sa.CheckConstraint("au >= du", name="ck_accompagnement_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_accompagnement_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["motif_sortie_code"],
            ["motif_sortie_dispositif.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "du", name="uq_accompagnement_jeune_du"),
    )
    op.create_index("ix_accompagnement_jeune_id", "accompagnement", ["jeune_id"], unique=False)
    op.create_index("ix_accompagnement_mds_du", "accompagnement", ["mds_id", "du"], unique=False)
    op.create_table(
        "alerte",
        sa.Column("motif_code", sa.String(length=30), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("signalee_par", sa.String(length=500), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("au >= du", name="ck_alerte_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_alerte_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["motif_code"],
            ["motif_rupture.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "du", "motif_code", name="uq_alerte_jeune_du_motif"),
    )
    op.create_index("ix_alerte_jeune_id", "alerte", ["jeune_id"], unique=False)
    op.create_index("ix_alerte_du", "alerte", ["du", "id"])
    op.create_index("ix_alerte_mds_du", "alerte", ["mds_id", "du"], unique=False)
    op.create_table(
        "binome",
        sa.Column("referent_ase", sa.String(length=300), nullable=False),
        sa.Column("coordonnateur", sa.String(length=300), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(jeune_id, jeune_id, '[]')"), "&&"),
            (sa.text("daterange(du, au, '[]')"), "&&"),
            deferrable=True,
            initially="IMMEDIATE",
            using="gist",
            name="ex_binome_periode",
        ),
        sa.CheckConstraint("btrim(coordonnateur) <> ''", name="ck_binome_coordonnateur"),
        sa.CheckConstraint("btrim(referent_ase) <> ''", name="ck_binome_referent"),
        sa.CheckConstraint("au >= du", name="ck_binome_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_binome_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_binome_jeune_id", "binome", ["jeune_id"], unique=False)
    op.create_index("ix_binome_mds_du", "binome", ["mds_id", "du"], unique=False)
    op.create_table(
        "contact",
        sa.Column("partenaire_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=300), nullable=False),
        sa.Column("fonction", sa.String(length=200), nullable=True),
        sa.Column("telephone", sa.String(length=100), nullable=True),
        sa.Column("courriel", sa.String(length=320), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(nom) <> ''", name="ck_contact_nom"),
        sa.ForeignKeyConstraint(
            ["partenaire_id"],
            ["partenaire.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_contact_partenaire_id"), "contact", ["partenaire_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=2000), nullable=False),
        sa.Column("echeance_le", sa.Date(), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(decision) <> ''", name="ck_decision_texte"),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instance.id"],
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_decision_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance_id", "jeune_id", name="uq_decision_instance_jeune"),
    )
    op.create_index("ix_decision_jeune_id", "decision", ["jeune_id"], unique=False)
    op.create_table(
        "enquete",
        sa.Column("demandee_le", sa.Date(), nullable=False),
        sa.Column("repondue_le", sa.Date(), nullable=True),
        sa.Column("reponse_code", sa.String(length=30), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("repondue_le >= demandee_le", name="ck_enquete_demandee_le_repondue_le"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_enquete_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reponse_code"],
            ["reponse_enquete.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "demandee_le", name="uq_enquete_jeune_demandee_le"),
    )
    op.create_index("ix_enquete_jeune_id", "enquete", ["jeune_id"], unique=False)
    op.create_index(
        "ix_enquete_mds_demandee_le", "enquete", ["mds_id", "demandee_le"], unique=False
    )
    op.create_index("ix_enquete_repondue_le", "enquete", ["repondue_le"], unique=False)
    op.create_table(
        "etape",
        sa.Column("echeance", sa.String(length=40), nullable=False),
        sa.Column("faite_le", sa.Date(), nullable=True),
        sa.Column("est_sans_objet", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("motif", sa.String(length=300), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "not est_sans_objet or coalesce(btrim(motif), '') <> ''", name="ck_etape_sans_objet"
        ),
        sa.CheckConstraint(
            "not (est_sans_objet and faite_le is not null)", name="ck_etape_faite_ou_sans_objet"
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_etape_jeune",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "echeance", name="uq_etape_jeune_echeance"),
    )
    op.create_index("ix_etape_jeune_id", "etape", ["jeune_id"], unique=False)
    op.create_table(
        "frein",
        sa.Column("theme_code", sa.String(length=30), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("leve_le", sa.Date(), nullable=True),
        sa.Column("precision", sa.Text(), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("leve_le >= du", name="ck_frein_du_leve_le"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_frein_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["theme_code"],
            ["theme_frein.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "theme_code", "du", name="uq_frein_jeune_theme_du"),
    )
    op.create_index("ix_frein_jeune_id", "frein", ["jeune_id"], unique=False)
    op.create_index("ix_frein_mds_du", "frein", ["mds_id", "du"], unique=False)
    op.create_table(
        "mesure",
        sa.Column("type_code", sa.String(length=30), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("motif_fin_code", sa.String(length=30), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("au >= du", name="ck_mesure_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_mesure_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["motif_fin_code"],
            ["motif_sortie_ase.code"],
        ),
        sa.ForeignKeyConstraint(
            ["type_code"],
            ["mesure_ase.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "du", "type_code", name="uq_mesure_jeune_du_type"),
    )
    op.create_index("ix_mesure_au", "mesure", ["au"], unique=False)
    op.create_index(
        "ix_mesure_deces",
        "mesure",
        ["au"],
        unique=False,
        postgresql_where=sa.text("motif_fin_code = 'DECES'"),
    )
    op.create_index("ix_mesure_jeune_id", "mesure", ["jeune_id"], unique=False)
    op.create_index("ix_mesure_mds_du", "mesure", ["mds_id", "du"], unique=False)
    op.create_table(
        "mobilisation",
        sa.Column("partenaire_id", sa.Integer(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("dispositif", sa.String(length=500), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("au >= du", name="ck_mobilisation_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_mobilisation_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partenaire_id"],
            ["partenaire.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "jeune_id", "partenaire_id", "du", name="uq_mobilisation_jeune_partenaire_du"
        ),
    )
    op.create_index("ix_mobilisation_jeune_id", "mobilisation", ["jeune_id"], unique=False)
    op.create_index("ix_mobilisation_mds_du", "mobilisation", ["mds_id", "du"], unique=False)
    op.create_index(
        op.f("ix_mobilisation_partenaire_id"), "mobilisation", ["partenaire_id"], unique=False
    )
    op.create_table(
        "participant",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.String(length=200), nullable=False),
        sa.Column("fonction", sa.String(length=200), nullable=True),
        sa.Column("est_present", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(nom) <> ''", name="ck_participant_nom"),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instance.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance_id", "nom", name="uq_participant_instance_nom"),
    )
    op.create_table(
        "rattachement",
        sa.Column("mds_rattachement_id", sa.Integer(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(jeune_id, jeune_id, '[]')"), "&&"),
            (sa.text("daterange(du, au, '[]')"), "&&"),
            deferrable=True,
            initially="IMMEDIATE",
            using="gist",
            name="ex_rattachement_periode",
        ),
        sa.CheckConstraint("au >= du", name="ck_rattachement_du_au"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_rattachement_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mds_rattachement_id"],
            ["mds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rattachement_jeune_id", "rattachement", ["jeune_id"], unique=False)
    op.create_table(
        "rencontre",
        sa.Column("code", sa.String(length=100), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("type_code", sa.String(length=30), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("statut_code", sa.String(length=30), nullable=False),
        sa.Column("lieu_code", sa.String(length=30), nullable=True),
        sa.Column("fixee_le", sa.Date(), nullable=True),
        sa.Column("jeune_present", sa.Boolean(), nullable=True),
        sa.Column("coordonnateur_present", sa.Boolean(), nullable=True),
        sa.Column("service_ase_present", sa.Boolean(), nullable=True),
        sa.Column("lieu_accueil_present", sa.Boolean(), nullable=True),
        sa.Column("compte_rendu", sa.Text(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(code)", persisted=True),
            nullable=True,
        ),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["action_collective.id"],
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_rencontre_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lieu_code"],
            ["lieu_rencontre.code"],
        ),
        sa.ForeignKeyConstraint(
            ["statut_code"],
            ["statut_rencontre.code"],
        ),
        sa.ForeignKeyConstraint(
            ["type_code"],
            ["type_rencontre.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("action_id", "jeune_id", name="uq_rencontre_action_jeune"),
        sa.UniqueConstraint("cle", name="uq_rencontre_cle"),
    )
    op.create_index(op.f("ix_rencontre_action_id"), "rencontre", ["action_id"], unique=False)
    op.create_index("ix_rencontre_jeune_id", "rencontre", ["jeune_id"], unique=False)
    op.create_index("ix_rencontre_le", "rencontre", ["le", "id"])
    op.create_index("ix_rencontre_mds_le", "rencontre", ["mds_id", "le"], unique=False)
    op.create_index(
        "ix_rencontre_tripartite",
        "rencontre",
        ["jeune_id", "le"],
        unique=False,
        postgresql_where=sa.text("type_code = 'TRIPARTITE'"),
        postgresql_include=[
            "statut_code",
            "jeune_present",
            "coordonnateur_present",
            "service_ase_present",
            "lieu_accueil_present",
            "mds_id",
        ],
    )
    op.create_table(
        "situation",
        sa.Column("observee_le", sa.Date(), nullable=False),
        sa.Column("confirmee_le", sa.Date(), nullable=True),
        sa.Column("situation_pro_code", sa.String(length=30), nullable=True),
        sa.Column("logement_code", sa.String(length=30), nullable=True),
        sa.Column("maintien_6_mois", sa.Boolean(), nullable=True),
        sa.Column("ressource_1_code", sa.String(length=30), nullable=True),
        sa.Column("fin_ressource_1", sa.Date(), nullable=True),
        sa.Column("ressource_2_code", sa.String(length=30), nullable=True),
        sa.Column("fin_ressource_2", sa.Date(), nullable=True),
        sa.Column("couverture_base_code", sa.String(length=30), nullable=True),
        sa.Column("couverture_complementaire_code", sa.String(length=30), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), server_default=sa.FetchedValue(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "confirmee_le >= observee_le", name="ck_situation_observee_le_confirmee_le"
        ),
        sa.ForeignKeyConstraint(
            ["couverture_base_code"],
            ["couverture_base.code"],
        ),
        sa.ForeignKeyConstraint(
            ["couverture_complementaire_code"],
            ["couverture_complementaire.code"],
        ),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_situation_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["logement_code"],
            ["logement.code"],
        ),
        sa.ForeignKeyConstraint(
            ["ressource_1_code"],
            ["ressource.code"],
        ),
        sa.ForeignKeyConstraint(
            ["ressource_2_code"],
            ["ressource.code"],
        ),
        sa.ForeignKeyConstraint(
            ["situation_pro_code"],
            ["situation_pro.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("jeune_id", "observee_le", name="uq_situation_jeune_observee_le"),
    )
    op.create_index("ix_situation_jeune_id", "situation", ["jeune_id"], unique=False)
    op.create_index("ix_situation_observee_le", "situation", ["observee_le", "id"])
    op.create_index(
        "ix_situation_mds_observee_le", "situation", ["mds_id", "observee_le"], unique=False
    )
    op.create_table(
        "transfert",
        sa.Column("vers_mds_id", sa.Integer(), nullable=False),
        sa.Column("de_mds_id", sa.Integer(), nullable=False),
        sa.Column("code_dossier", sa.String(length=20), nullable=False),
        sa.Column("effet_le", sa.Date(), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("demande_le", sa.Date(), server_default=sa.text("current_date"), nullable=False),
        sa.Column("demande_par", sa.String(length=300), nullable=False),
        sa.Column("accepte_le", sa.Date(), nullable=True),
        sa.Column("refuse_le", sa.Date(), nullable=True),
        sa.Column("repondu_par", sa.String(length=300), nullable=True),
        sa.Column("motif_refus", sa.String(length=500), nullable=True),
        sa.Column("jeune_id", sa.Integer(), nullable=False),
        sa.Column("mds_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("btrim(motif) <> ''", name="ck_transfert_motif"),
        sa.CheckConstraint("accepte_le is null or refuse_le is null", name="ck_transfert_reponse"),
        sa.ForeignKeyConstraint(
            ["jeune_id", "mds_id"],
            ["jeune.id", "jeune.mds_id"],
            name="fk_transfert_jeune",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["vers_mds_id"], ["mds.id"]),
        sa.ForeignKeyConstraint(["de_mds_id"], ["mds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transfert_jeune_id", "transfert", ["jeune_id"])
    op.create_index("ix_transfert_vers_mds_id", "transfert", ["vers_mds_id"])
    op.create_index(
        "uq_transfert_en_attente",
        "transfert",
        ["jeune_id"],
        unique=True,
        postgresql_where=sa.text("accepte_le is null and refuse_le is null"),
    )


def downgrade() -> None:
    op.execute(SANS_POLITIQUE)
    # Outside the migrations, made by ``acces/exploitation.sql``.
    op.execute("drop table if exists acces.fichier")
    op.drop_table("transfert")
    op.drop_index("ix_situation_mds_observee_le", table_name="situation")
    op.drop_index("ix_situation_jeune_id", table_name="situation")
    op.drop_table("situation")
    op.drop_index(
        "ix_rencontre_tripartite",
        table_name="rencontre",
        postgresql_where=sa.text("type_code = 'TRIPARTITE'"),
    )
    op.drop_index("ix_rencontre_mds_le", table_name="rencontre")
    op.drop_index("ix_rencontre_jeune_id", table_name="rencontre")
    op.drop_index(op.f("ix_rencontre_action_id"), table_name="rencontre")
    op.drop_table("rencontre")
    op.drop_index("ix_rattachement_jeune_id", table_name="rattachement")
    op.drop_table("rattachement")
    op.drop_table("participant")
    op.drop_index(op.f("ix_mobilisation_partenaire_id"), table_name="mobilisation")
    op.drop_index("ix_mobilisation_mds_du", table_name="mobilisation")
    op.drop_index("ix_mobilisation_jeune_id", table_name="mobilisation")
    op.drop_table("mobilisation")
    op.drop_index("ix_mesure_mds_du", table_name="mesure")
    op.drop_index("ix_mesure_jeune_id", table_name="mesure")
    op.drop_index(
        "ix_mesure_deces", table_name="mesure", postgresql_where=sa.text("motif_fin_code = 'DECES'")
    )
    op.drop_index("ix_mesure_au", table_name="mesure")
    op.drop_table("mesure")
    op.drop_index("ix_frein_mds_du", table_name="frein")
    op.drop_index("ix_frein_jeune_id", table_name="frein")
    op.drop_table("frein")
    op.drop_index("ix_etape_jeune_id", table_name="etape")
    op.drop_table("etape")
    op.drop_index("ix_enquete_repondue_le", table_name="enquete")
    op.drop_index("ix_enquete_mds_demandee_le", table_name="enquete")
    op.drop_index("ix_enquete_jeune_id", table_name="enquete")
    op.drop_table("enquete")
    op.drop_index("ix_decision_jeune_id", table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_contact_partenaire_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index("ix_binome_mds_du", table_name="binome")
    op.drop_index("ix_binome_jeune_id", table_name="binome")
    op.drop_table("binome")
    op.drop_index("ix_alerte_mds_du", table_name="alerte")
    op.drop_index("ix_alerte_jeune_id", table_name="alerte")
    op.drop_table("alerte")
    op.drop_index("ix_accompagnement_mds_du", table_name="accompagnement")
    op.drop_index("ix_accompagnement_jeune_id", table_name="accompagnement")
    op.drop_table("accompagnement")
    op.drop_index("idx_role_id", table_name="ab_permission_view_role")
    op.drop_index("idx_permission_view_id", table_name="ab_permission_view_role")
    op.drop_table("ab_permission_view_role")
    op.drop_index(op.f("ix_versement_convention_id"), table_name="versement")
    op.drop_table("versement")
    op.drop_table("service")
    op.drop_table("partenaire")
    op.drop_index("ix_jeune_nom_tri", table_name="jeune")
    op.drop_index("ix_jeune_mds_nom_tri", table_name="jeune")
    op.drop_index("ix_jeune_date_naissance", table_name="jeune")
    op.drop_table("jeune")
    op.drop_table("jeton_formulaire")
    op.drop_index("ix_instance_mds_le", table_name="instance")
    op.drop_index("ix_instance_le", table_name="instance")
    op.drop_table("instance")
    op.drop_table("importation")
    op.drop_index("ix_habilitation_compte_id", table_name="habilitation")
    op.drop_table("habilitation")
    op.drop_table("droit")
    op.drop_index("ix_action_collective_mds_le", table_name="action_collective")
    op.drop_table("action_collective")
    op.drop_table("ab_user_role")
    op.drop_index("idx_user_id", table_name="ab_user_group")
    op.drop_index("idx_user_group_id", table_name="ab_user_group")
    op.drop_table("ab_user_group")
    op.drop_index("idx_view_menu_id", table_name="ab_permission_view")
    op.drop_index("idx_permission_id", table_name="ab_permission_view")
    op.drop_table("ab_permission_view")
    op.drop_index("idx_group_role_id", table_name="ab_group_role")
    op.drop_index("idx_group_id", table_name="ab_group_role")
    op.drop_table("ab_group_role")
    op.drop_index("idx_api_key_user_id", table_name="ab_api_key")
    op.drop_index("idx_api_key_prefix", table_name="ab_api_key")
    op.drop_index("idx_api_key_lookup_hash", table_name="ab_api_key")
    op.drop_table("ab_api_key")
    op.drop_table("type_rencontre")
    op.drop_table("type_partenaire")
    op.drop_table("type_instance")
    op.drop_table("theme_frein")
    op.drop_table("statut_rencontre")
    op.drop_table("statut_instance")
    op.drop_table("situation_pro")
    op.drop_table("role")
    op.drop_table("ressource")
    op.drop_table("reponse_enquete")
    op.drop_index("ix_poste_du", table_name="poste")
    op.drop_table("poste")
    op.drop_table("motif_sortie_dispositif")
    op.drop_table("motif_sortie_ase")
    op.drop_table("motif_rupture")
    op.drop_table("mesure_ase")
    op.drop_table("mds")
    op.drop_table("logement")
    op.drop_table("lieu_rencontre")
    op.drop_table("lieu_accueil")
    op.drop_index(op.f("ix_journal_requete"), table_name="journal")
    op.drop_index(op.f("ix_journal_le"), table_name="journal")
    op.drop_index(op.f("ix_journal_jeune_id"), table_name="journal")
    op.drop_table("journal")
    op.drop_table("couverture_complementaire")
    op.drop_table("couverture_base")
    op.drop_table("convention")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_user")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
    op.execute("drop schema acces cascade")
