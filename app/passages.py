"""Let one account go through a folder: an entry of its access control list (POSIX.1e).

The list is an extended attribute of Linux, read and written here, so that no program (setfacl) must
be installed.
"""

import os
import stat
import struct
from pathlib import Path

ATTRIBUT = "system.posix_acl_access"
VERSION = struct.pack("<I", 2)
ENTREE = struct.Struct("<HHI")
PROPRIETAIRE = 0x01
COMPTE = 0x02
GROUPE = 0x04
MASQUE = 0x10
AUTRES = 0x20
PERSONNE = 0xFFFFFFFF
"""The number of an entry that names no account."""
PASSER = 1


def ouvrir(dossier: Path, uid: int) -> bool:
    """Let the account go through; False when the file system keeps no list."""
    entrees = _lire(dossier)
    acquis = entrees.get((COMPTE, uid), 0) | PASSER
    entrees[COMPTE, uid] = acquis
    masque = entrees.get((MASQUE, PERSONNE), entrees[GROUPE, PERSONNE])
    entrees[MASQUE, PERSONNE] = masque | PASSER
    octets = VERSION + b"".join(
        ENTREE.pack(genre, droits, numero) for (genre, numero), droits in sorted(entrees.items())
    )
    try:
        os.setxattr(dossier, ATTRIBUT, octets)
    except OSError:
        return False
    return True


def _lire(dossier: Path) -> dict[tuple[int, int], int]:
    """(kind of entry, number) → rights; of a folder without a list, those of its mode."""
    try:
        octets = os.getxattr(dossier, ATTRIBUT)
    except OSError:
        mode = stat.S_IMODE(dossier.stat().st_mode)
        return {
            (PROPRIETAIRE, PERSONNE): mode >> 6 & 7,
            (GROUPE, PERSONNE): mode >> 3 & 7,
            (AUTRES, PERSONNE): mode & 7,
        }
    lues = ENTREE.iter_unpack(octets[len(VERSION) :])
    return {(genre, numero): droits for genre, droits, numero in lues}
