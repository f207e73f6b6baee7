"""The monthly table sent to the Département (M11): prepared, checked, sent.

Then frozen for good, the base sees to it.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Computed, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from .base import (
    PHRASES,
    Enregistrement,
    Nature,
    controle,
    entier,
    info,
    instant,
    jour,
    numero_de,
    texte,
    vers,
)
from .declaration import LIRE, TENIR, Declaration, DroitDuRole, Forme

if TYPE_CHECKING:
    from .territoire import Mds


def _octets(libelle: str) -> Any:
    """Read only when asked for: a list must not carry the workbooks. The audit log neither."""
    dit = info(libelle, nature=Nature.SENSIBLE, audit=False)
    return deferred(mapped_column(LargeBinary, info=dit))


class Envoi(Enregistrement):
    """The table of a month and of an MDS (none: the whole Département).

    Number 0, then its rectificatifs 1, 2….

    ``contenu`` is the canonical JSON of the figures, the pseudonymised lines and the definitions,
    ``empreinte`` its SHA-256, printed in ``classeur``, the very bytes that are handed out. Once
    sent, nothing changes (``acces/envoi.sql``).
    """

    __tablename__ = "envoi"
    declaration = Declaration(
        "Tableau mensuel envoyé",
        Forme.A_PART,
        restaurable=False,
        droits=(
            DroitDuRole(
                "COORDONNATEUR",
                (*TENIR, "envoyer"),
                "Prépare et envoie le tableau mensuel, et ses rectificatifs.",
            ),
            DroitDuRole(
                "SLAI",
                ("lire", "modifier", "exporter", "verifier"),
                "Marque le tableau comme vérifié, et reçoit les tableaux envoyés.",
            ),
            DroitDuRole(
                "DPID",
                (*LIRE, "envoyer"),
                "Reçoit les tableaux envoyés, et envoie celui du Département.",
            ),
        ),
    )
    __table_args__ = (
        Index(
            "uq_envoi_mds",
            "mds_id",
            "mois",
            "numero",
            unique=True,
            postgresql_where=text("mds_id is not null"),
        ),
        Index(
            "uq_envoi_departement",
            "mois",
            "numero",
            unique=True,
            postgresql_where=text("mds_id is null"),
        ),
        Index("ix_envoi_mois", "mois"),
        controle(
            "ck_envoi_mois",
            "extract(day from mois) = 1",
            "Un tableau couvre un mois entier.",
            "mois",
        ),
        controle(
            "ck_envoi_rectificatif",
            (
                "numero = 0 or (numero > 0 and btrim(motif_rectificatif) <> '' and "
                "motif_rectificatif is not null)"
            ),
            "Dites pourquoi le tableau est rectifié.",
            "motif_rectificatif",
        ),
        controle(
            "ck_envoi_bloquantes",
            (
                "envoye_le is null or bloquantes = 0 or (motif_anomalies is not null and "
                "btrim(motif_anomalies) <> '')"
            ),
            (
                "Des anomalies bloquantes restent : corrigez-les, ou écrivez pourquoi le tableau "
                "part ainsi."
            ),
            "motif_anomalies",
        ),
        controle(
            "ck_envoi_complet",
            (
                "num_nulls(envoye_le, envoye_par, bloquantes, definitions, contenu, empreinte, "
                "classeur) in (0, 7)"
            ),
            (
                "Un tableau s’envoie entier : ses chiffres, ses lignes, ses définitions et son "
                "classeur."
            ),
        ),
        controle(
            "ck_envoi_empreinte",
            "empreinte = encode(sha256(contenu), 'hex')",
            "L’empreinte n’est pas celle du contenu.",
            "empreinte",
        ),
    )
    mois: Mapped[date] = jour("Mois", requis=True)
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : tout le Département.")
    numero: Mapped[int] = entier(
        "Rectificatif n°", requis=True, aide="0 : le premier envoi du mois."
    )
    motif_rectificatif: Mapped[str | None] = texte("Motif du rectificatif", 500)
    prepare_par: Mapped[str] = texte("Préparé par", 300, requis=True)
    prepare_le: Mapped[datetime] = instant("Préparé le", requis=True, server_default=text("now()"))
    verifie_par: Mapped[str | None] = texte("Vérifié par", 300)
    verifie_le: Mapped[datetime | None] = instant("Vérifié le")
    envoye_par: Mapped[str | None] = texte("Envoyé par", 300)
    envoye_le: Mapped[datetime | None] = instant("Envoyé le")
    bloquantes: Mapped[int | None] = entier("Anomalies bloquantes à l’envoi")
    motif_anomalies: Mapped[str | None] = texte(
        "Motif de l’envoi avec des anomalies bloquantes", 500
    )
    definitions: Mapped[str | None] = texte("Version des définitions", 16)
    contenu: Mapped[bytes | None] = _octets("Contenu figé")
    empreinte: Mapped[str | None] = mapped_column(
        String(64), info=info("Empreinte SHA-256", racontee=False)
    )
    classeur: Mapped[bytes | None] = _octets("Classeur figé")
    classeur_hash: Mapped[str | None] = mapped_column(
        Text,
        Computed("encode(sha256(classeur), 'hex')", persisted=True),
        info=info("Hash du classeur figé", racontee=False),
    )
    """So that the audit log tells the bytes that it does not hold."""
    mds: Mapped["Mds"] = vers("Mds", "Envoi.mds_id")


PHRASES |= {
    "uq_envoi_mds": ("Ce tableau est déjà préparé : rouvrez-le depuis la liste.", "mois"),
    "uq_envoi_departement": ("Ce tableau est déjà préparé : rouvrez-le depuis la liste.", "mois"),
    "ck_envoi_fige": ("Un tableau envoyé ne change plus : préparez un rectificatif.", None),
    "ck_envoi_identite": ("Le mois, la MDS et le numéro d’un tableau ne changent pas.", None),
}
