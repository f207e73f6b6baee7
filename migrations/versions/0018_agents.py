"""The professionals as records; the names typed so far each make one, and stay as they were typed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SERRER = r"""
create function acces.serrer(t text) returns text language sql immutable strict parallel safe as $$
  select regexp_replace(acces.plier(t),
    '[\u0001-/:-`{-\u007f\u00ad\u02b9-\u02bf\u2010-\u2015\u2018-\u201f\u2032\u2212]', '', 'g')
$$
"""
"""Folded, without spaces, hyphens nor apostrophes; the same as ``app.regles.texte.serrer``."""

NOMS = r"""
create temporary table noms on commit drop as
select acces.serrer(nom) as cle, nom, mds_id, rang from (
  select coordonnateur as nom, mds_id, 1 as rang from binome
  union all select coordonnateur, null, 2 from poste
  union all select referent_ase, mds_id, 3 from binome) n
where nom ~ '[[:alpha:]]{2}' and acces.serrer(nom) <> '' and acces.plier(nom) <> all (array[
  'a definir', 'a designer', 'a pourvoir', 'en attente', 'inconnu', 'inconnue', 'aucun', 'aucune',
  'neant', 'nr', 'non renseigne', 'sans', 'sans referent', 'vacant', 'xxx', 'anonymise'])
"""
AGENTS = """
insert into agent (nom, fonction_code, mds_ids)
select e.nom, case when f.rang < 3 then 'COORDONNATEUR' else 'REFERENT_ASE' end, f.mds_ids
from (
  select cle, min(rang) as rang,
    coalesce(array_agg(distinct mds_id order by mds_id) filter (where mds_id is not null), '{}')
      as mds_ids
  from noms group by cle
) f
join (  -- the spelling most often typed
  select distinct on (cle) cle, btrim(nom) as nom from noms
  group by cle, nom order by cle, count(*) desc, nom
) e on e.cle = f.cle
order by f.cle
"""
FONCTIONS = """
insert into fonction_agent (code, libelle, ordre) values
  ('REFERENT_ASE', 'Référent ASE', 1), ('COORDONNATEUR', 'Coordonnateur Mission Locale', 2),
  ('RSASE', 'Responsable de secteur ASE', 3), ('RESPONSABLE', 'Responsable de MDS', 4),
  ('SLAI', 'SLAI', 5), ('DPID', 'DPID', 6), ('AUTRE', 'Autre', 7)
"""
NOMMES = (
    ("binome", "referent_id", "referent_ase"),
    ("binome", "coordonnateur_id", "coordonnateur"),
    ("poste", "agent_id", "coordonnateur"),
    ("alerte", "signalee_par_id", "signalee_par"),
    ("participant", "agent_id", "nom"),
)
"""Table, number of the agent, name as it was typed."""


def upgrade() -> None:
    op.execute(SERRER)
    op.create_table(
        "fonction_agent",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("retire_le", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.execute(FONCTIONS)
    _creer_les_agents()
    for table, numero, _ in NOMMES:
        op.add_column(table, sa.Column(numero, sa.Integer(), nullable=True))
        op.create_foreign_key(f"{table}_{numero}_fkey", table, "agent", [numero], ["id"])
    op.alter_column("binome", "referent_ase", nullable=True)
    op.add_column("ab_user", sa.Column("portefeuille", sa.String(length=10), nullable=True))
    op.create_check_constraint("portefeuille", "ab_user", "portefeuille in ('miens', 'tous')")
    _nommer()
    _index()


def _creer_les_agents() -> None:
    op.create_table(
        "agent",
        sa.Column("nom", sa.String(length=300), nullable=False),
        sa.Column("fonction_code", sa.String(length=30), nullable=True),
        sa.Column("mds_ids", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("telephone", sa.String(length=100), nullable=True),
        sa.Column("courriel", sa.String(length=320), nullable=True),
        sa.Column("du", sa.Date(), nullable=True),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("compte_id", sa.Integer(), nullable=True),
        sa.Column("autres_noms", sa.String(length=2000), nullable=True),
        sa.Column(
            "cle",
            sa.Text(collation="C"),
            sa.Computed("acces.serrer(nom)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "recherche",
            sa.Text(collation="C"),
            sa.Computed("acces.plier(nom)", persisted=True),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("cle <> ''", name="ck_agent_nom"),
        sa.CheckConstraint("au >= du", name="ck_agent_du_au"),
        sa.CheckConstraint(
            "du between date '1900-01-01' and date '2100-12-31'"
            " and au between date '1900-01-01' and date '2100-12-31'",
            name="ck_agent_dates",
        ),
        sa.ForeignKeyConstraint(["fonction_code"], ["fonction_agent.code"]),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"]),
        sa.ForeignKeyConstraint(["compte_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cle", name="uq_agent_cle"),
        sa.UniqueConstraint("compte_id", name="uq_agent_compte"),
    )
    op.create_index("ix_agent_recherche", "agent", ["recherche"])
    op.execute(NOMS)
    op.execute(AGENTS)
    op.execute("drop table noms")


def _nommer() -> None:
    """Give each name typed the number of its agent; nothing else of the row moves, no version.

    The audit log tells what people write: the numbers are added beside it, by the upgrade.
    """
    for table, numero, texte in NOMMES:
        op.execute(f"alter table {table} disable trigger user")
        op.execute(
            f"update {table} t set {numero} = a.id from agent a where a.cle = acces.serrer(t.{texte})"
        )
        op.execute(f"alter table {table} enable trigger user")


def _index() -> None:
    op.drop_index("ix_binome_mds_au", table_name="binome")
    op.create_index(
        "ix_binome_mds_au",
        "binome",
        ["mds_id", "au", "jeune_id"],
        postgresql_include=["du", "referent_ase"],
    )
    for nom, colonne in (("coordonnateur", "coordonnateur_id"), ("referent", "referent_id")):
        op.create_index(
            f"ix_binome_{nom}",
            "binome",
            [colonne, "au", "jeune_id"],
            postgresql_include=["du", "mds_id"],
        )


def downgrade() -> None:
    # It reads « agent »; the upgrade puts it back.
    op.execute("drop policy if exists lire on journal")
    op.drop_index("ix_binome_referent", table_name="binome")
    op.drop_index("ix_binome_coordonnateur", table_name="binome")
    op.drop_index("ix_binome_mds_au", table_name="binome")
    op.create_index(
        "ix_binome_mds_au", "binome", ["mds_id", "au", "jeune_id"], postgresql_include=["du"]
    )
    op.drop_column("ab_user", "portefeuille")
    for table, numero, _ in NOMMES:
        op.execute(f"drop trigger if exists nommer_{numero} on {table}")
        op.drop_column(table, numero)
    op.execute("alter table binome disable trigger user")
    op.execute("update binome set referent_ase = 'Aucun' where referent_ase is null")
    op.execute("alter table binome enable trigger user")
    op.alter_column("binome", "referent_ase", nullable=False)
    op.drop_table("agent")
    op.drop_table("fonction_agent")
    op.execute("drop function acces.serrer(text)")
