"""Two files of the same youth made one: what was moved, what was chosen, so that one click takes it
back."""

from datetime import datetime

from sqlalchemy import DateTime, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import PHRASES, SuiviJeune, controle, texte


def _garde(libelle: str, colonne=JSONB, **options):
    return mapped_column(
        colonne, nullable=False, info={"libelle": libelle, "aide": None}, **options
    )


class Fusion(SuiviJeune):
    """The file ``jeune_id`` was kept, the file ``absorbe_id`` went into it. Written by
    ``acces/fusion.sql`` alone."""

    __tablename__ = "fusion"
    __table_args__ = (
        *SuiviJeune.contraintes_communes("fusion"),
        controle(
            "ck_fusion_annulee",
            "(annulee_le is null) = (annulee_par is null)",
            "Dites qui annule la fusion.",
        ),
        Index("ix_fusion_absorbe_id", "absorbe_id"),
    )
    absorbe_id: Mapped[int] = _garde("Numéro du dossier absorbé", Integer)
    code_garde: Mapped[str] = texte("Dossier gardé", 20, requis=True)
    code_absorbe: Mapped[str] = texte("Dossier absorbé", 20, requis=True)
    absorbe: Mapped[dict] = _garde("Fiche absorbée")
    """The row of the file that went, whole."""
    avant: Mapped[dict] = _garde("Valeurs remplacées")
    """The fields of the kept file that took the value of the other: what they said before."""
    deplacees: Mapped[dict] = _garde("Fiches déplacées")
    """Table → numbers of the records that changed file."""
    fusionnee_le: Mapped[datetime] = _garde(
        "Fusionnés le", DateTime(timezone=True), server_default=text("now()")
    )
    fusionnee_par: Mapped[str] = texte("Fusionnés par", 300, requis=True)
    annulee_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info={"libelle": "Annulée le", "aide": None}
    )
    annulee_par: Mapped[str | None] = texte("Annulée par", 300)


PHRASES |= {
    "ck_fusion_transfert": (
        "Un transfert de l’un des deux dossiers attend une réponse : répondez-y ou retirez-le d’abord.",
        None,
    ),
    "ck_fusion_ordre": ("Une fusion plus récente touche ce dossier : annulez-la d’abord.", None),
}
