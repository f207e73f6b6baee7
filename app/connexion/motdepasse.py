"""Passwords: at least 15 characters, whatever they are made of, nothing that is guessed first.

Every channel goes through ``poser``: the forms, the reset by an administrator, the command line.
"""

import functools
import re
import secrets
import unicodedata
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from werkzeug.security import check_password_hash, generate_password_hash

from app import departement, horloge
from app.extensions import db
from app.models import Authentification, Compte
from app.regles.texte import plier

MINIMUM = 15
MAXIMUM = 200
PROPRE = 10
"""Characters that must remain once the words everyone knows about the person and the place are
taken out."""
ESSAIS_LOG10 = 11
"""A password that falls within a hundred thousand million well-ordered guesses is refused."""
EVALUES = 60
"""The estimate takes a time that grows fast with the length; what comes after can only help."""
METHODE = "scrypt:32768:8:1"
"""How a password is hashed: what each attempt costs to whoever has stolen the base."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that look alike once printed."""
DONNEES = Path(__file__).parent.parent / "donnees"
LIEUX = (
    "tandem",
    "departement",
    "departemental",
    "mission locale",
    "missions locales",
    "mission",
    "locale",
    "aide sociale a l'enfance",
    "service enfance famille",
    "solidarite",
)


def normaliser(mot_de_passe: str) -> str:
    """The same characters whatever the keyboard sends: é is one character on a Mac as on a PC."""
    return unicodedata.normalize("NFKC", mot_de_passe)


def refus(mot_de_passe: str, compte: Compte) -> str | None:
    """Why this password cannot be that of this account, told to its owner; None when it can."""
    mot_de_passe = normaliser(mot_de_passe)
    if len(mot_de_passe) < MINIMUM:
        return (
            f"Il faut au moins {MINIMUM} caractères :"
            " une phrase de quelques mots convient très bien."
        )
    if len(mot_de_passe) > MAXIMUM:
        return f"Pas plus de {MAXIMUM} caractères."
    connus = _mots(compte)
    if len(_retirer(connus, plier(mot_de_passe))) < PROPRE:
        return (
            "Il est fait surtout de votre nom, de votre identifiant ou de mots du service :"
            " ajoutez-y des mots à vous."
        )
    if _essais_log10(mot_de_passe, connus) < ESSAIS_LOG10:
        return (
            "Il se devine vite (mots ou suites trop courants, répétitions) :"
            " choisissez des mots sans lien entre eux."
        )
    return None


def _essais_log10(mot_de_passe: str, connus: list[str]) -> float:
    """The power of ten of the guesses after which it falls, as it is or folded."""
    from zxcvbn import zxcvbn  # its lists of words are read at the first password that is chosen

    formes = {mot_de_passe[:EVALUES], plier(mot_de_passe)[:EVALUES]}
    mots = [*_courants(), *connus]
    return min(zxcvbn(forme, user_inputs=mots)["guesses_log10"] for forme in formes)


def poser(compte: Compte, mot_de_passe: str, *, temporaire: bool = False) -> None:
    """Give the account this password; a temporary one is to be replaced within a few days.

    The base ends the sessions of the account and writes the change in the audit log.
    """
    compte.password = hacher(mot_de_passe)
    limite = None
    if temporaire:
        jours = current_app.config["MOT_DE_PASSE_TEMPORAIRE_JOURS"]
        limite = horloge.maintenant() + timedelta(days=jours)
    authentification(compte.id).temporaire_jusqu_au = limite
    db.session.flush()


def poser_temporaire(compte: Compte) -> str:
    """Draw a one-time password, to be shown once to whoever hands it over."""
    mot_de_passe = tirer(groupes=4, lettres=5)
    poser(compte, mot_de_passe, temporaire=True)
    return mot_de_passe


def tirer(*, groupes: int, lettres: int) -> str:
    """Groups of letters and digits joined by dashes, drawn, to be copied without a mistake."""
    tires = [_groupe(lettres) for _ in range(groupes)]
    return "-".join(tires)


def _groupe(lettres: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(lettres))


def authentification(compte_id: int) -> Authentification:
    """What the account keeps besides its password, made at the first need."""
    connue = _authentification(compte_id)
    if connue is not None:
        return connue
    db.session.execute(
        insert(Authentification).values(compte_id=compte_id).on_conflict_do_nothing()
    )
    return db.session.scalars(_requete(compte_id)).one()


def lire_authentification(compte_id: int) -> Authentification:
    """The same, to be read only: an account that keeps nothing yet is left as it is."""
    return _authentification(compte_id) or Authentification(compte_id=compte_id, codes_secours=[])


def _authentification(compte_id: int) -> Authentification | None:
    return db.session.scalar(_requete(compte_id))


def _requete(compte_id: int) -> Select[tuple[Authentification]]:
    return select(Authentification).where(Authentification.compte_id == compte_id)


def hacher(mot_de_passe: str) -> str:
    return generate_password_hash(normaliser(mot_de_passe), METHODE)


def verifier(hache: str | None, mot_de_passe: str) -> bool:
    """Whether the password has this hash; without one, the answer takes the same time."""
    juste = check_password_hash(hache or _leurre(), normaliser(mot_de_passe))
    return juste and hache is not None


@functools.cache
def _leurre() -> str:
    return hacher(secrets.token_hex(16))


def _mots(compte: Compte) -> list[str]:
    """What anyone may know of the person and of the place, folded, the longest first."""
    dits = [compte.first_name, compte.last_name, compte.username]
    dits += (compte.email or "").split("@")
    morceaux: set[str] = set()
    for dit in (*dits, *_lieux()):
        plie = plier(dit or "")
        morceaux |= {plie, *plie.replace(".", " ").replace("-", " ").split()}
    morceaux |= {re.sub("[ '-]", "", morceau) for morceau in morceaux}
    return sorted((m for m in morceaux if len(m) >= 3), key=len, reverse=True)


def _retirer(mots: list[str], plie: str) -> str:
    """What is left of the letters and digits once the known words are taken out."""
    for mot in mots:
        plie = plie.replace(mot, " ")
    return "".join(c for c in plie if c.isalnum())


def _lieux() -> tuple[str, ...]:
    ici = departement.courant()
    return (*LIEUX, *ici.mots_connus, *(ligne["nom"] for ligne in ici.table("mds")))


@functools.cache
def _courants() -> tuple[str, ...]:
    lignes = (DONNEES / "mots_de_passe_courants.txt").read_text(encoding="utf-8").splitlines()
    return tuple(ligne for ligne in lignes if ligne and not ligne.startswith("#"))
