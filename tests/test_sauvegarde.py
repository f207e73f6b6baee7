"""A backup holds everything, and comes back only into an empty base."""

import pytest
from sqlalchemy import create_engine, text

from app.models import Jeune, Mds, Rattachement

ETAT_DES_LIEUX = {
    "politiques": "select tablename, policyname, cmd, qual, with_check from pg_policies order by 1, 2",
    "cloisonnement": "select relname, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r'"
    " and relnamespace = 'public'::regnamespace order by 1",
    "declencheurs": "select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1, 2",
    "droits": "select table_schema, table_name, grantee, privilege_type from information_schema.role_table_grants"
    " where table_schema = 'public' order by 1, 2, 3, 4",
    "fonctions": "select oid::regprocedure::text, prosecdef, md5(prosrc) from pg_proc where pronamespace = 'acces'::regnamespace order by 1",
    "contraintes": "select conrelid::regclass::text, conname, contype, convalidated from pg_constraint"
    " where connamespace = 'public'::regnamespace order by 1, 2",
}


@pytest.fixture(scope="module")
def donnees(app, nom_de_base):
    """Two youths and an administrator, written as a command does."""
    from app import acces
    from app.extensions import db

    commande = [
        "tandem",
        "administrateur",
        "chef",
        "--prenom",
        "Ada",
        "--nom",
        "Fictif",
        "--courriel",
        "ada@exemple.invalid",
    ]
    assert app.test_cli_runner().invoke(args=commande).exit_code == 0
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        mds = db.session.query(Mds).order_by(Mds.code).first().id
        for nom in ("D’Été", "Œuf; drop table\n\\."):
            jeune = Jeune(nom=nom, prenom="Zoé", date_naissance="2007-02-28", mds_id=mds)
            db.session.add(jeune)
            db.session.flush()
            db.session.add(
                Rattachement(
                    jeune_id=jeune.id, mds_id=mds, mds_rattachement_id=mds, du="2024-01-01"
                )
            )
        db.session.commit()


def lire(url: str, ordre: str):
    moteur = create_engine(url)
    with moteur.connect() as connexion:
        lignes = connexion.execute(text(ordre)).all()
    moteur.dispose()
    return lignes


def contenu(url: str) -> dict[str, tuple]:
    """For each table: number of rows and checksum. The audit log is compared up to the backup, its
    seals up to the one before."""
    tables = [
        t
        for (t,) in lire(
            url, "select tablename::text from pg_tables where schemaname = 'public' order by 1"
        )
    ]
    limites = {
        "journal": "where operation <> 'commande' or detail->>'commande' <> 'restaurer'",
        "sceau": "where id = 1",
    }
    return {
        table: tuple(
            lire(
                url,
                f'select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from "{table}" t '
                + limites.get(table, ""),
            )[0]
        )
        for table in tables
    }


def test_aller_et_retour_a_l_identique(app, donnees, serveur_de_bases, base_vide, tmp_path):
    fichier = tmp_path / "tandem.sauvegarde"
    rendu = app.test_cli_runner().invoke(args=["tandem", "sauvegarder", str(fichier)])
    assert rendu.exit_code == 0, rendu.output
    assert fichier.stat().st_mode & 0o777 == 0o600
    assert [f.name for f in tmp_path.iterdir()] == [fichier.name]

    autre = serveur_de_bases.application(base_vide)
    rendu = autre.test_cli_runner().invoke(args=["tandem", "restaurer", str(fichier)])
    assert rendu.exit_code == 0, rendu.output
    avant, apres = app.config["DATABASE_OWNER_URL"], autre.config["DATABASE_OWNER_URL"]
    assert contenu(apres) == contenu(avant)
    verification = autre.test_cli_runner().invoke(args=["tandem", "verifier-journal"])
    assert verification.exit_code == 0, verification.output
    assert contenu(apres)["jeune"][0] == 2
    for quoi, ordre in ETAT_DES_LIEUX.items():
        assert lire(apres, ordre) == lire(avant, ordre), quoi
    # The application's role sees nothing when nobody acts, and a new row takes the next number.
    assert lire(autre.config["SQLALCHEMY_DATABASE_URI"], "select count(*) from jeune") == [(0,)]
    assert lire(apres, "select nextval('jeune_id_seq')") == lire(
        avant, "select nextval('jeune_id_seq')"
    )
    assert autre.test_client().get("/sante").status_code == 200


def test_une_base_qui_contient_quelque_chose_refuse_la_restauration(app, donnees, tmp_path):
    fichier = tmp_path / "s"
    assert app.test_cli_runner().invoke(args=["tandem", "sauvegarder", str(fichier)]).exit_code == 0
    avant = contenu(app.config["DATABASE_OWNER_URL"])
    rendu = app.test_cli_runner().invoke(args=["tandem", "restaurer", str(fichier)])
    assert rendu.exit_code == 1
    assert "base vide" in rendu.output
    assert contenu(app.config["DATABASE_OWNER_URL"]) == avant


@pytest.mark.parametrize("octets", [b"", b"PK\x03\x04 un classeur", b"PGDMP tronqu"])
def test_ce_qui_n_est_pas_une_sauvegarde_est_refuse(serveur_de_bases, base_vide, tmp_path, octets):
    fichier = tmp_path / "faux"
    fichier.write_bytes(octets)
    vide = serveur_de_bases.application(base_vide)
    for chemin in (fichier, tmp_path / "absent", tmp_path):
        rendu = vide.test_cli_runner().invoke(args=["tandem", "restaurer", str(chemin)])
        assert rendu.exit_code == 2, rendu.output
    assert lire(
        vide.config["DATABASE_OWNER_URL"],
        "select count(*) from pg_tables where schemaname = 'public'",
    ) == [(0,)]


def test_une_sauvegarde_abimee_ne_laisse_rien_dans_la_base(
    app, donnees, serveur_de_bases, base_vide, tmp_path
):
    fichier = tmp_path / "s"
    assert app.test_cli_runner().invoke(args=["tandem", "sauvegarder", str(fichier)]).exit_code == 0
    fichier.write_bytes(fichier.read_bytes()[:-5000])
    vide = serveur_de_bases.application(base_vide)
    rendu = vide.test_cli_runner().invoke(args=["tandem", "restaurer", str(fichier)])
    assert rendu.exit_code == 2, rendu.output
    assert lire(
        vide.config["DATABASE_OWNER_URL"],
        "select count(*) from pg_tables where schemaname = 'public'",
    ) == [(0,)]


def test_un_dossier_absent_ou_interdit_est_dit_en_francais(app, donnees, tmp_path):
    rendu = app.test_cli_runner().invoke(
        args=["tandem", "sauvegarder", str(tmp_path / "absent" / "s")]
    )
    assert rendu.exit_code == 2
    assert "ne peut pas être écrit" in rendu.output


def test_une_base_vide_n_a_rien_a_sauvegarder(serveur_de_bases, base_vide, tmp_path):
    vide = serveur_de_bases.application(base_vide)
    rendu = vide.test_cli_runner().invoke(args=["tandem", "sauvegarder", str(tmp_path / "s")])
    assert rendu.exit_code == 1
    assert list(tmp_path.iterdir()) == []
