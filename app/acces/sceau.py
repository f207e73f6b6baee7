"""The seal of the audit log: sign what the base has chained, tell the first line that was altered.

The key is not in the base: who owns the base can compute the hashes again, not the signatures. The
last seal is also noted apart, so that cutting off the end of the log, seals included, shows too: in
the base, hence the same for all machines, and in a folder outside it when the settings name one.
"""

import hmac
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.regles.parametres import CONSERVATION_LECTURES_MOIS

LOT = 10_000
"""Lines in a seal at most: as many as one request may carry."""
PERIODE_SECONDES = 60

Ligne = Row[Any]
"""A row that the base answered."""

_prochain = 0.0
"""When this process seals again (monotonic clock)."""


def cle() -> bytes:
    """The key that signs the seals, drawn from SECRET_KEY."""
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), b"sceau du journal", "sha256")


def nom_de_cle(cle: bytes) -> str:
    """Tells keys apart, and nothing of the key."""
    return sha256(cle).hexdigest()[:16]


def signature(cle: bytes, empreinte: bytes) -> str:
    return hmac.digest(cle, empreinte, "sha256").hex()


def sceller(lots: int | None = None) -> None:
    """Seal the committed lines that are not, at most ``lots`` batches.

    Another process that seals at the same moment does it for us.
    """
    tenue = cle()
    restants = itertools.count() if lots is None else range(lots)
    for _ in restants:
        with db.engine.begin() as connexion:
            connexion.execute(_ENTRETIEN)
            neufs = connexion.execute(text("select * from acces.sceller(:lot)"), {"lot": LOT}).all()
            for neuf in neufs:
                connexion.execute(
                    text("select acces.signer_sceau(:id, :cle, :signature)"),
                    {
                        "id": neuf.numero,
                        "cle": nom_de_cle(tenue),
                        "signature": signature(tenue, neuf.empreinte),
                    },
                )
            if not neufs:
                return
            note = _repere_du_dossier(neufs[-1].premiere)
            tenu = note is None or _est_la(connexion, note)
        if tenu:
            _noter(neufs[-1], note)
        else:
            current_app.logger.error("the seal noted last is missing from the audit log")


_ENTRETIEN = text(
    "select set_config('app.acteur', 'tous', true), set_config('app.canal', 'entretien', true)"
)


def declarer(app: Flask) -> None:
    """Once a minute and a process, a request seals what was written.

    It does so after its answer has left, so that nobody waits.
    """

    @app.after_request
    def sceller_de_temps_en_temps(reponse: Response) -> Response:
        global _prochain
        if time.monotonic() >= _prochain:
            _prochain = time.monotonic() + PERIODE_SECONDES
            reponse.call_on_close(_sceller_sans_bruit(app))
        return reponse


def _sceller_sans_bruit(app: Flask) -> Callable[[], None]:
    def sceller_un_lot() -> None:
        with app.app_context():
            try:
                sceller(1)
            except DBAPIError:  # the answer has left; the next minute tries again
                app.logger.exception("the audit log could not be sealed")

    return sceller_un_lot


# The last seal, noted apart


@dataclass(frozen=True)
class RepereDuSceau:
    """A seal that was seen: its number, its hash in hexadecimal, and where this was noted."""

    numero: int
    empreinte: str
    ou: str


_REPERE = text("select numero, encode(empreinte, 'hex') as empreinte from acces.lire_repere()")
_EST_LA = text(
    "select exists (select from sceau where id = :numero and encode(empreinte, 'hex') = :empreinte)"
)


def fichier_du_repere(premiere: bytes | None) -> Path | None:
    """One file a base, known by the hash of its first seal; None without a folder outside it."""
    dossier: Path | None = current_app.config["REPERES"]
    if dossier is None or premiere is None:
        return None
    return dossier / f"journal-{premiere.hex()[:16]}.sceau"


def _repere_du_dossier(premiere: bytes | None) -> RepereDuSceau | None:
    fichier = fichier_du_repere(premiere)
    if fichier is None or not fichier.exists():
        return None
    numero, empreinte = fichier.read_text().split()
    return RepereDuSceau(int(numero), empreinte, f"dans {fichier}")


def _repere_de_la_base(connexion: Connection) -> RepereDuSceau | None:
    note = connexion.execute(_REPERE).one_or_none()
    if note is None:
        return None
    return RepereDuSceau(note.numero, note.empreinte, "dans la base")


def _est_la(connexion: Connection, repere: RepereDuSceau) -> bool:
    """A mark whose seal is missing stays: it is the proof that the end of the log was cut off."""
    valeurs = {"numero": repere.numero, "empreinte": repere.empreinte}
    return bool(connexion.scalar(_EST_LA, valeurs))


def _noter(sceau: Ligne, avant: RepereDuSceau | None) -> None:
    """Note a seal outside the base, unless another machine has noted a later one."""
    fichier = fichier_du_repere(sceau.premiere)
    if fichier is None or (avant is not None and avant.numero >= sceau.numero):
        return
    neuf = fichier.with_suffix(f".{secrets.token_hex(4)}")
    try:
        neuf.write_text(f"{sceau.numero} {sceau.empreinte.hex()}\n")
        neuf.replace(fichier)
    except OSError:
        current_app.logger.warning(
            "%s cannot be written: the end of the audit log is not watched from outside", fichier
        )


def oublier_le_repere() -> None:
    """A restored base goes on from an older seal: the mark outside it is that of another life."""
    if fichier := fichier_du_repere(_premiere()):
        fichier.unlink(missing_ok=True)


def _premiere() -> bytes | None:
    """The hash of the first seal, which names the base; None when nothing was sealed yet."""
    with db.engine.begin() as connexion:
        connexion.execute(_ENTRETIEN)
        premiere: bytes | None = connexion.scalar(text("select empreinte from sceau where id = 1"))
    return premiere


@dataclass
class ConstatJournal:
    """What the verification found; ``alteration`` is the first one, as a sentence for people."""

    sceaux: int = 0
    lignes: int = 0
    purges: int = 0
    alteration: str | None = None
    cles_inconnues: set[str] = field(default_factory=set)
    dernier: Ligne | None = None

    def compter(self, sceau: Ligne) -> None:
        """One more seal that is whole."""
        self.sceaux += 1
        self.dernier = sceau
        if sceau.purge_le is None:
            self.lignes += sceau.nombre
        else:
            self.purges += sceau.nombre


def verifier(avancer: Callable[[int], None] = lambda combien: None) -> ConstatJournal:
    """Compare every sealed line with its hash, every seal with the one before and its signature."""
    constat = ConstatJournal()
    # Before the snapshot: what another machine notes meanwhile names a seal that it does not hold.
    dehors = _repere_du_dossier(_premiere())
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connexion:
        connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
        sceaux = list(connexion.execute(_SCEAUX).all())
        for rang, sceau in enumerate(sceaux, 1):
            constat.alteration = (
                _sceau_absent(sceau, rang)
                or _ligne_alteree(connexion, sceau)
                or _sceau_altere(sceau, constat.cles_inconnues)
            )
            if constat.alteration:
                return constat
            constat.compter(sceau)
            avancer(sceau.nombre)
        constat.alteration = (
            _ligne_ajoutee(connexion)
            or _expurgation_fausse(connexion)
            or _fin_coupee(connexion, dehors)
        )
    return constat


_SCEAUX = text(
    "select id, empreinte, nombre, purge_le, dernier_le, scelle_le, cle, signature,"
    " first_value(empreinte) over (order by id) as premiere,"
    " acces.empreinte_sceau(s, lag(empreinte) over (order by id)) as attendue,"
    " lower(lignes) as de, upper(lignes) - 1 as a from sceau s order by id"
)
_INTACT = text("""
    select count(*) = s.nombre
      and string_agg(acces.empreinte_ligne(j), ''::bytea order by j.id) = s.contenu
    from sceau s join journal j on j.id between :de and :a and j.id <@ s.lignes
    where s.id = :id group by s.id""")
_PREMIERE = text("""
    select x.id, j.id is null as absente from (
      select g.id, row_number() over (order by g.id) as n, s.contenu
      from sceau s, unnest(s.lignes) r, generate_series(lower(r), upper(r) - 1) g(id)
      where s.id = :id) x
    left join journal j on j.id = x.id and j.id between :de and :a
    where j.id is null
      or acces.empreinte_ligne(j) <> substring(x.contenu from ((x.n - 1) * 16 + 1)::int for 16)
    order by x.id limit 1""")
_RESTE = text("""
    select min(j.id)
    from sceau s join journal j on j.id between :de and :a and j.id <@ s.lignes
    where s.id = :id""")
_AJOUTEE = text("""
    select min(j.id) from journal j
    where j.id <= (select jusqu_a from sceau order by id desc limit 1)
      and not j.id <@ (select coalesce(range_agg(r), '{}') from sceau s, unnest(s.lignes) r)
      and not j.id <@ (select trous from sceau order by id desc limit 1)""")
_EXPURGEE_A_TORT = text("""
    select min(l.id)
    from journal l left join journal e on e.id = l.expurgee_par and e.operation = 'anonymisation'
    where (l.empreinte is not null or l.expurgee_par is not null)
      and (num_nulls(l.empreinte, e.id) > 0 or l.id >= e.id or e.empreinte is not null
           or acces.famille(l.operation) <> 'ecriture'
           or not e.detail -> 'dossiers' @> to_jsonb(l.jeune_id)
           or num_nonnulls(l.avant, l.apres, l.motif, l.detail) > 0)""")
_EXPURGATION_CHANGEE = text("""
    select min(e.id) from journal e where e.operation = 'anonymisation'
      and e.detail ->> 'empreinte' is distinct from acces.empreinte_expurgee(e.id)""")


def _sceau_absent(sceau: Ligne, rang: int) -> str | None:
    """Seals are numbered without a gap: the rank that this one should bear is missing."""
    return None if sceau.id == rang else f"le sceau n° {rang} a été supprimé"


def _ligne_alteree(connexion: Connection, sceau: Ligne) -> str | None:
    quoi = {"id": sceau.id, "de": sceau.de, "a": sceau.a}
    if sceau.purge_le is not None:
        reste = connexion.scalar(_RESTE, quoi)
        return f"la ligne {reste} devait être purgée" if reste else None
    if connexion.scalar(_INTACT, quoi):
        return None
    premiere = connexion.execute(_PREMIERE, quoi).one_or_none()
    if premiere is None:
        return f"le contenu du sceau n° {sceau.id} (lignes {sceau.de} à {sceau.a}) a été refait"
    if premiere.absente:
        return f"la ligne {premiere.id} a été supprimée"
    return f"la ligne {premiere.id} a été modifiée"


def _expurgation_fausse(connexion: Connection) -> str | None:
    """A line is emptied by an anonymisation of its youth only, and wholly.

    What is left of it is as it was then.
    """
    ligne = connexion.scalar(_EXPURGEE_A_TORT)
    if ligne:
        return f"la ligne {ligne} a été vidée sans anonymisation"
    evenement = connexion.scalar(_EXPURGATION_CHANGEE)
    if evenement:
        return f"une ligne vidée par l’anonymisation n° {evenement} a été modifiée"
    return None


def _sceau_altere(sceau: Ligne, inconnues: set[str]) -> str | None:
    lignes = f"(lignes {sceau.de} à {sceau.a})"
    if sceau.empreinte != sceau.attendue:
        return f"le sceau n° {sceau.id} {lignes} a été modifié"
    if (
        sceau.purge_le is not None
        and _mois(sceau.dernier_le, sceau.purge_le) < CONSERVATION_LECTURES_MOIS.valeur
    ):
        return f"le sceau n° {sceau.id} {lignes} a été purgé avant l’heure"
    if sceau.signature is None:
        return f"le sceau n° {sceau.id} {lignes} n’est pas signé"
    tenue = cle()
    if sceau.cle != nom_de_cle(tenue):
        inconnues.add(sceau.cle)
    elif not hmac.compare_digest(sceau.signature, signature(tenue, sceau.empreinte)):
        return f"le sceau n° {sceau.id} {lignes} a été refait : sa signature est fausse"
    return None


def _mois(debut: datetime, fin: datetime) -> int:
    """Whole months from one moment to another."""
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    entame = (fin.day, fin.time()) < (debut.day, debut.time())
    return mois - entame


def _ligne_ajoutee(connexion: Connection) -> str | None:
    ajoutee = connexion.scalar(_AJOUTEE)
    return f"la ligne {ajoutee} a été ajoutée après coup" if ajoutee else None


def _fin_coupee(connexion: Connection, dehors: RepereDuSceau | None) -> str | None:
    """The seal noted last, in the base and outside it, is still there."""
    for repere in (_repere_de_la_base(connexion), dehors):
        if repere is not None and not _est_la(connexion, repere):
            return (
                f"la fin du journal a été coupée : le sceau n° {repere.numero}, noté {repere.ou}, "
                "n’y est plus"
            )
    return None
