"""The comité de suivi, youth after youth (M10): its agenda, and its minutes once validated."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from .base import (
    PHRASES,
    Enregistrement,
    Nature,
    SuiviJeune,
    case_a_cocher,
    controle,
    entier,
    info,
    instant,
    numero_de,
    texte,
    unique,
    vers,
)
from .declaration import LIRE, TENIR, Declaration, DroitDuRole, Forme

if TYPE_CHECKING:
    from .instance import Instance

TAILLE_DES_MOTIFS = 500


class PointDeComite(SuiviJeune):
    """A youth on the agenda of a comité de suivi: at which rank, and why.

    It follows the youth: once they left for another MDS, those who prepared the comité no longer
    read it (``acces.points_hors_de_vue`` tells how many). ``motifs``: the reasons known when the
    line was written, « ; » between them; none for a youth added by hand.
    """

    __tablename__ = "point_de_comite"
    declaration = Declaration(
        "Point d’ordre du jour",
        droits=(
            DroitDuRole("COORDONNATEUR", TENIR, "Prépare et tient les comités de suivi."),
            DroitDuRole("SLAI", TENIR, "Prépare et tient les comités de suivi."),
            DroitDuRole("REFERENT_SEF", LIRE, "Lit l’ordre du jour des comités de suivi."),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("point_de_comite"),
        unique(
            "uq_point_de_comite_instance_jeune",
            "instance_id",
            "jeune_id",
            phrase="Ce jeune est déjà à l’ordre du jour.",
            champ="jeune_id",
        ),
        controle("ck_point_de_comite_rang", "rang >= 1", "Le premier rang est 1.", "rang"),
    )
    instance_id: Mapped[int] = numero_de("instance", "Comité de suivi", requis=True)
    rang: Mapped[int] = entier("Rang", requis=True)
    motifs: Mapped[str | None] = texte("Pourquoi", TAILLE_DES_MOTIFS)
    ajoute_par: Mapped[str | None] = texte("Ajouté par", 300)
    ajoute_le: Mapped[datetime] = instant("Ajouté le", requis=True, server_default=text("now()"))
    est_vu: Mapped[bool] = case_a_cocher("Vu en séance")


class CompteRenduComite(Enregistrement):
    """The minutes of a comité de suivi: the very bytes that were validated, and their SHA-256.

    Written once, never changed (``acces/comite.sql``). ``est_nominatif``: youths are named, which
    needs every participant to be someone who reads them; else they are called by their codes.
    """

    __tablename__ = "compte_rendu_comite"
    declaration = Declaration(
        "Compte rendu de comité",
        Forme.A_PART,
        restaurable=False,
        octrois="select, insert",
        droits=(
            *(
                DroitDuRole(
                    role,
                    ("lire", "creer", "exporter"),
                    "Valide le compte rendu des comités de suivi.",
                )
                for role in ("COORDONNATEUR", "SLAI")
            ),
            DroitDuRole("REFERENT_SEF", LIRE, "Lit et prend le compte rendu des comités de suivi."),
        ),
    )
    __table_args__ = (
        unique(
            "uq_compte_rendu_comite_instance",
            "instance_id",
            phrase="Le compte rendu de ce comité est déjà validé.",
        ),
        controle(
            "ck_compte_rendu_comite_empreinte",
            "empreinte = encode(sha256(document), 'hex')",
            "L’empreinte n’est pas celle du document.",
            "empreinte",
        ),
        Index("ix_compte_rendu_comite_mds_id", "mds_id"),
    )
    instance_id: Mapped[int] = numero_de("instance", "Comité de suivi", requis=True)
    mds_id: Mapped[int] = numero_de("mds", "MDS", requis=True)
    valide_par: Mapped[str] = texte("Validé par", 300, requis=True)
    valide_le: Mapped[datetime] = instant("Validé le", requis=True, server_default=text("now()"))
    est_nominatif: Mapped[bool] = case_a_cocher("Avec les noms")
    instance: Mapped["Instance"] = vers("Instance", "CompteRenduComite.instance_id")
    document: Mapped[bytes] = deferred(
        mapped_column(
            LargeBinary,
            nullable=False,
            info=info("Document figé", nature=Nature.SENSIBLE, audit=False),
        )
    )
    empreinte: Mapped[str] = mapped_column(
        String(64), nullable=False, info=info("Empreinte SHA-256", racontee=False)
    )


PHRASES |= {
    "ck_compte_rendu_comite_fige": ("Un compte rendu validé ne change plus.", None),
    "ck_point_de_comite_fige": (
        "Le compte rendu de ce comité est validé : son ordre du jour ne change plus.",
        None,
    ),
    "ck_decision_figee": (
        "Le compte rendu de ce comité est validé : cette décision ne change plus de texte.",
        "decision",
    ),
}
