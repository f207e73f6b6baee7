"""The file of a backup: a signed header of fixed size, then its contents, encrypted with age.

The header says the size and the SHA-256 of all that follows it, and is signed (Ed25519) with a key
drawn from SECRET_KEY: ``verifier`` reads the whole file once and refuses it at the first bit that
differs, before anything is decrypted. The contents are a line of JSON (the ``Manifeste``: rows and
hash of each table) and an archive of pg_dump.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

import click
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.sauvegardes.manifeste import Manifeste

MAGIE = b"TANDEM-SAUVEGARDE 1\n"
ENTETE_OCTETS = 1024
BLOC = 1 << 20


class SauvegardeRefusee(click.ClickException):
    """The file is not what Tandem wrote, or cannot be read with this key; the base is untouched."""

    exit_code = 2

    def show(self, file: IO | None = None) -> None:
        click.echo(f"Refusé : {self.format_message()}", err=True)


@dataclass(frozen=True)
class Entete:
    """What is known of a backup without its private key."""

    le: str
    """When it was made (ISO, UTC)."""
    version: str
    """The version of the schema."""
    chiffree: bool
    octets: int
    sha256: str
    signataire: str
    """The public half of the key that signed, in hexadecimal."""

    def rendre(self, signature: bytes) -> bytes:
        """The header as it stands in the file, padded with spaces."""
        lignes = self.a_signer() + signature.hex().encode() + b"\n"
        return lignes.ljust(ENTETE_OCTETS - 1) + b"\n"

    def a_signer(self) -> bytes:
        return MAGIE + json.dumps(asdict(self)).encode() + b"\n"


class Lisible(Protocol):
    """What can be read block after block."""

    def read(self, taille: int = -1, /) -> bytes: ...


class _Compteur:
    """Writes into a file, and keeps the size and the SHA-256 of what went through."""

    def __init__(self, fichier: IO[bytes]):
        self.fichier = fichier
        self.octets = 0
        self.sha256 = hashlib.sha256()

    def write(self, bloc: bytes) -> int:
        self.sha256.update(bloc)
        self.octets += len(bloc)
        return self.fichier.write(bloc)

    def flush(self) -> None:
        self.fichier.flush()


class _ManifesteDabord:
    """Reads the line of the manifest, then the dump."""

    def __init__(self, manifeste: Manifeste, dump: Lisible):
        self.debut = json.dumps(manifeste).encode() + b"\n"
        self.dump = dump

    def read(self, taille: int = -1) -> bytes:
        if not self.debut:
            return self.dump.read(taille)
        if taille < 0:
            taille = len(self.debut)
        bloc = self.debut[:taille]
        self.debut = self.debut[taille:]
        return bloc


class _ManifesteAPart:
    """Written to by the decryption: the first line is the manifest, the rest goes to a file."""

    def __init__(self, dump: IO[bytes]):
        self.dump = dump
        self.ligne = b""
        self.complete = False

    def write(self, bloc: bytes) -> int:
        if self.complete:
            return self.dump.write(bloc)
        debut, fin, reste = bloc.partition(b"\n")
        self.ligne += debut
        self.complete = bool(fin)
        self.dump.write(reste)
        return len(bloc)

    def flush(self) -> None:
        self.dump.flush()


@dataclass(frozen=True)
class Contenu:
    """What a backup holds once decrypted; the dump has no name on the disk."""

    manifeste: Manifeste
    dump: IO[bytes]
    signataire: str


def cle_publique(ecrite: str) -> pyrage.x25519.Recipient:
    """A public key as age writes it (age1…), or the path of a file that holds it."""
    try:
        return pyrage.x25519.Recipient.from_str(_texte_de_cle(ecrite, "age1"))
    except pyrage.RecipientError as erreur:
        raise SauvegardeRefusee(
            "la clé publique n’est pas une clé age (age1…) : faites-en une avec "
            "« flask tandem cle-de-sauvegarde »."
        ) from erreur


def cle_privee(ecrite: str) -> pyrage.x25519.Identity:
    """A private key as age writes it, or the path of the file that holds it."""
    try:
        return pyrage.x25519.Identity.from_str(_texte_de_cle(ecrite, "AGE-SECRET-KEY-"))
    except pyrage.IdentityError as erreur:
        raise SauvegardeRefusee("la clé privée n’est pas une clé age.") from erreur


def _texte_de_cle(ecrite: str, debut: str) -> str:
    """The key itself, or the first line of the file that looks like one."""
    if ecrite.startswith(debut):
        return ecrite
    try:
        lignes = Path(ecrite).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as erreur:
        raise SauvegardeRefusee(f"le fichier de clé {ecrite} ne peut pas être lu.") from erreur
    return next((mot for mot in lignes if mot.startswith(debut)), "")


def ecrire(
    fichier: IO[bytes],
    contenu: tuple[Manifeste, Lisible],
    *,
    version: str,
    le: str,
    destinataire: pyrage.x25519.Recipient | None,
    signature: Ed25519PrivateKey,
) -> Callable[[], None]:
    """Write the contents after the place of the header; the function returned signs, at the end.

    The caller signs once it knows that what it read was whole.
    """
    fichier.seek(ENTETE_OCTETS)
    compteur = _Compteur(fichier)
    source = _ManifesteDabord(*contenu)
    if destinataire is None:
        shutil.copyfileobj(source, compteur, BLOC)
    else:
        pyrage.encrypt_io(source, compteur, [destinataire])

    def signer() -> None:
        entete = Entete(
            le=le,
            version=version,
            chiffree=destinataire is not None,
            octets=compteur.octets,
            sha256=compteur.sha256.hexdigest(),
            signataire=signature.public_key().public_bytes_raw().hex(),
        )
        fichier.seek(0)
        fichier.write(entete.rendre(signature.sign(entete.a_signer())))
        fichier.flush()

    return signer


def verifier(fichier: IO[bytes]) -> Entete:
    """Compare the whole file with its signed header: the first bit that differs refuses it."""
    fichier.seek(0)
    brut = fichier.read(ENTETE_OCTETS)
    if not brut.startswith(MAGIE):
        raise SauvegardeRefusee("ce fichier n’est pas une sauvegarde de Tandem.")
    entete = _lire_entete(brut)
    if entete is None:
        raise SauvegardeRefusee("cette sauvegarde a été modifiée : son en-tête n’est pas signé.")
    sha256 = hashlib.sha256()
    octets = 0
    while bloc := fichier.read(BLOC):
        sha256.update(bloc)
        octets += len(bloc)
    if octets < entete.octets:
        raise SauvegardeRefusee("cette sauvegarde est tronquée : il en manque la fin.")
    if (octets, sha256.hexdigest()) != (entete.octets, entete.sha256):
        raise SauvegardeRefusee("cette sauvegarde a été modifiée depuis qu’elle a été faite.")
    return entete


def _lire_entete(brut: bytes) -> Entete | None:
    """The header if its signature holds and if not one byte of it could be otherwise."""
    try:
        _, description, signature, _ = brut.split(b"\n", 3)
        entete = Entete(**json.loads(description))
        cle = Ed25519PublicKey.from_public_bytes(bytes.fromhex(entete.signataire))
        octets = bytes.fromhex(signature.decode("ascii"))
        cle.verify(octets, entete.a_signer())
    except (ValueError, TypeError, InvalidSignature):
        return None
    return entete if entete.rendre(octets) == brut else None


@contextmanager
def ouvrir(
    fichier: IO[bytes], entete: Entete, identite: pyrage.x25519.Identity | None
) -> Iterator[Contenu]:
    """Decrypt a backup that was verified, into a file without a name, erased with the block."""
    if entete.chiffree and identite is None:
        raise SauvegardeRefusee(
            "cette sauvegarde est chiffrée : donnez la clé privée (--cle FICHIER)."
        )
    with TemporaryFile() as dump:
        destination = _ManifesteAPart(dump)
        fichier.seek(ENTETE_OCTETS)
        try:
            if entete.chiffree:
                pyrage.decrypt_io(fichier, destination, [identite])
            else:
                shutil.copyfileobj(fichier, destination, BLOC)
        except pyrage.DecryptError as erreur:
            raise SauvegardeRefusee("cette clé privée n’ouvre pas cette sauvegarde.") from erreur
        dump.seek(0)
        yield Contenu(json.loads(destination.ligne), dump, entete.signataire)
