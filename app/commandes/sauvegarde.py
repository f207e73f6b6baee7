"""Back the whole base up (``sauvegarder``), bring it back into an empty one (``restaurer``).

Everything is in the base; what ``instance/`` holds besides (secret of the sessions, locks) is made
again by itself.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import psycopg
from flask import current_app
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from app import acces
from app.acces import sceau
from app.base_embarquee import BINAIRES, VERSION
from app.extensions import db

from . import Refus, consigner_commande, raison, tandem
from .base import (
    VERROU,
    actualiser_les_statistiques,
    initialiser,
    moteur_proprietaire,
    premiere_ligne,
    version_de_la_base,
)


@tandem.command("sauvegarder")
@click.argument("fichier", type=click.Path(dir_okay=False, path_type=Path))
def sauvegarder(fichier: Path) -> None:
    """Écrit dans FICHIER une sauvegarde cohérente de toute la base (format de pg_dump)."""
    app = current_app._get_current_object()
    moteur = moteur_proprietaire(app)
    try:
        with moteur.connect() as connexion:
            if version_de_la_base(connexion) is None:
                raise Refus("la base est vide : il n’y a rien à sauvegarder.")
            serveur = connexion.dialect.server_version_info[0]
            tables = connexion.scalar(
                text("select count(*) from pg_tables where schemaname = 'public'")
            )
    except OperationalError as erreur:
        raise Refus(f"la base ne répond pas : {premiere_ligne(erreur)}", code=2) from erreur
    finally:
        moteur.dispose()
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"fichier": str(fichier)})
        db.session.commit()
    provisoire = _fichier_provisoire(fichier)
    try:
        # The owner is bound by row-level security too (a policy gives it every row), hence the
        # option.
        _suivre(
            [
                _programme("pg_dump", serveur),
                "--format=custom",
                "--verbose",
                "--enable-row-security",
                "--no-password",
                f"--file={provisoire}",
            ],
            app.config["DATABASE_OWNER_URL"],
            "Sauvegarde",
            tables,
            r"dumping contents of table",
        )
        with provisoire.open("rb") as contenu:
            os.fsync(contenu.fileno())
        provisoire.replace(fichier)
    except OSError as erreur:
        raise Refus(f"{fichier} ne peut pas être écrit ({raison(erreur)}).", code=2) from erreur
    finally:
        provisoire.unlink(missing_ok=True)
    click.echo(
        f"{fichier} : {fichier.stat().st_size / 1e6:.1f} Mo. Ce fichier contient des données personnelles."
    )


@tandem.command("restaurer")
@click.argument("fichier", type=click.Path(dir_okay=False, path_type=Path))
def restaurer(fichier: Path) -> None:
    """Remet FICHIER, écrit par sauvegarder, dans une base vide ; puis la met à niveau."""
    app = current_app._get_current_object()
    programme = _programme("pg_restore", 0)
    try:
        with fichier.open("rb") as contenu:
            signature = contenu.read(5)
    except OSError as erreur:
        raise Refus(f"{fichier} ne peut pas être lu ({raison(erreur)}).", code=2) from erreur
    sommaire = subprocess.run(
        [programme, "--list", fichier], capture_output=True, text=True, check=False
    )
    if signature != b"PGDMP" or sommaire.returncode or "alembic_version" not in sommaire.stdout:
        raise Refus(f"{fichier} n’est pas une sauvegarde de Tandem.", code=2)
    moteur = moteur_proprietaire(app)
    try:
        with moteur.connect() as connexion:
            connexion.execute(text("select pg_advisory_lock(:cle)"), {"cle": VERROU})
            connexion.commit()
            _exiger_base_vide(connexion)
            connexion.rollback()
            _verser(programme, fichier, sommaire.stdout, app.config["DATABASE_OWNER_URL"])
    except OperationalError as erreur:
        raise Refus(f"la base ne répond pas : {premiere_ligne(erreur)}", code=2) from erreur
    finally:
        moteur.dispose()
    _, version = initialiser(app)
    sceau.oublier_les_reperes()
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"fichier": str(fichier)})
        db.session.commit()
    actualiser_les_statistiques(app)
    click.echo(f"{fichier} est restaurée ; la base est à la version {version}.")


def _exiger_base_vide(connexion: Connection) -> None:
    objets = connexion.scalar(
        text(
            "select count(*) from pg_class where relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')"
            " and relkind in ('r', 'p', 'v', 'm', 'S', 'f')"
        )
    )
    if objets:
        raise Refus(
            "la base contient déjà des tables ; une restauration se fait dans une base vide. Base embarquée : choisissez "
            "un dossier neuf avec TANDEM_INSTANCE. PostgreSQL extérieur : créez une base neuve (create database) et "
            "nommez-la dans DATABASE_URL et DATABASE_OWNER_URL."
        )


def _verser(programme: str, fichier: Path, sommaire: str, url: str) -> None:
    """All or nothing: one transaction. Owners, grants and policies name the roles of the old
    server: ``init`` gives those of the new one just after."""
    tables = len(re.findall(r" TABLE DATA ", sommaire))
    arguments, environnement = _connexion(url)
    avance = _Avance("Restauration", tables)
    with (
        tempfile.TemporaryFile("w+") as erreurs,
        subprocess.Popen(
            [
                _programme("psql", 0),
                "--no-psqlrc",
                "--quiet",
                "--single-transaction",
                "--set=ON_ERROR_STOP=1",
                "--output=/dev/null",
                "--no-password",
                *arguments,
            ],
            stdin=subprocess.PIPE,
            stderr=erreurs,
            env=environnement,
        ) as psql,
        subprocess.Popen(
            [programme, "--no-owner", "--no-privileges", "--no-policies", "--file=-", fichier],
            stdout=subprocess.PIPE,
            stderr=erreurs,
        ) as lecture,
    ):
        try:
            _transmettre(lecture.stdout, psql.stdin, avance)
            if lecture.wait():
                psql.kill()  # before the end of its input, which would commit
            psql.stdin.close()
        except BrokenPipeError:
            lecture.kill()
        if psql.wait() or lecture.wait():
            erreurs.seek(0)
            raise Refus(
                f"la restauration a échoué, la base est restée vide.\n{erreurs.read().strip()}",
                code=2,
            )
    avance.fini()


def _transmettre(source, destination, avance: "_Avance") -> None:
    for ligne in source:
        if ligne.startswith(b"SET transaction_timeout"):  # unknown before PostgreSQL 17
            continue
        destination.write(ligne)
        if ligne.startswith(b"COPY "):
            avance.un_de_plus()
            _copier_les_lignes(source, destination)


def _copier_les_lignes(source, destination) -> None:
    for ligne in source:
        destination.write(ligne)
        if ligne == b"\\.\n":
            return


def _programme(nom: str, version: int) -> str:
    """Our own tool; for a server newer than ours, the one installed on the machine."""
    if version <= VERSION:
        return str(BINAIRES / nom)
    installe = shutil.which(nom)
    annonce = (
        subprocess.run([installe, "--version"], capture_output=True, text=True, check=True).stdout
        if installe
        else ""
    )
    trouve = re.search(r"\) (\d+)", annonce)
    if not trouve or int(trouve[1]) < version:
        raise Refus(
            f"le serveur est un PostgreSQL {version} : installez {nom} {version} ou plus récent.",
            code=2,
        )
    return installe


def _connexion(url: str) -> tuple[list[str], dict[str, str]]:
    """What a PostgreSQL tool needs to connect; the password goes through the environment, where
    ``ps`` does not look."""
    adresse = make_url(url)
    arguments, options = (
        make_url(url).set(drivername="postgresql").translate_connect_args(username="user"),
        dict(adresse.query),
    )
    environnement = {
        cle: valeur for cle, valeur in os.environ.items() if not cle.startswith("PG")
    } | {"LC_ALL": "C"}
    if mot_de_passe := arguments.pop("password", None):
        environnement["PGPASSWORD"] = str(mot_de_passe)
    arguments["dbname"] = arguments.pop("database")
    return [f"--dbname={psycopg.conninfo.make_conninfo(**arguments, **options)}"], environnement


def _suivre(commande: list[str], url: str, titre: str, total: int, motif: str) -> None:
    """Run a talkative tool and show how far it is."""
    arguments, environnement = _connexion(url)
    avance, dernieres = _Avance(titre, total), []
    with subprocess.Popen(
        [*commande, *arguments], stderr=subprocess.PIPE, text=True, env=environnement, umask=0o077
    ) as outil:
        for ligne in outil.stderr:
            dernieres = [*dernieres[-4:], ligne.strip()]
            if re.search(motif, ligne):
                avance.un_de_plus()
    if outil.returncode:
        raise Refus("\n".join(["la sauvegarde a échoué.", *dernieres]), code=2)
    avance.fini()


class _Avance:
    """Progress on the error output: a line that moves in a terminal, one line in ten seconds
    elsewhere."""

    def __init__(self, titre: str, total: int):
        self.titre, self.total, self.faits, self.dernier = titre, total, 0, time.monotonic()
        self.terminal = sys.stderr.isatty()

    def un_de_plus(self) -> None:
        self.faits += 1
        if self.terminal:
            click.echo(f"\r{self.titre} : table {self.faits} sur {self.total}", err=True, nl=False)
        elif time.monotonic() - self.dernier > 10:
            click.echo(f"{self.titre} : table {self.faits} sur {self.total}", err=True)
            self.dernier = time.monotonic()

    def fini(self) -> None:
        click.echo(
            f"{chr(13) if self.terminal else ''}{self.titre} : {self.faits} tables.", err=True
        )


def _fichier_provisoire(fichier: Path) -> Path:
    try:
        numero, nom = tempfile.mkstemp(dir=fichier.resolve().parent, prefix=f".{fichier.name}.")
    except OSError as erreur:
        raise Refus(
            f"{fichier} ne peut pas être écrit (dossier : {raison(erreur)}).", code=2
        ) from erreur
    os.close(numero)
    return Path(nom)
