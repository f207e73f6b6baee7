"""Slow down whoever guesses passwords, without letting anyone lock out someone else.

What is slowed down is an account *from an address*: its owner, elsewhere, notices nothing. A
workstation where someone has signed in before keeps a signed cookie and is counted apart: neither
its address, shared by a whole building, nor what others try there closes the door to it.

After twenty-five failures in a day, whatever the addresses (CNIL), the account opens no more from
an unknown workstation: its owner keeps theirs, their identity provider, or is given a temporary
password, and reads at their next sign-in what happened.

The counts are in the base, hence the same for all workers; each attempt is counted before the
password is checked, so that many at once do no better than one after the other.
"""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import text

from app import acces, horloge
from app.extensions import db
from app.secret import cle_secrete

POSTE = "tandem_poste"
POSTE_DUREE = timedelta(days=180)
COMPTES_PAR_POSTE = 8


@dataclass(frozen=True)
class Seuil:
    """``libres`` attempts, then a wait of ``premier`` seconds that doubles up to ``maximum``.

    Forgotten ``oubli`` seconds after the last one.
    """

    libres: int
    premier: int
    maximum: int
    oubli: int


SEUILS = {
    "compte_adresse": Seuil(libres=5, premier=30, maximum=900, oubli=86_400),
    "compte_poste": Seuil(libres=5, premier=30, maximum=900, oubli=86_400),
    "compte": Seuil(libres=25, premier=3_600, maximum=86_400, oubli=86_400),
    "adresse": Seuil(libres=100, premier=60, maximum=900, oubli=3_600),
    # Codes of links typed or followed without an account; one that is right costs nothing.
    "lien": Seuil(libres=60, premier=60, maximum=900, oubli=3_600),
    # Here the password is already known: nobody else can use it to lock the account out.
    "second_facteur": Seuil(libres=5, premier=30, maximum=900, oubli=86_400),
}

# An attempt made while waiting changes nothing: the wait does not get longer by itself.
_COMPTER = text("""
    insert into tentative as t (portee, cle, echecs, derniere_le) values (:portee, :cle, 1, now())
    on conflict (portee, cle) do update set
      echecs = case when t.bloquee_jusqu_au > now() then t.echecs
                    when t.derniere_le < now() - make_interval(secs => :oubli) then 1
                    else t.echecs + 1 end,
      derniere_le = case when t.bloquee_jusqu_au > now() then t.derniere_le else now() end,
      bloquee_jusqu_au = case
        when t.bloquee_jusqu_au > now() then t.bloquee_jusqu_au
        when t.derniere_le < now() - make_interval(secs => :oubli) then null
        when t.echecs + 1 < :libres then null
        else now() + make_interval(secs => least(
          :maximum, :premier * power(2, least(t.echecs + 1 - :libres, 20)))) end
    returning
      derniere_le = now() as permise,
      ceil(extract(epoch from bloquee_jusqu_au - now()))::int as attente
""")
_ECHECS = text("select echecs from tentative where portee = :portee and cle = :cle")
_OUBLIER = text("delete from tentative where portee = :portee and cle = :cle")
# A success gives back the attempt that it cost to the address, no more.
_RENDRE = text("""
    update tentative set echecs = greatest(echecs - 1, 0),
      bloquee_jusqu_au = case when echecs - 1 >= :libres then bloquee_jusqu_au end
    where portee = :portee and cle = :cle
""")
_PURGER = text("delete from tentative where derniere_le < now() - interval '1 day'")


@dataclass(frozen=True)
class Essai:
    """An attempt to sign in, counted; ``attente``: seconds to wait when it is refused, else 0."""

    cles: tuple[tuple[str, str], ...]
    attente: int
    vient_de_bloquer: bool = False

    def reussi(self) -> None:
        """Forget the failures of the account; give back what this attempt cost to the address."""
        for portee, cle in self.cles:
            if portee == "compte":
                continue  # told to whoever comes in, then forgotten
            if portee in ("adresse", "lien"):
                db.session.execute(
                    _RENDRE, {"portee": portee, "cle": cle, "libres": SEUILS[portee].libres}
                )
            else:
                db.session.execute(_OUBLIER, {"portee": portee, "cle": cle})
        db.session.execute(_PURGER)


def essayer(login: str, compte_id: int | None) -> Essai:
    """Count an attempt on this login, known or not, from where the request comes."""
    poste = lire_poste()
    if compte_id is not None and compte_id in poste["comptes"]:
        return _compter(("compte_poste", _cle(poste["numero"], compte_id)))
    return _compter(
        ("compte_adresse", _cle(login.strip().casefold(), adresse())),
        ("adresse", _cle(adresse())),
        ("compte", _cle_du_compte(compte_id or login.strip().casefold())),
    )


def _cle_du_compte(qui: int | str) -> str:
    """Of a login that no account bears too: the answer is the same."""
    return _cle("compte", qui)


def echecs_d_ailleurs(compte_id: int) -> int:
    """The failures on this account from unknown workstations, forgotten once told to its owner.

    0 while they are too few to be somebody else's.
    """
    cle = {"portee": "compte", "cle": _cle_du_compte(compte_id)}
    echecs = db.session.scalar(_ECHECS, cle) or 0
    db.session.execute(_OUBLIER, cle)
    if echecs < SEUILS["compte"].libres:
        return 0
    return int(echecs)


def rouvrir(compte_id: int) -> None:
    """A new password was given by somebody who may: the ceiling starts again."""
    with acces.acteur(acces.CONNEXION):
        cle = {"portee": "compte", "cle": _cle_du_compte(compte_id)}
        db.session.execute(_OUBLIER, cle)


def essayer_second_facteur(compte_id: int) -> Essai:
    return _compter(("second_facteur", _cle(compte_id)))


def essayer_lien() -> Essai:
    """Count an attempt to open a link, from where the request comes."""
    return _compter(("lien", _cle(adresse())))


def _compter(*cles: tuple[str, str]) -> Essai:
    bloque = False
    for portee, cle in cles:
        ligne = db.session.execute(
            _COMPTER, {"portee": portee, "cle": cle, **vars(SEUILS[portee])}
        ).one()
        # The other workers see it at once, and no lock is held while the password is checked.
        db.session.commit()
        if not ligne.permise:
            return Essai(cles, ligne.attente)
        bloque = bloque or ligne.attente is not None
    return Essai(cles, 0, bloque)


def adresse() -> str:
    """Where the request comes from; a subscriber's IPv6 prefix counts as one address."""
    brute = request.remote_addr or ""
    try:
        ip = ipaddress.ip_address(brute)
    except ValueError:
        return brute
    if ip.version == 6:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _cle(*parties: object) -> str:
    """The base keeps no login typed and no address here: a hash is enough to count."""
    return hashlib.sha256("\n".join(map(str, parties)).encode()).hexdigest()


def lire_poste() -> dict:
    """The workstation of this browser: its number, and the accounts that have signed in from it."""
    try:
        lu, signe_le = _signature().loads(request.cookies.get(_cookie(), ""), return_timestamp=True)
        # Signed by a machine whose clock is ahead, it is no less good.
        if horloge.maintenant() - signe_le > POSTE_DUREE:
            raise SignatureExpired("a workstation that has not been seen for long")
        return {"numero": lu["n"], "comptes": lu["c"]}
    except BadSignature:
        return {"numero": secrets.token_hex(16), "comptes": []}


def retenir_poste(reponse: Response, compte_id: int) -> Response:
    """Remember that this account has signed in here."""
    poste = lire_poste()
    comptes = [compte_id, *(c for c in poste["comptes"] if c != compte_id)][:COMPTES_PAR_POSTE]
    reponse.set_cookie(
        _cookie(),
        _signature().dumps({"n": poste["numero"], "c": comptes}),
        max_age=POSTE_DUREE,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return reponse


def _cookie() -> str:
    return f"{current_app.config['PREFIXE_DES_COOKIES']}{POSTE}"


def _signature() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cle_secrete(), salt="poste")
