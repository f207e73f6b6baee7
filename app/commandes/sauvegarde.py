"""Back the whole base up (``sauvegarder``), bring it back into an empty one (``restaurer``), and
prove that the last backup comes back (``essayer-sauvegarde``).

Everything is in the base; what ``instance/`` holds besides (secret of the sessions, locks) is made
again by itself. Exit code 2: the file is not a backup, was altered or cut, or the key is not its
own; the base is untouched. Exit code 1: the audit log that it holds was altered; the base is empty
again, unless somebody says why it must come back all the same.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app import acces, exploitation
from app.acces import sceau
from app.acces.alteration import RETROUVER_LA_CLE, Alteration
from app.extensions import db
from app.regles.texte import lisible
from app.sauvegardes import archive, essai, manifeste, outils
from app.sauvegardes.archive import Contenu, SauvegardeRefusee
from app.secret import deriver

from . import (
    CommandeRefusee,
    application,
    consigner_commande,
    premiere_ligne,
    raison,
    tandem,
)
from .base import (
    actualiser_les_statistiques,
    initialiser,
    moteur_proprietaire,
    prendre_le_tour,
    version_de_la_base,
)

_INSTANTANE = text("select pg_export_snapshot(), current_setting('server_version_num')::int")
CHEMIN = click.Path(dir_okay=False, path_type=Path)
DOSSIER = click.Path(file_okay=False, path_type=Path)
SUFFIXE = ".sauvegarde"
PREVENIR_LE_DPO = "prévenez le DPO et le responsable de la sécurité"


@tandem.command("cle-de-sauvegarde")
@click.argument("fichier", type=CHEMIN)
def cle_de_sauvegarde(fichier: Path) -> None:
    """Tire une paire de clés : la privée dans FICHIER, la publique affichée."""
    cle = pyrage.x25519.Identity.generate()
    try:
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descripteur, "w") as sortie:
            sortie.write(f"# public key: {cle.to_public()}\n{cle}\n")
    except FileExistsError as erreur:
        raise CommandeRefusee(f"{fichier} existe déjà.") from erreur
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur
    click.echo(
        f"Clé privée : {fichier}. Gardez-la hors de cette machine : sans elle, aucune sauvegarde "
        "ne se relit."
    )
    click.echo(f"TANDEM_SAUVEGARDE_CLE={cle.to_public()}")


@tandem.command("sauvegarder")
@click.argument("fichier", type=CHEMIN, required=False)
@click.option("--cle", metavar="PUBLIQUE", help="Clé publique age (sinon TANDEM_SAUVEGARDE_CLE).")
@click.option("--vers", "dossier", type=DOSSIER, help="Dossier où ranger les sauvegardes.")
@click.option(
    "--garder", type=click.IntRange(1), metavar="N", help="Nombre de sauvegardes à y garder."
)
def sauvegarder(
    fichier: Path | None, cle: str | None, dossier: Path | None, garder: int | None
) -> None:
    """Écrit dans FICHIER (ou dans un dossier, datée) une sauvegarde signée et chiffrée."""
    app = application()
    moment = datetime.now(UTC)
    if dossier is not None and fichier is None:
        _assurer_dossier(dossier)
        fichier = dossier / f"tandem-{moment:%Y-%m-%dT%H%M%SZ}{SUFFIXE}"
    elif fichier is None or dossier is not None or garder:
        raise click.UsageError("donnez FICHIER, ou --vers DOSSIER [--garder N].")
    destinataire = _destinataire(app, cle)
    with _consignee("sauvegarde"):
        _exiger_base_remplie(app)
        _consigner(fichier)
        with _nouveau_fichier(fichier) as sortie:
            _copier(app, sortie, destinataire, moment)
        taille = f"{fichier.stat().st_size / 1e6:.1f} Mo".replace(".", ",")
        exploitation.noter("sauvegarde", True, f"{lisible(fichier.name)}, {taille}")
    if dossier is not None and garder:
        _effacer_les_anciennes(dossier, garder)
    protection = "chiffrée" if destinataire else "en clair : elle contient des données personnelles"
    click.echo(f"{fichier} : {taille}, {protection}.")


@tandem.command("restaurer")
@click.argument("fichier", type=CHEMIN)
@click.option("--cle", metavar="PRIVEE", help="Clé privée age, ou le fichier qui la contient.")
@click.option(
    "--malgre-le-journal",
    "pourquoi",
    metavar="POURQUOI",
    help="La remettre même si le journal qu’elle contient a été altéré ; le journal le dit.",
)
def restaurer(fichier: Path, cle: str | None, pourquoi: str | None) -> None:
    """Remet FICHIER, écrit par sauvegarder, dans une base vide ; puis la met à niveau.

    Le journal qu’il contient est vérifié : altéré, il fait vider de nouveau la base (code 1).
    """
    if pourquoi is not None and len(pourquoi.strip()) < 10:
        raise click.UsageError("--malgre-le-journal demande pourquoi, en dix caractères au moins.")
    app = application()
    with _sauvegarde_ouverte(app, fichier, cle) as contenu:
        cle_d_ici = contenu.signataire == _notre_signataire()
        moteur = moteur_proprietaire(app)
        try:
            with moteur.begin() as connexion:
                prendre_le_tour(connexion)
                _exiger_base_vide(connexion)
                outils.verser(contenu, app.config["DATABASE_OWNER_URL"])
        except OperationalError as erreur:
            raise CommandeRefusee(
                f"la base ne répond pas : {premiere_ligne(erreur)}", code=2
            ) from erreur
        finally:
            moteur.dispose()
    _, version = initialiser(app, restauree=True)
    trouvees = _verifier_le_journal(cle_d_ici=cle_d_ici)
    if trouvees and pourquoi is None:
        _vider(app)
        raise CommandeRefusee(
            f"{fichier} contient un journal altéré : la base est de nouveau vide. Essayez une"
            f" sauvegarde plus ancienne, et {PREVENIR_LE_DPO}. Pour remettre celle-ci quand même :"
            " --malgre-le-journal « pourquoi »."
        )
    _consigner(fichier, **_malgre(trouvees, pourquoi))
    sceau.sceller()
    with db.engine.begin() as connexion:
        sceau.reprendre_les_reperes(connexion)
    actualiser_les_statistiques(app)
    click.echo(f"{fichier} est restaurée ; la base est à la version {version}.")


@tandem.command("essayer-sauvegarde")
@click.argument("fichier", type=CHEMIN, required=False)
@click.option("--cle", metavar="PRIVEE", help="Clé privée age, ou le fichier qui la contient.")
def essayer_sauvegarde(fichier: Path | None, cle: str | None) -> None:
    """Restaure à part la dernière sauvegarde, la compare à ce qu’elle annonce, relit un dossier."""
    app = application()
    with _consignee("essai_sauvegarde"):
        choisie = fichier or derniere(app.config["SAUVEGARDES"])
        _consigner(choisie)
        with _sauvegarde_ouverte(app, choisie, cle) as contenu:
            constat = essai.essayer(app, contenu)
        exploitation.noter("essai_sauvegarde", True, f"{lisible(choisie.name)} : {constat}")
    click.echo(f"{choisie} est bonne : {constat}")


def derniere(dossier: Path | None) -> Path:
    """The newest backup of the folder of the settings."""
    if dossier is None:
        raise CommandeRefusee(
            "nommez une sauvegarde, ou leur dossier dans TANDEM_SAUVEGARDES.", code=2
        )
    fichiers = sorted(dossier.glob(f"tandem-*{SUFFIXE}"))
    if not fichiers:
        raise CommandeRefusee(f"{dossier} ne contient aucune sauvegarde.", code=2)
    return fichiers[-1]


@contextmanager
def _consignee(tache: str) -> Iterator[None]:
    """Whatever makes the task fail is kept for the administrator's page too."""
    try:
        yield
    except click.ClickException as refus:
        exploitation.noter(tache, False, refus.format_message().splitlines()[0])
        raise


def _consigner(fichier: Path, **plus: object) -> None:
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"fichier": fichier, **plus})
        db.session.commit()


def _verifier_le_journal(*, cle_d_ici: bool) -> list[Alteration]:
    """What was altered in the log that has just come back, said at once.

    Seals signed with a key that is not given are no proof of anything when the backup itself comes
    from an installation of another key, which was said.
    """
    trouvees = sceau.verifier(sans_repere=True).alterations
    for alteration in trouvees:
        click.echo(f"Le journal restauré a été altéré : {alteration.dit}.", err=True)
    if cle_d_ici:
        return trouvees
    return [alteration for alteration in trouvees if alteration.faire != RETROUVER_LA_CLE]


def _malgre(trouvees: list[Alteration], pourquoi: str | None) -> dict[str, object]:
    """What the log keeps of a restoration that was wanted all the same."""
    if not trouvees:
        return {}
    return {"malgre_le_journal": pourquoi, "alterations": [str(a) for a in trouvees]}


def _vider(app: Flask) -> None:
    """Take away what the restoration has just put in a base that was empty."""
    moteur = moteur_proprietaire(app)
    with moteur.begin() as connexion:
        prendre_le_tour(connexion)
        connexion.execute(text("drop schema if exists acces, travaux cascade"))
        tables = connexion.scalars(
            text(
                "select c.oid::regclass::text from pg_class c"
                " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
            )
        ).all()
        for table in tables:
            connexion.execute(text(f"drop table if exists {table} cascade"))
    moteur.dispose()


def _destinataire(app: Flask, cle: str | None) -> pyrage.x25519.Recipient | None:
    """Whoever may decrypt; in production a backup never leaves in clear."""
    if cle is not None and not cle.strip():  # « --cle "$CLE" », where nothing sets it
        raise CommandeRefusee("--cle est vide : donnez une clé publique age1….", code=2)
    ecrite = cle or app.config["SAUVEGARDE_CLE"]
    if ecrite:
        return archive.cle_publique(ecrite)
    if app.config["TANDEM_ENV"] == "production":
        raise CommandeRefusee(
            "en production une sauvegarde est chiffrée : donnez une clé publique par --cle ou "
            "TANDEM_SAUVEGARDE_CLE (« flask tandem cle-de-sauvegarde FICHIER » en tire une).",
            code=2,
        )
    return None


def cle_de_signature() -> Ed25519PrivateKey:
    """Drawn from SECRET_KEY: whoever restores elsewhere needs the same."""
    return Ed25519PrivateKey.from_private_bytes(deriver("tandem signature des sauvegardes"))


def _exiger_base_remplie(app: Flask) -> None:
    moteur = moteur_proprietaire(app)
    try:
        with moteur.connect() as connexion:
            if version_de_la_base(connexion) is None:
                raise CommandeRefusee("la base est vide : il n’y a rien à sauvegarder.")
    except OperationalError as erreur:
        raise CommandeRefusee(
            f"la base ne répond pas : {premiere_ligne(erreur)}", code=2
        ) from erreur
    finally:
        moteur.dispose()


def _copier(
    app: Flask,
    sortie: IO[bytes],
    destinataire: pyrage.x25519.Recipient | None,
    moment: datetime,
) -> None:
    """The tables counted and copied at one instant: pg_dump reads our snapshot."""
    moteur = moteur_proprietaire(app).execution_options(isolation_level="REPEATABLE READ")
    try:
        with moteur.begin() as connexion:
            instantane, serveur = connexion.execute(_INSTANTANE).one()
            avance = outils.Avance("Sauvegarde", manifeste.nombre_de_tables(connexion))
            compte = manifeste.compter(connexion, avance.un_de_plus)
            url = app.config["DATABASE_OWNER_URL"]
            with outils.copier(url, serveur // 10_000, instantane) as dump:
                signer = archive.ecrire(
                    sortie,
                    (compte, dump),
                    version=version_de_la_base(connexion) or "",
                    le=moment.isoformat(timespec="seconds"),
                    destinataire=destinataire,
                    signature=cle_de_signature(),
                )
            signer()
            avance.fini()
    finally:
        moteur.dispose()


@contextmanager
def _sauvegarde_ouverte(app: Flask, fichier: Path, cle: str | None) -> Iterator[Contenu]:
    """A backup whose every byte was verified, decrypted into a file without a name."""
    privee = cle or app.config["SAUVEGARDE_CLE_PRIVEE"]
    identite = archive.cle_privee(str(privee)) if privee else None
    try:
        with fichier.open("rb") as octets:
            entete = archive.verifier(octets)
            _exiger_notre_signature(app, entete)
            with archive.ouvrir(octets, entete, identite) as contenu:
                yield contenu
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être lu ({raison(erreur)}).", code=2
        ) from erreur


def _notre_signataire() -> str:
    """How the header of a backup names whoever has our SECRET_KEY."""
    return cle_de_signature().public_key().public_bytes_raw().hex()


def _exiger_notre_signature(app: Flask, entete: archive.Entete) -> None:
    """Whoever forges a backup signs it with another key; a demonstration only says so."""
    if entete.signataire == _notre_signataire():
        return
    phrase = "cette sauvegarde est signée avec une autre SECRET_KEY que celle d’ici"
    if app.config["TANDEM_ENV"] == "production":
        raise SauvegardeRefusee(
            f"{phrase} : donnez la SECRET_KEY de l’installation qui l’a faite, puis recommencez."
        )
    click.echo(f"Attention : {phrase}.", err=True)


def _exiger_base_vide(connexion: Connection) -> None:
    objets = connexion.scalar(
        text(
            "select count(*) from pg_class where relnamespace::regnamespace::text"
            " not in ('pg_catalog', 'information_schema', 'pg_toast')"
            " and relkind in ('r', 'p', 'v', 'm', 'S', 'f')"
        )
    )
    if objets:
        raise CommandeRefusee(
            "la base contient déjà des tables ; une restauration se fait dans une base vide. Base "
            "embarquée : choisissez un dossier neuf avec TANDEM_INSTANCE. PostgreSQL extérieur : "
            "créez une base neuve (create database) et nommez-la dans DATABASE_URL et "
            "DATABASE_OWNER_URL."
        )


@contextmanager
def _nouveau_fichier(fichier: Path) -> Iterator[IO[bytes]]:
    """Written under a provisional name, then renamed at once: a file that is there is whole."""
    try:
        with tempfile.NamedTemporaryFile(
            dir=fichier.resolve().parent, prefix=f".{fichier.name}.", delete=False
        ) as sortie:
            provisoire = Path(sortie.name)
            try:
                yield sortie
                sortie.flush()
                os.fsync(sortie.fileno())
                provisoire.replace(fichier)
            finally:
                provisoire.unlink(missing_ok=True)
    except OSError as erreur:
        raise CommandeRefusee(
            f"{fichier} ne peut pas être écrit ({raison(erreur)}).", code=2
        ) from erreur


def _assurer_dossier(dossier: Path) -> None:
    try:
        dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as erreur:
        raise CommandeRefusee(
            f"{dossier} ne peut pas être créé ({raison(erreur)}).", code=2
        ) from erreur


def _effacer_les_anciennes(dossier: Path, garder: int) -> None:
    """Only our own files, and only once the new one is there."""
    for ancienne in sorted(dossier.glob(f"tandem-*{SUFFIXE}"))[:-garder]:
        ancienne.unlink(missing_ok=True)
