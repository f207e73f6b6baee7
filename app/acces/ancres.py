"""The last seal handed to somebody whom the owner of the base does not command.

A time-stamping authority (RFC 3161) signs its hash with the hour; the token is kept in the base and
checked at each verification. What was sent by e-mail is noted, for the same comparison.
"""

from collections.abc import Iterator
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, text

from app.acces.alteration import Alteration
from app.acces.reperes import RepereDuSceau

COURRIEL = "courriel"
HORODATAGE = "horodatage"

_NOTER = text("select acces.noter_ancre(:moyen, :numero, :empreinte, :jeton)")
_DU_JOUR = text(
    "select exists (select from acces.ancre where moyen = :moyen and le > now() - interval '20 h')"
)
_ANCRES = text("""
    select a.id, a.moyen, a.sceau, a.empreinte, a.le, a.jeton,
      pg_catalog.row_number() over (order by a.id) as rang,
      pg_catalog.encode(s.empreinte, 'hex') as lue
    from acces.ancre a left join public.sceau s on s.id = a.sceau order by a.id""")
_EFFACEE = text("""
    select pg_catalog.min((l.detail ->> 'ancre')::bigint) from public.journal l
    where l.operation = 'ancre' and not exists (
      select from acces.ancre a
      where a.id::text = l.detail ->> 'ancre' and a.moyen = l.detail ->> 'moyen')""")
"""The log tells each of them, the last one too."""


class AncreRefusee(Exception):
    """The last seal could not be handed over; the message says why, in French."""


def est_du_jour(connexion: Connection, moyen: str) -> bool:
    return bool(connexion.scalar(_DU_JOUR, {"moyen": moyen}))


def noter(
    connexion: Connection, moyen: str, repere: RepereDuSceau, jeton: bytes | None = None
) -> None:
    valeurs = {"moyen": moyen, "numero": repere.numero, "empreinte": repere.empreinte}
    connexion.execute(_NOTER, {**valeurs, "jeton": jeton})


def alterations(connexion: Connection) -> Iterator[Alteration]:
    """Each seal handed over is still in the log, and the tokens are those of the authority."""
    if effacee := connexion.scalar(_EFFACEE):
        yield Alteration(f"le dépôt n° {effacee} d’un sceau a été effacé")
        return
    autorite: Path | None = current_app.config["ANCRE_AUTORITE"]
    for ancre in connexion.execute(_ANCRES).all():
        if ancre.id != ancre.rang:
            yield Alteration(f"le dépôt n° {ancre.rang} d’un sceau a été effacé")
            return
        if ancre.lue != ancre.empreinte:
            yield Alteration(
                f"le sceau n° {ancre.sceau}, déposé le {ancre.le:%d/%m/%Y} ({ancre.moyen}), n’est"
                " plus dans le journal"
            )
            return
        if ancre.moyen == HORODATAGE and autorite is not None:
            # Its libraries are read by those who check the tokens, not by what serves pages.
            from app.acces import horodatage

            if not horodatage.est_valable(
                bytes(ancre.jeton), autorite, message(ancre.sceau, ancre.empreinte)
            ):
                yield Alteration(f"l’horodatage du sceau n° {ancre.sceau} a été modifié")
                return


def message(numero: int, empreinte: str) -> bytes:
    """What the authority stamps."""
    return f"journal de Tandem, sceau {numero}, empreinte {empreinte}".encode()
