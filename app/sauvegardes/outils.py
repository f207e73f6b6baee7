"""pg_dump, pg_restore and psql: the programs that copy a base, and how far they are."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO

import click
import psycopg
from sqlalchemy import make_url

from app.base_embarquee import BINAIRES, VERSION
from app.sauvegardes.archive import Contenu, SauvegardeRefusee
from app.sauvegardes.manifeste import controle


class Avance:
    """Progress on the error output: a moving line in a terminal, else a line in ten seconds."""

    def __init__(self, titre: str, total: int):
        self.titre = titre
        self.total = total
        self.faits = 0
        self.dernier = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def un_de_plus(self) -> None:
        self.faits += 1
        phrase = f"{self.titre} : table {self.faits} sur {self.total}"
        if self.terminal:
            click.echo(f"\r{phrase}", err=True, nl=False)
        elif time.monotonic() - self.dernier > 10:
            click.echo(phrase, err=True)
            self.dernier = time.monotonic()

    def fini(self) -> None:
        debut = "\r" if self.terminal else ""
        click.echo(f"{debut}{self.titre} : {self.faits} tables.", err=True)


def programme(nom: str, version: int = 0) -> str:
    """Our own tool; for a server newer than ours, the one installed on the machine."""
    if version <= VERSION:
        return str(BINAIRES / nom)
    installe = shutil.which(nom)
    if installe is None or _version_de(installe) < version:
        raise SauvegardeRefusee(
            f"le serveur est un PostgreSQL {version} : installez {nom} {version} ou plus récent."
        )
    return installe


def _version_de(outil: str) -> int:
    annonce = subprocess.run([outil, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    trouve = re.search(r"\) (\d+)", annonce.stdout)
    return int(trouve[1]) if trouve else 0


def connexion(url: str) -> tuple[list[str], dict[str, str]]:
    """What a PostgreSQL tool needs to connect: arguments and environment.

    The password goes through the environment, where ``ps`` does not look.
    """
    adresse = make_url(url)
    parametres = {nom: str(valeur) for nom, valeur in adresse.query.items()}
    parametres |= {"user": adresse.username or "", "dbname": adresse.database or ""}
    if adresse.host:
        parametres["host"] = adresse.host
    if adresse.port:
        parametres["port"] = str(adresse.port)
    environnement = {nom: v for nom, v in os.environ.items() if not nom.startswith("PG")}
    environnement["LC_ALL"] = "C"
    if adresse.password:
        environnement["PGPASSWORD"] = adresse.password
    return [f"--dbname={psycopg.conninfo.make_conninfo('', **parametres)}"], environnement


@contextmanager
def copier(url: str, serveur: int, instantane: str) -> Iterator[IO[bytes]]:
    """What pg_dump writes of a snapshot; leaving the block fails if the copy is not whole."""
    arguments, environnement = connexion(url)
    # The owner is bound by row-level security too (a policy gives it every row), hence the option.
    commande = [
        programme("pg_dump", serveur),
        "--format=custom",
        "--enable-row-security",
        "--no-unlogged-table-data",
        "--no-password",
        f"--snapshot={instantane}",
        *arguments,
    ]
    with (
        TemporaryFile("w+") as erreurs,
        subprocess.Popen(  # noqa: S603
            commande, stdout=subprocess.PIPE, stderr=erreurs, env=environnement
        ) as outil,
    ):
        yield _ouvert(outil.stdout)
        if outil.wait():
            erreurs.seek(0)
            raise SauvegardeRefusee(f"la sauvegarde a échoué.\n{erreurs.read().strip()}")


def verser(contenu: Contenu, url: str) -> None:
    """Put a backup into an empty base: all of it, as the manifest says, or nothing.

    One transaction. Owners, grants and policies name the roles of the old server: ``init`` gives
    those of the new one just after.
    """
    arguments, environnement = connexion(url)
    psql = [
        programme("psql"),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        "--no-password",
        *arguments,
    ]
    lire = [programme("pg_restore"), "--no-owner", "--no-privileges", "--no-policies", "--file=-"]
    avance = Avance("Restauration", len(contenu.manifeste))
    with (
        TemporaryFile("w+") as erreurs,
        subprocess.Popen(psql, stdin=subprocess.PIPE, stderr=erreurs, env=environnement) as ecrit,  # noqa: S603
        subprocess.Popen(lire, stdin=contenu.dump, stdout=subprocess.PIPE, stderr=erreurs) as lu,  # noqa: S603
    ):
        destination = _ouvert(ecrit.stdin)
        try:
            _transmettre(_ouvert(lu.stdout), destination, avance)
            if lu.wait():
                ecrit.kill()  # before the end of its input, which would commit
            destination.write(controle(contenu.manifeste))
        except BrokenPipeError:
            lu.kill()
        with suppress(BrokenPipeError):
            destination.close()
        if ecrit.wait() or lu.wait():
            erreurs.seek(0)
            raise SauvegardeRefusee(
                f"la restauration a échoué, la base est restée vide.\n{erreurs.read().strip()}"
            )
    avance.fini()


def _ouvert(tuyau: IO[bytes] | None) -> IO[bytes]:
    """The pipe that was asked for: a process started with one always has it."""
    if tuyau is None:
        raise RuntimeError("started without a pipe")
    return tuyau


def _transmettre(source: IO[bytes], destination: IO[bytes], avance: Avance) -> None:
    """Hand over the SQL line by line, but for what a server older than ours does not know."""
    for ligne in source:
        if ligne.startswith(b"SET transaction_timeout"):  # unknown before PostgreSQL 17
            continue
        destination.write(ligne)
        if ligne.startswith(b"COPY "):
            avance.un_de_plus()
            _copier_les_lignes(source, destination)


def _copier_les_lignes(source: IO[bytes], destination: IO[bytes]) -> None:
    for ligne in source:
        destination.write(ligne)
        if ligne == b"\\.\n":
            return
