"""The numbered migrations make the schema that the models describe, from nothing, and unmake it."""

import os
import re
import subprocess

import flask_migrate
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from app import acces
from app.commandes import base
from app.extensions import db
from config import RACINE
from tests import factories

COLONNES = """
    select 'colonne ' || attrelid::regclass || '.' || attname || ' '
        || format_type(atttypid, atttypmod) || attnotnull
        || coalesce(pg_get_expr(adbin, adrelid), '')
      from pg_attribute
      join pg_class c on c.oid = attrelid and c.relkind = 'r'
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attnum > 0 and not attisdropped and c.relnamespace = 'public'::regnamespace"""
INDEX = "select 'index ' || indexdef from pg_indexes where schemaname = 'public'"
CONTRAINTES = """
    select 'contrainte ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace and contype <> 't'"""
TABLES = text(f"{COLONNES} union all {INDEX} union all {CONTRAINTES} and contype <> 'c' order by 1")
"""What the migrations make step by step; the rest is put there whole, at the end."""
STRUCTURE = text(f"""
    {COLONNES} union all {INDEX} union all {CONTRAINTES}
    union all
    select 'table ' || c.oid::regclass || ' ' || c.relrowsecurity || c.relforcerowsecurity
      from pg_class c
      where c.relkind = 'r'
        and c.relnamespace in ('public'::regnamespace, 'acces'::regnamespace)
    union all
    select 'politique ' || polrelid::regclass || ' ' || polname || ' '
        || coalesce(pg_get_expr(polqual, polrelid), '')
        || coalesce(pg_get_expr(polwithcheck, polrelid), '')
      from pg_policy
    union all
    select 'declencheur ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select 'fonction ' || oid::regprocedure || ' ' || md5(prosrc)
      from pg_proc where pronamespace = 'acces'::regnamespace
    union all
    select 'droits ' || relname || ' ' || coalesce(relacl::text, '')
      from pg_class
      where relkind in ('r', 'S')
        and relnamespace in ('public'::regnamespace, 'acces'::regnamespace)
    order by 1""")
RESTE = text("""
    select relname::text from pg_class
      where relkind in ('r', 'S', 'v') and relnamespace = 'public'::regnamespace
        and relname <> 'alembic_version'
    union all
    select nspname::text from pg_namespace where nspname = 'acces'""")


@pytest.fixture
def vierge(serveur_de_bases, base_vide):
    return serveur_de_bases.application(base_vide)


def lire(app, requete) -> list[str]:
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as connexion:
        lignes = list(connexion.scalars(requete))
    moteur.dispose()
    return lignes


def migrer(app, revision: str, sens=command.upgrade, a_chaque_etape=None) -> None:
    """In one transaction, as every command does."""
    with app.app_context():
        configuration = base.migrations(app)
        configuration.attributes["a_chaque_etape"] = a_chaque_etape
        sens(configuration, revision)


def etapes_de(app, revision: str, sens=command.upgrade) -> list[list[str]]:
    """The tables as each step of that migration left them."""
    trouvees = []

    def noter(ctx, **_) -> None:
        trouvees.append(list(ctx.connection.scalars(TABLES)))

    migrer(app, revision, sens, noter)
    return trouvees


def revisions(app) -> list[str]:
    """From the first to the last."""
    with app.app_context():
        return [
            r.revision for r in ScriptDirectory.from_config(base.migrations(app)).walk_revisions()
        ][::-1]


def test_chaque_migration_se_defait_et_se_refait(vierge):
    """Down from what serves, each step leaves what it had found on the way up; at the bottom,
    nothing is left; up again, the schema is the same."""
    etapes = revisions(vierge)
    montee = etapes_de(vierge, "head")
    complete = lire(vierge, STRUCTURE)
    descente = etapes_de(vierge, "base", command.downgrade)
    assert lire(vierge, RESTE) == []
    trouvees = zip(etapes[-2::-1], montee[-2::-1], descente[:-1], strict=True)
    for precedente, en_montant, en_descendant in trouvees:
        assert en_descendant == en_montant, (
            f"the downgrade of what follows {precedente} leaves something behind"
        )
    migrer(vierge, "head")
    assert lire(vierge, STRUCTURE) == complete


def test_les_migrations_se_suivent_sans_branche(app):
    etapes = revisions(app)
    assert etapes == sorted(etapes)
    with app.app_context():
        assert ScriptDirectory.from_config(base.migrations(app)).get_heads() == [etapes[-1]]
    fichiers = sorted(f.name for f in (RACINE / "migrations" / "versions").glob("*.py"))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.py", f) for f in fichiers)
    assert [f[:4] for f in fichiers] == etapes


def test_init_les_migrations_et_les_modeles_disent_le_meme_schema(vierge, app):
    """That of the module was made by init."""
    migrer(vierge, "head")
    with vierge.app_context():
        flask_migrate.check()  # exits when it finds a difference
    assert lire(vierge, STRUCTURE) == lire(app, STRUCTURE)


def test_une_base_remplie_garde_tout_a_la_mise_a_niveau(app_sur_base_neuve):
    remplie = app_sur_base_neuve
    with remplie.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = factories.un_jeune(nom="Delattre", prenom="Zoé")
        factories.une_mesure(jeune)
        db.session.commit()
    migrer(remplie, "0001", command.downgrade)
    migrer(remplie, "head")
    with remplie.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lignes = db.session.execute(
            text(
                "select nom, prenom, recherche, type_code"
                " from jeune join mesure on jeune_id = jeune.id"
            )
        )
        assert lignes.all() == [("Delattre", "Zoé", "delattre zoe d00001", "PLACEMENT")]
        db.session.rollback()


def test_deux_mises_a_niveau_simultanees_font_un_seul_bon_schema(
    vierge, serveur_de_bases, base_vide, python_pret
):
    environnement = {**os.environ, **serveur_de_bases.environnement(base_vide)}
    ordre = [python_pret, "-m", "flask", "--app", "app", "db", "upgrade"]
    ensemble = [
        subprocess.Popen(ordre, cwd=RACINE, env=environnement, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for processus in ensemble:
        _, erreurs = processus.communicate()
        assert processus.returncode == 0, erreurs
    with vierge.app_context():
        flask_migrate.check()
    assert len(lire(vierge, text("select version_num from alembic_version"))) == 1
