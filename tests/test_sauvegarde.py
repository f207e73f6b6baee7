"""A backup holds everything, comes back only whole, and only into an empty base."""

import io
import random
import sys

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, text

from app.commandes.sauvegarde import cle_de_signature
from app.models import Jeune, Mds, Rattachement
from app.sauvegardes import archive

ALTERATIONS = 200
TABLES = "select count(*) from pg_tables where schemaname = 'public'"
ETAT_DES_LIEUX = {
    "politiques": """
        select tablename, policyname, cmd, qual, with_check from pg_policies order by 1, 2""",
    "cloisonnement": """
        select relname, relrowsecurity, relforcerowsecurity from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1""",
    "declencheurs": """
        select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger
        where not tgisinternal order by 1, 2""",
    "droits": """
        select table_schema, table_name, grantee, privilege_type
        from information_schema.role_table_grants
        where table_schema = 'public' order by 1, 2, 3, 4""",
    "fonctions": """
        select oid::regprocedure::text, prosecdef, md5(prosrc) from pg_proc
        where pronamespace = 'acces'::regnamespace order by 1""",
    "contraintes": """
        select conrelid::regclass::text, conname, contype, convalidated from pg_constraint
        where connamespace = 'public'::regnamespace order by 1, 2""",
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
    """For each table: number of rows and checksum.

    The audit log is compared up to the backup, its seals up to the one before.
    """
    noms = "select tablename::text from pg_tables where schemaname = 'public' order by 1"
    tables = [nom for (nom,) in lire(url, noms)]
    limites = {
        "journal": "where operation <> 'commande' or detail->>'commande' <> 'restaurer'",
        "sceau": "where id = 1",
    }
    return {
        table: tuple(
            lire(
                url,
                "select count(*), md5(string_agg(t::text, chr(10) order by t::text))"
                f' from "{table}" t ' + limites.get(table, ""),
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
        commander(vide, 2, "restaurer", str(chemin))
    assert lire(vide.config["DATABASE_OWNER_URL"], TABLES) == [(0,)]


@pytest.fixture(scope="module")
def cle() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def sauvegarde(app, donnees, cle, tmp_path_factory) -> bytes:
    """What an encrypted backup is made of."""
    fichier = tmp_path_factory.mktemp("sauvegardes") / "s"
    commander(app, 0, "sauvegarder", str(fichier), "--cle", str(cle.to_public()))
    return fichier.read_bytes()


def commander(app, code: int, *arguments: str) -> str:
    """Run a command that must end with this code; what it said."""
    rendu = app.test_cli_runner().invoke(args=["tandem", *arguments])
    assert rendu.exit_code == code, rendu.output
    return rendu.output


def restaurer(app, tmp_path, octets: bytes, code: int, *options: str) -> str:
    fichier = tmp_path / "essai"
    fichier.write_bytes(octets)
    return commander(app, code, "restaurer", str(fichier), *options)


def alterations(octets: bytes) -> list[tuple[str, bytes]]:
    """Bits turned over anywhere, the header first; ends cut; something added."""
    hasard = random.Random(2026)
    places = [*range(0, archive.ENTETE_OCTETS, 8), len(octets) - 1]
    places += [hasard.randrange(len(octets)) for _ in range(ALTERATIONS - 20 - len(places))]
    alterees = []
    for place in places:
        neuf = bytearray(octets)
        neuf[place] ^= 1 << hasard.randrange(8)
        alterees.append((f"bit of byte {place}", bytes(neuf)))
    for _ in range(19):
        fin = hasard.randrange(len(octets))
        alterees.append((f"cut at {fin}", octets[:fin]))
    return [*alterees, ("a byte more", octets + b"\0")]


def test_aucune_de_deux_cents_alterations_n_est_acceptee(sauvegarde):
    essais = alterations(sauvegarde)
    assert len(essais) == ALTERATIONS
    assert archive.verifier(io.BytesIO(sauvegarde)).octets
    for quoi, alteree in essais:
        with pytest.raises(archive.SauvegardeRefusee) as refus:
            archive.verifier(io.BytesIO(alteree))
        assert refus.value.exit_code == 2, quoi


def test_une_sauvegarde_alteree_ou_tronquee_ne_laisse_rien_dans_la_base(
    sauvegarde, cle, serveur_de_bases, base_vide, tmp_path
):
    vide = serveur_de_bases.application(base_vide)
    for _, alteree in alterations(sauvegarde)[:: ALTERATIONS // 8]:
        restaurer(vide, tmp_path, alteree, 2, "--cle", str(cle))
    assert lire(vide.config["DATABASE_OWNER_URL"], TABLES) == [(0,)]


def test_sans_la_bonne_cle_rien_ne_s_ouvre(sauvegarde, serveur_de_bases, base_vide, tmp_path):
    vide = serveur_de_bases.application(base_vide)
    assert "clé privée" in restaurer(vide, tmp_path, sauvegarde, 2)
    autre = str(pyrage.x25519.Identity.generate())
    assert "n’ouvre pas" in restaurer(vide, tmp_path, sauvegarde, 2, "--cle", autre)
    fausse = tmp_path / "cle"
    fausse.write_text("rien qui ressemble à une clé")
    assert "clé" in restaurer(vide, tmp_path, sauvegarde, 2, "--cle", str(fausse))
    assert lire(vide.config["DATABASE_OWNER_URL"], TABLES) == [(0,)]


def test_rien_de_ce_qu_elle_contient_ne_se_lit_sans_la_cle(sauvegarde):
    for mot in (b"PGDMP", b"Fictif", b"public.jeune", "D’Été".encode()):
        assert mot not in sauvegarde


def test_une_sauvegarde_chiffree_revient_avec_le_fichier_de_sa_cle(
    app, sauvegarde, cle, serveur_de_bases, base_vide, tmp_path
):
    privee = tmp_path / "privee.txt"
    privee.write_text(f"# public key: {cle.to_public()}\n{cle}\n")
    autre = serveur_de_bases.application(base_vide)
    restaurer(autre, tmp_path, sauvegarde, 0, "--cle", str(privee))
    assert contenu(autre.config["DATABASE_OWNER_URL"])["jeune"][0] == 2


def refaire(octets: bytes, cle, signature: Ed25519PrivateKey, jeunes_en_plus: int = 0) -> bytes:
    """The same contents in a file that somebody else made."""
    lue = io.BytesIO(octets)
    entete = archive.verifier(lue)
    faux = io.BytesIO()
    with archive.ouvrir(lue, entete, cle) as ouverte:
        lignes, empreinte = ouverte.manifeste["public.jeune"]
        ouverte.manifeste["public.jeune"] = (lignes + jeunes_en_plus, empreinte)
        archive.ecrire(
            faux,
            (ouverte.manifeste, ouverte.dump),
            version=entete.version,
            le=entete.le,
            destinataire=cle.to_public(),
            signature=signature,
        )()
    return faux.getvalue()


def test_une_sauvegarde_refaite_par_un_autre_est_refusee_en_production(
    app, sauvegarde, cle, serveur_de_bases, base_vide, tmp_path, monkeypatch
):
    """The forger knows the format and the public key, not SECRET_KEY."""
    faux = refaire(sauvegarde, cle, Ed25519PrivateKey.generate())
    vide = serveur_de_bases.application(base_vide)
    monkeypatch.setitem(vide.config, "TANDEM_ENV", "production")
    sortie = restaurer(vide, tmp_path, faux, 2, "--cle", str(cle))
    assert "SECRET_KEY" in sortie
    assert lire(vide.config["DATABASE_OWNER_URL"], TABLES) == [(0,)]


def test_ce_qui_ne_revient_pas_comme_annonce_ne_revient_pas_du_tout(
    app, sauvegarde, cle, serveur_de_bases, base_vide, tmp_path
):
    """Signed by us, but the tables do not hold what the manifest says."""
    with app.app_context():
        signature = cle_de_signature()
    faux = refaire(sauvegarde, cle, signature, jeunes_en_plus=1)
    vide = serveur_de_bases.application(base_vide)
    sortie = restaurer(vide, tmp_path, faux, 2, "--cle", str(cle))
    assert "public.jeune differs" in sortie
    assert lire(vide.config["DATABASE_OWNER_URL"], TABLES) == [(0,)]


def test_en_production_une_sauvegarde_ne_part_pas_en_clair(app, donnees, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "TANDEM_ENV", "production")
    sortie = commander(app, 2, "sauvegarder", str(tmp_path / "s"))
    assert "cle-de-sauvegarde" in sortie
    assert list(tmp_path.iterdir()) == []
    assert "age1" in commander(app, 2, "sauvegarder", str(tmp_path / "s"), "--cle", "age1faux")
    assert "age1" in commander(app, 2, "sauvegarder", str(tmp_path / "s"), "--cle", "")
    assert not (tmp_path / "s").exists(), "an empty key is no wish for a backup in clear"


def test_une_paire_de_cles_se_tire_par_une_commande(app, tmp_path):
    fichier = tmp_path / "privee"
    sortie = commander(app, 0, "cle-de-sauvegarde", str(fichier))
    publique = sortie.rpartition("TANDEM_SAUVEGARDE_CLE=")[2].strip()
    assert str(archive.cle_privee(str(fichier)).to_public()) == publique
    assert fichier.stat().st_mode & 0o777 == 0o600
    commander(app, 1, "cle-de-sauvegarde", str(fichier))


def test_un_dossier_garde_les_dernieres_sauvegardes(app, donnees, tmp_path):
    etranger = tmp_path / "notes.txt"
    etranger.write_text("à garder")
    for jour in range(1, 5):
        (tmp_path / f"tandem-2026-01-0{jour}T020000Z.sauvegarde").write_bytes(b"ancienne")
    commander(app, 0, "sauvegarder", "--vers", str(tmp_path), "--garder", "3")
    restantes = sorted(f.name for f in tmp_path.glob("*.sauvegarde"))
    assert len(restantes) == 3
    assert restantes[:2] == [f"tandem-2026-01-0{jour}T020000Z.sauvegarde" for jour in (3, 4)]
    assert etranger.exists()
    commander(app, 2, "sauvegarder", "--garder", "3")


def test_la_derniere_sauvegarde_s_essaie_et_l_administrateur_le_sait(
    app, donnees, sauvegarde, cle, tmp_path, monkeypatch, python_pret
):
    monkeypatch.setattr(sys, "executable", str(python_pret))
    monkeypatch.setitem(app.config, "SAUVEGARDES", tmp_path)
    commander(app, 2, "essayer-sauvegarde")
    assert tache(app, "essai_sauvegarde")[0] is False
    derniere = tmp_path / "tandem-2026-02-01T020000Z.sauvegarde"
    derniere.write_bytes(sauvegarde)
    sortie = commander(app, 0, "essayer-sauvegarde", "--cle", str(cle))
    assert "est bonne" in sortie
    assert "journal intact" in sortie
    reussie, message = tache(app, "essai_sauvegarde")
    assert reussie
    assert message.startswith(derniere.name)
    derniere.write_bytes(sauvegarde[:-1])
    commander(app, 2, "essayer-sauvegarde", "--cle", str(cle))
    assert tache(app, "essai_sauvegarde") == (
        False,
        "cette sauvegarde est tronquée : il en manque la fin.",
    )


def tache(app, nom: str) -> tuple[bool, str]:
    ordre = f"select reussie, message from acces.tache where nom = '{nom}'"
    return tuple(lire(app.config["DATABASE_OWNER_URL"], ordre)[0])


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
