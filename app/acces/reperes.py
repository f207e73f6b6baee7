"""The marks of the last seal: one in the base, one outside it, both signed.

A mark says which seal was the last one, in which base, on which PostgreSQL (its system
identifier). Who owns the base can set it back, not sign it. The file lies in the folder that
``TANDEM_REPERES`` names, one for each base, the same for all the machines that serve it.
"""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, text

from app.acces import cles
from app.acces.alteration import DIRE_LA_RESTAURATION, RETROUVER_LA_CLE, Alteration


@dataclass(frozen=True)
class RepereDuSceau:
    """A seal that was the last one: its rank and hash, and the base where it was."""

    numero: int
    empreinte: str
    premiere: str
    """The hash of the first seal, which names the log."""
    base: str
    systeme: str
    plancher: int
    """The transactions under way then come from here on."""
    limite: int
    """Those that began later come from here on."""
    depuis: int = 0
    """The seal at which somebody recognised the base as it is."""
    dehors: bool = False
    """A file holds a mark too."""
    cle: str = ""
    signature: str = ""

    def _octets(self) -> bytes:
        dit = {**asdict(self), "cle": "", "signature": ""}
        return b"repere du journal " + json.dumps(dit, sort_keys=True).encode()

    def signer(self) -> "RepereDuSceau":
        cle = cles.cle()
        return replace(
            self, cle=cles.nom_de_cle(cle), signature=cles.signature(cle, self._octets())
        )

    def apres(self, avant: "RepereDuSceau", dehors: "RepereDuSceau | None") -> "RepereDuSceau":
        """The mark that follows another one in the same base."""
        return replace(self, depuis=avant.depuis, dehors=avant.dehors or dehors is not None)

    @property
    def est_signe(self) -> bool:
        return cles.est_signe(self.cle, self._octets(), self.signature)


class RepereIllisible(Exception):
    """What is there is not a mark."""


_LIRE = text(
    "select dit, numero, pg_catalog.encode(empreinte, 'hex') as empreinte from acces.repere"
)
_NOTER = text("select acces.noter_repere(cast(:dit as jsonb))")
_EST_LA = text(
    "select exists (select from public.sceau"
    " where id = :numero and pg_catalog.encode(empreinte, 'hex') = :empreinte)"
)
_OU = text("""
    select pg_catalog.current_database()::text as base,
      (select system_identifier::text from pg_catalog.pg_control_system()) as systeme,
      pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint as plancher,
      pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint as limite""")
_DERNIER = text("""
    select s.id as numero, pg_catalog.encode(s.empreinte, 'hex') as empreinte,
      (select pg_catalog.encode(p.empreinte, 'hex') from public.sceau p where p.id = 1) as premiere
    from public.sceau s order by s.id desc limit 1""")


def _depuis_json(dit: object) -> RepereDuSceau:
    try:
        return RepereDuSceau(**dit)  # type: ignore[arg-type]  # a wrong shape is what is looked for
    except TypeError as erreur:
        raise RepereIllisible from erreur


# In the base


def de_la_base(connexion: Connection) -> RepereDuSceau | None:
    """The mark of the base; raises RepereIllisible."""
    lu = connexion.execute(_LIRE).one_or_none()
    if lu is None:
        return None
    repere = _depuis_json(lu.dit)
    if (repere.numero, repere.empreinte) != (lu.numero, lu.empreinte):
        raise RepereIllisible
    return repere


def est_d_une_cle_inconnue(connexion: Connection) -> bool:
    """The mark was signed with a SECRET_KEY that is not among those given."""
    cle = connexion.scalar(text("select dit ->> 'cle' from acces.repere"))
    return cle is not None and cles.rang(str(cle)) == cles.INCONNUE


def noter(connexion: Connection, repere: RepereDuSceau) -> None:
    """Write the mark in the base, signed."""
    connexion.execute(_NOTER, {"dit": json.dumps(asdict(repere.signer()))})


def etat_des_lieux(connexion: Connection) -> dict[str, object]:
    """Which base this is, and the transactions under way in it."""
    return dict(connexion.execute(_OU).mappings().one())


def du_dernier_sceau(connexion: Connection, ou: dict[str, object]) -> RepereDuSceau | None:
    """The mark that the last seal deserves; None when nothing is sealed."""
    dernier = connexion.execute(_DERNIER).mappings().one_or_none()
    if dernier is None:
        return None
    return _depuis_json({**ou, **dernier})


def est_la(connexion: Connection, repere: RepereDuSceau) -> bool:
    valeurs = {"numero": repere.numero, "empreinte": repere.empreinte}
    return bool(connexion.scalar(_EST_LA, valeurs))


# Outside it


def fichier(base: str) -> Path | None:
    """The file of the mark of this base; None without a folder outside it."""
    dossier: Path | None = current_app.config["REPERES"]
    if dossier is None:
        return None
    return dossier / f"journal-{re.sub(r'[^A-Za-z0-9_.-]', '_', base)}.sceau"


def de_dehors(base: str) -> RepereDuSceau | None:
    """The mark of the file; raises RepereIllisible."""
    ou = fichier(base)
    if ou is None or not ou.exists():
        return None
    try:
        return _depuis_json(json.loads(ou.read_text(encoding="utf-8")))
    except (OSError, ValueError) as erreur:
        raise RepereIllisible from erreur


def noter_dehors(repere: RepereDuSceau) -> None:
    """Write the mark in its file, unless another machine has noted a later one."""
    ou = fichier(repere.base)
    if ou is None:
        return
    try:
        avant = de_dehors(repere.base)
    except RepereIllisible:
        return  # the verification tells it
    if avant is not None and avant.numero >= repere.numero:
        return
    neuf = ou.with_suffix(f".{secrets.token_hex(4)}")
    try:
        neuf.write_text(json.dumps(asdict(repere.signer())) + "\n", encoding="utf-8")
        neuf.replace(ou)
    except OSError:
        current_app.logger.warning(
            "%s cannot be written: the end of the audit log is not watched from outside", ou
        )


def oublier_dehors(base: str) -> None:
    """Somebody recognised the base as it is: the mark of the file is that of another life."""
    if ou := fichier(base):
        ou.unlink(missing_ok=True)


# What they show


def alterations(
    connexion: Connection, dehors: RepereDuSceau | None, dehors_illisible: bool
) -> Iterator[Alteration]:
    """The mark of the base is that of the last seal; that of the file is still in the log.

    ``dehors`` was read before the snapshot of the connection: what another machine notes meanwhile
    names a seal that it does not hold.
    """
    ou = etat_des_lieux(connexion)
    dernier = du_dernier_sceau(connexion, ou)
    dedans = None
    try:
        dedans = de_la_base(connexion)
    except RepereIllisible:
        yield Alteration("le repère de la base a été modifié", DIRE_LA_RESTAURATION)
    else:
        yield from _du_repere_de_la_base(connexion, dedans, dernier, ou)
    chemin = fichier(str(ou["base"]))
    if dehors_illisible:
        yield Alteration(f"le repère de {chemin} a été modifié", DIRE_LA_RESTAURATION)
    elif dehors is not None:
        yield from _du_repere(connexion, dehors, ou, f"dans {chemin}")
        if dehors.base != ou["base"]:
            yield Alteration(
                f"le repère de {chemin} est celui de la base « {dehors.base} »",
                DIRE_LA_RESTAURATION,
            )
    elif chemin is not None and dedans is not None and dedans.dehors:
        yield Alteration(f"le repère de {chemin} a disparu", DIRE_LA_RESTAURATION)


def _du_repere_de_la_base(
    connexion: Connection,
    dedans: RepereDuSceau | None,
    dernier: RepereDuSceau | None,
    ou: dict[str, object],
) -> Iterator[Alteration]:
    if dedans is None:
        if dernier is not None:
            yield Alteration("le repère de la base a été effacé", DIRE_LA_RESTAURATION)
        return
    yield from _du_repere(connexion, dedans, ou, "dans la base")
    if dernier is not None and est_la(connexion, dedans) and dedans.numero < dernier.numero:
        yield Alteration(
            f"le repère de la base a été reculé au sceau n° {dedans.numero} : le dernier est"
            f" le n° {dernier.numero}",
            DIRE_LA_RESTAURATION,
        )


def _du_repere(
    connexion: Connection, repere: RepereDuSceau, ou: dict[str, object], lieu: str
) -> Iterator[Alteration]:
    if cles.rang(repere.cle) == cles.INCONNUE and repere.cle:
        yield Alteration(
            f"le repère noté {lieu} est signé avec une autre SECRET_KEY que celles données ici",
            RETROUVER_LA_CLE,
        )
    elif not repere.est_signe:
        yield Alteration(f"le repère noté {lieu} a été modifié", DIRE_LA_RESTAURATION)
    if repere.systeme != ou["systeme"]:
        yield Alteration(
            f"le repère noté {lieu} est celui d’un autre serveur PostgreSQL (système"
            f" {repere.systeme}, ici {ou['systeme']})",
            DIRE_LA_RESTAURATION,
        )
    if not est_la(connexion, repere):
        yield Alteration(
            f"la fin du journal a été coupée : le sceau n° {repere.numero}, noté {lieu}, n’y est"
            " plus",
            DIRE_LA_RESTAURATION,
        )
