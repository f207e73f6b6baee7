"""The monthly table sent to the Département (M11): prepared, checked, sent; then frozen for good,
the base sees to it."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import DateTime, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from .base import PHRASES, Enregistrement, controle, entier, jour, texte, vers

if TYPE_CHECKING:
    from .territoire import Mds


def _instant(libelle: str):
    return mapped_column(DateTime(timezone=True), info={"libelle": libelle, "aide": None})


def _octets(libelle: str):
    """Read only when asked for: a list must not carry the workbooks."""
    return deferred(mapped_column(LargeBinary, info={"libelle": libelle, "aide": None}))


class Envoi(Enregistrement):
    """The table of a month and of an MDS (none: the whole Département); number 0, then its
    rectificatifs 1, 2…

    ``contenu`` is the canonical JSON of the figures, the pseudonymised lines and the definitions,
    ``empreinte`` its SHA-256, printed in ``classeur``, the very bytes that are handed out. Once
    sent, nothing changes (``acces/envoi.sql``).
    """

    __tablename__ = "envoi"
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
            "numero = 0 or (numero > 0 and btrim(motif_rectificatif) <> '' and motif_rectificatif is not null)",
            "Dites pourquoi le tableau est rectifié.",
            "motif_rectificatif",
        ),
        controle(
            "ck_envoi_bloquantes",
            "envoye_le is null or bloquantes = 0 or (motif_anomalies is not null and btrim(motif_anomalies) <> '')",
            "Des anomalies bloquantes restent : corrigez-les, ou écrivez pourquoi le tableau part ainsi.",
            "motif_anomalies",
        ),
        controle(
            "ck_envoi_complet",
            "num_nulls(envoye_le, envoye_par, bloquantes, definitions, contenu, empreinte, classeur) in (0, 7)",
            "Un tableau s’envoie entier : ses chiffres, ses lignes, ses définitions et son classeur.",
        ),
        controle(
            "ck_envoi_empreinte",
            "empreinte = encode(sha256(contenu), 'hex')",
            "L’empreinte n’est pas celle du contenu.",
            "empreinte",
        ),
    )
    mois: Mapped[date] = jour("Mois", requis=True)
    mds_id: Mapped[int | None] = mapped_column(
        Integer,
        ForeignKey("mds.id"),
        info={"libelle": "MDS", "aide": "Vide : tout le Département."},
    )
    numero: Mapped[int] = entier(
        "Rectificatif n°", requis=True, aide="0 : le premier envoi du mois."
    )
    motif_rectificatif: Mapped[str | None] = texte("Motif du rectificatif", 500)
    prepare_par: Mapped[str] = texte("Préparé par", 300, requis=True)
    prepare_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        info={"libelle": "Préparé le", "aide": None},
    )
    verifie_par: Mapped[str | None] = texte("Vérifié par", 300)
    verifie_le: Mapped[datetime | None] = _instant("Vérifié le")
    envoye_par: Mapped[str | None] = texte("Envoyé par", 300)
    envoye_le: Mapped[datetime | None] = _instant("Envoyé le")
    bloquantes: Mapped[int | None] = entier("Anomalies bloquantes à l’envoi")
    motif_anomalies: Mapped[str | None] = texte(
        "Motif de l’envoi avec des anomalies bloquantes", 500
    )
    definitions: Mapped[str | None] = texte("Version des définitions", 16)
    contenu: Mapped[bytes | None] = _octets("Contenu figé")
    empreinte: Mapped[str | None] = texte("Empreinte SHA-256", 64)
    classeur: Mapped[bytes | None] = _octets("Classeur figé")
    mds: Mapped["Mds"] = vers("Mds", "Envoi.mds_id")


PHRASES |= {
    "uq_envoi_mds": ("Ce tableau est déjà préparé : rouvrez-le depuis la liste.", "mois"),
    "uq_envoi_departement": ("Ce tableau est déjà préparé : rouvrez-le depuis la liste.", "mois"),
    "ck_envoi_fige": ("Un tableau envoyé ne change plus : préparez un rectificatif.", None),
    "ck_envoi_identite": ("Le mois, la MDS et le numéro d’un tableau ne changent pas.", None),
}
